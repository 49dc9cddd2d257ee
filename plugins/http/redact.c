/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes secrets out of a message: each header once it is complete, target and
 * form fields once the message is, and always before anything can show it, so
 * that no rendering has to think of it.  A value becomes a pseudonym under a key
 * that only this run has: equal ones stay equal, and their length is gone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "plugins/common/glob.h"
#include "plugins/common/multipart.h"
#include "plugins/common/siphash.h"
#include "plugins/http/redact.h"
#include "plugins/http/view.h"

#define PSEUDONYM_ROOM 32u
#define NAME_MOST 256u /* of a parameter that is looked at */

enum kind { QUERY, FORM, HEADER, KINDS };

struct name {
	struct name *next;
	char pattern[];
};

struct http_redaction {
	uint8_t key[SIPHASH_KEY];
	unsigned bits; /* HTTP_REDACT_...                 */
	struct name *names[KINDS];
};

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

static const char *const prefixes[KINDS] = {
    [QUERY] = "query:",
    [FORM] = "form:",
    [HEADER] = "header:",
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

/* OK; EINVAL: it has no such prefix, or nothing behind it; ENOMEM. */
static int32_t add_name(
    struct http_redaction *redaction, const char *word, size_t length)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		size_t prefix = strlen(prefixes[kind]);
		struct name *name;

		if (length <= prefix ||
		    strncmp(word, prefixes[kind], prefix) != 0)
			continue;
		name = calloc(1, sizeof(*name) + length - prefix + 1);
		if (name == NULL)
			return TCPFLOW_ENOMEM;
		memcpy(name->pattern, word + prefix, length - prefix);
		name->next = redaction->names[kind];
		redaction->names[kind] = name;
		return TCPFLOW_OK;
	}
	return TCPFLOW_EINVAL;
}

static bool hides(const struct http_redaction *redaction)
{
	return redaction->bits != 0 || redaction->names[QUERY] != NULL ||
	    redaction->names[FORM] != NULL || redaction->names[HEADER] != NULL;
}

int32_t http_redaction_parse(
    const char *list, struct http_redaction **redaction)
{
	struct http_redaction *made = calloc(1, sizeof(*made));
	int32_t result = TCPFLOW_OK;

	if (made == NULL)
		return TCPFLOW_ENOMEM;
	for (bool more = true; more && result == TCPFLOW_OK;) {
		size_t length = strcspn(list, ",");

		if (!word_bits(list, length, &made->bits))
			result = add_name(made, list, length);
		more = list[length] != '\0';
		list += length + more;
	}
	if (result == TCPFLOW_OK && getentropy(made->key, SIPHASH_KEY) != 0)
		result = TCPFLOW_EIO;
	http_redaction_free(redaction);
	if (result == TCPFLOW_OK && hides(made))
		*redaction = made;
	else
		http_redaction_free(&made);
	return result;
}

void http_redaction_free(struct http_redaction **redaction)
{
	for (unsigned kind = 0; kind < KINDS && *redaction != NULL; kind++) {
		while ((*redaction)->names[kind] != NULL) {
			struct name *next = (*redaction)->names[kind]->next;

			free((*redaction)->names[kind]);
			(*redaction)->names[kind] = next;
		}
	}
	free(*redaction);
	*redaction = NULL;
}

static bool is_named(const struct http_redaction *redaction, enum kind kind,
    const void *bytes, size_t length)
{
	for (const struct name *name = redaction->names[kind]; name != NULL;
	     name = name->next) {
		if (glob_matches(name->pattern, bytes, length))
			return true;
	}
	return false;
}

/* What of a header of this name is secret, or may hold a secret. */
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
	    {"Referer", HTTP_REDACT_URL},
	    {"Location", HTTP_REDACT_URL},
	    {"Content-Location", HTTP_REDACT_URL},
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

/* A name for the secret; of an empty one there is nothing to hide. */
static bool put_pseudonym(struct http_conversation *conversation,
    const uint8_t *secret, size_t length)
{
	char text[PSEUDONYM_ROOM];
	int count;

	if (length == 0)
		return true;
	count = snprintf(text, sizeof(text), HTTP_PSEUDONYM "%012" PRIx64,
	    siphash(conversation->http->redact->key, secret, length) >> 16);
	return put(conversation, text, (size_t)count);
}

/* "Basic dXNlcjpwYXNz": the scheme may be known (RFC 9110, section 11.4). */
static bool put_credentials(
    struct http_conversation *conversation, const uint8_t *value, size_t length)
{
	const uint8_t *blank = memchr(value, ' ', length);
	size_t scheme = blank != NULL ? (size_t)(blank - value) + 1 : 0;

	return put(conversation, value, scheme) &&
	    put_pseudonym(conversation, value + scheme, length - scheme);
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
		bool named = cookie.value != NULL;

		if (!first)
			good = put(conversation, "; ", 2);
		if (!first && first_only) {
			good = good &&
			    put(conversation, cookie.name,
				cookie.name_length +
				    (named ? cookie.value_length + 1 : 0));
			continue;
		}
		if (named)
			good = good &&
			    put(conversation, cookie.name,
				cookie.name_length + 1);
		good = good &&
		    put_pseudonym(conversation,
			named ? cookie.value : cookie.name,
			named ? cookie.value_length : cookie.name_length);
		first = false;
	}
	return good;
}

static unsigned digit_of(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10u : 16u;
}

/* Whether a parameter's name, however it is encoded, is one of these.  Longer
 * names than are looked at count as if they were. */
static bool is_secret(struct http_conversation *conversation, enum kind kind,
    const uint8_t *name, size_t length)
{
	uint8_t plain[NAME_MOST];
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		uint8_t byte = name[i];

		if (count == sizeof(plain))
			return conversation->http->redact->names[kind] != NULL;
		if (byte == '%' && length - i > 2 &&
		    digit_of(name[i + 1]) < 16 && digit_of(name[i + 2]) < 16) {
			byte = (uint8_t)(digit_of(name[i + 1]) << 4 |
			    digit_of(name[i + 2]));
			i += 2;
		} else if (byte == '+') {
			byte = ' ';
		}
		plain[count++] = byte;
	}
	return is_named(conversation->http->redact, kind, plain, count);
}

static bool is_separator(uint8_t byte)
{
	return byte == '&' || byte == ';' || byte == '#' || byte == '?';
}

/* "a=b&c=d", with what is between. */
static bool put_pairs(struct http_conversation *conversation, enum kind kind,
    const uint8_t *bytes, size_t length)
{
	bool good = true;

	for (size_t i = 0; i < length && good;) {
		size_t stop = i;
		size_t name;

		while (stop < length && bytes[stop] != '=' &&
		    !is_separator(bytes[stop]))
			stop++;
		name = stop - i;
		while (stop < length &&
		    (kind == FORM ? bytes[stop] != '&' && bytes[stop] != ';'
				  : !is_separator(bytes[stop])))
			stop++;
		if (stop - i > name &&
		    is_secret(conversation, kind, bytes + i, name))
			good = put(conversation, bytes + i, name + 1) &&
			    put_pseudonym(conversation, bytes + i + name + 1,
				stop - i - name - 1);
		else
			good = put(conversation, bytes + i, stop - i);
		if (stop < length)
			good = good && put(conversation, bytes + stop++, 1);
		i = stop;
	}
	return good;
}

/* "http://user:password@host/path?query#fragment" */
static bool put_url(
    struct http_conversation *conversation, const uint8_t *url, size_t length)
{
	const uint8_t *scheme = memmem(url, length, "://", 3);
	size_t host = scheme != NULL ? (size_t)(scheme - url) + 3 : 0;
	size_t stop = host;
	size_t query = 0;
	const uint8_t *at;
	bool good;

	while (stop < length && url[stop] != '/' && !is_separator(url[stop]))
		stop++;
	at = host > 0 ? memrchr(url + host, '@', stop - host) : NULL;
	good = put(conversation, url, host);
	if (good && at != NULL &&
	    conversation->http->redact->bits & HTTP_REDACT_AUTHORIZATION) {
		good = put_pseudonym(
		    conversation, url + host, (size_t)(at - url) - host);
		host = (size_t)(at - url);
	}
	query = host;
	while (query < length && url[query] != '?' && url[query] != '#')
		query++;
	query += query < length;
	return good && put(conversation, url + host, query - host) &&
	    put_pairs(conversation, QUERY, url + query, length - query);
}

static bool build(struct http_conversation *conversation, unsigned bit,
    const uint8_t *value, size_t length)
{
	switch (bit) {
	case HTTP_REDACT_COOKIE:
		return put_cookies(conversation, value, length, false);
	case HTTP_REDACT_SET_COOKIE:
		return put_cookies(conversation, value, length, true);
	case HTTP_REDACT_AUTHORIZATION:
		return put_credentials(conversation, value, length);
	case HTTP_REDACT_URL:
		return put_url(conversation, value, length);
	default:
		return put_pseudonym(conversation, value, length);
	}
}

static bool looks_at_urls(const struct http_redaction *redaction)
{
	return redaction->bits & HTTP_REDACT_AUTHORIZATION ||
	    redaction->names[QUERY] != NULL;
}

/* The head ends with the header's value: what is put there instead goes on from
 * the same place. */
void http_redact(struct http_conversation *conversation,
    struct http_message *message, struct http_header *header)
{
	const struct http_redaction *redaction = conversation->http->redact;
	struct bytes *head = &message->head;
	struct bytes *text = &conversation->redacted;
	const uint8_t *name = head->data + header->name;
	unsigned bits;
	unsigned bit;
	bool good;

	if (redaction == NULL || header->value_length == 0)
		return;
	bits = redaction->bits |
	    (looks_at_urls(redaction) ? HTTP_REDACT_URL : 0);
	bit = secret_in(name, header->name_length) & bits;
	if (is_named(redaction, HEADER, name, header->name_length))
		bit = HTTP_REDACT_WHOLE;
	if (bit == 0)
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
	if (bit != HTTP_REDACT_URL)
		conversation->http->host->count(
		    conversation->scope, "redacted", 1);
}

/* What was built takes the place of `bytes`. */
static void exchange(
    struct http_conversation *conversation, struct bytes *bytes)
{
	struct bytes old = *bytes;

	*bytes = conversation->redacted;
	conversation->redacted = (struct bytes){0};
	memset(old.data, 0, old.length);
	http_drop(conversation, &old);
}

/* Names and values stand behind the target. */
static void redact_target(
    struct http_conversation *conversation, struct http_message *message)
{
	struct http_header *headers =
	    (struct http_header *)(void *)message->headers.data;
	size_t count = http_message_header_count(message);
	const uint8_t *head = message->head.data;
	size_t stop = message->start_at + message->start_length;
	size_t length = message->head.length;
	bool good = put(conversation, head, message->start_at) &&
	    put_url(
		conversation, head + message->start_at, message->start_length);
	uint32_t now =
	    (uint32_t)(conversation->redacted.length - message->start_at);
	uint32_t shift = now - message->start_length; /* modulo 2^32 */

	good = good && put(conversation, head + stop, length - stop);
	if (!good) {
		memset(message->head.data + message->start_at, '-',
		    message->start_length);
		message->anomalies |= HTTP_NO_MEMORY;
		http_drop(conversation, &conversation->redacted);
		return;
	}
	exchange(conversation, &message->head);
	message->start_length = now;
	for (size_t i = 0; i < count; i++) {
		headers[i].name += shift;
		headers[i].value += shift;
	}
}

/* The content of the parts that have such a name; all else stays. */
static bool put_parts(
    struct http_conversation *conversation, const struct http_message *message)
{
	const struct bytes *shown = &message->body.shown;
	const uint8_t *copied = shown->data;
	const uint8_t *end = shown->data + shown->length;
	struct tcpflow_slice type = {0};
	struct multipart multipart;
	struct multipart_part part;
	const uint8_t *value;
	bool good = true;

	if (http_message_find(message, "Content-Type", &value, &type.len))
		type.ptr = value;
	/* Without a boundary nobody can tell what is secret. */
	if (!multipart_begin(&multipart, type, shown->data, shown->length))
		return put_pseudonym(conversation, shown->data, shown->length);
	while (good && multipart_next(&multipart, &part)) {
		struct tcpflow_slice name = multipart_parameter(
		    multipart_header(&part, "Content-Disposition"), "name");
		const uint8_t *content = part.content.ptr;

		if (name.ptr == NULL ||
		    !is_named(
			conversation->http->redact, FORM, name.ptr, name.len))
			continue;
		good = put(conversation, copied, (size_t)(content - copied)) &&
		    put_pseudonym(conversation, content, part.content.len);
		copied = content + part.content.len;
	}
	return good && put(conversation, copied, (size_t)(end - copied));
}

static void redact_form(struct http_conversation *conversation,
    struct http_message *message, enum http_form form)
{
	struct bytes *shown = &message->body.shown;
	bool good;

	message->body.redacted = true;
	if (shown->length == 0)
		return;
	good = form == HTTP_FORM_URLENCODED
	    ? put_pairs(conversation, FORM, shown->data, shown->length)
	    : put_parts(conversation, message);
	if (good) {
		exchange(conversation, shown);
		return;
	}
	message->anomalies |= HTTP_NO_MEMORY;
	memset(shown->data, 0, shown->length);
	http_drop(conversation, shown);
	http_drop(conversation, &conversation->redacted);
}

void http_redact_message(
    struct http_conversation *conversation, struct http_message *message)
{
	const struct http_redaction *redaction = conversation->http->redact;
	enum http_form form;

	if (redaction == NULL)
		return;
	if (!message->is_response && message->start_length > 0 &&
	    looks_at_urls(redaction))
		redact_target(conversation, message);
	if (redaction->names[FORM] == NULL || message->body.encoded == 0)
		return;
	form = http_form_of(message);
	if (form != HTTP_FORM_NONE)
		redact_form(conversation, message, form);
}
