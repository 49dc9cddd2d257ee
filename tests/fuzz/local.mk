# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets: each plugin with plugin.c. `make check` runs what was found before
# and the seeds; `make fuzz-http' looks for more, for FUZZ_SECONDS.

fuzz_replays = \
	tests/fuzz/replay_http \
	tests/fuzz/replay_lines \
	tests/fuzz/replay_raw \
	tests/fuzz/replay_skeleton
check_PROGRAMS += $(fuzz_replays)
dist_check_SCRIPTS += tests/fuzz/replay_all
TESTS += tests/fuzz/replay_all
EXTRA_DIST += \
	tests/fuzz/README.md \
	tests/fuzz/crashes \
	tests/fuzz/make_seeds \
	tests/fuzz/seeds

fuzz_target = \
	tests/fuzz/plugin.c \
	tests/fuzz/replay.c
fuzz_http_settings = \
	-DFUZZ_SETTINGS='NULL,"max-body=10","decode=no","redact=all","show=headers","max-body=0"'
fuzz_lines_settings = -DFUZZ_SETTINGS='NULL,"most=3"'

tests_fuzz_replay_http_SOURCES = $(http_sources) $(fuzz_target)
tests_fuzz_replay_http_CPPFLAGS = $(AM_CPPFLAGS) $(LLHTTP_CFLAGS) \
	$(fuzz_http_settings)
tests_fuzz_replay_http_LDADD = \
	tests/plugin/libtcpflow-plugin-test.a \
	plugins/libcommon.la \
	$(LLHTTP)
tests_fuzz_replay_lines_SOURCES = contrib/plugin-template/lines.c $(fuzz_target)
tests_fuzz_replay_lines_CPPFLAGS = $(AM_CPPFLAGS) $(fuzz_lines_settings)
tests_fuzz_replay_lines_LDADD = tests/plugin/libtcpflow-plugin-test.a
tests_fuzz_replay_raw_SOURCES = plugins/raw/raw.c $(fuzz_target)
tests_fuzz_replay_raw_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_replay_raw_LDADD = tests/plugin/libtcpflow-plugin-test.a
tests_fuzz_replay_skeleton_SOURCES = plugins/skeleton/skeleton.c $(fuzz_target)
tests_fuzz_replay_skeleton_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_replay_skeleton_LDADD = tests/plugin/libtcpflow-plugin-test.a

# The real thing, for a compiler with libFuzzer: from sources, all sanitized.
FUZZ_CC = clang
FUZZ_SECONDS = 60
FUZZ_FLAGS = -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
fuzz_common = $(addprefix $(srcdir)/, \
	tests/fuzz/plugin.c \
	$(filter %.c, $(tests_plugin_libtcpflow_plugin_test_a_SOURCES)))

tests/fuzz/fuzz_http: $(fuzz_common) $(addprefix $(srcdir)/,$(http_sources))
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(AM_CPPFLAGS) $(LLHTTP_CFLAGS) \
	    $(ZLIB_CFLAGS) $(fuzz_http_settings) -o $@ $(fuzz_common) \
	    $(filter %.c, $(addprefix $(srcdir)/,$(http_sources) \
	    $(plugins_libcommon_la_SOURCES))) \
	    $(addprefix $(LLHTTP_SOURCES)/,$(if $(LLHTTP_SOURCES),api.c http.c \
	    llhttp.c)) $(LLHTTP_LIBS) $(ZLIB_LIBS)
tests/fuzz/fuzz_lines: $(fuzz_common) $(srcdir)/contrib/plugin-template/lines.c
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(AM_CPPFLAGS) \
	    $(fuzz_lines_settings) -o $@ $^
tests/fuzz/fuzz_%: $(fuzz_common) $(srcdir)/plugins/%
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(AM_CPPFLAGS) -o $@ \
	    $(fuzz_common) $(srcdir)/plugins/$*/$*.c

fuzz-%: tests/fuzz/fuzz_%
	@$(MKDIR_P) tests/fuzz/corpus_$*
	tests/fuzz/fuzz_$* -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	    -print_final_stats=1 -artifact_prefix=tests/fuzz/$*- \
	    tests/fuzz/corpus_$* $(srcdir)/tests/fuzz/seeds

clean-local: clean-fuzz
clean-fuzz:
	rm -rf tests/fuzz/fuzz_* tests/fuzz/corpus_*
.PRECIOUS: tests/fuzz/fuzz_%
.PHONY: clean-fuzz
