/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a thread and waits.  It knows not what begins there. */
#include "core/engine/beginning.h"

#include <string.h>

#define WAIT_MS 1000

bool beginning_start(struct beginning *beginning, struct thread *thread,
    void *(*body)(void *argument), void *argument, unsigned *started,
    const struct log *log)
{
	int error;

	beginning->pending = true;
	error = thread_start(thread, body, argument);
	if (error != 0) {
		log_write(log, LOG_LEVEL_ERROR,
		    "cannot start worker %u: %s (--workers 1 needs no threads)",
		    *started, strerror(error));
		return false;
	}
	++*started;
	monitor_enter(beginning->monitor);
	while (beginning->pending)
		monitor_wait(beginning->monitor, WAIT_MS);
	monitor_leave(beginning->monitor);
	return !beginning->failed;
}

void beginning_over(struct beginning *beginning, bool begun)
{
	monitor_enter(beginning->monitor);
	beginning->pending = false;
	beginning->failed = !begun;
	monitor_changed(beginning->monitor);
	monitor_leave(beginning->monitor);
}
