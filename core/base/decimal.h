/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in decimal, written where the caller has made room.  Names of files
 * and records are made of numbers, and printf takes ten times as long. */
#ifndef CORE_BASE_DECIMAL_H
#define CORE_BASE_DECIMAL_H

#include <stdint.h>

#define DECIMAL_MOST 20u /* digits of the largest number    */

/* Both return what is behind the last digit; they write no NUL. */
char *decimal_write_long(char *at, uint64_t value);
/* At least so many digits (1 to DECIMAL_MOST), with zeros in front. */
char *decimal_write_padded(char *at, uint64_t value, unsigned digits);

/* Inline, as most numbers of a record have one digit. */
static inline char *decimal_write(char *at, uint64_t value)
{
	if (value >= 10)
		return decimal_write_long(at, value);
	*at = (char)('0' + value);
	return at + 1;
}

#endif
