/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as text.  It knows no protocol. */
#include "plugins/common/text.h"

#include <string.h>

/* How many bytes follow, and the least and most that the first of these may be;
 * false: none may begin so. */
static bool lead(uint8_t byte, unsigned *more, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (byte >= 0xc2 && byte <= 0xdf) {
		*more = 1;
		return true;
	}
	if ((byte & 0xf0) == 0xe0) {
		*more = 2;
		if (byte == 0xe0)
			*low = 0xa0;
		if (byte == 0xed)
			*high = 0x9f;
		return true;
	}
	*more = 3;
	if (byte == 0xf0)
		*low = 0x90;
	if (byte == 0xf4)
		*high = 0x8f;
	return byte >= 0xf0 && byte <= 0xf4;
}

/* How many bytes of ASCII stand here, at least one; by eight where there are as
 * many. */
static size_t ascii_length(const uint8_t *bytes, size_t length)
{
	size_t i = 0;
	uint64_t word;

	for (; length - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < length && bytes[i] < 0x80)
		i++;
	return i;
}

bool text_is_utf8(const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length;) {
		unsigned more;
		uint8_t low;
		uint8_t high;

		if (bytes[i] < 0x80) {
			i += ascii_length(bytes + i, length - i);
			continue;
		}
		if (!lead(bytes[i], &more, &low, &high) || length - i <= more ||
		    bytes[i + 1] < low || bytes[i + 1] > high)
			return false;
		for (unsigned n = 2; n <= more; n++) {
			if ((bytes[i + n] & 0xc0) != 0x80)
				return false;
		}
		i += more + 1;
	}
	return true;
}

bool text_is_hex(uint8_t byte)
{
	uint8_t lower = byte | 0x20;

	return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'f');
}

uint8_t text_hex_value(uint8_t byte)
{
	return byte <= '9' ? (uint8_t)(byte - '0')
			   : (uint8_t)((byte | 0x20) - 'a' + 10);
}

void text_append_latin1(struct bytes *to, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++) {
		const uint8_t two[2] = {(uint8_t)(0xc0 | bytes[i] >> 6),
		    (uint8_t)(0x80 | (bytes[i] & 0x3f))};

		if (bytes[i] < 0x80)
			bytes_append(to, bytes + i, 1);
		else
			bytes_append(to, two, 2);
	}
}

void text_append_percent(struct bytes *to, const void *data, size_t length,
    bool (*stays)(const uint8_t *at, size_t left))
{
	const uint8_t *bytes = data;
	size_t from = 0;

	for (size_t i = 0; i < length; i++) {
		if (stays(bytes + i, length - i))
			continue;
		bytes_append(to, bytes + from, i - from);
		bytes_printf(to, "%%%02X", bytes[i]);
		from = i + 1;
	}
	if (from < length)
		bytes_append(to, bytes + from, length - from);
}

void text_append_base64(struct bytes *to, const void *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i += 3) {
		size_t count = length - i < 3 ? length - i : 3;
		uint32_t word = (uint32_t)bytes[i] << 16;
		char out[4];

		if (count > 1)
			word |= (uint32_t)bytes[i + 1] << 8;
		if (count > 2)
			word |= bytes[i + 2];
		out[0] = digits[word >> 18];
		out[1] = digits[word >> 12 & 63];
		out[2] = count > 1 ? digits[word >> 6 & 63] : '=';
		out[3] = count > 2 ? digits[word & 63] : '=';
		bytes_append(to, out, 4);
	}
}
