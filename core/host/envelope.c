/* SPDX-License-Identifier: BSD-2-Clause */
/* What all records of one stream have in common.  It knows addresses and names,
 * and nothing of what a record tells. */
#include <string.h>

#include "core/base/community_id.h"
#include "core/host/private.h"

static void append_ip(struct json *json, const struct tcpflow_addr *address)
{
	char *at = json_known(json, JSON_KEY("ip"), ADDRESS_ROOM + 2);

	if (at == NULL)
		return;
	*at++ = '"';
	at = address_write(at, address);
	*at++ = '"';
	json_known_end(json, at);
}

static void append_end(struct json *json, struct json_key key,
    const struct tcpflow_addr *address, const struct tcpflow_slice *name)
{
	json_known_object(json, key);
	if (address->family != 0)
		append_ip(json, address);
	if (name->len > 0)
		json_bytes(json, "name", name->ptr, name->len);
	json_known_u64(json, JSON_KEY("port"), address->port);
	json_end(json);
}

static void append_community_id(
    struct json *json, struct host_worker *worker, const struct flow_key *key)
{
	char text[COMMUNITY_ID_ROOM];

	if (worker->sha1 == NULL)
		worker->sha1 = digest_open(DIGEST_BIT(DIGEST_SHA1));
	if (worker->sha1 != NULL && community_id(text, key, worker->sha1))
		json_known_text(json, JSON_KEY("community_id"), text,
		    COMMUNITY_ID_ROOM - 1);
}

/* "tcp/connect/tls": the way down to the stream, whose layers decoders name; but
 * for the first, which is ours. */
static void append_layer(
    struct json *json, const struct tcpflow_stream_info *info)
{
	const struct tcpflow_stream_info *way[16];
	struct buffer text = {0};
	size_t depth = 0;

	if (info->depth == 0) {
		json_known_text(
		    json, JSON_KEY("layer"), info->layer, strlen(info->layer));
		return;
	}
	for (; info != NULL && depth < 16; info = info->parent)
		way[depth++] = info;
	while (depth-- > 0) {
		buffer_append_text(&text, way[depth]->layer);
		if (depth > 0)
			buffer_append_byte(&text, '/');
	}
	buffer_append_byte(&text, '\0');
	if (!text.failed)
		json_text(json, "layer", (const char *)text.bytes);
	buffer_free(&text);
}

struct ends {
	const struct tcpflow_addr *client;
	const struct tcpflow_addr *server;
};

/* The ends of the connection that carries the stream, from the stream's side. */
static struct ends ends_on_the_wire(const struct tcpflow_stream_info *info)
{
	bool exchanged = false;

	for (; info->parent != NULL; info = info->parent)
		exchanged ^= (info->flags & TCPFLOW_S_REVERSED) != 0;
	return exchanged ? (struct ends){&info->server, &info->client}
			 : (struct ends){&info->client, &info->server};
}

static bool same(const struct tcpflow_addr *a, const struct tcpflow_addr *b)
{
	return a->family == b->family && a->port == b->port &&
	    a->scope_id == b->scope_id &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* What a decoder knows better: who talks inside the connection. */
static void append_inner(struct json *json,
    const struct tcpflow_stream_info *info, const struct ends *wire)
{
	static const struct tcpflow_slice none;
	bool client = !same(&info->client, wire->client);
	bool server = !same(&info->server, wire->server) ||
	    info->server_name.len > 0;

	if (!client && !server)
		return;
	json_known_object(json, JSON_KEY("inner"));
	if (client)
		append_end(json, JSON_KEY("client"), &info->client, &none);
	if (server)
		append_end(json, JSON_KEY("server"), &info->server,
		    &info->server_name);
	json_end(json);
}

void envelope_append(struct json *json, struct host_worker *worker,
    const struct tcpflow_stream_info *info, const struct flow_key *key)
{
	static const struct tcpflow_slice none;
	const struct ends wire = ends_on_the_wire(info);

	json_known_u64(json, JSON_KEY("flow"), info->flow_id);
	append_community_id(json, worker, key);
	append_end(json, JSON_KEY("client"), wire.client, &none);
	append_end(json, JSON_KEY("server"), wire.server, &none);
	append_layer(json, info);
	if (info->depth > 0)
		json_known_u64(json, JSON_KEY("stream"), info->stream_index);
	append_inner(json, info, &wire);
}

void envelope_keys_fill(uint64_t keys[ENVELOPE_KEYS])
{
	static const char *const names[ENVELOPE_KEYS] = {"v", "type", "ts",
	    "flow", "community_id", "client", "server", "layer", "stream",
	    "inner", "packets"};

	for (size_t i = 0; i < ENVELOPE_KEYS; i++)
		keys[i] = json_key_hash(names[i]);
}

void envelope_append_stream(struct json *json, struct stream *stream)
{
	struct json members = {0};

	if (stream->envelope.length == 0) {
		json_begin(&members);
		envelope_append(&members, stream->worker, stream_truth(stream),
		    stream->key);
		if (!members.misuse && !members.out.failed)
			buffer_append(&stream->envelope, members.out.bytes + 1,
			    members.out.length - 1);
		json_free(&members);
	}
	if (stream->envelope.failed || stream->envelope.length == 0) {
		/* No memory to keep it: it is made again each time. */
		buffer_reset(&stream->envelope);
		envelope_append(
		    json, stream->worker, stream_truth(stream), stream->key);
		return;
	}
	json_members(json, stream->envelope.bytes, stream->envelope.length);
}

void envelope_append_last(struct json *json, const struct stream *stream)
{
	const struct buffer *kept = &stream->envelope;

	if (kept->failed || kept->length == 0)
		envelope_append(
		    json, stream->worker, stream_truth(stream), stream->key);
	else
		json_members(json, kept->bytes, kept->length);
}
