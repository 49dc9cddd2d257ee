/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done between a source and a team: count, look at the clock, and stop. */
#include "core/engine/lane.h"

#include <time.h>

#include "core/base/timestamp.h"

/* How long what was captured is taken after somebody asked for the end. */
#define STOP_NS (UINT64_C(5) * NS_PER_SECOND)

static void stop(struct lane *lane)
{
	lane->traffic->stopped = true;
	source_stop(lane->source);
}

/* How many of the packets come before --duration is reached, and the one with which
 * it is. */
static size_t in_time(
    const struct lane *lane, const struct packet *packets, size_t count)
{
	uint64_t duration_ns = lane->traffic->duration_ns;

	for (size_t i = 0; duration_ns != 0 && i < count; i++) {
		if (packets[i].ts_ns >= lane->first_ns + duration_ns)
			return i + 1;
	}
	return count;
}

/* How many of so many may be taken before --count is reached; they are taken then. */
static size_t take(struct traffic *traffic, size_t count)
{
	uint64_t taken = traffic->taken;
	size_t most;

	do {
		uint64_t left = traffic->packets_most - taken;

		most = traffic->packets_most != 0 && count > left ? (size_t)left
								  : count;
	} while (!atomic_compare_exchange_weak(
	    &traffic->taken, &taken, taken + most));
	return most;
}

static bool is_enough(const struct lane *lane)
{
	const struct traffic *traffic = lane->traffic;

	return host_stop_asked(traffic->host) ||
	    (traffic->packets_most != 0 &&
		traffic->taken == traffic->packets_most) ||
	    (traffic->duration_ns != 0 &&
		lane->team.dispatcher.now_ns >=
		    lane->first_ns + traffic->duration_ns);
}

static size_t on_packets(
    void *context, const struct packet *packets, size_t count)
{
	struct lane *lane = context;

	if (!lane->begun)
		lane->first_ns = outlets_begin(
		    lane->traffic->outlets, packets[0].ts_ns);
	lane->begun = true;
	count = take(lane->traffic, in_time(lane, packets, count));
	if (count > 0)
		team_packets(&lane->team, packets, count);
	if (is_enough(lane))
		stop(lane);
	return count;
}

const struct source_ops lane_source_ops = {.packets = on_packets};

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void traffic_end(struct traffic *traffic, bool live)
{
	if (!live)
		traffic->stopped = true;
	else if (traffic->stop_ns == 0)
		traffic->stop_ns = wall_clock();
}

/* A quiet wire: held answers and idle flows come out by the clock.  Where files
 * and pipes are quiet, what comes next may be of any time. */
static void idle(struct lane *lane)
{
	const struct traffic *traffic = lane->traffic;
	uint64_t now = wall_clock();

	team_flush(&lane->team);
	if (!lane->begun || !source_is_live(lane->source))
		return;
	team_advance(&lane->team, now);
	if (host_stop_asked(traffic->host) ||
	    (traffic->duration_ns != 0 &&
		now > lane->first_ns + traffic->duration_ns))
		stop(lane);
}

/* Live: all that came before somebody asked for the end was taken. */
static bool has_caught_up(const struct lane *lane, enum source_status status)
{
	uint64_t stop_ns = lane->traffic->stop_ns;

	return stop_ns != 0 &&
	    (status == SOURCE_IDLE || lane->team.dispatcher.now_ns > stop_ns ||
		wall_clock() > stop_ns + STOP_NS);
}

static bool is_over(struct lane *lane, enum source_status status)
{
	bool live = source_is_live(lane->source);
	bool stopped = lane->traffic->stopped || has_caught_up(lane, status);

	if (stopped)
		source_stop(lane->source);
	if ((status == SOURCE_MORE || status == SOURCE_IDLE) && !stopped)
		return false;
	lane->damaged = status == SOURCE_DAMAGED ||
	    (lane->team.dispatcher.foreign && !live);
	lane->failed = status == SOURCE_FAILED;
	return true;
}

bool lane_step(struct lane *lane)
{
	enum source_status status = source_poll(lane->source);

	if (status == SOURCE_IDLE)
		idle(lane);
	else if (source_is_live(lane->source))
		team_flush_sometimes(&lane->team);
	if (outlets_ended(lane->traffic->outlets))
		stop(lane);
	return !is_over(lane, status);
}
