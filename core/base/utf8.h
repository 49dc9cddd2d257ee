/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 (RFC 3629), byte by byte.  Inline, as it runs for all that is shown. */
#ifndef CORE_BASE_UTF8_H
#define CORE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the character that starts with `byte`; 0: none starts so. */
static inline unsigned utf8_length(uint8_t byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 2;
	if (byte >= 0xe0 && byte <= 0xef)
		return 3;
	return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

/* Whether `byte` may stand at place `at` (1..3) behind `first`: no overlong
 * form, no surrogate, nothing above U+10FFFF. */
static inline bool utf8_follows(uint8_t first, unsigned at, uint8_t byte)
{
	uint8_t low = 0x80;
	uint8_t high = 0xbf;

	if (at == 1) {
		if (first == 0xe0)
			low = 0xa0;
		else if (first == 0xed)
			high = 0x9f;
		else if (first == 0xf0)
			low = 0x90;
		else if (first == 0xf4)
			high = 0x8f;
	}
	return byte >= low && byte <= high;
}

/* The code point of a whole character. */
static inline uint32_t utf8_code(const uint8_t *bytes, unsigned length)
{
	uint32_t code = bytes[0];

	if (length > 1)
		code &= 0x7fu >> length;
	for (unsigned i = 1; i < length; i++)
		code = code << 6 | (bytes[i] & 0x3f);
	return code;
}

/* Characters that drive a terminal or change the direction of others. */
static inline bool utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c ||
	    code == 0x200b || code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Whether eight bytes are ASCII. */
static inline bool utf8_is_ascii(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return (word & UINT64_C(0x8080808080808080)) == 0;
}

/* Whether all of it is UTF-8. */
static inline bool utf8_is_valid(const uint8_t *bytes, size_t length)
{
	size_t at = 0;
	unsigned count;

	while (at < length) {
		if (length - at >= 8 && utf8_is_ascii(bytes + at)) {
			at += 8;
			continue;
		}
		count = utf8_length(bytes[at]);
		if (count == 0 || count > length - at)
			return false;
		for (unsigned i = 1; i < count; i++) {
			if (!utf8_follows(bytes[at], i, bytes[at + i]))
				return false;
		}
		at += count;
	}
	return true;
}

#endif
