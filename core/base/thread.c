/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads are POSIX's.  What can only fail where a lock is misused must not. */
#include "core/base/thread.h"

#include <assert.h>

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
