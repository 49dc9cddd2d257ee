/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the classic format, in both byte orders and all its variants
 * (draft-ietf-opsawg-pcap; the variants are those that libpcap and Wireshark
 * know). */
#include "core/capture/reader.h"

#include <stdio.h>

#define HEADER 24u
#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_KUZNETZOV 0xa1b2cd34u /* an interface and more in each record */

/* Before version 2.3, and in DG/UX's 543.0, the two lengths of a record were the other way round, and
 * in 2.3 nobody can know: there the smaller one is what was captured. */
#define LENGTHS_RIGHT 0u
#define LENGTHS_SWAPPED 1u
#define LENGTHS_UNKNOWN 2u

struct variant {
	uint32_t magic;
	uint32_t record; /* bytes of a record's header      */
	uint32_t scale;  /* nanoseconds of its fraction     */
};

static const struct variant variants[] = {
    {MAGIC_MICRO, 16, 1000},
    {MAGIC_NANO, 16, 1},
    {MAGIC_KUZNETZOV, 24, 1000},
};

/* NULL: none of them. */
static const struct variant *variant_of(uint32_t magic)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (variants[i].magic == magic)
			return &variants[i];
	}
	return NULL;
}

static uint32_t number_of(const uint8_t magic[4])
{
	uint32_t number;

	__builtin_memcpy(&number, magic, sizeof(number));
	return number;
}

bool pcap_is(const uint8_t magic[4])
{
	uint32_t number = number_of(magic);

	return variant_of(number) != NULL ||
	    variant_of(__builtin_bswap32(number)) != NULL;
}

static enum reading too_long(struct reader *reader, uint32_t captured)
{
	snprintf(reader->words, sizeof(reader->words),
	    "a packet of %u captured bytes cannot be", (unsigned)captured);
	return reader_damaged(reader, reader->words);
}

static void exchange(uint32_t *captured, uint32_t *length)
{
	uint32_t other = *captured;

	*captured = *length;
	*length = other;
}

static enum reading pcap_next(struct reader *reader, struct frame *frame)
{
	struct window *window = &reader->window;
	const uint8_t *record = window_look(window, reader->record);
	uint32_t captured;
	uint32_t length;

	reader->need = reader->record;
	if (record == NULL)
		return READING_MORE;
	captured = reader_u32(reader, record + 8);
	length = reader_u32(reader, record + 12);
	if (reader->swap_lengths == LENGTHS_SWAPPED ||
	    (reader->swap_lengths == LENGTHS_UNKNOWN && captured > length))
		exchange(&captured, &length);
	if (captured > FRAME_MOST)
		return too_long(reader, captured);
	reader->need += captured;
	if (window_ready(window) < reader->need)
		return READING_MORE;
	*frame = (struct frame){
	    .bytes = record + reader->record,
	    .captured = captured,
	    .length = length,
	    .ts_ns = reader_u32(reader, record) * UINT64_C(1000000000) +
		(uint64_t)reader_u32(reader, record + 4) * reader->scale,
	    .link_type = reader->only.link_type,
	    .snaplen = reader->only.snaplen,
	};
	window_take(window, reader->need);
	return READING_FRAME;
}

/* False: who knows what it is. */
static bool take_version(struct reader *reader, unsigned major, unsigned minor)
{
	if ((major == 2 && minor < 3) || (major == 543 && minor == 0)) {
		reader->swap_lengths = LENGTHS_SWAPPED;
	} else if (major == 2) {
		reader->swap_lengths = minor == 3 ? LENGTHS_UNKNOWN
						  : LENGTHS_RIGHT;
	} else {
		snprintf(reader->words, sizeof(reader->words),
		    "version %u.%u of pcap is not known", major, minor);
		return false;
	}
	return true;
}

enum reading pcap_begin(struct reader *reader)
{
	struct window *window = &reader->window;
	enum reading reading = reader_want(reader, HEADER, "the file header");
	const struct variant *variant;
	const uint8_t *header;

	if (reading != READING_FRAME)
		return reading;
	header = window_look(window, HEADER);
	variant = variant_of(number_of(header));
	if (variant == NULL) {
		reader->swapped = true;
		variant = variant_of(__builtin_bswap32(number_of(header)));
	}
	if (!take_version(reader, reader_u16(reader, header + 4),
		reader_u16(reader, header + 6)))
		return reader_damaged(reader, reader->words);
	reader->record = variant->record;
	reader->scale = variant->scale;
	reader->only.snaplen = reader_u32(reader, header + 16);
	/* The upper half tells of a frame check sequence. */
	reader->only.link_type = reader_u32(reader, header + 20) & 0xffff;
	reader->next = pcap_next;
	window_take(window, HEADER);
	return READING_FRAME;
}
