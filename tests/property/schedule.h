/* SPDX-License-Identifier: BSD-2-Clause */
/* Random conversations, and what a capture makes of them:
 *
 *	converse: what two ends really sent, in the order of sending
 *	   |
 *	capture:  lost, copied, cut, out of order, with packets between them that
 *	   |      neither end sent
 *	   v
 *	schedule->packets, which the flow table gets and the reference knows
 *
 * It decides what is true, and includes nothing of core/reassembly or
 * core/flow. */
#ifndef TESTS_PROPERTY_SCHEDULE_H
#define TESTS_PROPERTY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_PACKETS 2048u
#define SCHEDULE_CONVERSATIONS 3u
#define SCHEDULE_POOL (1u << 18)

#define SENT_FIN 0x01u
#define SENT_SYN 0x02u
#define SENT_RST 0x04u
#define SENT_ACK 0x10u

/* How a packet came to be. */
enum sent_kind {
	SENT_HONEST, /* an end sent it                  */
	SENT_FORGED, /* neither did: it may change nothing */
	SENT_PAUSE   /* no packet: time passes          */
};

struct sent {
	uint64_t ts_ns;
	uint64_t order;  /* for sorting                     */
	int64_t offset;  /* of its first byte               */
	int64_t ack;     /* an offset of the other side's   */
	uint32_t length; /* that were captured              */
	uint32_t missing;
	uint32_t at; /* its bytes, in the pool          */
	uint16_t window;
	uint8_t flags;
	uint8_t side; /* 0: who opens, 1: who is called  */
	uint8_t kind;
	bool lost;
};

struct conversation {
	uint32_t isn[2];
	uint32_t first; /* of its packets                  */
	uint32_t behind;
	bool whole;      /* SYN and SYN-ACK come first      */
	uint64_t fin[2]; /* UINT64_MAX: none                */
};

/* What is to be expected of it, besides that it is random. */
enum schedule_kind {
	SCHEDULE_EXACT,  /* nobody waits so long that it gives up */
	SCHEDULE_FAR,    /* the same, beyond 4 GiB          */
	SCHEDULE_JOINED, /* its handshake may be missing, or late */
	SCHEDULE_SLOW,   /* long pauses: waits are given up */
	SCHEDULE_TIGHT,  /* the store is too small          */
	SCHEDULE_KINDS
};

struct schedule {
	uint64_t random;
	enum schedule_kind kind;
	uint32_t count;
	uint32_t conversations;
	uint32_t used; /* of the pool                     */
	bool cuts;     /* there is a snap length          */
	struct conversation conversation[SCHEDULE_CONVERSATIONS];
	struct sent packets[SCHEDULE_PACKETS];
	uint8_t pool[SCHEDULE_POOL];
};

/* The schedule number `seed`. */
void schedule_make(struct schedule *schedule, uint64_t seed);

/* converse.c: one conversation, as it was sent; appended.  Its packets have an
 * order, and no time yet. */
void schedule_converse(struct schedule *schedule, struct conversation *about);

/* Below `most`, which is not 0. */
uint32_t schedule_below(struct schedule *schedule, uint32_t most);

/* True once in `times`. */
bool schedule_once_in(struct schedule *schedule, uint32_t times);

/* One more packet, zeroed but for its order; there is room. */
struct sent *schedule_add(struct schedule *schedule);

/* Room for so many bytes in the pool; returns where. */
uint32_t schedule_room(struct schedule *schedule, uint32_t length);

#endif
