/* SPDX-License-Identifier: BSD-2-Clause */
/* One worker's loop body.  It reads no clock and knows no files of packets. */
#include "core/engine/worker.h"

#include <inttypes.h>

#include "core/base/timestamp.h"

static enum host_result open_outputs(
    struct worker *worker, const struct worker_config *config)
{
	if (config->output != NULL &&
	    !output_open(&worker->output, config->output, &worker->memory.files,
		&worker->counters, config->log))
		return HOST_USAGE;
	if (config->console != NULL) {
		worker->console = console_open(
		    config->console, &worker->counters);
		if (worker->console == NULL) {
			log_write(
			    config->log, LOG_LEVEL_ERROR, "out of memory");
			return HOST_FAILED;
		}
	}
	if (config->records != NULL) {
		worker->records = records_open(
		    config->records, &worker->counters, config->log);
		if (worker->records == NULL)
			return HOST_FAILED;
	}
	return HOST_OK;
}

enum host_result worker_open(
    struct worker *worker, const struct worker_config *config)
{
	struct flow_config flow = config->flow;
	enum host_result result;

	*worker = (struct worker){.plugins = config->host, .log = config->log};
	memory_divide(&worker->memory, config->memory);
	decoder_init(&worker->decoder, config->tunnels, config->checksums,
	    &worker->memory.fragments, &worker->counters);
	result = open_outputs(worker, config);
	if (result == HOST_OK) {
		const struct host_worker_config host = {
		    .index = config->index,
		    .output = worker->output,
		    .console = worker->console,
		    .records = worker->records,
		    .digests = config->digests,
		    .memory = &worker->memory,
		    .counters = &worker->counters,
		};

		result = host_worker_open(&worker->host, config->host, &host);
	}
	if (result == HOST_OK) {
		flow.memory = &worker->memory;
		flow.stream_bytes = host_stream_bytes(config->host);
		flow.counters = &worker->counters;
		flow.events = &host_flow_events;
		flow.context = worker->host;
		worker->flows = flow_table_open(&flow);
		if (worker->flows == NULL) {
			log_write(
			    config->log, LOG_LEVEL_ERROR, "out of memory");
			result = HOST_FAILED;
		}
	}
	if (result != HOST_OK)
		worker_close(worker);
	return result;
}

/* Where a packet is counted that made no segment. */
static enum counter skipped(enum decode_result result)
{
	switch (result) {
	case DECODE_LINK_TYPE:
		return COUNTER_SKIPPED_LINK_TYPE;
	case DECODE_NOT_IP:
		return COUNTER_SKIPPED_NOT_IP;
	case DECODE_NOT_TCP:
		return COUNTER_SKIPPED_NOT_TCP;
	case DECODE_FRAGMENT:
		return COUNTER_FRAGMENTS;
	case DECODE_BAD_FRAGMENT:
		return COUNTER_SKIPPED_FRAGMENT;
	case DECODE_CHECKSUM:
		return COUNTER_SKIPPED_CHECKSUM;
	case DECODE_CUT:
		return COUNTER_SKIPPED_CUT;
	default:
		return COUNTER_SKIPPED_MALFORMED;
	}
}

/* Alarms that are due before the packet go off before it. */
static void advance_host(struct worker *worker)
{
	if (host_worker_due(worker->host) <= worker->now_ns)
		host_worker_advance(
		    worker->host, worker->now_ns, worker->packet);
}

static void take_packet(struct worker *worker, const struct packet *packet,
    const struct segment *segment)
{
	worker->packet = packet->number;
	if (packet->ts_ns > worker->now_ns)
		worker->now_ns = packet->ts_ns;
	advance_host(worker);
	if (segment != NULL)
		flow_table_segment(worker->flows, segment);
}

/* Told once: nothing of such packets can be read. */
static void note_link_type(struct worker *worker, const struct packet *packet)
{
	if (!worker->foreign)
		log_write(worker->log, LOG_LEVEL_ERROR,
		    "%s: packet %" PRIu64
		    ": link type %d is not known; such packets are counted and "
		    "skipped",
		    packet->source, packet->number, packet->link_type);
	worker->foreign = true;
}

/* A few packets: all are decoded before the first is taken. */
static void take_packets(
    struct worker *worker, const struct packet *packets, size_t count)
{
	struct segment segments[FLOW_EXPECTED_MOST];
	const struct segment *of[FLOW_EXPECTED_MOST];
	size_t made = 0;

	for (size_t i = 0; i < count; i++) {
		enum decode_result result = decode_packet(
		    &worker->decoder, &packets[i], &segments[made]);

		of[i] = result == DECODE_SEGMENT ? &segments[made++] : NULL;
		if (result != DECODE_SEGMENT)
			worker->counters.value[skipped(result)]++;
		if (result == DECODE_LINK_TYPE)
			note_link_type(worker, &packets[i]);
	}
	flow_table_expect(worker->flows, segments, made);
	for (size_t i = 0; i < count; i++)
		take_packet(worker, &packets[i], of[i]);
	decoder_release(&worker->decoder);
}

void worker_packets(
    struct worker *worker, const struct packet *packets, size_t count)
{
	for (size_t at = 0; at < count; at += FLOW_EXPECTED_MOST)
		take_packets(worker, packets + at,
		    count - at < FLOW_EXPECTED_MOST ? count - at
						    : FLOW_EXPECTED_MOST);
}

void worker_advance(struct worker *worker, uint64_t ts_ns)
{
	if (ts_ns > worker->now_ns)
		worker->now_ns = ts_ns;
	advance_host(worker);
	flow_table_advance(worker->flows, worker->now_ns, worker->packet);
}

void worker_flush(struct worker *worker, bool quiet)
{
	if (worker->output == NULL ||
	    (!quiet && worker->now_ns < worker->flush_ns))
		return;
	worker->flush_ns = worker->now_ns + NS_PER_SECOND;
	output_flush(worker->output);
}

void worker_finish(struct worker *worker)
{
	advance_host(worker); /* alarms that are due go off before the end */
	flow_table_close(&worker->flows);
	decoder_free(&worker->decoder);
}

void worker_close(struct worker *worker)
{
	decoder_free(&worker->decoder);
	flow_table_close(&worker->flows);
	host_worker_close(&worker->host);
	if (worker->plugins != NULL)
		host_abandon(worker->plugins);
	console_close(&worker->console);
	records_close(&worker->records);
	output_close(&worker->output);
}
