# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/flow.

flow_tests = \
	tests/unit/flow_ends \
	tests/unit/flow_handshake \
	tests/unit/flow_index \
	tests/unit/flow_memory \
	tests/unit/flow_prologue \
	tests/unit/flow_table

if HAVE_CMOCKA
check_PROGRAMS += $(flow_tests)
TESTS += $(flow_tests)
endif

flow_libraries = \
	core/libflow.a \
	core/libreassembly.a \
	core/libdecode.a \
	core/libbase.a \
	$(CMOCKA_LIBS)
flow_bench = \
	tests/unit/flow_bench.c \
	tests/unit/flow_bench.h \
	$(failing_memory)

tests_unit_flow_ends_SOURCES = tests/unit/flow_ends.c $(flow_bench)
tests_unit_flow_ends_LDADD = $(flow_libraries)
tests_unit_flow_ends_LDFLAGS = $(failing_memory_ldflags)
tests_unit_flow_handshake_SOURCES = tests/unit/flow_handshake.c $(flow_bench)
tests_unit_flow_handshake_LDADD = $(flow_libraries)
tests_unit_flow_handshake_LDFLAGS = $(failing_memory_ldflags)
tests_unit_flow_index_SOURCES = tests/unit/flow_index.c
tests_unit_flow_index_LDADD = $(flow_libraries)
tests_unit_flow_memory_SOURCES = tests/unit/flow_memory.c $(flow_bench)
tests_unit_flow_memory_LDADD = $(flow_libraries)
tests_unit_flow_memory_LDFLAGS = $(failing_memory_ldflags)
tests_unit_flow_prologue_SOURCES = tests/unit/flow_prologue.c $(flow_bench)
tests_unit_flow_prologue_LDADD = $(flow_libraries)
tests_unit_flow_prologue_LDFLAGS = $(failing_memory_ldflags)
tests_unit_flow_table_SOURCES = tests/unit/flow_table.c $(flow_bench)
tests_unit_flow_table_LDADD = $(flow_libraries)
tests_unit_flow_table_LDFLAGS = $(failing_memory_ldflags)
