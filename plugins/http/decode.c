/* SPDX-License-Identifier: BSD-2-Clause */
/* Codings of a body: which there are, and how they are taken off, up to two of
 * them, one behind the other.  Those of Content-Encoding are the body's own;
 * those of Transfer-Encoding were put on last (RFC 9112, section 6.1), and
 * chunked is the parser's. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

static bool is_named(const struct http_message *message,
    const struct http_header *header, const char *name)
{
	return !header->trailer && header->name_length == strlen(name) &&
	    strncasecmp((const char *)message->head.data + header->name, name,
		header->name_length) == 0;
}

/* The next header of this name from a place on; the count: there is none. */
static size_t find_header(
    const struct http_message *message, const char *name, size_t from)
{
	size_t count = http_message_header_count(message);

	while (from < count &&
	    !is_named(message, http_message_header(message, from), name))
		from++;
	return from;
}

/* Takes the next piece off the lists of all headers of this name. */
static bool next_of(const struct http_message *message, const char *name,
    struct http_coding_place *place, struct http_token *token)
{
	size_t count = http_message_header_count(message);

	while ((place->header = find_header(message, name, place->header)) <
	    count) {
		const struct http_header *header = http_message_header(
		    message, place->header);
		size_t left = header->value_length - place->offset;
		const uint8_t *comma;

		token->at = message->head.data + header->value + place->offset;
		comma = memchr(token->at, ',', left);
		token->length = comma != NULL ? (size_t)(comma - token->at)
					      : left;
		place->offset += token->length + 1;
		if (comma == NULL) {
			place->header++;
			place->offset = 0;
		}
		http_trim(&token->at, &token->length);
		if (token->length > 0)
			return true;
	}
	return false;
}

bool http_coding_next(const struct http_message *message,
    struct http_coding_place *place, struct http_token *token)
{
	static const char *const names[] = {
	    "Content-Encoding", "Transfer-Encoding"};

	for (; place->name < 2; place->name++) {
		while (next_of(message, names[place->name], place, token)) {
			if (token->length != 7 ||
			    strncasecmp(
				(const char *)token->at, "chunked", 7) != 0)
				return true;
		}
		place->header = 0;
		place->offset = 0;
	}
	return false;
}

/* A part of an encoded body cannot be decoded by itself, unless it is the
 * first. */
static bool is_later_part(const struct http_message *message)
{
	static const char first[] = "bytes 0-";
	const uint8_t *value;
	size_t length;

	return message->status == 206 &&
	    !(http_message_find(message, "Content-Range", &value, &length) &&
		length >= strlen(first) &&
		strncasecmp((const char *)value, first, strlen(first)) == 0);
}

/* The bytes stay as they are. */
static void leave_encoded(struct http_body *body, const char *problem)
{
	body->coding = HTTP_CODING_OTHER;
	body->problem = problem;
}

void http_decode_begin(struct http_message *message)
{
	struct http_body *body = &message->body;
	struct http_coding_place place = {0};
	struct http_token token;

	body->coding = HTTP_CODING_NONE;
	body->coding_count = 0;
	while (http_coding_next(message, &place, &token)) {
		enum coding_kind kind = coding_of(token.at, token.length);

		if (kind == CODING_IDENTITY)
			continue;
		if (body->coding_count == HTTP_CODINGS_MOST) {
			leave_encoded(
			    body, "not decoded: more than two content codings");
			return;
		}
		body->coding = HTTP_CODING_KNOWN;
		body->kind[body->coding_count++] = kind;
	}
	for (unsigned i = 0; i < body->coding_count; i++) {
		if (body->kind[i] == CODING_UNKNOWN)
			leave_encoded(
			    body, "not decoded: its content coding is unknown");
		else if (!coding_is_built_in(body->kind[i]))
			leave_encoded(body,
			    "not decoded: its content coding is not built in");
	}
	if (body->coding == HTTP_CODING_KNOWN && is_later_part(message))
		leave_encoded(body, NULL);
}

/* What comes out of the decoder of this place goes to the next. */
struct stage {
	struct http_conversation *conversation;
	struct http_message *message;
	unsigned place;
};

static void on_decoded(void *context, const uint8_t *data, size_t length)
{
	const struct stage *stage = context;
	struct http_body *body = &stage->message->body;
	struct stage next = *stage;
	const struct coding_call call = {on_decoded, &next};

	if (++next.place == body->coding_count)
		http_body_decoded(
		    stage->conversation, stage->message, data, length);
	else
		coding_feed(body->decoder[next.place], data, length, &call);
}

static void close_all(
    struct http_conversation *conversation, struct http_body *body)
{
	for (unsigned i = 0; i < body->coding_count; i++)
		coding_close(&body->decoder[i]);
	if (body->held > 0)
		conversation->http->host->release(
		    conversation->worker->scope, body->held);
	body->held = 0;
}

/* Windows may be larger than what one stream may hold: they are the worker's.
 * False: the host does not allow what the decoders have now. */
static bool account(
    struct http_conversation *conversation, struct http_body *body)
{
	const struct tcpflow_host *host = conversation->http->host;
	struct tcpflow_scope *scope = conversation->worker->scope;
	size_t memory = 0;

	for (unsigned i = 0; i < body->coding_count; i++)
		memory += coding_memory(body->decoder[i]);
	if (memory > body->held &&
	    host->hold(scope, memory - body->held) != TCPFLOW_OK)
		return false;
	if (memory < body->held)
		host->release(scope, body->held - memory);
	body->held = memory;
	return true;
}

/* The last coding that was put on is the first that is taken off. */
static bool open_all(
    struct http_conversation *conversation, struct http_body *body)
{
	bool good = true;

	for (unsigned i = 0; i < body->coding_count; i++) {
		body->decoder[i] = coding_open(
		    body->kind[body->coding_count - 1 - i], HTTP_DECODED_MOST);
		good = good && body->decoder[i] != NULL;
	}
	return good && account(conversation, body);
}

static void give_up(
    struct http_conversation *conversation, struct http_message *message)
{
	close_all(conversation, &message->body);
	message->anomalies |= HTTP_NO_MEMORY;
	message->body.undecoded = true;
}

/* Whether nothing more can come out. */
static bool is_over(const struct http_body *body)
{
	for (unsigned i = 0; i < body->coding_count; i++) {
		if (coding_state_of(body->decoder[i]) > CODING_END)
			return true;
	}
	return false;
}

void http_decode(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	struct stage first = {conversation, message, 0};
	const struct coding_call call = {on_decoded, &first};

	if (body->undecoded)
		return;
	if (body->decoder[0] == NULL && !open_all(conversation, body)) {
		give_up(conversation, message);
		return;
	}
	coding_feed(body->decoder[0], data, length, &call);
	body->undecoded = is_over(body);
	if (!account(conversation, body))
		give_up(conversation, message);
}

static const char *problem_of_state(
    const struct http_message *message, enum coding_state state)
{
	const unsigned cut = HTTP_INCOMPLETE | HTTP_UNPARSABLE |
	    HTTP_GAP_BEHIND | HTTP_NO_MEMORY;

	switch (state) {
	case CODING_MORE:
		/* What was cut has said so; a part has no end. */
		return message->anomalies & cut || message->status == 206
		    ? NULL
		    : "its content coding ends too early";
	case CODING_JUNK:
		return "junk behind the encoded data";
	case CODING_CORRUPT:
		return "not encoded as its header says";
	case CODING_LIMIT:
		return "decoded up to the limit of 64 MiB";
	case CODING_WINDOW:
		return "not decoded any more: it needs a window above 8 MiB";
	case CODING_NO_MEMORY:
		return "not all of it is decoded, for want of memory";
	default:
		return NULL;
	}
}

void http_decode_end(
    struct http_conversation *conversation, struct http_message *message)
{
	struct http_body *body = &message->body;

	if (body->coding != HTTP_CODING_KNOWN)
		return;
	if (message->anomalies & HTTP_GAP_IN_BODY)
		body->problem = "decoded up to the gap";
	for (unsigned i = 0; i < body->coding_count; i++) {
		struct stage stage = {conversation, message, i};
		const struct coding_call call = {on_decoded, &stage};
		enum coding_state state;

		if (body->decoder[i] == NULL)
			break;
		state = coding_finish(body->decoder[i], &call);
		if (body->problem == NULL)
			body->problem = problem_of_state(message, state);
		body->ended = !(message->anomalies & HTTP_GAP_IN_BODY) &&
		    (state == CODING_END || state == CODING_JUNK);
	}
	close_all(conversation, body);
}
