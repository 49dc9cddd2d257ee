/* SPDX-License-Identifier: BSD-2-Clause */
/* The secret of keyed hashing.  It knows nothing of what is hashed. */
#include "core/base/hash.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct hash_secret hash_secret_make(void)
{
	struct hash_secret secret;
	struct timespec now;

	if (getrandom(&secret, sizeof(secret), 0) == (ssize_t)sizeof(secret))
		return secret;
	/* A kernel without getrandom: harder to guess than a constant. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	secret.key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
	secret.key[1] = (uint64_t)getpid() << 32 ^ (uintptr_t)&secret;
	return secret;
}
