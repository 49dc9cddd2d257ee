/* SPDX-License-Identifier: BSD-2-Clause */
/* One packet as it was captured: plain data that capture makes and decode
 * reads.  The bytes are borrowed for the call that brings the packet, or as long
 * as somebody holds their region. */
#ifndef CORE_BASE_PACKET_H
#define CORE_BASE_PACKET_H

#include <stdint.h>

struct region;

struct packet {
	const uint8_t *bytes;
	uint32_t captured;   /* bytes that are there            */
	uint32_t length;     /* bytes that were on the wire     */
	uint64_t ts_ns;      /* since 1970                      */
	uint64_t number;     /* from 1, before any filter, over */
			     /* all inputs; live: received      */
	int link_type;       /* libpcap's DLT_ or LINKTYPE_     */
	struct region *region; /* has the bytes; NULL: they are borrowed */
	const char *source;  /* capture file or interface; lives*/
	/* as long as the capture source   */
};

#endif
