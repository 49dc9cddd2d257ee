/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a run: open what needs rights, drop them, loop, finish, tell. */
#include "core/engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/lanes.h"
#include "core/engine/privileges.h"
#include "core/engine/signals.h"
#include "core/engine/summary.h"

struct run {
	const struct engine_config *config;
	const struct log *log;
	struct outlets outlets;
	struct traffic traffic;
	struct lane *lanes;    /* one; live, one a worker         */
	unsigned count;        /* of them                         */
	struct lanes *threads; /* NULL: the only lane is ours     */
	bool stopped;          /* before the sources' end         */
	bool failed;
	bool damaged;
};

/* What the sources have counted; an interface has one count for all of them. */
static struct source_counts count_sources(const struct run *run)
{
	struct source_counts all = {0};

	for (unsigned i = 0; i < run->count; i++) {
		struct source_counts more;

		source_counts_read(run->lanes[i].source, &more);
		all.packets += more.packets;
		all.filtered += more.filtered;
		all.lost_kernel += more.lost_kernel;
		all.lost_interface = more.lost_interface;
		all.secrets += more.secrets;
		all.secrets_dropped += more.secrets_dropped;
	}
	return all;
}

/* The books as they stand now, where nobody works. */
static struct counters take_stock(
    const struct run *run, struct source_counts *source)
{
	struct counters counters = run->outlets.counters;

	for (unsigned i = 0; i < run->count; i++)
		team_count(&run->lanes[i].team, &counters);
	*source = count_sources(run);
	/* A stop may leave packets of a batch unread: they were not seen. */
	counters.value[COUNTER_PACKETS] = run->traffic.taken + source->filtered;
	counters.value[COUNTER_PACKETS_FILTERED] = source->filtered;
	return counters;
}

static void rest(struct run *run)
{
	if (run->threads != NULL)
		lanes_rest(run->threads);
	else
		team_rest(&run->lanes[0].team);
}

static void go_on(struct run *run)
{
	if (run->threads != NULL)
		lanes_go_on(run->threads);
}

static void show_counters(struct run *run)
{
	struct source_counts source;
	struct counters counters;

	rest(run);
	counters = take_stock(run, &source);
	go_on(run);
	summary_counters(stderr, &counters, &source, run->config->team.host);
}

/* One step of the only lane; or the others go on for a while.  False: that was all. */
static bool work(struct run *run)
{
	if (run->threads != NULL)
		return !lanes_wait(run->threads);
	return lane_step(&run->lanes[0]);
}

static void loop(struct run *run)
{
	while (work(run)) {
		if (signals_counters_asked())
			show_counters(run);
		if (signals_stop_asked())
			traffic_end(&run->traffic, run->config->source.live);
	}
	if (run->threads == NULL)
		team_end_flows(&run->lanes[0].team);
	lanes_join(&run->threads);
	run->stopped = run->traffic.stopped || run->traffic.stop_ns != 0;
	for (unsigned i = 0; i < run->count; i++) {
		run->damaged |= run->lanes[i].damaged;
		run->failed |= run->lanes[i].failed;
	}
}

static bool teams_failed(const struct run *run)
{
	bool failed = false;

	for (unsigned i = 0; i < run->count; i++)
		failed |= team_failed(&run->lanes[i].team);
	return failed;
}

static uint64_t last_ns(const struct run *run)
{
	uint64_t last = 0;

	for (unsigned i = 0; i < run->count; i++) {
		if (run->lanes[i].team.dispatcher.now_ns > last)
			last = run->lanes[i].team.dispatcher.now_ns;
	}
	return last;
}

static void tell_plugins(struct run *run, const struct counters *counters,
    const struct source_counts *source)
{
	bool failed = run->failed || run->damaged ||
	    outlets_failed(&run->outlets) || teams_failed(run);
	const struct tcpflow_run facts = {
	    .struct_size = sizeof(facts),
	    .reason = failed   ? TCPFLOW_RUN_FAILED
		: run->stopped ? TCPFLOW_RUN_STOPPED
			       : TCPFLOW_RUN_INPUT_END,
	    .first_ns = run->outlets.first_ns,
	    .last_ns = last_ns(run),
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

	counters = take_stock(run, &source);
	for (unsigned i = 0; i < run->count; i++)
		team_end_plugins(&run->lanes[i].team);
	tell_plugins(run, &counters, &source);
	run->failed |= !outlets_flush(&run->outlets) || teams_failed(run);
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

/* Sources for all lanes: where packets cannot be shared out, one is left. */
static enum source_error open_shares(struct run *run)
{
	struct source *sources[WORKERS_MOST];
	void *contexts[WORKERS_MOST];
	uint8_t together[UINT8_MAX + 1];
	struct source_sharing sharing = {.together = together};
	enum source_error error;

	for (unsigned i = 0; i <= UINT8_MAX; i++) {
		if (decode_looks_into(run->config->team.tunnels, (uint8_t)i))
			together[sharing.together_count++] = (uint8_t)i;
	}
	for (unsigned i = 0; i < run->count; i++)
		contexts[i] = &run->lanes[i];
	error = source_open_shares(sources, run->count, &run->config->source,
	    &sharing, &lane_source_ops, contexts, run->log);
	for (unsigned i = 0; i < run->count; i++)
		run->lanes[i].source = sources[i];
	while (error == SOURCE_OK && run->lanes[run->count - 1].source == NULL)
		run->count--;
	return error;
}

/* Live, each worker has a lane of its own. */
static enum source_error open_sources(struct run *run)
{
	const struct engine_config *config = run->config;

	if (run->count > 1)
		return open_shares(run);
	return source_open(&run->lanes[0].source, &config->source,
	    &lane_source_ops, &run->lanes[0], run->log);
}

static enum host_result open_outlets(struct run *run, unsigned workers)
{
	const struct team_config *config = &run->config->team;
	enum host_result result = outlets_open(&run->outlets, &config->outlets);

	if (result == HOST_OK && workers > 1)
		result = outlets_open_files(&run->outlets, &config->outlets,
		    config->memory / OUTLETS_SHARE);
	if (result == HOST_OK && workers > 1) {
		const struct host_worker_config outlets = {
		    .output = run->outlets.output,
		    .console = run->outlets.console,
		    .records = run->outlets.records,
		    .digests = config->digests,
		    .memory = &run->outlets.memory,
		    .counters = &run->outlets.counters,
		};

		host_run_outlets(config->host, &outlets);
	}
	return result;
}

static enum host_result open_teams(struct run *run)
{
	struct team_config config = run->config->team;
	enum host_result result;

	if (run->config->source.live)
		config.workers = 1;
	config.all = config.workers * run->count;
	result = open_outlets(run, config.all);
	for (unsigned i = 0; i < run->count && result == HOST_OK; i++) {
		config.first = i;
		result = team_open(&run->lanes[i].team, &run->outlets, &config);
	}
	return result;
}

static bool open_lanes(struct run *run)
{
	const struct engine_config *config = run->config;

	run->count = config->source.live ? config->team.workers : 1;
	run->lanes = calloc(run->count, sizeof(*run->lanes));
	if (run->lanes == NULL) {
		log_write(run->log, LOG_LEVEL_ERROR, "out of memory");
		run->count = 0;
		return false;
	}
	run->traffic = (struct traffic){
	    .packets_most = config->count,
	    .host = config->team.host,
	    .duration_ns = config->duration_ns,
	    .outlets = &run->outlets,
	};
	for (unsigned i = 0; i < run->count; i++)
		run->lanes[i].traffic = &run->traffic;
	return true;
}

static bool start(struct run *run)
{
	if (run->count == 1)
		return team_start(&run->lanes[0].team, run->log);
	run->threads = lanes_start(run->lanes, run->count, run->log);
	return run->threads != NULL;
}

/* Everything that needs rights, in the order in which mistakes of the user
 * show before the capture starts. */
static enum engine_exit open_all(struct run *run)
{
	const struct engine_config *config = run->config;
	enum engine_exit status = from_host(host_ready(config->team.host));

	if (status == ENGINE_OK && !open_lanes(run))
		status = ENGINE_FAILED;
	if (status == ENGINE_OK)
		status = from_source(open_sources(run));
	if (status == ENGINE_OK)
		status = from_host(open_teams(run));
	if (status == ENGINE_OK && !privileges_drop(config->user, run->log))
		status = ENGINE_FAILED;
	if (status == ENGINE_OK)
		signals_install();
	if (status == ENGINE_OK && !start(run))
		status = ENGINE_FAILED;
	if (status == ENGINE_OK && config->source.live)
		log_write(run->log, LOG_LEVEL_INFO, "listening on %s",
		    source_describe(run->lanes[0].source));
	return status;
}

static void close_all(struct run *run)
{
	for (unsigned i = 0; i < run->count; i++)
		team_end_plugins(&run->lanes[i].team);
	if (run->outlets.has_lock) /* they were opened */
		host_abandon(run->config->team.host);
	for (unsigned i = 0; i < run->count; i++)
		team_close(&run->lanes[i].team);
	outlets_close(&run->outlets);
	for (unsigned i = 0; i < run->count; i++)
		source_close(&run->lanes[i].source);
	free(run->lanes);
}

enum engine_exit engine_run(const struct engine_config *config)
{
	struct run run = {.config = config, .log = config->team.log};
	enum engine_exit status = open_all(&run);

	if (status != ENGINE_OK) {
		close_all(&run);
		return status;
	}
	loop(&run);
	finish(&run);
	close_all(&run);
	if (run.failed)
		return ENGINE_FAILED;
	return run.damaged ? ENGINE_DAMAGED : ENGINE_OK;
}
