/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on TCP sequence numbers (RFC 9293, section 3.4): modulo 2^32.
 * Everything above works on 64-bit offsets; this is the one place where a
 * number of 32 bits becomes one. */
#ifndef CORE_BASE_SEQUENCE_H
#define CORE_BASE_SEQUENCE_H

#include <stdint.h>

/* How far b lies ahead of a; negative when it lies behind. */
static inline int32_t sequence_distance(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

/* The offset nearest to `near` whose sequence number is `sequence`, where
 * offset 0 has the sequence number `first`.  May be negative: before 0. */
static inline int64_t sequence_offset(
    uint32_t first, uint64_t near, uint32_t sequence)
{
	return (int64_t)near +
	    sequence_distance((uint32_t)(first + near), sequence);
}

#endif
