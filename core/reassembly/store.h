/* SPDX-License-Identifier: BSD-2-Clause */
/* What has arrived of one direction but cannot be delivered yet: pieces that do
 * not overlap, in a tree by offset.  The bytes are copies, so that they pin no
 * packet.
 *
 *	offset  0        next                              highest
 *	        |delivered|   hole   |piece|piece| hole |piece|
 *
 * Where a new segment overlaps a piece and differs, the policy says whose bytes
 * count (overlap.h), and the difference is counted.  Bytes count before what was
 * cut, and a copy that awaits less lets its bytes go. */
#ifndef CORE_REASSEMBLY_STORE_H
#define CORE_REASSEMBLY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/counters.h"
#include "core/base/tree.h"
#include "core/reassembly/overlap.h"

struct piece {
	struct tree_node node; /* its key is the piece's offset   */
	uint64_t length;
	uint64_t awaits; /* what the other direction must   */
			 /* have reached first              */
	uint64_t ts_ns;
	uint64_t packet;
	struct overlap_range segment; /* that brought it */
	bool captured;                /* false: the snap length cut it   */
	uint8_t bytes[];
};

struct store {
	struct tree tree;
	uint64_t held;      /* bytes accounted for, with the   */
	uint32_t count;     /* pieces' own size                */
	uint32_t conflicts; /* copies that differed            */
	uint64_t duplicate; /* bytes that were stored already  */
};

/* What a store may use. */
struct store_limits {
	uint64_t bytes;
	uint32_t pieces;
	enum overlap_policy overlap;
	struct budget *budget;
	struct counters *counters;
};

/* Borrowed bytes [offset, offset + length); bytes NULL: not captured. */
struct extent {
	uint64_t offset;
	uint64_t length;
	struct overlap_range segment; /* as it came, of what was not */
				      /* delivered then              */
	const uint8_t *bytes;
	uint64_t awaits;
	uint64_t ts_ns;
	uint64_t packet;
	bool single; /* its segment had one byte        */
};

/* Passes over the first `length` bytes. */
static inline void extent_advance(struct extent *extent, uint64_t length)
{
	extent->offset += length;
	extent->length -= length;
	if (extent->bytes != NULL)
		extent->bytes += length;
}

/* The piece with the lowest offset, or NULL. */
static inline struct piece *store_first(const struct store *store)
{
	struct tree_node *node = store->tree.first;

	return node != NULL ? tree_entry(node, struct piece, node) : NULL;
}

/* Stores the part of *extent up to the first limit: false when a limit or the
 * memory stopped it; then *extent is what is left.  Bytes already stored count
 * as duplicates. */
bool store_add(struct store *store, const struct store_limits *limits,
    struct extent *extent);

/* Takes out and frees the first piece, which is `piece`. */
void store_drop(struct store *store, const struct store_limits *limits,
    struct piece *piece);

/* Frees everything; the captured bytes among it count as shed. */
void store_clear(struct store *store, const struct store_limits *limits);

#endif
