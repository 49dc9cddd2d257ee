/* SPDX-License-Identifier: BSD-2-Clause */
/* From packet to segment, layer by layer. */
#include "core/decode/segment.h"

#include "core/decode/layer.h"

enum decode_result decode_packet(
    const struct packet *packet, struct segment *segment)
{
	struct cursor cursor = cursor_over(packet->bytes, packet->captured);
	uint64_t cut = packet->length > packet->captured
	    ? packet->length - packet->captured
	    : 0;

	segment->key = (struct flow_key){0};
	segment->ts_ns = packet->ts_ns;
	segment->packet = packet->number;
	segment->source = packet->source;
	return decode_link(&cursor, packet->link_type, cut, segment);
}
