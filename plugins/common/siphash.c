/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-2-4, as its paper has it. */
#include "plugins/common/siphash.h"

struct state {
	uint64_t v0;
	uint64_t v1;
	uint64_t v2;
	uint64_t v3;
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void mix(struct state *state, unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		state->v0 += state->v1;
		state->v1 = rotate(state->v1, 13) ^ state->v0;
		state->v0 = rotate(state->v0, 32);
		state->v2 += state->v3;
		state->v3 = rotate(state->v3, 16) ^ state->v2;
		state->v0 += state->v3;
		state->v3 = rotate(state->v3, 21) ^ state->v0;
		state->v2 += state->v1;
		state->v1 = rotate(state->v1, 17) ^ state->v2;
		state->v2 = rotate(state->v2, 32);
	}
}

/* The lowest byte first. */
static uint64_t word_of(const uint8_t *bytes, size_t length)
{
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static void take(struct state *state, uint64_t word)
{
	state->v3 ^= word;
	mix(state, 2);
	state->v0 ^= word;
}

uint64_t siphash(
    const uint8_t key[SIPHASH_KEY], const void *bytes, size_t length)
{
	const uint64_t k0 = word_of(key, 8);
	const uint64_t k1 = word_of(key + 8, 8);
	struct state state = {
	    k0 ^ UINT64_C(0x736f6d6570736575),
	    k1 ^ UINT64_C(0x646f72616e646f6d),
	    k0 ^ UINT64_C(0x6c7967656e657261),
	    k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *at = bytes;
	size_t rest = length % 8;

	for (size_t i = 0; i + 8 <= length; i += 8)
		take(&state, word_of(at + i, 8));
	take(&state,
	    (rest > 0 ? word_of(at + (length - rest), rest) : 0) |
		(uint64_t)length << 56);
	state.v2 ^= 0xff;
	mix(&state, 4);
	return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
