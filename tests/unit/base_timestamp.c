/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture time as text, also where it is no date that anybody has. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "core/base/timestamp.h"

#define AT (UINT64_C(1763890700) * NS_PER_SECOND + 123456789)

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void utc(void **state)
{
	char text[TIMESTAMP_ROOM];

	(void)state;
	set_zone("UTC-5");
	timestamp_utc(text, AT);
	assert_string_equal(text, "2025-11-23T09:38:20.123456Z");
	timestamp_utc(text, 0);
	assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
	timestamp_utc(text, UINT64_MAX);
	assert_string_equal(text, "2554-07-21T23:34:33.709551Z");
}

static void local_time_names_its_zone(void **state)
{
	char text[TIMESTAMP_ROOM];

	(void)state;
	set_zone("XXX-5:30");
	timestamp_local(text, AT);
	assert_string_equal(text, "2025-11-23T15:08:20.123456+05:30");
	set_zone("XXX+3");
	timestamp_local(text, AT);
	assert_string_equal(text, "2025-11-23T06:38:20.123456-03:00");
	set_zone("UTC0");
	timestamp_local(text, AT);
	assert_string_equal(text, "2025-11-23T09:38:20.123456+00:00");
}

static void epoch_keeps_every_digit(void **state)
{
	char text[TIMESTAMP_ROOM];

	(void)state;
	timestamp_epoch(text, AT);
	assert_string_equal(text, "1763890700.123456789");
	timestamp_epoch(text, 1);
	assert_string_equal(text, "0.000000001");
	timestamp_epoch(text, UINT64_MAX);
	assert_string_equal(text, "18446744073.709551615");
}

static void relative_time_may_lie_before(void **state)
{
	char text[TIMESTAMP_ROOM];

	(void)state;
	timestamp_relative(text, AT + 12 * NS_PER_SECOND + 345678999, AT);
	assert_string_equal(text, "12.345678");
	timestamp_relative(text, AT, AT);
	assert_string_equal(text, "0.000000");
	timestamp_relative(text, AT - NS_PER_SECOND / 2, AT);
	assert_string_equal(text, "-0.500000");
	timestamp_relative(text, 0, UINT64_MAX);
	assert_string_equal(text, "-18446744073.709551");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(utc),
	    cmocka_unit_test(local_time_names_its_zone),
	    cmocka_unit_test(epoch_keeps_every_digit),
	    cmocka_unit_test(relative_time_may_lie_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
