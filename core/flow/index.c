/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of flows: slots and blocks.  It knows keys and places, and nothing
 * of what a flow does. */
#include "core/flow/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pages.h"
#include "core/base/pool.h"

#define BLOCK_FLOWS 1024u
#define BLOCK_BYTES (BLOCK_FLOWS * sizeof(struct flow))
/* A large table has so many blocks in one piece of memory. */
#define PIECE_BLOCKS (PAGES_BYTES / BLOCK_BYTES)
#define BLOCKS_MOST (UINT32_MAX / BLOCK_FLOWS - 1)
#define FIRST_SLOTS 1024u

/* What stands in a place that holds no flow but the key of one. */
struct key_place {
	struct list none; /* as link of a flow: next is NULL */
	uint32_t number;  /* of this place                   */
	struct flow_key key;
};

_Static_assert(
    sizeof(struct key_place) <= sizeof(struct flow), "a key fits a place");

bool flow_index_init(struct flow_index *index, struct budget *budget,
    const struct hash_multipliers *secret)
{
	*index = (struct flow_index){
	    .secret = secret != NULL ? *secret : hash_multipliers_make(),
	    .budget = budget,
	    .mask = FIRST_SLOTS - 1,
	};
	index->slots = calloc(FIRST_SLOTS, sizeof(*index->slots));
	return index->slots != NULL;
}

/* Whether a block begins a piece of memory. */
static bool begins_piece(uint32_t block)
{
	return block < PIECE_BLOCKS || block % PIECE_BLOCKS == 0;
}

void flow_index_destroy(struct flow_index *index)
{
	for (uint32_t i = index->block_count; i-- > 0;) {
		if (begins_piece(i))
			free(index->blocks[i]);
	}
	free(index->blocks);
	free(index->slots);
}

/* Numbers begin at 1. */
static struct flow *flow_at(const struct flow_index *index, uint32_t number)
{
	return index->blocks[(number - 1) / BLOCK_FLOWS] +
	    (number - 1) % BLOCK_FLOWS;
}

uint32_t flow_index_tag(
    const struct flow_index *index, const struct flow_key *key)
{
	return flow_key_tag(&index->secret, key);
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
    struct flow_index *index, const struct flow_key *key, uint32_t tag)
{
	uint32_t at = slot_of(index, key, tag);

	return index->slots[at].number != 0
	    ? flow_at(index, index->slots[at].number)
	    : NULL;
}

void flow_index_fetch(const struct flow_index *index, uint32_t tag)
{
	__builtin_prefetch(&index->slots[tag & index->mask]);
}

struct flow *flow_index_expect(const struct flow_index *index, uint32_t tag)
{
	uint32_t at = tag & index->mask;

	while (index->slots[at].number != 0 && index->slots[at].tag != tag)
		at = (at + 1) & index->mask;
	return index->slots[at].number != 0
	    ? flow_at(index, index->slots[at].number)
	    : NULL;
}

/* Empty ones. */
static struct flow_slot *new_slots(size_t count)
{
	size_t bytes = count * sizeof(struct flow_slot);
	struct flow_slot *slots;

	if (bytes < PAGES_BYTES)
		return calloc(count, sizeof(*slots));
	slots = pages_alloc(bytes);
	if (slots != NULL)
		memset(slots, 0, bytes);
	return slots;
}

/* Twice as many slots: tags are enough to find their new homes. */
static bool grow_slots(struct flow_index *index)
{
	uint32_t mask = index->mask * 2 + 1;
	size_t more = ((size_t)index->mask + 1) * sizeof(*index->slots);
	struct flow_slot *slots;

	if (mask == UINT32_MAX || !budget_take(index->budget, more))
		return false;
	slots = new_slots((size_t)mask + 1);
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

static void give_place(struct flow_index *index, uint32_t number)
{
	struct flow *flow = flow_at(index, number);

	flow->link.next = NULL;
	flow->state = FLOW_FREE;
	flow->next_free = index->free;
	index->free = number;
	index->free_count++;
}

static uint32_t take_place(struct flow_index *index)
{
	uint32_t number = index->free;

	index->free = flow_at(index, number)->next_free;
	index->free_count--;
	if (index->free != 0)
		__builtin_prefetch(flow_at(index, index->free), 1);
	return number;
}

/* Memory of the next block. */
static struct flow *new_block(const struct flow_index *index)
{
	uint32_t block = index->block_count;

	if (!begins_piece(block))
		return index->blocks[block - 1] + BLOCK_FLOWS;
	return block < PIECE_BLOCKS ? aligned_alloc(CACHE_LINE, BLOCK_BYTES)
				    : pages_alloc(PAGES_BYTES);
}

static bool add_block(struct flow_index *index)
{
	uint32_t number = index->block_count * BLOCK_FLOWS + 1;
	struct flow **more;
	struct flow *block;

	if (index->block_count == BLOCKS_MOST ||
	    !budget_take(index->budget, BLOCK_BYTES))
		return false;
	more = realloc(
	    (void *)index->blocks, (index->block_count + 1) * sizeof(*more));
	if (more != NULL)
		index->blocks = more;
	block = more != NULL ? new_block(index) : NULL;
	if (block == NULL) {
		budget_give(index->budget, BLOCK_BYTES);
		return false;
	}
	index->blocks[index->block_count++] = block;
	for (uint32_t i = BLOCK_FLOWS; i-- > 0;)
		give_place(index, number + i);
	return true;
}

/* A key of IPv6 takes a place of its own. */
static void set_key(
    struct flow_index *index, struct flow *flow, const struct flow_key *key)
{
	if (key->family != 4) {
		uint32_t number = take_place(index);
		struct key_place *place = (void *)flow_at(index, number);
		const struct flow_key *apart = &place->key;

		*place = (struct key_place){.number = number, .key = *key};
		flow->is_ipv6 = 1;
		memcpy(flow->ipv6.place, &apart, sizeof(apart));
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		memcpy(flow->ipv4.ip[i], key->ip[i], sizeof(flow->ipv4.ip[i]));
		flow->ipv4.port[i] = key->port[i];
	}
	flow->ipv4.vlan = key->vlan;
	flow->tunnel = key->tunnel;
}

static void give_key(struct flow_index *index, const struct flow *flow)
{
	if (flow->is_ipv6)
		give_place(index,
		    list_entry(flow_key_apart(flow), struct key_place, key)
			->number);
}

struct flow *flow_index_add(
    struct flow_index *index, const struct flow_key *key, uint32_t tag)
{
	uint32_t places = key->family != 4 ? 2 : 1;
	uint32_t number;
	struct flow *flow;
	uint32_t at;

	/* At most three of four slots are used; a table that may not grow any
	 * more goes on until all but a sixteenth are. */
	if (index->used > index->mask / 4 * 3 && !grow_slots(index) &&
	    index->used > index->mask / 16 * 15)
		return NULL;
	if (index->free_count < places && !add_block(index))
		return NULL;
	at = slot_of(index, key, tag);
	assert(index->slots[at].number == 0);
	number = take_place(index);
	index->slots[at] = (struct flow_slot){tag, number};
	index->used++;
	flow = flow_at(index, number);
	*flow = (struct flow){0};
	set_key(index, flow, key);
	list_init(&flow->link);
	return flow;
}

void flow_index_remove(struct flow_index *index, struct flow *flow)
{
	const struct flow_key key = flow_key_of(flow);
	uint32_t hole = slot_of(index, &key, flow_index_tag(index, &key));
	uint32_t at = hole;

	assert(index->slots[hole].number != 0);
	give_key(index, flow);
	give_place(index, index->slots[hole].number);
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
	for (uint32_t i = 0; i < index->block_count * BLOCK_FLOWS; i++) {
		struct flow *flow = flow_at(index, i + 1);

		if (flow_is_there(flow))
			visit(context, flow);
	}
}
