/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference: what a conversation comes to, said as simply as it can be.  All
 * segments are kept for ever, and each byte is looked for among all of them.
 *
 *	a byte at an offset:  the one of the first segment that has it
 *	it may go up:         if all before it did, and all of the other side that
 *	                      a segment acknowledges which has it
 *	a gap:                what no segment has when the capture is over
 *
 * It includes nothing of core/reassembly and core/flow, and knows no time: for
 * schedules in which nobody waits too long. */
#ifndef TESTS_PROPERTY_REFERENCE_H
#define TESTS_PROPERTY_REFERENCE_H

#include "tests/property/schedule.h"
#include "tests/property/transcript.h"

#define REFERENCE_NOWHERE UINT64_MAX

/* What a packet brought of one side. */
struct reference_segment {
	int64_t offset; /* from the first byte that was said */
	uint32_t length;
	uint32_t missing; /* behind it, cut                  */
	const uint8_t *bytes;
	uint64_t awaits;
	uint32_t packet; /* its place in the schedule       */
};

struct reference_side {
	struct reference_segment *segments; /* in order of capture */
	uint32_t count;
	int64_t base; /* what is offset 0 above          */
	bool started;
	int64_t last_ack; /* that it sent, where `acks` is set */
	bool acks;
	bool captured; /* a packet of it was              */
	uint64_t fin;  /* from here on offsets above      */
	uint64_t fin_awaits;
	uint64_t highest; /* behind the last byte known of   */
	uint64_t acknowledged;
	bool conflict; /* a byte that was still queued came otherwise */
	struct transcript said;
};

struct reference {
	const struct schedule *schedule;
	const struct conversation *about;
	uint32_t first; /* the packet its connection begins with */
	uint32_t held;  /* packets before this are taken in at once */
	bool reset;
	bool over; /* both sides have ended           */
	struct reference_side side[2];
	struct reference_segment segments[2][SCHEDULE_PACKETS];
};

void reference_begin(struct reference *reference,
    const struct schedule *schedule, const struct conversation *about);

/* The next packet, by its place in the schedule. */
void reference_packet(struct reference *reference, uint32_t packet);

/* Time passed: what was acknowledged and is missing is lost. */
void reference_pause(struct reference *reference);

/* No more packets. */
void reference_end(struct reference *reference);

/* There is a connection, so that there are books. */
bool reference_has_connection(const struct reference *reference);

/* How it is closed: TCPFLOW_CLOSE_*; `otherwise`: as what comes after it. */
uint32_t reference_reason(
    const struct reference *reference, uint32_t otherwise);

/* Whether a packet captured before `behind` has one of the bytes between two
 * offsets above. */
bool reference_has(const struct reference_side *side, uint64_t from,
    uint64_t upto, uint32_t behind);

/* What the byte at an offset above waits for: the least that a packet captured
 * up to `upto` acknowledges which has it, since that one was sent first.
 * REFERENCE_NOWHERE: nobody has it. */
uint64_t reference_awaits(
    const struct reference_side *side, uint64_t offset, uint32_t upto);

/* Whether a packet captured up to `upto` has this byte there. */
bool reference_said(const struct reference_side *side, uint64_t offset,
    uint8_t byte, uint32_t upto);

#endif
