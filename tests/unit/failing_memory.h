/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocations that fail where a test wants it.  Programs are linked with
 * $(failing_memory_ldflags); what libraries allocate is not touched. */
#ifndef TESTS_UNIT_FAILING_MEMORY_H
#define TESTS_UNIT_FAILING_MEMORY_H

/* From now on all succeed. */
void allocations_succeed(void);
/* From now on the nth fails alone; the first one is 1. */
void allocation_fails_once(unsigned nth);
/* From now on the nth fails, and all behind it. */
void allocations_fail_from(unsigned nth);
/* Since the last of these calls, by all threads. */
unsigned allocations_seen(void);

#endif
