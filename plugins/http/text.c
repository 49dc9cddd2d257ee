/* SPDX-License-Identifier: BSD-2-Clause */
/* A message as text for people.  A record is built as runs of one role, and
 * given to the host whole; the host escapes and colours it. */
#include "plugins/http/redact.h"
#include "plugins/http/view.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

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

/* "#1 response 192.0.2.2:80 > 192.0.2.1:50955 2026-11-23T... after 1.2 ms" */
static void append_title(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct tcpflow_stream_info *info = conversation->info;
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
	http_show_time(text, message->start.ns);
	if (message->asked_ns != 0 && message->start.ns >= message->asked_ns)
		bytes_printf(text, " after %.3f ms",
		    (double)(message->start.ns - message->asked_ns) / 1e6);
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
	if (body->coding == HTTP_CODING_INFLATE)
		bytes_printf(text, ", decoded %" PRIu64, body->decoded);
	if (body->coding == HTTP_CODING_OTHER &&
	    http_message_find(message, "Content-Encoding", &value, &length)) {
		bytes_text(text, ", encoded as ");
		bytes_append(text, value, length);
	}
	bytes_text(text, "]\n");
}

static void append_body(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct http_body *body = &message->body;
	struct bytes *text;
	bool as_text = !body->binary && body->shown.length > 0 &&
	    http_view_shows_body(conversation->http, message);

	if (body->encoded == 0 && body->missing == 0)
		return;
	bytes_text(http_show_as(conversation, TCPFLOW_ROLE_TEXT), "\n");
	if (as_text) {
		text = http_show_as(conversation, TCPFLOW_ROLE_BODY);
		bytes_append(text, body->shown.data, body->shown.length);
		if (body->shown.data[body->shown.length - 1] != '\n')
			bytes_text(text, "\n");
		if (body->decoded > body->shown.length)
			bytes_printf(
			    http_show_as(conversation, TCPFLOW_ROLE_META),
			    "[%" PRIu64 " more bytes]\n",
			    body->decoded - body->shown.length);
	}
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
