# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/reassembly.

reassembly_tests = \
	tests/unit/reassembly_half \
	tests/unit/reassembly_overlap

if HAVE_CMOCKA
check_PROGRAMS += $(reassembly_tests)
TESTS += $(reassembly_tests)
endif

reassembly_libraries = \
	core/libreassembly.a \
	core/libbase.a \
	$(CMOCKA_LIBS)

tests_unit_reassembly_half_SOURCES = tests/unit/reassembly_half.c
tests_unit_reassembly_half_LDADD = $(reassembly_libraries)
tests_unit_reassembly_overlap_SOURCES = \
	tests/unit/reassembly_overlap.c $(failing_memory)
tests_unit_reassembly_overlap_LDADD = $(reassembly_libraries)
tests_unit_reassembly_overlap_LDFLAGS = $(failing_memory_ldflags)
