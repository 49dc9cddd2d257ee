/* SPDX-License-Identifier: BSD-2-Clause */
/* Where is HTTP/1?  Decided by a start line (RFC 9112, sections 3 and 4), never
 * by a port: for a stream that is offered, and for what comes behind a gap or
 * behind bytes that were refused. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

#define METHOD_MOST 32u
#define TARGET_MOST 8000u /* as RFC 9112, section 3, asks for */

/* A token of letters and what else methods are made of. */
static bool is_method_byte(uint8_t byte)
{
	return (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
}

static int matches(const uint8_t *data, size_t length, const char *text)
{
	size_t want = strlen(text);
	size_t compare = length < want ? length : want;

	if (memcmp(data, text, compare) != 0)
		return -1;
	return length >= want;
}

/* Whether bytes begin with a start line: -1 no, 0 more are needed, 1 yes. */
static int starts_response(const uint8_t *data, size_t length)
{
	int start = matches(data, length, "HTTP/1.");

	if (start <= 0)
		return start;
	for (size_t i = 7; i < 12; i++) {
		bool digit;

		if (i == length)
			return 0;
		digit = data[i] >= '0' && data[i] <= '9';
		if (i == 8 ? data[i] != ' ' : !digit)
			return -1;
	}
	return 1;
}

static int starts_request(const uint8_t *data, size_t length)
{
	size_t at = 0;
	size_t target;

	while (at < length && is_method_byte(data[at]))
		at++;
	if (at == length)
		return at <= METHOD_MOST ? 0 : -1;
	if (at < 3 || at > METHOD_MOST || data[at] != ' ')
		return -1;
	target = ++at;
	while (at < length && data[at] != ' ') {
		if (data[at] <= ' ' || data[at] == 0x7f ||
		    at - target > TARGET_MOST)
			return -1;
		at++;
	}
	if (at == target && at < length)
		return -1;
	if (at == length)
		return 0;
	return matches(data + at + 1, length - at - 1, "HTTP/1.");
}

/* Empty lines may stand in front of a request (RFC 9112, section 2.2). */
static void skip_lines(const uint8_t **data, size_t *length)
{
	while (*length > 0 && (**data == '\r' || **data == '\n')) {
		++*data;
		--*length;
	}
}

/* "... HTTP/1.1", whatever stands before it: of another protocol it would not
 * be the end of a line. */
static bool names_version(const uint8_t *line, size_t length)
{
	const uint8_t *word;

	while (length > 0 && line[length - 1] <= ' ')
		length--;
	if (length < 9)
		return false;
	word = line + length - 9;
	return word[0] == ' ' &&
	    strncasecmp((const char *)word + 1, "HTTP/", 5) == 0 &&
	    (word[6] == '0' || word[6] == '1') && word[7] == '.' &&
	    word[8] >= '0' && word[8] <= '9';
}

/* "GET /x": a method, perhaps a target, and no version. */
static bool is_simple(const uint8_t *line, size_t length)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT",
	    "DELETE", "OPTIONS", "PATCH", "TRACE"};

	while (length > 0 && line[length - 1] <= ' ')
		length--;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t method = strlen(methods[i]);

		if (length >= method && memcmp(line, methods[i], method) == 0)
			return length == method ||
			    (line[method] == ' ' &&
				memchr(line + method + 1, ' ',
				    length - method - 1) == NULL);
	}
	return false;
}

/* What begins with no request line as it should be may be one all the same: -1
 * no, 1 yes, 0 the rest of the line or the server's answer will tell. */
static int may_start_request(const uint8_t *data, size_t length, bool last)
{
	const uint8_t *end = memchr(data, '\n', length);
	size_t line = end != NULL ? (size_t)(end - data) : length;

	if (starts_response(data, length) == 1 || line >= TARGET_MOST)
		return -1;
	if (end != NULL && names_version(data, line))
		return last ? 1 : 0;
	if (end != NULL && memmem(data, line, "HTTP/1.", 7) != NULL)
		return 0;
	for (size_t i = 0; i < line; i++) {
		if (data[i] < ' ' && data[i] != '\t' && data[i] != '\r')
			return -1;
	}
	if (end == NULL)
		return 0;
	if (!is_simple(data, line))
		return -1;
	/* HTTP/0.9: what answers it need not begin with a status line. */
	return line > 5 && memcmp(data, "GET /", 5) == 0 ? 1 : 0;
}

int32_t http_probe(void *worker, const struct tcpflow_probe *probe)
{
	bool guessed = (probe->info->flags & TCPFLOW_S_DIR_GUESSED) != 0;
	int best = -1;

	(void)worker;
	for (unsigned dir = 0; dir < 2; dir++) {
		const uint8_t *data = probe->head[dir].ptr;
		size_t length = probe->head[dir].len;
		bool request_side = dir == TCPFLOW_C2S;
		int verdict;

		if (length == 0)
			continue;
		skip_lines(&data, &length);
		verdict = request_side ? starts_request(data, length)
				       : starts_response(data, length);
		if (verdict == 1)
			return TCPFLOW_PROBE_YES;
		if (guessed && verdict < 0) {
			verdict = request_side ? starts_response(data, length)
					       : starts_request(data, length);
			if (verdict == 1)
				return TCPFLOW_PROBE_SWAPPED;
		}
		if (verdict < 0 && request_side && probe->offset[dir] == 0)
			verdict = may_start_request(data, length,
			    (probe->flags & TCPFLOW_PROBE_LAST) != 0);
		if (verdict == 1)
			return TCPFLOW_PROBE_YES;
		/* One side that is something else is enough. */
		if (verdict < 0)
			return TCPFLOW_PROBE_NO;
		best = verdict;
	}
	return best == 0 ? TCPFLOW_PROBE_MORE : TCPFLOW_PROBE_NO;
}

static int starts(uint32_t direction, const uint8_t *data, size_t length)
{
	return direction == TCPFLOW_C2S ? starts_request(data, length)
					: starts_response(data, length);
}

/* Up to and with the end of the line. */
static size_t line_length(const uint8_t *data, size_t length)
{
	const uint8_t *end = memchr(data, '\n', length);

	return end != NULL ? (size_t)(end - data) + 1 : length;
}

/* A status line may stand anywhere behind bytes that say nothing: they may be a
 * body that should not be there, and such a one need not end with a newline.  A
 * request line is not told so easily from a text. */
static bool is_anywhere(const struct http_search *search, uint32_t direction)
{
	return search->by_line && direction == TCPFLOW_S2C;
}

/* Up to what is, or may become, the begin of a status line. */
static size_t length_before_status(const uint8_t *data, size_t length)
{
	for (size_t at = 1; at < length; at++) {
		const uint8_t *next = memchr(data + at, 'H', length - at);

		if (next == NULL)
			return length;
		at = (size_t)(next - data);
		if (matches(next, length - at, "HTTP/1.") >= 0)
			return at;
	}
	return length;
}

/* No start line: the rest of the line, or of the segment, is none either. */
static void skip(struct http_conversation *conversation,
    struct http_search *search, uint32_t direction, const uint8_t *data,
    size_t *length)
{
	if (is_anywhere(search, direction))
		*length = length_before_status(data, *length);
	else if (search->by_line)
		*length = line_length(data, *length);
	search->at_start = search->by_line && data[*length - 1] == '\n';
	conversation->http->host->count(conversation->scope, "skipped_bytes",
	    *length + search->line.length);
	http_drop(conversation, &search->line);
}

/* What was kept is no start line; data may begin one. */
static void forget(struct http_conversation *conversation,
    struct http_search *search, size_t *length)
{
	*length = 0;
	conversation->http->host->count(
	    conversation->scope, "skipped_bytes", search->line.length);
	http_drop(conversation, &search->line);
}

/* One more piece of what may become a start line. */
static enum http_found keep(struct http_conversation *conversation,
    struct http_search *search, uint32_t direction, const uint8_t *data,
    size_t *length)
{
	struct bytes *line = &search->line;
	size_t piece = line_length(data, *length);
	int verdict;

	if (line->length == 0)
		search->line_at = conversation->now;
	if (piece > HTTP_LINE_MOST - line->length ||
	    !http_keep(conversation, line, data, piece)) {
		skip(conversation, search, direction, data, length);
		return HTTP_FOUND_NOTHING;
	}
	verdict = starts(direction, line->data, line->length);
	if (verdict < 0) {
		line->length -= piece;
		if (is_anywhere(search, direction))
			forget(conversation, search, length);
		else
			skip(conversation, search, direction, data, length);
		return HTTP_FOUND_NOTHING;
	}
	*length = piece;
	return verdict == 1 ? HTTP_FOUND_KEPT : HTTP_FOUND_NOTHING;
}

enum http_found http_search(struct http_conversation *conversation,
    struct http_search *search, uint32_t direction, const uint8_t *data,
    size_t *length)
{
	int verdict;

	if (search->line.length > 0)
		return keep(conversation, search, direction, data, length);
	verdict = search->at_start || is_anywhere(search, direction)
	    ? starts(direction, data, *length)
	    : -1;
	if (verdict == 0)
		return keep(conversation, search, direction, data, length);
	if (verdict < 0) {
		skip(conversation, search, direction, data, length);
		return HTTP_FOUND_NOTHING;
	}
	*length = 0;
	return HTTP_FOUND_HERE;
}
