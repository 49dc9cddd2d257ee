/* SPDX-License-Identifier: BSD-2-Clause */
/* Streaming decoder of gzip (RFC 1952) and deflate (RFC 1950, and the raw form
 * of RFC 1951 that some servers send).  All members of a gzip body are decoded;
 * junk behind the last one ends it.  What was decoded before an error stays
 * decoded: it has been handed on.
 *
 *	MORE <-> END -> JUNK		each feed moves along the arrows;
 *	  |       +---> LIMIT		JUNK, CORRUPT, LIMIT and NO_MEMORY
 *	  +-> CORRUPT, LIMIT, NO_MEMORY	are for good */
#ifndef PLUGINS_COMMON_INFLATE_H
#define PLUGINS_COMMON_INFLATE_H

#include <stddef.h>
#include <stdint.h>

/* What one decoder may have allocated, for who accounts for it: the window,
 * the tables, and the struct itself. */
#define INFLATE_MEMORY (48u << 10)

struct inflate;

enum inflate_state {
	INFLATE_MORE,     /* wants more input                 */
	INFLATE_END,      /* complete, unless more follows    */
	INFLATE_JUNK,     /* complete, and junk behind it     */
	INFLATE_CORRUPT,  /* not what it was said to be       */
	INFLATE_LIMIT,    /* decoded more than was allowed    */
	INFLATE_NO_MEMORY /* an allocation failed on the way  */
};

/* Where decoded bytes go; they are borrowed for the call. */
struct inflate_call {
	void (*output)(void *context, const uint8_t *data, size_t length);
	void *context;
};

/* At most `limit` bytes will come out.  NULL: out of memory. */
struct inflate *inflate_open(uint64_t limit);

/* Takes all of data; how it is cut into calls makes no difference.  After the
 * end of a gzip member another one may follow; anything else is junk. */
enum inflate_state inflate_feed(struct inflate *inflate, const uint8_t *data,
    size_t length, const struct inflate_call *call);

/* The state now: MORE where the end never came. */
enum inflate_state inflate_state_of(const struct inflate *inflate);

/* Takes the address of your pointer and clears it; NULL in it is fine. */
void inflate_close(struct inflate **inflate);

#endif
