/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection goes on as, once a 101 or a 2xx to CONNECT has ended HTTP: a
 * child stream, which other plugins may recognise.  It knows no messages. */
#include "plugins/http/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_tunnel_note_protocol(
    struct http_conversation *conversation, const struct http_message *message)
{
	const uint8_t *value;
	size_t length;

	conversation->connected = message->status != 101;
	if (http_message_find(message, "Upgrade", &value, &length))
		http_keep(conversation, &conversation->protocol, value, length);
}

void http_tunnel_note_target(
    struct http_conversation *conversation, const struct http_message *message)
{
	const uint8_t *start;
	size_t length;

	http_drop(conversation, &conversation->target);
	start = http_message_start(message, &length);
	http_keep(conversation, &conversation->target, start, length);
}

/* The port of "a.example:443" or "[::1]:443"; 0: there is none. */
static uint16_t port_of(const struct bytes *target, size_t *host_length)
{
	const uint8_t *colon = target->length > 0
	    ? memrchr(target->data, ':', target->length)
	    : NULL;
	unsigned port = 0;

	*host_length = target->length;
	if (colon == NULL)
		return 0;
	for (const uint8_t *at = colon + 1; at < target->data + target->length;
	     at++) {
		if (*at < '0' || *at > '9')
			return 0;
		port = port * 10 + (unsigned)(*at - '0');
		if (port > UINT16_MAX)
			return 0;
	}
	*host_length = (size_t)(colon - target->data);
	return (uint16_t)port;
}

/* Names that say how far down the bytes are, not what they are. */
static const char *layer_of(const struct http_conversation *conversation)
{
	const struct bytes *protocol = &conversation->protocol;

	if (conversation->connected)
		return "connect";
	if (protocol->length == 9 &&
	    strncasecmp((const char *)protocol->data, "websocket", 9) == 0)
		return "websocket";
	return "upgrade";
}

static void pass_gap(
    struct http_conversation *conversation, uint32_t direction, uint64_t length)
{
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = direction,
	    .len = length,
	    .ts_ns = conversation->now.ns,
	    .packet = conversation->now.packet,
	    .reason = TCPFLOW_GAP_LOST,
	};

	if (conversation->child != NULL)
		conversation->http->host->child->gap(conversation->child, &gap);
}

void http_tunnel_begin(struct http_conversation *conversation)
{
	const struct tcpflow_host *host = conversation->http->host;
	const struct tcpflow_attr protocol = {
	    .key = "upgrade",
	    .value = {conversation->protocol.data,
		conversation->protocol.length},
	};
	struct tcpflow_addr server = {0};
	struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = layer_of(conversation),
	    .attrs = &protocol,
	    .nattrs = conversation->protocol.length > 0,
	};
	size_t host_length;

	conversation->tunnel = true;
	if (conversation->connected) {
		server.port = port_of(&conversation->target, &host_length);
		spec.server_name = (struct tcpflow_slice){
		    conversation->target.data, host_length};
		spec.server = &server;
	}
	if (host->child->open(
		conversation->scope, &spec, &conversation->child) != TCPFLOW_OK)
		conversation->child = NULL;
	/* Bytes that were lost while nobody knew whose they were. */
	for (uint32_t dir = 0; dir < 2; dir++) {
		if (conversation->tunnelled[dir] > 0)
			pass_gap(
			    conversation, dir, conversation->tunnelled[dir]);
	}
}

void http_tunnel_data(struct http_conversation *conversation,
    uint32_t direction, const uint8_t *data, size_t length)
{
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .dir = direction,
	    .bytes = data,
	    .len = length,
	    .ts_ns = conversation->now.ns,
	    .packet = conversation->now.packet,
	    .first_packet = conversation->now.first,
	};

	conversation->tunnelled[direction] += length;
	if (conversation->child != NULL && length > 0)
		conversation->http->host->child->data(
		    conversation->child, &chunk);
}

void http_tunnel_gap(
    struct http_conversation *conversation, uint32_t direction, uint64_t length)
{
	conversation->tunnelled[direction] += length;
	pass_gap(conversation, direction, length);
}

void http_tunnel_eof(
    struct http_conversation *conversation, const struct tcpflow_end *end)
{
	if (conversation->child != NULL)
		conversation->http->host->child->eof(conversation->child, end);
}

void http_tunnel_close(
    struct http_conversation *conversation, const struct tcpflow_end *end)
{
	if (conversation->child != NULL)
		conversation->http->host->child->close(
		    conversation->child, end);
	conversation->child = NULL;
}
