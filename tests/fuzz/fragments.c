/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: fragments of datagrams.  Each byte says where it belongs, so that
 * one that is moved is seen.
 *
 *	byte 0  memory, in KiB; 0: much
 *	then fragments of 6 bytes:
 *	byte 0  address (bits 0, 1), IPv6 (2), more come (3), time that has
 *	        passed (4-7)
 *	byte 1  identification
 *	byte 2  offset, in units of 8 bytes (2 bytes)
 *	byte 4  length (2 bytes) */
#include <stdlib.h>

#include "core/decode/fragments.h"
#include "tests/fuzz/input.h"

#define MILLISECOND UINT64_C(1000000)
#define MOST 65535u
#define FRAGMENTS_MOST 256u

static uint8_t byte_at(unsigned salt, uint32_t offset)
{
	return (uint8_t)(offset * 167 + (offset >> 8) * 31 + salt);
}

/* What distinguishes a datagram, and its bytes from another's. */
static unsigned salt_of(uint8_t how, uint8_t identification)
{
	return (how & 7u) * 29 + identification * 7u;
}

static void check_whole(const struct fragments_whole *whole, unsigned salt)
{
	if (whole->length > MOST || whole->protocol != 6)
		abort();
	for (uint32_t i = 0; i < whole->length; i++) {
		if (whole->bytes[i] != byte_at(salt, i))
			abort();
	}
}

static void run_fragment(
    struct fragments *fragments, struct input *input, uint64_t *now)
{
	uint8_t how = take_byte(input);
	uint8_t identification = take_byte(input);
	unsigned salt = salt_of(how, identification);
	struct fragment fragment = {
	    .key = {.family = how & 4 ? 6 : 4},
	    .identification = identification,
	    .protocol = 6,
	    .next = 6,
	    .more = (how & 8) != 0,
	    .offset = take_16(input) * 8u,
	    .length = take_16(input),
	    .ts_ns = *now += MILLISECOND << (how >> 4),
	};
	struct fragments_whole whole;
	uint8_t *bytes = malloc(fragment.length + 1u);

	if (bytes == NULL)
		abort();
	for (uint32_t i = 0; i < fragment.length; i++)
		bytes[i] = byte_at(salt, fragment.offset + i);
	fragment.key.ip[0][0] = how & 3;
	fragment.bytes = bytes;
	if (fragments_add(fragments, &fragment, &whole) == FRAGMENTS_WHOLE) {
		free(bytes);
		bytes = NULL; /* the datagram has a copy */
		check_whole(&whole, salt);
	}
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct counters counters = {{0}};
	uint32_t kilobytes = take_byte(&input);
	struct budget budget = {
	    .limit = kilobytes > 0 ? kilobytes << 10 : 1u << 26};
	struct fragments fragments;
	uint64_t now = 1000000 * MILLISECOND;

	fragments_init(&fragments, &budget, &counters);
	for (unsigned i = 0; i < FRAGMENTS_MOST && input.left > 0; i++)
		run_fragment(&fragments, &input, &now);
	fragments_free(&fragments);
	if (budget.used != 0)
		abort();
	return 0;
}
