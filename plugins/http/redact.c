/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes secrets out of a message's head.  Each header passes here once, before
 * anything can read it, so no rendering has to think of it. */
#include <string.h>
#include <strings.h>

#include "plugins/http/http.h"

static const char replacement[] = "[redacted]";

/* What is asked for by one word of the list. */
static const struct {
	const char *word;
	unsigned bits;
} words[] = {
    {"cookie", HTTP_REDACT_COOKIE},
    {"set-cookie", HTTP_REDACT_SET_COOKIE},
    {"authorization", HTTP_REDACT_AUTHORIZATION},
    {"all", HTTP_REDACT_ALL},
    {"none", 0},
};

static bool word_bits(const char *word, size_t length, unsigned *bits)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == length &&
		    strncmp(words[i].word, word, length) == 0) {
			*bits |= words[i].bits;
			return true;
		}
	}
	return false;
}

bool http_redact_parse(const char *list, unsigned *bits)
{
	*bits = 0;
	for (;;) {
		size_t length = strcspn(list, ",");

		if (!word_bits(list, length, bits))
			return false;
		if (list[length] == '\0')
			return true;
		list += length + 1;
	}
}

/* What of a header of this name is secret. */
static unsigned secret_in(const uint8_t *name, size_t length)
{
	static const struct {
		const char *name;
		unsigned bit;
	} headers[] = {
	    {"Cookie", HTTP_REDACT_COOKIE},
	    {"Set-Cookie", HTTP_REDACT_SET_COOKIE},
	    {"Authorization", HTTP_REDACT_AUTHORIZATION},
	    {"Proxy-Authorization", HTTP_REDACT_AUTHORIZATION},
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (strlen(headers[i].name) == length &&
		    strncasecmp(headers[i].name, (const char *)name, length) ==
			0)
			return headers[i].bit;
	}
	return 0;
}

static bool put(
    struct http_conversation *conversation, const void *bytes, size_t length)
{
	return http_keep(conversation, &conversation->redacted, bytes, length);
}

static bool put_replacement(struct http_conversation *conversation)
{
	return put(conversation, replacement, sizeof(replacement) - 1);
}

/* "Basic dXNlcjpwYXNz": the scheme may be known (RFC 9110, section 11.4). */
static bool put_credentials(
    struct http_conversation *conversation, const uint8_t *value, size_t length)
{
	const uint8_t *blank = memchr(value, ' ', length);

	return (blank == NULL ||
		   put(conversation, value, (size_t)(blank - value) + 1)) &&
	    put_replacement(conversation);
}

/* The values of all pieces, or of the first one alone: of a Set-Cookie the rest
 * are attributes.  A piece without a name is all value. */
static bool put_cookies(struct http_conversation *conversation,
    const uint8_t *value, size_t length, bool first_only)
{
	struct http_cookie cookie;
	bool first = true;
	bool good = true;

	while (good && http_cookie_next(&value, &length, &cookie)) {
		if (!first)
			good = put(conversation, "; ", 2);
		if (!first && first_only) {
			good &= put(conversation, cookie.name,
			    cookie.name_length +
				(cookie.value != NULL ? cookie.value_length + 1
						      : 0));
			continue;
		}
		if (cookie.value != NULL)
			good &= put(
			    conversation, cookie.name, cookie.name_length + 1);
		good = good && put_replacement(conversation);
		first = false;
	}
	return good;
}

static bool build(struct http_conversation *conversation, unsigned bit,
    const uint8_t *value, size_t length)
{
	switch (bit) {
	case HTTP_REDACT_COOKIE:
		return put_cookies(conversation, value, length, false);
	case HTTP_REDACT_SET_COOKIE:
		return put_cookies(conversation, value, length, true);
	default:
		return put_credentials(conversation, value, length);
	}
}

/* The head ends with the header's value: what is put there instead goes on from
 * the same place. */
void http_redact(struct http_conversation *conversation,
    struct http_message *message, struct http_header *header)
{
	struct bytes *head = &message->head;
	struct bytes *text = &conversation->redacted;
	unsigned bit = secret_in(
	    head->data + header->name, header->name_length);
	bool good;

	if ((bit & conversation->http->redact) == 0 ||
	    header->value_length == 0)
		return;
	good = build(conversation, bit, head->data + header->value,
	    header->value_length);
	memset(head->data + header->value, 0, header->value_length);
	head->length = header->value;
	header->value_length = 0;
	if (good && http_keep(conversation, head, text->data, text->length))
		header->value_length = (uint32_t)text->length;
	else
		message->anomalies |= HTTP_NO_MEMORY;
	http_drop(conversation, text);
	conversation->http->host->count(conversation->scope, "redacted", 1);
}
