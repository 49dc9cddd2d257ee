/* SPDX-License-Identifier: BSD-2-Clause */
/* The cursor stays within its bytes, whatever is asked of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/cursor.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 0xff};

static void reads_are_big_endian(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u32(&c), 0x04050607);
	assert_int_equal(cursor_left(&c), 1);
	assert_int_equal(cursor_u8(&c), 0xff);
	assert_false(c.failed);
	assert_int_equal(cursor_left(&c), 0);
}

static void high_bits_are_not_a_sign(void **state)
{
	static const uint8_t ones[4] = {0xff, 0xff, 0xff, 0xff};
	struct cursor c = cursor_over(ones, 4);

	(void)state;
	assert_int_equal(cursor_u32(&c), UINT32_MAX);
	c = cursor_over(ones, 4);
	assert_int_equal(cursor_u16(&c), UINT16_MAX);
}

static void slices_are_borrowed(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes));

	(void)state;
	cursor_skip(&c, 2);
	assert_ptr_equal(cursor_take(&c, 6), bytes + 2);
	assert_ptr_equal(cursor_take(&c, 0), bytes + sizeof(bytes));
	assert_false(c.failed);
}

/* Each kind of read, one byte too far. */
static void reads_beyond_the_end_fail(void **state)
{
	struct cursor c;

	(void)state;
	c = cursor_over(bytes, 0);
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.failed);
	c = cursor_over(bytes, 1);
	assert_int_equal(cursor_u16(&c), 0);
	assert_true(c.failed);
	c = cursor_over(bytes, 3);
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.failed);
	c = cursor_over(bytes, 8);
	assert_null(cursor_take(&c, 9));
	assert_true(c.failed);
	c = cursor_over(bytes, 8);
	cursor_skip(&c, SIZE_MAX);
	assert_true(c.failed);
}

static void the_error_sticks(void **state)
{
	struct cursor c = cursor_over(bytes, 3);

	(void)state;
	(void)cursor_u32(&c);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
	assert_null(cursor_take(&c, 1));
	assert_true(c.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_are_big_endian),
	    cmocka_unit_test(high_bits_are_not_a_sign),
	    cmocka_unit_test(slices_are_borrowed),
	    cmocka_unit_test(reads_beyond_the_end_fail),
	    cmocka_unit_test(the_error_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
