/* SPDX-License-Identifier: BSD-2-Clause */
/* From packet to segment, layer by layer; what a tunnel holds begins anew, in a
 * loop, so that nesting costs no stack. */
#include <string.h>

#include "core/decode/layer.h"

#define TUNNELS_MOST 8u /* one in another: more is somebody's play */

void decoder_init(struct decoder *decoder, enum decode_tunnels tunnels,
    enum decode_checksums checksums, struct budget *budget,
    struct counters *counters)
{
	*decoder = (struct decoder){
	    .tunnels = tunnels,
	    .checksums = checksums,
	};
	fragments_init(&decoder->fragments, budget, counters);
}

void decoder_free(struct decoder *decoder)
{
	fragments_free(&decoder->fragments);
}

size_t decoder_give(struct decoder *decoder, struct list *datagrams)
{
	size_t bytes = decoder->fragments.given_bytes;

	decoder->fragments.given_bytes = 0;
	list_move(&decoder->fragments.given, datagrams);
	return bytes;
}

void decoder_release(struct list *datagrams)
{
	fragments_release(datagrams);
}

/* Layer by layer. */
static enum decode_result decode_layers(struct decoder *decoder,
    const struct packet *packet, struct segment *segment)
{
	struct cursor cursor = cursor_over(packet->bytes, packet->captured);
	uint64_t cut = packet->length > packet->captured
	    ? packet->length - packet->captured
	    : 0;
	enum decode_result result;

	segment->key = (struct flow_key){0};
	result = decode_link(decoder, &cursor, packet->link_type, cut, segment);
	for (unsigned count = 0; result == DECODE_INNER; count++) {
		if (count == TUNNELS_MOST)
			return DECODE_MALFORMED;
		memset(segment->key.ip, 0, sizeof(segment->key.ip));
		cursor = decoder->inner.cursor;
		result = decode_link(decoder, &cursor, decoder->inner.link_type,
		    decoder->inner.cut, segment);
	}
	return result;
}

enum decode_result decode_packet(struct decoder *decoder,
    const struct packet *packet, struct segment *segment)
{
	segment->ts_ns = packet->ts_ns;
	segment->packet = packet->number;
	segment->source = packet->source;
	segment->tag = 0;
	return decode_plain(decoder, packet, segment)
	    ? DECODE_SEGMENT
	    : decode_layers(decoder, packet, segment);
}
