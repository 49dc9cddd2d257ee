/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that several hold: who read them, and those for whom what they point at must
 * stay.  The last one to release them frees them.  All holders are on one thread. */
#ifndef CORE_BASE_REGION_H
#define CORE_BASE_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct region {
	size_t holders;
	size_t room;
	uint8_t bytes[];
};

/* Held by the caller; NULL: out of memory. */
static inline struct region *region_new(size_t room)
{
	struct region *region = malloc(sizeof(*region) + room);

	if (region != NULL)
		*region = (struct region){.holders = 1, .room = room};
	return region;
}

static inline void region_hold(struct region *region)
{
	region->holders++;
}

static inline void region_release(struct region *region)
{
	if (region != NULL && --region->holders == 0)
		free(region);
}

/* Somebody else needs the bytes to stay as they are. */
static inline bool region_is_shared(const struct region *region)
{
	return region->holders > 1;
}

#endif
