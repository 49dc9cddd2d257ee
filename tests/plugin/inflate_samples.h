/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded bytes for tests, made by zlib from the text in their names. */
#ifndef TESTS_PLUGIN_INFLATE_SAMPLES_H
#define TESTS_PLUGIN_INFLATE_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* gzip: "hello, " and "world\n", one member each. */
static const uint8_t gzip_hello[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb,
    0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0, 0, 0x99, 0x56, 0xea, 0x11, 7, 0, 0,
    0};
static const uint8_t gzip_world[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x2b,
    0xcf, 0x2f, 0xca, 0x49, 0xe1, 2, 0, 0xa8, 0x61, 0x38, 0xdd, 6, 0, 0, 0};

/* "hello, world\n" as RFC 1950 and as RFC 1951 have it. */
static const uint8_t deflate_zlib[] = {0x78, 0xda, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
    0xd7, 0x51, 0x28, 0xcf, 0x2f, 0xca, 0x49, 0xe1, 2, 0, 0x21, 0xe7, 4, 0x93};
static const uint8_t deflate_raw[] = {0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51,
    0x28, 0xcf, 0x2f, 0xca, 0x49, 0xe1, 2, 0};

/* A stored block of 29 bytes, raw; its first two bytes would do as a header of
 * RFC 1950, too. */
static const uint8_t deflate_raw_like_zlib[] = {0x08, 29, 0, 0xe2, 0xff, 'a',
    'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p',
    'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '\n', 3, 0};

/* gzip: one member of 1 MiB of zeros. */
#define GZIP_MEGABYTE_LENGTH 1051u

static inline void gzip_megabyte(uint8_t at[static GZIP_MEGABYTE_LENGTH])
{
	static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xed,
	    0xc1, 0x31, 1, 0, 0, 0, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 8, 0x5f,
	    0xa0};
	static const uint8_t tail[] = {
	    0x3e, 3, 0x1c, 0xea, 0x38, 0xa7, 0, 0, 0x10, 0};

	memset(at, 0, GZIP_MEGABYTE_LENGTH);
	memcpy(at, head, sizeof(head));
	memcpy(at + GZIP_MEGABYTE_LENGTH - sizeof(tail), tail, sizeof(tail));
}

#endif
