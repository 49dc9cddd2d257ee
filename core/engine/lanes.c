/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads of lanes, and how they wait.  What a lane does is elsewhere (lane.c). */
#include "core/engine/lanes.h"

#include <stdlib.h>

#include "core/engine/beginning.h"

#define WAIT_MS 100

struct driver {
	struct lanes *lanes;
	struct lane *lane;
	struct thread thread;
};

struct lanes {
	const struct log *log;
	unsigned count;
	unsigned started;
	struct monitor monitor; /* for all that follows           */
	struct beginning beginning;
	bool running; /* all have begun                  */
	bool closing; /* or will not                     */
	bool resting; /* nobody may work                 */
	unsigned working;
	unsigned over;
	struct driver drivers[];
};

/* On its own thread: the worker begins, while lanes_start() waits. */
static bool begin(struct lanes *lanes, struct lane *lane)
{
	bool begun = team_start(&lane->team, lanes->log);

	beginning_over(&lanes->beginning, begun);
	monitor_enter(&lanes->monitor);
	while (begun && !lanes->running && !lanes->closing)
		monitor_wait(&lanes->monitor, WAIT_MS);
	begun = begun && !lanes->closing;
	monitor_leave(&lanes->monitor);
	return begun;
}

/* Before and after work; it waits while all rest. */
static void enter(struct lanes *lanes)
{
	monitor_enter(&lanes->monitor);
	while (lanes->resting)
		monitor_wait(&lanes->monitor, WAIT_MS);
	lanes->working++;
	monitor_leave(&lanes->monitor);
}

static void leave(struct lanes *lanes, bool over)
{
	monitor_enter(&lanes->monitor);
	lanes->working--;
	lanes->over += over;
	monitor_changed(&lanes->monitor);
	monitor_leave(&lanes->monitor);
}

static bool step(struct lanes *lanes, struct lane *lane)
{
	bool more;

	enter(lanes);
	more = lane_step(lane);
	if (!more) {
		/* None goes on without the others; where somebody asked
		 * for the end, each finds its own. */
		if (lane->traffic->stop_ns == 0)
			lane->traffic->stopped = true;
		team_end_flows(&lane->team);
	}
	leave(lanes, !more);
	return more;
}

static void *drive(void *argument)
{
	struct driver *driver = argument;

	if (!begin(driver->lanes, driver->lane))
		return NULL;
	while (step(driver->lanes, driver->lane))
		;
	return NULL;
}

static bool start(struct lanes *lanes, struct lane *lane)
{
	struct driver *driver = &lanes->drivers[lanes->started];

	*driver = (struct driver){.lanes = lanes, .lane = lane};
	return beginning_start(&lanes->beginning, &driver->thread, drive,
	    driver, &lanes->started, lanes->log);
}

/* All may run; or, where not all could begin, none. */
static void release(struct lanes *lanes, bool run)
{
	monitor_enter(&lanes->monitor);
	lanes->running = run;
	lanes->closing = !run;
	monitor_changed(&lanes->monitor);
	monitor_leave(&lanes->monitor);
}

struct lanes *lanes_start(
    struct lane *lane, unsigned count, const struct log *log)
{
	struct lanes *lanes = calloc(
	    1, sizeof(*lanes) + count * sizeof(lanes->drivers[0]));
	bool begun = true;

	if (lanes == NULL || !monitor_init(&lanes->monitor)) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		free(lanes);
		return NULL;
	}
	lanes->log = log;
	lanes->beginning.monitor = &lanes->monitor;
	lanes->count = count;
	while (begun && lanes->started < count)
		begun = start(lanes, &lane[lanes->started]);
	release(lanes, begun);
	if (!begun)
		lanes_join(&lanes);
	return lanes;
}

bool lanes_wait(struct lanes *lanes)
{
	bool over;

	monitor_enter(&lanes->monitor);
	if (lanes->over < lanes->count)
		monitor_wait(&lanes->monitor, WAIT_MS);
	over = lanes->over == lanes->count;
	monitor_leave(&lanes->monitor);
	return over;
}

void lanes_rest(struct lanes *lanes)
{
	monitor_enter(&lanes->monitor);
	lanes->resting = true;
	while (lanes->working > 0)
		monitor_wait(&lanes->monitor, WAIT_MS);
	monitor_leave(&lanes->monitor);
}

void lanes_go_on(struct lanes *lanes)
{
	monitor_enter(&lanes->monitor);
	lanes->resting = false;
	monitor_changed(&lanes->monitor);
	monitor_leave(&lanes->monitor);
}

void lanes_join(struct lanes **handle)
{
	struct lanes *lanes = *handle;

	if (lanes == NULL)
		return;
	*handle = NULL;
	for (unsigned i = 0; i < lanes->started; i++)
		thread_join(&lanes->drivers[i].thread);
	monitor_destroy(&lanes->monitor);
	free(lanes);
}
