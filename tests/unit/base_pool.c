/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool: objects apart from each other, whole cache lines, used again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/pool.h"

#define OBJECTS 5000u /* beyond the first of the large slabs */
#define SIZE 1000u

static bool no_memory;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return no_memory ? NULL : __real_aligned_alloc(alignment, size);
}

static void objects_are_apart(void **state)
{
	static uint8_t *objects[OBJECTS];
	struct pool pool;

	(void)state;
	pool_init(&pool, SIZE);
	for (unsigned i = 0; i < OBJECTS; i++) {
		objects[i] = pool_take(&pool);
		assert_non_null(objects[i]);
		assert_int_equal((uintptr_t)objects[i] % CACHE_LINE, 0);
		memset(objects[i], (int)(i % 251), SIZE);
	}
	for (unsigned i = 0; i < OBJECTS; i++) {
		for (unsigned j = 0; j < SIZE; j++)
			assert_int_equal(objects[i][j], i % 251);
		pool_give(&pool, objects[i]);
	}
	pool_destroy(&pool);
}

static void the_latest_is_used_again(void **state)
{
	struct pool pool;
	void *a;
	void *b;

	(void)state;
	pool_init(&pool, SIZE);
	a = pool_take(&pool);
	b = pool_take(&pool);
	assert_ptr_not_equal(a, b);
	pool_give(&pool, a);
	pool_give(&pool, b);
	assert_ptr_equal(pool_take(&pool), b);
	assert_ptr_equal(pool_take(&pool), a);
	pool_give(&pool, a);
	pool_give(&pool, b);
	pool_destroy(&pool);
}

static void without_memory_there_is_none(void **state)
{
	struct pool pool;
	void *object;

	(void)state;
	pool_init(&pool, SIZE);
	no_memory = true;
	assert_null(pool_take(&pool));
	no_memory = false;
	object = pool_take(&pool);
	assert_non_null(object);
	pool_give(&pool, object);
	pool_destroy(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_apart),
	    cmocka_unit_test(the_latest_is_used_again),
	    cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
