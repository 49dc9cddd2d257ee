/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network calls a body: by Content-Disposition (RFC 6266), else by the
 * last part of the request's path.  It is told in records, and never leads to a
 * file. */
#include "plugins/http/http.h"

#include <string.h>
#include <strings.h>

/* The value of a parameter behind the first semicolon, without its quotes; what
 * is escaped within them stays so.  False: there is none. */
static bool find_parameter(const uint8_t *at, size_t length, const char *name,
    struct http_token *value)
{
	const uint8_t *end = at + length;
	size_t want = strlen(name);

	while (at < end) {
		const uint8_t *start;
		bool quoted = false;
		const uint8_t *equals;
		struct http_token key;

		while (at < end && *at != ';')
			at++;
		if (at == end)
			return false;
		start = ++at;
		for (; at < end && (quoted || *at != ';'); at++) {
			if (quoted && *at == '\\' && at + 1 < end)
				at++;
			else if (*at == '"')
				quoted = !quoted;
		}
		equals = memchr(start, '=', (size_t)(at - start));
		if (equals == NULL)
			continue;
		key = (struct http_token){start, (size_t)(equals - start)};
		http_trim(&key.at, &key.length);
		*value = (struct http_token){
		    equals + 1, (size_t)(at - equals - 1)};
		http_trim(&value->at, &value->length);
		if (key.length == want &&
		    strncasecmp((const char *)key.at, name, want) == 0)
			return true;
	}
	return false;
}

static int digit_of(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* "%C3%BC" as the bytes that it stands for. */
static void append_decoded(struct bytes *text, struct http_token token)
{
	while (token.length > 0) {
		uint8_t byte = *token.at;
		size_t taken = 1;

		if (byte == '%' && token.length >= 3 &&
		    digit_of(token.at[1]) >= 0 && digit_of(token.at[2]) >= 0) {
			byte = (uint8_t)(digit_of(token.at[1]) * 16 +
			    digit_of(token.at[2]));
			taken = 3;
		}
		bytes_append(text, &byte, 1);
		token.at += taken;
		token.length -= taken;
	}
}

static void append_unquoted(struct bytes *text, struct http_token token)
{
	bool quoted = token.length >= 2 && token.at[0] == '"' &&
	    token.at[token.length - 1] == '"';

	if (!quoted) {
		bytes_append(text, token.at, token.length);
		return;
	}
	for (size_t i = 1; i + 1 < token.length; i++) {
		if (token.at[i] == '\\' && i + 2 < token.length)
			i++;
		bytes_append(text, token.at + i, 1);
	}
}

/* Behind "UTF-8'en'" (RFC 8187). */
static struct http_token behind_language(struct http_token token)
{
	for (unsigned quotes = 0; quotes < 2; quotes++) {
		const uint8_t *quote = memchr(token.at, '\'', token.length);

		if (quote == NULL)
			break;
		token.length -= (size_t)(quote + 1 - token.at);
		token.at = quote + 1;
	}
	return token;
}

/* What stands between the path's last slash and the query. */
static struct http_token last_part(const struct http_message *request)
{
	struct http_token part;
	const uint8_t *slash;

	part.at = http_message_start(request, &part.length);
	for (size_t i = 0; i < part.length; i++) {
		if (part.at[i] == '?' || part.at[i] == '#')
			part.length = i;
	}
	slash = part.length > 0 ? memrchr(part.at, '/', part.length) : NULL;
	if (slash == NULL)
		return (struct http_token){NULL, 0};
	part.length -= (size_t)(slash + 1 - part.at);
	part.at = slash + 1;
	return part;
}

bool http_name_append(struct bytes *text, const struct http_message *message,
    const struct http_message *request)
{
	size_t before = text->length;
	struct http_token token;
	const uint8_t *value;
	size_t length;

	if (http_message_find(
		message, "Content-Disposition", &value, &length)) {
		if (find_parameter(value, length, "filename*", &token))
			append_decoded(text, behind_language(token));
		else if (find_parameter(value, length, "filename", &token))
			append_unquoted(text, token);
	}
	if (text->length == before && request != NULL)
		append_decoded(text, last_part(request));
	return text->length > before && !text->failed;
}
