/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of flows: slots and blocks.  It knows keys and records, and
 * nothing of what a flow does. */
#include "core/flow/index.h"

#include <assert.h>
#include <stdlib.h>

#define BLOCK_FLOWS 1024u
#define FIRST_SLOTS 1024u

bool flow_index_init(struct flow_index *index, struct budget *budget)
{
	*index = (struct flow_index){
	    .secret = hash_secret_make(),
	    .budget = budget,
	    .mask = FIRST_SLOTS - 1,
	};
	index->slots = calloc(FIRST_SLOTS, sizeof(*index->slots));
	return index->slots != NULL;
}

void flow_index_destroy(struct flow_index *index)
{
	for (uint32_t i = 0; i < index->block_count; i++)
		free(index->blocks[i]);
	free(index->blocks);
	free(index->slots);
}

static struct flow *flow_at(const struct flow_index *index, uint32_t number)
{
	return &index->blocks[(number - 1) / BLOCK_FLOWS]
			     [(number - 1) % BLOCK_FLOWS];
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
		!flow_key_equal(
		    &flow_at(index, index->slots[at].number)->key, key)))
		at = (at + 1) & index->mask;
	return at;
}

struct flow *flow_index_find(
    struct flow_index *index, const struct flow_key *key)
{
	uint32_t at;

	if (index->latest != NULL && flow_key_equal(&index->latest->key, key))
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

static bool add_block(struct flow_index *index)
{
	size_t bytes = BLOCK_FLOWS * sizeof(struct flow);
	struct flow **blocks;
	struct flow *block;

	if (!budget_take(index->budget, bytes))
		return false;
	blocks = realloc(
	    index->blocks, (index->block_count + 1) * sizeof(*blocks));
	if (blocks != NULL)
		index->blocks = blocks;
	block = blocks != NULL ? aligned_alloc(_Alignof(struct flow), bytes)
			       : NULL;
	if (block == NULL) {
		budget_give(index->budget, bytes);
		return false;
	}
	index->blocks[index->block_count] = block;
	for (uint32_t i = BLOCK_FLOWS; i-- > 0;) {
		block[i].state = FLOW_FREE;
		block[i].next_free = index->free;
		index->free = index->block_count * BLOCK_FLOWS + i + 1;
	}
	index->block_count++;
	return true;
}

struct flow *flow_index_add(
    struct flow_index *index, const struct flow_key *key)
{
	uint32_t tag = tag_of(index, key);
	struct flow *flow;
	uint32_t at;

	/* At most three of four slots are used; a table that may not grow any
	 * more goes on until all but a sixteenth are. */
	if (index->used > index->mask / 4 * 3 && !grow_slots(index) &&
	    index->used > index->mask / 16 * 15)
		return NULL;
	if (index->free == 0 && !add_block(index))
		return NULL;
	at = slot_of(index, key, tag);
	assert(index->slots[at].number == 0);
	index->slots[at] = (struct flow_slot){tag, index->free};
	flow = flow_at(index, index->free);
	index->free = flow->next_free;
	index->used++;
	*flow = (struct flow){.key = *key};
	list_init(&flow->link);
	return flow;
}

void flow_index_remove(struct flow_index *index, struct flow *flow)
{
	uint32_t hole = slot_of(index, &flow->key, tag_of(index, &flow->key));
	uint32_t at = hole;

	assert(index->slots[hole].number != 0);
	if (index->latest == flow)
		index->latest = NULL;
	flow->state = FLOW_FREE;
	flow->next_free = index->free;
	index->free = index->slots[hole].number;
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

void flow_index_each(struct flow_index *index,
    void (*visit)(void *context, struct flow *flow), void *context)
{
	for (uint32_t b = 0; b < index->block_count; b++) {
		for (uint32_t i = 0; i < BLOCK_FLOWS; i++) {
			if (index->blocks[b][i].state != FLOW_FREE)
				visit(context, &index->blocks[b][i]);
		}
	}
}
