/* SPDX-License-Identifier: BSD-2-Clause */
/* Decimal numbers, as printf writes them, and not a byte more. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/decimal.h"

#define UNTOUCHED '~'

/* What was written, as text, where all around it is as it was. */
static void expect(const char *text, const char *end, const char *wanted)
{
	size_t length = strlen(wanted);

	assert_int_equal(end - text, length);
	assert_memory_equal(text, wanted, length);
	assert_int_equal(text[-1], UNTOUCHED);
	assert_int_equal(*end, UNTOUCHED);
}

static void expect_number(uint64_t value)
{
	char room[32];
	char wanted[32];

	snprintf(wanted, sizeof(wanted), "%" PRIu64, value);
	memset(room, UNTOUCHED, sizeof(room));
	expect(room + 1, decimal_write(room + 1, value), wanted);
	for (unsigned digits = 1; digits <= DECIMAL_MOST; digits++) {
		snprintf(
		    wanted, sizeof(wanted), "%0*" PRIu64, (int)digits, value);
		memset(room, UNTOUCHED, sizeof(room));
		expect(room + 1, decimal_write_padded(room + 1, value, digits),
		    wanted);
	}
}

static void around_every_power_of_ten(void **state)
{
	uint64_t power = 1;

	(void)state;
	for (unsigned digits = 1; digits <= DECIMAL_MOST; digits++) {
		expect_number(power - 1);
		expect_number(power);
		expect_number(power + 1);
		power *= 10;
	}
}

static void around_every_power_of_two(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		expect_number((UINT64_C(1) << bit) - 1);
		expect_number(UINT64_C(1) << bit);
	}
	expect_number(UINT64_MAX);
}

static void every_port(void **state)
{
	(void)state;
	for (uint64_t port = 0; port <= UINT16_MAX; port++)
		expect_number(port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(around_every_power_of_ten),
	    cmocka_unit_test(around_every_power_of_two),
	    cmocka_unit_test(every_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
