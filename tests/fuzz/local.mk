# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets: each plugin with plugin.c, and core's layers with targets of their
# own. `make check' runs what was found before and the seeds; `make fuzz-http'
# looks for more, for FUZZ_SECONDS.

fuzz_core = capture decode fragments program reassembly
fuzz_replays = \
	tests/fuzz/replay_capture \
	tests/fuzz/replay_decode \
	tests/fuzz/replay_fragments \
	tests/fuzz/replay_http \
	tests/fuzz/replay_lines \
	tests/fuzz/replay_program \
	tests/fuzz/replay_raw \
	tests/fuzz/replay_reassembly \
	tests/fuzz/replay_skeleton
check_PROGRAMS += $(fuzz_replays)
dist_check_SCRIPTS += tests/fuzz/replay_all
TESTS += tests/fuzz/replay_all
EXTRA_DIST += \
	tests/fuzz/README.md \
	tests/fuzz/crashes \
	tests/fuzz/make_core_seeds \
	tests/fuzz/make_seeds \
	tests/fuzz/seeds

fuzz_target = \
	tests/fuzz/input.h \
	tests/fuzz/plugin.c \
	tests/fuzz/replay.c
fuzz_http_settings = \
	-DFUZZ_SETTINGS='NULL,"max-body=10","decode=no","redact=all","show=headers","max-body=0","bodies=both","bodies=files"'
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

tests_fuzz_replay_capture_SOURCES = \
	tests/fuzz/capture.c \
	tests/fuzz/input.h \
	tests/fuzz/replay.c
tests_fuzz_replay_capture_LDADD = \
	core/libcapture.a \
	core/libbase.a \
	$(PCAP_LIBS) \
	$(UNPACK_LIBS) \
	$(THREAD_LIBS)
tests_fuzz_replay_decode_SOURCES = \
	tests/fuzz/decode.c \
	tests/fuzz/input.h \
	tests/fuzz/replay.c
tests_fuzz_replay_decode_CPPFLAGS = $(AM_CPPFLAGS) $(PCAP_CFLAGS)
tests_fuzz_replay_decode_LDADD = \
	core/libdecode.a \
	core/libbase.a
tests_fuzz_replay_fragments_SOURCES = \
	tests/fuzz/fragments.c \
	tests/fuzz/input.h \
	tests/fuzz/replay.c
tests_fuzz_replay_fragments_LDADD = \
	core/libdecode.a \
	core/libbase.a
tests_fuzz_replay_reassembly_SOURCES = \
	tests/fuzz/input.h \
	tests/fuzz/reassembly.c \
	tests/fuzz/replay.c
tests_fuzz_replay_reassembly_LDADD = \
	core/libflow.a \
	core/libreassembly.a \
	core/libdecode.a \
	core/libbase.a
tests_fuzz_replay_program_SOURCES = \
	core/cli/help.c \
	core/cli/options.c \
	core/cli/workers.c \
	core/cli/options.h \
	core/cli/workers.h \
	tests/fuzz/input.h \
	tests/fuzz/program.c \
	tests/fuzz/replay.c
tests_fuzz_replay_program_LDADD = $(tcpflow_LDADD)

# The real thing, for a compiler with libFuzzer: from sources, all sanitized.
FUZZ_CC = clang
FUZZ_SECONDS = 60
FUZZ_FLAGS = -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all
# Edges are to be those of the plugin: what feeds it is sanitized alone, which
# also makes it faster.
fuzz_fake = $(filter %.c, $(tests_plugin_libtcpflow_plugin_test_a_SOURCES))
fuzz_fake_objects = $(patsubst %.c,tests/fuzz/%.o,$(fuzz_fake))
fuzz_common = $(srcdir)/tests/fuzz/plugin.c $(fuzz_fake_objects)
$(fuzz_fake_objects): tests/fuzz/%.o: $(srcdir)/%.c
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(FUZZ_CC) $(FUZZ_FLAGS) -fno-sanitize=fuzzer \
	    $(AM_CPPFLAGS) -c -o $@ $<

tests/fuzz/fuzz_http: $(fuzz_common) $(addprefix $(srcdir)/,$(http_sources))
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(DEFS) $(DEFAULT_INCLUDES) \
	    $(AM_CPPFLAGS) $(LLHTTP_CFLAGS) \
	    $(coding_cflags) $(fuzz_http_settings) -o $@ $(fuzz_common) \
	    $(filter %.c, $(addprefix $(srcdir)/,$(http_sources) \
	    $(plugins_libcommon_la_SOURCES))) \
	    $(addprefix $(LLHTTP_SOURCES)/,$(if $(LLHTTP_SOURCES),api.c http.c \
	    llhttp.c)) $(LLHTTP_LIBS) $(coding_libs)
tests/fuzz/fuzz_lines: $(fuzz_common) $(srcdir)/contrib/plugin-template/lines.c
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(AM_CPPFLAGS) \
	    $(fuzz_lines_settings) -o $@ $^
tests/fuzz/fuzz_%: $(fuzz_common) $(srcdir)/plugins/%
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(AM_CPPFLAGS) -o $@ \
	    $(fuzz_common) $(srcdir)/plugins/$*/$*.c

# Core, sanitized, once for all of its targets.
fuzz_core_all = \
	$(core_libbase_a_SOURCES) $(core_libcapture_a_SOURCES) \
	$(core_libdecode_a_SOURCES) $(core_libreassembly_a_SOURCES) \
	$(core_libflow_a_SOURCES) $(core_libsink_a_SOURCES) \
	$(core_libhost_a_SOURCES) $(core_libengine_a_SOURCES) \
	core/cli/help.c core/cli/options.c core/cli/options.h \
	core/cli/workers.c core/cli/workers.h
fuzz_core_sources = $(filter %.c, $(fuzz_core_all))
fuzz_core_headers = $(addprefix $(srcdir)/, $(filter %.h, $(fuzz_core_all)))
fuzz_core_objects = $(patsubst %.c,tests/fuzz/%.o,$(fuzz_core_sources))
tests/fuzz/core/%.o: $(srcdir)/core/%.c $(fuzz_core_headers)
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(FUZZ_CC) $(subst fuzzer,fuzzer-no-link,$(FUZZ_FLAGS)) \
	    $(AM_CPPFLAGS) -I. -DTCPFLOW_PLUGINDIR='"$(plugindir)"' \
	    $(PCAP_CFLAGS) $(UNPACK_CFLAGS) $(CRYPTO_CFLAGS) -c -o $@ $<
$(addprefix tests/fuzz/fuzz_,$(fuzz_core)): tests/fuzz/fuzz_%: \
    $(srcdir)/tests/fuzz/%.c $(fuzz_core_objects)
	$(AM_V_GEN)$(FUZZ_CC) $(FUZZ_FLAGS) $(AM_CPPFLAGS) $(PCAP_CFLAGS) \
	    -o $@ $^ $(PCAP_LIBS) $(UNPACK_LIBS) $(CRYPTO_LIBS) $(DL_LIBS) \
	    $(THREAD_LIBS)

# Where its seeds are, and how much a run may take. The program says what it has
# to say to nobody.
fuzz_seeds = $(or $(filter $*,$(fuzz_core:program=)), \
	$(if $(filter program,$*),capture,plugin))
fuzz-%: tests/fuzz/fuzz_%
	@$(MKDIR_P) tests/fuzz/corpus_$*
	TCPFLOW_PLUGIN_PATH='$(abs_builddir)/plugins/.libs' \
	    tests/fuzz/fuzz_$* -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	    -max_len=8192 -rss_limit_mb=2560 -close_fd_mask=3 \
	    -print_final_stats=1 -artifact_prefix=tests/fuzz/$*- \
	    tests/fuzz/corpus_$* \
	    $(srcdir)/tests/fuzz/seeds/$(strip $(fuzz_seeds))

fuzz-program: $(plugin_LTLIBRARIES)

clean-local: clean-fuzz
clean-fuzz:
	rm -rf tests/fuzz/fuzz_* tests/fuzz/corpus_* tests/fuzz/core
.PRECIOUS: tests/fuzz/fuzz_%
.PHONY: clean-fuzz
