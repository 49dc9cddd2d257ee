/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: from the header of what IP carries to the packet inside, which is
 * decoded anew (DECODE_INNER).  Those with an IP protocol of their own are safe
 * to look into; others are known by a UDP port alone, which anybody may use.
 *
 * What tells one tunnel from another, where both directions have the same, goes
 * into key.tunnel, so that private addresses of two of them do not meet. */
#include "core/decode/layer.h"

#define PROTOCOL_IPV4 4u
#define PROTOCOL_UDP 17u
#define PROTOCOL_IPV6 41u
#define PROTOCOL_GRE 47u
#define PROTOCOL_ETHERIP 97u
#define PROTOCOL_MPLS 137u

#define PORT_GTP_U 2152u
#define PORT_TEREDO 3544u
#define PORT_VXLAN 4789u
#define PORT_VXLAN_LINUX 8472u
#define PORT_VXLAN_GPE 4790u
#define PORT_GENEVE 6081u

#define TYPE_PPP 0x880bu
#define TYPE_ETHERNET 0x6558u /* transparent Ethernet bridging   */
#define TYPE_ERSPAN 0x88beu   /* types I and II                  */
#define TYPE_ERSPAN_III 0x22ebu
#define TYPE_MPLS 0x8847u
#define TYPE_NSH 0x894fu

#define GRE_CHECKSUM 0x8000u
#define GRE_ROUTING 0x4000u
#define GRE_KEY 0x2000u
#define GRE_SEQUENCE 0x1000u
#define GRE_ACKNOWLEDGEMENT 0x0080u /* version 1                */
#define GRE_VERSION 0x0007u

#define GTP_MESSAGE_DATA 255u
#define GTP_OPTIONAL 0x07u /* E, S and PN                     */
#define GTP_EXTENDED 0x04u
#define EXTENSIONS_MOST 16u

#define ERSPAN_SUBHEADER 0x0001u /* III: the O bit                */

static enum decode_result go_on(struct decoder *decoder,
    const struct cursor *cursor, uint64_t cut, int link_type)
{
	if (cursor->failed)
		return DECODE_CUT;
	decoder->inner = (struct inner){*cursor, cut, link_type};
	return DECODE_INNER;
}

/* A number of 24 bits as one of eight, never 0. */
static void note_network(struct segment *segment, uint32_t number)
{
	segment->key.tunnel =
	    (uint8_t)((number ^ number >> 8 ^ number >> 16) | 1u);
}

/* By the protocol type of GRE, which is an EtherType. */
static enum decode_result decode_gre_payload(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, uint16_t type, bool sequence)
{
	switch (type) {
	case TYPE_ETHERNET:
		return go_on(decoder, cursor, cut, LINK_ETHERNET);
	case TYPE_PPP:
		return go_on(decoder, cursor, cut, LINK_PPP);
	case TYPE_ERSPAN: /* without a sequence number: type I, bare */
		if (sequence)
			cursor_skip(cursor, 8);
		return go_on(decoder, cursor, cut, LINK_ETHERNET);
	case TYPE_ERSPAN_III: {
		const uint8_t *header = cursor_take(cursor, 12);

		if (header != NULL && header[11] & ERSPAN_SUBHEADER)
			cursor_skip(cursor, 8);
		return go_on(decoder, cursor, cut, LINK_ETHERNET);
	}
	default:
		return go_on(decoder, cursor, cut, LINK_OF_ETHERTYPE(type));
	}
}

/* RFC 2784, RFC 2890 (key, sequence), RFC 2637 (version 1, for PPTP), RFC 1701
 * (routing, which nobody sends). */
static enum decode_result decode_gre(
    struct decoder *decoder, struct cursor *cursor, uint64_t cut)
{
	uint16_t flags = cursor_u16(cursor);
	uint16_t type = cursor_u16(cursor);
	unsigned version = flags & GRE_VERSION;

	if (cursor->failed)
		return DECODE_CUT;
	if (version > 1 || flags & GRE_ROUTING)
		return DECODE_NOT_IP;
	if (flags & GRE_CHECKSUM)
		cursor_skip(cursor, 4);
	if (flags & GRE_KEY)
		cursor_skip(cursor, 4);
	if (flags & GRE_SEQUENCE)
		cursor_skip(cursor, 4);
	if (version == 1 && flags & GRE_ACKNOWLEDGEMENT)
		cursor_skip(cursor, 4);
	if (version == 1 && !(flags & GRE_SEQUENCE))
		return DECODE_NOT_IP; /* acknowledges, and carries nothing */
	return decode_gre_payload(
	    decoder, cursor, cut, type, (flags & GRE_SEQUENCE) != 0);
}

/* RFC 7348; with its generic protocol extension the last byte of the flags word
 * names what follows. */
static enum decode_result decode_vxlan(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint32_t flags = cursor_u32(cursor);
	uint32_t network = cursor_u32(cursor) >> 8;

	note_network(segment, network);
	if (cursor->failed)
		return DECODE_CUT;
	if (!(flags & 0x08000000u)) /* I: the network is valid */
		return DECODE_NOT_TCP;
	if (!(flags & 0x04000000u)) /* P: a protocol is named */
		return go_on(decoder, cursor, cut, LINK_ETHERNET);
	switch (flags & 0xff) {
	case 1:
	case 2:
		return go_on(decoder, cursor, cut, LINK_RAW);
	case 3:
		return go_on(decoder, cursor, cut, LINK_ETHERNET);
	default:
		return DECODE_NOT_IP;
	}
}

/* RFC 8926 */
static enum decode_result decode_geneve(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint8_t first = cursor_u8(cursor);
	uint8_t flags = cursor_u8(cursor);
	uint16_t type = cursor_u16(cursor);

	note_network(segment, cursor_u32(cursor) >> 8);
	cursor_skip(cursor, (size_t)(first & 0x3f) * 4);
	if (cursor->failed)
		return DECODE_CUT;
	if (first >> 6 != 0 || flags & 0x80) /* version; control only */
		return DECODE_NOT_TCP;
	return type == TYPE_ETHERNET
	    ? go_on(decoder, cursor, cut, LINK_ETHERNET)
	    : go_on(decoder, cursor, cut, LINK_OF_ETHERTYPE(type));
}

/* 3GPP TS 29.281, section 5: GTP version 1, user plane.  The ends of a tunnel have
 * numbers of their own. */
static enum decode_result decode_gtp(
    struct decoder *decoder, struct cursor *cursor, uint64_t cut)
{
	uint8_t flags = cursor_u8(cursor);
	uint8_t message = cursor_u8(cursor);
	uint8_t next = 0;

	cursor_skip(cursor, 2 + 4); /* length, tunnel */
	if (cursor->failed)
		return DECODE_CUT;
	if (flags >> 5 != 1 || !(flags & 0x10) || message != GTP_MESSAGE_DATA)
		return DECODE_NOT_TCP;
	if (flags & GTP_OPTIONAL) {
		cursor_skip(cursor, 3); /* sequence, N-PDU */
		next = cursor_u8(cursor);
		if (!(flags & GTP_EXTENDED))
			next = 0;
	}
	for (unsigned count = 0; next != 0; count++) {
		size_t length = (size_t)cursor_u8(cursor) * 4;
		const uint8_t *rest;

		if (cursor->failed)
			return DECODE_CUT;
		if (length == 0 || count == EXTENSIONS_MOST)
			return DECODE_MALFORMED;
		rest = cursor_take(cursor, length - 1);
		if (rest == NULL)
			return DECODE_CUT;
		next = rest[length - 2];
	}
	return go_on(decoder, cursor, cut, LINK_RAW);
}

/* RFC 4380, section 5.1.1: indications in front of an IPv6 packet. */
static enum decode_result decode_teredo(
    struct decoder *decoder, struct cursor *cursor, uint64_t cut)
{
	for (unsigned count = 0; count < 2; count++) {
		const uint8_t *at = cursor->at;

		if (cursor_left(cursor) < 4)
			return DECODE_CUT;
		if (at[0] == 0 && at[1] == 1) /* authentication */
			cursor_skip(cursor, 4 + (size_t)at[2] + at[3] + 8 + 1);
		else if (at[0] == 0 && at[1] == 0) /* origin */
			cursor_skip(cursor, 8);
	}
	if (cursor_left(cursor) == 0)
		return DECODE_CUT;
	return cursor->at[0] >> 4 == 6 ? go_on(decoder, cursor, cut, LINK_RAW)
				       : DECODE_NOT_TCP;
}

/* The port that says what it is. */
static enum decode_result decode_port(struct decoder *decoder, uint16_t port,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	switch (port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
	case PORT_VXLAN_GPE:
		return decode_vxlan(decoder, cursor, cut, segment);
	case PORT_GENEVE:
		return decode_geneve(decoder, cursor, cut, segment);
	case PORT_GTP_U:
		return decode_gtp(decoder, cursor, cut);
	case PORT_TEREDO:
		return decode_teredo(decoder, cursor, cut);
	default:
		return DECODE_NOT_TCP;
	}
}

static enum decode_result decode_udp(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint16_t from = cursor_u16(cursor);
	uint16_t to = cursor_u16(cursor);
	struct cursor again;
	enum decode_result result;

	cursor_skip(cursor, 4);
	if (cursor->failed)
		return DECODE_CUT;
	again = *cursor;
	result = decode_port(decoder, to, cursor, cut, segment);
	if (result == DECODE_NOT_TCP)
		result = decode_port(decoder, from, &again, cut, segment);
	return result;
}

bool decode_looks_into(enum decode_tunnels tunnels, uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_IPV4:
	case PROTOCOL_IPV6:
	case PROTOCOL_GRE:
		return tunnels >= TUNNELS_SAFE;
	case PROTOCOL_UDP:
	case PROTOCOL_ETHERIP:
	case PROTOCOL_MPLS:
		return tunnels == TUNNELS_ALL;
	default:
		return false;
	}
}

bool tunnel_is_wanted(const struct decoder *decoder, uint8_t protocol)
{
	return decode_looks_into(decoder->tunnels, protocol);
}

enum decode_result decode_tunnel(struct decoder *decoder, uint8_t protocol,
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	enum decode_result result;
	uint8_t outer = segment->key.tunnel;

	if (!tunnel_is_wanted(decoder, protocol))
		return DECODE_NOT_TCP;
	segment->key.tunnel = 1;
	switch (protocol) {
	case PROTOCOL_GRE:
		result = decode_gre(decoder, cursor, cut);
		break;
	case PROTOCOL_UDP:
		result = decode_udp(decoder, cursor, cut, segment);
		break;
	case PROTOCOL_ETHERIP: /* RFC 3378 */
		cursor_skip(cursor, 2);
		result = go_on(decoder, cursor, cut, LINK_ETHERNET);
		break;
	case PROTOCOL_MPLS: /* RFC 4023 */
		result = go_on(
		    decoder, cursor, cut, LINK_OF_ETHERTYPE(TYPE_MPLS));
		break;
	default:
		result = go_on(decoder, cursor, cut, LINK_RAW);
		break;
	}
	/* One in another is neither of them. */
	segment->key.tunnel = (uint8_t)(segment->key.tunnel + outer);
	if (segment->key.tunnel == 0)
		segment->key.tunnel = 1;
	return result;
}
