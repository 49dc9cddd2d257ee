/* SPDX-License-Identifier: BSD-2-Clause */
/* Checksums: against the sum as RFC 1071 writes it down, and what each policy
 * makes of a bad one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/decode/checksum.h"
#include "tests/unit/decode_bench.h"

/* RFC 1071, section 4.1, word by word. */
static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (length % 2 != 0)
		sum += (uint32_t)bytes[length - 1] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t pseudo_sum(const struct flow_key *key, size_t length)
{
	const uint8_t tail[] = {(uint8_t)(length >> 24),
	    (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, 0,
	    0, 0, 6};
	size_t address = key->family == 4 ? 4 : 16;
	uint32_t sum = add(0, key->ip[0], address);

	sum = add(sum, key->ip[1], address);
	return add(sum, tail, sizeof(tail));
}

static void put(uint8_t *segment, uint32_t sum)
{
	segment[16] = (uint8_t)(sum >> 8);
	segment[17] = (uint8_t)sum;
}

static void every_length_and_place(void **state)
{
	uint8_t bytes[400];

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		struct flow_key key = {.family = round % 2 != 0 ? 4 : 6};
		uint8_t *segment = bytes + round % 9;
		size_t length = 20 + (size_t)rand() % 300;
		uint32_t sum;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(rand() >> 7);
		for (size_t i = 0; i < 16; i++) {
			key.ip[0][i] = (uint8_t)(rand() >> 7);
			key.ip[1][i] = (uint8_t)(rand() >> 7);
		}
		put(segment, 0);
		sum = add(pseudo_sum(&key, length), segment, length);
		put(segment, ~sum);
		assert_int_equal(
		    checksum_tcp(&key, segment, length), SEGMENT_GOOD);
		segment[(size_t)rand() % length] ^= (uint8_t)(1u << rand() % 8);
		assert_int_not_equal(
		    checksum_tcp(&key, segment, length), SEGMENT_GOOD);
		put(segment, pseudo_sum(&key, length));
		assert_int_equal(
		    checksum_tcp(&key, segment, length), SEGMENT_OFFLOADED);
		put(segment, pseudo_sum(&key, 0));
		assert_int_equal(
		    checksum_tcp(&key, segment, length), SEGMENT_OFFLOADED);
	}
}

static void headers_of_ipv4(void **state)
{
	/* From RFC 1071's times: an example that many books have. */
	static const uint8_t good[] = {0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40,
	    0x11, 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0, 0xc7};
	uint8_t bad[sizeof(good)];

	(void)state;
	assert_true(checksum_is_good(good, sizeof(good)));
	memcpy(bad, good, sizeof(good));
	bad[8]--;
	assert_false(checksum_is_good(bad, sizeof(bad)));
}

/* The checksum of the IP header is right; that of the segment is to be put
 * in. */
static struct frame *make(const char *flags, const char *checksum)
{
	struct frame *frame = frame_new(checksum, 101);

	frame_hex(frame,
	    "4500 002d 0001 4000 4006 4e93 c0000201 c6336402"
	    "03e8 0050 01020304 05060708 50");
	frame_hex(frame, flags);
	frame_hex(frame, "2000");
	frame_hex(frame, checksum);
	frame_hex(frame, "0000 68656c6c6f");
	return frame;
}

static void policies(void **state)
{
	static const struct {
		const char *flags;
		const char *checksum;
		enum segment_checksum automatic;
		bool verified;
	} cases[] = {
	    {"18", "4b72", SEGMENT_UNCHECKED, true},
	    {"18", "4b73", SEGMENT_UNCHECKED, false},
	    {"02", "4b88", SEGMENT_GOOD, true},
	    {"14", "4b76", SEGMENT_GOOD, true},
	    {"14", "4b77", SEGMENT_BAD, false},
	    {"14", "0000", SEGMENT_OFFLOADED, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame *frame = make(cases[i].flags, cases[i].checksum);

		frame_checksums = CHECKSUMS_IGNORE;
		assert_int_equal(
		    frame_decode(frame).segment.checksum, SEGMENT_UNCHECKED);
		frame_checksums = CHECKSUMS_AUTO;
		assert_int_equal(
		    frame_decode(frame).segment.checksum, cases[i].automatic);
		frame_checksums = CHECKSUMS_VERIFY;
		assert_int_equal(frame_decode(frame).result,
		    cases[i].verified ? DECODE_SEGMENT : DECODE_CHECKSUM);
		/* What was cut cannot be told. */
		assert_int_equal(
		    frame_decode_cut(frame, frame->length - 1).result,
		    DECODE_SEGMENT);
		frame->bytes[8]--; /* the time to live */
		assert_int_equal(frame_decode(frame).result, DECODE_CHECKSUM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_length_and_place),
	    cmocka_unit_test(headers_of_ipv4),
	    cmocka_unit_test(policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
