/* SPDX-License-Identifier: BSD-2-Clause */
/* A message as text for people.  A record is built as runs of one role, and
 * given to the host whole; the host escapes and colours it. */
#include "plugins/common/charset.h"
#include "plugins/common/json_format.h"
#include "plugins/http/redact.h"
#include "plugins/http/view.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define DATE_LEAST 100u /* columns of a terminal */

static void append_client(
    struct bytes *text, const struct tcpflow_stream_info *info)
{
	const struct tcpflow_slice unknown = {"?", 1};

	http_show_address(text, &info->client, &unknown);
}

static void append_server(
    struct bytes *text, const struct tcpflow_stream_info *info)
{
	http_show_address(text, &info->server, &info->server_name);
}

/* On a terminal that has no room for it the date stays away. */
static void append_time(struct bytes *text, uint64_t ns, uint32_t columns)
{
	const size_t date = sizeof("2026-11-23T") - 1;
	size_t from = text->length;

	http_show_time(text, ns);
	if (columns == 0 || columns >= DATE_LEAST || text->failed)
		return;
	memmove(text->data + from, text->data + from + date,
	    text->length - from - date);
	text->length -= date;
}

/* Where a transaction begins people see a line. */
static void append_rule(struct bytes *text, uint32_t columns)
{
	if (text->length + 1 >= columns)
		return;
	bytes_text(text, " ");
	for (size_t i = text->length; i < columns; i++)
		bytes_text(text, "\xe2\x94\x80");
}

/* "#1 response 192.0.2.2:80 > 192.0.2.1:50955 2026-11-23T... after 1.2 ms" */
static void append_title(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct tcpflow_stream_info *info = conversation->info;
	const uint32_t columns = conversation->http->columns;
	struct bytes *text = http_show_as(conversation, TCPFLOW_ROLE_META);

	bytes_printf(text, "#%" PRIu64 " %s ", message->number,
	    message->interim           ? "interim"
		: message->is_response ? "response"
				       : "request");
	if (message->is_response)
		append_server(text, info);
	else
		append_client(text, info);
	bytes_text(text, " > ");
	if (message->is_response)
		append_client(text, info);
	else
		append_server(text, info);
	bytes_text(text, " ");
	append_time(text, message->start.ns, columns);
	if (message->asked_ns != 0 && message->start.ns >= message->asked_ns)
		bytes_printf(text, " after %.3f ms",
		    (double)(message->start.ns - message->asked_ns) / 1e6);
	if (!message->is_response)
		append_rule(text, columns);
	bytes_text(text, "\n");
}

/* As much of it as came; reason phrases may be empty. */
static void append_start_line(
    struct http_conversation *conversation, const struct http_message *message)
{
	const uint8_t *start;
	struct bytes *text;
	const char *blank = "";
	size_t length;

	start = http_message_start(message, &length);
	if (!message->has_version && length == 0)
		return;
	text = http_show_as(conversation, TCPFLOW_ROLE_START);
	if (message->method_length > 0) {
		bytes_append(text, message->head.data, message->method_length);
		bytes_text(text, " ");
	}
	if (!message->is_response) {
		bytes_append(text, start, length);
		blank = " ";
	}
	if (message->has_version)
		bytes_printf(text, "%sHTTP/%u.%u", blank, message->major,
		    message->minor);
	if (message->is_response) {
		if (message->status != 0)
			bytes_printf(text, " %u", message->status);
		if (length > 0 && message->has_version)
			bytes_text(text, " ");
		bytes_append(text, start, length);
	}
	bytes_text(text, "\n");
}

/* The pieces of Cookie and Set-Cookie, one a line: "    name = value". */
static void append_cookies(
    struct http_conversation *conversation, const uint8_t *value, size_t length)
{
	struct http_cookie cookie;

	while (http_cookie_next(&value, &length, &cookie)) {
		struct bytes *text = http_show_as(
		    conversation, TCPFLOW_ROLE_NAME);

		bytes_text(text, "    ");
		bytes_append(text, cookie.name, cookie.name_length);
		text = http_show_as(conversation, TCPFLOW_ROLE_VALUE);
		if (cookie.value != NULL) {
			bytes_text(text, " = ");
			bytes_append(text, cookie.value, cookie.value_length);
		}
		bytes_text(text, "\n");
	}
}

static bool is_cookie(const uint8_t *name, size_t length)
{
	return (length == 6 &&
		   strncasecmp((const char *)name, "cookie", 6) == 0) ||
	    (length == 10 &&
		strncasecmp((const char *)name, "set-cookie", 10) == 0);
}

static void append_headers(struct http_conversation *conversation,
    const struct http_message *message, bool trailers)
{
	size_t count = http_message_header_count(message);

	for (size_t i = 0; i < count; i++) {
		const struct http_header *header = http_message_header(
		    message, i);
		const uint8_t *name = message->head.data + header->name;
		const uint8_t *value = message->head.data + header->value;
		struct bytes *text;

		if (header->trailer != trailers)
			continue;
		text = http_show_as(conversation, TCPFLOW_ROLE_NAME);
		bytes_append(text, name, header->name_length);
		bytes_text(text, ":");
		text = http_show_as(conversation, TCPFLOW_ROLE_VALUE);
		bytes_text(text, " ");
		bytes_append(text, value, header->value_length);
		bytes_text(text, "\n");
		if (is_cookie(name, header->name_length))
			append_cookies(
			    conversation, value, header->value_length);
	}
}

/* "image/png, 1234 bytes" */
static void append_summary(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct http_body *body = &message->body;
	struct bytes *text = http_show_as(conversation, TCPFLOW_ROLE_META);
	const uint8_t *value;
	size_t length;

	bytes_text(text, "[body: ");
	if (http_message_find(message, "Content-Type", &value, &length)) {
		bytes_append(text, value, length);
		bytes_text(text, ", ");
	}
	bytes_printf(text, "%" PRIu64 " bytes", body->encoded);
	if (body->coding == HTTP_CODING_KNOWN)
		bytes_printf(text, ", decoded %" PRIu64, body->decoded);
	if (body->coding == HTTP_CODING_OTHER &&
	    http_message_find(message, "Content-Encoding", &value, &length)) {
		bytes_text(text, ", encoded as ");
		bytes_append(text, value, length);
	}
	bytes_text(text, "]\n");
}

static bool is_json(const struct http_message *message)
{
	const struct tcpflow_slice type = http_view_type(message);
	const char *text = type.ptr;

	return type.len > 4 &&
	    strncasecmp(text + type.len - 4, "json", 4) == 0 &&
	    (text[type.len - 5] == '/' || text[type.len - 5] == '+');
}

static void on_json(
    void *context, enum json_part part, const void *data, size_t length)
{
	bytes_append(
	    http_show_as(context,
		part == JSON_NAME ? TCPFLOW_ROLE_NAME : TCPFLOW_ROLE_BODY),
	    data, length);
}

/* Programs get a body as it is; people see JSON in lines. */
static void append_lines(struct http_conversation *conversation,
    const struct http_message *message, const uint8_t *data, size_t length)
{
	const struct json_format_call call = {on_json, conversation};
	struct json_format format = {0};
	struct bytes *text = &conversation->worker->text;

	if (conversation->http->columns > 0 && is_json(message))
		json_format_feed(&format, data, length, &call);
	else
		bytes_append(http_show_as(conversation, TCPFLOW_ROLE_BODY),
		    data, length);
	if (text->length == 0 || text->data[text->length - 1] != '\n')
		bytes_text(text, "\n");
}

/* The value of charset= in the type; ptr NULL: there is none. */
static struct tcpflow_slice charset_of(const struct http_message *message)
{
	struct tcpflow_slice charset = {0};
	const uint8_t *value;
	size_t length;
	struct http_cookie piece; /* "charset=x" looks like one */

	if (!http_message_find(message, "Content-Type", &value, &length))
		return charset;
	while (http_cookie_next(&value, &length, &piece)) {
		if (piece.value == NULL || piece.name_length != 7 ||
		    strncasecmp((const char *)piece.name, "charset", 7) != 0)
			continue;
		charset = (struct tcpflow_slice){
		    piece.value, piece.value_length};
		if (charset.len > 1 && *piece.value == '"' &&
		    piece.value[charset.len - 1] == '"')
			charset = (struct tcpflow_slice){
			    piece.value + 1, charset.len - 2};
		return charset;
	}
	return charset;
}

/* In UTF-8, where the type names another charset. */
static void append_text(struct http_conversation *conversation,
    const struct http_message *message, size_t length)
{
	const struct tcpflow_slice charset = charset_of(message);
	struct bytes *converted = &conversation->worker->scratch;
	const uint8_t *data = message->body.shown.data;

	bytes_reset(converted);
	if (charset.ptr != NULL &&
	    charset_append(converted, charset.ptr, charset.len, data, length) &&
	    !converted->failed)
		append_lines(
		    conversation, message, converted->data, converted->length);
	else
		append_lines(conversation, message, data, length);
}

static void append_body(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct http_body *body = &message->body;
	bool as_text = !body->binary && body->shown.length > 0 &&
	    http_view_shows_body(conversation->http, message);

	if (body->encoded == 0 && body->missing == 0)
		return;
	bytes_text(http_show_as(conversation, TCPFLOW_ROLE_TEXT), "\n");
	if (conversation->http->forms &&
	    http_view_shows_body(conversation->http, message) &&
	    http_form_show(conversation, message))
		as_text = true;
	else if (as_text)
		append_text(conversation, message, body->shown.length);
	if (as_text && body->decoded > body->shown.length)
		bytes_printf(http_show_as(conversation, TCPFLOW_ROLE_META),
		    "[%" PRIu64 " more bytes]\n",
		    body->decoded - body->shown.length);
	if (!as_text || body->coding != HTTP_CODING_NONE)
		append_summary(conversation, message);
}

static void append_alert(
    struct http_conversation *conversation, const char *words)
{
	bytes_printf(
	    http_show_as(conversation, TCPFLOW_ROLE_ALERT), "[%s]\n", words);
}

static void append_anomalies(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct http_oddity *oddity;
	size_t place = 0;

	while (
	    (oddity = http_oddity_next(message->anomalies, &place)) != NULL) {
		if (oddity->words != NULL)
			append_alert(conversation, oddity->words);
	}
	if (message->anomalies & HTTP_GAP_IN_BODY) {
		struct bytes *text = http_show_as(
		    conversation, TCPFLOW_ROLE_ALERT);

		bytes_text(text, "[");
		if (message->body.missing > 0)
			bytes_printf(
			    text, "%" PRIu64 " ", message->body.missing);
		bytes_text(text, "bytes of the body are missing]\n");
	}
	if (message->anomalies & HTTP_UNPARSABLE)
		bytes_printf(http_show_as(conversation, TCPFLOW_ROLE_ALERT),
		    "[cut: not to be parsed from here on: %s]\n",
		    message->problem);
	if (message->body.problem != NULL)
		append_alert(conversation, message->body.problem);
}

void http_text_show(
    struct http_conversation *conversation, const struct http_message *message)
{
	http_show_begin(conversation);
	append_title(conversation, message);
	append_start_line(conversation, message);
	append_headers(conversation, message, false);
	if (conversation->http->show == HTTP_SHOW_TEXT)
		append_body(conversation, message);
	append_headers(conversation, message, true);
	append_anomalies(conversation, message);
	bytes_text(http_show_as(conversation, TCPFLOW_ROLE_TEXT), "\n");
	http_show_put(
	    conversation, message->is_response ? TCPFLOW_S2C : TCPFLOW_C2S);
}

void http_text_message(
    struct http_conversation *conversation, struct http_message *message)
{
	const struct http *http = conversation->http;

	/* Nobody has seen it so far. */
	http_redact_message(conversation, message);
	http->host->count(conversation->scope,
	    message->is_response ? "responses" : "requests", 1);
	if (http->shows && !http->waits)
		http_text_show(conversation, message);
}

void http_text_tunnel(struct http_conversation *conversation)
{
	const struct http *http = conversation->http;

	http->host->count(conversation->scope, "tunnels", 1);
	http->host->count(conversation->scope, "tunnel_bytes",
	    conversation->tunnelled[0] + conversation->tunnelled[1]);
	if (!http->shows || http->waits)
		return;
	http_show_begin(conversation);
	bytes_printf(http_show_as(conversation, TCPFLOW_ROLE_META),
	    "[the connection went on as another protocol: %" PRIu64
	    " bytes sent, %" PRIu64 " received]\n\n",
	    conversation->tunnelled[TCPFLOW_C2S],
	    conversation->tunnelled[TCPFLOW_S2C]);
	http_show_put(conversation, TCPFLOW_DIR_NONE);
}
