/* SPDX-License-Identifier: BSD-2-Clause */
/* One TCP connection: two halves and what ties them together.
 *
 *	segment -> receive -> half[C2S] --+
 *	                      half[S2C] --+--> events (events.h), causally
 *
 * Causal delivery: a byte goes up only after every byte of the other direction
 * that its segment acknowledges has gone up or was declared a gap.  So nobody
 * sees an answer before its question, however the capture shuffled them.
 *
 * An acknowledgement of bytes that were not seen starts a short wait for them
 * (waits.h); then they are a gap. */
#ifndef CORE_FLOW_CONNECTION_H
#define CORE_FLOW_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/list.h"
#include "core/base/pool.h"
#include "core/decode/segment.h"
#include "core/flow/events.h"
#include "core/flow/flow.h"
#include "core/reassembly/half.h"

/* A SYN that was captured late: its connection is at most this many bytes on. */
#define CONNECTION_LATE_SYN (INT32_C(1) << 16)

/* What all connections of one flow table share. */
struct connection_environment {
	struct half_environment half;
	const struct flow_events *events;
	void *context; /* of events->open                 */
	struct counters *counters;
	struct list waits;     /* by deadline (waits.h)           */
	struct list prologues; /* by deadline (prologue.h)        */
	uint64_t now_ns;       /* packet time                     */
	uint64_t due_ns;       /* before, there is nothing to do by time */
	uint64_t packet;       /* number of the latest packet     */
};

/* Something has to be done by then. */
static inline void environment_due(
    struct connection_environment *environment, uint64_t ts_ns)
{
	if (ts_ns < environment->due_ns)
		environment->due_ns = ts_ns;
}

/* The other side acknowledged bytes of a half up to `upto`, which has not been
 * reached yet. */
struct wait {
	uint64_t upto; /* 0: not waiting                  */
	struct list link;
	uint64_t deadline_ns;
	uint64_t deadline_packets; /* of the connection               */
};

/* One side, as its own segments show it.  Each packet needs the first and the
 * third cache line. */
struct side {
	_Alignas(
	    CACHE_LINE) struct half half; /* what it sent                    */
	uint64_t acknowledged;            /* of its bytes, by the other side */
	uint32_t window;                  /* that it grants the other, scaled*/
	uint32_t last_acknowledgement;    /* as sent, where has_ack is set   */
	uint64_t packets;
	uint32_t stray; /* sequence number behind what was */
			/* foreign last, where strayed is set */
	uint8_t scale;
	bool has_acknowledgement;
	bool strayed;
	bool syn;              /* its SYN was seen                */
	bool captured;         /* at least one packet of it was   */
	struct wait wait;      /* for bytes that it sent          */
	uint64_t doubtful_fin; /* where one stands that lies outside of the */
	uint64_t doubtful_awaits; /* window: it counts once acknowledged     */
};

struct connection {
	struct connection_environment *environment;
	struct flow *flow;
	struct prologue *prologue; /* NULL: none, or it is over       */
	void *stream;
	struct flow_key key;
	uint64_t start_ns;  /* time of the flow's first packet */
	const char *source; /* where the connection came from  */
	uint64_t packets;
	uint64_t last_ns; /* of its latest packet            */
	bool opened;      /* events->open was called         */
	bool reset;       /* a valid RST was seen            */
	struct side side[2];
};

/* How a segment stands to the connection that its 4-tuple has. */
enum connection_match {
	CONNECTION_MATCH,
	CONNECTION_NEW,  /* the 4-tuple is used again       */
	CONNECTION_STALE /* belongs to neither; ignored     */
};

/* The flow has none yet; source lives as long as the connection. */
void connection_init(struct connection *connection,
    struct connection_environment *environment, struct flow *flow,
    const char *source);

enum connection_match connection_matches(
    const struct connection *connection, const struct segment *segment);

/* Takes in a segment that is the next one of its side and changes nothing else, as
 * nearly all are.  False: it is not like that, and nothing was done. */
bool connection_receive_next(
    struct connection *connection, const struct segment *segment);

/* Takes in any segment that matches. */
void connection_receive(
    struct connection *connection, const struct segment *segment);

/* OPEN; CLOSING: ended, but stragglers may bring what is missing; CLOSED: all
 * is delivered. */
enum flow_state connection_state(const struct connection *connection);

/* The sequence number behind the last one of each end of the key. */
void connection_ends(
    const struct connection *connection, uint32_t end_sequence[2]);

/* Delivers everything that is left, holes as gaps, and closes the stream. */
void connection_close(struct connection *connection, uint32_t reason);

/* upward.c: tells the books of a connection that ends. */
void connection_account(const struct connection *connection, uint32_t reason);

/* Delivers what has become possible in either direction. */
void connection_settle(struct connection *connection);

#endif
