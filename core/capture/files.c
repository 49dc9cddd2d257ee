/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of capture files, merged by time.  They go up in batches, and stay in
 * the files' windows until then. */
#include <time.h>

#include "core/capture/input.h"

#define POLL_MOST 4096u /* packets of one poll             */
#define NAP_NS 100000000

/* The packets up to here have a number; behind a stop nobody saw them.  False:
 * stopped. */
static bool flush(struct source *source)
{
	size_t count = source->batched;
	size_t taken;

	source->batched = 0;
	if (count == 0)
		return true;
	taken = source->ops->packets(source->context, source->batch, count);
	source->delivered += taken;
	if (taken < count || source->stopped) {
		source->stopped = true;
		source->number = taken > 0 ? source->batch[taken - 1].number
					   : source->batch[0].number - 1;
		return false;
	}
	return true;
}

/* False: stopped. */
static bool add(
    struct source *source, struct input *input, const struct frame *frame)
{
	struct packet *packet = &source->batch[source->batched];

	*packet = (struct packet){
	    .bytes = frame->bytes,
	    .captured = frame->captured,
	    .length = frame->length,
	    .ts_ns = frame->ts_ns,
	    .number = input->number = ++source->number,
	    .link_type = (int)frame->link_type,
	    .region = input->reader.window.region,
	    .source = input->name,
	};
	if (source->filter != NULL && !filter_passes(source->filter, packet))
		return true;
	return ++source->batched < BATCH || flush(source);
}

/* Behind the packets that came before. */
static void end_input(
    struct source *source, struct input *input, enum reading reading)
{
	input->ended = true;
	if (reading == READING_DAMAGED) {
		source->damaged = true;
		input_report_damage(input, source->log);
	}
	reader_close(&input->reader);
}

static enum source_status ended(const struct source *source)
{
	return source->damaged ? SOURCE_DAMAGED : SOURCE_END;
}

/* A single file needs no merging. */
static enum source_status poll_one(struct source *source)
{
	struct input *input = source->inputs[0];
	enum reading reading = READING_FRAME;
	struct frame frame;

	if (input->ended)
		return ended(source);
	for (unsigned i = 0; i < POLL_MOST && reading == READING_FRAME; i++) {
		reading = reader_next(&input->reader, &frame);
		if (reading == READING_FRAME && !add(source, input, &frame))
			return SOURCE_END;
	}
	/* What was read must be out before the window moves. */
	if (!flush(source))
		return SOURCE_END;
	if (reading == READING_MORE)
		reading = reader_fill(&input->reader);
	if (reading == READING_FRAME)
		return SOURCE_MORE;
	if (reading == READING_LATER)
		return SOURCE_IDLE;
	end_input(source, input, reading);
	return ended(source);
}

static enum ahead take_a_turn(
    struct source *source, struct input *input, uint64_t due_ns)
{
	if (heap_set(&source->turns, &input->turn, due_ns))
		return AHEAD_READY;
	log_write(source->log, LOG_LEVEL_ERROR,
	    "out of memory: cannot merge %zu files", source->count);
	return AHEAD_STOP;
}

enum ahead files_read_ahead(struct source *source, struct input *input)
{
	enum reading reading = READING_FRAME;

	if (input->asleep)
		reading = input_wake(input, &source->secrets);
	if (reading == READING_FRAME)
		reading = reader_next(&input->reader, &input->frame);
	while (reading == READING_MORE) {
		if (!flush(source))
			return AHEAD_STOP;
		reading = reader_fill(&input->reader);
		if (reading == READING_FRAME)
			reading = reader_next(&input->reader, &input->frame);
	}
	if (reading == READING_FRAME)
		return take_a_turn(source, input, input->frame.ts_ns);
	heap_remove(&source->turns, &input->turn);
	if (!flush(source))
		return AHEAD_STOP;
	if (reading == READING_LATER)
		return AHEAD_LATER;
	end_input(source, input, reading);
	return AHEAD_ENDED;
}

/* Of packets with the same time, that of the file named first comes first. */
static enum ahead begin_merging(struct source *source, struct input *input)
{
	input->turn.order = source->merged++;
	if (input->asleep)
		return take_a_turn(source, input, input->due_ns);
	return files_read_ahead(source, input);
}

/* The packet that is due; then its file has to bring its next one. */
static enum ahead take_turn(struct source *source, struct heap_element *turn)
{
	struct input *input = list_entry(turn, struct input, turn);

	if (!input->asleep && !add(source, input, &input->frame))
		return AHEAD_STOP;
	source->awaited = input;
	return files_read_ahead(source, input);
}

/* One step: a file that is new or was awaited brings its next packet, or the
 * packet that is due is taken.  AHEAD_ENDED: there is none. */
static enum ahead step(struct source *source)
{
	struct heap_element *turn;
	enum ahead ahead;

	if (source->awaited != NULL) {
		ahead = files_read_ahead(source, source->awaited);
	} else if (source->merged < source->count) {
		source->awaited = source->inputs[source->merged];
		ahead = begin_merging(source, source->awaited);
	} else {
		turn = heap_first(&source->turns);
		if (turn == NULL)
			return AHEAD_ENDED;
		ahead = take_turn(source, turn);
	}
	if (ahead == AHEAD_LATER && source->follow) {
		list_append(&source->quiet, &source->awaited->link);
		ahead = AHEAD_READY;
	}
	if (ahead == AHEAD_ENDED)
		ahead = AHEAD_READY;
	if (ahead == AHEAD_READY)
		source->awaited = NULL;
	return ahead;
}

/* All files are at their ends; in a while some may not be. */
static enum ahead rest(struct source *source)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};
	enum ahead ahead = source->follow ? growth_look(source) : AHEAD_ENDED;

	if (ahead == AHEAD_LATER)
		nanosleep(&nap, NULL);
	return ahead;
}

static enum source_status poll_merged(struct source *source)
{
	enum ahead ahead = AHEAD_READY;

	for (unsigned i = 0; i < POLL_MOST && ahead == AHEAD_READY; i++)
		ahead = step(source);
	if (!flush(source))
		return SOURCE_END;
	if (ahead == AHEAD_ENDED)
		ahead = rest(source);
	if (source->stopped)
		return SOURCE_END;
	switch (ahead) {
	case AHEAD_READY:
		return SOURCE_MORE;
	case AHEAD_LATER:
		return SOURCE_IDLE;
	case AHEAD_ENDED:
		return ended(source);
	default:
		return SOURCE_FAILED;
	}
}

enum source_status files_poll(struct source *source)
{
	return source->count == 1 && !source->follow ? poll_one(source)
						     : poll_merged(source);
}
