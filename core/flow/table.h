/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow table of one worker: every segment finds its connection here, and
 * every connection its end.
 *
 *	segment -> index (by key) -> flow -> connection -> events
 *	                              |
 *	              wheels: half-open, open, closing (by packet time)
 *
 * States: HALF_OPEN (a SYN, or bare ACKs: no connection is made) -> OPEN ->
 * CLOSING (FIN or RST seen, something may be missing) -> CLOSED (all was
 * delivered; the 4-tuple lingers, so that stragglers make no new flow).
 *
 * Within its budgets, one for flows and one for connections with their streams,
 * so that a flood of SYNs keeps nobody from opening: of flows, what lingers goes
 * first, then the oldest half-open one, then the one that was idle longest; of
 * connections, what lingers with one goes before the idlest. */
#ifndef CORE_FLOW_TABLE_H
#define CORE_FLOW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/counters.h"
#include "core/decode/segment.h"
#include "core/flow/events.h"
#include "core/reassembly/overlap.h"

struct flow;
struct flow_table;

struct flow_config {
	uint64_t idle_ns; /* an open flow without packets    */
	uint64_t half_open_ns;
	uint64_t linger_ns;     /* after FIN or RST                */
	uint64_t reorder_bytes; /* of a direction, behind a hole   */
	uint32_t reorder_pieces;
	enum overlap_policy overlap;
	size_t stream_bytes; /* that a stream costs above       */
	const struct hash_multipliers *secret; /* of tags; NULL: one of */
					       /* its own                     */
	struct memory *memory;
	struct counters *counters;
	const struct flow_events *events;
	void *context; /* of events->open                 */
};

#define FLOW_IDLE_NS UINT64_C(3600000000000)
#define FLOW_HALF_OPEN_NS UINT64_C(60000000000)
#define FLOW_LINGER_NS UINT64_C(10000000000)
#define FLOW_REORDER_BYTES (UINT64_C(1) << 20)
#define FLOW_REORDER_PIECES 4096u

/* NULL: out of memory.  *config is copied. */
struct flow_table *flow_table_open(const struct flow_config *config);

/* Segments that come next, at most FLOW_EXPECTED_MOST: it is only a hint.  flows[i]
 * becomes where the flow of segments[i] probably is, or NULL. */
#define FLOW_EXPECTED_MOST 32u
void flow_table_expect(const struct flow_table *table,
    const struct segment *const *segments, struct flow **flows, size_t count);

/* A segment, while packet time is now_ns; `expected` is where its flow was expected,
 * or NULL.  Returns when flow_table_advance() is needed next. */
uint64_t flow_table_segment(struct flow_table *table,
    const struct segment *segment, struct flow *expected, uint64_t now_ns);

/* Packet time has come to ts_ns without a segment; `packet` is the number of
 * the latest packet.  Returns until when this needs not be said again. */
uint64_t flow_table_advance(
    struct flow_table *table, uint64_t ts_ns, uint64_t packet);

/* No more packets come: closes flows (EXIT) whose first packet is before `id`, in the
 * order of these.  So tables that end together can take turns, a bounded number of
 * flows each: it returns the id before which FLOWS_ENDED_MOST more would end, or
 * UINT64_MAX where there are not so many.  Nothing but this and
 * flow_table_close() may follow. */
#define FLOWS_ENDED_MOST 1024u
uint64_t flow_table_end(struct flow_table *table, uint64_t id);

/* Closes all flows that are left, and frees it. */
void flow_table_close(struct flow_table **table);

#endif
