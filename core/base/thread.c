/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads are POSIX's.  What can only fail where a lock is misused must not. */
#include "core/base/thread.h"

#include <assert.h>
#include <signal.h>
#include <time.h>

bool lock_init(struct lock *lock)
{
	pthread_mutexattr_t attributes;
	bool made;

	if (pthread_mutexattr_init(&attributes) != 0)
		return false;
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	made = pthread_mutex_init(&lock->mutex, &attributes) == 0;
	pthread_mutexattr_destroy(&attributes);
	return made;
}

void lock_destroy(struct lock *lock)
{
	int error = pthread_mutex_destroy(&lock->mutex);

	assert(error == 0);
}

void lock_take(struct lock *lock)
{
	int error = pthread_mutex_lock(&lock->mutex);

	assert(error == 0);
}

void lock_release(struct lock *lock)
{
	int error = pthread_mutex_unlock(&lock->mutex);

	assert(error == 0);
}

bool monitor_init(struct monitor *monitor)
{
	pthread_condattr_t attributes;
	bool made;

	if (pthread_mutex_init(&monitor->mutex, NULL) != 0)
		return false;
	made = pthread_condattr_init(&attributes) == 0;
	if (made) {
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		made = pthread_cond_init(&monitor->changed, &attributes) == 0;
		pthread_condattr_destroy(&attributes);
	}
	if (!made)
		pthread_mutex_destroy(&monitor->mutex);
	return made;
}

void monitor_destroy(struct monitor *monitor)
{
	int error = pthread_cond_destroy(&monitor->changed);

	assert(error == 0);
	error = pthread_mutex_destroy(&monitor->mutex);
	assert(error == 0);
}

void monitor_enter(struct monitor *monitor)
{
	int error = pthread_mutex_lock(&monitor->mutex);

	assert(error == 0);
}

void monitor_leave(struct monitor *monitor)
{
	int error = pthread_mutex_unlock(&monitor->mutex);

	assert(error == 0);
}

void monitor_wait(struct monitor *monitor, unsigned milliseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&monitor->changed, &monitor->mutex, &until);
}

void monitor_changed(struct monitor *monitor)
{
	pthread_cond_broadcast(&monitor->changed);
}

int thread_start(
    struct thread *thread, void *(*body)(void *argument), void *argument)
{
	sigset_t all;
	sigset_t before;
	int error;

	sigfillset(&all);
	error = pthread_sigmask(SIG_SETMASK, &all, &before);
	assert(error == 0);
	error = pthread_create(&thread->handle, NULL, body, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void thread_join(struct thread *thread)
{
	int error = pthread_join(thread->handle, NULL);

	assert(error == 0);
}
