/* SPDX-License-Identifier: BSD-2-Clause */
/* Is this HTTP/1?  Decided by a start line (RFC 9112, section 3 and 4), never by
 * a port. */
#include "plugins/http/http.h"

#include <string.h>

#define METHOD_MOST 32u
#define TARGET_MOST 4096u

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

int http_starts_response(const uint8_t *data, size_t length)
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

int http_starts_request(const uint8_t *data, size_t length)
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

		skip_lines(&data, &length);
		if (length == 0)
			continue;
		verdict = request_side ? http_starts_request(data, length)
				       : http_starts_response(data, length);
		if (verdict == 1)
			return TCPFLOW_PROBE_YES;
		if (guessed && verdict < 0) {
			verdict = request_side
			    ? http_starts_response(data, length)
			    : http_starts_request(data, length);
			if (verdict == 1)
				return TCPFLOW_PROBE_SWAPPED;
		}
		/* One side that is something else is enough. */
		if (verdict < 0)
			return TCPFLOW_PROBE_NO;
		best = verdict;
	}
	return best == 0 ? TCPFLOW_PROBE_MORE : TCPFLOW_PROBE_NO;
}
