/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads and trailers, line by line.  It knows where lines end, and what there
 * may be of them; what a line says is told apart by others. */
#include "plugins/http/head.h"

#include <string.h>

#define BEYOND_MOST 256u        /* of a line beyond the limit */
#define SKIPPED_MOST (1u << 20) /* of all of them             */

void http_head_begin(struct http_head *head)
{
	struct bytes beyond = head->beyond;

	bytes_reset(&beyond);
	*head = (struct http_head){.beyond = beyond};
}

void http_head_begin_trailers(
    struct http_head *head, const struct http_message *message)
{
	bool full = head->full;

	http_head_begin(head);
	head->started = true;
	head->trailers = true;
	head->full = full;
	head->line = message->head.length;
}

void http_head_end(
    struct http_conversation *conversation, struct http_head *head)
{
	http_drop(conversation, &head->beyond);
}

/* Where the line in hand stands, and how much there is of it. */
static uint8_t *line_of(const struct http_message *message,
    const struct http_head *head, size_t *length)
{
	const struct bytes *text = head->full ? &head->beyond : &message->head;
	size_t from = head->full ? 0 : head->line;

	*length = text->length - from;
	return *length > 0 ? text->data + from : NULL;
}

/* What is not kept of the line goes. */
static void drop_line(struct http_message *message, struct http_head *head)
{
	if (head->full)
		bytes_reset(&head->beyond);
	else
		message->head.length = head->line;
}

/* From here on lines are looked at for what they say of the body. */
static void fill_up(struct http_message *message, struct http_head *head)
{
	message->anomalies |= HTTP_HEAD_TOO_LARGE;
	head->full = true;
	bytes_reset(&head->beyond);
}

/* Name and value of a header, by their places in the line. */
static struct http_header split(
    struct http_message *message, const uint8_t *line, size_t length)
{
	const uint8_t *colon = memchr(line, ':', length);
	size_t name = colon != NULL ? (size_t)(colon - line) : length;
	size_t value = colon != NULL ? name + 1 : length;
	struct http_header header = {.value = (uint32_t)value};

	while (value < length && http_is_blank(line[value]))
		value++;
	header.value = (uint32_t)value;
	header.value_length = (uint32_t)(length - value);
	if (colon == NULL)
		message->anomalies |= HTTP_NO_COLON;
	else if (name > 0 && http_is_blank(line[name - 1]))
		message->anomalies |= HTTP_BLANK_IN_NAME;
	while (name > 0 && http_is_blank(line[name - 1]))
		name--;
	header.name_length = (uint32_t)name;
	if (colon != NULL && !http_is_token(line, name))
		message->anomalies |= HTTP_ODD_NAME;
	return header;
}

/* The header in the line stays in the head, and the head ends with it.  False:
 * no memory. */
static bool keep(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head,
    struct http_header header)
{
	if (http_message_header_count(message) == HTTP_HEADERS_MOST) {
		drop_line(message, head);
		fill_up(message, head);
		return true;
	}
	header.name += (uint32_t)head->line;
	header.value += (uint32_t)head->line;
	header.trailer = head->trailers;
	message->head.length = header.value + header.value_length;
	http_redact(conversation, message, &header);
	head->line = message->head.length;
	if (http_keep(conversation, &message->headers, &header, sizeof(header)))
		return true;
	message->anomalies |= HTTP_NO_MEMORY;
	return false;
}

/* A header line is over. */
static bool end_header(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head)
{
	struct http_header header;
	size_t length;
	uint8_t *line = line_of(message, head, &length);

	length--; /* its newline */
	if (head->folded)
		http_line_unfold(message, line, &length);
	http_line_end(message, line, &length);
	header = split(message, line, length);
	if (!head->trailers)
		http_extent_header(message, head, line, &header);
	head->waits = false;
	head->folded = false;
	head->bare = false;
	if (!head->full)
		return keep(conversation, message, head, header);
	drop_line(message, head);
	return true;
}

/* The start line is over, or as much as there will be of it. */
static bool end_start(struct http_message *message, struct http_head *head,
    uint8_t *line, size_t length)
{
	bool good;

	if (message->is_response)
		good = http_start_response(message, line, length);
	else
		good = http_start_request(message, head, line, length);
	/* What is none may still be a body. */
	if (good)
		message->head.length = message->start_at +
		    message->start_length;
	head->line = message->head.length;
	head->started = true;
	head->bare = head->simple;
	return good;
}

void http_head_cut(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head)
{
	struct http_header header = {0};
	const uint8_t *colon;
	size_t length;
	uint8_t *line = line_of(message, head, &length);
	unsigned anomalies = message->anomalies;

	if (head->waits) {
		end_header(conversation, message, head);
		return;
	}
	if (head->full || length == 0)
		return;
	if (!head->started) {
		end_start(message, head, line, length);
		http_start_cut(message);
	} else {
		colon = memchr(line, ':', length);
		header = split(message, line, length);
		if (colon == NULL)
			header.value_length = 0;
		keep(conversation, message, head, header);
	}
	/* All that is odd about it is that it was cut. */
	message->anomalies = anomalies |
	    (message->anomalies & (HTTP_NO_MEMORY | HTTP_HEAD_TOO_LARGE));
}

/* The rest of the line that meets the limit is passed over. */
static void cut_line(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head)
{
	bool simple = head->simple;

	http_head_cut(conversation, message, head);
	head->simple = simple;
	fill_up(message, head);
	head->cut = true;
}

/* One more piece of the line in hand; false: no memory. */
static bool read_piece(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head, const uint8_t *data,
    size_t length)
{
	size_t room = BEYOND_MOST - head->beyond.length;

	if (!head->full)
		return http_keep(conversation, &message->head, data, length);
	head->skipped += length;
	return head->cut ||
	    http_keep(conversation, &head->beyond, data,
		length < room ? length : room);
}

/* A newline: the line in hand is over. */
static enum http_head_state end_line(
    struct http_message *message, struct http_head *head)
{
	size_t length;
	uint8_t *line = line_of(message, head, &length);

	if (head->cut) {
		head->cut = false;
		head->started = true;
		return HTTP_HEAD_MORE;
	}
	if (head->full && line[length - 1] != '\n') {
		line[length - 2] = '\r'; /* only its begin was kept */
		line[length - 1] = '\n';
	}
	if (!head->started) {
		length--;
		http_line_end(message, line, &length);
		return end_start(message, head, line, length)
		    ? HTTP_HEAD_MORE
		    : HTTP_HEAD_NO_START;
	}
	if (!head->folded && (length == 1 || (length == 2 && *line == '\r'))) {
		if (length == 1)
			message->anomalies |= HTTP_BARE_LF;
		drop_line(message, head);
		return HTTP_HEAD_OVER;
	}
	head->waits = true;
	return HTTP_HEAD_MORE;
}

static enum http_head_state read_line(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head, const uint8_t *data,
    size_t *length)
{
	const uint8_t *newline;
	size_t most;

	if (head->waits && http_is_blank(*data)) {
		head->waits = false;
		head->folded = true;
	}
	if (head->waits && !end_header(conversation, message, head))
		return HTTP_HEAD_NO_MEMORY;
	if (!head->full && message->head.length == HTTP_HEAD_MOST)
		cut_line(conversation, message, head);
	most = head->full ? SKIPPED_MOST - head->skipped
			  : HTTP_HEAD_MOST - message->head.length;
	if (most == 0)
		return HTTP_HEAD_ENDLESS;
	if (*length > most)
		*length = most;
	newline = memchr(data, '\n', *length);
	if (newline != NULL)
		*length = (size_t)(newline - data) + 1;
	if (!read_piece(conversation, message, head, data, *length)) {
		message->anomalies |= HTTP_NO_MEMORY;
		return HTTP_HEAD_NO_MEMORY;
	}
	return newline != NULL ? end_line(message, head) : HTTP_HEAD_MORE;
}

enum http_head_state http_head_read(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head, const uint8_t *data,
    size_t *length)
{
	enum http_head_state state = HTTP_HEAD_MORE;
	size_t done = 0;

	while (done < *length && state == HTTP_HEAD_MORE) {
		size_t piece = *length - done;

		state = read_line(
		    conversation, message, head, data + done, &piece);
		done += piece;
	}
	*length = done;
	return state;
}
