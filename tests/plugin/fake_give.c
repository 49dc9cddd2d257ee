/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugin on one stream: it is called with what is its for the call only,
 * and what it answers is obeyed.  All that it is given is overwritten and freed
 * behind the call, so that whoever keeps a pointer is found. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>

static struct fake_call call_of(struct fake_stream *stream, const char *name)
{
	return (struct fake_call){
	    .name = name,
	    .worker = stream->worker,
	    .stream = stream,
	};
}

static uint32_t direction_of(
    const struct fake_stream *stream, uint32_t direction)
{
	return direction ^ (stream->turned ? 1u : 0u);
}

static struct tcpflow_end make_end(
    const struct fake_stream *stream, uint32_t direction, uint32_t reason)
{
	return (struct tcpflow_end){
	    .struct_size = sizeof(struct tcpflow_end),
	    .dir = direction,
	    .reason = reason,
	    .ts_ns = stream->host->moment.ns,
	    .packet = stream->host->moment.packet,
	    .length = {stream->next[stream->turned],
		stream->next[!stream->turned]},
	};
}

/* Its part is over: the scope is dead and the info gone. */
static void forget(struct fake_stream *stream)
{
	fake_scope_close(stream->scope);
	stream->scope = NULL;
	stream->facts.flags |= stream->info->flags & TCPFLOW_S_TRUNCATED;
	fake_take_back(stream->info, stream->info_size);
	stream->info = NULL;
}

bool fake_give_open(struct fake_stream *stream, bool turned)
{
	struct fake_host *host = stream->host;
	struct tcpflow_stream_info info = fake_info_of(stream, turned);
	struct fake_call call = call_of(stream, "open");
	int32_t result;

	stream->turned = turned;
	stream->info = fake_info_lend(&info, &stream->info_size);
	stream->scope = fake_scope_open(
	    host, FAKE_STREAM, stream->worker, stream);
	fake_enter(host, &call);
	result = host->plugin->open(
	    stream->worker->state, stream->scope, stream->info, &stream->state);
	fake_leave(host);
	fake_check_result(host, "open", result);
	stream->verdict = result;
	stream->attached = result == TCPFLOW_OK;
	if (!stream->attached) {
		forget(stream);
		stream->turned = false;
		stream->alarm_ns = 0;
	}
	return stream->attached;
}

void fake_give_close(struct fake_stream *stream, uint32_t reason)
{
	struct fake_host *host = stream->host;
	struct fake_call call = call_of(stream, "close");
	const struct tcpflow_end end = make_end(
	    stream, TCPFLOW_DIR_NONE, reason);
	struct tcpflow_end *lent;

	stream->attached = false;
	if (host->plugin->close != NULL) {
		lent = fake_lend(&end, sizeof(end));
		fake_enter(host, &call);
		host->plugin->close(stream->state, lent);
		fake_leave(host);
		fake_take_back(lent, sizeof(end));
	}
	forget(stream);
	stream->alarm_ns = 0;
}

static void detach(struct fake_stream *stream)
{
	stream->detached = true;
	fake_give_close(stream, TCPFLOW_CLOSE_DETACHED);
}

/* What the plugin wants to see of what follows. */
static void obey(struct fake_stream *stream, uint32_t direction,
    const char *callback, int32_t result)
{
	stream->verdict = result;
	if (result == TCPFLOW_DONE_DIR && direction <= TCPFLOW_S2C) {
		stream->done[direction] = true;
		return;
	}
	if (result != TCPFLOW_DONE)
		fake_check_result(stream->host, callback, result);
	if (result != TCPFLOW_OK)
		detach(stream);
}

static void give_data(
    struct fake_stream *stream, const struct fake_event *event)
{
	struct fake_host *host = stream->host;
	struct fake_call call = call_of(stream, "data");
	size_t length = (size_t)event->length;
	void *bytes = fake_lend(event->bytes, length);
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .dir = direction_of(stream, event->direction),
	    .bytes = bytes,
	    .len = length,
	    .offset = event->offset,
	    .ts_ns = event->ts_ns,
	    .packet = event->packet,
	    .first_packet = event->first_packet,
	};
	struct tcpflow_chunk *lent = fake_lend(&chunk, sizeof(chunk));
	int32_t result;

	fake_enter(host, &call);
	result = host->plugin->data(stream->state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(chunk));
	fake_take_back(bytes, length);
	obey(stream, chunk.dir, "data", result);
}

static void give_gap(struct fake_stream *stream, const struct fake_event *event)
{
	struct fake_host *host = stream->host;
	struct fake_call call = call_of(stream, "gap");
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = direction_of(stream, event->direction),
	    .offset = event->offset,
	    .len = event->length,
	    .ts_ns = event->ts_ns,
	    .packet = event->packet,
	    .reason = event->reason,
	};
	struct tcpflow_gap *lent;
	int32_t result;

	/* A plugin that knows no gaps sees none: its stream ends here. */
	if (host->plugin->gap == NULL) {
		detach(stream);
		return;
	}
	lent = fake_lend(&gap, sizeof(gap));
	fake_enter(host, &call);
	result = host->plugin->gap(stream->state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(gap));
	obey(stream, gap.dir, "gap", result);
}

static void give_eof(struct fake_stream *stream, const struct fake_event *event)
{
	struct fake_host *host = stream->host;
	struct fake_call call = call_of(stream, "eof");
	struct tcpflow_end end = make_end(
	    stream, direction_of(stream, event->direction), event->reason);
	struct tcpflow_end *lent;
	int32_t result;

	if (host->plugin->eof == NULL)
		return;
	/* What was withheld is of another time. */
	end.length[end.dir] = event->offset;
	end.length[!end.dir] = event->other;
	lent = fake_lend(&end, sizeof(end));
	fake_enter(host, &call);
	result = host->plugin->eof(stream->state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(end));
	obey(stream, end.dir, "eof", result);
}

void fake_give(struct fake_stream *stream, const struct fake_event *event)
{
	struct fake_moment *moment = &stream->host->moment;

	if (!stream->attached ||
	    stream->done[direction_of(stream, event->direction)])
		return;
	*moment = (struct fake_moment){event->ts_ns, event->packet};
	if (event->kind == FAKE_DATA)
		give_data(stream, event);
	else if (event->kind == FAKE_GAP)
		give_gap(stream, event);
	else
		give_eof(stream, event);
}

/* Whose alarm is due first; of two that are due at once, the older stream's. */
static struct fake_stream *first_due(const struct fake_host *host)
{
	struct fake_stream *stream = host->streams;
	struct fake_stream *first = NULL;

	for (; stream != NULL; stream = stream->older) {
		if (stream->attached && stream->alarm_ns != 0 &&
		    stream->alarm_ns <= host->now_ns &&
		    (first == NULL || stream->alarm_ns <= first->alarm_ns))
			first = stream;
	}
	return first;
}

void fake_ring(struct fake_host *host)
{
	struct fake_stream *stream;

	while ((stream = first_due(host)) != NULL) {
		struct fake_call call = call_of(stream, "wake");
		int32_t result;

		stream->alarm_ns = 0;
		host->moment = (struct fake_moment){
		    host->now_ns, host->packet + 1};
		fake_enter(host, &call);
		result = host->plugin->wake(stream->state, host->now_ns);
		fake_leave(host);
		obey(stream, TCPFLOW_DIR_NONE, "wake", result);
	}
}
