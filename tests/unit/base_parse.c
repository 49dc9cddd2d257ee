/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user writes is the value as a whole, or it is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/parse.h"

#define UNTOUCHED UINT64_C(0x5a5a)
#define SECOND UINT64_C(1000000000)

struct accepted {
	const char *text;
	uint64_t value;
};

typedef bool parser(const char *text, uint64_t *value);

static void expect_accepted(
    parser *parse, const struct accepted *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;

		if (!parse(table[i].text, &value))
			fail_msg("'%s' was refused", table[i].text);
		if (value != table[i].value)
			fail_msg("'%s' became %llu", table[i].text,
			    (unsigned long long)value);
	}
}

static void expect_refused(
    parser *parse, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = UNTOUCHED;

		if (parse(table[i], &value))
			fail_msg("'%s' was accepted", table[i]);
		assert_int_equal(value, UNTOUCHED);
	}
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void numbers(void **state)
{
	static const struct accepted good[] = {
	    {"0", 0},
	    {"007", 7},
	    {"18446744073709551615", UINT64_MAX},
	};
	static const char *const bad[] = {"", " ", " 1", "1 ", "-1", "+1",
	    "0x10", "1.0", "1k", "18446744073709551616",
	    "99999999999999999999999999", "1\n"};

	(void)state;
	expect_accepted(parse_u64, good, COUNT(good));
	expect_refused(parse_u64, bad, COUNT(bad));
}

static void sizes(void **state)
{
	static const struct accepted good[] = {
	    {"0", 0},
	    {"1500", 1500},
	    {"1k", 1024},
	    {"1K", 1024},
	    {"3m", 3 << 20},
	    {"2G", UINT64_C(2) << 30},
	    {"1T", UINT64_C(1) << 40},
	    {"16777215T", UINT64_C(16777215) << 40},
	    {"18446744073709551615", UINT64_MAX},
	};
	static const char *const bad[] = {"", "k", "1kb", "1 k", "1kk", "1.5G",
	    "-1k", "1x", "1P", "16777216T", "18446744073709551615k", "1+",
	    "1\x0b", "1\x2b"};

	(void)state;
	expect_accepted(parse_size, good, COUNT(good));
	expect_refused(parse_size, bad, COUNT(bad));
}

static void durations(void **state)
{
	static const struct accepted good[] = {
	    {"0", 0},
	    {"1", SECOND},
	    {"1s", SECOND},
	    {"0.5", SECOND / 2},
	    {"0.000000001", 1},
	    {"0.123456789s", 123456789},
	    {"0.1234567899", 123456789},
	    {"250ms", SECOND / 4},
	    {"0.25ms", 250000},
	    {"1.5m", 90 * SECOND},
	    {"2h", 7200 * SECOND},
	    {"0.999999999d", UINT64_C(86399999913600)},
	    {"30d", 30 * 86400 * SECOND},
	    {"18446744073.709551615", UINT64_MAX},
	};
	static const char *const bad[] = {"", ".", ".5", "1.", "1.s", "-1",
	    "1 s", "1S", "1w", "s", "1e3", "1.5.5", "1sec", "213504d",
	    "18446744073.709551616", "18446744074", "0.5 "};

	(void)state;
	expect_accepted(parse_duration_ns, good, COUNT(good));
	expect_refused(parse_duration_ns, bad, COUNT(bad));
}

static void flags(void **state)
{
	static const char *const yes[] = {"yes", "on", "true", "1", "YES"};
	static const char *const no[] = {"no", "off", "false", "0", "Off"};
	static const char *const bad[] = {"", "y", "2", "yes ", "truee"};
	bool value;

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		value = false;
		assert_true(parse_flag(yes[i], &value));
		assert_true(value);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		value = true;
		assert_true(parse_flag(no[i], &value));
		assert_false(value);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		value = true;
		assert_false(parse_flag(bad[i], &value));
		assert_true(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(durations),
	    cmocka_unit_test(flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
