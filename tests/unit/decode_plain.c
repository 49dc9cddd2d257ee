/* SPDX-License-Identifier: BSD-2-Clause */
/* The short way of decoding comes to the same as the way through the layers: each
 * frame is decoded as Ethernet, and without its Ethernet header as raw IP, which
 * the short way does not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/decode/layer.h"

#define ROUNDS 300000u
#define ROOM 128u
#define HEADER 14u

static const uint8_t good[] = {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, /* Ethernet */
    0x45, 0, 0, 52, 0, 9, 0x40, 0, 64, 6, 0, 0,     /* IPv4     */
    192, 0, 2, 1, 192, 0, 2, 2,                     /* its ends */
    0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8,      /* TCP      */
    0x60, 0x18, 0x20, 0, 0, 0, 0, 0, 1, 1, 1, 0,    /* options  */
    'h', 'e', 'l', 'l', 'o', ' ', 'y', 'o',         /* payload  */
};

static struct budget budget;
static struct counters counters;

static enum decode_result decode(const uint8_t *bytes, uint32_t captured,
    uint32_t length, int link_type, struct segment *segment)
{
	const struct packet packet = {
	    .bytes = bytes,
	    .captured = captured,
	    .length = length,
	    .ts_ns = 5,
	    .number = 7,
	    .link_type = link_type,
	};
	enum decode_result result;
	struct decoder decoder;

	memset(segment, 0xa5, sizeof(*segment));
	decoder_init(
	    &decoder, TUNNELS_SAFE, CHECKSUMS_AUTO, &budget, &counters);
	result = decode_packet(&decoder, &packet, segment);
	decoder_free(&decoder);
	return result;
}

static bool is_plain(const uint8_t *bytes, uint32_t captured)
{
	const struct decoder decoder = {.checksums = CHECKSUMS_AUTO};
	const struct packet packet = {
	    .bytes = bytes,
	    .captured = captured,
	    .length = captured,
	    .link_type = LINK_ETHERNET,
	};
	struct segment segment;

	return decode_plain(&decoder, &packet, &segment);
}

static void expect_same(const struct segment *a, const struct segment *b)
{
	assert_memory_equal(&a->key, &b->key, sizeof(a->key));
	assert_ptr_equal(a->payload, b->payload);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->missing, b->missing);
	assert_int_equal(a->ts_ns, b->ts_ns);
	assert_int_equal(a->packet, b->packet);
	assert_int_equal(a->sequence, b->sequence);
	assert_int_equal(a->acknowledgement, b->acknowledgement);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->window_scale, b->window_scale);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->checksum, b->checksum);
	assert_int_equal(a->tag, b->tag);
}

/* False: it is none for the short way. */
static bool expect_both_ways(
    const uint8_t *bytes, uint32_t captured, uint32_t length)
{
	struct segment plain;
	struct segment layers;
	enum decode_result result = decode(
	    bytes, captured, length, LINK_ETHERNET, &plain);

	if (!is_plain(bytes, captured))
		return false;
	assert_int_equal(result, DECODE_SEGMENT);
	assert_int_equal(decode(bytes + HEADER, captured - HEADER,
			     length - HEADER, LINK_RAW, &layers),
	    DECODE_SEGMENT);
	expect_same(&plain, &layers);
	return true;
}

/* A frame with some bytes of its headers changed, and perhaps its end cut off or
 * padded. */
static void changed_frames(void **state)
{
	unsigned plain = 0;

	(void)state;
	srand(7);
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint8_t *bytes = malloc(ROOM);
		uint32_t length = sizeof(good);
		uint32_t captured;

		memset(bytes, 0, ROOM);
		memcpy(bytes, good, sizeof(good));
		for (int i = rand() % 4; i > 0; i--)
			bytes[(unsigned)rand() % (HEADER + 40)] =
			    (uint8_t)rand();
		if (rand() % 4 == 0)
			length += (uint32_t)rand() % 40;
		captured = length;
		if (rand() % 4 == 0)
			captured -= (uint32_t)rand() % length;
		/* What is read beyond the end shows under the sanitizers. */
		bytes = realloc(bytes, captured > 0 ? captured : 1);
		plain += expect_both_ways(bytes, captured, length);
		free(bytes);
	}
	assert_in_range(plain, ROUNDS / 4, ROUNDS * 3 / 4);
}

static void expect_not_plain(unsigned at, uint8_t byte)
{
	uint8_t bytes[sizeof(good)];

	memcpy(bytes, good, sizeof(good));
	bytes[at] = byte;
	assert_false(is_plain(bytes, sizeof(bytes)));
}

static void others_take_the_long_way(void **state)
{
	(void)state;
	assert_true(is_plain(good, sizeof(good)));
	assert_false(is_plain(good, sizeof(good) - 1));
	expect_not_plain(13, 0x06); /* ARP                  */
	expect_not_plain(14, 0x46); /* options of IP        */
	expect_not_plain(14, 0x65); /* another version      */
	expect_not_plain(17, 0);    /* segmentation offload */
	expect_not_plain(20, 0x20); /* more fragments       */
	expect_not_plain(21, 1);    /* a later fragment     */
	expect_not_plain(23, 17);   /* UDP                  */
	expect_not_plain(46, 0x40); /* a short TCP header   */
	expect_not_plain(46, 0xf0); /* one that is too long */
	expect_not_plain(47, 0x02); /* SYN                  */
	expect_not_plain(47, 0x14); /* RST                  */
}

static void checksums_to_verify_take_the_long_way(void **state)
{
	const struct decoder decoder = {.checksums = CHECKSUMS_VERIFY};
	const struct packet packet = {
	    .bytes = good,
	    .captured = sizeof(good),
	    .length = sizeof(good),
	    .link_type = LINK_ETHERNET,
	};
	struct segment segment;

	(void)state;
	assert_false(decode_plain(&decoder, &packet, &segment));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(changed_frames),
	    cmocka_unit_test(others_take_the_long_way),
	    cmocka_unit_test(checksums_to_verify_take_the_long_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
