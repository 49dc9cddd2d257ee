/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of live interfaces, each by its turn, through libpcap. */
#include <poll.h>

#include "core/capture/input.h"

#define DRAIN_MOST 4096 /* packets of an interface at a time */
#define WAIT_MS 100

/* The time of a packet in nanoseconds since 1970. */
static uint64_t time_of(
    const struct input *input, const struct pcap_pkthdr *header)
{
	uint64_t fraction = (uint64_t)header->ts.tv_usec;

	return (uint64_t)header->ts.tv_sec * UINT64_C(1000000000) +
	    (input->nanoseconds ? fraction : fraction * 1000);
}

/* libpcap's callback. */
static void on_packet(
    u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct source *source = (struct source *)(void *)user;
	struct input *input = source->reading;
	struct packet packet = {
	    .bytes = bytes,
	    .captured = header->caplen,
	    .length = header->len,
	    .ts_ns = time_of(input, header),
	    .link_type = input->link_type,
	    .source = input->name,
	};

	if (source->stopped)
		return;
	packet.number = source->first + source->number++ * source->step;
	input->number = packet.number;
	source->delivered += source->ops->packets(source->context, &packet, 1);
	if (source->stopped)
		pcap_breakloop(input->pcap);
}

/* Reads what an interface has ready; how many packets that were. */
static unsigned drain(struct source *source, struct input *input)
{
	int result;

	if (input->ended || source->stopped)
		return 0;
	source->reading = input;
	result = pcap_dispatch(
	    input->pcap, DRAIN_MOST, on_packet, (u_char *)(void *)source);
	if (result >= 0)
		return (unsigned)result;
	if (result != PCAP_ERROR_BREAK) {
		input->ended = true;
		log_write(source->log, LOG_LEVEL_ERROR,
		    "%s: capture stopped: %s", input->name,
		    pcap_geterr(input->pcap));
	}
	return 0;
}

enum source_status interfaces_poll(struct source *source)
{
	struct pollfd waiting[INTERFACES_MOST];
	unsigned packets = 0;
	nfds_t count = 0;

	for (size_t i = 0; i < source->count; i++)
		packets += drain(source, source->inputs[i]);
	if (source->stopped)
		return SOURCE_END;
	for (size_t i = 0; i < source->count; i++) {
		if (!source->inputs[i]->ended)
			waiting[count++] = (struct pollfd){
			    .fd = pcap_get_selectable_fd(
				source->inputs[i]->pcap),
			    .events = POLLIN,
			};
	}
	if (count == 0)
		return SOURCE_FAILED;
	if (packets > 0)
		return SOURCE_MORE;
	/* A signal ends the wait, too: the caller looks after it. */
	return poll(waiting, count, WAIT_MS) > 0 ? SOURCE_MORE : SOURCE_IDLE;
}
