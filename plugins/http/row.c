/* SPDX-License-Identifier: BSD-2-Clause */
/* A transaction as one line.  On a terminal it fits: columns, short units, and
 * the URL takes what is left.  Elsewhere nothing is shortened, tabs separate the
 * fields, and a field that is not known is "-":
 *
 *	time client method url status type sent received wait total anomalies */
#include "plugins/common/text.h"
#include "plugins/http/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CELL_MOST 64u
#define WIDE 140u /* columns from which more is told    */
#define URL_LEAST 12u

/* How wide what is on a terminal is. */
struct layout {
	size_t time;
	size_t client;
	size_t method;
	size_t type;
	bool wide;
};

static const struct layout narrow = {8, 15, 4, 5, false};
static const struct layout wide = {12, 21, 7, 24, true};

/* What a network's byte may be within a line. */
static bool is_plain(const uint8_t *at, size_t left)
{
	(void)left;
	return *at > ' ' && *at < 0x7f;
}

/* A text of the network: what is no visible character of ASCII as "%0A", so that
 * one line stays one, and a column as wide as it is. */
static void append_escaped(struct bytes *text, const void *data, size_t length)
{
	text_append_percent(text, data, length, is_plain);
}

/* The cell that began at `from` is made as wide as its column: a longer one
 * loses its end, or its begin. */
static void fit(struct bytes *text, size_t from, size_t width, bool keep_end)
{
	static const char more[] = "..";
	size_t length = text->length - from;

	if (text->failed)
		return;
	for (; length < width; length++)
		bytes_append(text, " ", 1);
	if (length == width)
		return;
	if (keep_end) {
		memmove(text->data + from, text->data + text->length - width,
		    width);
		memcpy(text->data + from, more, 2);
	} else {
		memcpy(text->data + from + width - 2, more, 2);
	}
	text->length = from + width;
}

static void align_right(struct bytes *text, const char *cell, size_t width)
{
	bytes_printf(text, " %*s", (int)width, cell);
}

static void format_bytes(char cell[CELL_MOST], uint64_t bytes)
{
	static const char units[] = "kMGTPE";
	double amount = (double)bytes;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(cell, CELL_MOST, "%" PRIu64, bytes);
		return;
	}
	for (amount /= 1000; amount >= 999.5 && unit < 5; unit++)
		amount /= 1000;
	snprintf(cell, CELL_MOST, amount < 9.95 ? "%.1f%c" : "%.0f%c", amount,
	    units[unit]);
}

static void format_duration(char cell[CELL_MOST], uint64_t ns)
{
	double us = (double)ns / 1e3;

	if (us < 999.5)
		snprintf(cell, CELL_MOST, "%.0fus", us);
	else if (us < 9950)
		snprintf(cell, CELL_MOST, "%.1fms", us / 1e3);
	else if (us < 999500)
		snprintf(cell, CELL_MOST, "%.0fms", us / 1e3);
	else if (us < 9950000)
		snprintf(cell, CELL_MOST, "%.1fs", us / 1e6);
	else if (us < 5999500000)
		snprintf(cell, CELL_MOST, "%.0fs", us / 1e6);
	else
		snprintf(cell, CELL_MOST, "%.0fh", us / 3600e6);
}

static bool is_span(
    const struct http_moment *from, const struct http_moment *to)
{
	return to->ns >= from->ns;
}

static void append_url(struct bytes *text, const struct http_message *request,
    bool with_scheme, struct bytes *scratch)
{
	static const char scheme[] = "http://";
	const size_t length = sizeof(scheme) - 1;
	size_t skipped = 0;

	bytes_reset(scratch);
	if (!http_url_append(scratch, request)) {
		const uint8_t *target;
		size_t target_length;

		bytes_reset(scratch);
		target = http_message_start(request, &target_length);
		bytes_append(scratch, target, target_length);
	} else if (!with_scheme && scratch->length > length &&
	    strncasecmp((const char *)scratch->data, scheme, length) == 0) {
		skipped = length;
	}
	if (scratch->failed || scratch->length == 0)
		bytes_text(text, "-");
	else
		append_escaped(
		    text, scratch->data + skipped, scratch->length - skipped);
}

/* "json" of "application/vnd.api+json": the word that tells most. */
static struct tcpflow_slice short_type(struct tcpflow_slice type)
{
	static const struct {
		const char *type;
		const char *word;
	} words[] = {
	    {"text/plain", "text"},
	    {"multipart/form-data", "multi"},
	    {"text/javascript", "js"},
	    {"application/javascript", "js"},
	    {"application/x-javascript", "js"},
	    {"application/octet-stream", "bytes"},
	    {"application/x-www-form-urlencoded", "form"},
	    {"application/vnd.google.safebrowsing-chunk", "bytes"},
	};
	const uint8_t *bytes = type.ptr;
	size_t from = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].type) == type.len &&
		    strncasecmp(words[i].type, type.ptr, type.len) == 0)
			return (struct tcpflow_slice){
			    words[i].word, strlen(words[i].word)};
	}
	for (size_t i = 0; i < type.len; i++) {
		if ((bytes[i] == '/' || bytes[i] == '+') && i + 1 < type.len)
			from = i + 1;
	}
	if (type.len - from > 2 &&
	    strncasecmp((const char *)bytes + from, "x-", 2) == 0)
		from += 2;
	return (struct tcpflow_slice){bytes + from, type.len - from};
}

static uint64_t size_of(const struct http_message *message)
{
	return message != NULL ? message->body.encoded : 0;
}

static unsigned anomalies_of(const struct http_told *told)
{
	return (told->request != NULL ? told->request->anomalies : 0) |
	    (told->response != NULL ? told->response->anomalies : 0);
}

/* Role of the status: what failed, or never was answered, is seen. */
static uint32_t role_of(const struct http_message *response)
{
	return response == NULL || response->status >= 400 ? TCPFLOW_ROLE_ALERT
							   : TCPFLOW_ROLE_START;
}

static const struct http_message *first_of(const struct http_told *told)
{
	return told->request != NULL ? told->request : told->response;
}

/* Elsewhere. ------------------------------------------------------------- */

static void append_seconds(struct bytes *text, const struct http_moment *from,
    const struct http_moment *to)
{
	const uint64_t second = UINT64_C(1000000000);

	if (!is_span(from, to)) {
		bytes_text(text, "\t-");
		return;
	}
	bytes_printf(text, "\t%" PRIu64 ".%06" PRIu64,
	    (to->ns - from->ns) / second, (to->ns - from->ns) % second / 1000);
}

static void append_size(struct bytes *text, const struct http_message *message)
{
	if (message != NULL)
		bytes_printf(text, "\t%" PRIu64, message->body.encoded);
	else
		bytes_text(text, "\t-");
}

static void append_anomalies(struct bytes *text, unsigned anomalies)
{
	const struct http_oddity *oddity;
	size_t place = 0;
	const char *before = "\t";

	while ((oddity = http_oddity_next(anomalies, &place)) != NULL) {
		bytes_printf(text, "%s%s", before, oddity->name);
		before = ",";
	}
	bytes_text(text, anomalies != 0 ? "\n" : "\t-\n");
}

static void append_fields(struct http_conversation *conversation,
    struct bytes *text, const struct http_told *told)
{
	static const struct tcpflow_slice unknown = {"?", 1};
	const struct http_message *request = told->request;
	const struct http_message *response = told->response;
	struct tcpflow_slice type = {0};

	http_show_time(text, first_of(told)->start.ns);
	bytes_text(text, "\t");
	http_show_address(text, &conversation->info->client, &unknown);
	bytes_text(text, "\t");
	if (request != NULL && request->method_length > 0)
		append_escaped(
		    text, request->head.data, request->method_length);
	else
		bytes_text(text, "-");
	bytes_text(text, "\t");
	if (request != NULL)
		append_url(text, request, true, &conversation->worker->scratch);
	else
		bytes_text(text, "-");
	if (response != NULL && response->status != 0)
		bytes_printf(text, "\t%u\t", response->status);
	else
		bytes_text(text, "\t-\t");
	if (response != NULL)
		type = http_view_type(response);
	if (type.ptr != NULL)
		append_escaped(text, type.ptr, type.len);
	else
		bytes_text(text, "-");
	append_size(text, request);
	append_size(text, response);
	if (request != NULL && response != NULL) {
		append_seconds(text, &request->end, &response->start);
		append_seconds(text, &request->start, &response->end);
	} else {
		bytes_text(text, "\t-\t-");
	}
	append_anomalies(text, anomalies_of(told));
}

/* On a terminal. --------------------------------------------------------- */

static void append_clock(struct bytes *text, uint64_t ns, size_t width)
{
	size_t from = text->length;
	const size_t date = sizeof("2026-11-23T") - 1;

	http_show_time(text, ns);
	if (text->failed || text->length - from < date + width)
		return;
	memmove(text->data + from, text->data + from + date, width);
	text->length = from + width;
}

static void append_client(struct bytes *text,
    const struct tcpflow_stream_info *info, const struct layout *layout)
{
	static const struct tcpflow_slice unknown = {"?", 1};
	size_t from;

	bytes_text(text, " ");
	from = text->length;
	http_show_address(text, &info->client, &unknown);
	/* A port says little to people. */
	while (!layout->wide && text->length > from &&
	    text->data[--text->length] != ':')
		;
	fit(text, from, layout->client, true);
}

/* What stands behind the URL, right of it. */
static void append_end(struct http_conversation *conversation,
    const struct http_told *told, const struct layout *layout)
{
	const struct http_message *request = told->request;
	const struct http_message *response = told->response;
	char cell[CELL_MOST] = "-";
	struct tcpflow_slice type = {0};
	struct bytes *text = http_show_as(conversation, role_of(response));
	size_t from;

	if (response != NULL && response->status != 0)
		bytes_printf(text, " %3u", response->status);
	else
		bytes_text(text, "   -");
	text = http_show_as(conversation, TCPFLOW_ROLE_TEXT);
	bytes_text(text, " ");
	from = text->length;
	if (response != NULL)
		type = http_view_type(response);
	if (type.ptr != NULL && !layout->wide)
		type = short_type(type);
	append_escaped(text, type.ptr, type.len);
	fit(text, from, layout->type, false);
	text = http_show_as(conversation, TCPFLOW_ROLE_META);
	if (layout->wide) {
		if (size_of(request) > 0)
			format_bytes(cell, size_of(request));
		align_right(text, cell, 5);
	}
	snprintf(cell, sizeof(cell), "-");
	if (response != NULL)
		format_bytes(cell, size_of(response));
	align_right(text, cell, 5);
	snprintf(cell, sizeof(cell), "-");
	if (request != NULL && response != NULL &&
	    is_span(&request->end, &response->start))
		format_duration(cell, response->start.ns - request->end.ns);
	align_right(text, cell, 5);
	snprintf(cell, sizeof(cell), "-");
	if (request != NULL && response != NULL &&
	    is_span(&request->start, &response->end))
		format_duration(cell, response->end.ns - request->start.ns);
	align_right(text, cell, 5);
	if (anomalies_of(told) != 0)
		bytes_text(
		    http_show_as(conversation, TCPFLOW_ROLE_ALERT), " !");
}

/* Columns but for the URL. */
static size_t width_of(const struct layout *layout)
{
	return layout->time + 1 + layout->client + 1 + layout->method + 1 + 4 +
	    1 + layout->type + (layout->wide ? 6 : 0) + 6 + 6 + 6 + 2;
}

static void append_columns(struct http_conversation *conversation,
    const struct http_told *told, size_t columns)
{
	const struct layout *layout = columns >= WIDE ? &wide : &narrow;
	size_t taken = width_of(layout);
	size_t url = columns > taken + URL_LEAST ? columns - taken : URL_LEAST;
	struct bytes *text = http_show_as(conversation, TCPFLOW_ROLE_META);
	size_t from;

	append_clock(text, first_of(told)->start.ns, layout->time);
	append_client(text, conversation->info, layout);
	text = http_show_as(conversation, TCPFLOW_ROLE_START);
	bytes_text(text, " ");
	from = text->length;
	if (told->request != NULL)
		append_escaped(text, told->request->head.data,
		    told->request->method_length);
	fit(text, from, layout->method, false);
	text = http_show_as(conversation, TCPFLOW_ROLE_TEXT);
	bytes_text(text, " ");
	from = text->length;
	if (told->request != NULL)
		append_url(
		    text, told->request, false, &conversation->worker->scratch);
	else
		bytes_text(text, "-");
	fit(text, from, url, false);
	append_end(conversation, told, layout);
	bytes_text(http_show_as(conversation, TCPFLOW_ROLE_TEXT), "\n");
}

void http_row_tell(
    struct http_conversation *conversation, const struct http_told *told)
{
	uint32_t columns = conversation->http->columns;

	http_show_begin(conversation);
	if (columns > 0)
		append_columns(conversation, told, columns);
	else
		append_fields(conversation,
		    http_show_as(conversation, TCPFLOW_ROLE_TEXT), told);
	http_show_put(conversation, TCPFLOW_C2S);
}
