/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of a request or response: one buffer, and where in it each part
 * stands.  It knows no parser. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

/* What an idle conversation may keep of each buffer of a head. */
#define ROOM_KEPT 1024u

bool http_keep(struct http_conversation *conversation, struct bytes *bytes,
    const void *data, size_t length)
{
	const struct tcpflow_host *host = conversation->http->host;
	size_t growth = bytes_growth(bytes, length);

	if (growth > 0 && host->hold(conversation->scope, growth) != TCPFLOW_OK)
		return false;
	bytes_append(bytes, data, length);
	if (!bytes->failed)
		return true;
	if (growth > 0)
		host->release(conversation->scope, growth);
	bytes->failed = false;
	return false;
}

void http_drop(struct http_conversation *conversation, struct bytes *bytes)
{
	if (bytes->room > 0)
		conversation->http->host->release(
		    conversation->scope, bytes->room);
	bytes_free(bytes);
}

void http_message_begin(struct http_conversation *conversation,
    struct http_message *message, bool is_response)
{
	struct bytes head = message->head;
	struct bytes headers = message->headers;

	bytes_reset(&head);
	bytes_reset(&headers);
	*message = (struct http_message){
	    .active = true,
	    .is_response = is_response,
	    .start = conversation->now,
	    .head = head,
	    .headers = headers,
	};
}

const uint8_t *http_message_start(
    const struct http_message *message, size_t *length)
{
	static const uint8_t none;

	*length = message->start_length;
	return *length > 0 ? message->head.data + message->start_at : &none;
}

size_t http_message_header_count(const struct http_message *message)
{
	return message->headers.length / sizeof(struct http_header);
}

const struct http_header *http_message_header(
    const struct http_message *message, size_t place)
{
	const struct http_header *headers =
	    (const struct http_header *)(const void *)message->headers.data;

	return &headers[place];
}

bool http_message_is_complete(const struct http_message *message)
{
	return (message->anomalies &
		   (HTTP_INCOMPLETE | HTTP_UNPARSABLE | HTTP_HEAD_TOO_LARGE |
		       HTTP_GAP_BEHIND | HTTP_GAP_IN_BODY | HTTP_NO_MEMORY)) ==
	    0;
}

bool http_header_is(const struct http_message *message,
    const struct http_header *header, const char *name)
{
	return header->name_length == strlen(name) &&
	    strncasecmp((const char *)message->head.data + header->name, name,
		header->name_length) == 0;
}

bool http_message_find(const struct http_message *message, const char *name,
    const uint8_t **value, size_t *length)
{
	size_t want = strlen(name);
	size_t count = http_message_header_count(message);

	for (size_t i = 0; i < count; i++) {
		const struct http_header *header = http_message_header(
		    message, i);

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

void http_message_end(
    struct http_conversation *conversation, struct http_message *message)
{
	message->active = false;
	http_drop(conversation, &message->body.shown);
	if (message->head.room > ROOM_KEPT)
		http_drop(conversation, &message->head);
	if (message->headers.room > ROOM_KEPT)
		http_drop(conversation, &message->headers);
}

void http_message_free(
    struct http_conversation *conversation, struct http_message *message)
{
	http_drop(conversation, &message->body.shown);
	http_drop(conversation, &message->head);
	http_drop(conversation, &message->headers);
}
