/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyed hash (SipHash-1-3, Aumasson and Bernstein, 2012) of a few 64-bit
 * words, for tables whose keys a stranger may choose: without the secret nobody
 * can make keys that collide.  Inline, as it runs for every packet. */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_secret {
	uint64_t key[2];
};

/* A fresh secret from the system. */
struct hash_secret hash_secret_make(void);

struct hash_state {
	uint64_t v[4];
};

static inline uint64_t hash_rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void hash_round(struct hash_state *s)
{
	s->v[0] += s->v[1];
	s->v[1] = hash_rotate(s->v[1], 13) ^ s->v[0];
	s->v[0] = hash_rotate(s->v[0], 32);
	s->v[2] += s->v[3];
	s->v[3] = hash_rotate(s->v[3], 16) ^ s->v[2];
	s->v[0] += s->v[3];
	s->v[3] = hash_rotate(s->v[3], 21) ^ s->v[0];
	s->v[2] += s->v[1];
	s->v[1] = hash_rotate(s->v[1], 17) ^ s->v[2];
	s->v[2] = hash_rotate(s->v[2], 32);
}

/* Hash of `count` words, each as its eight bytes in little-endian order. */
static inline uint64_t hash_words(
    const struct hash_secret *secret, const uint64_t *words, size_t count)
{
	struct hash_state s = {{
	    secret->key[0] ^ UINT64_C(0x736f6d6570736575),
	    secret->key[1] ^ UINT64_C(0x646f72616e646f6d),
	    secret->key[0] ^ UINT64_C(0x6c7967656e657261),
	    secret->key[1] ^ UINT64_C(0x7465646279746573),
	}};
	uint64_t last = (uint64_t)(count * 8) << 56;

	for (size_t i = 0; i < count; i++) {
		s.v[3] ^= words[i];
		hash_round(&s);
		s.v[0] ^= words[i];
	}
	s.v[3] ^= last;
	hash_round(&s);
	s.v[0] ^= last;
	s.v[2] ^= 0xff;
	hash_round(&s);
	hash_round(&s);
	hash_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

#endif
