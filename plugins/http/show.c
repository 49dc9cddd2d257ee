/* SPDX-License-Identifier: BSD-2-Clause */
/* A record for the console in the making: runs of one role, given to the host
 * whole; and what all renderings write alike. */
#include "plugins/http/view.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)
#define ROOM_KEPT (64u << 10)

/* What is appended to the text from here on has this role.  While the record
 * is built, a span's len is where it starts. */
struct bytes *http_show_as(
    struct http_conversation *conversation, uint32_t role)
{
	struct http_worker *worker = conversation->worker;
	const struct tcpflow_span run = {
	    .len = worker->text.length,
	    .role = role,
	};

	struct bytes *runs = &worker->spans;

	if (runs->length > 0) {
		const struct tcpflow_span *last =
		    (const struct tcpflow_span *)(const void *)(runs->data +
			runs->length - sizeof(run));

		if (last->role == role)
			return &worker->text;
	}
	bytes_append(runs, &run, sizeof(run));
	return &worker->text;
}

void http_show_begin(struct http_conversation *conversation)
{
	bytes_reset(&conversation->worker->text);
	bytes_reset(&conversation->worker->spans);
}

/* A large record's memory is not kept for the next. */
static void end(struct bytes *bytes)
{
	if (bytes->room > ROOM_KEPT)
		bytes_free(bytes);
}

void http_show_put(struct http_conversation *conversation, uint32_t direction)
{
	const struct tcpflow_host *host = conversation->http->host;
	struct bytes *text = &conversation->worker->text;
	struct bytes *runs = &conversation->worker->spans;
	struct tcpflow_span *spans = (struct tcpflow_span *)(void *)runs->data;
	size_t count = runs->length / sizeof(*spans);
	size_t stop = text->length;

	if (text->failed || runs->failed) {
		host->count(conversation->scope, "not_shown", 1);
	} else {
		for (size_t i = count; i-- > 0;) {
			size_t from = spans[i].len;

			spans[i].ptr = text->data + from;
			spans[i].len = stop - from;
			stop = from;
		}
		host->console->put(
		    conversation->scope, direction, spans, count);
	}
	end(text);
	end(runs);
}

void http_show_ip(struct bytes *text, const struct tcpflow_addr *address)
{
	char ip[INET6_ADDRSTRLEN];
	int family = address->family == 6 ? AF_INET6 : AF_INET;

	if (address->family != 0 &&
	    inet_ntop(family, address->ip, ip, sizeof(ip)) != NULL)
		bytes_text(text, ip);
}

void http_show_address(struct bytes *text, const struct tcpflow_addr *address,
    const struct tcpflow_slice *name)
{
	char ip[INET6_ADDRSTRLEN];
	int family = address->family == 6 ? AF_INET6 : AF_INET;

	if (address->family == 0)
		bytes_append(text, name->ptr, name->len);
	else if (inet_ntop(family, address->ip, ip, sizeof(ip)) != NULL)
		bytes_printf(text, family == AF_INET6 ? "[%s]" : "%s", ip);
	bytes_printf(text, ":%u", address->port);
}

void http_show_time(struct bytes *text, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	char date[32];

	if (gmtime_r(&seconds, &parts) != NULL &&
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts) > 0)
		bytes_printf(
		    text, "%s.%06" PRIu64 "Z", date, ns % NS_PER_SECOND / 1000);
}
