/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fake host tells a plugin of a stream: copies that are its for a
 * time, and addresses that a test writes as text. */
#include "tests/plugin/fake_private.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct tcpflow_addr fake_address(const char *text)
{
	struct tcpflow_addr address = {.family = 4};
	char ip[64];
	const char *colon = strrchr(text, ':');
	size_t length;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(ip))
		fake_fail("%s is no address", text);
	length = (size_t)(colon - text);
	if (*text == '[' && colon[-1] == ']') {
		address.family = 6;
		text++;
		length -= 2;
	}
	memcpy(ip, text, length);
	ip[length] = '\0';
	if (inet_pton(
		address.family == 6 ? AF_INET6 : AF_INET, ip, address.ip) != 1)
		fake_fail("%s is no address", text);
	address.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return address;
}

/* A piece of memory that is filled from its start. */
struct place {
	char *at;
};

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static const char *move_text(struct place *place, const char *text)
{
	char *copy = place->at;
	size_t size = text_size(text);

	if (text == NULL)
		return NULL;
	memcpy(copy, text, size);
	place->at += size;
	return copy;
}

static struct tcpflow_slice move_slice(
    struct place *place, struct tcpflow_slice slice)
{
	struct tcpflow_slice copy = {place->at, slice.len};

	if (slice.len == 0)
		return (struct tcpflow_slice){NULL, 0};
	memcpy(place->at, slice.ptr, slice.len);
	place->at += slice.len;
	return copy;
}

static size_t size_of(const struct tcpflow_stream_info *info)
{
	size_t size = sizeof(*info) + info->nattrs * sizeof(*info->attrs) +
	    text_size(info->layer) + text_size(info->protocol) +
	    text_size(info->source) + info->server_name.len;

	for (size_t i = 0; i < info->nattrs; i++)
		size += text_size(info->attrs[i].key) +
		    info->attrs[i].value.len;
	return size;
}

struct tcpflow_stream_info *fake_info_lend(
    const struct tcpflow_stream_info *info, size_t *size)
{
	struct tcpflow_stream_info *copy;
	struct tcpflow_attr *attrs;
	struct place place;

	*size = size_of(info);
	copy = fake_allocate(*size);
	attrs = (struct tcpflow_attr *)(copy + 1);
	place.at = (char *)(attrs + info->nattrs);
	*copy = *info;
	copy->layer = move_text(&place, info->layer);
	copy->protocol = move_text(&place, info->protocol);
	copy->source = move_text(&place, info->source);
	copy->server_name = move_slice(&place, info->server_name);
	for (size_t i = 0; i < info->nattrs; i++) {
		attrs[i].key = move_text(&place, info->attrs[i].key);
		attrs[i].value = move_slice(&place, info->attrs[i].value);
	}
	copy->attrs = info->nattrs > 0 ? attrs : NULL;
	return copy;
}

struct tcpflow_stream_info fake_info_of(
    const struct fake_stream *stream, bool turned)
{
	struct tcpflow_stream_info info = stream->facts;

	if (!turned)
		return info;
	info.client = stream->facts.server;
	info.server = stream->facts.client;
	info.flags &= ~TCPFLOW_S_DIR_GUESSED;
	if (info.depth > 0)
		info.flags ^= TCPFLOW_S_REVERSED;
	return info;
}
