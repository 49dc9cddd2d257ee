# SPDX-License-Identifier: BSD-2-Clause
# Plugins that hold the host to its contract; libtool makes them shared only with
# an rpath.

check_LTLIBRARIES += \
	tests/contract/contract.la \
	tests/contract/failing.la
contract_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere

tests_contract_contract_la_SOURCES = \
	tests/contract/act.c \
	tests/contract/contract.c \
	tests/contract/contract.h \
	tests/contract/expect.c
tests_contract_contract_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_contract_contract_la_LDFLAGS = $(contract_ldflags)

tests_contract_failing_la_SOURCES = tests/contract/failing.c
tests_contract_failing_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_contract_failing_la_LDFLAGS = $(contract_ldflags)
