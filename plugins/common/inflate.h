/* SPDX-License-Identifier: BSD-2-Clause */
/* Streaming decoder of gzip (RFC 1952) and deflate (RFC 1950, and the raw form
 * of RFC 1951 that some servers send).  All members of a gzip body are decoded;
 * junk behind the last one ends it.  What was decoded before an error stays
 * decoded: it has been handed on. */
#ifndef PLUGINS_COMMON_INFLATE_H
#define PLUGINS_COMMON_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflate;

enum inflate_state {
	INFLATE_MORE,    /* wants more input                */
	INFLATE_END,     /* complete                        */
	INFLATE_JUNK,    /* complete, and junk behind it    */
	INFLATE_CORRUPT, /* not what it was said to be      */
	INFLATE_LIMIT    /* decoded more than was allowed   */
};

/* Where decoded bytes go; they are borrowed for the call. */
struct inflate_call {
	void (*output)(void *context, const uint8_t *data, size_t length);
	void *context;
};

/* At most `limit` bytes will come out.  NULL: out of memory. */
struct inflate *inflate_open(uint64_t limit);

/* Takes all of data.  The state sticks once it is neither MORE nor END. */
enum inflate_state inflate_feed(struct inflate *inflate, const uint8_t *data,
    size_t length, const struct inflate_call *call);

/* The state now: MORE where the end never came. */
enum inflate_state inflate_state_of(const struct inflate *inflate);

void inflate_close(struct inflate **inflate);

#endif
