# SPDX-License-Identifier: BSD-2-Clause
# The promise of the ABI; README.md says what is proven how.

abi_tests = \
	tests/abi/abidiff \
	tests/abi/frozen \
	tests/abi/matrix \
	tests/abi/matrix_planted \
	tests/abi/mutations \
	tests/abi/numbers
dist_check_SCRIPTS += $(abi_tests)
TESTS += $(abi_tests)
EXTRA_DIST += \
	tests/abi/1.0/tcpflow/host.h \
	tests/abi/1.0/tcpflow/plugin.h \
	tests/abi/1.0/tcpflow/types.h \
	tests/abi/README.md \
	tests/abi/append.awk \
	tests/abi/common.sh \
	tests/abi/layout.c \
	tests/abi/list.awk \
	tests/abi/odd.c \
	tests/abi/prefix \
	tests/abi/prefix.awk \
	tests/abi/targets.sh \
	tests/abi/witness.c \
	tests/abi/witness.h \
	tests/abi/witness_service.c

# How the program and its plugins are built, for the matrix (common.sh).
AM_TESTS_ENVIRONMENT += \
	BUILD_CFLAGS='$(CPPFLAGS) $(CFLAGS) $(SANITIZER_CFLAGS)'; \
	export BUILD_CFLAGS; \
	HOST_CFLAGS='$(PCAP_CFLAGS) $(CRYPTO_CFLAGS)'; export HOST_CFLAGS; \
	HOST_LIBS='$(LDFLAGS) $(PCAP_LIBS) $(UNPACK_LIBS) $(CRYPTO_LIBS) $(DL_LIBS) $(LIBS)'; \
	export HOST_LIBS; \
	HTTP_CFLAGS='$(DEFS) $(LLHTTP_CFLAGS) $(coding_cflags)'; export HTTP_CFLAGS; \
	HTTP_LIBS='$(LDFLAGS) $(LLHTTP_LIBS) $(coding_libs)'; export HTTP_LIBS; \
	COMMON_SOURCES='$(filter %.c, $(plugins_libcommon_la_SOURCES))'; \
	export COMMON_SOURCES; \
	LLHTTP_SOURCES='$(LLHTTP_SOURCES)'; export LLHTTP_SOURCES;
