# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/sink, which is linked with core/base alone.

if HAVE_CMOCKA
sink_tests = \
	tests/unit/sink_console \
	tests/unit/sink_descriptor \
	tests/unit/sink_failure \
	tests/unit/sink_file \
	tests/unit/sink_hash \
	tests/unit/sink_name \
	tests/unit/sink_output \
	tests/unit/sink_parcel \
	tests/unit/sink_records
check_PROGRAMS += $(sink_tests)
TESTS += $(sink_tests)
endif

sink_libraries = \
	core/libsink.a \
	core/libbase.a \
	$(CRYPTO_LIBS) \
	$(CMOCKA_LIBS)

sink_bench = \
	tests/unit/sink_bench.c \
	tests/unit/sink_bench.h \
	tests/unit/sink_calls.c

# What sink_calls.c counts and makes fail.
sink_wraps = \
	-Wl,--wrap=aligned_alloc \
	-Wl,--wrap=calloc \
	-Wl,--wrap=close \
	-Wl,--wrap=fchmod \
	-Wl,--wrap=fstat \
	-Wl,--wrap=fstat64 \
	-Wl,--wrap=fstatat \
	-Wl,--wrap=fstatat64 \
	-Wl,--wrap=futimens \
	-Wl,--wrap=malloc \
	-Wl,--wrap=openat \
	-Wl,--wrap=openat64 \
	-Wl,--wrap=pwrite \
	-Wl,--wrap=pwrite64 \
	-Wl,--wrap=pwritev \
	-Wl,--wrap=pwritev64 \
	-Wl,--wrap=realloc \
	-Wl,--wrap=renameat2 \
	-Wl,--wrap=strdup \
	-Wl,--wrap=strndup \
	-Wl,--wrap=write

tests_unit_sink_parcel_SOURCES = tests/unit/sink_parcel.c $(failing_memory)
tests_unit_sink_parcel_LDFLAGS = $(failing_memory_ldflags)
tests_unit_sink_parcel_LDADD = $(sink_libraries)

tests_unit_sink_console_SOURCES = tests/unit/sink_console.c $(sink_bench)
tests_unit_sink_console_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_console_LDADD = $(sink_libraries)

tests_unit_sink_descriptor_SOURCES = tests/unit/sink_descriptor.c $(sink_bench)
tests_unit_sink_descriptor_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_descriptor_LDADD = $(sink_libraries)

tests_unit_sink_failure_SOURCES = tests/unit/sink_failure.c $(sink_bench)
tests_unit_sink_failure_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_failure_LDADD = $(sink_libraries)

tests_unit_sink_file_SOURCES = tests/unit/sink_file.c $(sink_bench)
tests_unit_sink_file_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_file_LDADD = $(sink_libraries)

tests_unit_sink_hash_SOURCES = tests/unit/sink_hash.c $(sink_bench)
tests_unit_sink_hash_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_hash_LDADD = $(sink_libraries)

tests_unit_sink_name_SOURCES = tests/unit/sink_name.c
tests_unit_sink_name_LDADD = $(sink_libraries)

tests_unit_sink_output_SOURCES = tests/unit/sink_output.c $(sink_bench)
tests_unit_sink_output_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_output_LDADD = $(sink_libraries)

tests_unit_sink_records_SOURCES = tests/unit/sink_records.c $(sink_bench)
tests_unit_sink_records_LDFLAGS = $(AM_LDFLAGS) $(sink_wraps)
tests_unit_sink_records_LDADD = $(sink_libraries)
