/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of decoding, each from its own header to the next.  Private to
 * core/decode.
 *
 *	link -> network -> tcp
 *	  ^        |
 *	  +- tunnel    DECODE_INNER: once more, with decoder->inner
 *
 *	plain              all of them at once
 *
 * A cursor spans what was captured; `cut` is how many more bytes were on the
 * wire. */
#ifndef CORE_DECODE_LAYER_H
#define CORE_DECODE_LAYER_H

#include "core/decode/decoder.h"

/* Numbers of link types are those of libpcap's files and of its DLT_ constants
 * (https://www.tcpdump.org/linktypes.html); where the two differ, both are
 * known.  Above them: an EtherType, as it stands inside of a tunnel. */
#define LINK_ETHERNET 1
#define LINK_PPP 9
#define LINK_RAW 101
#define LINK_OF_ETHERTYPE(type) (0x10000 | (type))

/* The whole way at once, for the packet that nearly always comes.  False: it is
 * another one, and *segment may be anything. */
bool decode_plain(const struct decoder *decoder, const struct packet *packet,
    struct segment *segment);

/* From the link layer's header to IP.  Fills key.vlan. */
enum decode_result decode_link(struct decoder *decoder, struct cursor *cursor,
    int link_type, uint64_t cut, struct segment *segment);

/* From the headers that wireless cards and those who log for others put in
 * front, to the LLC header or to another link type.  DECODE_SEGMENT: LLC is
 * next. */
enum decode_result decode_wireless(struct decoder *decoder,
    struct cursor *cursor, int link_type, uint64_t cut);
bool link_is_wireless(int link_type);

/* From the IP header (either version) to TCP; fills the addresses. */
enum decode_result decode_network(struct decoder *decoder,
    struct cursor *cursor, uint64_t cut, struct segment *segment);

/* From the header of what IP carries, if that is a tunnel that is wanted. */
enum decode_result decode_tunnel(struct decoder *decoder, uint8_t protocol,
    struct cursor *cursor, uint64_t cut, struct segment *segment);
/* Whether decode_tunnel() may find something in this protocol. */
bool tunnel_is_wanted(const struct decoder *decoder, uint8_t protocol);

/* From the TCP header to the payload; `length` is that of the segment as IP
 * tells it, which may be more than was captured; checkable: the addresses are
 * those of its pseudo-header.  Fills the rest. */
enum decode_result decode_tcp(const struct decoder *decoder,
    struct cursor *cursor, uint64_t length, bool checkable,
    struct segment *segment);

#endif
