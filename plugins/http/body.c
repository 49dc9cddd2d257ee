/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies: the first bytes of what is decoded kept to be shown, all of
 * them counted.  It knows no framing; the parser took that off. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

static struct http_token trimmed(const uint8_t *at, size_t length)
{
	http_trim(&at, &length);
	return (struct http_token){at, length};
}

static bool token_is(struct http_token token, const char *text)
{
	return token.length == strlen(text) &&
	    strncasecmp((const char *)token.at, text, token.length) == 0;
}

static bool token_begins(struct http_token token, const char *text)
{
	size_t length = strlen(text);

	return token.length >= length &&
	    strncasecmp((const char *)token.at, text, length) == 0;
}

/* What stands behind the slash, less a prefix such as "vnd.api+" or "x-". */
static struct http_token subtype_of(struct http_token type)
{
	const uint8_t *slash = memchr(type.at, '/', type.length);
	const uint8_t *plus;
	struct http_token rest = {NULL, 0};

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
	struct http_token type = trimmed(
	    value, semicolon != NULL ? (size_t)(semicolon - value) : length);
	struct http_token subtype = subtype_of(type);

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

void http_body_decoded(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	uint64_t room = conversation->http->kept_most - body->shown.length;

	http_store_decoded(conversation, message, data, length);
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
	http_decode_begin(message);
	if (!conversation->http->decode) {
		body->coding = HTTP_CODING_NONE;
		body->problem = NULL;
	}
}

void http_body_data(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;

	http_store_sent(conversation, message, data, length);
	body->encoded += length;
	if (body->coding == HTTP_CODING_NONE)
		http_body_decoded(conversation, message, data, length);
	else if (body->coding == HTTP_CODING_KNOWN)
		http_decode(conversation, message, data, length);
}

void http_body_gap(struct http_message *message, uint64_t length)
{
	message->anomalies |= HTTP_GAP_IN_BODY;
	message->body.missing += length;
	/* Nothing behind a hole can be decoded. */
	message->body.undecoded = true;
}

void http_body_end(
    struct http_conversation *conversation, struct http_message *message)
{
	http_decode_end(conversation, message);
	http_store_end(conversation, message);
}

void http_body_free(
    struct http_conversation *conversation, struct http_body *body)
{
	conversation->http->host->digest->close(body->digest);
	conversation->http->host->digest->close(body->sent_digest);
	http_body_moved(body);
}

void http_body_moved(struct http_body *body)
{
	body->digest = NULL;
	body->sent_digest = NULL;
}
