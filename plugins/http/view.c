/* SPDX-License-Identifier: BSD-2-Clause */
/* A transaction is over: whoever wants to see it, does.  What the filter does
 * not let pass nobody sees. */
#include "plugins/http/view.h"

#include <string.h>

struct tcpflow_slice http_view_type(const struct http_message *message)
{
	struct tcpflow_slice type = {0};
	const uint8_t *value;
	const uint8_t *semicolon;
	size_t length;

	if (!http_message_find(message, "Content-Type", &value, &length) ||
	    length == 0)
		return type;
	semicolon = memchr(value, ';', length);
	if (semicolon != NULL)
		length = (size_t)(semicolon - value);
	http_trim(&value, &length);
	if (length > 0)
		type = (struct tcpflow_slice){value, length};
	return type;
}

bool http_view_shows_body(
    const struct http *http, const struct http_message *message)
{
	struct http_facts facts = {0};

	if (http->bodiless == NULL)
		return true;
	facts.text[HTTP_FIELD_TYPE] = http_view_type(message);
	return http_filter_judge(http->bodiless, &facts) != HTTP_YES;
}

static struct http_facts facts_of(
    const struct http_message *request, const struct http_message *response)
{
	struct http_facts facts = {0};

	if (request != NULL) {
		if (request->method_length > 0)
			facts.text[HTTP_FIELD_METHOD] = (struct tcpflow_slice){
			    request->head.data, request->method_length};
		facts.text[HTTP_FIELD_HOST] = http_url_host(request);
		facts.text[HTTP_FIELD_PATH] = http_url_path(request);
	}
	if (response != NULL) {
		facts.status = response->status;
		facts.text[HTTP_FIELD_TYPE] = http_view_type(response);
	}
	return facts;
}

enum http_verdict http_view_judge(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct http_message *request = message;
	struct http_facts facts;

	if (conversation->http->filter == NULL)
		return HTTP_YES;
	if (message->is_response)
		request = http_transaction_request(
		    conversation, message->number);
	facts = facts_of(request, message->is_response ? message : NULL);
	facts.open = !message->is_response || message->interim;
	return http_filter_judge(conversation->http->filter, &facts);
}

static void show(
    struct http_conversation *conversation, const struct http_told *told)
{
	if (conversation->http->show == HTTP_SHOW_LINE) {
		http_row_tell(conversation, told);
		return;
	}
	if (told->request != NULL)
		http_text_show(conversation, told->request);
	for (size_t i = 0; i < told->interim_count; i++)
		http_text_show(conversation, &told->interim[i]);
	if (told->response != NULL)
		http_text_show(conversation, told->response);
}

/* False: there were as many as are wanted. */
static bool count_in(struct http_conversation *conversation)
{
	const struct http *http = conversation->http;
	uint64_t number = atomic_fetch_add(http->told, 1) + 1;

	if (number == http->most)
		http->host->stop(conversation->scope);
	return number <= http->most;
}

void http_view_tell(
    struct http_conversation *conversation, const struct http_told *told)
{
	const struct http *http = conversation->http;

	if (http->filter != NULL) {
		const struct http_facts facts = facts_of(
		    told->request, told->response);

		if (http_filter_judge(http->filter, &facts) != HTTP_YES) {
			http->host->count(conversation->scope, "filtered", 1);
			return;
		}
	}
	if (http->most > 0 && !count_in(conversation))
		return;
	if (http->waits)
		show(conversation, told);
	if (http->records)
		http_record_tell(conversation, told);
	if (http->har != NULL)
		http_har_tell(conversation, told);
}
