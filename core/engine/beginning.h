/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of workers, which begin one after the other: plugins are promised that no other
 * worker does anything meanwhile. */
#ifndef CORE_ENGINE_BEGINNING_H
#define CORE_ENGINE_BEGINNING_H

#include <stdbool.h>

#include "core/base/log.h"
#include "core/base/thread.h"

struct beginning {
	struct monitor *monitor; /* for what follows               */
	bool pending;            /* the latest has not begun yet   */
	bool failed;             /* or could not: it was logged    */
};

/* Runs body(argument) on a thread, and waits until it has called beginning_over().
 * `started` counts those that are to be joined.  False: this one has not begun; it was
 * logged. */
bool beginning_start(struct beginning *beginning, struct thread *thread,
    void *(*body)(void *argument), void *argument, unsigned *started,
    const struct log *log);

/* On that thread. */
void beginning_over(struct beginning *beginning, bool begun);

#endif
