/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers.  The length in
 * the IP header decides where the payload ends; what lies behind is padding. */
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

static enum decode_result decode_ipv4(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint64_t on_wire = cursor_left(cursor) + cut;
	const uint8_t *header = cursor_take(cursor, IPV4_LEAST);
	struct cursor fields;
	size_t header_length;
	uint64_t total;
	uint16_t fragment;
	uint8_t protocol;

	if (header == NULL)
		return DECODE_CUT;
	/* One check for all: the compiler knows how long this cursor is. */
	fields = cursor_over(header, IPV4_LEAST);
	header_length = (size_t)(cursor_u8(&fields) & 0x0f) * 4;
	cursor_skip(&fields, 1);
	total = cursor_u16(&fields);
	cursor_skip(&fields, 2);
	fragment = cursor_u16(&fields);
	cursor_skip(&fields, 1);
	protocol = cursor_u8(&fields);
	cursor_skip(&fields, 2);
	memcpy(segment->key.ip[0], cursor_take(&fields, 4), 4);
	memcpy(segment->key.ip[1], cursor_take(&fields, 4), 4);
	segment->key.family = 4;
	/* Segmentation offload leaves 0: the frame ends where it ends. */
	if (total == 0)
		total = on_wire;
	if (header_length < IPV4_LEAST || header_length > total)
		return DECODE_MALFORMED;
	if (protocol != PROTOCOL_TCP)
		return DECODE_NOT_TCP;
	if ((fragment & 0x3fff) != 0) /* MF or an offset */
		return DECODE_FRAGMENT;
	if (cursor_take(cursor, header_length - IPV4_LEAST) == NULL)
		return DECODE_CUT;
	/* No more than the frame had: what a length claims beyond that never
	 * was on the wire. */
	if (total > on_wire)
		total = on_wire;
	return decode_tcp(cursor, total - header_length, segment);
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

/* Passes over the extension headers; *protocol becomes what follows them,
 * *passed their bytes, *jumbo a jumbogram's length. */
static enum decode_result skip_extensions(
    struct cursor *cursor, uint8_t *protocol, uint64_t *passed, uint64_t *jumbo)
{
	for (unsigned count = 0; is_extension(*protocol); count++) {
		const uint8_t *header = cursor->at;
		uint8_t next = cursor_u8(cursor);
		size_t length = extension_length(*protocol, cursor_u8(cursor));

		if (count == EXTENSIONS_MOST)
			return DECODE_MALFORMED;
		cursor_skip(cursor, length - 2);
		if (cursor->failed)
			return DECODE_CUT;
		/* One that is not cut in pieces is no fragment (RFC 6946). */
		if (*protocol == PROTOCOL_FRAGMENT &&
		    ((header[2] << 8 | header[3]) & 0xfff9) != 0)
			return next == PROTOCOL_TCP || is_extension(next)
			    ? DECODE_FRAGMENT
			    : DECODE_NOT_TCP;
		if (*protocol == PROTOCOL_HOP_BY_HOP)
			*jumbo = find_jumbo_length(
			    cursor_over(header + 2, length - 2));
		*protocol = next;
		*passed += length;
	}
	return DECODE_SEGMENT;
}

static enum decode_result decode_ipv6(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint64_t passed = 0;
	uint64_t jumbo = 0;
	uint64_t on_wire;
	uint64_t length;
	uint8_t protocol;
	const uint8_t *addresses;
	enum decode_result result;

	cursor_skip(cursor, 4);
	length = cursor_u16(cursor);
	protocol = cursor_u8(cursor);
	cursor_skip(cursor, 1);
	addresses = cursor_take(cursor, 32);
	if (cursor->failed)
		return DECODE_CUT;
	on_wire = cursor_left(cursor) + cut;
	result = skip_extensions(cursor, &protocol, &passed, &jumbo);
	if (result != DECODE_SEGMENT)
		return result;
	if (protocol != PROTOCOL_TCP)
		return DECODE_NOT_TCP;
	if (length == 0)
		length = jumbo > 0 ? jumbo : on_wire;
	if (length > on_wire)
		length = on_wire;
	if (passed > length)
		return DECODE_MALFORMED;
	segment->key.family = 6;
	memcpy(segment->key.ip[0], addresses, 16);
	memcpy(segment->key.ip[1], addresses + 16, 16);
	return decode_tcp(cursor, length - passed, segment);
}

enum decode_result decode_network(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	if (cursor_left(cursor) == 0)
		return DECODE_CUT;
	switch (cursor->at[0] >> 4) {
	case 4:
		return decode_ipv4(cursor, cut, segment);
	case 6:
		return decode_ipv6(cursor, cut, segment);
	default:
		return DECODE_NOT_IP;
	}
}
