/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts the TCP payload of a capture anew, and shuffles and repeats packets, so
 * that a test can show that none of it changes what comes out.
 *
 *	resegment IN OUT SIZE [WINDOW [SEED]]
 *
 * SIZE: bytes of each segment, 1 to 65000; 0: random.  WINDOW: packets of one
 * connection change places within so many, and some are sent twice (0: none).
 * Bare ACKs are left out; what a segment acknowledges stays true.  Checksums
 * are not made new: a capture on the sending host has none either. */
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "core/decode/decoder.h"

#define SIZE_MOST 65000u
#define CLOSE_NS UINT64_C(100000000) /* what may change places */

struct made {
	struct pcap_pkthdr header;
	uint8_t *bytes;
	struct flow_key key;
	uint64_t ts_ns;
	bool fixed; /* SYN: stays where it is          */
};

/* Payload that is collected before it is cut. */
struct pending {
	struct segment segment; /* of the first packet             */
	uint8_t *head;          /* all before its payload          */
	size_t head_length;
	size_t tcp; /* where its TCP header starts     */
	uint8_t *data;
	size_t length;
	uint8_t last_flags;
	bool used;
};

struct work {
	struct decoder decoder;
	struct budget nothing; /* fragments are left out          */
	struct counters counters;
	uint64_t size;
	uint64_t random;
	struct pending pending;
	struct made *made;
	size_t count;
	size_t room;
};

static void *must(void *memory)
{
	if (memory == NULL) {
		fputs("resegment: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

static uint64_t random_below(struct work *work, uint64_t limit)
{
	work->random = work->random * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (work->random >> 33) % limit;
}

static void write_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The lengths that the IP header tells; it ends where TCP starts. */
static void fix_lengths(
    uint8_t *packet, size_t tcp, size_t total, const struct segment *segment)
{
	if (segment->key.family == 6)
		write_u16(packet + tcp - 36, total - tcp);
	else
		write_u16(packet + tcp - 18, total - (tcp - 20));
}

/* One packet with `length` bytes at `at` of the pending data. */
static void make_packet(
    struct work *work, size_t at, size_t length, uint8_t flags)
{
	const struct pending *pending = &work->pending;
	uint32_t sequence = pending->segment.sequence + (uint32_t)at;
	size_t total = pending->head_length + length;
	struct made *made;

	if (work->count == work->room) {
		work->room = work->room > 0 ? 2 * work->room : 256;
		work->made = must(
		    realloc(work->made, work->room * sizeof(*work->made)));
	}
	made = &work->made[work->count++];
	*made = (struct made){
	    .bytes = must(malloc(total)),
	    .key = pending->segment.key,
	    .ts_ns = pending->segment.ts_ns,
	    .fixed = (flags & SEGMENT_SYN) != 0,
	};
	memcpy(made->bytes, pending->head, pending->head_length);
	if (length > 0)
		memcpy(made->bytes + pending->head_length, pending->data + at,
		    length);
	write_u16(made->bytes + pending->tcp + 4, sequence >> 16);
	write_u16(made->bytes + pending->tcp + 6, sequence & 0xffff);
	made->bytes[pending->tcp + 13] = flags;
	fix_lengths(made->bytes, pending->tcp, total, &pending->segment);
	made->header.caplen = (bpf_u_int32)total;
	made->header.len = (bpf_u_int32)total;
}

/* Cuts what was collected. */
static void flush(struct work *work)
{
	struct pending *pending = &work->pending;
	uint8_t early = (uint8_t)(pending->last_flags & ~SEGMENT_FIN);
	size_t at = 0;

	if (!pending->used)
		return;
	while (pending->length - at > 0) {
		uint64_t size = work->size > 0 ? work->size
					       : 1 +
			random_below(
			    work, random_below(work, 4) > 0 ? 2000 : SIZE_MOST);
		size_t length = pending->length - at < size
		    ? pending->length - at
		    : (size_t)size;

		make_packet(work, at, length,
		    at + length < pending->length ? early
						  : pending->last_flags);
		at += length;
	}
	if (pending->length == 0)
		make_packet(work, 0, 0, pending->last_flags);
	free(pending->head);
	free(pending->data);
	*pending = (struct pending){0};
}

static void append(struct pending *pending, const struct segment *segment)
{
	if (segment->length == 0)
		return;
	pending->data = must(
	    realloc(pending->data, pending->length + segment->length));
	memcpy(
	    pending->data + pending->length, segment->payload, segment->length);
	pending->length += segment->length;
}

/* Whether the segment goes on where the pending one ends. */
static bool continues(
    const struct pending *pending, const struct segment *segment)
{
	const struct segment *first = &pending->segment;

	return pending->used && flow_key_equal(&first->key, &segment->key) &&
	    first->from == segment->from &&
	    first->acknowledgement == segment->acknowledgement &&
	    segment->sequence == first->sequence + pending->length &&
	    !(pending->last_flags &
		(SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST)) &&
	    !(segment->flags & (SEGMENT_SYN | SEGMENT_RST)) &&
	    pending->length > 0 && segment->length > 0;
}

static void take(struct work *work, const struct packet *packet)
{
	struct pending *pending = &work->pending;
	struct segment segment;
	size_t tcp_header;

	if (decode_packet(&work->decoder, packet, &segment) != DECODE_SEGMENT)
		return;
	if (segment.length == 0 &&
	    !(segment.flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST)))
		return;
	if (!continues(pending, &segment)) {
		flush(work);
		pending->used = true;
		pending->segment = segment;
		pending->head_length =
		    (size_t)(segment.payload - packet->bytes);
		pending->head = must(malloc(pending->head_length));
		memcpy(pending->head, packet->bytes, pending->head_length);
		for (tcp_header = 20; tcp_header <= 60; tcp_header += 4) {
			pending->tcp = pending->head_length - tcp_header;
			if (pending->head[pending->tcp + 12] >> 4 ==
				tcp_header / 4 &&
			    pending->head[pending->tcp + 13] == segment.flags)
				break;
		}
	}
	append(pending, &segment);
	pending->last_flags = segment.flags;
	decoder_release(&work->decoder.fragments.given);
}

/* Neighbours of one connection change places; some come twice. */
static void shuffle(struct work *work, uint64_t window)
{
	for (size_t i = 0; window > 0 && i + 1 < work->count; i++) {
		size_t other = i + 1 + (size_t)random_below(work, window);
		struct made *a = &work->made[i];
		bool blocked = other >= work->count;

		for (size_t k = i; !blocked && k <= other; k++)
			blocked = work->made[k].fixed ||
			    !flow_key_equal(&work->made[k].key, &a->key) ||
			    work->made[k].ts_ns - a->ts_ns > CLOSE_NS;
		if (!blocked) {
			struct made swap = *a;

			*a = work->made[other];
			work->made[other] = swap;
		}
	}
}

static void write_all(struct work *work, pcap_dumper_t *out, uint64_t window)
{
	uint64_t ts_ns = 0;

	for (size_t i = 0; i < work->count; i++) {
		struct made *made = &work->made[i];
		unsigned copies = window > 0 && random_below(work, 8) == 0 ? 2
									   : 1;

		if (made->ts_ns > ts_ns)
			ts_ns = made->ts_ns;
		made->header.ts.tv_sec = (time_t)(ts_ns / 1000000000);
		made->header.ts.tv_usec =
		    (suseconds_t)(ts_ns % 1000000000 / 1000);
		while (copies-- > 0)
			pcap_dump((u_char *)out, &made->header, made->bytes);
		free(made->bytes);
	}
	free(work->made);
}

static int run(
    const char *in, const char *out, struct work *work, uint64_t window)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(in, why);
	pcap_dumper_t *dumper;
	struct pcap_pkthdr *header;
	const u_char *bytes;

	if (pcap == NULL) {
		fprintf(stderr, "resegment: %s: %s\n", in, why);
		return 1;
	}
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		const struct packet packet = {
		    .bytes = bytes,
		    .captured = header->caplen,
		    .length = header->len,
		    .ts_ns = (uint64_t)header->ts.tv_sec * 1000000000 +
			(uint64_t)header->ts.tv_usec * 1000,
		    .link_type = pcap_datalink(pcap),
		};

		take(work, &packet);
	}
	flush(work);
	shuffle(work, window);
	dumper = pcap_dump_open(pcap, out);
	if (dumper == NULL) {
		fprintf(stderr, "resegment: %s\n", pcap_geterr(pcap));
		return 1;
	}
	write_all(work, dumper, window);
	pcap_dump_close(dumper);
	pcap_close(pcap);
	return 0;
}

int main(int argc, char **argv)
{
	struct work work = {.random = 1};
	uint64_t window = 0;

	decoder_init(&work.decoder, TUNNELS_NONE, CHECKSUMS_IGNORE,
	    &work.nothing, &work.counters);
	if (argc < 4 || argc > 6 || !parse_u64(argv[3], &work.size) ||
	    work.size > SIZE_MOST ||
	    (argc > 4 && !parse_u64(argv[4], &window)) ||
	    (argc > 5 && !parse_u64(argv[5], &work.random))) {
		fputs("usage: resegment IN OUT SIZE [WINDOW [SEED]]\n", stderr);
		return 2;
	}
	return run(argv[1], argv[2], &work, window);
}
