/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers: growth, the sticky error, and every allocation failed once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"

/* The allocation, counted from 1, that fails; 0: none. */
static unsigned fail_at;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return __real_realloc(memory, size);
}

static void holds_what_was_appended(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append(&buffer, "ab", 2);
	buffer_append_text(&buffer, "cd");
	buffer_append_byte(&buffer, 0);
	buffer_printf(&buffer, "%s-%d", "e", 5);
	assert_false(buffer.failed);
	assert_int_equal(buffer.length, 8);
	assert_memory_equal(buffer.bytes, "abcd\0e-5", 8);
	buffer_free(&buffer);
	assert_null(buffer.bytes);
	assert_int_equal(buffer.room, 0);
}

static void grows_without_losing_a_byte(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		buffer_append_byte(&buffer, (uint8_t)(i * 7));
	assert_int_equal(buffer.length, 100000);
	assert_true(buffer.room >= buffer.length);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buffer.bytes[i], (uint8_t)(i * 7));
	buffer_free(&buffer);
}

static void appending_nothing_takes_no_memory(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append(&buffer, NULL, 0);
	buffer_append_text(&buffer, "");
	assert_false(buffer.failed);
	assert_null(buffer.bytes);
}

static void reset_keeps_the_memory(void **state)
{
	struct buffer buffer = {0};
	uint8_t *bytes;
	size_t room;

	(void)state;
	buffer_printf(&buffer, "%0200d", 1);
	bytes = buffer.bytes;
	room = buffer.room;
	buffer_reset(&buffer);
	assert_int_equal(buffer.length, 0);
	buffer_append_text(&buffer, "x");
	assert_ptr_equal(buffer.bytes, bytes);
	assert_int_equal(buffer.room, room);
	buffer_free(&buffer);
}

static void reserved_room_is_the_callers(void **state)
{
	struct buffer buffer = {0};
	uint8_t *at;

	(void)state;
	buffer_append_text(&buffer, "ab");
	at = buffer_reserve(&buffer, 1000);
	assert_non_null(at);
	memset(at, 'c', 1000);
	buffer.length += 1000;
	assert_int_equal(buffer.bytes[1], 'b');
	assert_int_equal(buffer.bytes[1001], 'c');
	buffer_free(&buffer);
	assert_non_null(buffer_reserve(&buffer, 0));
	buffer_free(&buffer);
}

static void error_sticks_until_reset(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append_text(&buffer, "kept");
	fail_at = 1;
	buffer_printf(&buffer, "%0100d", 1);
	assert_true(buffer.failed);
	assert_int_equal(buffer.length, 4);
	buffer_append_text(&buffer, "x");
	assert_null(buffer_reserve(&buffer, 0));
	assert_int_equal(buffer.length, 4);
	assert_memory_equal(buffer.bytes, "kept", 4);
	buffer_reset(&buffer);
	buffer_append_text(&buffer, "x");
	assert_false(buffer.failed);
	assert_int_equal(buffer.length, 1);
	buffer_free(&buffer);
}

static void each_allocation_may_fail(void **state)
{
	bool failed = true;

	(void)state;
	for (unsigned nth = 1; failed; nth++) {
		struct buffer buffer = {0};

		assert_in_range(nth, 1, 100);
		fail_at = nth;
		for (unsigned i = 0; i < 1000; i++)
			buffer_printf(&buffer, "%u,", i);
		failed = buffer.failed;
		assert_true(buffer.length <= buffer.room);
		fail_at = 0;
		buffer_free(&buffer);
	}
}

static void impossible_sizes_fail(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append_byte(&buffer, 1);
	assert_null(buffer_reserve(&buffer, SIZE_MAX));
	assert_true(buffer.failed);
	buffer_reset(&buffer);
	assert_null(buffer_reserve(&buffer, SIZE_MAX - 8));
	buffer_free(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_what_was_appended),
	    cmocka_unit_test(grows_without_losing_a_byte),
	    cmocka_unit_test(appending_nothing_takes_no_memory),
	    cmocka_unit_test(reset_keeps_the_memory),
	    cmocka_unit_test(reserved_room_is_the_callers),
	    cmocka_unit_test(error_sticks_until_reset),
	    cmocka_unit_test(each_allocation_may_fail),
	    cmocka_unit_test(impossible_sizes_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
