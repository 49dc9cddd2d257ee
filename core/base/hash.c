/* SPDX-License-Identifier: BSD-2-Clause */
/* The secrets of keyed hashing.  It knows nothing of what is hashed. */
#include "core/base/hash.h"

#include <stdbool.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* False: a kernel without getrandom. */
static bool fill(void *bytes, size_t length)
{
	return getrandom(bytes, length, 0) == (ssize_t)length;
}

struct hash_secret hash_secret_make(void)
{
	struct hash_secret secret;
	struct timespec now;

	if (fill(&secret, sizeof(secret)))
		return secret;
	/* Harder to guess than a constant. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	secret.key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
	secret.key[1] = (uint64_t)getpid() << 32 ^ (uintptr_t)&secret;
	return secret;
}

struct hash_multipliers hash_multipliers_make(void)
{
	struct hash_multipliers multipliers;
	struct hash_secret secret;

	if (fill(&multipliers, sizeof(multipliers)))
		return multipliers;
	secret = hash_secret_make();
	for (uint64_t i = 0; i < HASH_HALVES_MOST; i++)
		multipliers.of[i] = hash_words(&secret, &i, 1);
	multipliers.addend = hash_words(&secret, NULL, 0);
	return multipliers;
}
