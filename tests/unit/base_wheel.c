/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer wheel: nothing is found early, nothing is lost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/timestamp.h"
#include "core/base/wheel.h"

#define ITEMS 500

struct item {
	struct list link;
	uint64_t due_ns;
};

static struct wheel wheel;
static struct item items[ITEMS];

static int set_up(void **state)
{
	(void)state;
	wheel_init(&wheel);
	return 0;
}

static void put(struct item *item, uint64_t due_ns)
{
	item->due_ns = due_ns;
	wheel_put(&wheel, &item->link, due_ns);
}

static struct item *take_due(uint64_t now_ns)
{
	struct list *link = wheel_take_due(&wheel, now_ns);

	return link != NULL ? list_entry(link, struct item, link) : NULL;
}

static void empty_wheel_has_nothing_due(void **state)
{
	(void)state;
	assert_null(take_due(UINT64_MAX));
	assert_null(wheel_take_first(&wheel));
}

static void found_at_the_first_second_at_or_after(void **state)
{
	(void)state;
	put(&items[0], 10 * NS_PER_SECOND);
	put(&items[1], 10 * NS_PER_SECOND + 1);
	assert_null(take_due(10 * NS_PER_SECOND - 1));
	assert_ptr_equal(take_due(10 * NS_PER_SECOND), &items[0]);
	assert_null(take_due(11 * NS_PER_SECOND - 1));
	assert_ptr_equal(take_due(11 * NS_PER_SECOND), &items[1]);
	assert_int_equal(wheel.count, 0);
}

static void capture_time_starts_anywhere(void **state)
{
	const uint64_t start = UINT64_C(1763890700) * NS_PER_SECOND;

	(void)state;
	put(&items[0], start);
	assert_null(take_due(start - 1));
	assert_ptr_equal(take_due(start), &items[0]);
	assert_null(take_due(UINT64_MAX));
	put(&items[0], start); /* a clock that went back */
	assert_ptr_equal(take_due(UINT64_MAX), &items[0]);
}

static void far_ones_are_found_sooner_never_lost(void **state)
{
	const uint64_t start = UINT64_C(1763890700) * NS_PER_SECOND;

	(void)state;
	assert_null(take_due(start));
	put(&items[0], start);
	put(&items[1], start + 100000 * NS_PER_SECOND);
	assert_ptr_equal(take_due(start), &items[0]);
	assert_null(take_due(start + (WHEEL_BUCKETS - 2) * NS_PER_SECOND));
	assert_ptr_equal(
	    take_due(start + WHEEL_BUCKETS * NS_PER_SECOND), &items[1]);
}

static void past_ones_are_found_at_once(void **state)
{
	(void)state;
	assert_null(take_due(1000 * NS_PER_SECOND));
	put(&items[0], 1002 * NS_PER_SECOND);
	put(&items[1], 5);
	assert_ptr_equal(take_due(1000 * NS_PER_SECOND), &items[1]);
	assert_null(take_due(1001 * NS_PER_SECOND));
}

static void removed_ones_are_not_found(void **state)
{
	(void)state;
	put(&items[0], 5 * NS_PER_SECOND);
	put(&items[1], 5 * NS_PER_SECOND);
	wheel_remove(&wheel, &items[0].link);
	assert_ptr_equal(take_due(9 * NS_PER_SECOND), &items[1]);
	assert_null(take_due(9 * NS_PER_SECOND));
}

static void first_is_taken_whenever_it_is_due(void **state)
{
	(void)state;
	put(&items[0], 900 * NS_PER_SECOND);
	put(&items[1], 300 * NS_PER_SECOND);
	put(&items[2], 600 * NS_PER_SECOND);
	assert_ptr_equal(wheel_take_first(&wheel), &items[1].link);
	assert_ptr_equal(wheel_take_first(&wheel), &items[2].link);
	assert_ptr_equal(wheel_take_first(&wheel), &items[0].link);
	assert_null(wheel_take_first(&wheel));
}

/* However many there are: a packet moves nothing. */
static void nothing_is_looked_at_before_its_second(void **state)
{
	struct item before[ITEMS];

	(void)state;
	assert_null(take_due(NS_PER_SECOND));
	for (size_t i = 0; i < ITEMS; i++)
		put(&items[i], (100 + i % 7) * NS_PER_SECOND);
	memcpy(before, items, sizeof(items));
	for (uint64_t now = NS_PER_SECOND; now < 99 * NS_PER_SECOND;
	     now += NS_PER_SECOND / 10)
		assert_null(take_due(now));
	assert_memory_equal(before, items, sizeof(items));
}

/* Time goes on by steps, things are put in again as flows are: each is found
 * within a second behind its time, and never before. */
static void all_are_found_in_time(void **state)
{
	uint64_t now = UINT64_C(1000000) * NS_PER_SECOND;
	uint64_t before = now;
	uint64_t seed = 11;
	unsigned found = 0;

	(void)state;
	assert_null(take_due(now));
	for (size_t i = 0; i < ITEMS; i++)
		put(&items[i], now + i * NS_PER_SECOND * 5 / 3);
	while (found < 20 * ITEMS) {
		struct item *item;

		seed = seed * UINT64_C(6364136223846793005) + 1;
		before = now;
		now += (seed >> 33) % (20 * NS_PER_SECOND);
		while ((item = take_due(now)) != NULL) {
			assert_true(item->due_ns <= now);
			assert_true(item->due_ns + NS_PER_SECOND > before);
			put(item,
			    now + 1 + (seed >> 20) % (1000 * NS_PER_SECOND));
			found++;
		}
		assert_int_equal(wheel.count, ITEMS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(empty_wheel_has_nothing_due, set_up),
	    cmocka_unit_test_setup(
		found_at_the_first_second_at_or_after, set_up),
	    cmocka_unit_test_setup(capture_time_starts_anywhere, set_up),
	    cmocka_unit_test_setup(
		far_ones_are_found_sooner_never_lost, set_up),
	    cmocka_unit_test_setup(past_ones_are_found_at_once, set_up),
	    cmocka_unit_test_setup(removed_ones_are_not_found, set_up),
	    cmocka_unit_test_setup(first_is_taken_whenever_it_is_due, set_up),
	    cmocka_unit_test_setup(
		nothing_is_looked_at_before_its_second, set_up),
	    cmocka_unit_test_setup(all_are_found_in_time, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
