/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of the fake host: offsets, packets and time.  It does not know what
 * the plugin does with them. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct fake_stream *fake_stream_new(
    struct fake_host *host, struct fake_worker *worker)
{
	struct fake_stream *stream = fake_allocate(sizeof(*stream));

	stream->host = host;
	stream->worker = worker;
	stream->root = stream;
	stream->offering = true;
	stream->first_offer = true;
	stream->older = host->streams;
	host->streams = stream;
	return stream;
}

void fake_stream_free(struct fake_stream *stream)
{
	struct fake_stream **place = &stream->host->streams;

	while (*place != stream)
		place = &(*place)->older;
	*place = stream->older;
	fake_text_free(&stream->head[0]);
	fake_text_free(&stream->head[1]);
	free(stream->events);
	if (stream->facts_block != NULL)
		fake_take_back(stream->facts_block, stream->facts_size);
	fake_take_back(stream, sizeof(*stream));
}

void fake_stream_happen(
    struct fake_stream *stream, const struct fake_event *event)
{
	stream->host->moment = (struct fake_moment){
	    event->ts_ns, event->packet};
	if (event->kind == FAKE_GAP && event->reason == TCPFLOW_GAP_SNAPLEN) {
		stream->facts.flags |= TCPFLOW_S_TRUNCATED;
		if (stream->info != NULL)
			stream->info->flags |= TCPFLOW_S_TRUNCATED;
	}
	stream->next[event->direction] = event->offset + event->length;
	if (event->kind == FAKE_EOF)
		stream->ended[event->direction] = true;
	if (stream->offering)
		fake_probe_event(stream, event);
	else
		fake_give(stream, event);
}

void fake_stream_end(struct fake_stream *stream, uint32_t reason,
    uint64_t ts_ns, uint64_t packet)
{
	stream->host->moment = (struct fake_moment){ts_ns, packet};
	fake_probe_close(stream);
	if (stream->attached)
		fake_give_close(stream, reason);
}

struct fake_stream *fake_stream_open(
    struct fake_host *host, const struct fake_stream_spec *given)
{
	struct fake_stream *stream;
	size_t worker = given != NULL ? given->worker : 0;

	if (!host->running)
		fake_fail("a stream without a successful start");
	if (worker >= host->worker_count)
		fake_fail("there is no worker %zu", worker);
	stream = fake_stream_new(host, &host->workers[worker]);
	if (given != NULL)
		stream->spec = *given;
	stream->again = (stream->spec.flags & TCPFLOW_S_MIDSTREAM) != 0;
	stream->facts = (struct tcpflow_stream_info){
	    .struct_size = sizeof(stream->facts),
	    .flags = stream->spec.flags,
	    .client = fake_address(stream->spec.client != NULL
		    ? stream->spec.client
		    : "192.0.2.1:50955"),
	    .server = fake_address(stream->spec.server != NULL
		    ? stream->spec.server
		    : "192.0.2.2:80"),
	    .layer = "tcp",
	    .source = "test",
	};
	host->flows++;
	return stream;
}

/* A test feeds: what was due before comes first. */
static void begin(struct fake_stream *stream, uint32_t direction)
{
	struct fake_host *host = stream->host;

	if (host->call != NULL)
		fake_fail("a stream is fed from within %s", host->call->name);
	if (direction > TCPFLOW_S2C)
		fake_fail("no direction: %" PRIu32, direction);
	if (stream->ended[direction])
		fake_fail("this direction is at its end");
	fake_ring(host);
	stream->verdict = TCPFLOW_OK;
}

/* A flow is known by its first packet, unless a test says otherwise. */
static void begin_facts(
    struct tcpflow_stream_info *facts, uint64_t now_ns, uint64_t packet)
{
	if (facts->flow_id == 0)
		facts->flow_id = packet;
	if (facts->start_packet == 0)
		facts->start_packet = packet;
	if (facts->start_ns == 0)
		facts->start_ns = now_ns;
}

static struct fake_event next_event(struct fake_stream *stream,
    enum fake_event_kind kind, uint32_t direction, uint64_t length)
{
	struct fake_host *host = stream->host;
	uint64_t packet = ++host->packet;

	if (!stream->begun)
		begin_facts(&stream->facts, host->now_ns, packet);
	stream->begun = true;
	return (struct fake_event){
	    .kind = kind,
	    .direction = direction,
	    .offset = stream->next[direction],
	    .other = stream->next[!direction],
	    .length = length,
	    .ts_ns = host->now_ns,
	    .packet = packet,
	    .first_packet = packet,
	};
}

/* The first packet of a chunk that several carried. */
static uint64_t first_packet(const struct fake_stream *stream, uint64_t packet)
{
	uint64_t oldest = stream->facts.start_packet;

	return packet - oldest < stream->spec.span ? oldest
						   : packet - stream->spec.span;
}

int32_t fake_stream_data(struct fake_stream *stream, uint32_t direction,
    const void *bytes, size_t length)
{
	size_t most = stream->spec.chunk_most > 0 ? stream->spec.chunk_most
						  : length;
	uint8_t *copy = fake_lend(bytes, length);

	begin(stream, direction);
	for (size_t at = 0; at < length; at += most) {
		size_t step = length - at < most ? length - at : most;
		struct fake_event event = next_event(
		    stream, FAKE_DATA, direction, step);

		event.first_packet = first_packet(stream, event.packet);
		event.bytes = copy + at;
		fake_stream_happen(stream, &event);
	}
	fake_take_back(copy, length);
	stream->host->now_ns += FAKE_STEP_NS;
	return stream->verdict;
}

int32_t fake_stream_text(
    struct fake_stream *stream, uint32_t direction, const char *text)
{
	return fake_stream_data(stream, direction, text, strlen(text));
}

int32_t fake_stream_gap(
    struct fake_stream *stream, uint32_t direction, uint64_t length)
{
	return fake_stream_gap_as(stream, direction, length, TCPFLOW_GAP_LOST);
}

int32_t fake_stream_gap_as(struct fake_stream *stream, uint32_t direction,
    uint64_t length, uint32_t reason)
{
	struct fake_event event;

	begin(stream, direction);
	if (length > INT64_MAX - stream->next[direction])
		fake_fail("a gap that ends beyond any stream");
	event = next_event(stream, FAKE_GAP, direction, length);
	event.reason = reason;
	fake_stream_happen(stream, &event);
	stream->host->now_ns += FAKE_STEP_NS;
	return stream->verdict;
}

int32_t fake_stream_eof(struct fake_stream *stream, uint32_t direction)
{
	return fake_stream_eof_as(stream, direction, TCPFLOW_CLOSE_FIN);
}

int32_t fake_stream_eof_as(
    struct fake_stream *stream, uint32_t direction, uint32_t reason)
{
	struct fake_event event;

	begin(stream, direction);
	event = next_event(stream, FAKE_EOF, direction, 0);
	event.reason = reason;
	fake_stream_happen(stream, &event);
	stream->host->now_ns += FAKE_STEP_NS;
	return stream->verdict;
}

/* The number of the packet that ended it: a reset is one more, as is the SYN of
 * another connection; FIN was the last.  Time has no number. */
static uint64_t last_packet(struct fake_host *host, uint32_t reason)
{
	switch (reason) {
	case TCPFLOW_CLOSE_FIN:
		return host->packet;
	case TCPFLOW_CLOSE_RST:
	case TCPFLOW_CLOSE_REUSED:
		return ++host->packet;
	default:
		return 0;
	}
}

void fake_stream_close(struct fake_stream **handle, uint32_t reason)
{
	struct fake_stream *stream = *handle;
	struct fake_host *host = stream->host;

	*handle = NULL;
	if (host->call != NULL)
		fake_fail(
		    "a stream is closed from within %s", host->call->name);
	/* What carried nothing reaches no plugin. */
	if (stream->begun)
		fake_stream_end(
		    stream, reason, host->now_ns, last_packet(host, reason));
	fake_stream_free(stream);
}

enum fake_stream_state fake_stream_state(const struct fake_stream *stream)
{
	if (stream->attached)
		return FAKE_TAKEN;
	if (stream->detached)
		return FAKE_DETACHED;
	return stream->offering && (stream->first_offer || stream->withholding)
	    ? FAKE_PROBING
	    : FAKE_REFUSED;
}

bool fake_stream_swapped(const struct fake_stream *stream)
{
	return stream->turned;
}

struct tcpflow_stream_info *fake_stream_info(struct fake_stream *stream)
{
	return stream->info != NULL ? stream->info : &stream->facts;
}

void fake_host_advance(struct fake_host *host, uint64_t ns)
{
	if (host->call != NULL)
		fake_fail("the clock goes on from within %s", host->call->name);
	host->now_ns += ns;
	fake_ring(host);
}
