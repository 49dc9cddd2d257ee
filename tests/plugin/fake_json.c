/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings of the fake host's records, as tcpflow-records(5) has them: what is
 * no UTF-8 stands there as text and as base64, so that no byte is lost. */
#include "tests/plugin/fake_private.h"

#include <string.h>

/* Bytes of the character that starts here; 0: it is none. */
static size_t character(const uint8_t *at, size_t left)
{
	size_t length = at[0] < 0x80         ? 1
	    : at[0] >= 0xc2 && at[0] <= 0xdf ? 2
	    : at[0] >= 0xe0 && at[0] <= 0xef ? 3
	    : at[0] >= 0xf0 && at[0] <= 0xf4 ? 4
					     : 0;

	if (length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* No longer form than needed, no surrogate, nothing above U+10FFFF. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

bool fake_json_is_utf8(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	size_t step;

	for (; length > 0; at += step, length -= step) {
		step = character(at, length);
		if (step == 0)
			return false;
	}
	return true;
}

static void put_code(struct fake_text *text, unsigned code)
{
	static const char letters[] = "btn?fr"; /* 8 to 13 */

	if (code == '"' || code == '\\')
		fake_text_printf(text, "\\%c", (int)code);
	else if (code >= '\b' && code <= '\r' && code != '\v')
		fake_text_printf(text, "\\%c", letters[code - '\b']);
	else
		fake_text_printf(text, "\\u%04x", code);
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f;
}

static void put_utf8(struct fake_text *text, const uint8_t *at, size_t length)
{
	size_t step;

	fake_text_append(text, "\"", 1);
	for (; length > 0; at += step, length -= step) {
		step = character(at, length);
		if (step == 1 && !is_plain(*at))
			put_code(text, *at);
		else if (step == 2 && at[0] == 0xc2 && at[1] < 0xa0)
			put_code(text, at[1]);
		else
			fake_text_append(text, at, step);
	}
	fake_text_append(text, "\"", 1);
}

/* Each byte is the character of its number. */
static void put_latin1(struct fake_text *text, const uint8_t *at, size_t length)
{
	fake_text_append(text, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		const uint8_t two[2] = {(uint8_t)(0xc0 | at[i] >> 6),
		    (uint8_t)(0x80 | (at[i] & 0x3f))};

		if (at[i] >= 0xa0)
			fake_text_append(text, two, sizeof(two));
		else if (at[i] < 0x80 && is_plain(at[i]))
			fake_text_append(text, &at[i], 1);
		else
			put_code(text, at[i]);
	}
	fake_text_append(text, "\"", 1);
}

static void put_base64(struct fake_text *text, const uint8_t *at, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	fake_text_append(text, "\"", 1);
	for (; length > 0;
	     at += length < 3 ? length : 3, length -= length < 3 ? length : 3) {
		unsigned three = (unsigned)at[0] << 16 |
		    (length > 1 ? (unsigned)at[1] << 8 : 0) |
		    (length > 2 ? at[2] : 0);
		const char four[4] = {digits[three >> 18 & 63],
		    digits[three >> 12 & 63],
		    length > 1 ? digits[three >> 6 & 63] : '=',
		    length > 2 ? digits[three & 63] : '='};

		fake_text_append(text, four, sizeof(four));
	}
	fake_text_append(text, "\"", 1);
}

void fake_json_string(struct fake_text *text, const void *bytes, size_t length)
{
	if (fake_json_is_utf8(bytes, length)) {
		put_utf8(text, bytes, length);
		return;
	}
	fake_text_append(text, "{\"text\":", 8);
	put_latin1(text, bytes, length);
	fake_text_append(text, ",\"base64\":", 10);
	put_base64(text, bytes, length);
	fake_text_append(text, "}", 1);
}
