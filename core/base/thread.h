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

/* Where threads wait for one another: what they share is looked at and changed
 * between enter and leave only (C. A. R. Hoare, 1974). */
struct monitor {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
};

/* False: out of memory. */
bool monitor_init(struct monitor *monitor);
void monitor_destroy(struct monitor *monitor);

void monitor_enter(struct monitor *monitor);
void monitor_leave(struct monitor *monitor);

/* Inside: others may enter until one of them has called monitor_changed(), or
 * the time is over; it may come back for no reason. */
void monitor_wait(struct monitor *monitor, unsigned milliseconds);
void monitor_changed(struct monitor *monitor);

struct thread {
	pthread_t handle;
};

/* Runs body(argument) in a thread that gets no signals.  0, or an errno. */
int thread_start(
    struct thread *thread, void *(*body)(void *argument), void *argument);
/* Waits until body has returned. */
void thread_join(struct thread *thread);

#endif
