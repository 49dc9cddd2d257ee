/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe text for terminals.  It knows UTF-8 (RFC 3629) and nothing of where the
 * bytes come from. */
#include "core/base/escape.h"

#include <string.h>

/* Bytes of the character that starts with `byte`; 0: none starts so. */
static unsigned utf8_length(uint8_t byte)
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
static bool utf8_follows(uint8_t first, unsigned at, uint8_t byte)
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

static uint32_t utf8_code(const uint8_t *bytes, unsigned length)
{
	uint32_t code = bytes[0];

	if (length > 1)
		code &= 0x7fu >> length;
	for (unsigned i = 1; i < length; i++)
		code = code << 6 | (bytes[i] & 0x3f);
	return code;
}

/* Characters that drive a terminal or change the direction of others. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c ||
	    code == 0x200b || code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static void append_character(
    struct buffer *out, const uint8_t *bytes, unsigned length)
{
	uint32_t code = utf8_code(bytes, length);

	if (!is_control(code) || code == '\n' || code == '\t')
		buffer_append(out, bytes, length);
	else if (code == '\r')
		buffer_append_text(out, "\\r");
	else if (code < 0x80)
		buffer_printf(out, "\\x%02x", code);
	else
		buffer_printf(out, "\\u%04x", code);
}

static void append_invalid(
    struct buffer *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "\\x%02x", bytes[i]);
}

/* A byte that is not of the plain run: adds it to what is held, and appends
 * what has become certain. */
static void take_byte(struct escape *escape, struct buffer *out, uint8_t byte)
{
	uint8_t whole[4];

	if (escape->count == 1 && escape->held[0] == '\r') {
		escape->count = 0;
		if (byte != '\n')
			buffer_append_text(out, "\\r");
	} else if (escape->count > 0 &&
	    utf8_follows(escape->held[0], escape->count, byte)) {
		unsigned length = utf8_length(escape->held[0]);

		if (escape->count + 1u < length) {
			escape->held[escape->count++] = byte;
			return;
		}
		memcpy(whole, escape->held, escape->count);
		whole[escape->count] = byte;
		escape->count = 0;
		append_character(out, whole, length);
		return;
	} else if (escape->count > 0) {
		append_invalid(out, escape->held, escape->count);
		escape->count = 0;
	}

	if (byte == '\r' || utf8_length(byte) > 1) {
		escape->held[0] = byte;
		escape->count = 1;
	} else if (utf8_length(byte) == 1) {
		append_character(out, &byte, 1);
	} else {
		append_invalid(out, &byte, 1);
	}
}

static bool is_plain(uint8_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t';
}

void escape_append(
    struct escape *escape, struct buffer *out, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	const uint8_t *end = at + length;

	while (at < end) {
		const uint8_t *run = at;

		if (escape->count == 0) {
			while (at < end && is_plain(*at))
				at++;
			buffer_append(out, run, (size_t)(at - run));
		}
		if (at < end)
			take_byte(escape, out, *at++);
	}
}

void escape_finish(struct escape *escape, struct buffer *out)
{
	if (escape->count == 1 && escape->held[0] == '\r')
		buffer_append_text(out, "\\r");
	else
		append_invalid(out, escape->held, escape->count);
	escape->count = 0;
}
