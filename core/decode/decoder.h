/* SPDX-License-Identifier: BSD-2-Clause */
/* From a captured packet to a TCP segment: link layers, tunnels, IP with its
 * fragments, and the TCP header.  Nothing is copied but fragments. */
#ifndef CORE_DECODE_DECODER_H
#define CORE_DECODE_DECODER_H

#include "core/base/cursor.h"
#include "core/base/packet.h"
#include "core/decode/fragments.h"
#include "core/decode/segment.h"

enum decode_tunnels {
	TUNNELS_NONE,
	TUNNELS_SAFE, /* GRE, IP in IP: by the number of a protocol */
	TUNNELS_ALL   /* and those that are known by a UDP port     */
};

enum decode_checksums {
	CHECKSUMS_AUTO,   /* tell of those of SYN and RST    */
	CHECKSUMS_VERIFY, /* bad ones are no segments        */
	CHECKSUMS_IGNORE
};

/* What stands inside of a tunnel. */
struct inner {
	struct cursor cursor;
	uint64_t cut; /* bytes behind it that were not captured */
	int link_type;
};

struct decoder {
	enum decode_tunnels tunnels;
	enum decode_checksums checksums;
	struct fragments fragments;
	struct inner inner; /* after DECODE_INNER              */
};

enum decode_result {
	DECODE_SEGMENT,
	DECODE_LINK_TYPE, /* a link layer we do not know     */
	DECODE_NOT_IP,
	DECODE_NOT_TCP,
	DECODE_FRAGMENT, /* of a datagram that is not complete */
	DECODE_BAD_FRAGMENT,
	DECODE_CUT,       /* headers end beyond the capture  */
	DECODE_MALFORMED, /* a length field contradicts      */
	DECODE_CHECKSUM,  /* is wrong                        */
	DECODE_INNER      /* within core/decode: go on inside */
};

/* Memory for fragments is taken from `budget`, what becomes of them is counted
 * in `counters`. */
/* Whether tunnels of this protocol within IP are looked into. */
bool decode_looks_into(enum decode_tunnels tunnels, uint8_t protocol);

void decoder_init(struct decoder *decoder, enum decode_tunnels tunnels,
    enum decode_checksums checksums, struct budget *budget,
    struct counters *counters);
void decoder_free(struct decoder *decoder);

/* Fills *segment where the result is DECODE_SEGMENT; its payload is valid as long
 * as the packet, or stands in a datagram that was put together. */
enum decode_result decode_packet(struct decoder *decoder,
    const struct packet *packet, struct segment *segment);

/* Datagrams that segments made until now stand in become the caller's, who frees
 * them when the segments are not needed any more.  *datagrams was empty. */
size_t decoder_give(struct decoder *decoder, struct list *datagrams);
void decoder_release(struct list *datagrams);

#endif
