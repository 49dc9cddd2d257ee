/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds flows by their key: open addressing over slots of 8 bytes, the flows
 * themselves in blocks that never move.
 *
 *	slots:  [tag,number] [ ] [tag,number] ...   home = tag & mask, then on
 *	                |
 *	IPv4:   [ flow flow flow ... ] [ ... ]      1024 flows each; even numbers
 *	IPv6:   [ flow  flow  flow ... ] [ ... ]    odd numbers
 *
 * The hash is keyed (core/base/hash.h). */
#ifndef CORE_FLOW_INDEX_H
#define CORE_FLOW_INDEX_H

#include <stdint.h>

#include "core/base/budget.h"
#include "core/flow/flow.h"

struct flow_slot {
	uint32_t tag;
	uint32_t number; /* the flow's, from 2; 0: empty    */
};

/* Memory for the flows of one family. */
struct flow_blocks {
	size_t bytes;    /* of a flow                       */
	uint8_t **block; /* of 1024 flows                   */
	uint32_t count;
	uint32_t free; /* number of the first free flow; 0: none */
};

struct flow_index {
	struct hash_secret secret;
	struct budget *budget;
	struct flow_slot *slots;
	uint32_t mask;
	uint32_t used;
	struct flow_blocks blocks[2]; /* IPv4, IPv6                */
	struct flow *latest;          /* found; packets come in trains   */
};

/* False: out of memory. */
bool flow_index_init(struct flow_index *index, struct budget *budget);
void flow_index_destroy(struct flow_index *index);

/* The flow with this key, or NULL. */
struct flow *flow_index_find(
    struct flow_index *index, const struct flow_key *key);

/* A new flow with this key, which is in no other; zeroed but for the key.  Only
 * as many bytes of it are there as its key needs.
 * NULL: the budget or the system has no memory. */
struct flow *flow_index_add(
    struct flow_index *index, const struct flow_key *key);

/* Forgets the flow; its record is used again. */
void flow_index_remove(struct flow_index *index, struct flow *flow);

/* Calls visit for each flow; it may remove that one. */
void flow_index_each(struct flow_index *index,
    void (*visit)(void *context, struct flow *flow), void *context);

#endif
