/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers.  The length in
 * the IP header decides where the payload ends; what lies behind is padding. */
#include <string.h>

#include "core/decode/checksum.h"
#include "core/decode/layer.h"

#define IPV4_LEAST 20u

#define PROTOCOL_HOP_BY_HOP 0u
#define PROTOCOL_TCP 6u
#define PROTOCOL_ROUTING 43u
#define PROTOCOL_FRAGMENT 44u
#define PROTOCOL_AUTHENTICATION 51u
#define PROTOCOL_DESTINATION 60u
#define PROTOCOL_MOBILITY 135u
#define PROTOCOL_HIP 139u
#define PROTOCOL_SHIM6 140u

/* More headers in a row than anybody sends: somebody plays. */
#define EXTENSIONS_MOST 32u
#define OPTION_JUMBO 0xc2u /* RFC 2675 */

/* What IP carries; `length` is how long IP says it is, of which the cursor has
 * no more than was captured. */
static enum decode_result decode_payload(struct decoder *decoder,
    uint8_t protocol, struct cursor *cursor, uint64_t length, bool checkable,
    struct segment *segment)
{
	uint64_t captured = cursor_left(cursor);

	if (protocol == PROTOCOL_TCP)
		return decode_tcp(decoder, cursor, length, checkable, segment);
	/* What lies behind it is padding. */
	if (captured > length) {
		captured = length;
		cursor->end = cursor->at + captured;
	}
	return decode_tunnel(
	    decoder, protocol, cursor, length - captured, segment);
}

static bool is_wanted(const struct decoder *decoder, uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || tunnel_is_wanted(decoder, protocol);
}

/* A piece of `length` bytes of a datagram.  DECODE_SEGMENT: it is whole now, and
 * *cursor spans what it carries, *next says what that is. */
static enum decode_result decode_fragment(struct decoder *decoder,
    struct fragment *fragment, struct cursor *cursor, uint64_t length,
    const struct segment *segment, uint8_t *next)
{
	struct fragments_whole whole;

	/* One that was cut never makes a whole. */
	if (length > cursor_left(cursor))
		return DECODE_CUT;
	fragment->key = segment->key;
	fragment->bytes = cursor->at;
	fragment->length = (uint32_t)length;
	fragment->ts_ns = segment->ts_ns;
	switch (fragments_add(&decoder->fragments, fragment, &whole)) {
	case FRAGMENTS_WHOLE:
		*cursor = cursor_over(whole.bytes, whole.length);
		*next = whole.protocol;
		return DECODE_SEGMENT;
	case FRAGMENTS_HELD:
		return DECODE_FRAGMENT;
	default:
		return DECODE_BAD_FRAGMENT;
	}
}

/* `place` is the word of flags and offset. */
static enum decode_result decode_ipv4_fragment(struct decoder *decoder,
    struct fragment *fragment, unsigned place, struct cursor *cursor,
    uint64_t length, struct segment *segment)
{
	enum decode_result result;
	uint8_t protocol = fragment->protocol;

	fragment->next = protocol;
	fragment->more = (place & 0x2000) != 0;
	fragment->offset = (place & 0x1fff) * 8;
	result = decode_fragment(
	    decoder, fragment, cursor, length, segment, &protocol);
	return result != DECODE_SEGMENT
	    ? result
	    : decode_payload(decoder, protocol, cursor, cursor_left(cursor),
		  true, segment);
}

static enum decode_result decode_ipv4(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint64_t on_wire = cursor_left(cursor) + cut;
	const uint8_t *header = cursor_take(cursor, IPV4_LEAST);
	struct fragment fragment = {0};
	struct cursor fields;
	size_t header_length;
	uint64_t total;
	uint16_t place;

	if (header == NULL)
		return DECODE_CUT;
	/* One check for all: the compiler knows how long this cursor is. */
	fields = cursor_over(header, IPV4_LEAST);
	header_length = (size_t)(cursor_u8(&fields) & 0x0f) * 4;
	cursor_skip(&fields, 1);
	total = cursor_u16(&fields);
	fragment.identification = cursor_u16(&fields);
	place = cursor_u16(&fields);
	cursor_skip(&fields, 1);
	fragment.protocol = cursor_u8(&fields);
	cursor_skip(&fields, 2);
	memcpy(segment->key.ip[0], cursor_take(&fields, 4), 4);
	memcpy(segment->key.ip[1], cursor_take(&fields, 4), 4);
	segment->key.family = 4;
	/* Segmentation offload leaves 0: the frame ends where it ends. */
	if (total == 0)
		total = on_wire;
	if (header_length < IPV4_LEAST || header_length > total)
		return DECODE_MALFORMED;
	if (!is_wanted(decoder, fragment.protocol))
		return DECODE_NOT_TCP;
	if (cursor_take(cursor, header_length - IPV4_LEAST) == NULL)
		return DECODE_CUT;
	if (decoder->checksums == CHECKSUMS_VERIFY &&
	    !checksum_is_good(header, header_length))
		return DECODE_CHECKSUM;
	/* No more than the frame had: what a length claims beyond that never
	 * was on the wire. */
	if (total > on_wire)
		total = on_wire;
	if ((place & 0x3fff) != 0) /* MF or an offset */
		return decode_ipv4_fragment(decoder, &fragment, place, cursor,
		    total - header_length, segment);
	return decode_payload(decoder, fragment.protocol, cursor,
	    total - header_length, true, segment);
}

/* The payload length that a jumbogram option gives; 0: there is none. */
static uint64_t find_jumbo_length(struct cursor options)
{
	while (cursor_left(&options) > 0) {
		uint8_t type = cursor_u8(&options);
		uint8_t length;

		if (type == 0) /* Pad1 */
			continue;
		length = cursor_u8(&options);
		if (type == OPTION_JUMBO && length == 4)
			return cursor_u32(&options);
		cursor_skip(&options, length);
	}
	return 0;
}

static bool is_extension(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_FRAGMENT:
	case PROTOCOL_AUTHENTICATION:
	case PROTOCOL_DESTINATION:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return true;
	default:
		return false;
	}
}

/* Bytes of an extension header whose second byte is `length`. */
static size_t extension_length(uint8_t protocol, uint8_t length)
{
	if (protocol == PROTOCOL_FRAGMENT)
		return 8;
	if (protocol == PROTOCOL_AUTHENTICATION)
		return ((size_t)length + 2) * 4;
	return ((size_t)length + 1) * 8;
}

/* What the extension headers have told so far. */
struct extensions {
	uint8_t protocol; /* of what comes next              */
	uint64_t passed;  /* their bytes                     */
	uint64_t jumbo;   /* a jumbogram's length; 0: none   */
	bool routed;      /* the destination is not the last */
	bool fragmented;  /* a fragment header was passed:   */
	struct fragment fragment;
};

static void take_fragment_header(
    struct extensions *extensions, const uint8_t *header)
{
	unsigned place = (unsigned)header[2] << 8 | header[3];

	/* One that is not cut in pieces is no fragment (RFC 6946). */
	extensions->fragmented = (place & 0xfff9) != 0;
	extensions->fragment = (struct fragment){
	    .identification = (uint32_t)header[4] << 24 |
		(uint32_t)header[5] << 16 | (uint32_t)header[6] << 8 |
		header[7],
	    .protocol = PROTOCOL_FRAGMENT,
	    .next = header[0],
	    .more = (place & 1) != 0,
	    .offset = place & 0xfff8,
	};
}

/* Passes over the extension headers, up to what they carry or to a piece of a
 * datagram. */
static enum decode_result skip_extensions(
    struct cursor *cursor, struct extensions *extensions)
{
	for (unsigned count = 0;
	     is_extension(extensions->protocol) && !extensions->fragmented;
	     count++) {
		const uint8_t *header = cursor->at;
		uint8_t protocol = extensions->protocol;
		uint8_t next = cursor_u8(cursor);
		size_t length = extension_length(protocol, cursor_u8(cursor));

		if (count == EXTENSIONS_MOST)
			return DECODE_MALFORMED;
		cursor_skip(cursor, length - 2);
		if (cursor->failed)
			return DECODE_CUT;
		if (protocol == PROTOCOL_FRAGMENT)
			take_fragment_header(extensions, header);
		if (protocol == PROTOCOL_HOP_BY_HOP)
			extensions->jumbo = find_jumbo_length(
			    cursor_over(header + 2, length - 2));
		if (protocol == PROTOCOL_ROUTING)
			extensions->routed |= header[3] != 0;
		extensions->protocol = next;
		extensions->passed += length;
	}
	return DECODE_SEGMENT;
}

/* Extension headers may come in front of the pieces and at the beginning of what
 * they make. */
static enum decode_result decode_ipv6_fragment(struct decoder *decoder,
    struct extensions *extensions, struct cursor *cursor, uint64_t length,
    struct segment *segment)
{
	enum decode_result result = decode_fragment(decoder,
	    &extensions->fragment, cursor, length, segment,
	    &extensions->protocol);

	if (result != DECODE_SEGMENT)
		return result;
	extensions->fragmented = false;
	extensions->passed = 0;
	length = cursor_left(cursor);
	result = skip_extensions(cursor, extensions);
	if (result != DECODE_SEGMENT)
		return result;
	if (extensions->fragmented) /* pieces of a piece */
		return DECODE_BAD_FRAGMENT;
	return decode_payload(decoder, extensions->protocol, cursor,
	    length - extensions->passed, !extensions->routed, segment);
}

static enum decode_result decode_ipv6(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	struct extensions extensions = {0};
	uint64_t on_wire;
	uint64_t length;
	const uint8_t *addresses;
	enum decode_result result;

	cursor_skip(cursor, 4);
	length = cursor_u16(cursor);
	extensions.protocol = cursor_u8(cursor);
	cursor_skip(cursor, 1);
	addresses = cursor_take(cursor, 32);
	if (cursor->failed)
		return DECODE_CUT;
	on_wire = cursor_left(cursor) + cut;
	result = skip_extensions(cursor, &extensions);
	if (result != DECODE_SEGMENT)
		return result;
	if (!is_wanted(decoder, extensions.protocol) &&
	    !(extensions.fragmented && is_extension(extensions.protocol)))
		return DECODE_NOT_TCP;
	if (length == 0)
		length = extensions.jumbo > 0 ? extensions.jumbo : on_wire;
	if (length > on_wire)
		length = on_wire;
	if (extensions.passed > length)
		return DECODE_MALFORMED;
	length -= extensions.passed;
	segment->key.family = 6;
	memcpy(segment->key.ip[0], addresses, 16);
	memcpy(segment->key.ip[1], addresses + 16, 16);
	return extensions.fragmented
	    ? decode_ipv6_fragment(
		  decoder, &extensions, cursor, length, segment)
	    : decode_payload(decoder, extensions.protocol, cursor, length,
		  !extensions.routed, segment);
}

enum decode_result decode_network(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	if (cursor_left(cursor) == 0)
		return DECODE_CUT;
	switch (cursor->at[0] >> 4) {
	case 4:
		return decode_ipv4(decoder, cursor, cut, segment);
	case 6:
		return decode_ipv6(decoder, cursor, cut, segment);
	default:
		return DECODE_NOT_IP;
	}
}
