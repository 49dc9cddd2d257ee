/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the plugin takes a stream.  While it wants to see more, events are
 * withheld and replayed to it just as they came.  A stream that began mid-stream
 * or had a gap is offered again where segments begin, 64 times. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum answer { NOBODY, MORE, TAKEN };

static int32_t call_probe(
    struct fake_stream *stream, const struct tcpflow_probe *probe)
{
	struct fake_host *host = stream->host;
	struct fake_call call = {
	    .name = "probe",
	    .worker = stream->worker,
	    .stream = stream,
	    .probing = true,
	};
	struct tcpflow_probe *lent = fake_lend(probe, sizeof(*probe));
	int32_t verdict;

	fake_enter(host, &call);
	verdict = host->plugin->probe(stream->worker->state, lent);
	fake_leave(host);
	fake_take_back(lent, sizeof(*probe));
	return verdict;
}

/* Heads and info are the plugin's for the call only, and of their very size. */
static int32_t show(struct fake_stream *stream, uint32_t flags,
    const struct tcpflow_slice head[2], const uint64_t offset[2])
{
	size_t info_size;
	const struct tcpflow_stream_info facts = fake_info_of(stream, false);
	struct tcpflow_stream_info *info = fake_info_lend(&facts, &info_size);
	void *bytes[2] = {fake_lend(head[0].ptr, head[0].len),
	    fake_lend(head[1].ptr, head[1].len)};
	const struct tcpflow_probe probe = {
	    .struct_size = sizeof(probe),
	    .flags = flags,
	    .info = info,
	    .head = {{bytes[0], head[0].len}, {bytes[1], head[1].len}},
	    .offset = {offset[0], offset[1]},
	};
	int32_t verdict = call_probe(stream, &probe);

	fake_take_back(bytes[0], head[0].len);
	fake_take_back(bytes[1], head[1].len);
	fake_take_back(info, info_size);
	return verdict;
}

/* It opens at the moment of its first event, which may be withheld. */
static enum answer claim(struct fake_stream *stream, bool turned)
{
	struct fake_moment moment = stream->host->moment;
	bool opened;

	if (stream->event_count > 0)
		stream->host->moment = (struct fake_moment){
		    stream->events[0].ts_ns, stream->events[0].packet};
	opened = fake_give_open(stream, turned);
	stream->host->moment = moment;
	return opened ? TAKEN : NOBODY;
}

static enum answer ask(struct fake_stream *stream, uint32_t flags,
    const struct tcpflow_slice head[2], const uint64_t offset[2])
{
	const struct tcpflow_plugin *plugin = stream->host->plugin;
	int32_t verdict = TCPFLOW_PROBE_YES;

	if (plugin->open == NULL || plugin->data == NULL)
		return NOBODY;
	if (plugin->probe != NULL)
		verdict = show(stream, flags, head, offset);
	switch (verdict) {
	case TCPFLOW_PROBE_NO:
		return NOBODY;
	case TCPFLOW_PROBE_MORE:
		return flags & TCPFLOW_PROBE_LAST ? NOBODY : MORE;
	case TCPFLOW_PROBE_YES:
		return claim(stream, false);
	case TCPFLOW_PROBE_SWAPPED:
		if (!(stream->facts.flags & TCPFLOW_S_DIR_GUESSED))
			fake_fail("probe: SWAPPED, but nothing was guessed");
		return claim(stream, true);
	default:
		fake_fail("probe returned %" PRId32, verdict);
	}
}

static enum answer ask_about_withheld(
    struct fake_stream *stream, uint32_t flags)
{
	struct tcpflow_slice head[2];
	uint64_t offset[2];

	for (unsigned i = 0; i < 2; i++) {
		head[i] = (struct tcpflow_slice){
		    stream->head[i].data, stream->head[i].length};
		offset[i] = stream->withholding ? stream->head_offset[i]
						: stream->next[i];
	}
	return ask(stream, flags, head, offset);
}

static void begin_to_withhold(struct fake_stream *stream)
{
	stream->withholding = true;
	for (unsigned i = 0; i < 2; i++) {
		stream->head_offset[i] = stream->next[i];
		stream->head_ended[i] = false;
	}
}

/* Its bytes are copied; those of a head stay whole chunks. */
static void withhold(struct fake_stream *stream, const struct fake_event *event)
{
	struct fake_text *head = &stream->head[event->direction];
	struct fake_event *kept;

	if (stream->event_count == stream->event_room) {
		stream->event_room = 2 * stream->event_room + 16;
		stream->events = realloc(stream->events,
		    stream->event_room * sizeof(*stream->events));
		if (stream->events == NULL)
			fake_fail("out of memory");
	}
	kept = &stream->events[stream->event_count++];
	*kept = *event;
	if (event->kind != FAKE_DATA)
		return;
	kept->bytes = fake_lend(event->bytes, (size_t)event->length);
	if (head->length == 0)
		stream->head_offset[event->direction] = event->offset;
	fake_text_append(head, event->bytes, (size_t)event->length);
}

/* To whoever has it by now, at the times that they came. */
static void replay(struct fake_stream *stream)
{
	struct fake_moment moment = stream->host->moment;

	for (size_t i = 0; i < stream->event_count; i++) {
		struct fake_event *event = &stream->events[i];

		fake_give(stream, event);
		if (event->kind == FAKE_DATA)
			free((void *)(uintptr_t)event->bytes);
	}
	stream->host->moment = moment;
	stream->event_count = 0;
	stream->withholding = false;
	fake_text_free(&stream->head[0]);
	fake_text_free(&stream->head[1]);
}

static void decide(struct fake_stream *stream, enum answer answer)
{
	stream->offering = answer == NOBODY && stream->again &&
	    stream->host->plugin->probe != NULL &&
	    stream->tries < FAKE_OFFERS_MOST;
	stream->first_offer = false;
	replay(stream);
}

/* The first chunk of an offer is shown by itself. */
static void offer(struct fake_stream *stream, const struct fake_event *event)
{
	struct tcpflow_slice head[2] = {{NULL, 0}, {NULL, 0}};
	uint64_t offset[2] = {stream->next[0], stream->next[1]};
	enum answer answer;

	head[event->direction] = (struct tcpflow_slice){
	    event->bytes, (size_t)event->length};
	offset[event->direction] = event->offset;
	stream->tries += !stream->first_offer;
	answer = ask(stream,
	    event->length >= FAKE_HEAD_MOST ? TCPFLOW_PROBE_LAST : 0, head,
	    offset);
	if (answer == MORE) {
		begin_to_withhold(stream);
		withhold(stream, event);
		return;
	}
	decide(stream, answer);
	fake_give(stream, event);
}

static void more_data(
    struct fake_stream *stream, const struct fake_event *event)
{
	enum answer answer;

	withhold(stream, event);
	answer = ask_about_withheld(stream,
	    stream->head[event->direction].length >= FAKE_HEAD_MOST
		? TCPFLOW_PROBE_LAST
		: 0);
	if (answer != MORE)
		decide(stream, answer);
}

/* Bytes behind it are no part of this offer: it is decided now, as of what came
 * before the gap. */
static void gap(struct fake_stream *stream, const struct fake_event *event)
{
	uint64_t *next = &stream->next[event->direction];
	uint64_t behind = *next;

	stream->again = true;
	*next = event->offset;
	if (stream->first_offer || stream->withholding)
		decide(stream, ask_about_withheld(stream, TCPFLOW_PROBE_LAST));
	*next = behind;
	fake_give(stream, event);
}

static void eof(struct fake_stream *stream, const struct fake_event *event)
{
	if (!stream->first_offer && !stream->withholding) {
		fake_give(stream, event);
		return;
	}
	if (!stream->withholding)
		begin_to_withhold(stream);
	withhold(stream, event);
	stream->head_ended[event->direction] = true;
	if (stream->head_ended[0] && stream->head_ended[1])
		decide(stream, ask_about_withheld(stream, TCPFLOW_PROBE_LAST));
}

void fake_probe_event(
    struct fake_stream *stream, const struct fake_event *event)
{
	if (event->kind == FAKE_GAP)
		gap(stream, event);
	else if (event->kind == FAKE_EOF)
		eof(stream, event);
	else if (stream->withholding)
		more_data(stream, event);
	else
		offer(stream, event);
}

void fake_probe_close(struct fake_stream *stream)
{
	if (stream->offering && (stream->first_offer || stream->withholding))
		decide(stream, ask_about_withheld(stream, TCPFLOW_PROBE_LAST));
	stream->offering = false;
}
