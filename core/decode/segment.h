/* SPDX-License-Identifier: BSD-2-Clause */
/* From a captured packet to a TCP segment: link layers, IP and the TCP header
 * (RFC 9293, section 3.1).  The payload is a slice of the packet; nothing is
 * copied, nothing is kept, and no length field is believed beyond what was
 * captured. */
#ifndef CORE_DECODE_SEGMENT_H
#define CORE_DECODE_SEGMENT_H

#include <stdint.h>

#include "core/base/flow_key.h"
#include "core/base/packet.h"

#define SEGMENT_FIN 0x01u
#define SEGMENT_SYN 0x02u
#define SEGMENT_RST 0x04u
#define SEGMENT_ACK 0x10u

#define SEGMENT_NO_SCALE 0xffu

struct segment {
	struct flow_key key;
	const uint8_t *payload;
	uint32_t length;  /* payload that was captured       */
	uint32_t missing; /* payload behind it that the snap */
			  /* length cut off                  */
	uint64_t ts_ns;
	uint64_t packet;
	const char *source;
	uint32_t sequence;
	uint32_t acknowledgement; /* means nothing without ACK       */
	uint16_t window;          /* as sent, not scaled             */
	uint8_t flags;
	uint8_t window_scale; /* option of a SYN, or NO_SCALE    */
	uint8_t from;         /* the key's end that sent it      */
};

enum decode_result {
	DECODE_SEGMENT,
	DECODE_LINK_TYPE, /* a link layer we do not know     */
	DECODE_NOT_IP,
	DECODE_NOT_TCP,
	DECODE_FRAGMENT, /* part of an IP datagram          */
	DECODE_CUT,      /* headers end beyond the capture  */
	DECODE_MALFORMED /* a length field contradicts      */
};

/* Fills *segment where the result is DECODE_SEGMENT. */
enum decode_result decode_packet(
    const struct packet *packet, struct segment *segment);

#endif
