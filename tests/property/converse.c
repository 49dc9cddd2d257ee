/* SPDX-License-Identifier: BSD-2-Clause */
/* Two ends that talk as RFC 9293 says, with all that it allows: data on SYN and
 * FIN, retransmissions in other pieces, probes, resets.  Who receives is always
 * somewhere behind who sends. */
#include "tests/property/schedule.h"

#include <string.h>

#define NOWHERE UINT64_MAX
#define MORE_THAN_32_BITS 5 /* steps of STEP */
#define STEP (INT64_C(1) << 30)

/* What each end knows. */
struct end {
	int64_t sent;     /* the next offset that it will send */
	int64_t received; /* of the other's, as it acknowledges*/
	int64_t from;     /* nothing before this is sent again */
	bool finished;    /* `sent` - 1 is its FIN's           */
};

struct talk {
	struct schedule *schedule;
	struct conversation *about;
	struct end end[2];
	bool over; /* by a RST */
};

/* The byte that a side says at an offset: of its own, so that one that is moved
 * is seen. */
static uint8_t byte_at(unsigned side, int64_t offset)
{
	uint64_t mixed = ((uint64_t)offset * 2 + side + 1) *
	    UINT64_C(0x9e3779b97f4a7c15);

	return (uint8_t)(mixed >> 56);
}

static struct sent *say(
    struct talk *talk, unsigned side, unsigned flags, int64_t offset)
{
	struct sent *sent = schedule_add(talk->schedule);

	sent->side = (uint8_t)side;
	sent->flags = (uint8_t)flags;
	sent->offset = offset;
	if (flags & SENT_ACK)
		sent->ack = talk->end[side].received;
	sent->window = (uint16_t)schedule_below(talk->schedule, 65536);
	return sent;
}

static void carry(struct talk *talk, struct sent *sent, uint32_t length)
{
	uint32_t at = schedule_room(talk->schedule, length);

	sent->at = at;
	sent->length = length;
	for (uint32_t i = 0; i < length; i++)
		talk->schedule->pool[at + i] = byte_at(
		    sent->side, sent->offset + i);
}

/* One byte alone may be a probe, where nobody saw the beginning. */
static uint32_t least_length(const struct schedule *schedule)
{
	return schedule->kind == SCHEDULE_JOINED ? 2 : 1;
}

static uint32_t some_length(struct schedule *schedule)
{
	return least_length(schedule) +
	    schedule_below(schedule, schedule_once_in(schedule, 8) ? 300 : 30);
}

/* The other end has received a bit more of what `side` sent. */
static void arrive(struct talk *talk, unsigned side)
{
	struct end *sender = &talk->end[side];
	struct end *receiver = &talk->end[!side];
	int64_t behind = sender->sent - receiver->received;

	if (behind <= 0)
		return;
	if (schedule_once_in(talk->schedule, 3))
		receiver->received += 1 +
		    schedule_below(talk->schedule, (uint32_t)behind);
	else if (schedule_once_in(talk->schedule, 2))
		receiver->received = sender->sent;
	if (receiver->received > sender->sent)
		receiver->received = sender->sent;
}

static void say_data(struct talk *talk, unsigned side)
{
	struct end *end = &talk->end[side];
	struct sent *sent = say(talk, side, SENT_ACK, end->sent);

	carry(talk, sent, some_length(talk->schedule));
	end->sent += sent->length;
	if (schedule_once_in(talk->schedule, 24)) {
		sent->flags |= SENT_FIN;
		talk->about->fin[side] = (uint64_t)end->sent;
		end->sent++;
		end->finished = true;
	}
}

static void say_fin(struct talk *talk, unsigned side)
{
	struct end *end = &talk->end[side];

	say(talk, side, SENT_FIN | SENT_ACK, end->sent);
	talk->about->fin[side] = (uint64_t)end->sent;
	end->sent++;
	end->finished = true;
}

/* Any part of what was said, with the FIN where it reaches that far. */
static void say_again(struct talk *talk, unsigned side)
{
	struct end *end = &talk->end[side];
	int64_t data = end->sent - end->finished;
	int64_t most = data + 1 - end->from - least_length(talk->schedule);
	struct sent *sent;
	uint32_t length = some_length(talk->schedule);

	if (most <= 0)
		return;
	sent = say(talk, side, SENT_ACK,
	    end->from + schedule_below(talk->schedule, (uint32_t)most));
	if (length > data - sent->offset)
		length = (uint32_t)(data - sent->offset);
	carry(talk, sent, length);
	if (end->finished && sent->offset + length == data)
		sent->flags |= SENT_FIN;
}

/* The last byte once more, with or without a byte that means nothing. */
static void probe(struct talk *talk, unsigned side)
{
	struct end *end = &talk->end[side];
	struct sent *sent;

	if (end->sent - end->finished <= end->from ||
	    talk->schedule->kind == SCHEDULE_JOINED)
		return;
	sent = say(talk, side, SENT_ACK, end->sent - end->finished - 1);
	if (schedule_once_in(talk->schedule, 2)) {
		carry(talk, sent, 1);
		talk->schedule->pool[sent->at] ^= 0x5a;
	}
}

/* What it knows of the other end it says once more, or a byte into a window
 * that is closed. */
static void say_nothing(struct talk *talk, unsigned side)
{
	struct end *end = &talk->end[side];

	if (schedule_once_in(talk->schedule, 8)) {
		probe(talk, side);
		return;
	}
	say(talk, side, SENT_ACK, end->sent);
}

static void reset(struct talk *talk, unsigned side)
{
	struct end *end = &talk->end[side];
	struct sent *sent = say(talk, side,
	    SENT_RST | (schedule_once_in(talk->schedule, 2) ? SENT_ACK : 0),
	    end->sent);

	if (!end->finished && schedule_once_in(talk->schedule, 8)) {
		carry(talk, sent, 12);
		end->sent += 12;
	}
	talk->over = true;
}

/* With data on the SYN, which is taken, or not and then said again (RFC 7413).
 */
static void open(struct talk *talk)
{
	struct schedule *schedule = talk->schedule;
	struct end *end = talk->end;
	struct sent *sent = say(talk, 0, SENT_SYN, 0);

	if (schedule_once_in(schedule, 4)) {
		carry(talk, sent, some_length(schedule));
		end[0].sent = sent->length;
		if (schedule_once_in(schedule, 2))
			end[1].received = sent->length;
	}
	if (schedule_once_in(schedule, 16))
		*say(talk, 0, SENT_SYN, 0) = *sent;
	sent = say(talk, 1, SENT_SYN | SENT_ACK, 0);
	if (end[1].received > 0 && schedule_once_in(schedule, 4)) {
		carry(talk, sent, some_length(schedule));
		end[1].sent = sent->length;
	}
	say(talk, 0, SENT_ACK, end[0].sent);
	if (end[0].sent > 0 && end[1].received == 0) {
		sent = say(talk, 0, SENT_ACK, 0);
		carry(talk, sent, (uint32_t)end[0].sent);
	}
}

/* A side says so much that is not captured that offsets need 33 bits: a byte
 * here and there, which the other one acknowledges, and time to give up. */
static void go_far(struct talk *talk, unsigned side)
{
	struct end *end = talk->end;

	for (int i = 0; i < MORE_THAN_32_BITS; i++) {
		struct sent *sent;

		end[side].sent += STEP - 1 -
		    schedule_below(talk->schedule, 1u << 16);
		sent = say(talk, side, SENT_ACK, end[side].sent);
		carry(talk, sent, 1);
		end[side].sent++;
		end[!side].received = end[side].sent;
		say(talk, !side, SENT_ACK, end[!side].sent);
		schedule_add(talk->schedule)->kind = SENT_PAUSE;
	}
	end[side].from = end[side].sent;
}

static void turn(struct talk *talk)
{
	struct schedule *schedule = talk->schedule;
	unsigned side = schedule_once_in(schedule, 2);
	struct end *end = &talk->end[side];

	arrive(talk, side);
	arrive(talk, !side);
	if (end->finished)
		schedule_once_in(schedule, 2) ? say_again(talk, side)
					      : say_nothing(talk, side);
	else if (schedule_once_in(schedule, 6))
		say_again(talk, side);
	else if (schedule_once_in(schedule, 5))
		say_nothing(talk, side);
	else if (schedule_once_in(schedule, 40))
		reset(talk, side);
	else if (schedule_once_in(schedule, 30))
		say_fin(talk, side);
	else
		say_data(talk, side);
}

void schedule_converse(struct schedule *schedule, struct conversation *about)
{
	struct talk talk = {.schedule = schedule, .about = about};
	unsigned turns = 2 +
	    schedule_below(schedule, schedule_once_in(schedule, 4) ? 120 : 25);

	about->fin[0] = NOWHERE;
	about->fin[1] = NOWHERE;
	open(&talk);
	if (schedule->kind == SCHEDULE_FAR)
		go_far(&talk, schedule_once_in(schedule, 2));
	for (unsigned i = 0; i < turns && !talk.over; i++)
		turn(&talk);
	if (talk.over || schedule_once_in(schedule, 4))
		return;
	for (unsigned side = 0; side < 2; side++) {
		if (!talk.end[side].finished)
			say_fin(&talk, side);
		talk.end[!side].received = talk.end[side].sent;
		say(&talk, !side, SENT_ACK, talk.end[!side].sent);
		if (schedule_once_in(schedule, 4))
			say_again(&talk, side);
	}
}
