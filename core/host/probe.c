/* SPDX-License-Identifier: BSD-2-Clause */
/* Who takes a stream.  Plugins are asked in -P order; while one wants to see
 * more, events are withheld and replayed to whoever takes them, just as they
 * came.
 *
 * A stream that began mid-stream, or that had a gap before it was claimed, is
 * offered again at later segments, with what has no probe (raw) as its owner in
 * the meantime.  It sees what others write only through attachments. */
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

#define HEAD_MOST 8192u /* bytes of a direction */
#define TRIES_MOST 64u

/* A withheld event: data (its bytes stand in the head) or eof. */
struct withheld {
	bool is_eof;
	size_t at; /* data: in head[chunk.dir]        */
	struct tcpflow_chunk chunk;
	struct tcpflow_end end;
};

struct probe {
	size_t candidate;      /* the plugin to ask next          */
	struct buffer head[2]; /* bytes by direction              */
	uint64_t offset[2];    /* of head                         */
	struct withheld *events;
	size_t count;
	size_t room;
	size_t accounted; /* from the probe budget           */
	bool ended[2];    /* eof is among the events         */
};

enum answer { ANSWER_NOBODY, ANSWER_MORE, ANSWER_CLAIMED };

static struct host_worker *worker_of(const struct stream *stream)
{
	return stream->worker;
}

static uint64_t *counter(const struct stream *stream, enum counter which)
{
	return &stream->worker->config.counters->value[which];
}

/* The sides were guessed wrong: everything of the stream turns round.  Only
 * while nobody has seen anything of it. */
static bool swap_sides(struct stream *stream)
{
	struct probe *probe = stream->probe;
	struct tcpflow_addr client = stream->info.client;
	uint64_t next = stream->next[0];
	struct buffer head;
	uint64_t offset;

	if (worker_of(stream)->host->observers > 0 || !stream->first_offer)
		return false;
	stream->swapped = !stream->swapped;
	stream->info.client = stream->info.server;
	stream->info.server = client;
	stream->next[0] = stream->next[1];
	stream->next[1] = next;
	if (probe == NULL)
		return true;
	head = probe->head[0];
	probe->head[0] = probe->head[1];
	probe->head[1] = head;
	offset = probe->offset[0];
	probe->offset[0] = probe->offset[1];
	probe->offset[1] = offset;
	for (size_t i = 0; i < probe->count; i++) {
		probe->events[i].chunk.dir = !probe->events[i].chunk.dir;
		probe->events[i].end.dir = !probe->events[i].end.dir;
	}
	return true;
}

/* Makes plugin the owner; a fallback that was owner until now hears that it is
 * over. */
static bool claim(struct stream *stream, struct plugin *plugin)
{
	struct attachment *former = stream_owner(stream);
	struct attachment *owner = &stream->owner[!stream->current];

	if (!attachment_open(owner, stream, plugin))
		return false;
	if (former->attached)
		attachment_detach(former);
	stream->current = !stream->current;
	stream->claimed = true;
	return true;
}

static int32_t ask_one(struct stream *stream, const struct plugin *plugin,
    const struct tcpflow_probe *view)
{
	if (plugin->descriptor->probe == NULL)
		return stream->first_offer ? TCPFLOW_PROBE_YES
					   : TCPFLOW_PROBE_NO;
	return plugin->descriptor->probe(
	    worker_of(stream)->plugins[plugin->index].state, view);
}

/* Asks from *candidate on; MORE leaves it at who wants to see more. */
static enum answer ask(
    struct stream *stream, struct tcpflow_probe *view, size_t *candidate)
{
	struct host *host = worker_of(stream)->host;
	bool last = (view->flags & TCPFLOW_PROBE_LAST) != 0;

	for (; *candidate < host->count; (*candidate)++) {
		struct plugin *plugin = host->plugins[*candidate];
		int32_t verdict;

		if (plugin->observes || plugin->descriptor->open == NULL ||
		    plugin->descriptor->data == NULL)
			continue;
		verdict = ask_one(stream, plugin, view);
		if (verdict == TCPFLOW_PROBE_MORE && !last)
			return ANSWER_MORE;
		if (verdict == TCPFLOW_PROBE_SWAPPED && !swap_sides(stream))
			continue;
		if ((verdict == TCPFLOW_PROBE_YES ||
			verdict == TCPFLOW_PROBE_SWAPPED) &&
		    claim(stream, plugin)) {
			/* Only what takes everything is asked again over. */
			stream->offering = plugin->descriptor->probe == NULL &&
			    stream->again && host->has_probes;
			return ANSWER_CLAIMED;
		}
		if (verdict < 0)
			*counter(stream, COUNTER_PLUGIN_DETACHED) += 1;
	}
	return ANSWER_NOBODY;
}

static void probe_free(struct stream *stream)
{
	struct probe *probe = stream->probe;

	if (probe == NULL)
		return;
	stream->probe = NULL;
	budget_give(&worker_of(stream)->config.memory->probe, probe->accounted);
	buffer_free(&probe->head[0]);
	buffer_free(&probe->head[1]);
	free(probe->events);
	free(probe);
}

/* Brings what was withheld to the owner, in the order it came. */
static void replay(struct stream *stream)
{
	struct probe *probe = stream->probe;

	for (size_t i = 0; probe != NULL && i < probe->count; i++) {
		struct withheld *event = &probe->events[i];

		if (event->is_eof) {
			stream_owner_eof(stream, &event->end);
		} else {
			event->chunk.bytes =
			    probe->head[event->chunk.dir].bytes + event->at;
			stream_owner_data(stream, &event->chunk);
		}
	}
	probe_free(stream);
}

/* Everybody has answered.  Nobody: the stream is offered again at its next
 * segment, as long as that makes sense. */
static void decide(struct stream *stream, enum answer answer)
{
	const struct host *host = worker_of(stream)->host;

	if (answer == ANSWER_NOBODY)
		stream->offering = stream->again && host->has_probes &&
		    stream->tries < TRIES_MOST;
	stream->first_offer = false;
	replay(stream);
}

static bool account(struct stream *stream, size_t bytes)
{
	struct probe *probe = stream->probe;

	if (!budget_take(&worker_of(stream)->config.memory->probe, bytes))
		return false;
	probe->accounted += bytes;
	return true;
}

/* Room for one more event; NULL: no memory. */
static struct withheld *add_event(struct stream *stream)
{
	struct probe *probe = stream->probe;

	if (probe->count == probe->room) {
		size_t room = probe->room > 0 ? 2 * probe->room : 4;
		size_t more = (room - probe->room) * sizeof(*probe->events);
		struct withheld *events;

		if (!account(stream, more))
			return NULL;
		events = realloc(probe->events, room * sizeof(*probe->events));
		if (events == NULL)
			return NULL;
		probe->events = events;
		probe->room = room;
	}
	return &probe->events[probe->count++];
}

/* Starts to withhold, with the heads at the stream's current offsets. */
static bool begin(struct stream *stream, size_t candidate)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (probe == NULL)
		return false;
	probe->candidate = candidate;
	probe->offset[0] = stream->next[0];
	probe->offset[1] = stream->next[1];
	stream->probe = probe;
	return true;
}

static bool withhold_data(
    struct stream *stream, const struct tcpflow_chunk *chunk)
{
	struct probe *probe = stream->probe;
	struct buffer *head = &probe->head[chunk->dir];
	struct withheld *event;

	if (head->length == 0)
		probe->offset[chunk->dir] = chunk->offset;
	if (!account(stream, chunk->len))
		return false;
	buffer_append(head, chunk->bytes, chunk->len);
	event = head->failed ? NULL : add_event(stream);
	if (event == NULL)
		return false;
	*event = (struct withheld){
	    .at = head->length - chunk->len,
	    .chunk = *chunk,
	};
	return true;
}

static struct tcpflow_probe view_of(const struct stream *stream)
{
	const struct probe *probe = stream->probe;
	struct tcpflow_probe view = {
	    .struct_size = sizeof(view),
	    .info = &stream->info,
	    .offset = {stream->next[0], stream->next[1]},
	};

	for (unsigned i = 0; i < 2 && probe != NULL; i++) {
		view.head[i].ptr = probe->head[i].bytes;
		view.head[i].len = probe->head[i].length;
		view.offset[i] = probe->offset[i];
	}
	return view;
}

/* Asks about what is withheld (which may be nothing) and acts on it. */
static void ask_about_withheld(struct stream *stream, bool last)
{
	struct tcpflow_probe view = view_of(stream);
	size_t none = 0;
	size_t *candidate = stream->probe != NULL ? &stream->probe->candidate
						  : &none;
	enum answer answer;

	view.flags = last ? TCPFLOW_PROBE_LAST : 0;
	answer = ask(stream, &view, candidate);
	if (answer != ANSWER_MORE)
		decide(stream, answer);
}

/* The first chunk of an offer is shown where it is; it is only copied when
 * somebody wants to see more. */
static void offer(struct stream *stream, const struct tcpflow_chunk *chunk)
{
	struct tcpflow_chunk mine = *chunk;
	struct tcpflow_probe view = view_of(stream);
	bool swapped = stream->swapped;
	size_t candidate = 0;
	enum answer answer;

	view.head[chunk->dir].ptr = chunk->bytes;
	view.head[chunk->dir].len = chunk->len;
	view.offset[chunk->dir] = chunk->offset;
	if (chunk->len >= HEAD_MOST)
		view.flags = TCPFLOW_PROBE_LAST;
	if (!stream->first_offer)
		stream->tries++;
	answer = ask(stream, &view, &candidate);
	if (answer == ANSWER_MORE) {
		if (begin(stream, candidate) && withhold_data(stream, chunk))
			return;
		/* No memory to wait: now or never. */
		probe_free(stream);
		view.flags = TCPFLOW_PROBE_LAST;
		answer = ask(stream, &view, &candidate);
	}
	mine.dir ^= swapped != stream->swapped;
	decide(stream, answer);
	stream_owner_data(stream, &mine);
}

void probe_data(struct stream *stream, const struct tcpflow_chunk *chunk)
{
	const struct probe *probe = stream->probe;
	struct tcpflow_chunk mine = *chunk;
	bool swapped = stream->swapped;

	if (probe == NULL) {
		offer(stream, chunk);
		return;
	}
	if (!withhold_data(stream, chunk)) {
		ask_about_withheld(stream, true);
		mine.dir ^= swapped != stream->swapped;
		stream_owner_data(stream, &mine);
		return;
	}
	ask_about_withheld(stream, probe->head[chunk->dir].length >= HEAD_MOST);
}

/* Bytes behind a gap are no part of this offer: it is decided now. */
void probe_gap(struct stream *stream, const struct tcpflow_gap *gap)
{
	struct tcpflow_gap mine = *gap;
	bool swapped = stream->swapped;

	stream->again = true;
	if (stream->first_offer || stream->probe != NULL)
		ask_about_withheld(stream, true);
	mine.dir ^= swapped != stream->swapped;
	stream_owner_gap(stream, &mine);
}

void probe_eof(struct stream *stream, const struct tcpflow_end *end)
{
	struct tcpflow_end mine = *end;
	bool swapped = stream->swapped;
	struct withheld *event;

	if (!stream->first_offer && stream->probe == NULL) {
		stream_owner_eof(stream, end);
		return;
	}
	event = stream->probe != NULL || begin(stream, 0) ? add_event(stream)
							  : NULL;
	if (event == NULL) {
		ask_about_withheld(stream, true);
		mine.dir ^= swapped != stream->swapped;
		stream_owner_eof(stream, &mine);
		return;
	}
	*event = (struct withheld){.is_eof = true, .end = *end};
	stream->probe->ended[end->dir] = true;
	if (stream->probe->ended[0] && stream->probe->ended[1])
		ask_about_withheld(stream, true);
}

void probe_close(struct stream *stream)
{
	if (stream->first_offer || stream->probe != NULL)
		ask_about_withheld(stream, true);
	stream->offering = false;
}
