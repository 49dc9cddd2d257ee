# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/flow.

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/flow_table
TESTS += tests/unit/flow_table
endif

tests_unit_flow_table_SOURCES = tests/unit/flow_table.c
tests_unit_flow_table_LDADD = \
	core/libflow.a \
	core/libreassembly.a \
	core/libdecode.a \
	core/libbase.a \
	$(CMOCKA_LIBS)
tests_unit_flow_table_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc
