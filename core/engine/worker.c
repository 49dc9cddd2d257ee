/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker does with a load.  It reads no clock, and knows no files of packets
 * and no other worker. */
#include "core/engine/worker.h"

#include "core/base/timestamp.h"

/* Behind all packets. */
#define TURN_OF_END UINT64_MAX

static enum host_result open_host(
    struct worker *worker, const struct worker_config *config)
{
	const struct host_worker_config host = {
	    .index = config->index,
	    .output = worker->output,
	    .console = config->console,
	    .records = config->records,
	    .digests = config->digests,
	    .memory = &worker->memory,
	    .counters = &worker->counters,
	    .parcel = &worker->parcel,
	    .packet = &worker->turn,
	};

	return host_worker_open(&worker->host, config->host, &host);
}

static enum host_result open_flows(
    struct worker *worker, const struct worker_config *config)
{
	struct flow_config flow = config->flow;

	flow.memory = &worker->memory;
	flow.stream_bytes = host_stream_bytes(config->host);
	flow.counters = &worker->counters;
	flow.events = &host_flow_events;
	flow.context = worker->host;
	worker->flows = flow_table_open(&flow);
	if (worker->flows != NULL)
		return HOST_OK;
	log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
	return HOST_FAILED;
}

enum host_result worker_open(
    struct worker *worker, const struct worker_config *config)
{
	enum host_result result = HOST_OK;

	*worker = (struct worker){
	    .place = config->place,
	};
	memory_divide(&worker->memory, config->memory);
	if (config->output != NULL &&
	    !output_open(&worker->output, config->output, &worker->memory.files,
		&worker->counters, config->log))
		result = HOST_USAGE;
	worker->config = *config;
	worker->config.output = NULL; /* it may be gone by then */
	return result;
}

enum host_result worker_start(struct worker *worker)
{
	enum host_result result = open_host(worker, &worker->config);

	return result == HOST_OK ? open_flows(worker, &worker->config) : result;
}

static void set_moment(struct worker *worker, const struct moment *moment)
{
	worker->now_ns = moment->now_ns;
	worker->packet = moment->packet;
	worker->turn = moment->packet;
}

/* Packet time has come to a moment: alarms go off first. */
static void come_to(struct worker *worker, const struct moment *moment)
{
	set_moment(worker, moment);
	if (host_worker_due(worker->host) <= moment->now_ns)
		host_worker_advance(
		    worker->host, moment->now_ns, moment->packet);
	worker->flows_due_ns = flow_table_advance(
	    worker->flows, moment->now_ns, moment->packet);
}

/* Which segments of the load are the worker's own. */
static size_t find_own(const struct worker *worker, const struct load *load,
    const struct segment *own[LOAD_MOST])
{
	size_t count = 0;

	for (size_t i = 0; i < load->segment_count; i++) {
		if (load->worker_of[i] == worker->place)
			own[count++] = &load->segments[i];
	}
	return count;
}

/* Nothing is due until the load's last moment but what segments bring. */
static bool is_quiet(const struct worker *worker, const struct load *load)
{
	uint64_t last_ns = load->moments[load->moment_count - 1].now_ns;

	return worker->flows_due_ns > last_ns &&
	    host_worker_due(worker->host) > last_ns;
}

/* From moment to moment, as far as the one before `end`: at any of them something may
 * be due. */
static void go_on(
    struct worker *worker, const struct load *load, size_t *at, size_t end)
{
	if (is_quiet(worker, load)) {
		*at = end;
		set_moment(worker, &load->moments[end - 1]);
	}
	for (; *at < end; ++*at)
		come_to(worker, &load->moments[*at]);
}

static void take_packets(struct worker *worker, const struct load *load)
{
	const struct segment *own[LOAD_MOST];
	struct flow *flows[FLOW_EXPECTED_MOST];
	size_t count = find_own(worker, load, own);
	size_t at = 0; /* the next moment                 */

	for (size_t i = 0; i < count; i++) {
		size_t next = i % FLOW_EXPECTED_MOST;

		if (next == 0)
			flow_table_expect(worker->flows, own + i, flows,
			    count - i < FLOW_EXPECTED_MOST
				? count - i
				: FLOW_EXPECTED_MOST);
		go_on(worker, load, &at,
		    load->moment_of[own[i] - load->segments] + 1u);
		worker->flows_due_ns = flow_table_segment(
		    worker->flows, own[i], flows[next], worker->now_ns);
	}
	for (; at < load->moment_count; at++)
		come_to(worker, &load->moments[at]);
}

/* Alarms that are due go off before the end. */
static uint64_t end(struct worker *worker, uint64_t before)
{
	host_worker_advance(worker->host, worker->now_ns, worker->packet);
	worker->turn = TURN_OF_END;
	return flow_table_end(worker->flows, before);
}

void worker_take(struct worker *worker, struct load *load)
{
	struct parcel empty = load->parcels[worker->place];

	switch (load->kind) {
	case LOAD_PACKETS:
		take_packets(worker, load);
		break;
	case LOAD_FLUSH:
		worker_flush(worker, true);
		break;
	case LOAD_END:
		load->end_next[worker->place] = end(worker, load->end_before);
		break;
	}
	load->parcels[worker->place] = worker->parcel;
	worker->parcel = empty;
}

void worker_advance(struct worker *worker, uint64_t ts_ns)
{
	const struct moment moment = {
	    .now_ns = ts_ns > worker->now_ns ? ts_ns : worker->now_ns,
	    .packet = worker->packet,
	};

	come_to(worker, &moment);
}

void worker_flush(struct worker *worker, bool quiet)
{
	if (worker->output == NULL ||
	    (!quiet && worker->now_ns < worker->flush_ns))
		return;
	worker->flush_ns = worker->now_ns + NS_PER_SECOND;
	output_flush(worker->output);
}

void worker_close_plugins(struct worker *worker)
{
	flow_table_close(&worker->flows);
	if (worker->host != NULL)
		host_worker_write_through(worker->host);
	host_worker_close(&worker->host);
}

void worker_close(struct worker *worker)
{
	parcel_free(&worker->parcel);
	output_close(&worker->output);
}
