/* SPDX-License-Identifier: BSD-2-Clause */
/* What decoding makes of a packet: a TCP segment (RFC 9293, section 3.1).  The
 * payload is a slice of the packet, or of the datagram that was put together
 * from fragments; no length field is believed beyond what was captured. */
#ifndef CORE_DECODE_SEGMENT_H
#define CORE_DECODE_SEGMENT_H

#include <stdint.h>

#include "core/base/flow_key.h"

#define SEGMENT_FIN 0x01u
#define SEGMENT_SYN 0x02u
#define SEGMENT_RST 0x04u
#define SEGMENT_ACK 0x10u

#define SEGMENT_NO_SCALE 0xffu

enum segment_checksum {
	SEGMENT_UNCHECKED, /* nobody looked, or it cannot be told */
	SEGMENT_GOOD,
	SEGMENT_OFFLOADED, /* left to the network card            */
	SEGMENT_BAD
};

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
	uint8_t checksum;     /* enum segment_checksum           */
	uint32_t tag;         /* the key's, in the flow table, which */
			      /* finds it out where it is 0      */
};

#endif
