/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of one line of a head: its end, its continuations, and what should
 * not be in it.  Nothing is refused, all is noted. */
#include "plugins/http/head.h"

#include <string.h>

bool http_is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* RFC 9110, section 5.6.2. */
static bool is_token_byte(uint8_t byte)
{
	/* Bits by byte: !#$%&'*+-. digits; letters ^_`|~ */
	static const uint32_t bits[4] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff};

	return byte < 128 && (bits[byte >> 5] >> (byte & 31) & 1) != 0;
}

bool http_is_token(const uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!is_token_byte(at[i]))
			return false;
	}
	return length > 0;
}

/* Whether one of eight bytes is below a blank, or DEL. */
static bool has_control_in(const uint8_t *at)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t bytes;
	uint64_t without;

	memcpy(&bytes, at, sizeof(bytes));
	without = bytes ^ each * 0x7f;
	return ((((bytes - each * 0x20) & ~bytes) |
		    ((without - each) & ~without)) &
		   each * 0x80) != 0;
}

static void note_controls(
    struct http_message *message, const uint8_t *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\0')
			message->anomalies |= HTTP_NUL;
		else if (line[i] == '\r')
			message->anomalies |= HTTP_BARE_CR;
		else if ((line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			message->anomalies |= HTTP_CONTROL;
	}
}

void http_line_end(struct http_message *message, uint8_t *line, size_t *length)
{
	size_t at = 0;

	if (*length > 0 && line[*length - 1] == '\r')
		--*length;
	else
		message->anomalies |= HTTP_BARE_LF;
	while (*length - at >= 8 && !has_control_in(line + at))
		at += 8;
	note_controls(message, line + at, *length - at);
}

void http_line_unfold(
    struct http_message *message, uint8_t *line, size_t *length)
{
	size_t to = 0;

	message->anomalies |= HTTP_FOLDED;
	for (size_t from = 0; from < *length;) {
		if (line[from] != '\n') {
			line[to++] = line[from++];
			continue;
		}
		if (to > 0 && line[to - 1] == '\r')
			to--;
		else
			message->anomalies |= HTTP_BARE_LF;
		while (to > 0 && http_is_blank(line[to - 1]))
			to--;
		from++;
		while (from < *length && http_is_blank(line[from]))
			from++;
		line[to++] = ' ';
	}
	*length = to;
}
