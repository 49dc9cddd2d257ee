/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits of bytes under a key.  Who
 * does not have the key can neither tell the bytes by them nor try some out. */
#ifndef PLUGINS_COMMON_SIPHASH_H
#define PLUGINS_COMMON_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY 16u

uint64_t siphash(
    const uint8_t key[SIPHASH_KEY], const void *bytes, size_t length);

#endif
