# SPDX-License-Identifier: BSD-2-Clause
# Rules of the house that are run, not remembered.

checks = \
	tests/checks/bad_input \
	tests/checks/layering \
	tests/checks/layering_planted \
	tests/checks/manual \
	tests/checks/symbols \
	tests/checks/headers \
	tests/checks/headers_cxx
dist_check_SCRIPTS += $(checks)
TESTS += $(checks)

EXTRA_DIST += \
	tests/README.md \
	tests/checks/compile_headers.sh \
	tests/checks/layering.awk \
	tests/checks/macros.c
