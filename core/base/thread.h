/* SPDX-License-Identifier: BSD-2-Clause */
/* All that is known of threads. */
#ifndef CORE_BASE_THREAD_H
#define CORE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* A lock that its holder may take again; it is free when each take was followed
 * by a release. */
struct lock {
	pthread_mutex_t mutex;
};

/* False: out of memory. */
bool lock_init(struct lock *lock);
void lock_destroy(struct lock *lock);

void lock_take(struct lock *lock);
void lock_release(struct lock *lock);

#endif
