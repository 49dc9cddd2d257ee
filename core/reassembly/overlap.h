/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of two copies of the same bytes counts, where they differ and neither
 * has been delivered: as the system that received them decided, since that is
 * what its application read.  It knows offsets, and nothing else.
 *
 *	stored       |======|      what came first, behind a hole
 *	new       |======|         is kept before, and in the common part
 *	                           according to the policy
 */
#ifndef CORE_REASSEMBLY_OVERLAP_H
#define CORE_REASSEMBLY_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

enum overlap_policy {
	OVERLAP_FIRST, /* what was captured first         */
	OVERLAP_LAST,  /* what was captured last          */
	OVERLAP_BSD,
	OVERLAP_LINUX,
	OVERLAP_WINDOWS,
	OVERLAP_SOLARIS,
	OVERLAP_POLICIES
};

/* By policy, as --overlap has them. */
extern const char *const overlap_names[OVERLAP_POLICIES];

/* [from, upto) */
struct overlap_range {
	uint64_t from;
	uint64_t upto;
};

/* Whether the new segment's bytes count where both have some; the ranges meet. */
bool overlap_takes_new(enum overlap_policy policy, struct overlap_range stored,
    struct overlap_range new);

#endif
