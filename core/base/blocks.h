/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers of 1, 2, 4 ... 32 KiB that come and go by the thousand, from memory that is
 * kept until the end, in large pages (pages.h) where there is more than one.
 *
 *	chunk: [its rooms][1 1 1 1 ...][8 8 8 8][32][32][no rank yet ...]
 *
 * A room has blocks of one rank, until all of them are given back: then it may have
 * those of another one. */
#ifndef CORE_BASE_BLOCKS_H
#define CORE_BASE_BLOCKS_H

#include "core/base/list.h"

#define BLOCK_LEAST 1024u /* bytes, of rank 0                */
#define BLOCK_RANKS 6u
#define BLOCK_MOST (BLOCK_LEAST << (BLOCK_RANKS - 1))

struct blocks {
	struct list rooms[BLOCK_RANKS]; /* with something free      */
	struct list free;               /* rooms without a rank     */
	struct chunk *chunks;
};

void blocks_init(struct blocks *blocks);
/* With all that was taken from it. */
void blocks_destroy(struct blocks *blocks);

/* BLOCK_LEAST << rank bytes with any contents; NULL: out of memory. */
void *blocks_take(struct blocks *blocks, unsigned rank);

void blocks_give(struct blocks *blocks, void *block);

#endif
