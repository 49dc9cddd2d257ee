# SPDX-License-Identifier: BSD-2-Clause
# All that `make check` runs. Each fragment adds its programs to check_PROGRAMS,
# its scripts to dist_check_SCRIPTS, and both to TESTS; what they read goes to
# EXTRA_DIST.

AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; export CC; \
	NM='$(NM)'; export NM; \
	SANITIZER_CFLAGS='$(SANITIZER_CFLAGS)'; export SANITIZER_CFLAGS; \
	abs_builddir='$(abs_builddir)'; export abs_builddir; \
	abs_srcdir='$(abs_srcdir)'; export abs_srcdir; \
	TCPFLOW='$(abs_builddir)/tcpflow'; export TCPFLOW; \
	TCPFLOW_PLUGIN_PATH='$(abs_builddir)/plugins/.libs'; \
	export TCPFLOW_PLUGIN_PATH;

include tests/checks/local.mk
include tests/unit/local.mk
include tests/property/local.mk
include tests/plugin/fake.mk
include tests/plugin/http.mk
include tests/plugin/raw.mk
include tests/contract/local.mk
include tests/fuzz/local.mk
include tests/tools/local.mk
include tests/hard/local.mk
include tests/e2e/local.mk
include tests/abi/local.mk
include tests/bench/local.mk
