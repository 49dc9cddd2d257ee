# SPDX-License-Identifier: BSD-2-Clause
# Unit tests: each module with the layers below it, and nothing above. One
# fragment a layer; each puts its tests into check_PROGRAMS and TESTS where
# cmocka is there.

if !HAVE_CMOCKA
TESTS += tests/unit/without_cmocka
endif
dist_check_SCRIPTS += tests/unit/without_cmocka

# Of programs whose memory may fail.
failing_memory = \
	tests/unit/failing_memory.c \
	tests/unit/failing_memory.h
failing_memory_ldflags = $(AM_LDFLAGS) \
	-Wl,--wrap=aligned_alloc \
	-Wl,--wrap=asprintf \
	-Wl,--wrap=calloc \
	-Wl,--wrap=malloc \
	-Wl,--wrap=realloc \
	-Wl,--wrap=strdup \
	-Wl,--wrap=strndup

include tests/unit/base.mk
include tests/unit/capture.mk
include tests/unit/decode.mk
include tests/unit/reassembly.mk
include tests/unit/flow.mk
include tests/unit/sink.mk
include tests/unit/host.mk
include tests/unit/engine.mk
include tests/unit/cli.mk
