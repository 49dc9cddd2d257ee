/* SPDX-License-Identifier: BSD-2-Clause */
/* What the headers of a message say of how far its body goes (RFC 9112, section
 * 6), where they may repeat and contradict each other.  Who reads a capture
 * cannot refuse it: it takes what most receivers would, and notes that. */
#include "plugins/http/head.h"

#include <string.h>
#include <strings.h>

/* What no body exceeds: beyond it all that comes is body. */
#define LENGTH_MOST (UINT64_MAX >> 5)

struct piece {
	const uint8_t *at;
	size_t length;
};

static bool is(struct piece piece, const char *text)
{
	return piece.length == strlen(text) &&
	    strncasecmp((const char *)piece.at, text, piece.length) == 0;
}

/* Takes the first piece of a list off it. */
static struct piece next_piece(struct piece *list)
{
	const uint8_t *comma = memchr(list->at, ',', list->length);
	size_t length = comma != NULL ? (size_t)(comma - list->at)
				      : list->length;
	struct piece piece = {list->at, length};

	length += comma != NULL;
	list->at += length;
	list->length -= length;
	http_trim(&piece.at, &piece.length);
	return piece;
}

/* The number that it begins with; false: none. */
static bool take_number(
    struct http_message *message, struct piece piece, uint64_t *number)
{
	size_t at = 0;

	*number = 0;
	while (
	    at < piece.length && piece.at[at] >= '0' && piece.at[at] <= '9') {
		if (*number < LENGTH_MOST)
			*number = *number * 10 + (uint64_t)(piece.at[at] - '0');
		at++;
	}
	if (at == 0 || at < piece.length || *number >= LENGTH_MOST)
		message->anomalies |= HTTP_ODD_LENGTH;
	if (*number > LENGTH_MOST)
		*number = LENGTH_MOST;
	return at > 0;
}

/* The first one counts. */
static void take_length(
    struct http_message *message, struct http_head *head, struct piece list)
{
	do {
		uint64_t number;

		if (!take_number(message, next_piece(&list), &number))
			continue;
		if (!head->has_length)
			head->length = number;
		else if (head->length != number)
			message->anomalies |= HTTP_LENGTHS_DIFFER;
		else
			message->anomalies |= HTTP_LENGTH_TWICE;
		head->has_length = true;
	} while (list.length > 0);
}

/* "identity" was once the word for no coding at all, and is passed over; what
 * else is there but one "chunked", at the end, is odd.  Wherever it stands, it
 * is most probably meant. */
static void take_codings(
    struct http_message *message, struct http_head *head, struct piece list)
{
	do {
		struct piece coding = next_piece(&list);
		bool last = list.length == 0;

		if (is(coding, "chunked") && !head->chunked && last) {
			head->chunked = true;
		} else if (head->chunked || is(coding, "chunked")) {
			head->chunked = true;
			message->anomalies |= HTTP_ODD_CODING;
		} else if (!is(coding, "gzip") && !is(coding, "deflate") &&
		    !is(coding, "compress") && !is(coding, "x-gzip") &&
		    !is(coding, "x-compress")) {
			message->anomalies |= HTTP_ODD_CODING;
		}
	} while (list.length > 0);
}

static void take_connection(struct http_head *head, struct piece list)
{
	do {
		if (is(next_piece(&list), "upgrade"))
			head->upgrades = true;
	} while (list.length > 0);
}

void http_extent_header(struct http_message *message, struct http_head *head,
    const uint8_t *line, const struct http_header *header)
{
	struct piece name = {line + header->name, header->name_length};
	struct piece value = {line + header->value, header->value_length};

	switch (name.length) {
	case 7:
		if (is(name, "upgrade"))
			head->protocol = true;
		break;
	case 10:
		if (is(name, "connection"))
			take_connection(head, value);
		break;
	case 14:
		if (is(name, "content-length"))
			take_length(message, head, value);
		break;
	case 17:
		if (is(name, "transfer-encoding"))
			take_codings(message, head, value);
		break;
	default:
		break;
	}
}

bool http_extent_chunk(struct http_message *message, const uint8_t *line,
    size_t length, uint64_t *size)
{
	size_t at = 0;

	*size = 0;
	while (at < length) {
		uint8_t byte = line[at] | 0x20;
		uint8_t digit = byte >= '0' && byte <= '9' ? byte - '0'
		    : byte >= 'a' && byte <= 'f'           ? byte - 'a' + 10
							   : 16;

		if (digit == 16 || line[at] < '0')
			break;
		if (*size <= LENGTH_MOST)
			*size = *size << 4 | digit;
		at++;
	}
	if (at == 0)
		return false;
	if (*size > LENGTH_MOST) {
		*size = LENGTH_MOST;
		message->anomalies |= HTTP_ODD_CHUNK;
	}
	if (at == length)
		return true;
	while (at < length && http_is_blank(line[at]))
		at++;
	if (at == length)
		message->anomalies |= HTTP_ODD_CHUNK;
	else if (line[at] == ';')
		message->anomalies |= HTTP_CHUNK_EXTENSION;
	return at == length || line[at] == ';';
}
