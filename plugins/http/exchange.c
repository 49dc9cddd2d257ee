/* SPDX-License-Identifier: BSD-2-Clause */
/* Which response answers which request: in order, one final response each (RFC
 * 9112, section 9.3.2).  After a gap nobody knows.  Who does not pipeline asks
 * again only when the answer is there, so that pairs can be told again from
 * then on; who does could be paired wrongly, and so never is again. */
#include "plugins/http/http.h"

#include <stdlib.h>
#include <string.h>

static struct http_asked *asked_at(
    struct http_conversation *conversation, size_t place)
{
	return &conversation->queue[(conversation->queue_start + place) %
	    conversation->queue_room];
}

/* The ring has no room; its bound is a power of two.  False: no memory. */
static bool grow(struct http_conversation *conversation)
{
	const struct tcpflow_host *host = conversation->http->host;
	size_t old = conversation->queue_room;
	size_t room = old > 0 ? 2 * old : 4;
	size_t more = (room - old) * sizeof(struct http_asked);
	struct http_asked *queue;

	if (host->hold(conversation->scope, more) != TCPFLOW_OK)
		return false;
	queue = malloc(room * sizeof(*queue));
	if (queue == NULL) {
		host->release(conversation->scope, more);
		return false;
	}
	for (size_t i = 0; i < conversation->queue_count; i++)
		queue[i] = *asked_at(conversation, i);
	free(conversation->queue);
	conversation->queue = queue;
	conversation->queue_room = room;
	conversation->queue_start = 0;
	return true;
}

static void enqueue(
    struct http_conversation *conversation, struct http_message *message)
{
	bool full = conversation->queue_count == HTTP_QUEUE_MOST;

	if (full)
		conversation->http->host->count(
		    conversation->scope, "queue_full", 1);
	if (full ||
	    (conversation->queue_count == conversation->queue_room &&
		!grow(conversation))) {
		message->anomalies |= full ? HTTP_QUEUE_FULL : HTTP_NO_MEMORY;
		http_exchange_lost(conversation, TCPFLOW_C2S);
		return;
	}
	conversation->queue_count++;
	*asked_at(conversation, conversation->queue_count - 1) =
	    conversation->last;
}

/* The client does not wait for answers.  If bytes were missing before, whom it
 * still waits for is not known, and never will be. */
static void note_pipelining(struct http_conversation *conversation)
{
	if (!conversation->pipelined && conversation->doubted &&
	    conversation->doubt == HTTP_SURE) {
		conversation->queue_count = 0;
		conversation->doubt = HTTP_UNTIL_REQUEST;
	}
	conversation->pipelined = true;
}

/* A server may answer before it is asked, and end: as it does on a time-out, or
 * to slip past who only watches.  The client takes that for its answer. */
static bool take_early(
    struct http_conversation *conversation, struct http_message *message)
{
	if (conversation->early == 0 || !conversation->answers_over)
		return false;
	message->number = conversation->early;
	message->anomalies |= HTTP_EARLY;
	conversation->early = 0;
	return true;
}

void http_exchange_answers_over(struct http_conversation *conversation)
{
	conversation->answers_over = true;
}

void http_exchange_request(
    struct http_conversation *conversation, struct http_message *message)
{
	bool idle = conversation->queue_count == 0 &&
	    !conversation->message[TCPFLOW_S2C].active;

	if (take_early(conversation, message))
		return;
	message->number = ++conversation->transactions;
	conversation->early = 0;
	conversation->unasked = 0;
	if (conversation->awaiting)
		note_pipelining(conversation);
	conversation->awaiting = true;
	conversation->last = (struct http_asked){
	    .number = message->number,
	    .start_ns = message->start.ns,
	};
	if (conversation->doubt == HTTP_UNTIL_REQUEST && idle &&
	    !conversation->pipelined)
		conversation->doubt = HTTP_SURE;
	if (conversation->doubt == HTTP_SURE)
		enqueue(conversation, message);
}

/* The request's place in the queue: the last, unless it was answered before it
 * was complete, or never was queued. */
static struct http_asked *asked_by(
    struct http_conversation *conversation, const struct http_message *message)
{
	struct http_asked *last;

	if (conversation->queue_count == 0)
		return NULL;
	last = asked_at(conversation, conversation->queue_count - 1);
	return last->number == message->number ? last : NULL;
}

static bool method_is(const struct http_message *message, const char *method)
{
	return message->method_length == strlen(method) &&
	    memcmp(message->head.data, method, message->method_length) == 0;
}

void http_exchange_method(struct http_conversation *conversation,
    const struct http_message *message, bool simple)
{
	struct http_asked *asked = asked_by(conversation, message);

	conversation->last.head = method_is(message, "HEAD");
	conversation->last.connect = method_is(message, "CONNECT");
	conversation->last.simple = simple;
	if (asked != NULL)
		*asked = conversation->last;
}

void http_exchange_forget(
    struct http_conversation *conversation, const struct http_message *message)
{
	if (asked_by(conversation, message) != NULL)
		conversation->queue_count--;
}

/* One that nobody asked for has a number of its own, which it shares with the
 * interim responses before it. */
static void number_unasked(
    struct http_conversation *conversation, struct http_message *message)
{
	/* Behind an interim one somebody did ask: it was not captured. */
	bool asked = conversation->interim_number > 0;

	message->anomalies |= HTTP_UNASKED;
	message->number = asked ? conversation->interim_number
				: ++conversation->transactions;
	conversation->interim_number = message->interim ? message->number : 0;
	if (message->interim)
		return;
	conversation->unasked++;
	conversation->early = conversation->unasked == 1 && !asked &&
		!conversation->doubted
	    ? message->number
	    : 0;
}

bool http_exchange_may_be_early(const struct http_conversation *conversation,
    const struct http_message *response)
{
	return conversation->early != 0 &&
	    conversation->early == response->number;
}

const struct http_asked *http_exchange_response(
    struct http_conversation *conversation, struct http_message *message)
{
	const struct http_asked *asked;

	if (conversation->queue_count == 0) {
		number_unasked(conversation, message);
		/* Enough for its body's sake; too little to tell it. */
		return conversation->awaiting && !conversation->pipelined
		    ? &conversation->last
		    : NULL;
	}
	asked = asked_at(conversation, 0);
	message->number = asked->number;
	message->asked_ns = asked->start_ns;
	return asked;
}

void http_exchange_answered(
    struct http_conversation *conversation, const struct http_message *message)
{
	if (message->interim)
		return;
	conversation->awaiting = false;
	if (conversation->queue_count > 0 &&
	    asked_at(conversation, 0)->number == message->number) {
		conversation->queue_start = (conversation->queue_start + 1) %
		    conversation->queue_room;
		conversation->queue_count--;
	}
	if (conversation->doubt == HTTP_UNTIL_RESPONSE &&
	    conversation->queue_count == 0)
		conversation->doubt = HTTP_UNTIL_REQUEST;
}

/* What was asked before a gap in the requests is still answered in order.  A
 * gap in the responses may hold any number of them. */
void http_exchange_lost(
    struct http_conversation *conversation, uint32_t direction)
{
	conversation->doubted = true;
	conversation->early = 0;
	if (direction == TCPFLOW_C2S) {
		conversation->doubt = HTTP_UNTIL_RESPONSE;
		return;
	}
	conversation->doubt = HTTP_UNTIL_REQUEST;
	conversation->queue_count = 0;
	conversation->interim_number = 0;
	conversation->awaiting = false;
}

/* What a capture misses because it began later is taken for answered. */
void http_exchange_joined(
    struct http_conversation *conversation, uint32_t direction, bool gap)
{
	conversation->doubted = true;
	conversation->early = 0;
	if (gap && direction == TCPFLOW_C2S)
		conversation->doubt = HTTP_UNTIL_RESPONSE;
}

bool http_exchange_is_simple(const struct http_conversation *conversation)
{
	return conversation->queue_count > 0 &&
	    conversation->queue[conversation->queue_start].simple;
}

bool http_exchange_awaits(
    const struct http_conversation *conversation, uint64_t number)
{
	for (size_t i = 0; i < conversation->queue_count; i++) {
		size_t place = (conversation->queue_start + i) %
		    conversation->queue_room;

		if (conversation->queue[place].number == number)
			return true;
	}
	return false;
}
