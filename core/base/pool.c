/* SPDX-License-Identifier: BSD-2-Clause */
/* Slabs and their free objects.  It knows sizes, not what objects are. */
#include "core/base/pool.h"

#include <stdint.h>
#include <stdlib.h>

/* An object that is free must not be touched: the sanitizer is told, as it is
 * by free(). */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

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

static void put(struct pool *pool, void *object)
{
	struct next *next = object;

	next->next = pool->free;
	pool->free = next;
	ASAN_POISON_MEMORY_REGION(object, pool->size);
}

static void add_slab(struct pool *pool)
{
	struct next *slab = aligned_alloc(
	    CACHE_LINE, sizeof(*slab) + SLAB_OBJECTS * pool->size);

	if (slab == NULL)
		return;
	slab->next = pool->slabs;
	pool->slabs = slab;
	for (size_t i = SLAB_OBJECTS; i-- > 0;)
		put(pool, (uint8_t *)(slab + 1) + i * pool->size);
}

/* Who takes the next one fills it: all its lines come into the cache until then. */
static void fetch(const struct pool *pool)
{
	const uint8_t *next = pool->free;

	for (size_t at = 0; next != NULL && at < pool->size; at += CACHE_LINE)
		__builtin_prefetch(next + at, 1);
}

void *pool_take(struct pool *pool)
{
	struct next *taken;

	if (pool->free == NULL)
		add_slab(pool);
	taken = pool->free;
	if (taken == NULL)
		return NULL;
	ASAN_UNPOISON_MEMORY_REGION(taken, pool->size);
	pool->free = taken->next;
	fetch(pool);
	return taken;
}

void pool_give(struct pool *pool, void *object)
{
	put(pool, object);
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
