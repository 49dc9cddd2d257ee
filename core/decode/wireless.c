/* SPDX-License-Identifier: BSD-2-Clause */
/* What is captured from the air: IEEE 802.11 data frames, and the headers that
 * drivers and capture programs put in front of them.  Frames that are encrypted,
 * or parts of a larger one, hold no IP that could be read. */
#include "core/decode/layer.h"

#define LINK_IEEE802_11 105
#define LINK_PRISM 119
#define LINK_RADIOTAP 127
#define LINK_AVS 163
#define LINK_PPI 192

#define CONTROL_TYPE 0x000c
#define CONTROL_DATA 0x0008
#define CONTROL_NO_DATA 0x0040 /* a bit of the subtype            */
#define CONTROL_QOS 0x0080
#define CONTROL_TO_DS 0x0100
#define CONTROL_FROM_DS 0x0200
#define CONTROL_MORE 0x0400
#define CONTROL_PROTECTED 0x4000
#define CONTROL_ORDER 0x8000
#define QOS_AMSDU 0x80

#define RADIOTAP_TSFT 0x1u
#define RADIOTAP_FLAGS 0x2u
#define RADIOTAP_MORE 0x80000000u
#define RADIOTAP_PADDED 0x20u /* in its flags                    */

#define PRISM_HEADER 144u
#define AVS_MAGIC 0x80211000u /* and a version in the last byte  */

bool link_is_wireless(int link_type)
{
	switch (link_type) {
	case LINK_IEEE802_11:
	case LINK_PRISM:
	case LINK_RADIOTAP:
	case LINK_AVS:
	case LINK_PPI:
		return true;
	default:
		return false;
	}
}

static uint16_t little16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t little32(const uint8_t *bytes)
{
	return little16(bytes) | (uint32_t)little16(bytes + 2) << 16;
}

/* IEEE 802.11-2020, section 9.2; all its numbers are little-endian.  Where the
 * header is padded, what follows begins at a multiple of four. */
static enum decode_result decode_802_11(struct cursor *cursor, bool padded)
{
	const uint8_t *header = cursor_take(cursor, 24);
	unsigned control;
	size_t length = 24;

	if (header == NULL)
		return DECODE_CUT;
	control = little16(header);
	if ((control & CONTROL_TYPE) != CONTROL_DATA ||
	    control & (CONTROL_NO_DATA | CONTROL_PROTECTED))
		return DECODE_NOT_IP;
	if (control & CONTROL_MORE || header[22] & 0x0f)
		return DECODE_BAD_FRAGMENT;
	if ((control & CONTROL_TO_DS) && (control & CONTROL_FROM_DS))
		length += 6;
	if (control & CONTROL_QOS)
		length += control & CONTROL_ORDER ? 2 + 4 : 2;
	cursor_skip(cursor, length - 24);
	if (cursor->failed)
		return DECODE_CUT;
	/* Several frames in one. */
	if (control & CONTROL_QOS &&
	    header[control & CONTROL_ORDER ? length - 6 : length - 2] &
		QOS_AMSDU)
		return DECODE_NOT_IP;
	if (padded)
		cursor_skip(cursor, -length & 3);
	return cursor->failed ? DECODE_CUT : DECODE_SEGMENT;
}

/* https://www.radiotap.org/ : only the flags are of interest. */
static enum decode_result decode_radiotap(struct cursor *cursor)
{
	const uint8_t *header = cursor->at;
	struct cursor fields;
	uint32_t present;
	uint32_t more;
	size_t length;
	uint8_t flags = 0;

	if (cursor_left(cursor) < 8)
		return DECODE_CUT;
	length = little16(header + 2);
	if (cursor_take(cursor, length) == NULL)
		return DECODE_CUT;
	if (length < 8)
		return DECODE_MALFORMED;
	fields = cursor_over(header + 4, length - 4);
	present = little32(fields.at);
	do {
		const uint8_t *word = cursor_take(&fields, 4);

		more = word != NULL ? little32(word) & RADIOTAP_MORE : 0;
	} while (more != 0);
	if (present & RADIOTAP_TSFT) {
		/* Eight bytes, aligned as the header is. */
		cursor_skip(&fields, (size_t)(header - fields.at) & 7);
		cursor_skip(&fields, 8);
	}
	if (present & RADIOTAP_FLAGS)
		flags = cursor_u8(&fields);
	return decode_802_11(cursor, (flags & RADIOTAP_PADDED) != 0);
}

/* Its second word is its length. */
static enum decode_result decode_avs(struct cursor *cursor)
{
	struct cursor fields = *cursor;
	uint32_t length;

	cursor_skip(&fields, 4);
	length = cursor_u32(&fields);
	cursor_skip(cursor, length);
	if (fields.failed || cursor->failed)
		return DECODE_CUT;
	return decode_802_11(cursor, false);
}

static enum decode_result decode_prism(struct cursor *cursor)
{
	struct cursor fields = *cursor;

	/* Some drivers say Prism and mean AVS. */
	if ((cursor_u32(&fields) & 0xfffff000u) == AVS_MAGIC)
		return decode_avs(cursor);
	cursor_skip(cursor, PRISM_HEADER);
	return cursor->failed ? DECODE_CUT : decode_802_11(cursor, false);
}

/* CACE's Per-Packet Information: a header of its own before that of another
 * link type. */
static enum decode_result decode_ppi(
    struct decoder *decoder, struct cursor *cursor, uint64_t cut)
{
	const uint8_t *header = cursor->at;
	uint32_t inner;

	if (cursor_left(cursor) < 8)
		return DECODE_CUT;
	inner = little32(header + 4);
	if (cursor_take(cursor, little16(header + 2)) == NULL)
		return DECODE_CUT;
	if (little16(header + 2) < 8)
		return DECODE_MALFORMED;
	if (inner == LINK_IEEE802_11)
		return decode_802_11(cursor, false);
	if (inner == LINK_PPI || inner > 0xffff)
		return DECODE_LINK_TYPE;
	decoder->inner = (struct inner){*cursor, cut, (int)inner};
	return DECODE_INNER;
}

enum decode_result decode_wireless(
    struct decoder *decoder, struct cursor *cursor, int link_type, uint64_t cut)
{
	switch (link_type) {
	case LINK_IEEE802_11:
		return decode_802_11(cursor, false);
	case LINK_PRISM:
		return decode_prism(cursor);
	case LINK_RADIOTAP:
		return decode_radiotap(cursor);
	case LINK_AVS:
		return decode_avs(cursor);
	default:
		return decode_ppi(decoder, cursor, cut);
	}
}
