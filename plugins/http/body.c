/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies: Content-Encoding taken off, the first bytes kept to be shown, all of
 * them counted.  It knows no framing; the parser took that off. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

static bool token_is(const uint8_t *at, size_t length, const char *token)
{
	return length == strlen(token) &&
	    strncasecmp((const char *)at, token, length) == 0;
}

/* One coding of a list such as "gzip, identity". */
static enum http_coding coding_of(const uint8_t *at, size_t length)
{
	if (length == 0 || token_is(at, length, "identity"))
		return HTTP_CODING_NONE;
	if (token_is(at, length, "gzip") || token_is(at, length, "x-gzip") ||
	    token_is(at, length, "deflate"))
		return HTTP_CODING_INFLATE;
	return HTTP_CODING_OTHER;
}

/* The whole list: one coding that we know, or another, or several. */
static enum http_coding coding_of_list(const uint8_t *at, size_t length)
{
	enum http_coding found = HTTP_CODING_NONE;

	while (length > 0) {
		const uint8_t *comma = memchr(at, ',', length);
		size_t part = comma != NULL ? (size_t)(comma - at) : length;
		size_t next = part + (comma != NULL);
		const uint8_t *token = at;
		enum http_coding coding;

		while (part > 0 && (*token == ' ' || *token == '\t')) {
			token++;
			part--;
		}
		while (part > 0 &&
		    (token[part - 1] == ' ' || token[part - 1] == '\t'))
			part--;
		coding = coding_of(token, part);
		if (coding != HTTP_CODING_NONE)
			found = found == HTTP_CODING_NONE ? coding
							  : HTTP_CODING_OTHER;
		at += next;
		length -= next;
	}
	return found;
}

/* Types whose bodies are text; without a type, the bytes decide. */
static bool type_is_text(const uint8_t *type, size_t length)
{
	static const char *const texts[] = {"json", "xml", "javascript",
	    "ecmascript", "x-www-form-urlencoded", "graphql", "yaml", "csv"};
	const uint8_t *end = memchr(type, ';', length);

	if (end != NULL)
		length = (size_t)(end - type);
	if (length >= 5 && strncasecmp((const char *)type, "text/", 5) == 0)
		return true;
	if (length >= 10 &&
	    strncasecmp((const char *)type, "multipart/", 10) == 0)
		return true;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t want = strlen(texts[i]);

		for (size_t at = 0; at + want <= length; at++) {
			if (strncasecmp(
				(const char *)type + at, texts[i], want) == 0)
				return true;
		}
	}
	return false;
}

/* Bytes that no text has. */
static bool has_binary(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i] < ' ' && data[i] != '\n' && data[i] != '\r' &&
		    data[i] != '\t' && data[i] != '\f' && data[i] != 0x1b)
			return true;
	}
	return false;
}

struct target {
	struct http_conversation *conversation;
	struct http_message *message;
};

/* Keeps what will be shown; the host is asked first. */
static void keep(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	const struct tcpflow_host *host = conversation->http->host;
	struct http_body *body = &message->body;
	uint64_t room = conversation->http->max_body - body->shown.length;

	body->decoded += length;
	if (body->binary)
		return;
	if (length > room)
		length = (size_t)room;
	if (length == 0)
		return;
	if (has_binary(data, length)) {
		body->binary = true;
		return;
	}
	if (host->hold(conversation->scope, length) != TCPFLOW_OK) {
		message->anomalies |= HTTP_NO_MEMORY;
		return;
	}
	body->held += length;
	bytes_append(&body->shown, data, length);
	if (body->shown.failed)
		message->anomalies |= HTTP_NO_MEMORY;
}

static void on_decoded(void *context, const uint8_t *data, size_t length)
{
	const struct target *target = context;

	keep(target->conversation, target->message, data, length);
}

void http_body_begin(
    struct http_conversation *conversation, struct http_message *message)
{
	const uint8_t *value;
	size_t length;

	message->in_body = true;
	if (http_message_find(message, "Content-Type", &value, &length))
		message->body.binary = !type_is_text(value, length);
	if (conversation->http->decode &&
	    http_message_find(message, "Content-Encoding", &value, &length))
		message->body.coding = coding_of_list(value, length);
	/* A part of an encoded body cannot be decoded by itself. */
	if (message->status == 206 &&
	    message->body.coding == HTTP_CODING_INFLATE)
		message->body.coding = HTTP_CODING_OTHER;
}

static void decode(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	struct target target = {conversation, message};
	struct inflate_call call = {.output = on_decoded, .context = &target};

	if (body->inflate == NULL)
		body->inflate = inflate_open(HTTP_DECODED_MOST);
	if (body->inflate == NULL) {
		message->anomalies |= HTTP_NO_MEMORY;
		body->undecoded = true;
		return;
	}
	body->undecoded = inflate_feed(body->inflate, data, length, &call) >
	    INFLATE_END;
}

void http_body_data(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;

	body->encoded += length;
	if (body->coding == HTTP_CODING_NONE)
		keep(conversation, message, data, length);
	else if (body->coding == HTTP_CODING_INFLATE && !body->undecoded)
		decode(conversation, message, data, length);
}

void http_body_gap(struct http_message *message, uint64_t length)
{
	message->anomalies |= HTTP_GAP_IN_BODY;
	message->body.missing += length;
	/* Nothing behind a hole can be decoded. */
	message->body.undecoded = true;
}

/* What the decoder has to say at the end of the body. */
static const char *problem_of(const struct http_body *body)
{
	if (body->missing > 0 && body->coding == HTTP_CODING_INFLATE)
		return "decoded up to the gap";
	if (body->inflate == NULL)
		return NULL;
	switch (inflate_state_of(body->inflate)) {
	case INFLATE_MORE:
		return "its content coding ends too early";
	case INFLATE_JUNK:
		return "junk behind the encoded data";
	case INFLATE_CORRUPT:
		return "not encoded as its header says";
	case INFLATE_LIMIT:
		return "decoded up to the limit of 64 MiB";
	default:
		return NULL;
	}
}

void http_body_end(struct http_message *message)
{
	message->body.problem = problem_of(&message->body);
	inflate_close(&message->body.inflate);
}

void http_body_release(
    struct http_conversation *conversation, struct http_message *message)
{
	const struct tcpflow_host *host = conversation->http->host;

	host->release(conversation->scope, message->body.held);
	message->body.held = 0;
}
