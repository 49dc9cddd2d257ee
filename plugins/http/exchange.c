/* SPDX-License-Identifier: BSD-2-Clause */
/* Which response answers which request: in order, one final response each (RFC
 * 9112, section 9.3.2).  After a gap nobody knows, until both sides are idle. */
#include "plugins/http/http.h"

#include <stdlib.h>

/* The ring has no room: it grows up to its bound. */
static bool grow(struct http_conversation *conversation)
{
	size_t room =
	    conversation->queue_room > 0 ? 2 * conversation->queue_room : 4;
	struct http_asked *queue;

	if (room > HTTP_QUEUE_MOST)
		return false;
	queue = malloc(room * sizeof(*queue));
	if (queue == NULL)
		return false;
	for (size_t i = 0; i < conversation->queue_count; i++)
		queue[i] = conversation->queue[(conversation->queue_start + i) %
		    conversation->queue_room];
	free(conversation->queue);
	conversation->queue = queue;
	conversation->queue_room = room;
	conversation->queue_start = 0;
	return true;
}

void http_exchange_request(
    struct http_conversation *conversation, struct http_message *message)
{
	/* Who asks again has had its answers: from here on we know. */
	if (conversation->unsure &&
	    !conversation->message[TCPFLOW_S2C].active) {
		conversation->unsure = false;
		conversation->queue_count = 0;
	}
	message->number = ++conversation->transactions;
}

void http_exchange_asked(struct http_conversation *conversation,
    struct http_message *message, bool head, bool connect, bool upgrade)
{
	size_t place;

	if (conversation->unsure)
		return;
	if (conversation->queue_count == conversation->queue_room &&
	    !grow(conversation)) {
		message->anomalies |= HTTP_QUEUE_FULL;
		conversation->http->host->count(
		    conversation->scope, "queue_full", 1);
		http_exchange_lost(conversation);
		return;
	}
	place = (conversation->queue_start + conversation->queue_count) %
	    conversation->queue_room;
	conversation->queue[place] = (struct http_asked){
	    .number = message->number,
	    .start_ns = message->start_ns,
	    .head = head,
	    .connect = connect,
	    .upgrade = upgrade,
	};
	conversation->queue_count++;
}

const struct http_asked *http_exchange_answer(
    struct http_conversation *conversation, struct http_message *message)
{
	const struct http_asked *asked;

	if (conversation->queue_count == 0 || conversation->unsure) {
		message->anomalies |= HTTP_UNASKED;
		if (message->number == 0)
			message->number = ++conversation->transactions;
		return NULL;
	}
	asked = &conversation->queue[conversation->queue_start];
	message->number = asked->number;
	message->asked_ns = asked->start_ns;
	return asked;
}

void http_exchange_done(
    struct http_conversation *conversation, struct http_message *message)
{
	if (message->interim || message->anomalies & HTTP_UNASKED ||
	    conversation->queue_count == 0)
		return;
	conversation->queue_start = (conversation->queue_start + 1) %
	    conversation->queue_room;
	conversation->queue_count--;
}

void http_exchange_lost(struct http_conversation *conversation)
{
	conversation->unsure = true;
	conversation->queue_count = 0;
}
