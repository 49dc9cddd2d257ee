/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in decimal.  Digits are written from the last one, so it is counted
 * first how many there are. */
#include "core/base/decimal.h"

#include <string.h>

/* The smallest numbers of two digits, three and so on. */
static const uint64_t powers[DECIMAL_MOST - 1] = {
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static unsigned digits_of(uint64_t value)
{
	unsigned digits = 1;

	while (digits < DECIMAL_MOST && value >= powers[digits - 1])
		digits++;
	return digits;
}

/* Two digits at a time: a division takes longer than all else here. */
static char *write_digits(char *at, uint64_t value, unsigned digits)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	unsigned left = digits;

	for (; left >= 2; left -= 2) {
		memcpy(at + left - 2, &pairs[value % 100 * 2], 2);
		value /= 100;
	}
	if (left == 1)
		at[0] = (char)('0' + value % 10);
	return at + digits;
}

char *decimal_write_long(char *at, uint64_t value)
{
	return write_digits(at, value, digits_of(value));
}

char *decimal_write_padded(char *at, uint64_t value, unsigned digits)
{
	if (digits < DECIMAL_MOST && value >= powers[digits - 1])
		return decimal_write_long(at, value);
	return write_digits(at, value, digits);
}
