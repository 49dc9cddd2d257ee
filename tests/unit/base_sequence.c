/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence numbers around the wrap, and 64-bit offsets made of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/sequence.h"

static void distance_is_modular(void **state)
{
	(void)state;
	assert_int_equal(sequence_distance(5, 8), 3);
	assert_int_equal(sequence_distance(8, 5), -3);
	assert_int_equal(sequence_distance(UINT32_MAX, 2), 3);
	assert_int_equal(sequence_distance(2, UINT32_MAX), -3);
	assert_int_equal(sequence_distance(0, INT32_MAX), INT32_MAX);
	assert_int_equal(sequence_distance(7, 7), 0);
}

static void offset_is_the_nearest_one(void **state)
{
	const uint64_t far = UINT64_C(5) << 32; /* beyond 4 GiB */

	(void)state;
	assert_int_equal(sequence_offset(1000, 0, 1000), 0);
	assert_int_equal(sequence_offset(1000, 0, 1500), 500);
	assert_int_equal(sequence_offset(1000, 0, 999), -1);
	assert_int_equal(sequence_offset(1000, far, 1000), (int64_t)far);
	assert_int_equal(sequence_offset(1000, far, 999), (int64_t)far - 1);
	assert_int_equal(sequence_offset(1000, far, 1001), (int64_t)far + 1);
}

static void offsets_go_on_over_the_wrap(void **state)
{
	const uint32_t first = UINT32_MAX - 10;
	uint64_t near = 0;

	(void)state;
	assert_int_equal(sequence_offset(first, 0, 5), 16);
	for (unsigned step = 0; step < 20; step++) {
		uint64_t next = near + (UINT64_C(1) << 30);

		assert_int_equal(
		    sequence_offset(first, near, (uint32_t)(first + next)),
		    (int64_t)next);
		near = next;
	}
	assert_true(near > UINT64_C(4) << 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(distance_is_modular),
	    cmocka_unit_test(offset_is_the_nearest_one),
	    cmocka_unit_test(offsets_go_on_over_the_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
