/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a capture of one TCP conversation after another, packet by packet, from
 * lines on standard input.
 *
 *	packets OUT.pcap < LINES
 *
 *	as KIND         how what follows is carried: ipv4 (as it begins), ipv6,
 *	                ipv6-options, fragments, padded, vlan=NUMBER, mpls,
 *	                pppoe, gre, sll2 (the whole file, in its first line)
 *	port NUMBER     of the client, whose next connection begins
 *	wait SECONDS
 *	c FLAGS         a segment of the client (s: of the server) with SYN, FIN,
 *	                RST, ACK, joined by commas
 *	c "text"        its next bytes, with ACK; \r, \n and \x7f are what they are
 *	c @OFFSET "text"        bytes from elsewhere, counted from 0
 *	lose c COUNT    bytes that are sent and not captured
 *
 * ACK acknowledges all that the other side has sent.  Checksums are left out: a
 * capture on the sending host has none either. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_MOST 4096u
#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define ACK 0x10u

static const char *const kinds[] = {"ipv4", "ipv6", "ipv6-options", "fragments",
    "padded", "vlan=", "mpls", "pppoe", "gre", "sll2"};
enum kind {
	IPV4,
	IPV6,
	IPV6_OPTIONS,
	FRAGMENTS,
	PADDED,
	VLAN,
	MPLS,
	PPPOE,
	GRE,
	SLL2,
	KINDS
};

struct packet {
	uint8_t bytes[PACKET_MOST];
	size_t length;
};

static struct {
	FILE *out;
	bool begun; /* the file has its header         */
	enum kind kind;
	unsigned vlan;
	uint64_t time_us;
	uint16_t port;
	uint32_t first[2]; /* sequence number of byte 0       */
	uint32_t next[2];  /* and of the next one             */
	unsigned datagrams;
} scene = {.time_us = UINT64_C(1700000000000000), .port = 40000};

static void put(struct packet *packet, const void *bytes, size_t length)
{
	if (length > PACKET_MOST - packet->length) {
		fputs("packets: a packet is too long\n", stderr);
		exit(2);
	}
	if (length > 0)
		memcpy(packet->bytes + packet->length, bytes, length);
	packet->length += length;
}

static void put8(struct packet *packet, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	put(packet, &byte, 1);
}

static void put16(struct packet *packet, unsigned value)
{
	put8(packet, value >> 8);
	put8(packet, value);
}

static void put32(struct packet *packet, uint32_t value)
{
	put16(packet, value >> 16);
	put16(packet, value);
}

static void put_segment(struct packet *packet, unsigned side, unsigned flags,
    uint32_t sequence, const struct packet *payload)
{
	put16(packet, side ? 80 : scene.port);
	put16(packet, side ? scene.port : 80);
	put32(packet, sequence);
	put32(packet, flags & ACK ? scene.next[!side] : 0);
	put8(packet, 0x50);
	put8(packet, flags);
	put16(packet, 60000);
	put32(packet, 0);
	put(packet, payload->bytes, payload->length);
}

/* `place`: flags and offset of a fragment. */
static void put_ipv4(struct packet *packet, unsigned side, unsigned protocol,
    unsigned place, const uint8_t *bytes, size_t length)
{
	put16(packet, 0x4500);
	put16(packet, 20 + (unsigned)length);
	put16(packet, scene.datagrams);
	put16(packet, place);
	put8(packet, 64);
	put8(packet, protocol);
	put16(packet, 0);
	put32(packet, 0xc0000201u + side);
	put32(packet, 0xc0000202u - side);
	put(packet, bytes, length);
}

static void put_ipv6(struct packet *packet, unsigned side, bool options,
    const struct packet *segment)
{
	static const uint8_t padding[] = {1, 4, 0, 0, 0, 0};

	put32(packet, 6u << 28);
	put16(packet, (unsigned)segment->length + (options ? 16 : 0));
	put8(packet, options ? 0 : 6); /* hop-by-hop options */
	put8(packet, 64);
	for (unsigned i = 0; i < 2; i++) {
		put32(packet, 0x20010db8);
		put32(packet, 0);
		put32(packet, 0);
		put32(packet, 1 + (side ^ i));
	}
	if (options) {
		put16(packet, 60 << 8); /* destination options */
		put(packet, padding, sizeof(padding));
		put16(packet, 6 << 8);
		put(packet, padding, sizeof(padding));
	}
	put(packet, segment->bytes, segment->length);
}

static void write_record(const struct packet *packet)
{
	const uint32_t head[6] = {
	    0xa1b2c3d4, 0x00040002, 0, 0, 262144, scene.kind == SLL2 ? 276 : 1};
	const uint32_t record[4] = {(uint32_t)(scene.time_us / 1000000),
	    (uint32_t)(scene.time_us % 1000000), (uint32_t)packet->length,
	    (uint32_t)packet->length};

	if (!scene.begun)
		fwrite(head, sizeof(head), 1, scene.out);
	scene.begun = true;
	scene.time_us += 1000;
	fwrite(record, sizeof(record), 1, scene.out);
	fwrite(packet->bytes, packet->length, 1, scene.out);
}

/* The link's header in front of a datagram of `type` and `length`. */
static void put_link(struct packet *frame, unsigned type, size_t length)
{
	static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0};

	if (scene.kind == SLL2)
		put16(frame, type);
	put(frame, addresses, sizeof(addresses));
	switch (scene.kind) {
	case SLL2:
		put(frame, addresses, 6);
		break;
	case VLAN:
		put16(frame, 0x8100);
		put16(frame, scene.vlan);
		put16(frame, type);
		break;
	case MPLS:
		put16(frame, 0x8847);
		put32(frame, 0x00010040); /* two labels, the second is last */
		put32(frame, 0x00011140);
		break;
	case PPPOE:
		put16(frame, 0x8864);
		put32(frame, 0x11000001);
		put16(frame, (unsigned)length + 2);
		put16(frame, 0x0021);
		break;
	default:
		put16(frame, type);
		break;
	}
}

static void write_frame(unsigned type, const struct packet *datagram)
{
	struct packet frame = {.length = 0};

	put_link(&frame, type, datagram->length);
	put(&frame, datagram->bytes, datagram->length);
	while (scene.kind == PADDED && frame.length < 60)
		put8(&frame, 'P');
	write_record(&frame);
}

/* Eight bytes and a multiple of it come first. */
static void write_fragments(unsigned side, const struct packet *segment)
{
	size_t cut = segment->length / 2 & ~(size_t)7;
	struct packet last = {.length = 0};
	struct packet first = {.length = 0};

	put_ipv4(&last, side, 6, (unsigned)(cut / 8), segment->bytes + cut,
	    segment->length - cut);
	put_ipv4(&first, side, 6, 0x2000, segment->bytes, cut);
	write_frame(0x0800, &last);
	write_frame(0x0800, &first);
}

static void write_segment(unsigned side, const struct packet *segment)
{
	static const uint8_t gre[] = {0, 0, 8, 0};
	struct packet datagram = {.length = 0};
	struct packet inner = {.length = 0};

	scene.datagrams++;
	switch (scene.kind) {
	case IPV6:
	case IPV6_OPTIONS:
		put_ipv6(&datagram, side, scene.kind == IPV6_OPTIONS, segment);
		write_frame(0x86dd, &datagram);
		return;
	case FRAGMENTS:
		write_fragments(side, segment);
		return;
	case GRE:
		put(&inner, gre, sizeof(gre));
		put_ipv4(&inner, side, 6, 0, segment->bytes, segment->length);
		put_ipv4(&datagram, side, 47, 0, inner.bytes, inner.length);
		break;
	default:
		put_ipv4(
		    &datagram, side, 6, 0, segment->bytes, segment->length);
		break;
	}
	write_frame(0x0800, &datagram);
}

static void say(unsigned side, unsigned flags, uint32_t sequence,
    const struct packet *payload)
{
	uint32_t end = sequence + (uint32_t)payload->length +
	    ((flags & (SYN | FIN)) != 0);
	struct packet segment = {.length = 0};

	put_segment(&segment, side, flags, sequence, payload);
	if ((int32_t)(end - scene.next[side]) > 0)
		scene.next[side] = end;
	write_segment(side, &segment);
}

static _Noreturn void wrong(const char *line)
{
	fprintf(stderr, "packets: what is \"%s\"?\n", line);
	exit(2);
}

static unsigned flags_of(const char *words)
{
	static const struct {
		const char *name;
		unsigned flag;
	} known[] = {{"SYN", SYN}, {"FIN", FIN}, {"RST", RST}, {"ACK", ACK}};
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		flags |= strstr(words, known[i].name) != NULL ? known[i].flag
							      : 0;
	return flags;
}

/* What stands between the first quotation mark and the last. */
static void put_text(struct packet *payload, const char *quoted)
{
	const char *end = strrchr(quoted, '"');
	unsigned byte;

	for (const char *at = quoted + 1; at < end; at++) {
		if (at[0] == '\\' && (at[1] == 'r' || at[1] == 'n'))
			put8(payload, *++at == 'r' ? '\r' : '\n');
		else if (sscanf(at, "\\x%2x", &byte) == 1) {
			put8(payload, byte);
			at += 3;
		} else
			put8(payload, (uint8_t)*at);
	}
}

static void segment_of(const char *line)
{
	unsigned side = *line == 's';
	const char *text = strchr(line, '"');
	const char *at = strchr(line, '@');
	struct packet payload = {.length = 0};
	unsigned flags = ACK;
	uint32_t sequence = scene.next[side];

	if (text != NULL)
		put_text(&payload, text);
	else
		flags = flags_of(line);
	if (flags == 0)
		wrong(line);
	if (at != NULL && text != NULL && at < text)
		sequence = scene.first[side] +
		    (uint32_t)strtoul(at + 1, NULL, 10);
	say(side, flags, sequence, &payload);
	if (flags & SYN)
		scene.first[side] = sequence + 1;
}

/* Numbers of connections are a quarter of the space apart. */
static void begin_connection(unsigned port)
{
	scene.port = (uint16_t)port;
	for (unsigned side = 0; side < 2; side++) {
		scene.next[side] += 0x40000000u + side;
		scene.first[side] = scene.next[side];
	}
}

static void carry_as(const char *kind, const char *line)
{
	for (unsigned i = 0; i < KINDS; i++) {
		size_t length = strlen(kinds[i]);

		if (strncmp(kind, kinds[i], length) != 0 ||
		    (kind[length] != '\0' && i != VLAN))
			continue;
		scene.kind = (enum kind)i;
		scene.vlan = (unsigned)strtoul(kind + length, NULL, 10);
		return;
	}
	wrong(line);
}

static void take(const char *line)
{
	unsigned number;
	char word[32];

	if (*line == '\0')
		return;
	if (sscanf(line, "as %31s", word) == 1)
		carry_as(word, line);
	else if (sscanf(line, "port %u", &number) == 1)
		begin_connection(number);
	else if (sscanf(line, "wait %u", &number) == 1)
		scene.time_us += number * UINT64_C(1000000);
	else if (sscanf(line, "lose %1[cs] %u", word, &number) == 2)
		scene.next[*word == 's'] += number;
	else if ((*line == 'c' || *line == 's') && line[1] == ' ')
		segment_of(line);
	else
		wrong(line);
}

int main(int argc, char **argv)
{
	char line[PACKET_MOST];

	if (argc != 2) {
		fputs("usage: packets OUT.pcap < LINES\n", stderr);
		return 2;
	}
	scene.out = fopen(argv[1], "wb");
	if (scene.out == NULL) {
		perror(argv[1]);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		take(line);
	}
	if (fclose(scene.out) != 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
