/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of the fake host: offsets, packets and time; probing with replay and
 * a new offer at segment starts; verdicts and what follows from them. */
#include "tests/plugin/fake_private.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_MOST 8192u
#define OFFERS_MOST 64u

enum event_kind { DATA, GAP, END };

/* What came while the plugin was not sure. */
struct event {
	enum event_kind kind;
	uint32_t direction;
	uint64_t offset;
	uint64_t length;
	uint64_t ts_ns;
	uint64_t packet;
	uint8_t *bytes; /* DATA                            */
};

struct fake_stream {
	struct fake_stream *older;
	struct fake_host *host;
	struct tcpflow_scope scope;
	struct tcpflow_stream_info info;
	size_t chunk_most;
	enum fake_stream_state state;
	bool swapped;
	void *plugin_state;
	uint64_t alarm_ns;
	uint64_t offset[2]; /* as the plugin sees directions   */
	bool ended[2];      /* eof was fed                     */
	bool done[2];       /* the plugin said DONE_DIR        */
	bool met_gap;       /* before the plugin had decided   */
	unsigned offers;
	uint8_t head[2][PROBE_MOST];
	size_t head_length[2];
	uint64_t head_offset[2];
	bool head_closed[2]; /* a gap stands behind it          */
	struct event *events;
	size_t event_count;
	size_t event_room;
};

/* "192.0.2.1:80" or "[2001:db8::1]:80" */
static struct tcpflow_addr parse_address(const char *text)
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

static struct tcpflow_end make_end(const struct fake_stream *stream,
    uint32_t direction, uint32_t reason, uint64_t packet)
{
	return (struct tcpflow_end){
	    .struct_size = sizeof(struct tcpflow_end),
	    .dir = direction,
	    .reason = reason,
	    .ts_ns = stream->host->now_ns,
	    .packet = packet,
	    .length = {stream->offset[0], stream->offset[1]},
	};
}

/* close is the plugin's last call for the stream. */
static void end_plugin(struct fake_stream *stream, uint32_t reason)
{
	struct fake_host *host = stream->host;
	struct tcpflow_end end = make_end(stream, TCPFLOW_DIR_NONE, reason, 0);

	if (host->plugin->close != NULL) {
		fake_enter(host, "close");
		host->plugin->close(stream->plugin_state, &end);
		fake_leave(host);
	}
	fake_scope_close(&stream->scope);
	stream->alarm_ns = 0;
}

static void detach(struct fake_stream *stream)
{
	end_plugin(stream, TCPFLOW_CLOSE_DETACHED);
	stream->state = FAKE_DETACHED;
}

/* What the plugin wants to see of what follows. */
static int32_t obey(struct fake_stream *stream, uint32_t direction,
    const char *callback, int32_t result)
{
	if (result == TCPFLOW_DONE_DIR && direction <= TCPFLOW_S2C) {
		stream->done[direction] = true;
		return result;
	}
	if (result != TCPFLOW_DONE)
		fake_check_result(stream->host, callback, result);
	if (result != TCPFLOW_OK)
		detach(stream);
	return result;
}

/* The bytes are the plugin's for the call only: a copy of exactly their length
 * is made, so that a sanitizer sees who reads on. */
static int32_t give_data(struct fake_stream *stream, const struct event *event)
{
	struct fake_host *host = stream->host;
	void *bytes = fake_lend(event->bytes, (size_t)event->length);
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .dir = event->direction,
	    .bytes = bytes,
	    .len = (size_t)event->length,
	    .offset = event->offset,
	    .ts_ns = event->ts_ns,
	    .packet = event->packet,
	    .first_packet = event->packet,
	};
	void *lent = fake_lend(&chunk, sizeof(chunk));
	int32_t result;

	fake_enter(host, "data");
	result = host->plugin->data(stream->plugin_state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(chunk));
	fake_take_back(bytes, (size_t)event->length);
	return obey(stream, event->direction, "data", result);
}

static int32_t give_gap(struct fake_stream *stream, const struct event *event)
{
	struct fake_host *host = stream->host;
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = event->direction,
	    .offset = event->offset,
	    .len = event->length,
	    .ts_ns = event->ts_ns,
	    .packet = event->packet,
	    .reason = TCPFLOW_GAP_LOST,
	};
	void *lent;
	int32_t result;

	if (host->plugin->gap == NULL) {
		detach(stream);
		return TCPFLOW_OK;
	}
	lent = fake_lend(&gap, sizeof(gap));
	fake_enter(host, "gap");
	result = host->plugin->gap(stream->plugin_state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(gap));
	return obey(stream, event->direction, "gap", result);
}

static int32_t give_end(struct fake_stream *stream, const struct event *event)
{
	struct fake_host *host = stream->host;
	struct tcpflow_end end = make_end(
	    stream, event->direction, TCPFLOW_CLOSE_FIN, event->packet);
	void *lent;
	int32_t result;

	end.ts_ns = event->ts_ns;
	if (host->plugin->eof == NULL)
		return TCPFLOW_OK;
	lent = fake_lend(&end, sizeof(end));
	fake_enter(host, "eof");
	result = host->plugin->eof(stream->plugin_state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(end));
	return obey(stream, event->direction, "eof", result);
}

static int32_t give(struct fake_stream *stream, const struct event *event)
{
	if (stream->state != FAKE_TAKEN || stream->done[event->direction])
		return TCPFLOW_OK;
	switch (event->kind) {
	case DATA:
		return give_data(stream, event);
	case GAP:
		return give_gap(stream, event);
	default:
		return give_end(stream, event);
	}
}

static void forget_events(struct fake_stream *stream)
{
	for (size_t i = 0; i < stream->event_count; i++)
		free(stream->events[i].bytes);
	stream->event_count = 0;
	stream->head_length[0] = 0;
	stream->head_length[1] = 0;
}

static void keep_event(struct fake_stream *stream, const struct event *event)
{
	struct event *kept;

	if (stream->event_count == stream->event_room) {
		stream->event_room = 2 * stream->event_room + 16;
		kept = realloc(stream->events,
		    stream->event_room * sizeof(*stream->events));
		if (kept == NULL)
			fake_fail("out of memory");
		stream->events = kept;
	}
	kept = &stream->events[stream->event_count++];
	*kept = *event;
	if (event->bytes != NULL) {
		kept->bytes = fake_allocate((size_t)event->length);
		memcpy(kept->bytes, event->bytes, (size_t)event->length);
	}
}

static bool can_be_offered_again(const struct fake_stream *stream)
{
	return stream->info.flags & TCPFLOW_S_MIDSTREAM || stream->met_gap;
}

/* Direction 0 is direction 1 from now on. */
static void swap_sides(struct fake_stream *stream)
{
	struct tcpflow_addr client = stream->info.client;
	uint64_t offset = stream->offset[0];
	bool ended = stream->ended[0];

	stream->swapped = true;
	stream->info.client = stream->info.server;
	stream->info.server = client;
	stream->offset[0] = stream->offset[1];
	stream->offset[1] = offset;
	stream->ended[0] = stream->ended[1];
	stream->ended[1] = ended;
	for (size_t i = 0; i < stream->event_count; i++)
		stream->events[i].direction ^= 1;
}

/* The plugin takes the stream, and gets all that it has seen while probing. */
static int32_t take(struct fake_stream *stream)
{
	struct fake_host *host = stream->host;
	int32_t result;

	fake_scope_open(&stream->scope, host, FAKE_STREAM, stream);
	fake_enter(host, "open");
	result = host->plugin->open(
	    host->worker, &stream->scope, &stream->info, &stream->plugin_state);
	fake_leave(host);
	fake_check_result(host, "open", result);
	if (result != TCPFLOW_OK) {
		fake_scope_close(&stream->scope);
		stream->state = FAKE_REFUSED;
	} else {
		stream->state = FAKE_TAKEN;
		for (size_t i = 0; i < stream->event_count; i++)
			result = give(stream, &stream->events[i]);
	}
	forget_events(stream);
	return result;
}

struct fake_stream *fake_stream_open(
    struct fake_host *host, const struct fake_stream_spec *given)
{
	struct fake_stream_spec spec = {0};
	struct fake_stream *stream = fake_allocate(sizeof(*stream));

	if (!host->started)
		fake_fail("a stream without a successful start");
	if (given != NULL)
		spec = *given;
	if (spec.client == NULL)
		spec.client = "192.0.2.1:50955";
	if (spec.server == NULL)
		spec.server = "192.0.2.2:80";
	stream->host = host;
	stream->chunk_most = spec.chunk_most;
	stream->info = (struct tcpflow_stream_info){
	    .struct_size = sizeof(stream->info),
	    .flags = spec.flags,
	    .flow_id = ++host->flows,
	    .start_ns = host->now_ns,
	    .start_packet = host->packet + 1,
	    .client = parse_address(spec.client),
	    .server = parse_address(spec.server),
	    .layer = "tcp",
	    .source = "test",
	};
	stream->older = host->streams;
	host->streams = stream;
	if (host->plugin->open == NULL || host->plugin->data == NULL)
		stream->state = FAKE_REFUSED;
	else if (host->plugin->probe == NULL)
		take(stream);
	return stream;
}

static int32_t ask(struct fake_stream *stream, bool last)
{
	struct fake_host *host = stream->host;
	void *heads[2] = {
	    fake_lend(stream->head[0], stream->head_length[0]),
	    fake_lend(stream->head[1], stream->head_length[1]),
	};
	const struct tcpflow_probe probe = {
	    .struct_size = sizeof(probe),
	    .flags = last ? TCPFLOW_PROBE_LAST : 0,
	    .info = &stream->info,
	    .head = {{heads[0], stream->head_length[0]},
		{heads[1], stream->head_length[1]}},
	    .offset = {stream->head_offset[0], stream->head_offset[1]},
	};
	void *lent = fake_lend(&probe, sizeof(probe));
	int32_t verdict;

	fake_enter(host, "probe");
	host->probing = true;
	verdict = host->plugin->probe(host->worker, lent);
	host->probing = false;
	fake_leave(host);
	fake_take_back(lent, sizeof(probe));
	for (unsigned i = 0; i < 2; i++)
		fake_take_back(heads[i], stream->head_length[i]);
	return verdict;
}

static int32_t decide(struct fake_stream *stream, bool last)
{
	int32_t verdict = ask(stream, last);

	switch (verdict) {
	case TCPFLOW_PROBE_SWAPPED:
		if (!(stream->info.flags & TCPFLOW_S_DIR_GUESSED))
			fake_fail("probe: SWAPPED, but nothing was guessed");
		swap_sides(stream);
		return take(stream);
	case TCPFLOW_PROBE_YES:
		return take(stream);
	case TCPFLOW_PROBE_MORE:
		if (!last)
			return TCPFLOW_OK;
		break;
	case TCPFLOW_PROBE_NO:
		break;
	default:
		fake_fail("probe returned %" PRId32, verdict);
	}
	stream->state = FAKE_REFUSED;
	forget_events(stream);
	return TCPFLOW_OK;
}

/* Adds the event to what the plugin may look at; true: it should. */
static bool add_to_head(
    struct fake_stream *stream, const struct event *event, bool *last)
{
	uint32_t direction = event->direction;
	size_t room = PROBE_MOST - stream->head_length[direction];
	size_t length = event->length < room ? (size_t)event->length : room;

	*last = stream->ended[0] && stream->ended[1];
	if (event->kind == GAP) {
		stream->met_gap = true;
		stream->head_closed[direction] = true;
		*last = true;
	} else if (event->kind == DATA && !stream->head_closed[direction]) {
		if (stream->head_length[direction] == 0)
			stream->head_offset[direction] = event->offset;
		memcpy(stream->head[direction] + stream->head_length[direction],
		    event->bytes, length);
		stream->head_length[direction] += length;
		if (stream->head_length[direction] == PROBE_MOST)
			*last = true;
	}
	return stream->head_length[0] + stream->head_length[1] > 0;
}

/* A stream that was refused is offered again where a segment starts. */
static void offer_again(struct fake_stream *stream, const struct event *event)
{
	if (event->kind != DATA || stream->host->plugin->probe == NULL ||
	    !can_be_offered_again(stream) || stream->offers >= OFFERS_MOST)
		return;
	stream->offers++;
	stream->state = FAKE_PROBING;
	for (unsigned i = 0; i < 2; i++) {
		stream->head_offset[i] = stream->offset[i];
		stream->head_closed[i] = false;
	}
	stream->head_offset[event->direction] = event->offset;
}

static int32_t happen(struct fake_stream *stream, const struct event *event)
{
	bool last;

	if (stream->state == FAKE_REFUSED)
		offer_again(stream, event);
	if (stream->state != FAKE_PROBING)
		return give(stream, event);
	keep_event(stream, event);
	return add_to_head(stream, event, &last) ? decide(stream, last)
						 : TCPFLOW_OK;
}

static uint32_t plugin_direction(
    const struct fake_stream *stream, uint32_t direction)
{
	if (direction > TCPFLOW_S2C)
		fake_fail("no direction: %" PRIu32, direction);
	return stream->swapped ? direction ^ 1 : direction;
}

static struct event next_event(struct fake_stream *stream, enum event_kind kind,
    uint32_t direction, uint64_t length)
{
	direction = plugin_direction(stream, direction);
	if (stream->ended[direction])
		fake_fail("this direction is at its end");
	return (struct event){
	    .kind = kind,
	    .direction = direction,
	    .offset = stream->offset[direction],
	    .length = length,
	    .ts_ns = stream->host->now_ns,
	    .packet = ++stream->host->packet,
	};
}

int32_t fake_stream_data(struct fake_stream *stream, uint32_t direction,
    const void *bytes, size_t length)
{
	size_t most = stream->chunk_most > 0 ? stream->chunk_most : length;
	int32_t result = TCPFLOW_OK;
	uint8_t *copy = fake_allocate(length);

	memcpy(copy, bytes, length);
	for (size_t at = 0; at < length; at += most) {
		size_t step = length - at < most ? length - at : most;
		struct event event = next_event(stream, DATA, direction, step);

		event.bytes = copy + at;
		stream->offset[event.direction] += step;
		result = happen(stream, &event);
	}
	free(copy);
	stream->host->now_ns += FAKE_STEP_NS;
	return result;
}

int32_t fake_stream_text(
    struct fake_stream *stream, uint32_t direction, const char *text)
{
	return fake_stream_data(stream, direction, text, strlen(text));
}

int32_t fake_stream_gap(
    struct fake_stream *stream, uint32_t direction, uint64_t length)
{
	struct event event = next_event(stream, GAP, direction, length);
	int32_t result;

	stream->offset[event.direction] += length;
	result = happen(stream, &event);
	stream->host->now_ns += FAKE_STEP_NS;
	return result;
}

int32_t fake_stream_eof(struct fake_stream *stream, uint32_t direction)
{
	struct event event = next_event(stream, END, direction, 0);
	int32_t result;

	stream->ended[event.direction] = true;
	result = happen(stream, &event);
	stream->host->now_ns += FAKE_STEP_NS;
	return result;
}

void fake_stream_close(struct fake_stream **handle, uint32_t reason)
{
	struct fake_stream *stream = *handle;
	struct fake_host *host = stream->host;
	struct fake_stream **place = &host->streams;

	*handle = NULL;
	if (stream->state == FAKE_PROBING &&
	    stream->head_length[0] + stream->head_length[1] > 0)
		decide(stream, true);
	if (stream->state == FAKE_TAKEN)
		end_plugin(stream, reason);
	while (*place != stream)
		place = &(*place)->older;
	*place = stream->older;
	forget_events(stream);
	free(stream->events);
	/* The info, too, was lent. */
	memset(stream, 0xdb, sizeof(*stream));
	free(stream);
}

enum fake_stream_state fake_stream_state(const struct fake_stream *stream)
{
	return stream->state;
}

bool fake_stream_swapped(const struct fake_stream *stream)
{
	return stream->swapped;
}

struct tcpflow_stream_info *fake_stream_info(struct fake_stream *stream)
{
	return &stream->info;
}

void fake_stream_set_alarm(struct fake_stream *stream, uint64_t ts_ns)
{
	stream->alarm_ns = ts_ns;
}

void fake_host_advance(struct fake_host *host, uint64_t ns)
{
	host->now_ns += ns;
	for (struct fake_stream *stream = host->streams; stream != NULL;
	     stream = stream->older) {
		int32_t result;

		if (stream->state != FAKE_TAKEN || stream->alarm_ns == 0 ||
		    stream->alarm_ns > host->now_ns)
			continue;
		stream->alarm_ns = 0;
		fake_enter(host, "wake");
		result = host->plugin->wake(stream->plugin_state, host->now_ns);
		fake_leave(host);
		obey(stream, TCPFLOW_DIR_NONE, "wake", result);
	}
}
