/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds flows by their key: open addressing over slots of 8 bytes, the flows
 * themselves in blocks that never move.
 *
 *	slots:  [tag,number] [ ] [tag,number] ...   home = tag & mask, then on
 *	                |
 *	blocks: [ flow flow flow key flow ... ] [ ... ]     of 1024 places each
 *
 * A flow over IPv6 takes a second place for its key, so that flows of one family
 * make room for those of the other.
 *
 * The hash is keyed (core/base/hash.h). */
#ifndef CORE_FLOW_INDEX_H
#define CORE_FLOW_INDEX_H

#include <stdint.h>

#include "core/base/budget.h"
#include "core/flow/flow.h"

struct flow_slot {
	uint32_t tag;
	uint32_t number; /* of the flow's place; 0: empty   */
};

struct flow_index {
	struct hash_multipliers secret;
	struct budget *budget;
	struct flow_slot *slots;
	uint32_t mask;
	uint32_t used;
	struct flow **blocks;
	uint32_t block_count;
	uint32_t free;       /* number of the first free place; 0: none */
	uint32_t free_count; /* places that are free            */
};

/* secret NULL: one of its own.  False: out of memory. */
bool flow_index_init(struct flow_index *index, struct budget *budget,
    const struct hash_multipliers *secret);
void flow_index_destroy(struct flow_index *index);

/* What a key is found by. */
uint32_t flow_index_tag(
    const struct flow_index *index, const struct flow_key *key);

/* The flow with this key, whose tag is `tag`, or NULL. */
struct flow *flow_index_find(
    struct flow_index *index, const struct flow_key *key, uint32_t tag);

/* For what will be looked for soon: first, brings its slot into the cache; then,
 * the flow, which is probably the right one.  NULL: there is none. */
void flow_index_fetch(const struct flow_index *index, uint32_t tag);
struct flow *flow_index_expect(const struct flow_index *index, uint32_t tag);

/* A new flow with this key, which is in no other; zeroed but for the key.
 * NULL: the budget or the system has no memory. */
struct flow *flow_index_add(
    struct flow_index *index, const struct flow_key *key, uint32_t tag);

/* Forgets the flow; its record is used again. */
void flow_index_remove(struct flow_index *index, struct flow *flow);

/* Calls visit for each flow; it may remove that one. */
void flow_index_each(struct flow_index *index,
    void (*visit)(void *context, struct flow *flow), void *context);

#endif
