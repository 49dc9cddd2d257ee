/* SPDX-License-Identifier: BSD-2-Clause */
/* Budgets and how one number is shared out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/budget.h"

static void grants_up_to_the_limit(void **state)
{
	struct budget budget = {.limit = 100};

	(void)state;
	assert_true(budget_take(&budget, 60));
	assert_false(budget_take(&budget, 41));
	assert_true(budget_take(&budget, 40));
	assert_true(budget_take(&budget, 0));
	assert_false(budget_take(&budget, 1));
	assert_int_equal(budget.used, 100);
}

static void refusals_and_the_peak_are_counted(void **state)
{
	struct budget budget = {.limit = 100};

	(void)state;
	assert_true(budget_take(&budget, 80));
	budget_give(&budget, 50);
	assert_true(budget_take(&budget, 10));
	assert_false(budget_take(&budget, SIZE_MAX));
	assert_false(budget_take(&budget, 61));
	assert_int_equal(budget.used, 40);
	assert_int_equal(budget.peak, 80);
	assert_int_equal(budget.refused, 2);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
	struct budget budget = {.limit = 10};

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_true(budget_take(&budget, 10));
		budget_give(&budget, 10);
	}
	assert_int_equal(budget.used, 0);
	assert_int_equal(budget.refused, 0);
}

static void memory_is_shared_out_as_documented(void **state)
{
	struct memory memory;
	size_t total = (size_t)1 << 30;

	(void)state;
	memory_divide(&memory, total);
	assert_int_equal(memory.flows.limit, total / 100 * 20);
	assert_int_equal(memory.connections.limit, total / 100 * 15);
	assert_int_equal(memory.reorder.limit, total / 100 * 25);
	assert_int_equal(memory.files.limit, total / 100 * 10);
	assert_int_equal(memory.held.limit, total / 100 * 15);
	assert_int_equal(memory.probe.limit, total / 100 * 5);
	assert_int_equal(memory.fragments.limit, total / 100 * 5);
	assert_int_equal(memory.flows.used, 0);
	memory_divide(&memory, SIZE_MAX);
	assert_true(memory.reorder.limit < SIZE_MAX / 3);
	assert_true(memory.reorder.limit > SIZE_MAX / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grants_up_to_the_limit),
	    cmocka_unit_test(refusals_and_the_peak_are_counted),
	    cmocka_unit_test(what_is_given_back_can_be_taken_again),
	    cmocka_unit_test(memory_is_shared_out_as_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
