# SPDX-License-Identifier: BSD-2-Clause
# Hard cases of the plugin ABI: plugins of their own, which nobody installs, and
# the captures they are for. tests/e2e/hard runs them.

check_LTLIBRARIES += \
	tests/hard/filer.la \
	tests/hard/har.la \
	tests/hard/late-key.la \
	tests/hard/lines.la \
	tests/hard/mux.la \
	tests/hard/script.la
hard_ldflags = $(PLUGIN_LDFLAGS) -rpath /nowhere

tests_hard_filer_la_SOURCES = tests/hard/filer.c
tests_hard_filer_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_hard_filer_la_LDFLAGS = $(hard_ldflags)

tests_hard_har_la_SOURCES = tests/hard/har.c
tests_hard_har_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_hard_har_la_LDFLAGS = $(hard_ldflags)

tests_hard_late_key_la_SOURCES = tests/hard/late-key.c \
	tests/hard/tape.c \
	tests/hard/tape.h
tests_hard_late_key_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_hard_late_key_la_LDFLAGS = $(hard_ldflags)

tests_hard_lines_la_SOURCES = tests/hard/lines.c
tests_hard_lines_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_hard_lines_la_LDFLAGS = $(hard_ldflags)

tests_hard_mux_la_SOURCES = tests/hard/mux.c
tests_hard_mux_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_hard_mux_la_LDFLAGS = $(hard_ldflags)

tests_hard_script_la_SOURCES = tests/hard/script.c
tests_hard_script_la_CFLAGS = $(PLUGIN_CFLAGS)
tests_hard_script_la_LDFLAGS = $(hard_ldflags)

check_PROGRAMS += tests/hard/generate
tests_hard_generate_SOURCES = tests/hard/generate.c \
	tests/hard/generate.h \
	tests/hard/generate_late.c \
	tests/hard/generate_mux.c \
	tests/hard/generate_say.c \
	tests/tools/wire.c \
	tests/tools/wire.h

hard_parts = \
	tests/hard/filer.sh \
	tests/hard/har.sh \
	tests/hard/late-key.sh \
	tests/hard/lines.sh \
	tests/hard/mux.sh \
	tests/hard/script.sh
EXTRA_DIST += $(hard_parts)
