/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams: the host's side of a connection's events.  Observers see each event
 * before the owner; while it is open who the owner will be, events go by way of
 * probe.c. */
#include <stdlib.h>

#include "core/host/private.h"

static uint64_t *counter(const struct stream *stream, enum counter which)
{
	return &stream->worker->config.counters->value[which];
}

static void fill_info(struct stream *stream, const struct flow_facts *facts)
{
	struct tcpflow_stream_info *info = &stream->info;

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

static bool takes_streams(const struct plugin *plugin)
{
	return plugin->descriptor->open != NULL &&
	    plugin->descriptor->data != NULL;
}

static void open_observers(struct stream *stream)
{
	const struct host *host = stream->worker->host;
	size_t next = 0;

	for (size_t i = 0; i < host->count; i++) {
		struct plugin *plugin = host->plugins[i];

		if (plugin->observes && takes_streams(plugin))
			attachment_open(
			    &stream->observers[next++], stream, plugin);
	}
}

static void *stream_open(void *context, const struct flow_facts *facts)
{
	struct host_worker *worker = context;
	size_t observers = worker->host->observers;
	struct stream *stream = calloc(
	    1, sizeof(*stream) + observers * sizeof(struct attachment));

	if (stream == NULL) {
		worker->config.counters->value[COUNTER_FLOWS_DROPPED]++;
		return NULL;
	}
	stream->magic = STREAM_MAGIC;
	stream->worker = worker;
	stream->offering = true;
	stream->first_offer = true;
	stream->again = facts->midstream;
	stream->last_ns = facts->start_ns;
	fill_info(stream, facts);
	worker->streams++;
	worker->config.counters->value[COUNTER_STREAMS]++;
	if (observers > 0)
		open_observers(stream);
	return stream;
}

void stream_owner_data(struct stream *stream, const struct tcpflow_chunk *chunk)
{
	struct attachment *owner = stream_owner(stream);

	if (owner->attached)
		attachment_data(owner, chunk);
	else
		*counter(stream,
		    stream->claimed ? COUNTER_BYTES_UNRENDERED
				    : COUNTER_BYTES_UNCLAIMED) += chunk->len;
}

void stream_owner_gap(struct stream *stream, const struct tcpflow_gap *gap)
{
	if (stream_owner(stream)->attached)
		attachment_gap(stream_owner(stream), gap);
}

void stream_owner_eof(struct stream *stream, const struct tcpflow_end *end)
{
	if (stream_owner(stream)->attached)
		attachment_eof(stream_owner(stream), end);
}

static void note_time(struct stream *stream, uint64_t ts_ns, uint64_t packet)
{
	stream->last_ns = ts_ns;
	stream->worker->now_ns = ts_ns;
	stream->worker->packet = packet;
}

static void stream_data(void *handle, const struct tcpflow_chunk *chunk)
{
	struct stream *stream = handle;
	struct tcpflow_chunk turned;

	magic_check(stream, STREAM_MAGIC);
	note_time(stream, chunk->ts_ns, chunk->packet);
	if (stream->swapped) {
		turned = *chunk;
		turned.dir = !chunk->dir;
		chunk = &turned;
	}
	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_data(&stream->observers[i], chunk);
	}
	stream->next[chunk->dir] = chunk->offset + chunk->len;
	if (stream->offering)
		probe_data(stream, chunk);
	else
		stream_owner_data(stream, chunk);
}

static void stream_gap(void *handle, const struct tcpflow_gap *gap)
{
	struct stream *stream = handle;
	struct tcpflow_gap mine = *gap;

	magic_check(stream, STREAM_MAGIC);
	note_time(stream, gap->ts_ns, gap->packet);
	if (gap->reason == TCPFLOW_GAP_SNAPLEN)
		stream->info.flags |= TCPFLOW_S_TRUNCATED;
	mine.dir = gap->dir ^ stream->swapped;
	stream->next[mine.dir] = gap->offset + gap->len;
	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_gap(&stream->observers[i], &mine);
	}
	if (stream->offering)
		probe_gap(stream, &mine);
	else
		stream_owner_gap(stream, &mine);
}

/* The end of a direction or of the stream, as the stream's sides are now. */
static struct tcpflow_end turn(
    const struct stream *stream, const struct tcpflow_end *end)
{
	struct tcpflow_end mine = *end;

	if (stream->swapped) {
		if (end->dir <= TCPFLOW_S2C)
			mine.dir = !end->dir;
		mine.length[0] = end->length[1];
		mine.length[1] = end->length[0];
	}
	return mine;
}

static void stream_eof(void *handle, const struct tcpflow_end *end)
{
	struct stream *stream = handle;
	const struct tcpflow_end mine = turn(stream, end);

	magic_check(stream, STREAM_MAGIC);
	note_time(stream, end->ts_ns, end->packet);
	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_eof(&stream->observers[i], &mine);
	}
	if (stream->offering)
		probe_eof(stream, &mine);
	else
		stream_owner_eof(stream, &mine);
}

static void stream_close(void *handle, const struct tcpflow_end *end)
{
	struct stream *stream = handle;
	struct host_worker *worker = stream->worker;
	struct tcpflow_end mine;

	magic_check(stream, STREAM_MAGIC);
	worker->now_ns = end->ts_ns;
	if (stream->offering)
		probe_close(stream);
	mine = turn(stream, end);
	for (size_t i = 0; i < worker->host->observers; i++) {
		if (stream->observers[i].attached)
			attachment_close(&stream->observers[i], &mine);
	}
	if (stream_owner(stream)->attached)
		attachment_close(stream_owner(stream), &mine);
	if (!stream->claimed)
		*counter(stream, COUNTER_STREAMS_UNCLAIMED) += 1;
	worker->streams--;
	stream->magic = 0;
	free(stream);
}

const struct flow_events host_flow_events = {
    .open = stream_open,
    .data = stream_data,
    .gap = stream_gap,
    .eof = stream_eof,
    .close = stream_close,
};

uint64_t host_worker_due(const struct host_worker *worker)
{
	const struct heap_element *first = heap_first(&worker->alarms);

	return first != NULL ? first->due_ns : UINT64_MAX;
}

void host_worker_advance(
    struct host_worker *worker, uint64_t ts_ns, uint64_t packet)
{
	struct heap_element *alarm;

	while ((alarm = heap_first(&worker->alarms)) != NULL &&
	    alarm->due_ns <= ts_ns) {
		heap_remove(&worker->alarms, alarm);
		worker->now_ns = ts_ns;
		worker->packet = packet;
		attachment_wake(
		    list_entry(alarm, struct attachment, alarm), ts_ns);
	}
}
