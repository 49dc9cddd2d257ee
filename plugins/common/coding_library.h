/* SPDX-License-Identifier: BSD-2-Clause */
/* What coding.c and the file of each library tell each other. */
#ifndef PLUGINS_COMMON_CODING_LIBRARY_H
#define PLUGINS_COMMON_CODING_LIBRARY_H

#include "plugins/common/coding.h"

/* A library: what it gives to coding.c.  After a state behind END feed and
 * finish are not called any more. */
struct coding_library {
	/* NULL: out of memory. */
	void *(*open)(void);
	/* Takes all of data, and hands what comes out to coding_emit(). */
	enum coding_state (*feed)(void *decoder, struct coding *coding,
	    const uint8_t *data, size_t length);
	/* NULL: nothing is ever left to decode. */
	enum coding_state (*finish)(void *decoder, struct coding *coding);
	size_t (*memory)(const void *decoder);
	void (*close)(void *decoder);
};

/* Hands on what came out.  False: that was more than is allowed, and LIMIT is
 * to be returned. */
bool coding_emit(struct coding *coding, const uint8_t *data, size_t length);

extern const struct coding_library coding_zlib;
extern const struct coding_library coding_brotli;
extern const struct coding_library coding_zstd;

#endif
