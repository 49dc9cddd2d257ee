/* SPDX-License-Identifier: BSD-2-Clause */
/* A transaction as an entry of an HTTP Archive (HAR 1.2), which is written for
 * browsers: strings are UTF-8, URLs are well-formed, what the format demands is
 * there.  What it has no place for stands in members that begin with "_". */
#include "plugins/http/view.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "plugins/common/text.h"

struct writer {
	const struct tcpflow_record_api *api;
	struct tcpflow_record *record;
	struct bytes *scratch;
	struct bytes *second;
};

int32_t http_har_open(struct http *http)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	    .name_hint = {http->har_name, strlen(http->har_name)},
	    .suffix = ".har",
	    .head = "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":"
		    "\"tcpflow\",\"version\":\"2.0.0\"},\"entries\":[\n",
	    .between = ",\n",
	    .tail = "\n]}}\n",
	};

	return http->host->sink->open(http->run, &spec, &http->har);
}

static void put_plain(
    const struct writer *writer, const char *key, const char *text)
{
	writer->api->str(writer->record, key, text, strlen(text));
}

/* As UTF-8; what is none is read as Latin-1. */
static void put_text(const struct writer *writer, const char *key,
    const void *bytes, size_t length)
{
	if (text_is_utf8(bytes, length)) {
		writer->api->str(writer->record, key, bytes, length);
		return;
	}
	bytes_reset(writer->scratch);
	text_append_latin1(writer->scratch, bytes, length);
	writer->api->str(writer->record, key, writer->scratch->data,
	    writer->scratch->failed ? 0 : writer->scratch->length);
}

static void put_decoded(const struct writer *writer, const char *key)
{
	struct bytes *text = writer->scratch;
	struct bytes *copy = writer->second;

	if (text->failed || text_is_utf8(text->data, text->length)) {
		writer->api->str(writer->record, key, text->data,
		    text->failed ? 0 : text->length);
		return;
	}
	bytes_reset(copy);
	text_append_latin1(copy, text->data, text->length);
	writer->api->str(
	    writer->record, key, copy->data, copy->failed ? 0 : copy->length);
}

static void put_pair(const struct writer *writer, const void *name,
    size_t name_length, const void *value, size_t value_length)
{
	writer->api->object(writer->record, NULL);
	put_text(writer, "name", name, name_length);
	put_text(writer, "value", value, value_length);
	writer->api->end(writer->record);
}

static void put_headers(
    const struct writer *writer, const struct http_message *message)
{
	size_t count = message != NULL ? http_message_header_count(message) : 0;

	writer->api->array(writer->record, "headers");
	for (size_t i = 0; i < count; i++) {
		const struct http_header *header = http_message_header(
		    message, i);

		put_pair(writer, message->head.data + header->name,
		    header->name_length, message->head.data + header->value,
		    header->value_length);
	}
	writer->api->end(writer->record);
	writer->api->i64(writer->record, "headersSize", -1);
}

/* A piece without "=" is all value (RFC 6265bis). */
static void put_name_and_value(
    const struct writer *writer, const struct http_cookie *cookie)
{
	bool named = cookie->value != NULL;

	put_text(writer, "name", cookie->name, named ? cookie->name_length : 0);
	put_text(writer, "value", named ? cookie->value : cookie->name,
	    named ? cookie->value_length : cookie->name_length);
}

static bool is_word(const struct http_cookie *attribute, const char *word)
{
	return attribute->name_length == strlen(word) &&
	    strncasecmp((const char *)attribute->name, word,
		attribute->name_length) == 0;
}

static void put_attribute(const struct writer *writer,
    const struct http_cookie *attribute, unsigned *seen)
{
	static const struct {
		const char *word;
		const char *key;
		bool flag;
	} known[] = {
	    {"Path", "path", false},
	    {"Domain", "domain", false},
	    {"Secure", "secure", true},
	    {"HttpOnly", "httpOnly", true},
	    {"Expires", "_expires", false},
	    {"Max-Age", "_maxAge", false},
	    {"SameSite", "sameSite", false},
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is_word(attribute, known[i].word) || *seen & 1u << i)
			continue;
		*seen |= 1u << i;
		if (known[i].flag)
			writer->api->boolean(
			    writer->record, known[i].key, true);
		else
			put_text(writer, known[i].key, attribute->value,
			    attribute->value_length);
	}
}

static void put_cookies(
    const struct writer *writer, const struct http_message *message)
{
	size_t count = message != NULL ? http_message_header_count(message) : 0;

	writer->api->array(writer->record, "cookies");
	for (size_t i = 0; i < count; i++) {
		const struct http_header *header = http_message_header(
		    message, i);
		const uint8_t *value = message->head.data + header->value;
		size_t length = header->value_length;
		struct http_cookie cookie;
		unsigned seen = 0;

		if (!http_header_is(message, header,
			message->is_response ? "Set-Cookie" : "Cookie"))
			continue;
		while (http_cookie_next(&value, &length, &cookie)) {
			writer->api->object(writer->record, NULL);
			put_name_and_value(writer, &cookie);
			while (message->is_response &&
			    http_cookie_next(&value, &length, &cookie))
				put_attribute(writer, &cookie, &seen);
			writer->api->end(writer->record);
		}
	}
	writer->api->end(writer->record);
}

static void put_version(
    const struct writer *writer, const struct http_message *message)
{
	char text[] = "HTTP/1.1";

	if (message == NULL || !message->has_version) {
		put_plain(writer, "httpVersion", "unknown");
		return;
	}
	text[5] = (char)('0' + message->major % 10);
	text[7] = (char)('0' + message->minor % 10);
	put_plain(writer, "httpVersion", text);
}

/* Bytes that no URI has are encoded; so is a "%" that encodes nothing. */
static bool is_uri(const uint8_t *at, size_t left)
{
	if (*at == '%')
		return left > 2 && text_is_hex(at[1]) && text_is_hex(at[2]);
	return *at > ' ' && *at < 0x7f && strchr("\"<>\\^`{|}[]", *at) == NULL;
}

static void append_uri(struct bytes *text, const void *bytes, size_t length)
{
	text_append_percent(text, bytes, length, is_uri);
}

/* Of a host in brackets these stay. */
static void append_host(struct bytes *text, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	const uint8_t *close =
	    length > 0 && *at == '[' ? memchr(at, ']', length) : NULL;

	if (close != NULL) {
		bytes_append(text, at, (size_t)(close - at) + 1);
		length -= (size_t)(close - at) + 1;
		at = close + 1;
	}
	append_uri(text, at, length);
}

/* Always one, since the format wants it: of what has none, whom it went to. */
static void put_url(const struct writer *writer,
    const struct tcpflow_stream_info *info, const struct http_message *request)
{
	struct bytes *text = writer->scratch;
	struct tcpflow_slice host = {0};
	struct tcpflow_slice local = {0};

	bytes_reset(text);
	if (request != NULL) {
		host = http_url_authority(request);
		local = http_url_local(request);
	}
	bytes_text(text, "http://");
	if (host.len > 0)
		append_host(text, host.ptr, host.len);
	else
		http_show_address(text, &info->server, &info->server_name);
	if (local.len == 0 || *(const uint8_t *)local.ptr != '/')
		bytes_text(text, "/");
	append_uri(text, local.ptr, local.len);
	writer->api->str(
	    writer->record, "url", text->data, text->failed ? 0 : text->length);
}

static void put_query(
    const struct writer *writer, const struct http_message *request)
{
	struct tcpflow_slice query = {0};
	struct http_parameter parameter;

	if (request != NULL)
		query = http_url_query(request);
	writer->api->array(writer->record, "queryString");
	while (http_parameter_next(&query, &parameter)) {
		writer->api->object(writer->record, NULL);
		bytes_reset(writer->scratch);
		http_parameter_decode(writer->scratch, parameter.name);
		put_decoded(writer, "name");
		bytes_reset(writer->scratch);
		http_parameter_decode(writer->scratch, parameter.value);
		put_decoded(writer, "value");
		writer->api->end(writer->record);
	}
	writer->api->end(writer->record);
}

/* What is kept of a body: as text, or in base64, of which `mark` tells. */
static void put_kept(const struct writer *writer,
    const struct http_message *message, const char *mark)
{
	const struct bytes *kept = &message->body.shown;

	if (kept->length == 0)
		return;
	if (!message->body.binary && text_is_utf8(kept->data, kept->length)) {
		writer->api->str(
		    writer->record, "text", kept->data, kept->length);
	} else {
		bytes_reset(writer->scratch);
		text_append_base64(writer->scratch, kept->data, kept->length);
		if (writer->scratch->failed)
			return;
		writer->api->str(writer->record, "text", writer->scratch->data,
		    writer->scratch->length);
		put_plain(writer, mark, "base64");
	}
	if (kept->length < message->body.decoded)
		writer->api->boolean(writer->record, "_truncated", true);
}

static void put_type(
    const struct writer *writer, const struct http_message *message)
{
	const uint8_t *value;
	size_t length;

	if (message != NULL &&
	    http_message_find(message, "Content-Type", &value, &length))
		put_text(writer, "mimeType", value, length);
	else
		put_plain(writer, "mimeType", "x-unknown");
}

static void put_request(const struct writer *writer,
    const struct tcpflow_stream_info *info, const struct http_told *told,
    const struct http *http)
{
	const struct tcpflow_record_api *api = writer->api;
	const struct http_message *request = told->request;

	api->object(writer->record, "request");
	put_text(writer, "method", request != NULL ? request->head.data : NULL,
	    request != NULL ? request->method_length : 0);
	put_url(writer, info, request);
	put_version(writer, request);
	put_cookies(writer, request);
	put_headers(writer, request);
	put_query(writer, request);
	if (request != NULL && request->body.encoded > 0) {
		api->object(writer->record, "postData");
		put_type(writer, request);
		if (http_view_shows_body(http, request))
			put_kept(writer, request, "_encoding");
		api->end(writer->record);
	}
	api->i64(writer->record, "bodySize",
	    request != NULL ? (int64_t)request->body.encoded : -1);
	api->end(writer->record);
}

static void put_content(const struct writer *writer,
    const struct http_message *response, const struct http *http)
{
	const struct tcpflow_record_api *api = writer->api;
	const struct http_body *body = &response->body;

	api->object(writer->record, "content");
	api->u64(writer->record, "size", body->decoded);
	if (body->coding == HTTP_CODING_KNOWN)
		api->i64(writer->record, "compression",
		    (int64_t)(body->decoded - body->encoded));
	put_type(writer, response);
	if (http_view_shows_body(http, response))
		put_kept(writer, response, "encoding");
	if (body->missing > 0)
		api->u64(writer->record, "_missing", body->missing);
	api->end(writer->record);
}

static void put_response(const struct writer *writer,
    const struct http_message *response, const struct http *http)
{
	static const struct http_message none;
	const struct tcpflow_record_api *api = writer->api;
	const struct http_message *message = response != NULL ? response
							      : &none;
	const uint8_t *location = NULL;
	size_t length = 0;

	api->object(writer->record, "response");
	api->u64(writer->record, "status", message->status);
	put_text(writer, "statusText",
	    message->start_length > 0 ? message->head.data + message->start_at
				      : NULL,
	    message->start_length);
	put_version(writer, response);
	put_cookies(writer, response);
	put_headers(writer, response);
	put_content(writer, message, http);
	if (response == NULL ||
	    !http_message_find(response, "Location", &location, &length))
		length = 0;
	put_text(writer, "redirectURL", location, length);
	api->i64(writer->record, "bodySize",
	    response != NULL ? (int64_t)message->body.encoded : -1);
	api->end(writer->record);
}

static uint64_t between(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static void put_ms(const struct writer *writer, const char *key, uint64_t ns)
{
	writer->api->f64(writer->record, key, (double)ns / 1e6);
}

/* They add up to `time`: where the server was faster than the client, the client
 * is taken to have been done then. */
static void put_times(const struct writer *writer, const struct http_told *told)
{
	const struct http_message *request = told->request;
	const struct http_message *response = told->response;
	uint64_t send = 0;
	uint64_t wait = 0;
	uint64_t receive = 0;

	if (request != NULL)
		send = between(request->start.ns, request->end.ns);
	if (response != NULL)
		receive = between(response->start.ns, response->end.ns);
	if (request != NULL && response != NULL) {
		uint64_t most = between(request->start.ns, response->start.ns);

		send = send < most ? send : most;
		wait = most - send;
	}
	put_ms(writer, "time", send + wait + receive);
	writer->api->object(writer->record, "timings");
	put_ms(writer, "send", send);
	put_ms(writer, "wait", wait);
	put_ms(writer, "receive", receive);
	writer->api->end(writer->record);
}

static void put_start(const struct writer *writer, uint64_t ns)
{
	bytes_reset(writer->scratch);
	http_show_time(writer->scratch, ns);
	writer->api->str(writer->record, "startedDateTime",
	    writer->scratch->data,
	    writer->scratch->failed ? 0 : writer->scratch->length);
}

/* Whose it is, and what is wrong with it. */
static void put_rest(const struct writer *writer,
    const struct tcpflow_stream_info *info, const struct http_told *told)
{
	const struct tcpflow_record_api *api = writer->api;
	const unsigned anomalies =
	    (told->request != NULL ? told->request->anomalies : 0) |
	    (told->response != NULL ? told->response->anomalies : 0);
	const struct http_oddity *oddity;
	size_t place = 0;

	api->object(writer->record, "cache");
	api->end(writer->record);
	bytes_reset(writer->scratch);
	http_show_ip(writer->scratch, &info->server);
	if (writer->scratch->length > 0 && !writer->scratch->failed)
		api->str(writer->record, "serverIPAddress",
		    writer->scratch->data, writer->scratch->length);
	bytes_reset(writer->scratch);
	bytes_printf(writer->scratch, "%" PRIu64, info->flow_id);
	if (info->stream_index > 0)
		bytes_printf(writer->scratch, ".%" PRIu32, info->stream_index);
	api->str(writer->record, "connection", writer->scratch->data,
	    writer->scratch->failed ? 0 : writer->scratch->length);
	api->u64(writer->record, "_transaction", told->number);
	api->boolean(writer->record, "_complete",
	    told->request != NULL && told->response != NULL &&
		http_message_is_complete(told->request) &&
		http_message_is_complete(told->response));
	if (told->request == NULL)
		api->boolean(writer->record, "_noRequest", true);
	if (told->response == NULL)
		api->boolean(writer->record, "_noResponse", true);
	if (anomalies == 0)
		return;
	api->array(writer->record, "_anomalies");
	while ((oddity = http_oddity_next(anomalies, &place)) != NULL)
		put_plain(writer, NULL, oddity->name);
	api->end(writer->record);
}

void http_har_tell(
    struct http_conversation *conversation, const struct http_told *told)
{
	const struct http *http = conversation->http;
	const struct http_message *first =
	    told->request != NULL ? told->request : told->response;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_RECORD_BARE,
	    .type = "http",
	    .ts_ns = first->start.ns,
	    .into = http->har,
	};
	const struct writer writer = {
	    .api = http->host->record,
	    .record = http->host->record->begin(conversation->scope, &spec),
	    .scratch = &conversation->worker->scratch,
	    .second = &conversation->worker->text,
	};

	if (writer.record == NULL)
		return;
	put_start(&writer, first->start.ns);
	put_request(&writer, conversation->info, told, http);
	put_response(&writer, told->response, http);
	put_times(&writer, told);
	put_rest(&writer, conversation->info, told);
	writer.api->commit(writer.record);
}
