/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a request or response as it comes in, piece by piece: one buffer,
 * and where in it each part stands.  It knows no parser. */
#include "plugins/http/http.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

void http_message_begin(
    struct http_message *message, bool is_response, uint64_t ts_ns)
{
	struct bytes head = message->head;
	struct bytes shown = message->body.shown;
	struct http_header *headers = message->headers;
	size_t room = message->header_room;

	assert(message->body.held == 0 && message->body.inflate == NULL);
	bytes_reset(&head);
	bytes_reset(&shown);
	*message = (struct http_message){
	    .active = true,
	    .is_response = is_response,
	    .start_ns = ts_ns,
	    .head = head,
	    .headers = headers,
	    .header_room = room,
	    .body = {.shown = shown},
	};
	/* The first header's place holds one of the message before. */
	if (room > 0)
		headers[0] = (struct http_header){0};
}

void http_message_free(struct http_message *message)
{
	inflate_close(&message->body.inflate);
	bytes_free(&message->head);
	bytes_free(&message->body.shown);
	free(message->headers);
	*message = (struct http_message){0};
}

static bool append(struct http_message *message, const char *at, size_t length)
{
	if (length > HTTP_HEAD_MOST - message->head.length) {
		message->anomalies |= HTTP_HEAD_TOO_LARGE;
		return false;
	}
	bytes_append(&message->head, at, length);
	if (message->head.failed)
		message->anomalies |= HTTP_NO_MEMORY;
	return !message->head.failed;
}

bool http_message_start_line(
    struct http_message *message, const char *at, size_t length)
{
	if (!append(message, at, length))
		return false;
	message->start_length += (uint32_t)length;
	return true;
}

/* A header that is not begun by a name is the one in hand. */
static struct http_header *header_in_hand(struct http_message *message)
{
	return &message->headers[message->header_count];
}

static bool make_room(struct http_message *message)
{
	size_t room = message->header_room > 0 ? 2 * message->header_room : 16;
	struct http_header *headers;

	if (message->header_count < message->header_room)
		return true;
	if (message->header_count >= HTTP_HEADERS_MOST) {
		message->anomalies |= HTTP_HEAD_TOO_LARGE;
		return false;
	}
	headers = realloc(message->headers, room * sizeof(*headers));
	if (headers == NULL) {
		message->anomalies |= HTTP_NO_MEMORY;
		return false;
	}
	for (size_t i = message->header_room; i < room; i++)
		headers[i] = (struct http_header){0};
	message->headers = headers;
	message->header_room = room;
	return true;
}

bool http_message_name(
    struct http_message *message, const char *at, size_t length)
{
	struct http_header *header;

	if (!make_room(message))
		return false;
	header = header_in_hand(message);
	if (header->name_length == 0) {
		*header = (struct http_header){
		    .name = (uint32_t)message->head.length,
		    .trailer = message->in_body,
		};
	}
	header->name_length += (uint32_t)length;
	return append(message, at, length);
}

bool http_message_value(
    struct http_message *message, const char *at, size_t length)
{
	struct http_header *header;

	if (!make_room(message))
		return false;
	header = header_in_hand(message);
	if (header->value_length == 0)
		header->value = (uint32_t)message->head.length;
	header->value_length += (uint32_t)length;
	return append(message, at, length);
}

/* Name and value are complete. */
void http_message_name_done(struct http_message *message)
{
	if (message->header_count >= message->header_room)
		return;
	message->header_count++;
	if (message->header_count < message->header_room)
		*header_in_hand(message) = (struct http_header){0};
}

bool http_message_find(const struct http_message *message, const char *name,
    const uint8_t **value, size_t *length)
{
	size_t want = 0;

	while (name[want] != '\0')
		want++;
	for (size_t i = 0; i < message->header_count; i++) {
		const struct http_header *header = &message->headers[i];

		if (header->name_length == want &&
		    strncasecmp((const char *)message->head.data + header->name,
			name, want) == 0) {
			*value = message->head.data + header->value;
			*length = header->value_length;
			return true;
		}
	}
	return false;
}
