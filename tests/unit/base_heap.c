/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap of alarms against a plain search for the least. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/base/heap.h"

#define ALARMS 300

static bool fail;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
	return fail ? NULL : __real_realloc(memory, size);
}

static uint64_t random_below(uint64_t *seed, uint64_t limit)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1;
	return (*seed >> 33) % limit;
}

/* The one that is due first among those that are in. */
static const struct heap_element *least(const struct heap_element *alarms)
{
	const struct heap_element *found = NULL;

	for (size_t i = 0; i < ALARMS; i++) {
		const struct heap_element *a = &alarms[i];

		if (a->place == 0)
			continue;
		if (found == NULL || a->due_ns < found->due_ns ||
		    (a->due_ns == found->due_ns && a->order < found->order))
			found = a;
	}
	return found;
}

static void empty_heap_has_no_first(void **state)
{
	struct heap heap = {0};
	struct heap_element alarm = {0};

	(void)state;
	assert_null(heap_first(&heap));
	heap_remove(&heap, &alarm);
	assert_null(heap_first(&heap));
	heap_free(&heap);
}

static void equal_times_come_in_their_order(void **state)
{
	struct heap heap = {0};
	struct heap_element alarms[50] = {0};

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		alarms[i].order = i * 7 % 50;
		assert_true(heap_set(&heap, &alarms[i], 1000));
	}
	for (size_t i = 0; i < 50; i++) {
		struct heap_element *first = heap_first(&heap);

		assert_int_equal(first->order, i);
		heap_remove(&heap, first);
	}
	assert_null(heap_first(&heap));
	heap_free(&heap);
}

static void random_changes_keep_the_least_first(void **state)
{
	static struct heap_element alarms[ALARMS];
	struct heap heap = {0};
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < ALARMS; i++)
		alarms[i] = (struct heap_element){.order = i};
	for (unsigned round = 0; round < 20000; round++) {
		struct heap_element *a = &alarms[random_below(&seed, ALARMS)];

		if (random_below(&seed, 3) == 0)
			heap_remove(&heap, a);
		else
			assert_true(
			    heap_set(&heap, a, random_below(&seed, ALARMS)));
		assert_ptr_equal(heap_first(&heap), least(alarms));
	}
	heap_free(&heap);
}

static void removal_anywhere_keeps_the_order(void **state)
{
	static struct heap_element alarms[ALARMS];
	uint64_t seed = 9;

	(void)state;
	for (unsigned trial = 0; trial < 50; trial++) {
		struct heap heap = {0};
		uint64_t before = 0;

		for (size_t i = 0; i < ALARMS; i++) {
			alarms[i] = (struct heap_element){.order = i};
			assert_true(heap_set(
			    &heap, &alarms[i], random_below(&seed, 1000)));
		}
		for (size_t i = 0; i < ALARMS / 3; i++)
			heap_remove(
			    &heap, &alarms[random_below(&seed, ALARMS)]);
		while (heap.count > 0) {
			struct heap_element *first = heap_first(&heap);

			assert_true(first->due_ns >= before);
			before = first->due_ns;
			heap_remove(&heap, first);
		}
		heap_free(&heap);
	}
}

static void alarms_know_whether_they_are_in(void **state)
{
	struct heap heap = {0};
	struct heap_element a = {.order = 1};
	struct heap_element b = {.order = 2};

	(void)state;
	assert_true(heap_set(&heap, &a, 5));
	assert_true(heap_set(&heap, &b, 4));
	assert_int_equal(heap.count, 2);
	assert_ptr_equal(heap_first(&heap), &b);
	assert_true(heap_set(&heap, &b, 6));
	assert_int_equal(heap.count, 2);
	assert_ptr_equal(heap_first(&heap), &a);
	heap_remove(&heap, &a);
	assert_int_equal(a.place, 0);
	heap_remove(&heap, &a);
	assert_int_equal(heap.count, 1);
	heap_free(&heap);
}

static void failed_allocation_leaves_it_out(void **state)
{
	struct heap heap = {0};
	struct heap_element alarms[17] = {0};

	(void)state;
	fail = true;
	assert_false(heap_set(&heap, &alarms[0], 1));
	fail = false;
	assert_int_equal(alarms[0].place, 0);
	for (size_t i = 0; i < 16; i++)
		assert_true(heap_set(&heap, &alarms[i], 100 - i));
	fail = true;
	assert_false(heap_set(&heap, &alarms[16], 1));
	assert_true(heap_set(&heap, &alarms[3], 2)); /* moving needs none */
	fail = false;
	assert_int_equal(alarms[16].place, 0);
	assert_int_equal(heap.count, 16);
	assert_ptr_equal(heap_first(&heap), &alarms[3]);
	heap_free(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_heap_has_no_first),
	    cmocka_unit_test(equal_times_come_in_their_order),
	    cmocka_unit_test(random_changes_keep_the_least_first),
	    cmocka_unit_test(removal_anywhere_keeps_the_order),
	    cmocka_unit_test(alarms_know_whether_they_are_in),
	    cmocka_unit_test(failed_allocation_leaves_it_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
