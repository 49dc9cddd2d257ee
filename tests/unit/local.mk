# SPDX-License-Identifier: BSD-2-Clause
# Unit tests: each module with the layers below it, and nothing above.

if HAVE_CMOCKA
unit_tests = \
	tests/unit/base_tree
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

tests_unit_base_tree_SOURCES = tests/unit/base_tree.c
tests_unit_base_tree_LDADD = core/libbase.a $(CMOCKA_LIBS)

include tests/unit/sink.mk
