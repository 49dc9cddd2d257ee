/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of decoding, each from its own header to the next.  Private to
 * core/decode.
 *
 *	link -> network -> tcp
 */
#ifndef CORE_DECODE_LAYER_H
#define CORE_DECODE_LAYER_H

#include "core/base/cursor.h"
#include "core/decode/segment.h"

/* From the link layer's header to IP.  The cursor spans what was captured; cut
 * is how many more bytes were on the wire.  Fills key.vlan. */
enum decode_result decode_link(struct cursor *cursor, int link_type,
    uint64_t cut, struct segment *segment);

/* From the IP header (either version) to TCP; fills the addresses. */
enum decode_result decode_network(
    struct cursor *cursor, uint64_t cut, struct segment *segment);

/* From the TCP header to the payload; `length` is that of the segment as IP
 * tells it, which may be more than was captured.  Fills the rest. */
enum decode_result decode_tcp(
    struct cursor *cursor, uint64_t length, struct segment *segment);

#endif
