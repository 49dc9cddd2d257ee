/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the packets of a capture in another form.
 *
 *	recapture FORM IN OUT [PART PARTS]
 *
 * FORM: pcap, pcap-swapped (the other byte order), pcap-nano, pcapng,
 * pcapng-swapped, pcapng-sections (each packet in a section of its own, with a
 * clock of its own), pcap-at-once (no time passes).  PART of PARTS: only every
 * PARTS-th packet, from PART on, counted from 0. */
#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"

enum format { PCAP, PCAPNG };

static const struct form {
	const char *name;
	enum format format;
	bool swapped;
	bool nanoseconds;
	bool sections;
	bool at_once;
} forms[] = {
    {"pcap", PCAP, false, false, false, false},
    {"pcap-swapped", PCAP, true, false, false, false},
    {"pcap-nano", PCAP, false, true, false, false},
    {"pcapng", PCAPNG, false, false, false, false},
    {"pcapng-swapped", PCAPNG, true, true, false, false},
    {"pcapng-sections", PCAPNG, false, true, true, false},
    {"pcap-at-once", PCAP, false, false, false, true},
};

struct writer {
	const struct form *form;
	FILE *out;
	uint32_t link_type;
	uint32_t snaplen;
	uint64_t written;
	unsigned digits; /* of the clock's resolution       */
};

static void die(const char *what)
{
	fprintf(stderr, "recapture: %s\n", what);
	exit(1);
}

static void put(struct writer *writer, const void *bytes, size_t length)
{
	if (fwrite(bytes, 1, length, writer->out) != length)
		die("cannot write");
}

static void put16(struct writer *writer, uint16_t value)
{
	if (writer->form->swapped)
		value = __builtin_bswap16(value);
	put(writer, &value, sizeof(value));
}

static void put32(struct writer *writer, uint32_t value)
{
	if (writer->form->swapped)
		value = __builtin_bswap32(value);
	put(writer, &value, sizeof(value));
}

static void put_pcap_header(struct writer *writer)
{
	put32(writer, writer->form->nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
	put16(writer, 2);
	put16(writer, 4);
	put32(writer, 0);
	put32(writer, 0);
	put32(writer, writer->snaplen);
	put32(writer, writer->link_type);
}

static void put_section(struct writer *writer)
{
	/* 64 bits of a tenth of a nanosecond are enough until 2028. */
	static const unsigned clocks[] = {9, 10, 6};
	uint8_t digits[4] = {0};

	writer->digits = writer->form->nanoseconds ? 9 : 6;
	if (writer->form->sections)
		writer->digits = clocks[writer->written % 3];
	digits[0] = (uint8_t)writer->digits;
	put32(writer, 0x0a0d0d0a);
	put32(writer, 28);
	put32(writer, 0x1a2b3c4d);
	put16(writer, 1);
	put16(writer, 0);
	put32(writer, UINT32_MAX);
	put32(writer, UINT32_MAX);
	put32(writer, 28);
	/* The interface. */
	put32(writer, 1);
	put32(writer, 20 + 8 + 4);
	put16(writer, (uint16_t)writer->link_type);
	put16(writer, 0);
	put32(writer, writer->snaplen);
	put16(writer, 9); /* if_tsresol */
	put16(writer, 1);
	put(writer, digits, sizeof(digits));
	put32(writer, 0); /* end of options */
	put32(writer, 20 + 8 + 4);
}

static void put_pcap_packet(struct writer *writer,
    const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	uint32_t fraction = (uint32_t)header->ts.tv_usec;

	put32(writer, (uint32_t)header->ts.tv_sec);
	put32(writer, writer->form->nanoseconds ? fraction : fraction / 1000);
	put32(writer, header->caplen);
	put32(writer, header->len);
	put(writer, bytes, header->caplen);
}

static void put_block(struct writer *writer, const struct pcap_pkthdr *header,
    const uint8_t *bytes)
{
	static const uint8_t zeros[4];
	uint32_t padding = -header->caplen & 3;
	uint32_t length = 32 + header->caplen + padding;
	uint64_t ticks;

	if (writer->form->sections && writer->written > 0)
		put_section(writer);
	ticks = (uint64_t)header->ts.tv_sec * 1000000000u +
	    (uint64_t)header->ts.tv_usec;
	for (unsigned digits = 9; digits > writer->digits; digits--)
		ticks /= 10;
	for (unsigned digits = 9; digits < writer->digits; digits++)
		ticks *= 10;
	put32(writer, 6);
	put32(writer, length);
	put32(writer, 0);
	put32(writer, (uint32_t)(ticks >> 32));
	put32(writer, (uint32_t)ticks);
	put32(writer, header->caplen);
	put32(writer, header->len);
	put(writer, bytes, header->caplen);
	put(writer, zeros, padding);
	put32(writer, length);
}

static void put_packet(struct writer *writer, const struct pcap_pkthdr *header,
    const uint8_t *bytes)
{
	if (writer->form->format == PCAP)
		put_pcap_packet(writer, header, bytes);
	else
		put_block(writer, header, bytes);
	writer->written++;
}

static void copy(
    pcap_t *pcap, struct writer *writer, uint64_t part, uint64_t parts)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	uint64_t number = 0;

	if (writer->form->format == PCAP)
		put_pcap_header(writer);
	else
		put_section(writer);
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		if (writer->form->at_once)
			header->ts = (struct timeval){0};
		if (number++ % parts == part)
			put_packet(writer, header, bytes);
	}
}

static const struct form *form_of(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	}
	die("no such form");
	return NULL;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	struct writer writer = {0};
	uint64_t part = 0;
	uint64_t parts = 1;
	pcap_t *pcap;

	if (argc != 4 && argc != 6)
		die("usage: recapture FORM IN OUT [PART PARTS]");
	writer.form = form_of(argv[1]);
	if (argc == 6 &&
	    (!parse_u64(argv[4], &part) || !parse_u64(argv[5], &parts) ||
		parts == 0))
		die("PART and PARTS are numbers");
	pcap = pcap_open_offline_with_tstamp_precision(
	    argv[2], PCAP_TSTAMP_PRECISION_NANO, why);
	if (pcap == NULL)
		die(why);
	writer.link_type = (uint32_t)pcap_datalink(pcap);
	writer.snaplen = (uint32_t)pcap_snapshot(pcap);
	writer.out = fopen(argv[3], "wbe");
	if (writer.out == NULL)
		die("cannot open the output");
	copy(pcap, &writer, part, parts);
	if (fclose(writer.out) != 0)
		die("cannot write");
	pcap_close(pcap);
	return 0;
}
