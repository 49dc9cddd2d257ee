# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/capture, which is linked with core/base alone.

if HAVE_CMOCKA
capture_tests = \
	tests/unit/capture_fanout \
	tests/unit/capture_file \
	tests/unit/capture_live \
	tests/unit/capture_many \
	tests/unit/capture_memory \
	tests/unit/capture_merge \
	tests/unit/capture_packed \
	tests/unit/capture_reader \
	tests/unit/capture_secrets
check_PROGRAMS += $(capture_tests)
TESTS += $(capture_tests)
endif

capture_libraries = \
	core/libcapture.a \
	core/libbase.a \
	$(PCAP_LIBS) \
	$(UNPACK_LIBS) \
	$(THREAD_LIBS) \
	$(CMOCKA_LIBS)

capture_bench = \
	tests/unit/capture_bench.c \
	tests/unit/capture_bench.h

tests_unit_capture_fanout_SOURCES = tests/unit/capture_fanout.c
tests_unit_capture_fanout_LDADD = $(capture_libraries)

tests_unit_capture_file_SOURCES = tests/unit/capture_file.c $(capture_bench)
tests_unit_capture_file_LDADD = $(capture_libraries)

tests_unit_capture_live_SOURCES = tests/unit/capture_live.c $(capture_bench)
tests_unit_capture_live_LDADD = $(capture_libraries)

tests_unit_capture_many_SOURCES = tests/unit/capture_many.c $(capture_bench)
tests_unit_capture_many_LDADD = $(capture_libraries)

tests_unit_capture_memory_SOURCES = tests/unit/capture_memory.c \
	$(capture_bench) $(failing_memory)
tests_unit_capture_memory_CPPFLAGS = $(AM_CPPFLAGS) $(UNPACK_CFLAGS)
tests_unit_capture_memory_LDFLAGS = $(failing_memory_ldflags)
tests_unit_capture_memory_LDADD = $(capture_libraries)

tests_unit_capture_packed_SOURCES = tests/unit/capture_packed.c $(capture_bench)
tests_unit_capture_packed_CPPFLAGS = $(AM_CPPFLAGS) $(UNPACK_CFLAGS)
tests_unit_capture_packed_LDADD = $(capture_libraries)

tests_unit_capture_reader_SOURCES = tests/unit/capture_reader.c $(capture_bench)
tests_unit_capture_reader_LDADD = $(capture_libraries)

tests_unit_capture_merge_SOURCES = tests/unit/capture_merge.c \
	$(capture_bench) $(failing_memory)
tests_unit_capture_merge_LDFLAGS = $(failing_memory_ldflags)
tests_unit_capture_merge_LDADD = $(capture_libraries)

tests_unit_capture_secrets_SOURCES = \
	tests/unit/capture_secrets.c $(capture_bench)
tests_unit_capture_secrets_LDADD = $(capture_libraries)
