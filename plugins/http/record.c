/* SPDX-License-Identifier: BSD-2-Clause */
/* A transaction as a JSON record: request, response, and what belongs to them.
 * It knows messages, and nothing of how they came together. */
#include "plugins/http/view.h"

#include <string.h>

struct writer {
	const struct tcpflow_record_api *api;
	const struct tcpflow_digest_api *digest;
	struct tcpflow_record *record;
	const struct http_message *request; /* NULL: unknown           */
	struct http_worker *worker;
};

static void put_text(
    const struct writer *writer, const char *key, const char *text)
{
	writer->api->str(writer->record, key, text, strlen(text));
}

static void put_packets(
    const struct writer *writer, const struct http_message *message)
{
	writer->api->array(writer->record, "packets");
	writer->api->u64(writer->record, NULL, message->start.first);
	writer->api->u64(writer->record, NULL, message->end.packet);
	writer->api->end(writer->record);
}

/* [["Host","a.example"],...] */
static void put_headers(const struct writer *writer,
    const struct http_message *message, const char *key, bool trailers)
{
	const struct tcpflow_record_api *api = writer->api;
	size_t count = http_message_header_count(message);
	bool open = !trailers;

	if (open)
		api->array(writer->record, key);
	for (size_t i = 0; i < count; i++) {
		const struct http_header *header = http_message_header(
		    message, i);

		if (header->trailer != trailers)
			continue;
		if (!open)
			api->array(writer->record, key);
		open = true;
		api->array(writer->record, NULL);
		api->str(writer->record, NULL,
		    message->head.data + header->name, header->name_length);
		api->str(writer->record, NULL,
		    message->head.data + header->value, header->value_length);
		api->end(writer->record);
	}
	if (open)
		api->end(writer->record);
}

/* A piece of a cookie header as [name, value], or [name] where there was no
 * "=". */
static void put_pair(
    const struct writer *writer, const struct http_cookie *cookie)
{
	const struct tcpflow_record_api *api = writer->api;

	api->array(writer->record, NULL);
	api->str(writer->record, NULL, cookie->name, cookie->name_length);
	if (cookie->value != NULL)
		api->str(
		    writer->record, NULL, cookie->value, cookie->value_length);
	api->end(writer->record);
}

static void put_cookie(
    const struct writer *writer, const uint8_t *value, size_t length)
{
	struct http_cookie cookie;

	while (http_cookie_next(&value, &length, &cookie))
		put_pair(writer, &cookie);
}

/* {"name":"a","value":"b","attributes":[["Path","/"],["Secure"]]} */
static void put_set_cookie(
    const struct writer *writer, const uint8_t *value, size_t length)
{
	const struct tcpflow_record_api *api = writer->api;
	struct http_cookie cookie;

	if (!http_cookie_next(&value, &length, &cookie))
		return;
	api->object(writer->record, NULL);
	api->str(writer->record, "name", cookie.name, cookie.name_length);
	if (cookie.value != NULL)
		api->str(
		    writer->record, "value", cookie.value, cookie.value_length);
	api->array(writer->record, "attributes");
	while (http_cookie_next(&value, &length, &cookie))
		put_pair(writer, &cookie);
	api->end(writer->record);
	api->end(writer->record);
}

static void put_cookies(
    const struct writer *writer, const struct http_message *message)
{
	const char *name = message->is_response ? "Set-Cookie" : "Cookie";
	size_t count = http_message_header_count(message);
	bool open = false;

	for (size_t i = 0; i < count; i++) {
		const struct http_header *header = http_message_header(
		    message, i);
		const uint8_t *value = message->head.data + header->value;

		if (!http_header_is(message, header, name))
			continue;
		if (!open)
			writer->api->array(writer->record,
			    message->is_response ? "set_cookies" : "cookies");
		open = true;
		if (message->is_response)
			put_set_cookie(writer, value, header->value_length);
		else
			put_cookie(writer, value, header->value_length);
	}
	if (open)
		writer->api->end(writer->record);
}

static void put_codings(
    const struct writer *writer, const struct http_message *message)
{
	struct http_coding_place place = {0};
	struct http_token token;
	bool open = false;

	while (http_coding_next(message, &place, &token)) {
		if (!open)
			writer->api->array(writer->record, "coding");
		open = true;
		writer->api->str(writer->record, NULL, token.at, token.length);
	}
	if (open)
		writer->api->end(writer->record);
}

/* Bytes that stayed encoded are counted as such only. */
static bool is_decoded(const struct http_body *body)
{
	return body->coding != HTTP_CODING_OTHER;
}

/* Where it is, and how much of it where that is not all. */
static void put_file(const struct writer *writer,
    const struct http_message *message, const struct http_file *file,
    uint64_t all)
{
	if (file->path_length == 0)
		return;
	writer->api->str(writer->record, "file",
	    message->head.data + file->path, file->path_length);
	if (file->bytes < all)
		writer->api->u64(writer->record, "file_bytes", file->bytes);
}

/* The bytes as they were sent, where they are in a file of their own. */
static void put_sent(
    const struct writer *writer, const struct http_message *message)
{
	const struct http_body *body = &message->body;

	if (body->sent.path_length == 0)
		return;
	writer->api->object(writer->record, "sent");
	put_file(writer, message, &body->sent, body->encoded);
	writer->digest->put(body->sent_digest, writer->record);
	writer->api->end(writer->record);
}

/* What the network calls a body that is in a file. */
static void put_name(
    const struct writer *writer, const struct http_message *message)
{
	const struct http_body *body = &message->body;
	struct bytes *text = &writer->worker->text;

	if (body->file.path_length == 0 && body->sent.path_length == 0)
		return;
	bytes_reset(text);
	if (http_name_append(text, message, writer->request))
		writer->api->str(
		    writer->record, "name", text->data, text->length);
}

static void put_body(
    const struct writer *writer, const struct http_message *message)
{
	const struct tcpflow_record_api *api = writer->api;
	const struct http_body *body = &message->body;
	const uint8_t *type;
	size_t length;

	if (body->encoded == 0 && body->missing == 0 &&
	    !(message->anomalies & HTTP_GAP_IN_BODY))
		return;
	api->object(writer->record, "body");
	api->u64(writer->record, "encoded_bytes", body->encoded);
	if (is_decoded(body)) {
		api->u64(writer->record, "bytes", body->decoded);
		/* A digest would let one try out what the secret was. */
		if (body->decoded > 0 && !body->redacted)
			writer->digest->put(body->digest, writer->record);
	}
	if (http_message_find(message, "Content-Type", &type, &length))
		api->str(writer->record, "type", type, length);
	put_codings(writer, message);
	put_file(writer, message, &body->file, body->decoded);
	put_sent(writer, message);
	put_name(writer, message);
	if (writer->worker->http->forms)
		http_form_record(writer->worker, writer->record, message);
	api->boolean(writer->record, "complete",
	    http_message_is_complete(message) &&
		(body->problem == NULL || !is_decoded(body)));
	if (body->missing > 0)
		api->u64(writer->record, "gap_bytes", body->missing);
	if (body->problem != NULL)
		put_text(writer, "error", body->problem);
	api->end(writer->record);
}

static void put_version(
    const struct writer *writer, const struct http_message *message)
{
	const char text[3] = {
	    (char)('0' + message->major), '.', (char)('0' + message->minor)};

	if (message->has_version)
		writer->api->str(writer->record, "version", text, sizeof(text));
}

static void put_rest(
    const struct writer *writer, const struct http_message *message)
{
	put_headers(writer, message, "headers", false);
	put_headers(writer, message, "trailers", true);
	put_cookies(writer, message);
	put_body(writer, message);
	writer->api->boolean(
	    writer->record, "complete", http_message_is_complete(message));
}

static void put_request(
    const struct writer *writer, const struct http_message *request)
{
	const struct tcpflow_record_api *api = writer->api;
	const uint8_t *start;
	size_t length;

	api->object(writer->record, "request");
	put_packets(writer, request);
	api->time(writer->record, "ts", (int64_t)request->start.ns);
	if (request->method_length > 0)
		api->str(writer->record, "method", request->head.data,
		    request->method_length);
	start = http_message_start(request, &length);
	api->str(writer->record, "target", start, length);
	put_version(writer, request);
	put_rest(writer, request);
	api->end(writer->record);
}

static void put_status(
    const struct writer *writer, const struct http_message *response)
{
	const struct tcpflow_record_api *api = writer->api;
	size_t length;
	const uint8_t *start = http_message_start(response, &length);

	put_packets(writer, response);
	api->time(writer->record, "ts", (int64_t)response->start.ns);
	put_version(writer, response);
	if (response->status != 0)
		api->u64(writer->record, "status", response->status);
	if (length > 0)
		api->str(writer->record, "reason", start, length);
}

static void put_response(
    const struct writer *writer, const struct http_message *response)
{
	writer->api->object(writer->record, "response");
	put_status(writer, response);
	put_rest(writer, response);
	writer->api->end(writer->record);
}

static void put_interim(
    const struct writer *writer, const struct http_told *told)
{
	if (told->interim_count == 0)
		return;
	writer->api->array(writer->record, "interim");
	for (size_t i = 0; i < told->interim_count; i++) {
		writer->api->object(writer->record, NULL);
		put_status(writer, &told->interim[i]);
		put_headers(writer, &told->interim[i], "headers", false);
		writer->api->end(writer->record);
	}
	writer->api->end(writer->record);
}

static void put_span(const struct writer *writer, const char *key,
    struct http_moment from, struct http_moment to)
{
	writer->api->time(writer->record, key, (int64_t)(to.ns - from.ns));
}

static void put_timing(
    const struct writer *writer, const struct http_told *told)
{
	const struct http_message *request = told->request;
	const struct http_message *response = told->response;

	if (request == NULL || response == NULL ||
	    request->anomalies & HTTP_EARLY)
		return;
	writer->api->object(writer->record, "timing");
	put_span(writer, "request", request->start, request->end);
	put_span(writer, "wait", request->end, response->start);
	put_span(writer, "response", response->start, response->end);
	put_span(writer, "total", request->start, response->end);
	writer->api->end(writer->record);
}

static void put_url(struct http_conversation *conversation,
    const struct writer *writer, const struct http_message *request)
{
	struct bytes *text = &conversation->worker->text;
	struct tcpflow_slice host;

	if (request == NULL)
		return;
	host = http_url_host(request);
	if (host.ptr != NULL)
		writer->api->str(writer->record, "host", host.ptr, host.len);
	bytes_reset(text);
	if (http_url_append(text, request))
		writer->api->str(
		    writer->record, "url", text->data, text->length);
}

static void put_anomalies(
    const struct writer *writer, const struct http_told *told)
{
	unsigned anomalies =
	    (told->request != NULL ? told->request->anomalies : 0) |
	    (told->response != NULL ? told->response->anomalies : 0);
	const struct http_oddity *oddity;
	size_t place = 0;

	if (anomalies == 0)
		return;
	writer->api->array(writer->record, "anomalies");
	while ((oddity = http_oddity_next(anomalies, &place)) != NULL)
		put_text(writer, NULL, oddity->name);
	writer->api->end(writer->record);
}

void http_record_tell(
    struct http_conversation *conversation, const struct http_told *told)
{
	const struct tcpflow_host *host = conversation->http->host;
	const struct http_message *first =
	    told->request != NULL ? told->request : told->response;
	const struct http_message *last =
	    told->response != NULL ? told->response : told->request;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "http",
	    .ts_ns = first->start.ns,
	    .first_packet = first->start.first < last->start.first
		? first->start.first
		: last->start.first,
	    .last_packet = first->end.packet > last->end.packet
		? first->end.packet
		: last->end.packet,
	};
	const struct writer writer = {
	    .api = host->record,
	    .digest = host->digest,
	    .record = host->record->begin(conversation->scope, &spec),
	    .request = told->request,
	    .worker = conversation->worker,
	};

	if (writer.record == NULL)
		return;
	writer.api->u64(writer.record, "transaction", told->number);
	if (told->request != NULL)
		put_request(&writer, told->request);
	if (told->response != NULL)
		put_response(&writer, told->response);
	put_interim(&writer, told);
	put_timing(&writer, told);
	put_url(conversation, &writer, told->request);
	put_anomalies(&writer, told);
	writer.api->commit(writer.record);
}
