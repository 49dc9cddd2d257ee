/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of a stream that a decoder cannot understand yet, in their order, with
 * the packets that carried them.  What it keeps is asked of the host first; where
 * the host says no the tape ends, and plays a gap for what it lacks.  It knows
 * neither keys nor children. */
#ifndef TESTS_HARD_TAPE_H
#define TESTS_HARD_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpflow/plugin.h>

enum tape_kind { TAPE_NONE, TAPE_DATA, TAPE_GAP, TAPE_EOF };

struct tape_event {
	uint64_t ts_ns;
	uint64_t packet;
	uint64_t first_packet;
	uint64_t length; /* of data, or of a gap            */
	uint32_t dir;
	uint32_t reason; /* of a gap, or of an end          */
	enum tape_kind kind;
};

struct tape_block;

struct tape {
	const struct tcpflow_host *host;
	struct tcpflow_scope *scope;
	uint64_t most; /* bytes that it may hold          */
	uint64_t held; /* in blocks                       */
	bool has_reserve;
	struct tape_block *first;
	struct tape_block *last;
	/* What came when there was no more room, by direction. */
	bool full;
	struct tape_event missing[2];
	struct tape_event ended[2];
};

/* Of data `bytes` are copied. */
void tape_record(
    struct tape *tape, const struct tape_event *event, const uint8_t *bytes);

/* Gives back what was held so that whom the tape is for can be opened: children,
 * and what plugins on them hold, are of the same share of memory. */
void tape_make_room(struct tape *tape);

/* Calls play for each event, and lets go of what it has played. */
void tape_play(struct tape *tape,
    void (*play)(
	void *context, const struct tape_event *event, const uint8_t *bytes),
    void *context);

void tape_free(struct tape *tape);

#endif
