/* SPDX-License-Identifier: BSD-2-Clause */
/* One thread fills blocks, another empties them, in turn. */
#include "core/capture/unpacker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/thread.h"

#define BLOCKS 4u
#define BLOCK_ROOM (256u << 10)
#define INPUT_ROOM (64u << 10)
#define WAIT_MS 100

struct block {
	size_t length;
	uint8_t bytes[BLOCK_ROOM];
};

struct unpacker {
	const struct codec *codec;
	struct intake *intake;
	struct thread thread;
	/* The unpacker's thread alone. */
	void *state;
	struct codec_step step;
	uint64_t offset; /* in the file, behind the input   */
	bool begun;      /* a member has not ended          */
	uint8_t input[INPUT_ROOM];
	/* Between the two. */
	struct monitor monitor;
	unsigned filled; /* blocks ready for the reader     */
	bool ended;      /* there will be no more           */
	bool closing;    /* the reader wants no more        */
	char problem[160];
	/* The reader alone. */
	unsigned first; /* block in hand                   */
	size_t taken;   /* of it                           */
	struct block blocks[BLOCKS];
};

/* Waits for a block that the reader has done with.  NULL: it wants no more. */
static struct block *next_block(struct unpacker *unpacker, unsigned number)
{
	bool closing;

	monitor_enter(&unpacker->monitor);
	while (unpacker->filled == BLOCKS && !unpacker->closing)
		monitor_wait(&unpacker->monitor, WAIT_MS);
	closing = unpacker->closing;
	monitor_leave(&unpacker->monitor);
	return closing ? NULL : &unpacker->blocks[number % BLOCKS];
}

static void hand_over(struct unpacker *unpacker)
{
	monitor_enter(&unpacker->monitor);
	unpacker->filled++;
	monitor_changed(&unpacker->monitor);
	monitor_leave(&unpacker->monitor);
}

/* Whether the reader wants no more; where the input is silent, only after a
 * while. */
static bool is_closing(struct unpacker *unpacker, bool silent)
{
	bool closing;

	monitor_enter(&unpacker->monitor);
	if (silent && !unpacker->closing)
		monitor_wait(&unpacker->monitor, WAIT_MS);
	closing = unpacker->closing;
	monitor_leave(&unpacker->monitor);
	return closing;
}

enum filling { FILLED, FILL_PAUSE, FILL_STOP };

/* Where the input stands in the file. */
static uint64_t position(const struct unpacker *unpacker)
{
	return unpacker->offset - unpacker->step.in_length;
}

static enum filling fail(struct unpacker *unpacker, const char *what)
{
	snprintf(unpacker->problem, sizeof(unpacker->problem),
	    "%s, byte offset %" PRIu64 ": %s", unpacker->codec->name,
	    position(unpacker), what);
	return FILL_STOP;
}

/* More input, where there is none.  PAUSE: it is slow, and what was unpacked
 * should not wait for it.  STOP: the file has ended, or failed, or nobody wants
 * it any more. */
static enum filling fill(struct unpacker *unpacker)
{
	struct codec_step *step = &unpacker->step;
	ssize_t length = INTAKE_LATER;

	while (length == INTAKE_LATER) {
		length = intake_read(
		    unpacker->intake, unpacker->input, INPUT_ROOM);
		if (length == INTAKE_LATER && step->out_room < BLOCK_ROOM)
			return FILL_PAUSE;
		if (is_closing(unpacker, length == INTAKE_LATER))
			return FILL_STOP;
	}
	if (length < 0)
		return fail(unpacker, intake_problem(unpacker->intake));
	if (length == 0)
		return unpacker->begun
		    ? fail(unpacker, "it ends within packed data")
		    : FILL_STOP;
	step->in = unpacker->input;
	step->in_length = (size_t)length;
	unpacker->offset += (uint64_t)length;
	return FILLED;
}

/* Where a member may begin.  Zeros behind one only fill a tape, or a file of xz
 * (The .xz File Format, section 2.2). */
static enum filling begin_member(struct unpacker *unpacker)
{
	struct codec_step *step = &unpacker->step;

	while (step->in_length > 0 && *step->in == 0) {
		step->in++;
		step->in_length--;
	}
	if (step->in_length == 0)
		return fill(unpacker);
	if (!unpacker->codec->reset(unpacker->state))
		return fail(unpacker, "out of memory");
	unpacker->begun = true;
	return FILLED;
}

/* Bytes into the room that is left. */
static enum filling unpack(struct unpacker *unpacker)
{
	struct codec_step *step = &unpacker->step;
	const uint8_t *in = step->in;
	const uint8_t *out = step->out;

	if (!unpacker->begun)
		return begin_member(unpacker);
	switch (unpacker->codec->step(unpacker->state, step)) {
	case CODEC_BAD:
		return fail(unpacker, step->problem);
	case CODEC_END:
		unpacker->begun = false;
		return FILLED;
	default:
		if (step->out_room == 0)
			return FILLED;
		if (step->in_length == 0)
			return fill(unpacker);
		return step->in != in || step->out != out
		    ? FILLED
		    : fail(unpacker, "corrupt data");
	}
}

/* Fills a block.  STOP: there are no more. */
static enum filling fill_block(struct unpacker *unpacker, struct block *block)
{
	enum filling filling = FILLED;

	unpacker->step.out = block->bytes;
	unpacker->step.out_room = BLOCK_ROOM;
	while (filling == FILLED && unpacker->step.out_room > 0)
		filling = unpack(unpacker);
	block->length = BLOCK_ROOM - unpacker->step.out_room;
	return filling;
}

static void *run(void *argument)
{
	struct unpacker *unpacker = argument;
	struct block *block;
	enum filling filling = FILLED;
	unsigned number = 0;

	while (filling != FILL_STOP &&
	    (block = next_block(unpacker, number)) != NULL) {
		filling = fill_block(unpacker, block);
		if (block->length == 0)
			continue;
		hand_over(unpacker);
		number++;
	}
	monitor_enter(&unpacker->monitor);
	unpacker->ended = true;
	monitor_changed(&unpacker->monitor);
	monitor_leave(&unpacker->monitor);
	return NULL;
}

/* 0, or an errno. */
static int start(struct unpacker *unpacker)
{
	int error = ENOMEM;

	unpacker->state = unpacker->codec->open();
	if (unpacker->state == NULL)
		return error;
	if (monitor_init(&unpacker->monitor)) {
		error = thread_start(&unpacker->thread, run, unpacker);
		if (error == 0)
			return 0;
		monitor_destroy(&unpacker->monitor);
	}
	unpacker->codec->close(unpacker->state);
	return error;
}

struct unpacker *unpacker_open(
    const struct codec *codec, struct intake *intake, const char **problem)
{
	struct unpacker *unpacker = malloc(sizeof(*unpacker));
	int error = ENOMEM;

	if (unpacker != NULL) {
		memset(unpacker, 0, offsetof(struct unpacker, blocks));
		unpacker->codec = codec;
		unpacker->intake = intake;
		error = start(unpacker);
	}
	if (error == 0)
		return unpacker;
	free(unpacker);
	*problem = strerror(error);
	return NULL;
}

/* Waits for a block.  False: there is none; *result says why. */
static bool wait_for_block(struct unpacker *unpacker, ssize_t *result)
{
	bool ready;

	monitor_enter(&unpacker->monitor);
	if (unpacker->filled == 0 && !unpacker->ended)
		monitor_wait(&unpacker->monitor, WAIT_MS);
	ready = unpacker->filled > 0;
	if (!unpacker->ended)
		*result = INTAKE_LATER;
	else
		*result = unpacker->problem[0] != '\0' ? -1 : 0;
	monitor_leave(&unpacker->monitor);
	return ready;
}

static void give_back(struct unpacker *unpacker)
{
	unpacker->taken = 0;
	unpacker->first = (unpacker->first + 1) % BLOCKS;
	monitor_enter(&unpacker->monitor);
	unpacker->filled--;
	monitor_changed(&unpacker->monitor);
	monitor_leave(&unpacker->monitor);
}

ssize_t unpacker_read(struct unpacker *unpacker, void *bytes, size_t room)
{
	struct block *block = &unpacker->blocks[unpacker->first];
	ssize_t result;

	if (!wait_for_block(unpacker, &result))
		return result;
	if (room > block->length - unpacker->taken)
		room = block->length - unpacker->taken;
	memcpy(bytes, block->bytes + unpacker->taken, room);
	unpacker->taken += room;
	if (unpacker->taken == block->length)
		give_back(unpacker);
	return (ssize_t)room;
}

const char *unpacker_problem(const struct unpacker *unpacker)
{
	return unpacker->problem;
}

void unpacker_close(struct unpacker **handle)
{
	struct unpacker *unpacker = *handle;

	if (unpacker == NULL)
		return;
	*handle = NULL;
	monitor_enter(&unpacker->monitor);
	unpacker->closing = true;
	monitor_changed(&unpacker->monitor);
	monitor_leave(&unpacker->monitor);
	thread_join(&unpacker->thread);
	unpacker->codec->close(unpacker->state);
	monitor_destroy(&unpacker->monitor);
	free(unpacker);
}
