/* SPDX-License-Identifier: BSD-2-Clause */
/* Link layers and what stands between them and IP: VLAN tags, PPPoE, MPLS,
 * LLC/SNAP.  Each step passes over one header and finds the EtherType of what
 * follows, or one that means the same; one bounded loop makes the steps, so
 * nesting costs no stack.  A step's DECODE_SEGMENT means: go on.
 */
#include "core/decode/layer.h"

#define LINK_NULL 0
#define LINK_TOKEN_RING 6
#define LINK_FDDI 10
#define LINK_ATM_RFC1483 100
#define LINK_ATM_RFC1483_BSD 11
#define LINK_RAW_BSD 12
#define LINK_RAW_OPENBSD 14
#define LINK_PPP_HDLC 50
#define LINK_PPP_ETHER 51
#define LINK_CISCO_HDLC 104
#define LINK_LOOP 108
#define LINK_LINUX_SLL 113
#define LINK_IPV4 228
#define LINK_IPV6 229
#define LINK_NFLOG 239
#define LINK_LINUX_SLL2 276

/* decode_network() looks for itself which version of IP it has. */
#define TYPE_IP 0x0800u
#define TYPE_VLAN 0x8100u
#define TYPE_IPV6 0x86ddu
#define TYPE_MPLS 0x8847u
#define TYPE_MPLS_MULTICAST 0x8848u
#define TYPE_PPPOE_SESSION 0x8864u
#define TYPE_QINQ 0x88a8u
#define TYPE_QINQ_OLD 0x9100u
#define TYPE_LENGTH_MOST 1500u /* up to here: an 802.3 length */

#define ETHERNET_HEADER 14u
#define NFLOG_PAYLOAD 9u

#define PPP_IPV4 0x0021u
#define PPP_IPV6 0x0057u
#define PPP_MPLS 0x0281u

/* Headers or labels in a row: more is somebody's play. */
#define NESTING_MOST 16u

/* A header of fixed length that holds an EtherType. */
static enum decode_result decode_typed(
    struct cursor *cursor, size_t before, size_t after, uint16_t *type)
{
	const uint8_t *header = cursor_take(cursor, before + 2 + after);

	if (header == NULL)
		return DECODE_CUT;
	*type = (uint16_t)(header[before] << 8 | header[before + 1]);
	return DECODE_SEGMENT;
}

static enum decode_result decode_vlan(
    struct cursor *cursor, uint16_t *type, struct segment *segment)
{
	segment->key.vlan = cursor_u16(cursor) & 0x0fff;
	return decode_typed(cursor, 0, 0, type);
}

/* 802.3: either SNAP, or nothing that carries IP. */
static enum decode_result decode_llc(struct cursor *cursor, uint16_t *type)
{
	uint16_t sap = cursor_u16(cursor);
	uint8_t control = cursor_u8(cursor);

	cursor_skip(cursor, 3); /* organisation */
	*type = cursor_u16(cursor);
	if (cursor->failed)
		return DECODE_CUT;
	if (sap != 0xaaaa || control != 0x03 || *type <= TYPE_LENGTH_MOST)
		return DECODE_NOT_IP;
	return DECODE_SEGMENT;
}

/* What stands below a stack of MPLS labels no field tells, but its first half
 * byte does: IP its version, 0 an Ethernet frame behind a control word (RFC
 * 4448). */
static enum decode_result decode_labelled(struct cursor *cursor, uint16_t *type)
{
	if (cursor_left(cursor) == 0)
		return DECODE_CUT;
	switch (cursor->at[0] >> 4) {
	case 4:
	case 6:
		*type = TYPE_IP;
		return DECODE_SEGMENT;
	case 0:
		return decode_typed(cursor, 4 + 12, 0, type);
	default:
		return DECODE_NOT_IP;
	}
}

static enum decode_result decode_mpls(struct cursor *cursor, uint16_t *type)
{
	for (unsigned count = 0; count < NESTING_MOST; count++) {
		uint32_t label = cursor_u32(cursor);

		if (cursor->failed)
			return DECODE_CUT;
		if (label & 0x100) /* bottom of the stack */
			return decode_labelled(cursor, type);
	}
	return DECODE_MALFORMED;
}

/* From the protocol field of PPP (RFC 1661), which may be of one byte. */
static enum decode_result decode_ppp(struct cursor *cursor, uint16_t *type)
{
	uint16_t protocol = cursor_u8(cursor);

	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cursor_u8(cursor));
	if (cursor->failed)
		return DECODE_CUT;
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		*type = TYPE_IP;
		return DECODE_SEGMENT;
	case PPP_MPLS:
		*type = TYPE_MPLS;
		return DECODE_SEGMENT;
	default:
		return DECODE_NOT_IP;
	}
}

/* PPP with or without the address and control bytes of HDLC (RFC 1662), or
 * Cisco's framing, whose address no PPP protocol that we know begins with. */
static enum decode_result decode_hdlc(struct cursor *cursor, uint16_t *type)
{
	const uint8_t *at = cursor->at;

	if (cursor_left(cursor) < 2)
		return DECODE_CUT;
	if ((at[0] == 0x0f || at[0] == 0x8f) && at[1] == 0x00)
		return decode_typed(cursor, 2, 0, type);
	if (at[0] == 0xff && at[1] == 0x03)
		cursor_skip(cursor, 2);
	return decode_ppp(cursor, type);
}

/* PPPoE session header (RFC 2516); its length field is not needed, as IP has
 * its own. */
static enum decode_result decode_pppoe(struct cursor *cursor, uint16_t *type)
{
	uint16_t version_code = cursor_u16(cursor);

	cursor_skip(cursor, 4);
	if (cursor->failed)
		return DECODE_CUT;
	if (version_code != 0x1100) /* version 1, type 1, session data */
		return DECODE_NOT_IP;
	return decode_ppp(cursor, type);
}

/* An address family in the byte order of the machine that captured; the values
 * of AF_INET6 of all systems are known. */
static enum decode_result decode_loopback(struct cursor *cursor, uint16_t *type)
{
	uint32_t family = cursor_u32(cursor);

	if (cursor->failed)
		return DECODE_CUT;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	*type = TYPE_IP;
	switch (family) {
	case 2:
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD, Windows */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return DECODE_SEGMENT;
	default:
		return DECODE_NOT_IP;
	}
}

/* A header of 13 bytes, and LLC behind it (RFC 1390). */
static enum decode_result decode_fddi(struct cursor *cursor, uint16_t *type)
{
	const uint8_t *header = cursor_take(cursor, 13);

	if (header == NULL)
		return DECODE_CUT;
	/* Frame control: asynchronous frames with LLC. */
	if ((header[0] & 0xf0) != 0x50)
		return DECODE_NOT_IP;
	return decode_llc(cursor, type);
}

/* The source address tells whether routing information follows (IEEE 802.5). */
static enum decode_result decode_token_ring(
    struct cursor *cursor, uint16_t *type)
{
	const uint8_t *header = cursor_take(cursor, 14);

	if (header == NULL)
		return DECODE_CUT;
	if ((header[1] & 0xc0) != 0x40) /* no LLC frame */
		return DECODE_NOT_IP;
	if (header[8] & 0x80) {
		if (cursor_left(cursor) < 2)
			return DECODE_CUT;
		cursor_skip(cursor, cursor->at[0] & 0x1f);
	}
	return decode_llc(cursor, type);
}

/* Attributes in the byte order of the machine that logged, as good as always a
 * small one; the packet is one of them (linux/netfilter/nfnetlink_log.h). */
static enum decode_result decode_nflog(struct cursor *cursor, uint16_t *type)
{
	cursor_skip(cursor, 4); /* family, version, resource */
	while (cursor_left(cursor) >= 4) {
		size_t length = cursor->at[0] | (size_t)cursor->at[1] << 8;
		unsigned attribute = cursor->at[2] |
		    (unsigned)(cursor->at[3] & 0x7f) << 8;

		if (length < 4)
			return DECODE_MALFORMED;
		if (attribute == NFLOG_PAYLOAD) {
			cursor_skip(cursor, 4);
			*type = TYPE_IP;
			return DECODE_SEGMENT;
		}
		cursor_skip(cursor, (length + 3) & ~(size_t)3);
	}
	return DECODE_CUT;
}

static enum decode_result decode_frame(
    struct cursor *cursor, int link_type, uint16_t *type)
{
	switch (link_type) {
	case LINK_FDDI:
		return decode_fddi(cursor, type);
	case LINK_TOKEN_RING:
		return decode_token_ring(cursor, type);
	case LINK_ATM_RFC1483:
	case LINK_ATM_RFC1483_BSD:
		return decode_llc(cursor, type);
	case LINK_NFLOG:
		return decode_nflog(cursor, type);
	case LINK_ETHERNET:
		return decode_typed(cursor, 12, 0, type);
	case LINK_LINUX_SLL:
		return decode_typed(cursor, 14, 0, type);
	case LINK_LINUX_SLL2:
		return decode_typed(cursor, 0, 18, type);
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		*type = TYPE_IP;
		return DECODE_SEGMENT;
	case LINK_NULL:
	case LINK_LOOP:
		return decode_loopback(cursor, type);
	case LINK_PPP:
	case LINK_PPP_HDLC:
	case LINK_CISCO_HDLC:
		return decode_hdlc(cursor, type);
	case LINK_PPP_ETHER:
		return decode_pppoe(cursor, type);
	default:
		return DECODE_LINK_TYPE;
	}
}

/* IPv4 in Ethernet, as nearly all packets are: there is nothing to look for. */
static bool is_plain(const struct cursor *cursor, int link_type)
{
	return link_type == LINK_ETHERNET &&
	    cursor_left(cursor) >= ETHERNET_HEADER && cursor->at[12] == 0x08 &&
	    cursor->at[13] == 0x00;
}

/* Through tags and labels to IP. */
static enum decode_result decode_typed_chain(struct decoder *decoder,
    struct cursor *cursor, uint16_t type, uint64_t cut, struct segment *segment)
{
	enum decode_result result = DECODE_SEGMENT;

	for (unsigned count = 0; result == DECODE_SEGMENT; count++) {
		if (type == TYPE_IP || type == TYPE_IPV6)
			return decode_network(decoder, cursor, cut, segment);
		if (count == NESTING_MOST)
			return DECODE_MALFORMED;
		switch (type) {
		case TYPE_VLAN:
		case TYPE_QINQ:
		case TYPE_QINQ_OLD:
			result = decode_vlan(cursor, &type, segment);
			break;
		case TYPE_MPLS:
		case TYPE_MPLS_MULTICAST:
			result = decode_mpls(cursor, &type);
			break;
		case TYPE_PPPOE_SESSION:
			result = decode_pppoe(cursor, &type);
			break;
		default:
			result = type <= TYPE_LENGTH_MOST
			    ? decode_llc(cursor, &type)
			    : DECODE_NOT_IP;
		}
	}
	return result;
}

enum decode_result decode_link(struct decoder *decoder, struct cursor *cursor,
    int link_type, uint64_t cut, struct segment *segment)
{
	enum decode_result result;
	uint16_t type = 0;

	if (is_plain(cursor, link_type)) {
		cursor_skip(cursor, ETHERNET_HEADER);
		return decode_network(decoder, cursor, cut, segment);
	}
	if (link_type >= LINK_OF_ETHERTYPE(0)) {
		type = (uint16_t)link_type;
		result = DECODE_SEGMENT;
	} else if (link_is_wireless(link_type)) {
		result = decode_wireless(decoder, cursor, link_type, cut);
		if (result == DECODE_SEGMENT)
			result = decode_llc(cursor, &type);
	} else {
		result = decode_frame(cursor, link_type, &type);
	}
	return result == DECODE_SEGMENT
	    ? decode_typed_chain(decoder, cursor, type, cut, segment)
	    : result;
}
