/* SPDX-License-Identifier: BSD-2-Clause */
/* One worker or several.  It knows neither where packets come from nor when a run
 * ends. */
#include "core/engine/team.h"

#include <stdlib.h>

/* Of the memory, for packets that wait for workers. */
#define LOADS_SHARE 20u

/* What each worker may have. */
static size_t share_of(const struct team_config *config)
{
	return config->all == 1
	    ? config->memory
	    : (config->memory - config->memory / OUTLETS_SHARE) / config->all;
}

static enum host_result open_worker(struct team *team, struct outlets *outlets,
    const struct team_config *config, const struct output_config *output)
{
	struct worker_config worker = {
	    .index = config->first + team->opened,
	    .place = team->opened,
	    .memory = share_of(config),
	    .flow = config->flow,
	    .output = output,
	    .console = outlets->console,
	    .records = outlets->records,
	    .digests = config->digests,
	    .host = config->host,
	    .log = config->log,
	};

	worker.flow.secret = &team->dispatcher.secret;
	return worker_open(&team->workers[team->opened++], &worker);
}

static enum host_result open_workers(struct team *team, struct outlets *outlets,
    const struct team_config *config)
{
	enum host_result result = HOST_OK;
	struct output_config output;

	if (config->outlets.output != NULL) {
		output = *config->outlets.output;
		output.sharers = config->all;
	}
	while (result == HOST_OK && team->opened < config->workers)
		result = open_worker(team, outlets, config,
		    config->outlets.output != NULL ? &output : NULL);
	return result;
}

enum host_result team_open(struct team *team, struct outlets *outlets,
    const struct team_config *config)
{
	struct dispatcher_config dispatcher = {
	    .tunnels = config->tunnels,
	    .checksums = config->checksums,
	    .workers = config->workers,
	    .log = config->log,
	};
	struct memory memory;

	*team = (struct team){
	    .count = config->workers,
	    .outlets = outlets,
	    .memory = config->memory,
	};
	memory_divide(&memory, config->memory / config->all * config->workers);
	dispatcher.memory = memory.fragments.limit;
	dispatcher_open(&team->dispatcher, &dispatcher);
	team->workers = calloc(config->workers, sizeof(*team->workers));
	team->load = calloc(1, sizeof(*team->load));
	if (team->workers == NULL || team->load == NULL) {
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
		return HOST_FAILED;
	}
	list_init(&team->load->datagrams);
	return open_workers(team, outlets, config);
}

bool team_start(struct team *team, const struct log *log)
{
	if (team->count == 1)
		return worker_start(&team->workers[0]) == HOST_OK;
	team->crew = crew_open(
	    team->workers, team->count, team->memory / LOADS_SHARE, log);
	return team->crew != NULL;
}

/* The only worker takes it, and what it wrote goes out. */
static void take(struct team *team)
{
	struct parcel *parcel = &team->load->parcels[0];

	worker_take(&team->workers[0], team->load);
	outlets_deliver(team->outlets, &parcel, 1);
	load_release(team->load);
}

static void send_packets(
    struct team *team, const struct packet *packets, size_t count)
{
	if (team->crew == NULL) {
		dispatcher_fill(
		    &team->dispatcher, team->load, packets, count, false);
		take(team);
		return;
	}
	dispatcher_fill(
	    &team->dispatcher, crew_load(team->crew), packets, count, true);
	crew_send(team->crew);
}

void team_rest(struct team *team)
{
	if (team->crew != NULL)
		crew_rest(team->crew);
}

/* A load without packets, on which all have worked then; it stays as it is until the
 * next one. */
static const struct load *send_word(
    struct team *team, enum load_kind kind, uint64_t end_before)
{
	struct load *load = team->crew != NULL ? crew_load(team->crew)
					       : team->load;

	load->kind = kind;
	load->end_before = end_before;
	load->bytes = 0;
	if (team->crew != NULL)
		crew_send(team->crew);
	else
		take(team);
	team_rest(team);
	return load;
}

void team_packets(struct team *team, const struct packet *packets, size_t count)
{
	for (size_t at = 0; at < count; at += LOAD_MOST)
		send_packets(team, packets + at,
		    count - at < LOAD_MOST ? count - at : LOAD_MOST);
}

void team_flush(struct team *team)
{
	send_word(team, LOAD_FLUSH, 0);
}

void team_flush_sometimes(struct team *team)
{
	worker_flush(&team->workers[0], false);
}

void team_advance(struct team *team, uint64_t ts_ns)
{
	struct worker *worker = &team->workers[0];
	struct parcel *parcel = &worker->parcel;

	worker_advance(worker, ts_ns);
	outlets_deliver(team->outlets, &parcel, 1);
}

/* In rounds, so that what ends is delivered before it is too much. */
void team_end_flows(struct team *team)
{
	const struct load *load;
	uint64_t before = 0;
	uint64_t ended;

	do {
		ended = before;
		load = send_word(team, LOAD_END, ended);
		before = UINT64_MAX;
		for (unsigned i = 0; i < team->count; i++) {
			if (load->end_next[i] < before)
				before = load->end_next[i];
		}
	} while (ended != UINT64_MAX);
	crew_close(&team->crew);
}

void team_end_plugins(struct team *team)
{
	for (unsigned i = 0; i < team->opened; i++)
		worker_close_plugins(&team->workers[i]);
}

static void add(struct counters *counters, const struct counters *more)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		counters->value[i] += more->value[i];
}

void team_count(const struct team *team, struct counters *counters)
{
	add(counters, &team->dispatcher.counters);
	for (unsigned i = 0; i < team->opened; i++)
		add(counters, &team->workers[i].counters);
}

bool team_failed(const struct team *team)
{
	bool failed = false;

	for (unsigned i = 0; i < team->opened; i++)
		failed |= team->workers[i].output != NULL &&
		    output_failed(team->workers[i].output);
	return failed;
}

void team_close(struct team *team)
{
	if (team->count == 0) /* it was not opened */
		return;
	crew_close(&team->crew);
	dispatcher_close(&team->dispatcher);
	team_end_plugins(team);
	for (unsigned i = 0; i < team->opened; i++)
		worker_close(&team->workers[i]);
	if (team->load != NULL) {
		for (unsigned i = 0; i < WORKERS_MOST; i++)
			parcel_free(&team->load->parcels[i]);
	}
	free(team->load);
	free(team->workers);
	*team = (struct team){0};
}
