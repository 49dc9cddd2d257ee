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
	piece->awaits = extent->awaits;
	piece->ts_ns = extent->ts_ns;
	piece->packet = extent->packet;
	piece->segment = extent->segment;
	piece->captured = captured > 0;
	if (captured > 0)
		memcpy(piece->bytes, extent->bytes, captured);
	tree_insert_after(&store->tree,
	    previous != NULL ? &previous->node : NULL, &piece->node);
	store->held += cost;
	store->count++;
	return piece;
}

static void take_out(
    struct store *store, const struct store_limits *limits, struct piece *piece)
{
	uint64_t cost = piece_cost(piece->captured ? piece->length : 0);

	tree_remove(&store->tree, &piece->node);
	store->held -= cost;
	store->count--;
	budget_give(limits->budget, cost);
	free(piece);
}

/* The part of piece from `offset` on, which lies inside, becomes a piece of its
 * own behind it.  False: a limit forbids it; nothing has changed. */
static bool split(struct store *store, const struct store_limits *limits,
    struct piece *piece, uint64_t offset)
{
	uint64_t kept = offset - piece->node.key;
	const struct extent tail = {
	    .offset = offset,
	    .length = piece->length - kept,
	    .bytes = piece->captured ? piece->bytes + kept : NULL,
	    .awaits = piece->awaits,
	    .ts_ns = piece->ts_ns,
	    .packet = piece->packet,
	    .segment = piece->segment,
	};

	if (store_piece(store, limits, piece, &tail, tail.length) == NULL)
		return false;
	if (piece->captured) {
		store->held -= tail.length;
		budget_give(limits->budget, tail.length);
	}
	piece->length = kept;
	return true;
}

/* Makes the part of piece that begins where `extent` does and has `length`
 * bytes a piece of its own.  NULL: a limit forbids it. */
static struct piece *isolate(struct store *store,
    const struct store_limits *limits, struct piece *piece,
    const struct extent *extent, uint64_t length)
{
	if (extent->offset + length < piece_end(piece) &&
	    !split(store, limits, piece, extent->offset + length))
		return NULL;
	if (extent->offset == piece->node.key)
		return piece;
	return split(store, limits, piece, extent->offset)
	    ? piece_of(piece->node.next)
	    : NULL;
}

/* The new bytes count where piece has some, and are what later ones are measured
 * by.  Where they are the same they wait for no more than either copy. */
static void overwrite(struct store *store, const struct store_limits *limits,
    struct piece *piece, const struct extent *extent, uint64_t length,
    bool differs)
{
	struct piece *part = isolate(store, limits, piece, extent, length);

	/* Without room its part of the piece keeps what it awaits. */
	if (part == NULL) {
		memcpy(piece->bytes + (extent->offset - piece->node.key),
		    extent->bytes, length);
		if (differs && piece->awaits < extent->awaits)
			piece->awaits = extent->awaits;
		return;
	}
	memcpy(part->bytes, extent->bytes, length);
	if (differs || extent->awaits < part->awaits)
		part->awaits = extent->awaits;
	part->ts_ns = extent->ts_ns;
	part->packet = extent->packet;
	part->segment = extent->segment;
}

/* A copy that acknowledges less was sent before: what it repeats waits for no
 * more than that. */
static void await_less(struct store *store, const struct store_limits *limits,
    struct piece *piece, const struct extent *extent, uint64_t length)
{
	struct piece *part;

	if (extent->awaits >= piece->awaits)
		return;
	part = isolate(store, limits, piece, extent, length);
	if (part != NULL)
		part->awaits = extent->awaits;
}

/* Whether a segment is a keep-alive probe: one byte of no meaning in the place
 * of the last one (RFC 9293, section 3.8.4).  That it differs is no conflict. */
static bool is_probe(const struct store *store, const struct piece *piece,
    const struct extent *extent)
{
	return extent->single && &piece->node == store->tree.last &&
	    extent->offset + 1 == piece_end(piece);
}

/* The next `length` bytes of extent lie in piece: they are compared, and passed
 * over. */
static void pass_over(struct store *store, const struct store_limits *limits,
    struct extent *extent, struct piece *piece, uint64_t length)
{
	uint64_t skip = extent->offset - piece->node.key;
	bool both = extent->bytes != NULL && piece->captured &&
	    !is_probe(store, piece, extent);
	bool differs = both &&
	    memcmp(piece->bytes + skip, extent->bytes, length) != 0;

	if (extent->bytes != NULL) {
		limits->counters->value[COUNTER_BYTES_DUPLICATE] += length;
		store->duplicate += length;
	}
	if (differs) {
		limits->counters->value[COUNTER_OVERLAP_CONFLICTS]++;
		store->conflicts++;
	}
	if (both &&
	    overlap_takes_new(limits->overlap, piece->segment, extent->segment))
		overwrite(store, limits, piece, extent, length, differs);
	else
		await_less(store, limits, piece, extent, length);
	extent_advance(extent, length);
}

/* The next `length` bytes of extent stand where piece has none, but knows when
 * they may go; where a limit forbids to divide it, they are dropped.  Returns what stands before what is left of extent. */
static struct piece *fill_in(struct store *store,
    const struct store_limits *limits, struct piece *piece,
    struct extent *extent, uint64_t length)
{
	struct piece *part = isolate(store, limits, piece, extent, length);
	struct extent filled = *extent;
	struct piece *previous;

	if (part == NULL) {
		limits->counters->value[COUNTER_BYTES_SHED] += length;
		extent_advance(extent, length);
		return piece;
	}
	if (filled.awaits > part->awaits)
		filled.awaits = part->awaits;
	previous = piece_of(part->node.previous);
	take_out(store, limits, part);
	piece = store_piece(store, limits, previous, &filled, length);
	if (piece == NULL)
		return previous;
	extent_advance(extent, length);
	return piece;
}

bool store_add(struct store *store, const struct store_limits *limits,
    struct extent *extent)
{
	uint64_t visits = store->tree.visits;
	struct piece *previous = piece_of(
	    tree_at_or_before(&store->tree, extent->offset));
	bool stored = true;

	while (extent->length > 0 && stored) {
		uint64_t length = extent->length;
		struct piece *next = previous != NULL
		    ? piece_of(previous->node.next)
		    : store_first(store);

		if (next != NULL && next->node.key <= extent->offset) {
			previous = next;
		} else if (previous != NULL &&
		    piece_end(previous) > extent->offset) {
			if (length > piece_end(previous) - extent->offset)
				length = piece_end(previous) - extent->offset;
			if (extent->bytes != NULL && !previous->captured)
				previous = fill_in(
				    store, limits, previous, extent, length);
			else
				pass_over(
				    store, limits, extent, previous, length);
		} else {
			if (next != NULL &&
			    length > next->node.key - extent->offset)
				length = next->node.key - extent->offset;
			previous = store_piece(
			    store, limits, previous, extent, length);
			stored = previous != NULL;
			extent_advance(extent, stored ? length : 0);
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

	take_out(store, limits, piece);
	limits->counters->value[COUNTER_REORDER_VISITS] += store->tree.visits -
	    visits;
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
