/* SPDX-License-Identifier: BSD-2-Clause */
/* From bytes to values, in pieces of any size.  It knows no pairs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "resp.h"

static void add_text(
    struct talk *talk, struct value *value, const void *bytes, size_t length)
{
	size_t room = (size_t)talk->resp->most - value->length;

	if (length > room) {
		length = room;
		value->cut = 1;
	}
	memcpy(value->text + value->length, bytes, length);
	value->length += length;
}

/* An element, or a whole value, has come to its end. */
static void element_done(struct talk *talk, uint32_t dir)
{
	struct side *side = &talk->side[dir];

	side->value.elements++;
	while (side->depth > 0 && --side->left[side->depth - 1] == 0)
		side->depth--;
	side->expects = A_LINE;
	side->line_length = 0;
	if (side->depth == 0)
		resp_value(talk, dir);
}

static void begin_value(
    struct talk *talk, struct side *side, const struct tcpflow_chunk *chunk)
{
	struct value *value = &side->value;
	char *text = value->text;

	(void)talk;
	*value = (struct value){.active = 1,
	    .type = side->line[0],
	    .ts_ns = chunk->ts_ns,
	    .first = chunk->first_packet,
	    .text = text};
}

/* Whether what follows in this command must not be shown. */
static int is_secret(const struct value *value)
{
	if (value->words == 0)
		return 0;
	if (strcasecmp(value->word[0], "AUTH") == 0)
		return 1;
	return value->words > 1 &&
	    ((strcasecmp(value->word[0], "CONFIG") == 0 && value->words > 2 &&
		 (strcasecmp(value->word[2], "requirepass") == 0 ||
		     strcasecmp(value->word[2], "masterauth") == 0)) ||
		(strcasecmp(value->word[0], "HELLO") == 0 && value->words > 2 &&
		    strcasecmp(value->word[2], "AUTH") == 0));
}

/* A blank, and the word or a stand-in, goes to the text. */
static void begin_word(struct talk *talk, uint32_t dir)
{
	struct value *value = &talk->side[dir].value;

	if (value->length > 0)
		add_text(talk, value, " ", 1);
	if (dir == TCPFLOW_C2S && talk->resp->redacts && is_secret(value)) {
		value->secret = 1;
		add_text(talk, value, "[redacted]", 10);
	}
}

static void word_bytes(struct talk *talk, uint32_t dir, const uint8_t *bytes,
    size_t length, uint64_t at)
{
	struct value *value = &talk->side[dir].value;

	value->bytes += length;
	if (!value->secret)
		add_text(talk, value, bytes, length);
	if (dir != TCPFLOW_C2S || value->words >= WORDS_MOST)
		return;
	for (size_t i = 0; i < length && at + i < WORD_ROOM - 1; i++)
		value->word[value->words][at + i] = (char)bytes[i];
}

static void word_done(struct talk *talk, uint32_t dir)
{
	struct value *value = &talk->side[dir].value;

	if (dir == TCPFLOW_C2S && value->words < WORDS_MOST)
		value->words++;
	element_done(talk, dir);
}

static int is_one_of(const char *types, uint8_t byte)
{
	return byte != '\0' && strchr(types, (char)byte) != NULL;
}

/* A direction whose values cannot be found any more, until a line begins with a
 * type. */
static void lose(struct talk *talk, uint32_t dir)
{
	struct side *side = &talk->side[dir];

	talk->resp->host->count(talk->scope, "lost", 1);
	side->expects = A_LINE;
	side->lost = 1;
	side->line_start = 0;
	side->line_length = 0;
	side->depth = 0;
	side->value.active = 0;
	talk->unpaired = 1;
	talk->start = talk->count = 0;
}

/* "*3", "$-1": the number of a line. */
static int line_number(const struct side *side, int64_t *number)
{
	char text[LINE_MOST + 1];
	char *end;

	memcpy(text, side->line + 1, side->line_length - 1);
	text[side->line_length - 1] = '\0';
	*number = strtoll(text, &end, 10);
	return end != text && *end == '\0';
}

static void open_aggregate(struct talk *talk, uint32_t dir, int64_t count)
{
	struct side *side = &talk->side[dir];

	if (side->line[0] == '%')
		count *= 2;
	if (count <= 0) {
		begin_word(talk, dir);
		add_text(talk, &side->value, count < 0 ? "(nil)" : "(empty)",
		    count < 0 ? 5 : 7);
		element_done(talk, dir);
	} else if (side->depth == DEPTH_MOST || count > INT32_MAX) {
		lose(talk, dir);
	} else {
		side->left[side->depth++] = (uint64_t)count;
		side->line_length = 0;
	}
}

static void open_bulk(struct talk *talk, uint32_t dir, int64_t length)
{
	struct side *side = &talk->side[dir];

	begin_word(talk, dir);
	if (length < 0) {
		add_text(talk, &side->value, "(nil)", 5);
		element_done(talk, dir);
		return;
	}
	side->bulk = (uint64_t)length;
	side->word_at = 0;
	side->bulk_end = 2;
	side->expects = length > 0 ? A_BULK : A_BULKS_END;
	side->line_length = 0;
}

/* An inline command: words with blanks between. */
static void inline_line(struct talk *talk, uint32_t dir)
{
	struct side *side = &talk->side[dir];
	size_t at = 0;

	while (at < side->line_length) {
		size_t end = at;

		while (end < side->line_length && side->line[end] != ' ')
			end++;
		if (end > at) {
			begin_word(talk, dir);
			word_bytes(talk, dir, (const uint8_t *)side->line + at,
			    end - at, 0);
			if (side->value.words < WORDS_MOST)
				side->value.words++;
		}
		at = end + 1;
	}
	element_done(talk, dir);
}

static void take_line(
    struct talk *talk, uint32_t dir, const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[dir];
	int64_t number = 0;
	uint8_t type;

	if (side->line_length > 0 && side->line[side->line_length - 1] == '\r')
		side->line_length--;
	if (side->line_length == 0)
		return; /* blank lines between commands are allowed */
	if (side->depth == 0)
		begin_value(talk, side, chunk);
	side->value.last = chunk->packet;
	type = (uint8_t)side->line[0];
	if (is_one_of("*%~>", type)) {
		if (line_number(side, &number))
			open_aggregate(talk, dir, number);
		else
			lose(talk, dir);
	} else if (is_one_of("$=!", type)) {
		if (line_number(side, &number))
			open_bulk(talk, dir, number);
		else
			lose(talk, dir);
	} else if (is_one_of("+-:,#(_", type)) {
		begin_word(talk, dir);
		word_bytes(talk, dir, (const uint8_t *)side->line + 1,
		    side->line_length - 1, 0);
		word_done(talk, dir);
	} else if (dir == TCPFLOW_C2S && side->depth == 0) {
		inline_line(talk, dir);
	} else {
		lose(talk, dir);
	}
}

/* One byte of a line.  Of a long one only the beginning is kept. */
static void line_byte(struct talk *talk, uint32_t dir, uint8_t byte,
    const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[dir];

	if (side->lost) {
		/* Behind a line's end a type may begin a value. */
		if (!side->line_start || !is_one_of("*$+-:%~>#(_,=!", byte)) {
			side->line_start = byte == '\n';
			return;
		}
		side->lost = 0;
	}
	if (byte == '\n') {
		take_line(talk, dir, chunk);
		talk->side[dir].line_length = 0;
		return;
	}
	if (side->line_length < LINE_MOST)
		side->line[side->line_length++] = (char)byte;
}

static size_t bulk_bytes(struct talk *talk, uint32_t dir, const uint8_t *bytes,
    size_t length, uint64_t packet)
{
	struct side *side = &talk->side[dir];

	if (length > side->bulk)
		length = (size_t)side->bulk;
	word_bytes(talk, dir, bytes, length, side->word_at);
	side->word_at += length;
	side->bulk -= length;
	side->value.last = packet;
	if (side->bulk == 0)
		side->expects = A_BULKS_END;
	return length;
}

int32_t resp_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	uint32_t dir = chunk->dir;
	struct side *side = &talk->side[dir];
	size_t at = 0;

	while (at < chunk->len) {
		switch (side->expects) {
		case A_LINE:
			line_byte(talk, dir, chunk->bytes[at++], chunk);
			break;
		case A_BULK:
			at += bulk_bytes(talk, dir, chunk->bytes + at,
			    chunk->len - at, chunk->packet);
			break;
		default:
			side->value.last = chunk->packet;
			at++;
			if (--side->bulk_end == 0)
				word_done(talk, dir);
		}
	}
	return TCPFLOW_OK;
}

/* Within a bulk string nothing but its bytes are missing. */
int32_t resp_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;
	struct side *side = &talk->side[gap->dir];

	talk->resp->host->count(talk->scope, "gaps", 1);
	if (side->expects == A_BULK && gap->len > 0 && gap->len < side->bulk) {
		side->bulk -= gap->len;
		side->word_at += gap->len;
		if (!side->value.secret)
			add_text(talk, &side->value, "[gap]", 5);
	} else {
		lose(talk, gap->dir);
	}
	return TCPFLOW_OK;
}
