/* SPDX-License-Identifier: BSD-2-Clause */
/* What all capture files have in common: their magic number, and their end. */
#include "core/capture/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a file is that is none of ours, and what makes one of it. */
struct foreign {
	const char *bytes;
	size_t length;
	const char *name;
	const char *remedy;
};

#define UNPACK(tool) "decompress it first (" tool " FILE | tcpflow -r -)"
#define CONVERT "convert it first (editcap -F pcap FILE NEW)"

static const struct foreign *foreign(const uint8_t *magic, size_t length)
{
	static const struct foreign known[] = {
	    {"\x1f\x8b", 2, "gzip", UNPACK("zcat")},
	    {"\x28\xb5\x2f\xfd", 4, "zstd", UNPACK("zstdcat")},
	    {"\xfd"
	     "7zXZ",
		5, "xz", UNPACK("xzcat")},
	    {"BZh", 3, "bzip2", UNPACK("bzcat")},
	    {"\x04\x22\x4d\x18", 4, "lz4", UNPACK("lz4cat")},
	    {"snoop\0\0\0", 8, "snoop", CONVERT},
	    {"btsnoop\0", 8, "btsnoop", CONVERT},
	    {"TRSNIFF data", 12, "Sniffer", CONVERT},
	    {"XCP\0", 4, "NetXray", CONVERT},
	    {"GMBU", 4, "Network Monitor", CONVERT},
	    {"RTSS", 4, "Network Monitor 1", CONVERT},
	    {"\x7f"
	     "ver",
		4, "OmniPeek", CONVERT},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (length >= known[i].length &&
		    memcmp(magic, known[i].bytes, known[i].length) == 0)
			return &known[i];
	}
	return NULL;
}

/* None of ours. */
static bool refuse(struct reader *reader, const uint8_t *magic)
{
	const struct foreign *other = foreign(
	    magic, window_ready(&reader->window));

	if (other != NULL)
		snprintf(reader->words, sizeof(reader->words), "%s: %s",
		    other->name, other->remedy);
	else
		snprintf(reader->words, sizeof(reader->words),
		    "magic number %02x%02x%02x%02x: neither pcap nor pcapng "
		    "(capinfos FILE may tell)",
		    magic[0], magic[1], magic[2], magic[3]);
	reader->problem = reader->words;
	return false;
}

bool reader_open(struct reader *reader, struct supply *supply)
{
	struct window *window = &reader->window;
	const uint8_t *magic;

	*reader = (struct reader){0};
	if (!window_open(window, supply)) {
		reader->problem = "out of memory";
		return false;
	}
	if (!window_fill(window, 4)) {
		window->offset += window_ready(window);
		reader->problem = window->problem != NULL ? window->problem
		    : window->end == 0                    ? "the file is empty"
				       : "it ends within the magic number";
		return false;
	}
	magic = window_look(window, 4);
	if (pcap_is(magic))
		return pcap_begin(reader);
	if (pcapng_is(magic))
		return pcapng_begin(reader);
	return refuse(reader, magic);
}

void reader_close(struct reader *reader)
{
	window_close(&reader->window);
	free(reader->interfaces);
	*reader = (struct reader){0};
}

enum reading reader_damaged(struct reader *reader, const char *problem)
{
	reader->problem = problem;
	return READING_DAMAGED;
}

/* A file ends well where nothing is left of it. */
enum reading reader_fill(struct reader *reader)
{
	struct window *window = &reader->window;

	if (window_fill(window, reader->need))
		return READING_FRAME;
	if (window->problem == NULL && window_ready(window) == 0)
		return READING_END;
	window_take(window, window_ready(window));
	return reader_damaged(reader,
	    window->problem != NULL ? window->problem
				    : "it ends within a packet");
}

const struct reader_interface *reader_first(const struct reader *reader)
{
	return reader->interface_count > 0 ? &reader->interfaces[0]
					   : &reader->only;
}
