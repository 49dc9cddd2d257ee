/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that a capture brings with it: the Decryption Secrets Blocks of pcapng
 * (draft-ietf-opsawg-pcapng, section 4.7).  They are kept, as they came, for who
 * can decrypt; nothing here looks into them or shows them. */
#ifndef CORE_CAPTURE_SECRETS_H
#define CORE_CAPTURE_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRETS_MOST (16u << 20) /* bytes of memory for all        */

struct secret {
	struct secret *next;
	uint32_t type; /* 0x544c534b: a TLS key log       */
	size_t length;
	uint8_t bytes[];
};

struct secrets {
	struct secret *first; /* in the order in which they came */
	struct secret **last;
	uint64_t count;
	size_t bytes;     /* what they take, with this header */
	uint64_t dropped; /* that were too many, or damaged  */
};

void secrets_init(struct secrets *secrets);

/* Keeps a copy. */
void secrets_add(
    struct secrets *secrets, uint32_t type, const void *bytes, size_t length);

/* Wipes and frees all. */
void secrets_clear(struct secrets *secrets);

#endif
