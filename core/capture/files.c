/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of capture files: of one as they stand in it, of several by time.
 * They go up in batches, and stay in the files' windows until then. */
#include "core/base/list.h"
#include "core/capture/input.h"

#define POLL_MOST 4096u /* packets of one poll             */

/* The packets up to here have a number; behind a stop nobody saw them. */
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
	    .source = input->name,
	};
	if (source->filter != NULL && !filter_passes(source->filter, packet))
		return true;
	return ++source->batched < BATCH || flush(source);
}

static void end_input(
    struct source *source, struct input *input, enum reading reading)
{
	input->ended = true;
	input->damaged = reading == READING_DAMAGED;
	if (input->damaged)
		input_report_damage(input, source->log);
}

/* The status when all files have ended. */
static enum source_status ended(const struct source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		if (source->inputs[i].damaged)
			return SOURCE_DAMAGED;
	}
	return SOURCE_END;
}

/* A single file needs no merging. */
static enum source_status poll_one(struct source *source)
{
	struct input *input = &source->inputs[0];
	enum reading reading = READING_FRAME;
	struct frame frame;

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
	end_input(source, input, reading);
	return ended(source);
}

/* The input's next packet takes its turn among those of the others.  False: out
 * of memory, or stopped. */
static bool read_ahead(struct source *source, struct input *input)
{
	enum reading reading = reader_next(&input->reader, &input->frame);

	while (reading == READING_MORE) {
		if (!flush(source))
			return false;
		reading = reader_fill(&input->reader);
		if (reading == READING_FRAME)
			reading = reader_next(&input->reader, &input->frame);
	}
	if (reading == READING_FRAME)
		return heap_set(
		    &source->turns, &input->turn, input->frame.ts_ns);
	heap_remove(&source->turns, &input->turn);
	/* It is told behind the packets that came before. */
	if (!flush(source))
		return false;
	end_input(source, input, reading);
	return true;
}

/* Of packets with the same time, that of the file named first comes first. */
static bool merge_begin(struct source *source)
{
	source->merging = true;
	for (size_t i = 0; i < source->count; i++) {
		source->inputs[i].turn.order = i;
		if (!read_ahead(source, &source->inputs[i]))
			return false;
	}
	return true;
}

static enum source_status poll_merged(struct source *source)
{
	bool good = source->merging || merge_begin(source);

	for (unsigned i = 0; i < POLL_MOST && good; i++) {
		struct heap_element *turn = heap_first(&source->turns);
		struct input *input;

		if (turn == NULL)
			return flush(source) ? ended(source) : SOURCE_END;
		input = list_entry(turn, struct input, turn);
		good = add(source, input, &input->frame) &&
		    read_ahead(source, input);
	}
	if (good)
		good = flush(source);
	if (source->stopped)
		return SOURCE_END;
	if (good)
		return SOURCE_MORE;
	log_write(source->log, LOG_LEVEL_ERROR,
	    "out of memory: cannot merge %zu files", source->count);
	return SOURCE_FAILED;
}

enum source_status files_poll(struct source *source)
{
	return source->count == 1 ? poll_one(source) : poll_merged(source);
}
