/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP header and its options (RFC 9293, section 3.1; RFC 7323). */
#include "core/decode/checksum.h"
#include "core/decode/layer.h"

#define HEADER_LEAST 20u
#define OPTION_END 0u
#define OPTION_NO_OPERATION 1u
#define OPTION_WINDOW_SCALE 3u
#define SCALE_MOST 14u /* RFC 7323, section 2.3 */

/* The window scale that the options of a SYN offer, or SEGMENT_NO_SCALE. */
static uint8_t find_window_scale(struct cursor options)
{
	while (cursor_left(&options) > 0) {
		uint8_t kind = cursor_u8(&options);
		uint8_t length;

		if (kind == OPTION_END)
			break;
		if (kind == OPTION_NO_OPERATION)
			continue;
		length = cursor_u8(&options);
		if (length < 2)
			break;
		if (kind == OPTION_WINDOW_SCALE && length == 3) {
			uint8_t scale = cursor_u8(&options);

			if (options.failed)
				break;
			return scale < SCALE_MOST ? scale : SCALE_MOST;
		}
		cursor_skip(&options, length - 2u);
	}
	return SEGMENT_NO_SCALE;
}

/* Data with bad checksums are everywhere: network cards compute them, and who
 * makes a capture anonymous does not.  A SYN shows whether they do, and to a RST
 * it matters. */
static bool is_checked(const struct decoder *decoder, uint8_t flags)
{
	return decoder->checksums == CHECKSUMS_VERIFY ||
	    (decoder->checksums == CHECKSUMS_AUTO &&
		(flags & (SEGMENT_SYN | SEGMENT_RST)));
}

enum decode_result decode_tcp(const struct decoder *decoder,
    struct cursor *cursor, uint64_t length, bool checkable,
    struct segment *segment)
{
	const uint8_t *header = cursor_take(cursor, HEADER_LEAST);
	struct cursor fields;
	size_t header_length;
	uint64_t captured;

	if (header == NULL)
		return length < HEADER_LEAST ? DECODE_MALFORMED : DECODE_CUT;
	/* One check for all: the compiler knows how long this cursor is. */
	fields = cursor_over(header, HEADER_LEAST);
	segment->key.port[0] = cursor_u16(&fields);
	segment->key.port[1] = cursor_u16(&fields);
	segment->sequence = cursor_u32(&fields);
	segment->acknowledgement = cursor_u32(&fields);
	header_length = (size_t)(cursor_u8(&fields) >> 4) * 4;
	segment->flags = cursor_u8(&fields);
	segment->window = cursor_u16(&fields);
	/* The urgent pointer is not read: its data stand in line. */
	if (header_length < HEADER_LEAST || header_length > length)
		return DECODE_MALFORMED;
	cursor_skip(cursor, header_length - HEADER_LEAST);
	if (cursor->failed)
		return DECODE_CUT;

	segment->window_scale = SEGMENT_NO_SCALE;
	if (segment->flags & SEGMENT_SYN)
		segment->window_scale = find_window_scale(cursor_over(
		    header + HEADER_LEAST, header_length - HEADER_LEAST));
	length -= header_length;
	captured = cursor_left(cursor);
	if (captured > length)
		captured = length;
	segment->checksum = SEGMENT_UNCHECKED;
	if (checkable && captured == length &&
	    is_checked(decoder, segment->flags))
		segment->checksum = (uint8_t)checksum_tcp(
		    &segment->key, header, header_length + (size_t)length);
	if (decoder->checksums == CHECKSUMS_VERIFY &&
	    segment->checksum >= SEGMENT_OFFLOADED)
		return DECODE_CHECKSUM;
	segment->payload = cursor->at;
	segment->length = (uint32_t)captured;
	segment->missing = (uint32_t)(length - captured);
	segment->from = (uint8_t)flow_key_sort(&segment->key);
	return DECODE_SEGMENT;
}
