/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums of 16-bit words, of which eight bytes are added at a time into more bits than
 * they can fill; the carries are added at the end, and the order of bytes does not
 * matter (RFC 1071, section 2). */
#include "core/decode/checksum.h"

#include <string.h>

#define PROTOCOL_TCP 6u
#define CHECKSUM_AT 16u /* in a TCP header                 */

static uint64_t add_word(uint64_t sum, uint64_t word)
{
	return sum + (word & 0xffffffff) + (word >> 32);
}

/* What is left of the last word: fewer than eight bytes. */
static uint64_t last_word(const uint8_t *bytes, size_t length)
{
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++)
		((uint8_t *)&word)[i] = bytes[i];
	return word;
}

static uint64_t add_bytes(uint64_t sum, const uint8_t *bytes, size_t length)
{
	uint64_t word;

	for (; length >= sizeof(word); length -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = add_word(sum, word);
		bytes += sizeof(word);
	}
	return length > 0 ? add_word(sum, last_word(bytes, length)) : sum;
}

static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

bool checksum_is_good(const void *header, size_t length)
{
	return fold(add_bytes(0, header, length)) == 0xffff;
}

/* Without the length. */
static uint64_t pseudo_header(const struct flow_key *key)
{
	const uint8_t protocol[2] = {0, PROTOCOL_TCP};
	size_t address = key->family == 4 ? 4 : sizeof(key->ip[0]);
	uint64_t sum = add_bytes(0, protocol, sizeof(protocol));

	sum = add_bytes(sum, key->ip[0], address);
	return add_bytes(sum, key->ip[1], address);
}

enum segment_checksum checksum_tcp(
    const struct flow_key *key, const void *segment, size_t length)
{
	const uint8_t size[4] = {(uint8_t)(length >> 24),
	    (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length};
	uint64_t sizeless = pseudo_header(key);
	uint64_t pseudo = add_bytes(sizeless, size, sizeof(size));
	uint16_t found;

	if (fold(add_bytes(pseudo, segment, length)) == 0xffff)
		return SEGMENT_GOOD;
	/* A sender that leaves it to its card has put the pseudo-header's sum
	 * there, without the length where the card also cuts the segment, or
	 * nothing. */
	memcpy(&found, (const uint8_t *)segment + CHECKSUM_AT, sizeof(found));
	return found == 0 || found == fold(pseudo) || found == fold(sizeless)
	    ? SEGMENT_OFFLOADED
	    : SEGMENT_BAD;
}
