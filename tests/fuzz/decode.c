/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: packets through decode.
 *
 *	byte 0  tunnels, checksums, whether memory is short
 *	byte 1  which of `link_types`
 *	then packets: their length (2 bytes), bytes that were cut off (1), bytes */
#include <pcap.h>
#include <stdlib.h>
#include <string.h>

#include "core/decode/decoder.h"
#include "tests/fuzz/input.h"

#define SECOND UINT64_C(1000000000)

static const int link_types[] = {DLT_EN10MB, DLT_RAW, DLT_NULL, DLT_LOOP,
    DLT_LINUX_SLL, 276 /* SLL2 */, DLT_PPP, DLT_PPP_SERIAL, DLT_C_HDLC,
    DLT_FDDI, DLT_IEEE802, DLT_ATM_RFC1483, DLT_IEEE802_11,
    DLT_IEEE802_11_RADIO, DLT_PPI, DLT_PRISM_HEADER, DLT_NFLOG, DLT_IPV4,
    DLT_IPV6, DLT_PPP_ETHER};

/* A segment's payload can be read, and counts no more than there was. */
static void look_at(const struct segment *segment, const struct packet *packet)
{
	if (segment->length > 65535 && segment->length > packet->captured)
		abort();
	if (segment->key.family != 4 && segment->key.family != 6)
		abort();
	if (segment->from > 1)
		abort();
	read_all(segment->payload, segment->length);
}

/* The bytes of a packet alone, so that a sanitizer sees its end. */
static void run_packet(
    struct decoder *decoder, struct input *input, struct packet *packet)
{
	uint32_t length = take_16(input);
	uint32_t cut = take_byte(input);
	struct segment segment;
	uint8_t *bytes;

	if (length > input->left)
		length = (uint32_t)input->left;
	bytes = malloc(length + 1u);
	if (bytes == NULL)
		abort();
	bytes = realloc(bytes, length > 0 ? length : 1);
	memcpy(bytes, input->at, length);
	input->at += length;
	input->left -= length;
	packet->bytes = bytes;
	packet->captured = length;
	packet->length = length + cut * 16;
	packet->number++;
	packet->ts_ns += cut * SECOND / 8;
	if (decode_packet(decoder, packet, &segment) == DECODE_SEGMENT)
		look_at(&segment, packet);
	decoder_release(&decoder->fragments.given);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct counters counters = {{0}};
	struct budget budget = {.limit = 1u << 20};
	struct packet packet = {.ts_ns = 1000 * SECOND, .source = "fuzz"};
	struct decoder decoder;
	uint8_t how = take_byte(&input);

	packet.link_type = link_types[take_byte(&input) %
	    (sizeof(link_types) / sizeof(link_types[0]))];
	if (how & 0x80)
		budget.limit = 4096;
	decoder_init(&decoder, (enum decode_tunnels)((how & 3) % 3),
	    (enum decode_checksums)((how >> 2 & 3) % 3), &budget, &counters);
	while (input.left > 0)
		run_packet(&decoder, &input, &packet);
	decoder_free(&decoder);
	if (budget.used != 0)
		abort();
	return 0;
}
