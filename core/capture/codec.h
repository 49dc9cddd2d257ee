/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to pack a file: what each compression library does for us, behind one
 * small table.  A packed file is a row of members, one after the other. */
#ifndef CORE_CAPTURE_CODEC_H
#define CORE_CAPTURE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEC_MAGIC_MOST 6u /* bytes that tell which it is     */

/* The step moves on in both. */
struct codec_step {
	const uint8_t *in;
	size_t in_length;
	uint8_t *out;
	size_t out_room;
	const char *problem; /* CODEC_BAD: what is wrong        */
};

enum codec_result {
	CODEC_MORE, /* wants input, or room where there is none */
	CODEC_END,  /* of a member                     */
	CODEC_BAD
};

struct codec {
	const char *name; /* "gzip"                          */
	bool (*is)(const uint8_t magic[CODEC_MAGIC_MOST]);
	/* At the start of a member.  NULL: out of memory. */
	void *(*open)(void);
	enum codec_result (*step)(void *state, struct codec_step *step);
	/* At the start of the next member.  False: out of memory. */
	bool (*reset)(void *state);
	void (*close)(void *state);
};

extern const struct codec codec_gzip;
extern const struct codec codec_zstd;
extern const struct codec codec_lz4;
extern const struct codec codec_xz;
extern const struct codec codec_bzip2;

/* By a file's first bytes; NULL: it is not packed. */
const struct codec *codec_find(const uint8_t *magic, size_t length);

#endif
