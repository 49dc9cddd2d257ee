/* SPDX-License-Identifier: BSD-2-Clause */
/* The out-of-order store of one direction.  It knows offsets and limits, and
 * nothing of TCP. */
#include "core/reassembly/store.h"

#include <stdlib.h>
#include <string.h>

static struct piece *piece_of(struct tree_node *node)
{
	return node != NULL ? tree_entry(node, struct piece, node) : NULL;
}

static uint64_t piece_end(const struct piece *piece)
{
	return piece->node.key + piece->length;
}

static uint64_t piece_cost(uint64_t captured)
{
	return sizeof(struct piece) + captured;
}

/* The next `length` bytes of extent lie in piece: they are passed over and
 * compared. */
static void extent_overlap(struct store *store, struct counters *counters,
    struct extent *extent, const struct piece *piece, uint64_t length)
{
	uint64_t skip = extent->offset - piece->node.key;

	if (extent->bytes != NULL) {
		counters->value[COUNTER_BYTES_DUPLICATE] += length;
		store->duplicate += length;
		if (piece->captured &&
		    memcmp(piece->bytes + skip, extent->bytes, length) != 0) {
			counters->value[COUNTER_OVERLAP_CONFLICTS]++;
			store->conflicts++;
		}
	}
	extent_advance(extent, length);
}

/* Stores the first `length` bytes of extent as one piece behind `previous`. */
static struct piece *store_piece(struct store *store,
    const struct store_limits *limits, struct piece *previous,
    const struct extent *extent, uint64_t length)
{
	uint64_t captured = extent->bytes != NULL ? length : 0;
	uint64_t cost = piece_cost(captured);
	struct piece *piece;

	if (store->count >= limits->pieces ||
	    cost > limits->bytes - store->held ||
	    !budget_take(limits->budget, cost))
		return NULL;
	piece = malloc(cost);
	if (piece == NULL) {
		budget_give(limits->budget, cost);
		return NULL;
	}
	piece->node.key = extent->offset;
	piece->length = length;
	piece->requires = extent->requires;
	piece->ts_ns = extent->ts_ns;
	piece->packet = extent->packet;
	piece->captured = captured > 0;
	if (captured > 0)
		memcpy(piece->bytes, extent->bytes, captured);
	tree_insert_after(&store->tree,
	    previous != NULL ? &previous->node : NULL, &piece->node);
	store->held += cost;
	store->count++;
	return piece;
}

bool store_add(struct store *store, const struct store_limits *limits,
    struct extent *extent)
{
	uint64_t visits = store->tree.visits;
	struct piece *previous = piece_of(
	    tree_at_or_before(&store->tree, extent->offset));
	bool stored = true;

	while (extent->length > 0) {
		uint64_t length = extent->length;
		struct piece *next = previous != NULL
		    ? piece_of(previous->node.next)
		    : store_first(store);

		if (previous != NULL && piece_end(previous) > extent->offset) {
			uint64_t common = piece_end(previous) - extent->offset;

			extent_overlap(store, limits->counters, extent,
			    previous, common < length ? common : length);
			continue;
		}
		if (next != NULL && next->node.key < extent->offset + length)
			length = next->node.key - extent->offset;
		if (length > 0) {
			previous = store_piece(
			    store, limits, previous, extent, length);
			if (previous == NULL) {
				stored = false;
				break;
			}
			extent_advance(extent, length);
		} else {
			previous = next;
		}
	}
	limits->counters->value[COUNTER_REORDER_VISITS] += store->tree.visits -
	    visits;
	return stored;
}

void store_drop(
    struct store *store, const struct store_limits *limits, struct piece *piece)
{
	uint64_t visits = store->tree.visits;
	uint64_t cost = piece_cost(piece->captured ? piece->length : 0);

	tree_remove(&store->tree, &piece->node);
	limits->counters->value[COUNTER_REORDER_VISITS] += store->tree.visits -
	    visits;
	store->held -= cost;
	store->count--;
	budget_give(limits->budget, cost);
	free(piece);
}

void store_clear(struct store *store, const struct store_limits *limits)
{
	struct piece *piece;

	while ((piece = store_first(store)) != NULL) {
		if (piece->captured)
			limits->counters->value[COUNTER_BYTES_SHED] +=
			    piece->length;
		store_drop(store, limits, piece);
	}
}
