# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/reassembly.

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/reassembly_half
TESTS += tests/unit/reassembly_half
endif

tests_unit_reassembly_half_SOURCES = tests/unit/reassembly_half.c
tests_unit_reassembly_half_LDADD = \
	core/libreassembly.a \
	core/libbase.a \
	$(CMOCKA_LIBS)
