/* SPDX-License-Identifier: BSD-2-Clause */
/* Slabs and their free objects.  It knows sizes, not what objects are. */
#include "core/base/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/pages.h"
#include "core/base/poison.h"

#define SLAB_OBJECTS 64u

/* In front of a slab's objects, and in each that is free. */
struct next {
	_Alignas(CACHE_LINE) void *next;
};

void pool_init(struct pool *pool, size_t size)
{
	*pool = (struct pool){
	    .size = (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE,
	};
}

static void add_slab(struct pool *pool)
{
	bool large = pool->bytes >= PAGES_BYTES;
	size_t bytes = large ? PAGES_BYTES
			     : sizeof(struct next) + SLAB_OBJECTS * pool->size;
	struct next *slab = large ? pages_alloc(bytes)
				  : aligned_alloc(CACHE_LINE, bytes);

	if (slab == NULL)
		return;
	slab->next = pool->slabs;
	pool->slabs = slab;
	pool->bytes += bytes;
	pool->fresh = slab + 1;
	pool->fresh_count = (bytes - sizeof(*slab)) / pool->size;
	ASAN_POISON_MEMORY_REGION(slab + 1, bytes - sizeof(*slab));
}

/* Who takes the next one fills it: all its lines come into the cache until then. */
static void fetch(const struct pool *pool)
{
	const uint8_t *next = pool->free != NULL ? pool->free : pool->fresh;

	for (size_t at = 0; next != NULL && at < pool->size; at += CACHE_LINE)
		__builtin_prefetch(next + at, 1);
}

/* The one that was given back last, or one that was never taken. */
static void *next_of(struct pool *pool)
{
	struct next *next = pool->free;

	if (next != NULL) {
		ASAN_UNPOISON_MEMORY_REGION(next, pool->size);
		pool->free = next->next;
		return next;
	}
	if (pool->fresh_count == 0)
		add_slab(pool);
	if (pool->fresh_count == 0)
		return NULL;
	next = pool->fresh;
	ASAN_UNPOISON_MEMORY_REGION(next, pool->size);
	pool->fresh = (uint8_t *)next + pool->size;
	pool->fresh_count--;
	return next;
}

void *pool_take(struct pool *pool)
{
	void *taken = next_of(pool);

	if (taken != NULL)
		fetch(pool);
	return taken;
}

void pool_give(struct pool *pool, void *object)
{
	struct next *next = object;

	next->next = pool->free;
	pool->free = next;
	ASAN_POISON_MEMORY_REGION(object, pool->size);
}

void pool_destroy(struct pool *pool)
{
	struct next *slab = pool->slabs;

	while (slab != NULL) {
		struct next *next = slab->next;

		free(slab);
		slab = next;
	}
	*pool = (struct pool){0};
}
