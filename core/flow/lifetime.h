/* SPDX-License-Identifier: BSD-2-Clause */
/* How flows come and go: memory for them, their states, timeouts, eviction and
 * the end of each.  Private to core/flow. */
#ifndef CORE_FLOW_LIFETIME_H
#define CORE_FLOW_LIFETIME_H

#include "core/base/pool.h"
#include "core/base/wheel.h"
#include "core/flow/connection.h"
#include "core/flow/index.h"
#include "core/flow/prologue.h"
#include "core/flow/table.h"
#include "core/flow/waits.h"

/* Flows with a connection, when no more packets come, by their first packets. */
struct ending {
	struct flow **flows; /* NULL: they were not collected   */
	size_t count;
	size_t next; /* those before it have ended      */
};

struct flow_table {
	struct flow_config config;
	struct flow_index index;
	struct connection_environment environment;
	struct wheel half_open; /* one for each state              */
	struct wheel open;
	struct wheel closing;
	struct wheel closed;
	struct pool connections;
	struct ending ending;
	uint64_t tick_ns; /* when the wheels turn next       */
	uint64_t now_s;   /* packet time, rounded up         */
};

static inline uint32_t flow_table_tag(
    const struct flow_table *table, const struct segment *segment)
{
	return segment->tag != 0 ? segment->tag
				 : flow_index_tag(&table->index, &segment->key);
}

/* The callbacks from a connection's halves to its events. */
struct half_environment connection_half_environment(
    const struct store_limits *limits);

/* A new flow, half-open, for a segment whose key is in no flow; NULL: no memory
 * even after evicting others, which is counted. */
struct flow *lifetime_begin(
    struct flow_table *table, const struct segment *segment);

/* Makes the flow's connection: the flow is open.  False: no memory; the flow is
 * gone, and counted. */
bool lifetime_connect(
    struct flow_table *table, struct flow *flow, const struct segment *segment);

/* The connection has changed: it may be closing, or over. */
void lifetime_update(struct flow_table *table, struct flow *flow);

/* Delivers what is left, closes the stream and forgets the flow.  `reason` is for
 * one that has not ended by itself. */
void lifetime_end(struct flow_table *table, struct flow *flow, uint32_t reason);

/* Prologues and waits (prologue.h, waits.h). */
void lifetime_expire_waits(struct flow_table *table);
void lifetime_expire(struct flow_table *table);

/* See flow_table_end(). */
uint64_t lifetime_end_before(struct flow_table *table, uint64_t id);
void lifetime_forget_ending(struct flow_table *table);

#endif
