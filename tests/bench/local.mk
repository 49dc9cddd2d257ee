# SPDX-License-Identifier: BSD-2-Clause
# `make bench`: ratios measured side by side, never a test. `make
# check-instructions`: the instructions of a packet, which are one.

bench_programs = \
	tests/bench/generate \
	tests/bench/measure \
	tests/bench/pcaploop
EXTRA_PROGRAMS = $(bench_programs)
CLEANFILES += $(bench_programs)
tests_bench_generate_SOURCES = tests/bench/generate.c \
	tests/tools/wire.c \
	tests/tools/wire.h
tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_pcaploop_SOURCES = tests/bench/pcaploop.c
tests_bench_pcaploop_CPPFLAGS = $(AM_CPPFLAGS) $(PCAP_CFLAGS)
tests_bench_pcaploop_LDADD = $(PCAP_LIBS)
EXTRA_DIST += \
	tests/bench/README.md \
	tests/bench/bench \
	tests/bench/instructions \
	tests/bench/instructions.txt

.PHONY: bench check-instructions
bench: all $(bench_programs)
	@$(AM_TESTS_ENVIRONMENT) $(srcdir)/tests/bench/bench

# What is skipped (77) says why, and is no failure of make's.
check-instructions: all $(bench_programs)
	@$(AM_TESTS_ENVIRONMENT) \
	    $(srcdir)/tests/bench/instructions $(UPDATE) || test $$? = 77
