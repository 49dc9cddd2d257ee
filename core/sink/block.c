/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of files' buffers.  Some of each size are kept when they are given
 * back: the next file wants one at once, the latest is still in the cache, and
 * malloc would join and split its pieces for each.  It knows no files. */
#include <stdlib.h>

#include "core/sink/output_private.h"

/* A sanitizer sees nothing of what is used after it was given back and kept. */
#if defined(__SANITIZE_ADDRESS__)
#define KEPT_MOST 0u
#else
#define KEPT_MOST (256u << 10) /* bytes of each size              */
#endif

/* In a block that is kept. */
struct block {
	struct block *next;
};

uint8_t *block_take(struct output *output, unsigned rank)
{
	struct block *block = output->kept[rank].first;

	if (block == NULL)
		return malloc(BUFFER_FIRST << rank);
	output->kept[rank].first = block->next;
	output->kept[rank].count--;
	return (uint8_t *)block;
}

void block_give(struct output *output, unsigned rank, uint8_t *bytes)
{
	struct block *block = (struct block *)(void *)bytes;

	if (output->kept[rank].count >= KEPT_MOST / (BUFFER_FIRST << rank)) {
		free(bytes);
		return;
	}
	block->next = output->kept[rank].first;
	output->kept[rank].first = block;
	output->kept[rank].count++;
}

void block_free_kept(struct output *output)
{
	for (unsigned rank = 0; rank < BUFFER_RANKS; rank++) {
		while (output->kept[rank].first != NULL)
			free(block_take(output, rank));
	}
}
