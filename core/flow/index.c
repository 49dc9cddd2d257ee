/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of flows: slots and blocks.  It knows keys and records, and
 * nothing of what a flow does. */
#include "core/flow/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pool.h"

#define BLOCK_FLOWS 1024u
#define NUMBER_MOST (UINT32_MAX - 2 * BLOCK_FLOWS)
#define FIRST_SLOTS 1024u

bool flow_index_init(struct flow_index *index, struct budget *budget)
{
	*index = (struct flow_index){
	    .secret = hash_secret_make(),
	    .budget = budget,
	    .mask = FIRST_SLOTS - 1,
	    .blocks = {{.bytes = FLOW_BYTES_IPV4}, {.bytes = FLOW_BYTES_IPV6}},
	};
	index->slots = calloc(FIRST_SLOTS, sizeof(*index->slots));
	return index->slots != NULL;
}

void flow_index_destroy(struct flow_index *index)
{
	for (unsigned i = 0; i < 2; i++) {
		struct flow_blocks *blocks = &index->blocks[i];

		while (blocks->count > 0)
			free(blocks->block[--blocks->count]);
		free(blocks->block);
	}
	free(index->slots);
}

static struct flow *flow_in(const struct flow_blocks *blocks, uint32_t place)
{
	return (struct flow *)(void *)(blocks->block[place / BLOCK_FLOWS] +
	    place % BLOCK_FLOWS * blocks->bytes);
}

/* Its lowest bit tells the family. */
static struct flow *flow_at(const struct flow_index *index, uint32_t number)
{
	return flow_in(&index->blocks[number & 1], number / 2 - 1);
}

static uint32_t number_of(uint32_t place, unsigned family)
{
	return (place + 1) * 2 + family;
}

static uint32_t tag_of(
    const struct flow_index *index, const struct flow_key *key)
{
	return (uint32_t)flow_key_hash(&index->secret, key);
}

/* The slot of the flow with this key, or the empty one where it would go. */
static uint32_t slot_of(
    const struct flow_index *index, const struct flow_key *key, uint32_t tag)
{
	uint32_t at = tag & index->mask;

	while (index->slots[at].number != 0 &&
	    (index->slots[at].tag != tag ||
		!flow_has_key(flow_at(index, index->slots[at].number), key)))
		at = (at + 1) & index->mask;
	return at;
}

struct flow *flow_index_find(
    struct flow_index *index, const struct flow_key *key)
{
	uint32_t at;

	if (index->latest != NULL && flow_has_key(index->latest, key))
		return index->latest;
	at = slot_of(index, key, tag_of(index, key));
	if (index->slots[at].number == 0)
		return NULL;
	index->latest = flow_at(index, index->slots[at].number);
	return index->latest;
}

/* Twice as many slots: tags are enough to find their new homes. */
static bool grow_slots(struct flow_index *index)
{
	uint32_t mask = index->mask * 2 + 1;
	size_t more = ((size_t)index->mask + 1) * sizeof(*index->slots);
	struct flow_slot *slots;

	if (mask == UINT32_MAX || !budget_take(index->budget, more))
		return false;
	slots = calloc((size_t)mask + 1, sizeof(*slots));
	if (slots == NULL) {
		budget_give(index->budget, more);
		return false;
	}
	for (uint32_t i = 0; i <= index->mask; i++) {
		uint32_t at = index->slots[i].tag & mask;

		if (index->slots[i].number == 0)
			continue;
		while (slots[at].number != 0)
			at = (at + 1) & mask;
		slots[at] = index->slots[i];
	}
	free(index->slots);
	index->slots = slots;
	index->mask = mask;
	return true;
}

static bool add_block(struct flow_index *index, unsigned family)
{
	struct flow_blocks *blocks = &index->blocks[family];
	size_t bytes = BLOCK_FLOWS * blocks->bytes;
	uint32_t place = blocks->count * BLOCK_FLOWS;
	uint8_t **more;
	uint8_t *block;

	if (number_of(place, family) > NUMBER_MOST ||
	    !budget_take(index->budget, bytes))
		return false;
	more = realloc(blocks->block, (blocks->count + 1) * sizeof(*more));
	if (more != NULL)
		blocks->block = more;
	block = more != NULL ? aligned_alloc(CACHE_LINE, bytes) : NULL;
	if (block == NULL) {
		budget_give(index->budget, bytes);
		return false;
	}
	blocks->block[blocks->count++] = block;
	for (uint32_t i = BLOCK_FLOWS; i-- > 0;) {
		struct flow *flow = flow_in(blocks, place + i);

		flow->state = FLOW_FREE;
		flow->next_free = blocks->free;
		blocks->free = number_of(place + i, family);
	}
	return true;
}

static void set_key(struct flow *flow, const struct flow_key *key)
{
	flow->is_ipv6 = key->family != 4;
	if (flow->is_ipv6) {
		flow->ipv6 = *key;
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		memcpy(flow->ipv4.ip[i], key->ip[i], sizeof(flow->ipv4.ip[i]));
		flow->ipv4.port[i] = key->port[i];
	}
	flow->ipv4.vlan = key->vlan;
	flow->tunnel = key->tunnel;
}

struct flow *flow_index_add(
    struct flow_index *index, const struct flow_key *key)
{
	unsigned family = key->family != 4;
	struct flow_blocks *blocks = &index->blocks[family];
	uint32_t tag = tag_of(index, key);
	struct flow *flow;
	uint32_t at;

	/* At most three of four slots are used; a table that may not grow any
	 * more goes on until all but a sixteenth are. */
	if (index->used > index->mask / 4 * 3 && !grow_slots(index) &&
	    index->used > index->mask / 16 * 15)
		return NULL;
	if (blocks->free == 0 && !add_block(index, family))
		return NULL;
	at = slot_of(index, key, tag);
	assert(index->slots[at].number == 0);
	index->slots[at] = (struct flow_slot){tag, blocks->free};
	flow = flow_at(index, blocks->free);
	blocks->free = flow->next_free;
	index->used++;
	memset((void *)flow, 0, blocks->bytes);
	set_key(flow, key);
	list_init(&flow->link);
	return flow;
}

void flow_index_remove(struct flow_index *index, struct flow *flow)
{
	struct flow_blocks *blocks = &index->blocks[flow->is_ipv6];
	const struct flow_key key = flow_key_of(flow);
	uint32_t hole = slot_of(index, &key, tag_of(index, &key));
	uint32_t at = hole;

	assert(index->slots[hole].number != 0);
	if (index->latest == flow)
		index->latest = NULL;
	flow->state = FLOW_FREE;
	flow->next_free = blocks->free;
	blocks->free = index->slots[hole].number;
	index->used--;

	/* What stands behind moves up, so that no search stops at the hole. */
	for (;;) {
		uint32_t home;

		at = (at + 1) & index->mask;
		if (index->slots[at].number == 0)
			break;
		home = index->slots[at].tag & index->mask;
		if (((at - home) & index->mask) < ((at - hole) & index->mask))
			continue;
		index->slots[hole] = index->slots[at];
		hole = at;
	}
	index->slots[hole] = (struct flow_slot){0, 0};
}

static void each_in(struct flow_blocks *blocks,
    void (*visit)(void *context, struct flow *flow), void *context)
{
	for (uint32_t place = 0; place < blocks->count * BLOCK_FLOWS; place++) {
		struct flow *flow = flow_in(blocks, place);

		if (flow->state != FLOW_FREE)
			visit(context, flow);
	}
}

void flow_index_each(struct flow_index *index,
    void (*visit)(void *context, struct flow *flow), void *context)
{
	each_in(&index->blocks[0], visit, context);
	each_in(&index->blocks[1], visit, context);
}
