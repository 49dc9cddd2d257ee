/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a run: open what needs rights, drop them, loop, finish, tell. */
#include "core/engine/engine.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/timestamp.h"
#include "core/engine/privileges.h"
#include "core/engine/signals.h"
#include "core/engine/summary.h"

struct run {
	const struct engine_config *config;
	const struct log *log;
	struct source *source;
	struct outlets outlets;
	struct team team;
	uint64_t taken; /* packets behind the filter       */
	uint64_t first_ns;
	bool stopped; /* before the source's end         */
	bool failed;
	bool damaged;
};

static void stop(struct run *run)
{
	run->stopped = true;
	source_stop(run->source);
}

/* How many of the packets are wanted: up to the one with which --count or
 * --duration is reached. */
static size_t wanted(
    const struct run *run, const struct packet *packets, size_t count)
{
	const struct engine_config *config = run->config;
	uint64_t left = config->count - run->taken;

	if (config->count != 0 && count > left)
		count = (size_t)left;
	for (size_t i = 0; config->duration_ns != 0 && i < count; i++) {
		if (packets[i].ts_ns >= run->first_ns + config->duration_ns)
			return i + 1;
	}
	return count;
}

static bool is_enough(const struct run *run)
{
	const struct engine_config *config = run->config;

	return (config->count != 0 && run->taken == config->count) ||
	    (config->duration_ns != 0 &&
		run->team.dispatcher.now_ns >=
		    run->first_ns + config->duration_ns);
}

static size_t on_packets(
    void *context, const struct packet *packets, size_t count)
{
	struct run *run = context;

	if (run->taken == 0) {
		run->first_ns = packets[0].ts_ns;
		if (run->outlets.console != NULL)
			console_begin(run->outlets.console, run->first_ns);
	}
	count = wanted(run, packets, count);
	run->taken += count;
	team_packets(&run->team, packets, count);
	if (is_enough(run))
		stop(run);
	return count;
}

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* A quiet wire: held answers and idle flows come out by the clock.  Where files
 * and pipes are quiet, what comes next may be of any time. */
static void idle(struct run *run)
{
	uint64_t now = wall_clock();

	team_flush(&run->team);
	if (run->taken == 0 || !source_is_live(run->source))
		return;
	team_advance(&run->team, now);
	if (run->config->duration_ns != 0 &&
	    now > run->first_ns + run->config->duration_ns)
		stop(run);
}

/* The books as they stand now, where nobody works. */
static struct counters take_stock(
    const struct run *run, struct source_counts *source)
{
	struct counters counters = run->outlets.counters;

	team_count(&run->team, &counters);
	source_counts_read(run->source, source);
	/* A stop may leave packets of a batch unread: they were not seen. */
	counters.value[COUNTER_PACKETS] = run->taken + source->filtered;
	counters.value[COUNTER_PACKETS_FILTERED] = source->filtered;
	return counters;
}

static void show_counters(struct run *run)
{
	struct source_counts source;
	struct counters counters;

	team_rest(&run->team);
	counters = take_stock(run, &source);
	summary_counters(stderr, &counters, &source, run->config->team.host);
}

static void loop(struct run *run)
{
	enum source_status status;

	do {
		status = source_poll(run->source);
		if (status == SOURCE_IDLE)
			idle(run);
		else if (source_is_live(run->source))
			team_flush_sometimes(&run->team);
		if (signals_counters_asked())
			show_counters(run);
		if (signals_stop_asked() || outlets_ended(&run->outlets))
			stop(run);
	} while (
	    (status == SOURCE_MORE || status == SOURCE_IDLE) && !run->stopped);
	run->damaged = status == SOURCE_DAMAGED ||
	    (run->team.dispatcher.foreign && !source_is_live(run->source));
	run->failed = status == SOURCE_FAILED;
}

static void tell_plugins(struct run *run, const struct counters *counters,
    const struct source_counts *source)
{
	bool failed = run->failed || run->damaged ||
	    outlets_failed(&run->outlets) || team_failed(&run->team);
	const struct tcpflow_run facts = {
	    .struct_size = sizeof(facts),
	    .reason = failed   ? TCPFLOW_RUN_FAILED
		: run->stopped ? TCPFLOW_RUN_STOPPED
			       : TCPFLOW_RUN_INPUT_END,
	    .first_ns = run->first_ns,
	    .last_ns = run->team.dispatcher.now_ns,
	    .packets = counters->value[COUNTER_PACKETS],
	    .skipped = counters->value[COUNTER_PACKETS] -
		counters->value[COUNTER_SEGMENTS],
	    .lost = source->lost_kernel + source->lost_interface,
	    .flows = counters->value[COUNTER_FLOWS],
	};

	host_finish(run->config->team.host, &facts);
}

static void stats_failed(struct run *run, const char *name, int error)
{
	log_write(run->log, LOG_LEVEL_ERROR, "--stats=%s: cannot write: %s",
	    name, strerror(error));
	run->failed = true;
}

/* As text on standard error, or as JSON in a file. */
static void write_stats(struct run *run, const struct counters *counters,
    const struct source_counts *source)
{
	const struct host *host = run->config->team.host;
	const char *name = run->config->stats_file;
	bool written;
	FILE *out;

	if (name == NULL) {
		summary_counters(stderr, counters, source, host);
		return;
	}
	out = fopen(name, "we");
	if (out == NULL) {
		stats_failed(run, name, errno);
		return;
	}
	errno = ENOMEM;
	written = summary_json(out, counters, source, host) && ferror(out) == 0;
	if (fclose(out) != 0 || !written)
		stats_failed(run, name, errno);
}

static void finish(struct run *run)
{
	struct source_counts source;
	struct counters counters;

	team_end_flows(&run->team);
	counters = take_stock(run, &source);
	team_end_plugins(&run->team);
	tell_plugins(run, &counters, &source);
	run->failed |= !outlets_flush(&run->outlets) || team_failed(&run->team);
	counters = take_stock(run, &source); /* plugins wrote files, too */
	if (run->config->summary)
		summary_log(
		    &counters, &source, run->config->team.host, run->log);
	if (run->config->stats)
		write_stats(run, &counters, &source);
}

static enum engine_exit from_source(enum source_error error)
{
	switch (error) {
	case SOURCE_OK:
		return ENGINE_OK;
	case SOURCE_USAGE:
		return ENGINE_USAGE;
	case SOURCE_BROKEN:
		return ENGINE_DAMAGED;
	default:
		return ENGINE_FAILED;
	}
}

static enum engine_exit from_host(enum host_result result)
{
	switch (result) {
	case HOST_OK:
		return ENGINE_OK;
	case HOST_USAGE:
		return ENGINE_USAGE;
	default:
		return ENGINE_FAILED;
	}
}

/* Everything that needs rights, in the order in which mistakes of the user
 * show before the capture starts. */
static enum engine_exit open_all(struct run *run)
{
	static const struct source_ops ops = {.packets = on_packets};
	const struct engine_config *config = run->config;
	enum engine_exit status = from_host(host_ready(config->team.host));

	if (status == ENGINE_OK)
		status = from_source(source_open(
		    &run->source, &config->source, &ops, run, run->log));
	if (status == ENGINE_OK)
		status = from_host(
		    team_open(&run->team, &run->outlets, &config->team));
	if (status == ENGINE_OK &&
	    (!privileges_drop(config->user, run->log) ||
		!team_start(&run->team, run->log)))
		status = ENGINE_FAILED;
	return status;
}

static void close_all(struct run *run)
{
	team_close(&run->team);
	outlets_close(&run->outlets);
	source_close(&run->source);
}

enum engine_exit engine_run(const struct engine_config *config)
{
	struct run run = {.config = config, .log = config->team.log};
	enum engine_exit status = open_all(&run);

	if (status != ENGINE_OK) {
		close_all(&run);
		return status;
	}
	signals_install();
	if (source_is_live(run.source))
		log_write(run.log, LOG_LEVEL_INFO, "listening on %s",
		    source_describe(run.source));
	loop(&run);
	finish(&run);
	close_all(&run);
	if (run.failed)
		return ENGINE_FAILED;
	return run.damaged ? ENGINE_DAMAGED : ENGINE_OK;
}
