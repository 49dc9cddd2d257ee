/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of blocks: sections with interfaces of their own link types and clocks
 * (draft-ietf-opsawg-pcapng).  Blocks that are no packets are passed over. */
#include "core/capture/reader.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_OLD_PACKET 2u
#define BLOCK_SIMPLE_PACKET 3u
#define BLOCK_PACKET 6u
#define BLOCK_SECRETS 10u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_LEAST 12u
#define BLOCK_MOST (FRAME_MOST + (1u << 20))
#define INTERFACES_MOST 65536u
#define OPTION_END 0u
#define OPTION_RESOLUTION 9u
#define OPTION_OFFSET 14u
#define NS UINT64_C(1000000000)

struct block {
	uint32_t type;
	uint32_t length;     /* of all of it                    */
	const uint8_t *body; /* behind type and length          */
	size_t size;         /* of the body                     */
};

bool pcapng_is(const uint8_t magic[4])
{
	return magic[0] == 0x0a && magic[1] == 0x0d && magic[2] == 0x0d &&
	    magic[3] == 0x0a;
}

static size_t pad(size_t length)
{
	return (length + 3) & ~(size_t)3;
}

/* A section's header comes in the byte order that it tells of.  False: not yet
 * there, or it cannot be; *result says which. */
static bool take_byte_order(struct reader *reader, enum reading *result)
{
	const uint8_t *longer = window_look(&reader->window, 12);
	uint32_t magic;

	if (longer == NULL) {
		reader->need = 12;
		*result = READING_MORE;
		return false;
	}
	__builtin_memcpy(&magic, longer + 8, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC &&
	    __builtin_bswap32(magic) != BYTE_ORDER_MAGIC) {
		*result = reader_damaged(
		    reader, "a section has no byte-order magic");
		return false;
	}
	reader->swapped = magic != BYTE_ORDER_MAGIC;
	return true;
}

static enum reading bad_length(struct reader *reader, uint32_t length)
{
	snprintf(reader->words, sizeof(reader->words),
	    "a block of %u bytes cannot be", (unsigned)length);
	return reader_damaged(reader, reader->words);
}

/* The next block, whole. */
static enum reading look_at_block(struct reader *reader, struct block *block)
{
	struct window *window = &reader->window;
	const uint8_t *head = window_look(window, 8);
	enum reading result;

	reader->need = 8;
	if (head == NULL)
		return READING_MORE;
	block->type = reader_u32(reader, head);
	if (block->type == BLOCK_SECTION && !take_byte_order(reader, &result))
		return result;
	block->length = reader_u32(reader, head + 4);
	if (block->length < BLOCK_LEAST || block->length % 4 != 0 ||
	    block->length > BLOCK_MOST)
		return bad_length(reader, block->length);
	reader->need = block->length;
	head = window_look(window, block->length);
	if (head == NULL)
		return READING_MORE;
	/* libpcap bears with a section whose second length is wrong. */
	if (block->type != BLOCK_SECTION &&
	    reader_u32(reader, head + block->length - 4) != block->length)
		return reader_damaged(
		    reader, "a block's two lengths are not the same");
	block->body = head + 8;
	block->size = block->length - BLOCK_LEAST;
	return READING_FRAME;
}

static enum reading begin_section(
    struct reader *reader, const struct block *block)
{
	if (block->size < 16)
		return bad_length(reader, block->length);
	if (reader_u16(reader, block->body + 4) != 1) {
		snprintf(reader->words, sizeof(reader->words),
		    "version %u of pcapng is not known",
		    reader_u16(reader, block->body + 4));
		return reader_damaged(reader, reader->words);
	}
	reader->interface_count = 0;
	return READING_MORE;
}

/* A byte: a power of ten, or with its first bit set of two. */
static uint64_t units_of(uint8_t resolution)
{
	uint64_t units = 1;

	if (resolution & 0x80)
		return (resolution & 0x7f) < 64
		    ? UINT64_C(1) << (resolution & 0x7f)
		    : 0;
	if (resolution > 19)
		return 0;
	while (resolution-- > 0)
		units *= 10;
	return units;
}

/* Seconds, as they can be told in nanoseconds. */
static int64_t offset_of(const struct reader *reader, const uint8_t *value)
{
	uint64_t low = reader_u32(reader, value + (reader->swapped ? 4 : 0));
	uint64_t high = reader_u32(reader, value + (reader->swapped ? 0 : 4));
	int64_t seconds;

	/* The 64 bits are one number in the file's order. */
	low |= high << 32;
	__builtin_memcpy(&seconds, &low, sizeof(seconds));
	if (seconds > INT64_MAX / (int64_t)NS ||
	    seconds < INT64_MIN / (int64_t)NS)
		return 0;
	return seconds * (int64_t)NS;
}

static void take_options(const struct reader *reader,
    struct reader_interface *interface, const uint8_t *at, size_t size)
{
	while (size >= 4) {
		uint16_t code = reader_u16(reader, at);
		uint16_t length = reader_u16(reader, at + 2);

		at += 4;
		size -= 4;
		if (code == OPTION_END || pad(length) > size)
			return;
		if (code == OPTION_RESOLUTION && length == 1 &&
		    units_of(*at) > 0)
			interface->units = units_of(*at);
		else if (code == OPTION_OFFSET && length == 8)
			interface->offset_ns = offset_of(reader, at);
		at += pad(length);
		size -= pad(length);
	}
}

static bool grow(struct reader *reader)
{
	size_t room = reader->interface_room > 0 ? 2 * reader->interface_room
						 : 4;
	struct reader_interface *interfaces;

	if (reader->interface_count < reader->interface_room)
		return true;
	interfaces = realloc(reader->interfaces, room * sizeof(*interfaces));
	if (interfaces == NULL)
		return false;
	reader->interfaces = interfaces;
	reader->interface_room = room;
	return true;
}

static enum reading take_interface(
    struct reader *reader, const struct block *block)
{
	struct reader_interface *interface;

	if (block->size < 8)
		return bad_length(reader, block->length);
	if (reader->interface_count == INTERFACES_MOST)
		return reader_damaged(
		    reader, "more interfaces than a section can have");
	if (!grow(reader))
		return reader_damaged(reader, "out of memory");
	interface = &reader->interfaces[reader->interface_count++];
	*interface = (struct reader_interface){
	    .link_type = reader_u16(reader, block->body),
	    .snaplen = reader_u32(reader, block->body + 4),
	    .units = 1000000,
	};
	take_options(reader, interface, block->body + 8, block->size - 8);
	if (interface->units == 1000000)
		interface->scale = 1000;
	else if (interface->units == NS)
		interface->scale = 1;
	return READING_MORE;
}

/* Ticks of the interface's clock as nanoseconds since 1970; what cannot be told
 * so is the end of time. */
static uint64_t time_of(
    const struct reader_interface *interface, uint32_t high, uint32_t low)
{
	uint64_t ticks = (uint64_t)high << 32 | low;
	uint64_t seconds;
	uint64_t rest;
	uint64_t ns;

	/* Microseconds and nanoseconds cost no division. */
	if (interface->scale > 0 && interface->offset_ns == 0 &&
	    ticks <= INT64_MAX / 1000)
		return ticks * interface->scale;
	seconds = ticks / interface->units;
	rest = ticks % interface->units;
	if (seconds > INT64_MAX / NS - 1)
		return INT64_MAX;
	/* Without overflow: units may be up to 10^19. */
	if (interface->units <= UINT64_MAX / NS)
		ns = rest * NS / interface->units;
	else if (interface->units % NS == 0)
		ns = rest / (interface->units / NS);
	else
		ns = (uint64_t)((double)rest / (double)interface->units * 1e9);
	ns += seconds * NS;
	if (interface->offset_ns < 0 &&
	    ns < (uint64_t) - (interface->offset_ns + 1) + 1)
		return 0;
	if (interface->offset_ns > 0 &&
	    ns > (uint64_t)(INT64_MAX - interface->offset_ns))
		return INT64_MAX;
	return ns + (uint64_t)interface->offset_ns;
}

/* Where the packet's bytes begin, and what is known of it. */
struct parts {
	uint32_t interface;
	uint32_t captured;
	uint32_t length;
	uint32_t high;
	uint32_t low;
	size_t header; /* bytes of the body before the packet's */
	bool timeless;
};

static enum reading take_packet(struct reader *reader,
    const struct block *block, const struct parts *parts, struct frame *frame)
{
	const struct reader_interface *interface;

	if (parts->interface >= reader->interface_count) {
		snprintf(reader->words, sizeof(reader->words),
		    "a packet of interface %u, of which there are %zu",
		    (unsigned)parts->interface, reader->interface_count);
		return reader_damaged(reader, reader->words);
	}
	if (parts->captured > block->size - parts->header)
		return reader_damaged(
		    reader, "a packet is longer than its block");
	interface = &reader->interfaces[parts->interface];
	*frame = (struct frame){
	    .bytes = block->body + parts->header,
	    .captured = parts->captured,
	    .length = parts->length,
	    .ts_ns = parts->timeless
		? reader->last_ns
		: time_of(interface, parts->high, parts->low),
	    .link_type = interface->link_type,
	    .snaplen = interface->snaplen,
	};
	reader->last_ns = frame->ts_ns;
	return READING_FRAME;
}

static enum reading take_enhanced(
    struct reader *reader, const struct block *block, struct frame *frame)
{
	const uint8_t *body = block->body;
	struct parts parts = {.header = 20};

	if (block->size < parts.header)
		return bad_length(reader, block->length);
	parts.interface = block->type == BLOCK_PACKET
	    ? reader_u32(reader, body)
	    : reader_u16(reader, body);
	parts.high = reader_u32(reader, body + 4);
	parts.low = reader_u32(reader, body + 8);
	parts.captured = reader_u32(reader, body + 12);
	parts.length = reader_u32(reader, body + 16);
	return take_packet(reader, block, &parts, frame);
}

/* It has neither interface nor time, and only its length on the wire. */
static enum reading take_simple(
    struct reader *reader, const struct block *block, struct frame *frame)
{
	struct parts parts = {.header = 4, .timeless = true};

	if (block->size < parts.header)
		return bad_length(reader, block->length);
	parts.length = reader_u32(reader, block->body);
	parts.captured = parts.length;
	if (reader->interface_count > 0 && reader->interfaces[0].snaplen > 0 &&
	    parts.captured > reader->interfaces[0].snaplen)
		parts.captured = reader->interfaces[0].snaplen;
	if (parts.captured > block->size - parts.header)
		parts.captured = (uint32_t)(block->size - parts.header);
	return take_packet(reader, block, &parts, frame);
}

/* Packets do not depend on them: bad ones are only counted. */
static void take_secrets(struct reader *reader, const struct block *block)
{
	uint32_t length;

	if (reader->secrets == NULL ||
	    reader->secrets_seen++ < reader->secrets_known)
		return;
	length = block->size >= 8 ? reader_u32(reader, block->body + 4)
				  : UINT32_MAX;
	if (block->size < 8 || length > block->size - 8)
		reader->secrets->dropped++;
	else
		secrets_add(reader->secrets, reader_u32(reader, block->body),
		    block->body + 8, length);
}

/* READING_MORE: it was no packet. */
static enum reading take_block(
    struct reader *reader, const struct block *block, struct frame *frame)
{
	switch (block->type) {
	case BLOCK_PACKET:
	case BLOCK_OLD_PACKET:
		return take_enhanced(reader, block, frame);
	case BLOCK_SIMPLE_PACKET:
		return take_simple(reader, block, frame);
	case BLOCK_SECTION:
		return begin_section(reader, block);
	case BLOCK_INTERFACE:
		return take_interface(reader, block);
	case BLOCK_SECRETS:
		take_secrets(reader, block);
		return READING_MORE;
	default:
		return READING_MORE;
	}
}

static enum reading pcapng_next(struct reader *reader, struct frame *frame)
{
	struct block block;
	enum reading reading;

	do {
		reading = look_at_block(reader, &block);
		if (reading != READING_FRAME)
			return reading;
		reading = take_block(reader, &block, frame);
		if (reading != READING_DAMAGED)
			window_take(&reader->window, block.length);
	} while (reading == READING_MORE);
	return reading;
}

/* Reads up to the first interface. */
enum reading pcapng_begin(struct reader *reader)
{
	struct block block;
	struct frame frame;
	enum reading reading = READING_FRAME;

	reader->next = pcapng_next;
	while (reader->interface_count == 0 && reading == READING_FRAME) {
		reading = look_at_block(reader, &block);
		if (reading == READING_MORE)
			reading = reader_fill(reader);
		else if (reading == READING_FRAME &&
		    take_block(reader, &block, &frame) == READING_DAMAGED)
			reading = READING_DAMAGED;
		else if (reading == READING_FRAME)
			window_take(&reader->window, block.length);
	}
	return reading == READING_END
	    ? reader_damaged(reader, "it ends before any interface")
	    : reading;
}
