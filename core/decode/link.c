/* SPDX-License-Identifier: BSD-2-Clause */
/* Link layers and what stands between them and IP: VLAN tags, PPPoE, MPLS,
 * LLC/SNAP.  Numbers of link types are those of libpcap's files and of its
 * DLT_ constants (https://www.tcpdump.org/linktypes.html); where the two
 * differ, both are known. */
#include "core/decode/layer.h"

#define LINK_NULL 0
#define LINK_ETHERNET 1
#define LINK_PPP 9
#define LINK_RAW_BSD 12
#define LINK_RAW_OPENBSD 14
#define LINK_PPP_HDLC 50
#define LINK_PPP_ETHER 51
#define LINK_RAW 101
#define LINK_LOOP 108
#define LINK_LINUX_SLL 113
#define LINK_IPV4 228
#define LINK_IPV6 229
#define LINK_LINUX_SLL2 276

#define TYPE_IPV4 0x0800u
#define TYPE_VLAN 0x8100u
#define TYPE_IPV6 0x86ddu
#define TYPE_MPLS 0x8847u
#define TYPE_MPLS_MULTICAST 0x8848u
#define TYPE_PPPOE_SESSION 0x8864u
#define TYPE_QINQ 0x88a8u
#define TYPE_QINQ_OLD 0x9100u
#define TYPE_LENGTH_MOST 1500u /* below: an 802.3 length */

#define PPP_IPV4 0x0021u
#define PPP_IPV6 0x0057u
#define PPP_MPLS 0x0281u

/* Tags or labels in a row: more is somebody's play. */
#define NESTING_MOST 16u

/* Either 802.3 with SNAP, or nothing that carries IP. */
static enum decode_result decode_llc(struct cursor *cursor, uint16_t *type)
{
	uint16_t sap = cursor_u16(cursor);
	uint8_t control = cursor_u8(cursor);

	cursor_skip(cursor, 3); /* organisation */
	*type = cursor_u16(cursor);
	if (cursor->failed)
		return DECODE_CUT;
	return sap == 0xaaaa && control == 0x03 ? DECODE_SEGMENT
						: DECODE_NOT_IP;
}

/* A stack of labels; IP tells its version, nothing else does. */
static enum decode_result decode_mpls(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	for (unsigned count = 0; count < NESTING_MOST; count++) {
		uint32_t label = cursor_u32(cursor);

		if (cursor->failed)
			return DECODE_CUT;
		if (label & 0x100) /* bottom of the stack */
			return decode_network(cursor, cut, segment);
	}
	return DECODE_MALFORMED;
}

/* From the protocol field of PPP (RFC 1661), which may be of one byte. */
static enum decode_result decode_ppp(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint16_t protocol = cursor_u8(cursor);

	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cursor_u8(cursor));
	if (cursor->failed)
		return DECODE_CUT;
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		return decode_network(cursor, cut, segment);
	case PPP_MPLS:
		return decode_mpls(cursor, cut, segment);
	default:
		return DECODE_NOT_IP;
	}
}

/* PPP with or without the address and control bytes of HDLC (RFC 1662). */
static enum decode_result decode_ppp_framed(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	if (cursor_left(cursor) >= 2 && cursor->at[1] == 0x03 &&
	    (cursor->at[0] == 0xff || cursor->at[0] == 0x0f))
		cursor_skip(cursor, 2);
	return decode_ppp(cursor, cut, segment);
}

/* PPPoE session header (RFC 2516); its length field is not needed, as IP has
 * its own. */
static enum decode_result decode_pppoe(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint16_t version_code = cursor_u16(cursor);

	cursor_skip(cursor, 4);
	if (cursor->failed)
		return DECODE_CUT;
	if (version_code != 0x1100) /* version 1, type 1, session data */
		return DECODE_NOT_IP;
	return decode_ppp(cursor, cut, segment);
}

/* From an EtherType on. */
static enum decode_result decode_ethertype(
    struct cursor *cursor, uint16_t type, uint64_t cut, struct segment *segment)
{
	for (unsigned count = 0; count < NESTING_MOST; count++) {
		enum decode_result result;

		switch (type) {
		case TYPE_IPV4:
		case TYPE_IPV6:
			return decode_network(cursor, cut, segment);
		case TYPE_VLAN:
		case TYPE_QINQ:
		case TYPE_QINQ_OLD:
			segment->key.vlan = cursor_u16(cursor) & 0x0fff;
			type = cursor_u16(cursor);
			break;
		case TYPE_MPLS:
		case TYPE_MPLS_MULTICAST:
			return decode_mpls(cursor, cut, segment);
		case TYPE_PPPOE_SESSION:
			return decode_pppoe(cursor, cut, segment);
		default:
			if (type > TYPE_LENGTH_MOST)
				return DECODE_NOT_IP;
			result = decode_llc(cursor, &type);
			if (result != DECODE_SEGMENT)
				return result;
			if (type <= TYPE_LENGTH_MOST)
				return DECODE_NOT_IP;
			break;
		}
		if (cursor->failed)
			return DECODE_CUT;
	}
	return DECODE_MALFORMED;
}

/* An address family in the byte order of the machine that captured; the values
 * of all BSDs are known. */
static enum decode_result decode_loopback(
    struct cursor *cursor, uint64_t cut, struct segment *segment)
{
	uint32_t family = cursor_u32(cursor);

	if (cursor->failed)
		return DECODE_CUT;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
	case 10:
	case 24:
	case 28:
	case 30:
		return decode_network(cursor, cut, segment);
	default:
		return DECODE_NOT_IP;
	}
}

static enum decode_result decode_from_type(struct cursor *cursor, size_t before,
    size_t after, uint64_t cut, struct segment *segment)
{
	uint16_t type;

	cursor_skip(cursor, before);
	type = cursor_u16(cursor);
	cursor_skip(cursor, after);
	if (cursor->failed)
		return DECODE_CUT;
	return decode_ethertype(cursor, type, cut, segment);
}

enum decode_result decode_link(
    struct cursor *cursor, int link_type, uint64_t cut, struct segment *segment)
{
	switch (link_type) {
	case LINK_ETHERNET:
		return decode_from_type(cursor, 12, 0, cut, segment);
	case LINK_LINUX_SLL:
		return decode_from_type(cursor, 14, 0, cut, segment);
	case LINK_LINUX_SLL2:
		return decode_from_type(cursor, 0, 18, cut, segment);
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		return decode_network(cursor, cut, segment);
	case LINK_NULL:
	case LINK_LOOP:
		return decode_loopback(cursor, cut, segment);
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return decode_ppp_framed(cursor, cut, segment);
	case LINK_PPP_ETHER:
		return decode_pppoe(cursor, cut, segment);
	default:
		return DECODE_LINK_TYPE;
	}
}
