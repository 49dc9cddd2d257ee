/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64. */
#include "core/base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_write(char *to, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t word = (uint32_t)at[i] << 16 |
		    (uint32_t)(left > 1 ? at[i + 1] : 0) << 8 |
		    (left > 2 ? at[i + 2] : 0);

		*to++ = digits[word >> 18];
		*to++ = digits[word >> 12 & 63];
		*to++ = left > 1 ? digits[word >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[word & 63] : '=';
	}
	return to;
}

void base64_append(struct buffer *out, const void *bytes, size_t length)
{
	uint8_t *at = buffer_reserve(out, BASE64_ROOM(length));

	if (at == NULL)
		return;
	base64_write((char *)at, bytes, length);
	out->length += BASE64_ROOM(length);
}
