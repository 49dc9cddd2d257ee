/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference reassembler. */
#include "tests/property/reference.h"

#include <string.h>

#include <tcpflow/types.h>

#define PROLOGUE_NS UINT64_C(50000000)
#define PROLOGUE_PACKETS 64u
#define HANDSHAKE_PACKETS 7u

static const struct sent *packet_of(
    const struct reference *reference, uint32_t packet)
{
	return &reference->schedule->packets[packet];
}

/* Bytes or an end: more than that somebody is there. */
static bool says_something(const struct sent *sent)
{
	return sent->length + sent->missing > 0 || sent->flags & SENT_FIN;
}

/* What a flow notes before there is a connection. */
struct handshake {
	bool syn;
	bool syn_ack;
	int64_t acknowledged; /* by the SYN-ACK; by a SYN alone, 0 */
	uint32_t packets[2];  /* of each side                   */
};

static bool note_flags(struct handshake *handshake, const struct sent *sent)
{
	bool begun = handshake->syn || handshake->syn_ack;

	switch (sent->flags & (SENT_SYN | SENT_ACK)) {
	case SENT_SYN:
		if (begun && handshake->acknowledged != 0)
			return false;
		if (!begun) /* bare ACKs were of something else */
			*handshake = (struct handshake){0};
		handshake->syn = true;
		return true;
	case SENT_SYN | SENT_ACK:
		if (begun && sent->ack != handshake->acknowledged)
			return false;
		handshake->syn_ack = true;
		handshake->acknowledged = sent->ack;
		return true;
	default:
		return !begun;
	}
}

/* False: a connection begins. */
static bool note_handshake(struct handshake *handshake, const struct sent *sent)
{
	if (says_something(sent) || sent->flags & SENT_RST ||
	    handshake->packets[sent->side] == HANDSHAKE_PACKETS ||
	    !note_flags(handshake, sent))
		return false;
	handshake->packets[sent->side]++;
	return true;
}

/* Forged bytes stand in none. */
static bool begins_nothing(const struct sent *sent)
{
	return sent->kind == SENT_PAUSE ||
	    (sent->kind == SENT_FORGED && says_something(sent));
}

static void start(struct reference_side *side, int64_t base)
{
	if (!side->started)
		side->base = base;
	side->started = true;
}

/* A keep-alive probe: at most a byte in front of what the other side expects. */
static bool is_probe(
    const struct reference_side *other, const struct sent *sent)
{
	return !(sent->flags & (SENT_SYN | SENT_FIN)) &&
	    sent->length + sent->missing <= 1 && other->acks &&
	    other->last_ack == sent->offset + 1;
}

/* Where a side begins, if a packet is the first of it that counts. */
static int64_t place_of(
    const struct reference_side *other, const struct sent *sent)
{
	if (sent->flags & SENT_SYN)
		return 0;
	return sent->offset + is_probe(other, sent);
}

static void note_ack(struct reference_side *side, const struct sent *sent)
{
	if (sent->flags & SENT_ACK) {
		side->acks = true;
		side->last_ack = sent->ack;
	}
}

/* The first packets, where the handshake is not there: the lowest byte of each
 * side among them is its first. */
static void hold(struct reference *reference)
{
	const struct sent *first = packet_of(reference, reference->first);
	uint32_t i = reference->first;
	int64_t place;

	for (; i < reference->about->behind; i++) {
		const struct sent *sent = packet_of(reference, i);
		struct reference_side *side = &reference->side[sent->side];
		struct reference_side *other = &reference->side[!sent->side];

		if (i - reference->first == PROLOGUE_PACKETS ||
		    sent->ts_ns >= first->ts_ns + PROLOGUE_NS)
			break;
		side->captured = true;
		if (sent->flags & SENT_RST)
			continue;
		place = place_of(other, sent);
		if (!side->started ||
		    ((says_something(sent) || sent->flags & SENT_SYN) &&
			place < side->base))
			side->base = place;
		note_ack(side, sent);
		side->started = true;
		if (sent->flags & SENT_SYN && sent->flags & SENT_ACK &&
		    (!other->started || sent->ack < other->base)) {
			other->base = sent->ack;
			other->started = true;
		}
	}
	reference->held = i;
	reference->side[0].acks = false;
	reference->side[1].acks = false;
}

/* The packet it begins with, and what is known by then. */
static void begin_connection(struct reference *reference)
{
	const struct conversation *about = reference->about;
	struct reference_side *client = &reference->side[0];
	struct reference_side *server = &reference->side[1];
	struct handshake handshake = {0};
	const struct sent *sent = NULL;
	uint32_t i;

	for (i = about->first; i < about->behind; i++) {
		sent = packet_of(reference, i);
		if (!begins_nothing(sent) && !note_handshake(&handshake, sent))
			break;
	}
	reference->first = i;
	reference->held = i;
	if (!reference_has_connection(reference))
		return;
	if (handshake.syn || handshake.syn_ack)
		start(client, handshake.acknowledged);
	if (handshake.syn_ack) {
		start(server, 0);
		server->acks = true;
		server->last_ack = handshake.acknowledged;
	}
	client->captured = handshake.syn;
	server->captured = handshake.syn_ack;
	if (!handshake.syn_ack && !(sent->flags & SENT_SYN))
		hold(reference);
}

void reference_begin(struct reference *reference,
    const struct schedule *schedule, const struct conversation *about)
{
	reference->schedule = schedule;
	reference->about = about;
	reference->reset = false;
	reference->over = false;
	for (unsigned i = 0; i < 2; i++) {
		struct reference_side *side = &reference->side[i];

		side->segments = reference->segments[i];
		side->count = 0;
		side->base = 0;
		side->started = false;
		side->captured = false;
		side->acks = false;
		side->fin = REFERENCE_NOWHERE;
		side->fin_awaits = 0;
		side->highest = 0;
		side->acknowledged = 0;
		side->conflict = false;
		transcript_clear(&side->said);
	}
	begin_connection(reference);
}

bool reference_has_connection(const struct reference *reference)
{
	return reference->first < reference->about->behind;
}

/* Above, this is offset 0. */
static int64_t above(const struct reference_side *side, int64_t offset)
{
	return offset - side->base;
}

/* The first segment that has the byte, captured or (cut) not; or NULL. */
static const struct reference_segment *find(const struct reference_side *side,
    uint64_t offset, bool cut, uint32_t behind)
{
	for (uint32_t i = 0; i < side->count; i++) {
		const struct reference_segment *segment = &side->segments[i];
		int64_t inner = (int64_t)offset - above(side, segment->offset);

		if (segment->packet < behind && inner >= 0 &&
		    inner < segment->length + (cut ? segment->missing : 0))
			return segment;
	}
	return NULL;
}

bool reference_has(const struct reference_side *side, uint64_t from,
    uint64_t upto, uint32_t behind)
{
	for (uint32_t i = 0; i < side->count; i++) {
		const struct reference_segment *segment = &side->segments[i];
		int64_t offset = above(side, segment->offset);

		if (segment->packet < behind && offset < (int64_t)upto &&
		    offset + segment->length > (int64_t)from &&
		    segment->length > 0)
			return true;
	}
	return false;
}

uint64_t reference_awaits(
    const struct reference_side *side, uint64_t offset, uint32_t upto)
{
	uint64_t least = REFERENCE_NOWHERE;

	for (uint32_t i = 0; i < side->count; i++) {
		const struct reference_segment *segment = &side->segments[i];
		int64_t inner = (int64_t)offset - above(side, segment->offset);

		if (segment->packet <= upto && inner >= 0 &&
		    inner < segment->length + segment->missing &&
		    segment->awaits < least)
			least = segment->awaits;
	}
	return least;
}

static uint8_t byte_of(const struct reference_side *side,
    const struct reference_segment *segment, uint64_t offset)
{
	return segment->bytes[(int64_t)offset - above(side, segment->offset)];
}

bool reference_said(const struct reference_side *side, uint64_t offset,
    uint8_t byte, uint32_t upto)
{
	for (uint32_t i = 0; i < side->count; i++) {
		const struct reference_segment *segment = &side->segments[i];
		int64_t inner = (int64_t)offset - above(side, segment->offset);

		if (segment->packet <= upto && inner >= 0 &&
		    inner < segment->length && segment->bytes[inner] == byte)
			return true;
	}
	return false;
}

/* As acknowledgements count it. */
static uint64_t reached(const struct reference_side *side)
{
	return side->said.end + side->said.ended;
}

/* One byte, or the end, of a side.  False: it may not go up yet. */
static bool step(struct reference_side *side, struct reference_side *other)
{
	uint64_t next = side->said.end;
	const struct reference_segment *segment = find(
	    side, next, false, UINT32_MAX);
	uint64_t awaits = reference_awaits(side, next, UINT32_MAX);

	if (side->said.ended)
		return false;
	if (next == side->fin) {
		if (side->fin_awaits > reached(other))
			return false;
		side->said.ended = true;
		return true;
	}
	if (awaits > reached(other)) /* or nobody has it */
		return false;
	if (segment != NULL) {
		uint8_t byte = byte_of(side, segment, next);

		transcript_data(&side->said, &byte, 1);
	} else {
		transcript_gap(&side->said, 1, TCPFLOW_GAP_SNAPLEN);
	}
	return true;
}

static void settle(struct reference *reference)
{
	struct reference_side *side = reference->side;

	while (step(&side[0], &side[1]) || step(&side[1], &side[0]))
		;
	if (side[0].said.ended && side[1].said.ended)
		reference->over = true;
}

/* What was captured of this one differs from what is still queued.  `single`: it
 * was sent with one byte, as probes are. */
static void note_conflicts(struct reference_side *side,
    const struct reference_segment *segment, bool single)
{
	uint64_t probe = side->highest; /* a last byte of no meaning */

	for (uint32_t i = 0; i < segment->length; i++) {
		int64_t offset = above(side, segment->offset) + i;
		const struct reference_segment *first;

		if (offset < (int64_t)side->said.end ||
		    (single && (uint64_t)offset + 1 == probe))
			continue;
		first = find(side, (uint64_t)offset, false, segment->packet);
		if (first != NULL &&
		    byte_of(side, first, (uint64_t)offset) != segment->bytes[i])
			side->conflict = true;
	}
}

/* Takes off so many bytes at the end. */
static void shorten(struct reference_segment *segment, uint64_t outside)
{
	uint64_t length = (uint64_t)segment->length + segment->missing;
	uint64_t kept = outside < length ? length - outside : 0;

	if (segment->length > kept)
		segment->length = (uint32_t)kept;
	segment->missing = (uint32_t)(kept - segment->length);
}

static void bring(struct reference *reference, uint32_t packet,
    const struct sent *sent, uint64_t awaits)
{
	struct reference_side *side = &reference->side[sent->side];
	struct reference_segment *segment = &side->segments[side->count];
	int64_t behind = above(side, sent->offset) + sent->length +
	    sent->missing;
	int64_t upto;

	*segment = (struct reference_segment){
	    .offset = sent->offset,
	    .length = sent->length,
	    .missing = sent->missing,
	    .bytes = reference->schedule->pool + sent->at,
	    .awaits = awaits,
	    .packet = packet,
	};
	if (side->fin != REFERENCE_NOWHERE && behind > (int64_t)side->fin)
		shorten(segment, (uint64_t)behind - side->fin);
	note_conflicts(side, segment, sent->length + sent->missing == 1);
	side->count++;
	upto = above(side, segment->offset) + segment->length +
	    segment->missing;
	if (segment->length + segment->missing > 0 &&
	    upto > (int64_t)side->highest)
		side->highest = (uint64_t)upto;
	if (sent->flags & SENT_FIN && side->fin == (uint64_t)behind &&
	    awaits < side->fin_awaits)
		side->fin_awaits = awaits;
	if (sent->flags & SENT_FIN && side->fin == REFERENCE_NOWHERE &&
	    behind >= (int64_t)side->highest) {
		side->fin = (uint64_t)behind;
		side->fin_awaits = awaits;
	}
}

static void take_in(struct reference *reference, uint32_t packet)
{
	const struct sent *sent = packet_of(reference, packet);
	struct reference_side *side = &reference->side[sent->side];
	struct reference_side *other = &reference->side[!sent->side];
	uint64_t awaits = 0;

	if (reference->over) {
		bring(
		    reference, packet, sent, 0); /* others may still want it */
		return;
	}
	side->captured = true;
	start(side, place_of(other, sent));
	note_ack(side, sent);
	if (sent->flags & SENT_SYN && sent->flags & SENT_ACK)
		start(other, sent->ack);
	if (sent->flags & SENT_RST)
		reference->reset = true;
	if (sent->flags & SENT_ACK && other->captured &&
	    above(other, sent->ack) > 0)
		awaits = (uint64_t)above(other, sent->ack);
	if (awaits > other->acknowledged)
		other->acknowledged = awaits;
	bring(reference, packet, sent, awaits);
	settle(reference);
}

/* Of those that are held, SYNs come first. */
static void take_in_held(struct reference *reference)
{
	for (uint32_t i = reference->first; i < reference->held; i++) {
		if (packet_of(reference, i)->flags & SENT_SYN)
			take_in(reference, i);
	}
	for (uint32_t i = reference->first; i < reference->held; i++) {
		if (!(packet_of(reference, i)->flags & SENT_SYN))
			take_in(reference, i);
	}
}

void reference_packet(struct reference *reference, uint32_t packet)
{
	if (packet_of(reference, packet)->kind != SENT_HONEST ||
	    packet < reference->first)
		return;
	if (packet >= reference->held)
		take_in(reference, packet);
	else if (packet + 1 == reference->held)
		take_in_held(reference);
}

/* The hole in front of what comes next is lost, as far as `upto`. */
static bool give_up(struct reference_side *side, uint64_t upto, uint32_t reason)
{
	uint64_t next = side->said.end;

	if (side->said.ended || find(side, next, true, UINT32_MAX) != NULL)
		return false;
	if (side->fin < upto)
		upto = side->fin;
	for (uint32_t i = 0; i < side->count; i++) {
		int64_t offset = above(side, side->segments[i].offset);

		if (offset > (int64_t)next && offset < (int64_t)upto &&
		    side->segments[i].length + side->segments[i].missing > 0)
			upto = (uint64_t)offset;
	}
	if (upto <= next || upto == REFERENCE_NOWHERE)
		return false;
	transcript_gap(&side->said, upto - next, reason);
	return true;
}

void reference_pause(struct reference *reference)
{
	for (unsigned i = 0; i < 2; i++) {
		struct reference_side *side = &reference->side[i];

		while (give_up(side, side->acknowledged, TCPFLOW_GAP_LOST))
			settle(reference);
	}
}

/* All that is queued goes up, in whatever order; then what is known only from
 * acknowledgements.  One byte may have been a FIN. */
static void finish(struct reference_side *side)
{
	uint64_t tail = side->acknowledged;
	uint64_t end = side->fin != REFERENCE_NOWHERE ? side->fin
						      : side->highest;

	for (uint32_t i = 0; i < side->count; i++)
		side->segments[i].awaits = 0;
	side->fin_awaits = 0;
	do {
		while (step(side, side))
			;
	} while (give_up(side, end, TCPFLOW_GAP_LOST));
	if (side->fin == REFERENCE_NOWHERE && tail > side->said.end + 1)
		give_up(side, tail, TCPFLOW_GAP_LOST);
}

void reference_end(struct reference *reference)
{
	finish(&reference->side[0]);
	finish(&reference->side[1]);
}

uint32_t reference_reason(const struct reference *reference, uint32_t otherwise)
{
	const struct reference_side *side = reference->side;

	if (reference->reset)
		return TCPFLOW_CLOSE_RST;
	for (unsigned i = 0; i < 2; i++) {
		if (side[i].captured && side[i].fin == REFERENCE_NOWHERE)
			return otherwise;
	}
	return TCPFLOW_CLOSE_FIN;
}
