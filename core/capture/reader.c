/* SPDX-License-Identifier: BSD-2-Clause */
/* What all capture files have in common: their magic number, and their end. */
#include "core/capture/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a file is that is none of ours, and what makes one of it.  More than its
 * first 8 bytes may not be there yet. */
struct foreign {
	const char *bytes;
	size_t length;
	const char *name;
	const char *remedy;
};

#define CONVERT "convert it first (editcap -F pcap FILE NEW)"

static const struct foreign *foreign(const uint8_t *magic, size_t length)
{
	static const struct foreign known[] = {
	    {"PK\3\4", 4, "zip",
		"unpack it first (unzip -p FILE | tcpflow -r -)"},
	    {"7z\xbc\xaf", 4, "7z",
		"unpack it first (7z x -so FILE | tcpflow -r -)"},
	    {"Rar!", 4, "rar",
		"unpack it first (unrar p -inul FILE | tcpflow -r -)"},
	    {"\x1f\x9d", 2, "compress",
		"unpack it first (zcat FILE | tcpflow -r -)"},
	    {"\x02\x21\x4c\x18", 4, "lz4 of before 2013",
		"unpack it first (lz4cat FILE | tcpflow -r -)"},
	    {"snoop\0\0\0", 8, "snoop", CONVERT},
	    {"btsnoop\0", 8, "btsnoop", CONVERT},
	    {"TRSNIFF ", 8, "Sniffer", CONVERT},
	    {"iptrace ", 8, "iptrace", CONVERT},
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
static enum reading refuse(struct reader *reader, const uint8_t *magic)
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
	return reader_damaged(reader, reader->words);
}

bool reader_open(struct reader *reader, struct supply *supply, size_t room,
    struct secrets *secrets)
{
	*reader = (struct reader){.secrets = secrets};
	return window_open(&reader->window, supply, room);
}

/* Four bytes tell what it is. */
static enum reading find_format(struct reader *reader)
{
	struct window *window = &reader->window;
	enum reading reading = reader_want(reader, 4, "the magic number");
	const uint8_t *magic;

	if (reading != READING_FRAME)
		return window->end == 0 && window->problem == NULL &&
			reading == READING_DAMAGED
		    ? reader_damaged(reader, "the file is empty")
		    : reading;
	magic = window_look(window, 4);
	if (pcap_is(magic))
		reader->begin = pcap_begin;
	else if (pcapng_is(magic))
		reader->begin = pcapng_begin;
	else
		return refuse(reader, magic);
	return READING_FRAME;
}

enum reading reader_begin(struct reader *reader)
{
	if (reader->begin == NULL) {
		enum reading reading = find_format(reader);

		if (reading != READING_FRAME)
			return reading;
	}
	return reader->begin(reader);
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

/* The file has ended where it should not. */
static enum reading ends_within(struct reader *reader, const char *what)
{
	struct window *window = &reader->window;

	window_take(window, window_ready(window));
	if (window->problem != NULL)
		return reader_damaged(reader, window->problem);
	snprintf(
	    reader->words, sizeof(reader->words), "it ends within %s", what);
	return reader_damaged(reader, reader->words);
}

enum reading reader_want(struct reader *reader, size_t length, const char *what)
{
	switch (window_fill(&reader->window, length)) {
	case WINDOW_READY:
		return READING_FRAME;
	case WINDOW_LATER:
		return READING_LATER;
	default:
		return ends_within(reader, what);
	}
}

/* A file ends well where nothing is left of it. */
enum reading reader_fill(struct reader *reader)
{
	struct window *window = &reader->window;

	switch (window_fill(window, reader->need)) {
	case WINDOW_READY:
		return READING_FRAME;
	case WINDOW_LATER:
		return READING_LATER;
	default:
		return window->problem == NULL && window_ready(window) == 0
		    ? READING_END
		    : ends_within(reader, "a packet");
	}
}

const struct reader_interface *reader_first(const struct reader *reader)
{
	return reader->interface_count > 0 ? &reader->interfaces[0]
					   : &reader->only;
}
