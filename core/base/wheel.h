/* SPDX-License-Identifier: BSD-2-Clause */
/* Timer wheel: things that are due at about a time, in buckets of one second.
 * Putting one in and taking it out costs the same however many there are.
 *
 *	tick   now                                     now + 4095
 *	       [a b] [] [c] [] [] [d e f] ....          []
 *
 * It is lazy: who is found due may turn out to have been busy since, and is
 * put in again.  So a packet moves nothing. */
#ifndef CORE_BASE_WHEEL_H
#define CORE_BASE_WHEEL_H

#include <stdint.h>

#include "core/base/list.h"

#define WHEEL_BUCKETS 4096u

struct wheel {
	struct list bucket[WHEEL_BUCKETS];
	uint64_t tick; /* seconds; earlier ones are empty */
	uint64_t count;
};

void wheel_init(struct wheel *wheel);

/* Puts link in, to be found at the first whole second at or after due_ns, or
 * after 4095 s if that is sooner. */
void wheel_put(struct wheel *wheel, struct list *link, uint64_t due_ns);

void wheel_remove(struct wheel *wheel, struct list *link);

/* Takes out the next that is due at now_ns; NULL: no more. */
struct list *wheel_take_due(struct wheel *wheel, uint64_t now_ns);

/* Takes out the one that is due first, whenever that is; NULL: empty. */
struct list *wheel_take_first(struct wheel *wheel);

#endif
