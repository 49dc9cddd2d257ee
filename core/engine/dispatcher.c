/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes packets into loads.  It knows no flows, only keys. */
#include "core/engine/dispatcher.h"

#include <inttypes.h>

void dispatcher_open(
    struct dispatcher *dispatcher, const struct dispatcher_config *config)
{
	*dispatcher = (struct dispatcher){
	    .fragments = {.limit = config->memory},
	    .secret = hash_multipliers_make(),
	    .ends = hash_multipliers_make(),
	    .workers = config->workers,
	    .log = config->log,
	};
	decoder_init(&dispatcher->decoder, config->tunnels, config->checksums,
	    &dispatcher->fragments, &dispatcher->counters);
}

void dispatcher_close(struct dispatcher *dispatcher)
{
	decoder_free(&dispatcher->decoder);
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

/* Told once, also where only errors are: the exit status says it, too. */
static void note_link_type(
    struct dispatcher *dispatcher, const struct packet *packet)
{
	if (!dispatcher->foreign)
		log_write(dispatcher->log, LOG_LEVEL_ERROR,
		    "%s: packet %" PRIu64
		    ": link type %d is not known; such packets are counted and "
		    "skipped",
		    packet->source, packet->number, packet->link_type);
	dispatcher->foreign = true;
}

static void skip(struct dispatcher *dispatcher, const struct packet *packet,
    enum decode_result result)
{
	dispatcher->counters.value[skipped(result)]++;
	if (result == DECODE_LINK_TYPE)
		note_link_type(dispatcher, packet);
}

/* By the two ends alone: what else there is in a key is not in the name of a file. */
static uint8_t worker_of(
    const struct dispatcher *dispatcher, const struct flow_key *key)
{
	struct flow_key ends;

	if (dispatcher->workers == 1)
		return 0;
	ends = *key;
	ends.vlan = 0;
	ends.tunnel = 0;
	return (uint8_t)((uint64_t)flow_key_hash(&dispatcher->ends, &ends) *
		dispatcher->workers >>
	    32);
}

static void hold(struct load *load, struct region *region)
{
	if (load->region_count > 0 &&
	    load->regions[load->region_count - 1] == region)
		return;
	/* The first load that holds it bears its weight. */
	if (!region_is_shared(region))
		load->bytes += region->room;
	region_hold(region);
	load->regions[load->region_count++] = region;
}

void dispatcher_fill(struct dispatcher *dispatcher, struct load *load,
    const struct packet *packets, size_t count, bool keep)
{
	size_t made = 0;

	load->kind = LOAD_PACKETS;
	load->moment_count = count;
	load->region_count = 0;
	load->bytes = 0;
	for (size_t i = 0; i < count; i++) {
		const struct packet *packet = &packets[i];
		struct segment *segment = &load->segments[made];
		enum decode_result result = decode_packet(
		    &dispatcher->decoder, packet, segment);

		if (packet->ts_ns > dispatcher->now_ns)
			dispatcher->now_ns = packet->ts_ns;
		load->moments[i] = (struct moment){
		    dispatcher->now_ns, packet->number};
		if (result != DECODE_SEGMENT) {
			skip(dispatcher, packet, result);
			continue;
		}
		segment->tag = flow_key_tag(&dispatcher->secret, &segment->key);
		load->worker_of[made] = worker_of(dispatcher, &segment->key);
		load->moment_of[made++] = (uint8_t)i;
		if (keep)
			hold(load, packet->region);
	}
	load->segment_count = made;
	load->bytes += decoder_give(&dispatcher->decoder, &load->datagrams);
}

void load_release(struct load *load)
{
	while (load->region_count > 0)
		region_release(load->regions[--load->region_count]);
	decoder_release(&load->datagrams);
}
