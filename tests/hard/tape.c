/* SPDX-License-Identifier: BSD-2-Clause */
/* The tape, in blocks: an event, and the bytes of data behind it. */
#include "tests/hard/tape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16000u
#define RESERVE (64u << 10)

struct tape_block {
	struct tape_block *next;
	size_t used;
	size_t latest; /* where its last event is         */
	uint8_t bytes[BLOCK_BYTES];
};

static bool add_block(struct tape *tape)
{
	struct tape_block *block;

	if (!tape->has_reserve)
		tape->has_reserve = tape->host->hold(tape->scope, RESERVE) ==
		    TCPFLOW_OK;
	if (!tape->has_reserve || tape->most < sizeof(*block) ||
	    tape->held > tape->most - sizeof(*block) ||
	    tape->host->hold(tape->scope, sizeof(*block)) != TCPFLOW_OK)
		return false;
	block = malloc(sizeof(*block));
	if (block == NULL) {
		tape->host->release(tape->scope, sizeof(*block));
		return false;
	}
	block->next = NULL;
	block->used = 0;
	block->latest = 0;
	if (tape->last != NULL)
		tape->last->next = block;
	else
		tape->first = block;
	tape->last = block;
	tape->held += sizeof(*block);
	return true;
}

static void drop_block(struct tape *tape)
{
	struct tape_block *block = tape->first;

	tape->first = block->next;
	if (tape->first == NULL)
		tape->last = NULL;
	tape->held -= sizeof(*block);
	free(block);
	tape->host->release(tape->scope, sizeof(*block));
}

/* There is no more room for it: what is missing grows. */
static void leave_out(struct tape *tape, const struct tape_event *event)
{
	struct tape_event *missing = &tape->missing[event->dir];
	uint64_t length = missing->length + event->length;

	if (!tape->full)
		tape->host->log(tape->scope, TCPFLOW_LOG_WARN,
		    "%" PRIu64 " bytes are held, and there is no room for more",
		    tape->held);
	tape->full = true;
	if (event->kind == TAPE_EOF) {
		tape->ended[event->dir] = *event;
		return;
	}
	*missing = *event;
	missing->kind = TAPE_GAP;
	missing->reason = TCPFLOW_GAP_DECODER;
	missing->length = length;
	tape->host->count(tape->scope, "shed_bytes", event->length);
}

/* Where an event can stand, with at least one byte behind it; NULL: nowhere. */
static struct tape_block *find_room(struct tape *tape)
{
	if (tape->full)
		return NULL;
	if (tape->last != NULL &&
	    BLOCK_BYTES - tape->last->used > sizeof(struct tape_event))
		return tape->last;
	return add_block(tape) ? tape->last : NULL;
}

static void append(struct tape_block *block, const void *bytes, size_t length)
{
	memcpy(block->bytes + block->used, bytes, length);
	block->used += length;
}

/* Packets cost more than the bytes in them where those are few.  When half of
 * the room is used, bytes of one direction go on in the event before, which then
 * is of several packets.  How many bytes did. */
static size_t join(
    struct tape *tape, const struct tape_event *event, const uint8_t *bytes)
{
	struct tape_block *block = tape->last;
	struct tape_event before;
	size_t length = (size_t)event->length;

	if (event->kind != TAPE_DATA || tape->full ||
	    tape->held <= tape->most / 2 || block == NULL || block->used == 0)
		return 0;
	memcpy(&before, block->bytes + block->latest, sizeof(before));
	if (before.kind != TAPE_DATA || before.dir != event->dir)
		return 0;
	if (length > BLOCK_BYTES - block->used)
		length = BLOCK_BYTES - block->used;
	before.ts_ns = event->ts_ns;
	before.packet = event->packet;
	before.length += length;
	memcpy(block->bytes + block->latest, &before, sizeof(before));
	append(block, bytes, length);
	return length;
}

static void add(
    struct tape *tape, const struct tape_event *event, const uint8_t *bytes)
{
	size_t left = event->kind == TAPE_DATA ? (size_t)event->length : 0;
	struct tape_event part = *event;

	/* Data may go over the end of a block: then in parts. */
	do {
		struct tape_block *block = find_room(tape);
		size_t room;

		if (block == NULL) {
			leave_out(tape, &part);
			return;
		}
		room = BLOCK_BYTES - block->used - sizeof(part);
		if (event->kind == TAPE_DATA)
			part.length = left < room ? left : room;
		block->latest = block->used;
		append(block, &part, sizeof(part));
		if (event->kind == TAPE_DATA) {
			append(block, bytes, (size_t)part.length);
			bytes += part.length;
			left -= (size_t)part.length;
			part.length = left;
		}
	} while (left > 0);
}

void tape_record(
    struct tape *tape, const struct tape_event *event, const uint8_t *bytes)
{
	struct tape_event rest = *event;
	size_t joined = join(tape, event, bytes);

	rest.length -= joined;
	if (joined == 0)
		add(tape, event, bytes);
	else if (rest.length > 0)
		add(tape, &rest, bytes + joined);
}

void tape_make_room(struct tape *tape)
{
	if (tape->has_reserve)
		tape->host->release(tape->scope, RESERVE);
	tape->has_reserve = false;
}

void tape_play(struct tape *tape,
    void (*play)(
	void *context, const struct tape_event *event, const uint8_t *bytes),
    void *context)
{
	while (tape->first != NULL) {
		const struct tape_block *block = tape->first;
		struct tape_event event;

		for (size_t at = 0; at < block->used;
		     at += event.kind == TAPE_DATA ? (size_t)event.length : 0) {
			memcpy(&event, block->bytes + at, sizeof(event));
			at += sizeof(event);
			play(context, &event, block->bytes + at);
		}
		drop_block(tape);
	}
	for (unsigned dir = 0; dir < 2; dir++) {
		if (tape->missing[dir].kind == TAPE_GAP)
			play(context, &tape->missing[dir], NULL);
		if (tape->ended[dir].kind == TAPE_EOF)
			play(context, &tape->ended[dir], NULL);
	}
}

void tape_free(struct tape *tape)
{
	tape_make_room(tape);
	while (tape->first != NULL)
		drop_block(tape);
}
