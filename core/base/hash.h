/* SPDX-License-Identifier: BSD-2-Clause */
/* Keyed hashes for tables whose keys a stranger may choose: without the secret
 * nobody can make keys that collide.
 *
 *	hash_words()   SipHash-1-3 (Aumasson and Bernstein, 2012): good even where
 *	               its values can be seen
 *	hash_halves()  vector multiply-shift (Thorup, "High Speed Hashing for
 *	               Integers and Strings", 2015, section 3.2), at a tenth of the
 *	               cost: strongly universal, so any two keys chosen without the
 *	               secret collide as seldom as chance would have it; for every
 *	               packet, and for values that nobody sees */
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

#define HASH_HALVES_MOST 10u

struct hash_multipliers {
	uint64_t addend;
	uint64_t of[HASH_HALVES_MOST];
};

struct hash_multipliers hash_multipliers_make(void);

/* The last step of MurmurHash3 (Appleby), which loses nothing: values spread also
 * where keys follow one another, as those of a scan do. */
static inline uint32_t hash_spread(uint32_t value)
{
	value ^= value >> 16;
	value *= 0x85ebca6b;
	value ^= value >> 13;
	value *= 0xc2b2ae35;
	return value ^ value >> 16;
}

/* Hash of at most HASH_HALVES_MOST words of 32 bits. */
static inline uint32_t hash_halves(
    const struct hash_multipliers *secret, const uint32_t *words, size_t count)
{
	uint64_t sum = secret->addend;

	for (size_t i = 0; i < count; i++)
		sum += secret->of[i] * words[i];
	return hash_spread((uint32_t)(sum >> 32));
}

#endif
