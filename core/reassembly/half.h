/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of one connection: segments in, a stream of data and gap
 * events that tile it from offset 0, and at most one eof.
 *
 *	           delivered        what waits (store.h)
 *	offset 0 |============|..........[##].....[####]....F
 *	                      ^next                    ^     ^fin
 *	                                               highest
 *
 * Offsets are of 64 bits and never wrap.  In-order payload goes up without a
 * copy.  A half does not know its sequence numbers' meaning beyond first, nor
 * the other direction: what that must have reached before a byte may be
 * delivered comes in with each call, as `reached`. */
#ifndef CORE_REASSEMBLY_HALF_H
#define CORE_REASSEMBLY_HALF_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpflow/types.h>

#include "core/reassembly/store.h"

#define HALF_NOWHERE UINT64_MAX

struct half;

/* What the halves of one worker share. */
struct half_environment {
	struct store_limits limits;
	/* The way up. */
	void (*data)(void *context, const struct tcpflow_chunk *chunk);
	void (*gap)(void *context, const struct tcpflow_gap *gap);
	void (*eof)(void *context, const struct half *half);
};

struct half {
	/* One cache line is what each packet needs, as far as store.tree.first. */
	uint64_t next;     /* of the next byte to deliver     */
	uint64_t highest;  /* behind the last byte seen       */
	uint64_t fin;      /* where the FIN stands, or NOWHERE*/
	uint64_t waived;   /* the other direction need not    */
			   /* wait for bytes before this      */
	uint32_t first;    /* sequence number of offset 0     */
	uint8_t direction; /* TCPFLOW_C2S or TCPFLOW_S2C      */
	bool started;      /* `first` is known                */
	bool ended;        /* the FIN was reached: eof is out */
	const struct half_environment *environment;
	void *context;
	struct store store;
	uint64_t fin_awaits;
	uint64_t fin_ts_ns;
	uint64_t fin_packet;
	uint64_t duplicate; /* bytes that had been delivered   */
	uint64_t out_of_order;
};

/* A segment as this direction sees it.  `missing` bytes behind `length` were
 * on the wire and not captured. */
struct half_segment {
	int64_t offset; /* negative: before offset 0       */
	const uint8_t *bytes;
	uint32_t length;
	uint32_t missing;
	bool fin;
	uint64_t awaits; /* what it acknowledges            */
	uint64_t ts_ns;
	uint64_t packet;
};

void half_init(struct half *half, const struct half_environment *environment,
    void *context, uint32_t direction);

/* Offset 0 has the sequence number `first`. */
void half_start(struct half *half, uint32_t first);

/* How far the other direction may rely on this one: behind the last byte
 * delivered, and one more where the FIN was reached, as acknowledgements count
 * it, or may stand; not where a byte was seen there after all. */
static inline uint64_t half_reached(const struct half *half)
{
	uint64_t reached = half->next + half->ended;

	return half->waived > reached && half->waived > half->highest
	    ? half->waived
	    : reached;
}

/* Delivers what may be delivered of the segment and stores the rest.  Where a
 * limit forbids that, the oldest holes become gaps (BUDGET). */
void half_receive(
    struct half *half, const struct half_segment *segment, uint64_t reached);

/* Nothing is stored, no end is known: bytes at `next` may be delivered by
 * themselves. */
static inline bool half_is_plain(const struct half *half)
{
	return half->started && half->fin == HALF_NOWHERE &&
	    store_first(&half->store) == NULL;
}

/* As half_receive() for bytes at `next` of a plain half that wait for nothing:
 * the way of nearly all payload. */
void half_receive_next(struct half *half, const uint8_t *bytes, uint32_t length,
    uint64_t ts_ns, uint64_t packet);

/* Delivers what has become possible.  True: something was. */
bool half_drain(struct half *half, uint64_t reached);

/* Declares the hole at `next` lost: up to the first piece behind it, the FIN
 * or `upto`, whichever is first.  True: there was one. */
bool half_skip(
    struct half *half, uint64_t upto, uint64_t ts_ns, uint64_t packet);

/* What the first piece (or the FIN) at `next` still waits for in the other
 * direction; 0 when nothing is there. */
uint64_t half_wants(const struct half *half);

/* What stands at `next` waits for no more than what was reached: its order
 * cannot be true. */
void half_concede(struct half *half, uint64_t reached);

/* Bytes or a FIN wait to be delivered. */
static inline bool half_pending(const struct half *half)
{
	return store_first(&half->store) != NULL ||
	    (half->fin != HALF_NOWHERE && !half->ended);
}

/* Frees what is stored, counted as shed. */
void half_clear(struct half *half);

#endif
