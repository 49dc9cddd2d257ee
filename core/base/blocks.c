/* SPDX-License-Identifier: BSD-2-Clause */
/* Chunks, their rooms and the blocks in these.  It knows not what blocks are for. */
#include "core/base/blocks.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/base/pages.h"
#include "core/base/poison.h"

#define ROOM_BYTES BLOCK_MOST
#define ROOMS (PAGES_BYTES / ROOM_BYTES)

/* In a block that is free. */
struct block {
	struct block *next;
};

struct room {
	struct list link; /* in one of blocks' lists; or in none */
	struct block *free;
	uint8_t rank;
	uint8_t used; /* blocks that are taken           */
};

/* Stands at its beginning, in what would be the first room. */
struct chunk {
	struct chunk *next;
	struct room rooms[ROOMS];
};

_Static_assert(sizeof(struct chunk) <= ROOM_BYTES, "a chunk begins in a room");

void blocks_init(struct blocks *blocks)
{
	*blocks = (struct blocks){0};
	list_init(&blocks->free);
	for (unsigned i = 0; i < BLOCK_RANKS; i++)
		list_init(&blocks->rooms[i]);
}

void blocks_destroy(struct blocks *blocks)
{
	while (blocks->chunks != NULL) {
		struct chunk *chunk = blocks->chunks;

		blocks->chunks = chunk->next;
		ASAN_UNPOISON_MEMORY_REGION(chunk, PAGES_BYTES);
		free(chunk);
	}
}

/* The first one may be all that is needed: it takes no more than is used. */
static void add_chunk(struct blocks *blocks)
{
	struct chunk *chunk = blocks->chunks != NULL
	    ? pages_alloc(PAGES_BYTES)
	    : aligned_alloc(PAGES_BYTES, PAGES_BYTES);

	if (chunk == NULL)
		return;
	chunk->next = blocks->chunks;
	blocks->chunks = chunk;
	for (size_t i = 1; i < ROOMS; i++) {
		list_append(&blocks->free, &chunk->rooms[i].link);
		ASAN_POISON_MEMORY_REGION(
		    (uint8_t *)chunk + i * ROOM_BYTES, ROOM_BYTES);
	}
}

static struct chunk *chunk_of(const void *inside)
{
	return (void *)((uintptr_t)inside & ~(uintptr_t)(PAGES_BYTES - 1));
}

static uint8_t *bytes_of(const struct room *room)
{
	struct chunk *chunk = chunk_of(room);

	return (uint8_t *)chunk + (size_t)(room - chunk->rooms) * ROOM_BYTES;
}

static void put(struct room *room, void *bytes)
{
	struct block *block = bytes;

	block->next = room->free;
	room->free = block;
	ASAN_POISON_MEMORY_REGION(bytes, BLOCK_LEAST << room->rank);
}

static void open_room(struct blocks *blocks, unsigned rank)
{
	struct room *room;
	uint8_t *bytes;

	if (list_empty(&blocks->free))
		add_chunk(blocks);
	if (list_empty(&blocks->free))
		return;
	room = list_entry(blocks->free.next, struct room, link);
	list_remove(&room->link);
	bytes = bytes_of(room);
	ASAN_UNPOISON_MEMORY_REGION(bytes, ROOM_BYTES);
	room->rank = (uint8_t)rank;
	room->used = 0;
	room->free = NULL;
	for (size_t at = ROOM_BYTES; at > 0;) {
		at -= BLOCK_LEAST << rank;
		put(room, bytes + at);
	}
	list_append(&blocks->rooms[rank], &room->link);
}

void *blocks_take(struct blocks *blocks, unsigned rank)
{
	struct room *room;
	struct block *block;

	if (list_empty(&blocks->rooms[rank]))
		open_room(blocks, rank);
	if (list_empty(&blocks->rooms[rank]))
		return NULL;
	room = list_entry(blocks->rooms[rank].next, struct room, link);
	block = room->free;
	ASAN_UNPOISON_MEMORY_REGION(block, BLOCK_LEAST << rank);
	room->free = block->next;
	room->used++;
	if (room->free == NULL)
		list_remove(&room->link);
	return block;
}

/* As the first, since its memory is in the cache. */
static void list_prepend(struct list *head, struct list *link)
{
	list_append(head->next, link);
}

void blocks_give(struct blocks *blocks, void *block)
{
	struct chunk *chunk = chunk_of(block);
	struct room *room =
	    &chunk->rooms[(size_t)((uint8_t *)block - (uint8_t *)chunk) /
		ROOM_BYTES];

	put(room, block);
	room->used--;
	list_remove(&room->link);
	/* The last one with something free keeps its rank. */
	list_prepend(room->used == 0 && !list_empty(&blocks->rooms[room->rank])
		? &blocks->free
		: &blocks->rooms[room->rank],
	    &room->link);
}
