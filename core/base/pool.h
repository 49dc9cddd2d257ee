/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of one size that come and go by the thousand: whole cache lines, from
 * slabs, and the one that was given back last is taken first, while it is still
 * in the cache.
 *
 *	slab: [object][object][free]-->[free] [never taken yet ......]
 *
 * Slabs are kept until the end: who bounds the objects bounds the slabs.  A large
 * pool has slabs in large pages (pages.h). */
#ifndef CORE_BASE_POOL_H
#define CORE_BASE_POOL_H

#include <stddef.h>

#define CACHE_LINE 64

struct pool {
	size_t size;        /* of an object, in whole lines    */
	void *free;         /* the latest; its first word names*/
			    /* the one before                  */
	void *slabs;        /* likewise                        */
	void *fresh;        /* the first one never taken       */
	size_t fresh_count; /* of those in a row        */
	size_t bytes;       /* of all slabs             */
};

/* Objects of at least `size` bytes. */
void pool_init(struct pool *pool, size_t size);

/* An object with any contents; NULL: out of memory. */
void *pool_take(struct pool *pool);

void pool_give(struct pool *pool, void *object);

/* Every object must have been given back. */
void pool_destroy(struct pool *pool);

#endif
