/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a run: open what needs rights, drop them, loop, finish, tell. */
#include "core/engine/engine.h"

#include <errno.h>
#include <inttypes.h>
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
	struct worker worker;
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
		run->worker.now_ns >= run->first_ns + config->duration_ns);
}

static size_t on_packets(
    void *context, const struct packet *packets, size_t count)
{
	struct run *run = context;

	if (run->taken == 0)
		run->first_ns = packets[0].ts_ns;
	count = wanted(run, packets, count);
	run->taken += count;
	worker_packets(&run->worker, packets, count);
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

	worker_flush(&run->worker, true);
	if (run->taken == 0 || !source_is_live(run->source))
		return;
	worker_advance(&run->worker, now);
	if (run->config->duration_ns != 0 &&
	    now > run->first_ns + run->config->duration_ns)
		stop(run);
}

/* The books as they stand now. */
static struct counters take_stock(
    const struct run *run, struct source_counts *source)
{
	struct counters counters = run->worker.counters;

	source_counts_read(run->source, source);
	/* A stop may leave packets of a batch unread: they were not seen. */
	counters.value[COUNTER_PACKETS] = run->taken + source->filtered;
	counters.value[COUNTER_PACKETS_FILTERED] = source->filtered;
	return counters;
}

static void show_counters(const struct run *run)
{
	struct source_counts source;
	struct counters counters = take_stock(run, &source);

	summary_counters(stderr, &counters, &source, run->config->worker.host);
}

/* The errno with which standard output or the records failed; 0: they have
 * not. */
static int output_error(const struct run *run)
{
	const struct worker *worker = &run->worker;

	if (worker->console != NULL && console_failed(worker->console))
		return console_error(worker->console);
	return worker->records != NULL ? records_error(worker->records) : 0;
}

static void loop(struct run *run)
{
	enum source_status status;

	do {
		status = source_poll(run->source);
		if (status == SOURCE_IDLE)
			idle(run);
		else if (source_is_live(run->source))
			worker_flush(&run->worker, false);
		if (signals_counters_asked())
			show_counters(run);
		if (signals_stop_asked() || output_error(run) != 0)
			stop(run);
	} while (
	    (status == SOURCE_MORE || status == SOURCE_IDLE) && !run->stopped);
	run->damaged = status == SOURCE_DAMAGED ||
	    (run->worker.foreign && !source_is_live(run->source));
	run->failed = status == SOURCE_FAILED;
}

/* What is written where we write.  Who reads us has had enough: no failure of
 * ours. */
static void check_output(struct run *run, const char *name, int error)
{
	if (error == 0 || error == EPIPE)
		return;
	log_write(run->log, LOG_LEVEL_ERROR, "%s: cannot write: %s", name,
	    strerror(error));
	run->failed = true;
}

/* Whether a disk has failed until now, or whoever reads us. */
static bool writing_failed(const struct run *run)
{
	const struct output *output = run->worker.output;
	int error = output_error(run);

	return (error != 0 && error != EPIPE) ||
	    (output != NULL && output_failed(output));
}

/* Whether what was asked for also got out. */
static void check_outputs(struct run *run)
{
	struct worker *worker = &run->worker;

	if (worker->console != NULL) {
		console_flush(worker->console);
		check_output(
		    run, "standard output", console_error(worker->console));
	}
	if (worker->records != NULL) {
		records_flush(worker->records);
		check_output(run, records_name(worker->records),
		    records_error(worker->records));
	}
	if (worker->output != NULL && output_failed(worker->output))
		run->failed = true;
}

static void tell_plugins(struct run *run, const struct counters *counters,
    const struct source_counts *source)
{
	bool failed = run->failed || run->damaged || writing_failed(run);
	const struct tcpflow_run facts = {
	    .struct_size = sizeof(facts),
	    .reason = failed   ? TCPFLOW_RUN_FAILED
		: run->stopped ? TCPFLOW_RUN_STOPPED
			       : TCPFLOW_RUN_INPUT_END,
	    .first_ns = run->first_ns,
	    .last_ns = run->worker.now_ns,
	    .packets = counters->value[COUNTER_PACKETS],
	    .skipped = counters->value[COUNTER_PACKETS] -
		counters->value[COUNTER_SEGMENTS],
	    .lost = source->lost_kernel + source->lost_interface,
	    .flows = counters->value[COUNTER_FLOWS],
	};

	host_finish(run->config->worker.host, &facts);
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
	const struct host *host = run->config->worker.host;
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

	worker_finish(&run->worker);
	counters = take_stock(run, &source);
	host_worker_close(&run->worker.host);
	tell_plugins(run, &counters, &source);
	check_outputs(run);
	counters = take_stock(run, &source); /* plugins wrote files, too */
	if (run->config->summary)
		summary_log(
		    &counters, &source, run->config->worker.host, run->log);
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
	enum engine_exit status = from_host(host_ready(config->worker.host));

	if (status == ENGINE_OK)
		status = from_source(source_open(
		    &run->source, &config->source, &ops, run, run->log));
	if (status == ENGINE_OK)
		status = from_host(worker_open(&run->worker, &config->worker));
	if (status == ENGINE_OK && !privileges_drop(config->user, run->log)) {
		worker_close(&run->worker);
		status = ENGINE_FAILED;
	}
	return status;
}

enum engine_exit engine_run(const struct engine_config *config)
{
	struct run run = {.config = config, .log = config->worker.log};
	enum engine_exit status = open_all(&run);

	if (status != ENGINE_OK) {
		source_close(&run.source);
		return status;
	}
	signals_install();
	if (source_is_live(run.source))
		log_write(run.log, LOG_LEVEL_INFO, "listening on %s",
		    source_describe(run.source));
	loop(&run);
	finish(&run);
	worker_close(&run.worker);
	source_close(&run.source);
	if (run.failed)
		return ENGINE_FAILED;
	return run.damaged ? ENGINE_DAMAGED : ENGINE_OK;
}
