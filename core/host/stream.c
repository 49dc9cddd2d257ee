/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams: the host's side of a connection's events.  Observers see each event
 * before the owner; while it is open who the owner will be, events go by way of
 * probe.c. */
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

static uint64_t *counter(const struct stream *stream, enum counter which)
{
	return &stream->worker->config.counters->value[which];
}

void stream_info_fill(
    struct tcpflow_stream_info *info, const struct flow_facts *facts)
{
	info->struct_size = sizeof(*info);
	info->flags = (facts->midstream ? TCPFLOW_S_MIDSTREAM : 0) |
	    (facts->client_guessed ? TCPFLOW_S_DIR_GUESSED : 0);
	info->flow_id = facts->flow_id;
	info->start_ns = facts->start_ns;
	info->start_packet = facts->flow_id;
	info->client = flow_key_end(facts->key, facts->client);
	info->server = flow_key_end(facts->key, !facts->client);
	info->vlan = facts->key->vlan;
	info->layer = "tcp";
	info->source = facts->source;
}

static void open_observers(struct stream *stream)
{
	const struct host *host = stream->worker->host;
	size_t next = 0;

	for (size_t i = 0; i < host->count; i++) {
		struct plugin *plugin = host->plugins[i];

		if (plugin->observes && plugin_takes_streams(plugin))
			attachment_open(
			    &stream->observers[next++], stream, plugin, false);
	}
}

/* The record of the flow stands behind all observers. */
static size_t record_offset(const struct host *host)
{
	return sizeof(struct stream) +
	    host->observers * sizeof(struct attachment);
}

static bool wants_records(const struct host *host)
{
	return (host->config.outputs & TCPFLOW_OUT_RECORDS) != 0;
}

size_t host_stream_bytes(const struct host *host)
{
	return record_offset(host) +
	    (wants_records(host) ? flow_record_bytes() : 0);
}

struct stream *stream_new(struct host_worker *worker)
{
	struct stream *stream = pool_take(&worker->records);

	if (stream == NULL)
		return NULL;
	memset(stream, 0, host_stream_bytes(worker->host));
	stream->magic = STREAM_MAGIC;
	stream->worker = worker;
	stream->root = stream;
	return stream;
}

void stream_begin(struct stream *stream)
{
	stream->offering = true;
	stream->first_offer = true;
	stream->last_ns = stream->info.start_ns;
	stream->last_packet = stream->info.start_packet;
	stream->worker->streams++;
	if (stream->worker->host->observers > 0)
		open_observers(stream);
}

static void *stream_open(void *context, const struct flow_facts *facts)
{
	struct host_worker *worker = context;
	struct stream *stream = stream_new(worker);

	/* Of the event that opens it only this much is known, and neither time
	 * nor packets go back. */
	worker_at(worker,
	    facts->start_ns > worker->now_ns ? facts->start_ns : worker->now_ns,
	    facts->flow_id > worker->packet ? facts->flow_id : worker->packet);
	worker->config.counters->value[COUNTER_STREAMS]++;
	if (stream == NULL) {
		worker->config.counters->value[COUNTER_STREAMS_DROPPED]++;
		return NULL;
	}
	stream->again = facts->midstream;
	stream->key = facts->key;
	stream_info_fill(&stream->info, facts);
	if (wants_records(worker->host))
		stream->record = flow_record_init(
		    (char *)stream + record_offset(worker->host),
		    worker->config.digests);
	stream_begin(stream);
	return stream;
}

/* Bytes that no owner sees.  Those of a child were counted when they came in
 * its parent. */
static void count_unseen(struct stream *stream, size_t length)
{
	if (stream->root == stream)
		*counter(stream,
		    stream->claimed ? COUNTER_BYTES_UNRENDERED
				    : COUNTER_BYTES_UNCLAIMED) += length;
}

void stream_owner_data(struct stream *stream, const struct tcpflow_chunk *chunk)
{
	struct attachment *owner = stream_owner(stream);
	struct tcpflow_chunk turned;

	if (!owner->attached) {
		count_unseen(stream, chunk->len);
		return;
	}
	if (owner->turned) {
		turned = *chunk;
		turned.dir = !chunk->dir;
		chunk = &turned;
	}
	attachment_data(owner, chunk);
}

void stream_owner_gap(struct stream *stream, const struct tcpflow_gap *gap)
{
	struct tcpflow_gap turned = *gap;

	turned.dir ^= stream_owner(stream)->turned;
	if (stream_owner(stream)->attached)
		attachment_gap(stream_owner(stream), &turned);
}

/* The end of a direction or of the stream, as the owner sees the sides. */
static struct tcpflow_end turn(
    struct stream *stream, const struct tcpflow_end *end)
{
	struct tcpflow_end turned = *end;

	if (stream_owner(stream)->turned) {
		if (end->dir != TCPFLOW_DIR_NONE)
			turned.dir = !end->dir;
		turned.length[0] = end->length[1];
		turned.length[1] = end->length[0];
	}
	return turned;
}

void stream_owner_eof(struct stream *stream, const struct tcpflow_end *end)
{
	const struct tcpflow_end turned = turn(stream, end);

	if (stream_owner(stream)->attached)
		attachment_eof(stream_owner(stream), &turned);
}

static void note_time(struct stream *stream, uint64_t ts_ns, uint64_t packet)
{
	stream->last_ns = ts_ns;
	stream->last_packet = packet;
	worker_at(stream->worker, ts_ns, packet);
}

static void stream_data(void *handle, const struct tcpflow_chunk *chunk)
{
	struct stream *stream = handle;

	magic_check(stream, STREAM_MAGIC);
	note_time(stream, chunk->ts_ns, chunk->packet);
	stream->next[chunk->dir] = chunk->offset + chunk->len;
	if (stream->record != NULL)
		flow_record_data(stream->record, chunk);
	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_data(&stream->observers[i], chunk);
	}
	if (stream->offering)
		probe_data(stream, chunk);
	else
		stream_owner_data(stream, chunk);
}

static void stream_gap(void *handle, const struct tcpflow_gap *gap)
{
	struct stream *stream = handle;

	magic_check(stream, STREAM_MAGIC);
	note_time(stream, gap->ts_ns, gap->packet);
	if (gap->reason == TCPFLOW_GAP_SNAPLEN) {
		stream->info.flags |= TCPFLOW_S_TRUNCATED;
		if (stream->turned != NULL)
			stream->turned->flags |= TCPFLOW_S_TRUNCATED;
	}
	stream->next[gap->dir] = gap->offset + gap->len;
	flow_record_gap(stream->record, gap);
	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_gap(&stream->observers[i], gap);
	}
	if (stream->offering)
		probe_gap(stream, gap);
	else
		stream_owner_gap(stream, gap);
}

static void stream_eof(void *handle, const struct tcpflow_end *end)
{
	struct stream *stream = handle;

	magic_check(stream, STREAM_MAGIC);
	note_time(stream, end->ts_ns, end->packet);
	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_eof(&stream->observers[i], end);
	}
	if (stream->offering)
		probe_eof(stream, end);
	else
		stream_owner_eof(stream, end);
}

static void stream_account(
    void *context, void *handle, const struct flow_account *account)
{
	struct host_worker *worker = context;
	struct stream *stream = handle;

	if (stream != NULL)
		flow_record_account(stream->record, account);
	else if (wants_records(worker->host))
		flow_record_silent(worker, account);
}

static void stream_close(void *handle, const struct tcpflow_end *end)
{
	struct stream *stream = handle;
	struct host_worker *worker = stream->worker;
	struct tcpflow_end turned;

	magic_check(stream, STREAM_MAGIC);
	worker_at(worker, end->ts_ns, end->packet);
	if (stream->offering)
		probe_close(stream);
	turned = turn(stream, end);
	for (size_t i = 0; i < worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_close(&stream->observers[i], end);
	}
	if (stream_owner(stream)->attached)
		attachment_close(stream_owner(stream), &turned);
	if (!stream->claimed && stream->root == stream)
		*counter(stream, COUNTER_STREAMS_UNCLAIMED) += 1;
	flow_record_close(stream->record, stream);
	buffer_free(&stream->envelope);
	sides_forget(stream);
	worker->streams--;
	stream->magic = 0;
	pool_give(&worker->records, stream);
}

/* The lines that data needs; all of them for the end. */
static void stream_expect(const void *handle, bool last)
{
	const struct stream *stream = handle;
	const char *bytes = handle;
	size_t most = last ? sizeof(*stream) : 4 * CACHE_LINE;

	for (size_t at = 0; at < most; at += CACHE_LINE)
		__builtin_prefetch(bytes + at);
	if (!last)
		__builtin_prefetch(&stream->record);
}

const struct flow_events host_flow_events = {
    .expect = stream_expect,
    .open = stream_open,
    .data = stream_data,
    .gap = stream_gap,
    .eof = stream_eof,
    .account = stream_account,
    .close = stream_close,
};
