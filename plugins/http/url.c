/* SPDX-License-Identifier: BSD-2-Clause */
/* What the target of a request says: path, query, and the whole URI. */
#include "plugins/http/view.h"

#include <string.h>

#include "plugins/common/text.h"

static struct tcpflow_slice target_of(const struct http_message *request)
{
	struct tcpflow_slice target = {0};

	target.ptr = http_message_start(request, &target.len);
	return target;
}

static struct tcpflow_slice from(struct tcpflow_slice text, size_t skipped)
{
	return (struct tcpflow_slice){
	    (const uint8_t *)text.ptr + skipped, text.len - skipped};
}

/* Behind "http://": how long that is; 0: the target is in another form. */
static size_t scheme_length(struct tcpflow_slice target)
{
	const uint8_t *bytes = target.ptr;

	for (size_t i = 0; i + 2 < target.len; i++) {
		if (bytes[i] == ':')
			return i > 0 && bytes[i + 1] == '/' &&
				bytes[i + 2] == '/'
			    ? i + 3
			    : 0;
		if (bytes[i] == '/' || bytes[i] == '?')
			return 0;
	}
	return 0;
}

/* Path and query. */
struct tcpflow_slice http_url_local(const struct http_message *request)
{
	struct tcpflow_slice target = target_of(request);
	size_t scheme = scheme_length(target);
	const uint8_t *bytes = target.ptr;

	if (scheme == 0)
		return target;
	while (
	    scheme < target.len && bytes[scheme] != '/' && bytes[scheme] != '?')
		scheme++;
	return from(target, scheme);
}

struct tcpflow_slice http_url_path(const struct http_message *request)
{
	struct tcpflow_slice local = http_url_local(request);
	const uint8_t *mark = local.len > 0 ? memchr(local.ptr, '?', local.len)
					    : NULL;

	if (mark != NULL)
		local.len = (size_t)(mark - (const uint8_t *)local.ptr);
	return local;
}

struct tcpflow_slice http_url_query(const struct http_message *request)
{
	struct tcpflow_slice local = http_url_local(request);
	const uint8_t *mark = local.len > 0 ? memchr(local.ptr, '?', local.len)
					    : NULL;

	if (mark == NULL)
		return (struct tcpflow_slice){0};
	return from(local, (size_t)(mark - (const uint8_t *)local.ptr) + 1);
}

struct tcpflow_slice http_url_host(const struct http_message *request)
{
	struct tcpflow_slice host = {0};
	const uint8_t *value;
	size_t length;

	if (http_message_find(request, "Host", &value, &length) && length > 0)
		host = (struct tcpflow_slice){value, length};
	return host;
}

struct tcpflow_slice http_url_authority(const struct http_message *request)
{
	struct tcpflow_slice target = target_of(request);
	size_t scheme = scheme_length(target);
	struct tcpflow_slice local;

	if (scheme == 0) {
		local = http_url_host(request);
		return local.len > 0 || target.len == 0 ||
			*(const uint8_t *)target.ptr == '/'
		    ? local
		    : target; /* CONNECT */
	}
	local = http_url_local(request);
	target = from(target, scheme);
	target.len -= local.len;
	return target;
}

bool http_parameter_next(
    struct tcpflow_slice *text, struct http_parameter *parameter)
{
	while (text->len > 0) {
		const uint8_t *bytes = text->ptr;
		const uint8_t *ampersand = memchr(bytes, '&', text->len);
		size_t length = ampersand != NULL ? (size_t)(ampersand - bytes)
						  : text->len;
		const uint8_t *equals = memchr(bytes, '=', length);
		size_t name = equals != NULL ? (size_t)(equals - bytes)
					     : length;

		*text = from(*text, length + (ampersand != NULL));
		if (length == 0)
			continue;
		parameter->name = (struct tcpflow_slice){bytes, name};
		parameter->value = equals != NULL
		    ? (struct tcpflow_slice){equals + 1, length - name - 1}
		    : (struct tcpflow_slice){0};
		return true;
	}
	return false;
}

void http_parameter_decode(struct bytes *to, struct tcpflow_slice text)
{
	const uint8_t *bytes = text.ptr;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = bytes[i];

		if (byte == '%' && text.len - i > 2 &&
		    text_is_hex(bytes[i + 1]) && text_is_hex(bytes[i + 2])) {
			byte = (uint8_t)(text_hex_value(bytes[i + 1]) << 4 |
			    text_hex_value(bytes[i + 2]));
			i += 2;
		} else if (byte == '+') {
			byte = ' ';
		}
		bytes_append(to, &byte, 1);
	}
}

bool http_url_append(struct bytes *text, const struct http_message *request)
{
	struct tcpflow_slice target = target_of(request);
	struct tcpflow_slice host = http_url_host(request);

	if (target.len == 0)
		return false;
	if (*(const uint8_t *)target.ptr == '/' && host.ptr != NULL) {
		bytes_text(text, "http://");
		bytes_append(text, host.ptr, host.len);
	} else if (scheme_length(target) == 0) {
		return false; /* CONNECT, OPTIONS * */
	}
	bytes_append(text, target.ptr, target.len);
	return !text->failed;
}
