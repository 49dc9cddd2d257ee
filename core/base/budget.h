/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory budget: --memory is one number, and every resource has a share
 * of it.  A budget only counts; who asks also allocates.  It is asked before
 * memory is taken, and told when it is given back. */
#ifndef CORE_BASE_BUDGET_H
#define CORE_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
	size_t limit; /* bytes */
	size_t used;
	size_t peak;
	uint64_t refused; /* how often it said no */
};

/* Accounts for `bytes` more; false, and counted, where the limit forbids. */
static inline bool budget_take(struct budget *budget, size_t bytes)
{
	if (bytes > budget->limit - budget->used) {
		budget->refused++;
		return false;
	}
	budget->used += bytes;
	if (budget->used > budget->peak)
		budget->peak = budget->used;
	return true;
}

/* Gives back what budget_take() granted. */
void budget_give(struct budget *budget, size_t bytes);

/* What one worker may use, by resource. */
struct memory {
	struct budget flows;       /* the flow table                  */
	struct budget connections; /* those that opened, and streams  */
	struct budget reorder;     /* bytes behind a hole             */
	struct budget files;       /* file buffers                    */
	struct budget held;        /* what plugins keep               */
	struct budget probe;       /* bytes no plugin has claimed yet */
	struct budget fragments;   /* of IP datagrams                 */
};

/* Divides `total` bytes as HACKING.md says ("Memory"). */
void memory_divide(struct memory *memory, size_t total);

#endif
