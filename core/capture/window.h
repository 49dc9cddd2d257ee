/* SPDX-License-Identifier: BSD-2-Clause */
/* A piece of a capture file in memory, in which packets stay where they were
 * read.
 *
 *	bytes [ taken | ready .......... | free ]
 *	              ^start             ^end
 *
 * What was looked at stays valid until window_fill(); longer for those who hold the
^ * region. */
#ifndef CORE_CAPTURE_WINDOW_H
#define CORE_CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/region.h"
#include "core/capture/supply.h"

struct window {
	struct supply *supply;
	struct region *region; /* has the bytes                   */
	uint8_t *bytes;
	size_t room;
	size_t start;
	size_t end;
	uint64_t offset;     /* in the file, of bytes[start]    */
	bool ended;          /* the supply has no more          */
	const char *problem; /* why; NULL: it came to its end   */
};

/* Takes the supply over, whatever the result; `room` is what it begins with.
 * False: out of memory. */
bool window_open(struct window *window, struct supply *supply, size_t room);
void window_close(struct window *window);

static inline size_t window_ready(const struct window *window)
{
	return window->end - window->start;
}

/* The next `length` bytes; NULL: they are not all there. */
static inline const uint8_t *window_look(
    const struct window *window, size_t length)
{
	return window_ready(window) >= length ? window->bytes + window->start
					      : NULL;
}

/* Passes over what was looked at. */
static inline void window_take(struct window *window, size_t length)
{
	window->start += length;
	window->offset += length;
}

enum window_filling {
	WINDOW_READY,
	WINDOW_LATER, /* nothing has come for a while    */
	WINDOW_ENDED  /* `problem` says why              */
};

/* Reads until `length` bytes are ready, and as many more as there is room
 * for. */
enum window_filling window_fill(struct window *window, size_t length);

#endif
