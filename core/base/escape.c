/* SPDX-License-Identifier: BSD-2-Clause */
/* Safe text for terminals.  It knows UTF-8 (RFC 3629) and nothing of where the
 * bytes come from. */
#include "core/base/escape.h"

#include <string.h>

#include "core/base/utf8.h"

static void append_character(
    struct buffer *out, const uint8_t *bytes, unsigned length)
{
	uint32_t code = utf8_code(bytes, length);

	if (!utf8_is_control(code) || code == '\n' || code == '\t')
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
