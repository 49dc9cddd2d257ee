/* SPDX-License-Identifier: BSD-2-Clause */
/* Start lines (RFC 9112, sections 3 and 4), as servers and clients bear them
 * rather than as they should be: what is odd is noted, and every byte is in
 * method, target or reason. */
#include "plugins/http/head.h"

#include <string.h>
#include <strings.h>

#define VERSION_LENGTH 8u /* HTTP/1.1 */
#define JUNK_MOST 4u

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* "HTTP/1.1", or http/1.1, which is odd. */
static bool take_version(struct http_message *message, const uint8_t *at)
{
	if (strncasecmp((const char *)at, "HTTP/", 5) != 0 ||
	    !is_digit(at[5]) || at[6] != '.' || !is_digit(at[7]))
		return false;
	message->has_version = true;
	message->major = (uint8_t)(at[5] - '0');
	message->minor = (uint8_t)(at[7] - '0');
	if (memcmp(at, "HTTP/1.", 7) != 0 || at[7] > '1')
		message->anomalies |= HTTP_ODD_VERSION;
	return true;
}

static void set_start(
    struct http_message *message, size_t offset, size_t length)
{
	message->start_at = (uint32_t)offset;
	message->start_length = (uint32_t)length;
}

static size_t word_length(const uint8_t *at, size_t length)
{
	size_t word = 0;

	while (word < length && !http_is_blank(at[word]))
		word++;
	return word;
}

/* What is behind the method: a target, and nearly always a version. */
static void take_target(struct http_message *message, struct http_head *head,
    const uint8_t *line, size_t from, size_t to)
{
	size_t end = to;

	while (end > from && http_is_blank(line[end - 1]))
		end--;
	to = end;
	if (end - from > VERSION_LENGTH &&
	    http_is_blank(line[end - VERSION_LENGTH - 1]) &&
	    take_version(message, line + end - VERSION_LENGTH)) {
		end -= VERSION_LENGTH + 1;
		while (end > from && http_is_blank(line[end - 1]))
			end--;
	}
	/* More than one word, or more than one blank between two. */
	if (word_length(line + from, end - from) != end - from ||
	    (message->has_version && to - end != VERSION_LENGTH + 1) ||
	    (message->has_version && line[end] != ' '))
		message->anomalies |= HTTP_ODD_START;
	set_start(message, from, end - from);
	if (!message->has_version) {
		head->simple = true;
		message->anomalies |= HTTP_NO_VERSION;
	}
}

/* A word in capitals may be a method whose target was left out. */
static bool is_capitals(const uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (at[i] < 'A' || at[i] > 'Z')
			return false;
	}
	return length > 0;
}

bool http_start_request(struct http_message *message, struct http_head *head,
    const uint8_t *line, size_t length)
{
	size_t method = word_length(line, length);
	size_t target = method;

	while (target < length && http_is_blank(line[target]))
		target++;
	if (target == length ? !is_capitals(line, method)
			     : !http_is_token(line, method)) {
		set_start(message, 0, length);
		return false;
	}
	message->method_length = (uint32_t)method;
	for (size_t i = 0; i < method; i++) {
		if (line[i] >= 'a' && line[i] <= 'z')
			message->anomalies |= HTTP_ODD_METHOD;
	}
	if (target != method + 1 || target == length || line[method] != ' ')
		message->anomalies |= HTTP_ODD_START;
	take_target(message, head, line, target, length);
	head->connects = method == 7 && memcmp(line, "CONNECT", 7) == 0;
	return true;
}

/* Three digits, and nothing else. */
static bool take_status(
    struct http_message *message, const uint8_t *at, size_t length)
{
	if (length != 3 || !is_digit(at[0]) || !is_digit(at[1]) ||
	    !is_digit(at[2]))
		return false;
	message->status = (uint16_t)((at[0] - '0') * 100 + (at[1] - '0') * 10 +
	    (at[2] - '0'));
	return true;
}

/* Browsers pass over a few bytes in front of a status line. */
static size_t junk_before(const uint8_t *line, size_t length)
{
	for (size_t junk = 1; junk <= JUNK_MOST && junk + 5 <= length; junk++) {
		if (strncasecmp((const char *)line + junk, "HTTP/", 5) == 0)
			return junk;
	}
	return 0;
}

bool http_start_response(
    struct http_message *message, const uint8_t *line, size_t length)
{
	size_t junk = junk_before(line, length);
	size_t version = junk + word_length(line + junk, length - junk);
	size_t at = version;
	size_t status;

	if (length < 4 ||
	    (junk == 0 && strncasecmp((const char *)line, "HTTP", 4) != 0 &&
		memcmp(line, "ICY ", 4) != 0)) {
		set_start(message, 0, length);
		return false;
	}
	if (version - junk != VERSION_LENGTH ||
	    !take_version(message, line + junk))
		message->anomalies |= HTTP_ODD_VERSION;
	if (junk > 0)
		message->anomalies |= HTTP_ODD_START;
	while (at < length && http_is_blank(line[at]))
		at++;
	status = word_length(line + at, length - at);
	if (at != version + 1 || line[version] != ' ')
		message->anomalies |= HTTP_ODD_START;
	if (take_status(message, line + at, status))
		at += status < length - at ? status + 1 : status;
	else
		message->anomalies |= HTTP_ODD_STATUS;
	set_start(message, at, length - at);
	return true;
}

void http_start_cut(struct http_message *message)
{
	const uint8_t *target = message->head.data + message->start_at;
	size_t word = word_length(target, message->start_length);
	size_t rest = word;

	if (message->is_response || message->has_version)
		return;
	while (rest < message->start_length && http_is_blank(target[rest]))
		rest++;
	if (message->start_length - rest < VERSION_LENGTH &&
	    strncasecmp((const char *)target + rest, "HTTP/1.1",
		message->start_length - rest) == 0)
		message->start_length = (uint32_t)word;
}
