/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet that nearly always comes: TCP over IPv4 over Ethernet, whole, and
 * neither SYN nor RST.  All its fields stand at known places, so it takes a short
 * way to the same segment as through the layers. */
#include <string.h>

#include "core/decode/layer.h"

#define ETHERNET_HEADER 14u
#define IPV4_HEADER 20u
#define TCP_HEADER 20u
#define PLAIN_LEAST (ETHERNET_HEADER + IPV4_HEADER + TCP_HEADER)

static uint16_t u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return __builtin_bswap16(value);
}

static uint32_t u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return __builtin_bswap32(value);
}

/* EtherType IPv4; a header without options; no fragment; TCP. */
static bool is_plain_ip(const uint8_t *frame)
{
	const uint8_t *ip = frame + ETHERNET_HEADER;

	return frame[12] == 0x08 && frame[13] == 0x00 && ip[0] == 0x45 &&
	    (u16(ip + 6) & 0x3fff) == 0 && ip[9] == 6;
}

/* The lower end first, as flow_key_sort() has it. */
static void set_key(
    struct segment *segment, const uint8_t *ip, const uint8_t *tcp)
{
	uint32_t source = u32(ip + 12);
	uint32_t destination = u32(ip + 16);
	uint16_t source_port = u16(tcp);
	uint16_t destination_port = u16(tcp + 2);
	bool reversed = source > destination ||
	    (source == destination && source_port > destination_port);

	segment->from = reversed;
	segment->key = (struct flow_key){.family = 4};
	memcpy(segment->key.ip[reversed], ip + 12, 4);
	memcpy(segment->key.ip[!reversed], ip + 16, 4);
	segment->key.port[reversed] = source_port;
	segment->key.port[!reversed] = destination_port;
}

bool decode_plain(const struct decoder *decoder, const struct packet *packet,
    struct segment *segment)
{
	const uint8_t *ip = packet->bytes + ETHERNET_HEADER;
	const uint8_t *tcp = ip + IPV4_HEADER;
	size_t total;
	size_t header;

	if (packet->link_type != LINK_ETHERNET ||
	    packet->captured < PLAIN_LEAST || !is_plain_ip(packet->bytes) ||
	    decoder->checksums == CHECKSUMS_VERIFY)
		return false;
	total = u16(ip + 2);
	header = (size_t)(tcp[12] >> 4) * 4;
	if (total > packet->captured - ETHERNET_HEADER || header < TCP_HEADER ||
	    total < IPV4_HEADER + header ||
	    (tcp[13] & (SEGMENT_SYN | SEGMENT_RST)) != 0)
		return false;
	set_key(segment, ip, tcp);
	segment->payload = tcp + header;
	segment->length = (uint32_t)(total - IPV4_HEADER - header);
	segment->missing = 0;
	segment->sequence = u32(tcp + 4);
	segment->acknowledgement = u32(tcp + 8);
	segment->window = u16(tcp + 14);
	segment->flags = tcp[13];
	segment->window_scale = SEGMENT_NO_SCALE;
	segment->checksum = SEGMENT_UNCHECKED;
	return true;
}
