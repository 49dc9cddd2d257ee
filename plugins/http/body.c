/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies: Content-Encoding taken off, the first bytes kept to be shown, all of
 * them counted.  It knows no framing; the parser took that off. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

/* A piece of a header's value, without the blanks around it. */
struct token {
	const uint8_t *at;
	size_t length;
};

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static struct token trimmed(const uint8_t *at, size_t length)
{
	while (length > 0 && is_blank(*at)) {
		at++;
		length--;
	}
	while (length > 0 && is_blank(at[length - 1]))
		length--;
	return (struct token){at, length};
}

static bool token_is(struct token token, const char *text)
{
	return token.length == strlen(text) &&
	    strncasecmp((const char *)token.at, text, token.length) == 0;
}

static bool token_begins(struct token token, const char *text)
{
	size_t length = strlen(text);

	return token.length >= length &&
	    strncasecmp((const char *)token.at, text, length) == 0;
}

static enum http_coding coding_of(struct token token)
{
	if (token.length == 0 || token_is(token, "identity"))
		return HTTP_CODING_NONE;
	if (token_is(token, "gzip") || token_is(token, "x-gzip") ||
	    token_is(token, "deflate"))
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
		enum http_coding coding = coding_of(trimmed(at, part));

		if (coding != HTTP_CODING_NONE)
			found = found == HTTP_CODING_NONE ? coding
							  : HTTP_CODING_OTHER;
		part += comma != NULL;
		at += part;
		length -= part;
	}
	return found;
}

/* What stands behind the slash, less a prefix such as "vnd.api+" or "x-". */
static struct token subtype_of(struct token type)
{
	const uint8_t *slash = memchr(type.at, '/', type.length);
	const uint8_t *plus;
	struct token rest = {NULL, 0};

	if (slash == NULL)
		return rest;
	rest.at = slash + 1;
	rest.length = type.length - (size_t)(rest.at - type.at);
	plus = memrchr(rest.at, '+', rest.length);
	if (plus != NULL) {
		rest.length -= (size_t)(plus + 1 - rest.at);
		rest.at = plus + 1;
	}
	if (token_begins(rest, "x-")) {
		rest.at += 2;
		rest.length -= 2;
	}
	return rest;
}

/* Types whose bodies are text; without a type, the bytes decide. */
static bool type_is_text(const uint8_t *value, size_t length)
{
	static const char *const texts[] = {"json", "xml", "javascript",
	    "ecmascript", "www-form-urlencoded", "graphql", "yaml", "csv",
	    "ndjson", "json-seq", "mpegurl", "sql", "toml"};
	const uint8_t *semicolon = memchr(value, ';', length);
	struct token type = trimmed(
	    value, semicolon != NULL ? (size_t)(semicolon - value) : length);
	struct token subtype = subtype_of(type);

	if (token_begins(type, "text/") || token_begins(type, "multipart/") ||
	    token_begins(type, "message/"))
		return true;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (subtype.length > 0 && token_is(subtype, texts[i]))
			return true;
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

static void keep(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	uint64_t room = conversation->http->kept_most - body->shown.length;

	body->decoded += length;
	if (body->digest != NULL)
		conversation->http->host->digest->update(
		    body->digest, data, length);
	if ((body->binary && !conversation->http->keeps_binary) || body->unkept)
		return;
	if (length > room)
		length = (size_t)room;
	body->binary = body->binary || has_binary(data, length);
	if (body->binary && !conversation->http->keeps_binary) {
		http_drop(conversation, &body->shown);
		return;
	}
	if (!http_keep(conversation, &body->shown, data, length)) {
		message->anomalies |= HTTP_NO_MEMORY;
		body->unkept = true;
	}
}

void http_body_begin(
    struct http_conversation *conversation, struct http_message *message)
{
	struct http_body *body = &message->body;
	const uint8_t *value;
	size_t length;

	message->in_body = true;
	if (conversation->http->records)
		body->digest = conversation->http->host->digest->open(
		    conversation->scope);
	if (http_message_find(message, "Content-Type", &value, &length))
		body->binary = !type_is_text(value, length);
	if (conversation->http->decode &&
	    http_message_find(message, "Content-Encoding", &value, &length))
		body->coding = coding_of_list(value, length);
	/* A part of an encoded body cannot be decoded by itself. */
	if (message->status == 206 && body->coding == HTTP_CODING_INFLATE)
		body->coding = HTTP_CODING_OTHER;
}

static bool open_decoder(
    struct http_conversation *conversation, struct http_body *body)
{
	const struct tcpflow_host *host = conversation->http->host;

	if (body->inflate != NULL)
		return true;
	if (host->hold(conversation->scope, INFLATE_MEMORY) != TCPFLOW_OK)
		return false;
	body->inflate = inflate_open(HTTP_DECODED_MOST);
	if (body->inflate == NULL)
		host->release(conversation->scope, INFLATE_MEMORY);
	return body->inflate != NULL;
}

struct target {
	struct http_conversation *conversation;
	struct http_message *message;
};

static void on_decoded(void *context, const uint8_t *data, size_t length)
{
	const struct target *target = context;

	keep(target->conversation, target->message, data, length);
}

static void decode(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	struct target target = {conversation, message};
	const struct inflate_call call = {on_decoded, &target};

	if (!open_decoder(conversation, body)) {
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
static const char *problem_of(const struct http_message *message)
{
	const unsigned cut = HTTP_INCOMPLETE | HTTP_UNPARSABLE |
	    HTTP_GAP_BEHIND | HTTP_NO_MEMORY;
	const struct http_body *body = &message->body;

	if (message->anomalies & HTTP_GAP_IN_BODY &&
	    body->coding == HTTP_CODING_INFLATE)
		return "decoded up to the gap";
	if (body->inflate == NULL)
		return NULL;
	switch (inflate_state_of(body->inflate)) {
	case INFLATE_MORE:
		/* What was cut has said so. */
		return message->anomalies & cut
		    ? NULL
		    : "its content coding ends too early";
	case INFLATE_JUNK:
		return "junk behind the encoded data";
	case INFLATE_CORRUPT:
		return "not encoded as its header says";
	case INFLATE_LIMIT:
		return "decoded up to the limit of 64 MiB";
	case INFLATE_NO_MEMORY:
		return "not all of it is decoded, for want of memory";
	default:
		return NULL;
	}
}

void http_body_end(
    struct http_conversation *conversation, struct http_message *message)
{
	struct http_body *body = &message->body;

	body->problem = problem_of(message);
	if (body->inflate == NULL)
		return;
	inflate_close(&body->inflate);
	conversation->http->host->release(conversation->scope, INFLATE_MEMORY);
}
