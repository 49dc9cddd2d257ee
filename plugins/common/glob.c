/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns against bytes.  A `*` takes as little as will do; where the rest does
 * not fit, the last one takes a byte more.  No recursion. */
#include "plugins/common/glob.h"

#include <stdint.h>

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool is_one(char pattern, uint8_t byte)
{
	return pattern == '?' ||
	    (pattern != '\0' && lower((uint8_t)pattern) == lower(byte));
}

bool glob_matches(const char *pattern, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	const char *behind_star = NULL;
	size_t taken = 0; /* by then, of the bytes */

	for (size_t i = 0; i < length;) {
		if (*pattern == '*') {
			behind_star = ++pattern;
			taken = i;
		} else if (is_one(*pattern, at[i])) {
			pattern++;
			i++;
		} else if (behind_star != NULL) {
			pattern = behind_star;
			i = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
