/* SPDX-License-Identifier: BSD-2-Clause */
/* Every counter has a name of its own, of the form that --stats promises. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/counters.h"

static void every_counter_has_its_own_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNTER_COUNT; i++) {
		const char *name = counter_name((enum counter)i);

		assert_non_null(name);
		assert_int_equal(
		    strspn(name, "abcdefghijklmnopqrstuvwxyz_."), strlen(name));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    name, counter_name((enum counter)j));
	}
}

static void names_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_string_equal(counter_name(COUNTER_PACKETS), "packets");
	assert_string_equal(
	    counter_name(COUNTER_SKIPPED_NOT_IP), "skipped.not_ip");
	assert_string_equal(
	    counter_name(COUNTER_BYTES_DELIVERED), "bytes.delivered");
	assert_string_equal(counter_name(COUNTER_CLOSED_FIN), "closed.fin");
	assert_string_equal(
	    counter_name(COUNTER_CONSOLE_DROPPED), "console.dropped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_counter_has_its_own_name),
	    cmocka_unit_test(names_are_those_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
