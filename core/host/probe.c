/* SPDX-License-Identifier: BSD-2-Clause */
/* Who takes a stream.  Plugins are asked in -P order; while one wants to see
 * more, events are withheld and replayed to whoever takes them, just as they
 * came.
 *
 *	first offer    all plugins, up to the first that takes everything: the
 *	               fallback (raw)
 *	later offers   of a stream that began mid-stream, or had a gap before
 *	               it was decided: at each segment the plugins in front of
 *	               the fallback, which keeps the stream until one says yes
 *
 * It sees what plugins do with a stream only through attachments. */
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

#define HEAD_MOST 8192u /* bytes of a direction; see withhold_data() */
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

/* Counted with the plugin, as "http.probe.limit". */
static void count_for(
    struct stream *stream, const struct plugin *plugin, const char *name)
{
	service_count(&stream->worker->plugins[plugin->index].scope, name, 1);
}

/* A callback has failed: the plugin sees no more of the stream. */
static void give_no_more(struct stream *stream, const struct plugin *plugin)
{
	stream->failed |= UINT64_C(1) << plugin->index;
}

/* It opens at the moment of its first event, which may be withheld. */
static bool open_at_first(struct attachment *owner, struct stream *stream,
    struct plugin *plugin, bool turned)
{
	struct host_worker *worker = stream->worker;
	uint64_t now_ns = worker->now_ns;
	uint64_t packet = worker->packet;
	bool opened;

	if (stream->probe != NULL && stream->probe->count > 0) {
		const struct withheld *first = &stream->probe->events[0];

		worker_at(worker,
		    first->is_eof ? first->end.ts_ns : first->chunk.ts_ns,
		    first->is_eof ? first->end.packet : first->chunk.packet);
	}
	opened = attachment_open(owner, stream, plugin, turned);
	worker_at(worker, now_ns, packet);
	if (!opened)
		give_no_more(stream, plugin);
	return opened;
}

/* Where the owner's events stand, which knows nothing of those to come; *next is
 * where the stream does. */
static void step_back(
    struct stream *stream, const uint64_t offset[2], uint64_t next[2])
{
	for (unsigned i = 0; i < 2; i++) {
		next[i] = stream->next[i];
		stream->next[i] = offset[i];
	}
}

static void step_forward(struct stream *stream, const uint64_t next[2])
{
	stream->next[0] = next[0];
	stream->next[1] = next[1];
}

/* A direction that had ended before this offer has no other way to say so. */
static void tell_past_eofs(
    struct stream *stream, const struct tcpflow_probe *view)
{
	struct host_worker *worker = stream->worker;
	uint64_t now_ns = worker->now_ns;
	uint64_t packet = worker->packet;
	uint64_t next[2];

	step_back(stream, view->offset, next);
	for (uint32_t dir = 0; dir < 2; dir++) {
		const struct past_eof *past = &stream->past[dir];
		const struct tcpflow_end end = {
		    .struct_size = sizeof(end),
		    .dir = dir,
		    .reason = past->reason,
		    .ts_ns = past->ts_ns,
		    .packet = past->packet,
		    .length = {view->offset[0], view->offset[1]},
		};

		if (!past->there ||
		    (stream->probe != NULL && stream->probe->ended[dir]))
			continue;
		worker_at(worker, past->ts_ns, past->packet);
		stream_owner_eof(stream, &end);
	}
	worker_at(worker, now_ns, packet);
	step_forward(stream, next);
}

bool probe_open(
    struct stream *stream, struct attachment *attachment, struct plugin *plugin)
{
	bool opened = attachment_open(attachment, stream, plugin, false);

	if (!opened)
		give_no_more(stream, plugin);
	return opened;
}

/* Makes plugin the owner from the offsets of view on; a fallback that was owner
 * until now hears that it is over.  False: it failed to open, and nothing has
 * changed. */
static bool claim(struct stream *stream, struct plugin *plugin,
    const struct tcpflow_probe *view, bool turned)
{
	struct attachment *former = stream_owner(stream);
	struct attachment *owner = &stream->owner[!stream->current];

	if (!open_at_first(owner, stream, plugin, turned))
		return false;
	if (former->attached)
		attachment_detach(former, view->offset);
	stream->current = !stream->current;
	stream->claimed = true;
	/* Only what takes everything may lose the stream again. */
	stream->offering = plugin->descriptor->probe == NULL && stream->again &&
	    stream->worker->host->has_probes;
	tell_past_eofs(stream, view);
	return true;
}

/* A claim by a plugin that knows better who the client is.  Records have it
 * right from now on. */
static bool claim_swapped(struct stream *stream, struct plugin *plugin,
    const struct tcpflow_probe *view)
{
	if (!sides_turn(stream)) {
		count_for(stream, plugin, "probe.no_memory");
		return false;
	}
	stream->swapped = true;
	buffer_free(&stream->envelope);
	if (claim(stream, plugin, view, true))
		return true;
	sides_forget(stream);
	buffer_free(&stream->envelope);
	return false;
}

/* Says, with the flow, that a plugin's probe is not to be relied on. */
static void report_failure(
    struct stream *stream, struct plugin *plugin, int32_t verdict)
{
	struct host_worker *worker = stream->worker;
	struct tcpflow_scope scope;

	scope_init(&scope, SCOPE_STREAM, plugin, worker, stream);
	service_log(&scope, TCPFLOW_LOG_WARN,
	    "probe failed (%d): this plugin does not get this stream", verdict);
	scope_end(&scope);
	worker->config.counters->value[COUNTER_PLUGIN_DETACHED]++;
	give_no_more(stream, plugin);
}

static enum answer ask_one(struct stream *stream, struct plugin *plugin,
    const struct tcpflow_probe *view)
{
	void *state = stream->worker->plugins[plugin->index].state;
	int32_t verdict = TCPFLOW_PROBE_YES;
	struct plugin_call call;
	bool claimed = false;

	if (plugin->descriptor->probe != NULL) {
		plugin_enter(&call, plugin, stream->worker);
		call.probing = true;
		verdict = plugin->descriptor->probe(state, view);
		plugin_leave(&call);
	}
	switch (verdict) {
	case TCPFLOW_PROBE_NO:
		break;
	case TCPFLOW_PROBE_MORE:
		if (!(view->flags & TCPFLOW_PROBE_LAST))
			return ANSWER_MORE;
		break;
	case TCPFLOW_PROBE_YES:
		claimed = claim(stream, plugin, view, false);
		break;
	case TCPFLOW_PROBE_SWAPPED:
		if (view->info->flags & TCPFLOW_S_DIR_GUESSED)
			claimed = claim_swapped(stream, plugin, view);
		else /* nothing was guessed that could be wrong */
			report_failure(stream, plugin, verdict);
		break;
	default:
		report_failure(stream, plugin, verdict);
		break;
	}
	return claimed ? ANSWER_CLAIMED : ANSWER_NOBODY;
}

/* The plugin at this place of the order in which the stream's plugins are asked:
 * that of -P, but for one that goes first. */
static struct plugin *candidate_at(const struct stream *stream, size_t place)
{
	struct plugin **plugins = stream->worker->host->plugins;

	if (place == 0 && stream->preferred > 0)
		return plugins[stream->preferred - 1];
	return place < stream->preferred ? plugins[place - 1] : plugins[place];
}

/* Whether the plugin is asked at all.  Later offers are for those in front of
 * the fallback, which has the stream; who is preferred may be the fallback itself. */
static bool is_asked(const struct stream *stream, const struct plugin *plugin)
{
	if (plugin->observes || !plugin_takes_streams(plugin) ||
	    stream->failed & UINT64_C(1) << plugin->index)
		return false;
	return stream->first_offer ||
	    plugin->index < stream->worker->host->fallback;
}

/* Asks from *candidate on; MORE leaves it at who wants to see more. */
static enum answer ask(
    struct stream *stream, const struct tcpflow_probe *view, size_t *candidate)
{
	for (; *candidate < stream->worker->host->count; (*candidate)++) {
		struct plugin *plugin = candidate_at(stream, *candidate);
		enum answer answer;

		if (!is_asked(stream, plugin))
			continue;
		answer = ask_one(stream, plugin, view);
		if (answer != ANSWER_NOBODY)
			return answer;
	}
	return ANSWER_NOBODY;
}

static void probe_free(struct stream *stream)
{
	struct probe *probe = stream->probe;

	if (probe == NULL)
		return;
	stream->probe = NULL;
	budget_give(&stream->worker->config.memory->probe, probe->accounted);
	buffer_free(&probe->head[0]);
	buffer_free(&probe->head[1]);
	free(probe->events);
	free(probe);
}

static void replay_event(struct stream *stream, struct withheld *event)
{
	if (event->is_eof) {
		worker_at(stream->worker, event->end.ts_ns, event->end.packet);
		stream_owner_eof(stream, &event->end);
	} else {
		worker_at(
		    stream->worker, event->chunk.ts_ns, event->chunk.packet);
		event->chunk.bytes =
		    stream->probe->head[event->chunk.dir].bytes + event->at;
		stream->next[event->chunk.dir] = event->chunk.offset +
		    event->chunk.len;
		stream_owner_data(stream, &event->chunk);
	}
}

/* The owner's alarm, where it is due by then: it was set in the replay, for a time
 * that is over, and belongs between the events. */
static void ring(struct stream *stream, uint64_t ts_ns, uint64_t packet)
{
	struct attachment *owner = stream_owner(stream);

	if (!owner->attached || owner->alarm.place == 0 ||
	    owner->alarm.due_ns > ts_ns)
		return;
	heap_remove(&stream->worker->alarms, &owner->alarm);
	worker_at(stream->worker, ts_ns, packet);
	attachment_wake(owner, ts_ns);
}

/* Brings what was withheld to the owner, in the order and at the times that it
 * came. */
static void replay(struct stream *stream)
{
	struct host_worker *worker = stream->worker;
	uint64_t now_ns = worker->now_ns;
	uint64_t packet = worker->packet;
	uint64_t next[2];

	if (stream->probe == NULL)
		return;
	step_back(stream, stream->probe->offset, next);
	for (size_t i = 0; i < stream->probe->count; i++) {
		struct withheld *event = &stream->probe->events[i];

		if (event->is_eof)
			ring(stream, event->end.ts_ns, event->end.packet);
		else
			ring(stream, event->chunk.ts_ns, event->chunk.packet);
		replay_event(stream, event);
	}
	ring(stream, now_ns, packet);
	step_forward(stream, next);
	worker_at(worker, now_ns, packet);
	probe_free(stream);
}

/* No more offers: those who would have been asked gave up. */
static void give_up(struct stream *stream)
{
	const struct host *host = stream->worker->host;

	stream->offering = false;
	for (size_t i = 0; i < host->fallback; i++) {
		const struct plugin *plugin = host->plugins[i];

		if (!plugin->observes && plugin_takes_streams(plugin))
			count_for(stream, plugin, "probe.gave_up");
	}
}

/* Everybody has answered.  Nobody: the stream is offered again at its next
 * segment, where that makes sense. */
static void decide(struct stream *stream, enum answer answer)
{
	if (answer == ANSWER_NOBODY) {
		stream->offering = stream->again &&
		    stream->worker->host->has_probes;
		if (stream->offering && stream->tries == TRIES_MOST)
			give_up(stream);
	}
	stream->first_offer = false;
	replay(stream);
}

static bool account(struct stream *stream, size_t bytes)
{
	struct probe *probe = stream->probe;

	if (!budget_take(&stream->worker->config.memory->probe, bytes))
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

/* Chunks stay whole: the last one may go beyond HEAD_MOST. */
static bool withhold_data(
    struct stream *stream, const struct tcpflow_chunk *chunk)
{
	struct probe *probe = stream->probe;
	struct buffer *head = &probe->head[chunk->dir];
	size_t at = head->length;
	struct withheld *event;

	if (at == 0)
		probe->offset[chunk->dir] = chunk->offset;
	if (!account(stream, chunk->len))
		return false;
	buffer_append(head, chunk->bytes, chunk->len);
	event = head->failed ? NULL : add_event(stream);
	if (event == NULL)
		return false;
	*event = (struct withheld){.at = at, .chunk = *chunk};
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
static void ask_about_withheld(struct stream *stream, uint32_t flags)
{
	struct tcpflow_probe view = view_of(stream);
	size_t first = 0;
	size_t *candidate = stream->probe != NULL ? &stream->probe->candidate
						  : &first;
	enum answer answer;

	view.flags = flags;
	answer = ask(stream, &view, candidate);
	if (answer != ANSWER_MORE)
		decide(stream, answer);
}

/* Decides now, as it cannot be waited for more, and counts why. */
static void ask_at_limit(struct stream *stream, const char *why)
{
	const struct host *host = stream->worker->host;
	size_t candidate = stream->probe != NULL ? stream->probe->candidate : 0;

	if (candidate < host->count)
		count_for(stream, candidate_at(stream, candidate), why);
	ask_about_withheld(stream, TCPFLOW_PROBE_LAST);
}

/* The first chunk of an offer is shown where it is; it is only copied when
 * somebody wants to see more. */
static void offer(struct stream *stream, const struct tcpflow_chunk *chunk)
{
	struct tcpflow_probe view = view_of(stream);
	size_t candidate = 0;
	enum answer answer;

	view.head[chunk->dir].ptr = chunk->bytes;
	view.head[chunk->dir].len = chunk->len;
	view.offset[chunk->dir] = chunk->offset;
	view.flags = chunk->len >= HEAD_MOST ? TCPFLOW_PROBE_LAST : 0;
	stream->tries += !stream->first_offer;
	answer = ask(stream, &view, &candidate);
	if (answer == ANSWER_MORE) {
		if (begin(stream, candidate) && withhold_data(stream, chunk))
			return;
		probe_free(stream);
		count_for(
		    stream, candidate_at(stream, candidate), "probe.no_memory");
		view.flags = TCPFLOW_PROBE_LAST;
		answer = ask(stream, &view, &candidate);
	}
	decide(stream, answer);
	stream_owner_data(stream, chunk);
}

void probe_data(struct stream *stream, const struct tcpflow_chunk *chunk)
{
	const struct probe *probe = stream->probe;

	if (probe == NULL) {
		offer(stream, chunk);
	} else if (!withhold_data(stream, chunk)) {
		ask_at_limit(stream, "probe.no_memory");
		stream_owner_data(stream, chunk);
	} else if (probe->head[chunk->dir].length >= HEAD_MOST) {
		ask_at_limit(stream, "probe.limit");
	} else {
		ask_about_withheld(stream, 0);
	}
}

/* Bytes behind a gap are no part of this offer: it is decided now, on what stands
 * before the gap, which is the owner's next event. */
void probe_gap(struct stream *stream, const struct tcpflow_gap *gap)
{
	uint64_t behind = stream->next[gap->dir];

	stream->again = true;
	stream->next[gap->dir] = gap->offset;
	if (stream->first_offer || stream->probe != NULL)
		ask_about_withheld(stream, TCPFLOW_PROBE_LAST);
	stream->next[gap->dir] = behind;
	stream_owner_gap(stream, gap);
}

static void remember_eof(struct stream *stream, const struct tcpflow_end *end)
{
	stream->past[end->dir] = (struct past_eof){
	    .there = true,
	    .reason = end->reason,
	    .ts_ns = end->ts_ns,
	    .packet = end->packet,
	};
}

/* False: no memory. */
static bool withhold_eof(struct stream *stream, const struct tcpflow_end *end)
{
	struct withheld *event = NULL;

	if (stream->probe != NULL || begin(stream, 0))
		event = add_event(stream);
	if (event == NULL)
		return false;
	*event = (struct withheld){.is_eof = true, .end = *end};
	stream->probe->ended[end->dir] = true;
	return true;
}

void probe_eof(struct stream *stream, const struct tcpflow_end *end)
{
	if (!stream->first_offer && stream->probe == NULL) {
		remember_eof(stream, end);
		stream_owner_eof(stream, end);
	} else if (!withhold_eof(stream, end)) {
		ask_at_limit(stream, "probe.no_memory");
		remember_eof(stream, end);
		stream_owner_eof(stream, end);
	} else {
		remember_eof(stream, end);
		if (stream->probe->ended[0] && stream->probe->ended[1])
			ask_about_withheld(stream, TCPFLOW_PROBE_LAST);
	}
}

void probe_wake(
    struct stream *stream, struct attachment *attachment, uint64_t ts_ns)
{
	uint64_t next[2];

	if (stream->probe == NULL || attachment != stream_owner(stream)) {
		attachment_wake(attachment, ts_ns);
		return;
	}
	step_back(stream, stream->probe->offset, next);
	attachment_wake(attachment, ts_ns);
	step_forward(stream, next);
}

void probe_close(struct stream *stream)
{
	if (stream->first_offer || stream->probe != NULL)
		ask_about_withheld(stream, TCPFLOW_PROBE_LAST);
	stream->offering = false;
}
