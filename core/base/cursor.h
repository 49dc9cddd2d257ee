/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded cursor over borrowed bytes.  A read beyond the end gives 0 and sets
 * a sticky error, which the caller checks once, after the last read. */
#ifndef CORE_BASE_CURSOR_H
#define CORE_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline struct cursor cursor_over(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	return (struct cursor){at, at + length, false};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* The next `length` bytes, which are passed over; NULL when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t length)
{
	const uint8_t *at = c->at;

	if (length > cursor_left(c)) {
		c->failed = true;
		c->at = c->end;
		return NULL;
	}
	c->at += length;
	return at;
}

static inline void cursor_skip(struct cursor *c, size_t length)
{
	(void)cursor_take(c, length);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p != NULL ? p[0] : 0;
}

/* Big-endian, as all of TCP/IP is. */
static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);

	return (uint16_t)(p != NULL ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p != NULL ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		(uint32_t)p[2] << 8 | (uint32_t)p[3]
			 : 0;
}

#endif
