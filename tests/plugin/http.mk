# SPDX-License-Identifier: BSD-2-Clause
# Tests of plugins/http, and of what plugins share, under a fake host.

if HAVE_CMOCKA
http_tests = \
	tests/plugin/coding \
	tests/plugin/http \
	tests/plugin/http_body \
	tests/plugin/http_filter \
	tests/plugin/http_form \
	tests/plugin/http_gap \
	tests/plugin/http_har \
	tests/plugin/http_limit \
	tests/plugin/http_line \
	tests/plugin/http_memory \
	tests/plugin/http_odd \
	tests/plugin/http_pairs \
	tests/plugin/http_probe \
	tests/plugin/http_record \
	tests/plugin/http_redact \
	tests/plugin/http_segments \
	tests/plugin/http_store \
	tests/plugin/http_text \
	tests/plugin/http_upgrade \
	tests/plugin/json_format \
	tests/plugin/multipart \
	tests/plugin/siphash
check_PROGRAMS += $(http_tests)
TESTS += $(http_tests)
check_LIBRARIES += \
	tests/plugin/libhttp.a \
	tests/plugin/libhttp_failing.a
endif

# The plugin itself, linked in.
tests_plugin_libhttp_a_SOURCES = \
	$(http_sources) \
	tests/plugin/http_bench.c \
	tests/plugin/http_bench.h
tests_plugin_libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(LLHTTP_CFLAGS)

# The same, and what it uses, with the allocator of http_memory.c.
tests_plugin_libhttp_failing_a_SOURCES = \
	$(http_sources) \
	$(plugins_libcommon_la_SOURCES) \
	tests/plugin/http_bench.c \
	tests/plugin/http_bench.h
tests_plugin_libhttp_failing_a_CPPFLAGS = \
	$(AM_CPPFLAGS) \
	$(LLHTTP_CFLAGS) \
	$(coding_cflags) \
	-Dcalloc=failing_calloc \
	-Dmalloc=failing_malloc \
	-Drealloc=failing_realloc

http_libraries = \
	tests/plugin/libhttp.a \
	tests/plugin/libtcpflow-plugin-test.a \
	plugins/libcommon.la \
	$(LLHTTP) \
	$(CMOCKA_LIBS)

tests_plugin_http_SOURCES = tests/plugin/http.c
tests_plugin_http_LDADD = $(http_libraries)
tests_plugin_http_body_SOURCES = \
	tests/plugin/http_body.c \
	tests/plugin/coding_samples.h
tests_plugin_http_body_LDADD = $(http_libraries)
tests_plugin_http_gap_SOURCES = tests/plugin/http_gap.c
tests_plugin_http_gap_LDADD = $(http_libraries)
tests_plugin_http_limit_SOURCES = tests/plugin/http_limit.c
tests_plugin_http_limit_LDADD = $(http_libraries)
tests_plugin_http_memory_SOURCES = \
	tests/plugin/http_memory.c \
	tests/plugin/coding_samples.h
tests_plugin_http_memory_LDADD = \
	tests/plugin/libhttp_failing.a \
	tests/plugin/libtcpflow-plugin-test.a \
	$(LLHTTP) \
	$(coding_libs) \
	$(CMOCKA_LIBS)
tests_plugin_http_odd_SOURCES = tests/plugin/http_odd.c
tests_plugin_http_odd_LDADD = $(http_libraries)
tests_plugin_http_pairs_SOURCES = tests/plugin/http_pairs.c
tests_plugin_http_pairs_LDADD = $(http_libraries)
tests_plugin_http_probe_SOURCES = tests/plugin/http_probe.c
tests_plugin_http_probe_LDADD = $(http_libraries)
tests_plugin_http_record_SOURCES = tests/plugin/http_record.c
tests_plugin_http_record_LDADD = $(http_libraries)
tests_plugin_http_redact_SOURCES = tests/plugin/http_redact.c
tests_plugin_http_redact_LDADD = $(http_libraries)
tests_plugin_http_segments_SOURCES = \
	tests/plugin/http_segments.c \
	tests/plugin/coding_samples.h
tests_plugin_http_segments_LDADD = $(http_libraries)
tests_plugin_http_store_SOURCES = \
	tests/plugin/http_store.c \
	tests/plugin/coding_samples.h
tests_plugin_http_store_LDADD = $(http_libraries)
tests_plugin_http_upgrade_SOURCES = tests/plugin/http_upgrade.c
tests_plugin_http_upgrade_LDADD = $(http_libraries)
tests_plugin_coding_SOURCES = \
	tests/plugin/coding.c \
	tests/plugin/coding_samples.h
tests_plugin_coding_LDADD = \
	plugins/libcommon.la \
	$(CMOCKA_LIBS)
tests_plugin_http_filter_SOURCES = tests/plugin/http_filter.c
tests_plugin_http_filter_LDADD = $(http_libraries)
tests_plugin_http_line_SOURCES = tests/plugin/http_line.c
tests_plugin_http_line_LDADD = $(http_libraries)
tests_plugin_siphash_SOURCES = tests/plugin/siphash.c
tests_plugin_siphash_LDADD = \
	plugins/libcommon.la \
	$(CMOCKA_LIBS)
tests_plugin_http_har_SOURCES = tests/plugin/http_har.c
tests_plugin_http_har_LDADD = $(http_libraries)
tests_plugin_http_text_SOURCES = tests/plugin/http_text.c
tests_plugin_http_text_LDADD = $(http_libraries)
tests_plugin_json_format_SOURCES = tests/plugin/json_format.c
tests_plugin_json_format_LDADD = \
	plugins/libcommon.la \
	$(CMOCKA_LIBS)
tests_plugin_http_form_SOURCES = tests/plugin/http_form.c
tests_plugin_http_form_LDADD = $(http_libraries)
tests_plugin_multipart_SOURCES = tests/plugin/multipart.c
tests_plugin_multipart_LDADD = \
	plugins/libcommon.la \
	$(CMOCKA_LIBS)
