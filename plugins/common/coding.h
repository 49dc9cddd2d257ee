/* SPDX-License-Identifier: BSD-2-Clause */
/* Streaming decoders of HTTP's content codings: gzip (RFC 1952, all members),
 * deflate (RFC 1950, and the raw form of RFC 1951 that some servers send), br
 * (RFC 7932) and zstd (RFC 8878, with the window of RFC 9659).  What was decoded
 * before an error stays decoded: it has been handed on.
 *
 *	MORE <-> END -> JUNK		each feed moves along the arrows;
 *	  |       +---> LIMIT		JUNK and what stands behind it
 *	  +-> CORRUPT, LIMIT, ...	are for good
 *
 * Each library lives behind one file (coding_library.h). */
#ifndef PLUGINS_COMMON_CODING_H
#define PLUGINS_COMMON_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one decoder never allocates more than. */
#define CODING_MEMORY_MOST (16u << 20)
/* What it may refer back to; a body that needs more stays encoded. */
#define CODING_WINDOW_LOG 23

enum coding_kind {
	CODING_UNKNOWN,
	CODING_IDENTITY, /* nothing to do; "" is that, too   */
	CODING_GZIP,     /* and x-gzip                       */
	CODING_DEFLATE,
	CODING_BROTLI,
	CODING_ZSTD
};

enum coding_state {
	CODING_MORE,     /* wants more input                 */
	CODING_END,      /* complete, unless more follows    */
	CODING_JUNK,     /* complete, and junk behind it     */
	CODING_CORRUPT,  /* not what it was said to be       */
	CODING_LIMIT,    /* decoded more than was allowed    */
	CODING_WINDOW,   /* refers back further than allowed */
	CODING_NO_MEMORY /* an allocation failed on the way  */
};

struct coding;

/* Where decoded bytes go; they are borrowed for the call. */
struct coding_call {
	void (*output)(void *context, const uint8_t *data, size_t length);
	void *context;
};

/* By its name in a header, without regard to case. */
enum coding_kind coding_of(const uint8_t *name, size_t length);
/* Whether its library was there when this was built. */
bool coding_is_built_in(enum coding_kind kind);
/* What files of such bytes are called: ".gz"; ".encoded" where it is unknown. */
const char *coding_suffix(enum coding_kind kind);

/* At most `limit` bytes will come out.  NULL: out of memory.  The kind must be
 * built in. */
struct coding *coding_open(enum coding_kind kind, uint64_t limit);

/* Takes all of data; how it is cut into calls makes no difference once the end
 * is told.  After the end of a gzip member or a zstd frame another one may
 * follow; anything else is junk. */
enum coding_state coding_feed(struct coding *coding, const uint8_t *data,
    size_t length, const struct coding_call *call);
/* There is no more input: what was not decoded yet is.  MORE where the coding's
 * end never came. */
enum coding_state coding_finish(
    struct coding *coding, const struct coding_call *call);

/* The state now. */
enum coding_state coding_state_of(const struct coding *coding);

/* What it has allocated now, for who accounts for it. */
size_t coding_memory(const struct coding *coding);

/* Takes the address of your pointer and clears it; NULL in it is fine. */
void coding_close(struct coding **coding);

#endif
