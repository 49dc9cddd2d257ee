# SPDX-License-Identifier: BSD-2-Clause
# Captures in, expected files or text out.

e2e_tests = \
	tests/e2e/bodies \
	tests/e2e/classic_faults \
	tests/e2e/cli \
	tests/e2e/contract \
	tests/e2e/damaged \
	tests/e2e/differential \
	tests/e2e/examples \
	tests/e2e/forms \
	tests/e2e/golden \
	tests/e2e/hard \
	tests/e2e/large_heads \
	tests/e2e/live \
	tests/e2e/live_workers \
	tests/e2e/memory \
	tests/e2e/overlap \
	tests/e2e/property \
	tests/e2e/records \
	tests/e2e/template \
	tests/e2e/views \
	tests/e2e/workers
dist_check_SCRIPTS += $(e2e_tests)
TESTS += $(e2e_tests)
EXTRA_DIST += \
	tests/e2e/common.sh \
	tests/e2e/live_workers.py \
	tests/e2e/har.schema.json \
	tests/e2e/views.160 \
	tests/e2e/views.80 \
	tests/captures
