/* SPDX-License-Identifier: BSD-2-Clause */
/* Transactions that are not told yet: a request waits here for its response, or
 * the other way round where the server was faster.  It knows no JSON. */
#include "plugins/http/http.h"

#include <stdlib.h>

#define INTERIM_MOST 8u

struct http_transaction {
	struct http_transaction *next; /* of a higher number              */
	uint64_t number;
	bool has_request;
	bool has_response;
	uint32_t interim_count;
	struct http_message request;
	struct http_message response;
	struct http_message *interim; /* room for INTERIM_MOST           */
};

/* Takes over what is kept of a message: its head, and the digest of its body. */
static void move(struct http_conversation *conversation,
    struct http_message *to, struct http_message *from)
{
	if (!conversation->http->keeps)
		http_drop(conversation, &from->body.shown);
	*to = *from;
	from->head = (struct bytes){0};
	from->headers = (struct bytes){0};
	from->body.shown = (struct bytes){0};
	http_body_moved(&from->body);
}

static struct http_transaction **place_of(
    struct http_conversation *conversation, uint64_t number)
{
	struct http_transaction **place = &conversation->pending;

	while (*place != NULL && (*place)->number < number)
		place = &(*place)->next;
	return place;
}

static struct http_transaction *find(
    struct http_conversation *conversation, uint64_t number)
{
	struct http_transaction *transaction = *place_of(conversation, number);

	return transaction != NULL && transaction->number == number
	    ? transaction
	    : NULL;
}

/* NULL: no memory, which is counted. */
static struct http_transaction *add(
    struct http_conversation *conversation, uint64_t number)
{
	const struct tcpflow_host *host = conversation->http->host;
	struct http_transaction **place = place_of(conversation, number);
	struct http_transaction *transaction = NULL;

	if (host->hold(conversation->scope, sizeof(*transaction)) ==
	    TCPFLOW_OK) {
		transaction = calloc(1, sizeof(*transaction));
		if (transaction == NULL)
			host->release(
			    conversation->scope, sizeof(*transaction));
	}
	if (transaction == NULL) {
		host->count(conversation->scope, "records_split", 1);
		return NULL;
	}
	transaction->number = number;
	transaction->next = *place;
	*place = transaction;
	return transaction;
}

static void free_kept(
    struct http_conversation *conversation, struct http_message *message)
{
	http_body_free(conversation, &message->body);
	http_message_free(conversation, message);
}

/* Tells it, with what is not in it, and forgets it. */
static void finish(struct http_conversation *conversation,
    struct http_transaction *transaction, const struct http_message *response)
{
	const struct http_told told = {
	    .number = transaction->number,
	    .request = transaction->has_request ? &transaction->request : NULL,
	    .response = transaction->has_response ? &transaction->response
						  : response,
	    .interim = transaction->interim,
	    .interim_count = transaction->interim_count,
	};

	if (told.request != NULL || told.response != NULL)
		http_view_tell(conversation, &told);
	*place_of(conversation, transaction->number) = transaction->next;
	free_kept(conversation, &transaction->request);
	free_kept(conversation, &transaction->response);
	for (uint32_t i = 0; i < transaction->interim_count; i++)
		free_kept(conversation, &transaction->interim[i]);
	if (transaction->interim != NULL)
		conversation->http->host->release(conversation->scope,
		    INTERIM_MOST * sizeof(*transaction->interim));
	free(transaction->interim);
	conversation->http->host->release(
	    conversation->scope, sizeof(*transaction));
	free(transaction);
}

static void tell_alone(struct http_conversation *conversation,
    const struct http_message *request, const struct http_message *response)
{
	const struct http_told told = {
	    .number = request != NULL ? request->number : response->number,
	    .request = request,
	    .response = response,
	};

	http_view_tell(conversation, &told);
}

static void take_request(
    struct http_conversation *conversation, struct http_message *request)
{
	struct http_transaction *transaction = find(
	    conversation, request->number);
	bool awaited = http_exchange_awaits(conversation, request->number);

	if (transaction == NULL && awaited)
		transaction = add(conversation, request->number);
	if (transaction == NULL) {
		tell_alone(conversation, request, NULL);
		return;
	}
	move(conversation, &transaction->request, request);
	transaction->has_request = true;
	if (transaction->request.anomalies & HTTP_EARLY)
		transaction->response.anomalies &= ~(unsigned)HTTP_UNASKED;
	if (transaction->has_response || !awaited)
		finish(conversation, transaction, NULL);
}

/* The request that it answers is not over yet, or even to come. */
static bool is_early(const struct http_conversation *conversation,
    const struct http_message *response)
{
	const struct http_message *request =
	    &conversation->message[TCPFLOW_C2S];

	return (request->active && request->number == response->number) ||
	    http_exchange_may_be_early(conversation, response);
}

/* Most transactions have none.  False: no memory. */
static bool make_room(struct http_conversation *conversation,
    struct http_transaction *transaction)
{
	const struct tcpflow_host *host = conversation->http->host;
	const size_t size = INTERIM_MOST * sizeof(*transaction->interim);

	if (transaction->interim != NULL)
		return true;
	if (host->hold(conversation->scope, size) != TCPFLOW_OK)
		return false;
	transaction->interim = malloc(size);
	if (transaction->interim == NULL)
		host->release(conversation->scope, size);
	return transaction->interim != NULL;
}

static void take_interim(
    struct http_conversation *conversation, struct http_message *interim)
{
	struct http_transaction *transaction = find(
	    conversation, interim->number);

	if (transaction == NULL)
		transaction = add(conversation, interim->number);
	if (transaction == NULL || !make_room(conversation, transaction) ||
	    transaction->interim_count == INTERIM_MOST) {
		conversation->http->host->count(
		    conversation->scope, "interim_left_out", 1);
		return;
	}
	move(conversation, &transaction->interim[transaction->interim_count++],
	    interim);
}

static void take_response(
    struct http_conversation *conversation, struct http_message *response)
{
	struct http_transaction *transaction = find(
	    conversation, response->number);
	bool early = is_early(conversation, response);

	if (transaction == NULL && early)
		transaction = add(conversation, response->number);
	if (transaction == NULL) {
		tell_alone(conversation, NULL, response);
		return;
	}
	if (!early) {
		finish(conversation, transaction, response);
		return;
	}
	move(conversation, &transaction->response, response);
	transaction->has_response = true;
}

/* A response that waited for a request to come, which cannot come any more. */
static bool is_stray(const struct http_conversation *conversation,
    const struct http_transaction *transaction)
{
	return transaction->has_response && !transaction->has_request &&
	    !is_early(conversation, &transaction->response);
}

static void tell_strays(struct http_conversation *conversation)
{
	struct http_transaction *transaction = conversation->pending;

	while (transaction != NULL) {
		struct http_transaction *next = transaction->next;

		if (is_stray(conversation, transaction))
			finish(conversation, transaction, NULL);
		transaction = next;
	}
}

void http_transaction_message(
    struct http_conversation *conversation, struct http_message *message)
{
	if (!conversation->http->pairs)
		return;
	tell_strays(conversation);
	if (!message->is_response)
		take_request(conversation, message);
	else if (message->interim)
		take_interim(conversation, message);
	else
		take_response(conversation, message);
	http_body_free(conversation, &message->body);
}

const struct http_message *http_transaction_request(
    struct http_conversation *conversation, uint64_t number)
{
	const struct http_message *request =
	    &conversation->message[TCPFLOW_C2S];
	const struct http_transaction *transaction = find(conversation, number);

	if (transaction != NULL && transaction->has_request)
		return &transaction->request;
	return request->active && request->number == number ? request : NULL;
}

void http_transaction_settle(struct http_conversation *conversation)
{
	struct http_transaction *transaction;

	tell_strays(conversation);
	transaction = conversation->pending;
	while (transaction != NULL) {
		struct http_transaction *next = transaction->next;

		if (transaction->has_request && !transaction->has_response &&
		    !http_exchange_awaits(conversation, transaction->number))
			finish(conversation, transaction, NULL);
		transaction = next;
	}
}

void http_transaction_close(struct http_conversation *conversation)
{
	while (conversation->pending != NULL)
		finish(conversation, conversation->pending, NULL);
}
