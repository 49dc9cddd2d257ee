# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/base.

if HAVE_CMOCKA
base_tests = \
	tests/unit/base_tree
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
endif

base_libraries = \
	core/libbase.a \
	$(CMOCKA_LIBS)

tests_unit_base_tree_SOURCES = tests/unit/base_tree.c
tests_unit_base_tree_LDADD = $(base_libraries)
