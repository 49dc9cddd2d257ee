/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams in pieces: any order gives the same, whoever was first stands,
 * hostile pieces cost no more than the budget. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/decode/fragments.h"
#include "tests/unit/decode_bench.h"
#include "tests/unit/failing_memory.h"

#define SECOND UINT64_C(1000000000)

static struct budget budget;
static struct counters counters;
static struct fragments fragments;
static struct fragments_whole whole;
static uint8_t data[65536];

static int begin(void **state)
{
	(void)state;
	budget = (struct budget){.limit = 1 << 20};
	counters = (struct counters){0};
	fragments_init(&fragments, &budget, &counters);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	allocations_succeed();
	return 0;
}

static int end(void **state)
{
	(void)state;
	allocations_succeed();
	fragments_free(&fragments);
	assert_int_equal(budget.used, 0);
	return 0;
}

static struct fragment piece(
    uint8_t family, uint32_t offset, uint32_t length, bool more)
{
	return (struct fragment){
	    .key = {.ip = {{192, 0, 2, 1}, {192, 0, 2, 2}}, .family = family},
	    .identification = 7,
	    .protocol = 6,
	    .next = 6,
	    .more = more,
	    .offset = offset,
	    .bytes = data + offset,
	    .length = length,
	    .ts_ns = SECOND,
	};
}

static enum fragments_result add(
    uint8_t family, uint32_t offset, uint32_t length, bool more)
{
	const struct fragment fragment = piece(family, offset, length, more);

	return fragments_add(&fragments, &fragment, &whole);
}

static void expect_whole(uint32_t length)
{
	assert_int_equal(whole.length, length);
	assert_memory_equal(whole.bytes, data, length);
	assert_int_equal(whole.protocol, 6);
}

static void shuffle(uint32_t *items, uint32_t count)
{
	for (uint32_t i = count; i > 1; i--) {
		uint32_t other = (uint32_t)rand() % i;
		uint32_t item = items[i - 1];

		items[i - 1] = items[other];
		items[other] = item;
	}
}

/* Cut at random, shuffled, some twice. */
static void any_order_is_the_same(void **state)
{
	(void)state;
	srand(3);
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t family = round % 2 != 0 ? 4 : 6;
		uint32_t length = 9 + (uint32_t)rand() % 3000;
		uint32_t cuts[64] = {0};
		uint32_t order[64];
		uint32_t count = 1;
		enum fragments_result result = FRAGMENTS_HELD;

		while (count < 60 && cuts[count - 1] + 8 < length) {
			cuts[count] = cuts[count - 1] +
			    (1 + (uint32_t)rand() % 40) * 8;
			if (cuts[count] >= length)
				break;
			count++;
		}
		cuts[count] = length;
		for (uint32_t i = 0; i < count; i++)
			order[i] = i;
		shuffle(order, count);
		for (uint32_t i = 0; i < count; i++) {
			uint32_t at = order[i];

			assert_int_equal(result, FRAGMENTS_HELD);
			result = add(family, cuts[at], cuts[at + 1] - cuts[at],
			    at + 1 < count);
			if (result == FRAGMENTS_HELD && rand() % 4 == 0)
				assert_int_equal(add(family, cuts[at],
						     cuts[at + 1] - cuts[at],
						     at + 1 < count),
				    FRAGMENTS_HELD);
		}
		assert_int_equal(result, FRAGMENTS_WHOLE);
		expect_whole(length);
	}
	assert_int_equal(counters.value[COUNTER_DATAGRAMS], 2000);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS_DROPPED], 0);
}

static void in_ipv4_the_first_copy_stands(void **state)
{
	uint8_t other[64];
	struct fragment later = piece(4, 0, 24, true);

	(void)state;
	later.bytes = other;
	assert_int_equal(add(4, 8, 16, true), FRAGMENTS_HELD);
	memset(other, 0xee, sizeof(other));
	memcpy(other, data, 8);
	assert_int_equal(
	    fragments_add(&fragments, &later, &whole), FRAGMENTS_HELD);
	assert_int_equal(add(4, 24, 9, false), FRAGMENTS_WHOLE);
	expect_whole(33);
}

/* RFC 5722: the datagram is dropped, and what still comes of it; a copy is no
 * overlap (RFC 8200). */
static void in_ipv6_overlaps_are_dropped(void **state)
{
	(void)state;
	assert_int_equal(add(6, 0, 16, true), FRAGMENTS_HELD);
	assert_int_equal(add(6, 0, 16, true), FRAGMENTS_HELD);
	assert_int_equal(add(6, 8, 16, true), FRAGMENTS_BAD);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS_OVERLAP], 1);
	assert_int_equal(add(6, 16, 9, false), FRAGMENTS_BAD);
	assert_int_equal(add(6, 0, 16, true), FRAGMENTS_BAD);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS], 0);
}

static void impossible_pieces_are_bad(void **state)
{
	(void)state;
	assert_int_equal(add(4, 0, 0, true), FRAGMENTS_BAD);
	assert_int_equal(add(4, 0, 9, true), FRAGMENTS_BAD);
	assert_int_equal(add(4, 65528, 8, false), FRAGMENTS_BAD);
	assert_int_equal(budget.used, 0);
	assert_int_equal(add(4, 65528, 7, false), FRAGMENTS_HELD);
	/* Behind the end, and another end. */
	assert_int_equal(add(4, 0, 8, false), FRAGMENTS_BAD);
	assert_int_equal(add(4, 8, 16, true), FRAGMENTS_HELD);
	fragments_free(&fragments);
	assert_int_equal(add(4, 16, 8, false), FRAGMENTS_HELD);
	assert_int_equal(add(4, 24, 8, true), FRAGMENTS_BAD);
	assert_int_equal(add(4, 0, 16, true), FRAGMENTS_WHOLE);
	expect_whole(24);
}

static void datagrams_are_told_apart(void **state)
{
	struct fragment other = piece(4, 0, 8, true);

	(void)state;
	assert_int_equal(
	    fragments_add(&fragments, &other, &whole), FRAGMENTS_HELD);
	other = piece(4, 8, 1, false);
	other.identification++;
	assert_int_equal(
	    fragments_add(&fragments, &other, &whole), FRAGMENTS_HELD);
	other = piece(4, 8, 1, false);
	other.protocol++;
	assert_int_equal(
	    fragments_add(&fragments, &other, &whole), FRAGMENTS_HELD);
	other = piece(4, 8, 1, false);
	other.key.vlan++;
	assert_int_equal(
	    fragments_add(&fragments, &other, &whole), FRAGMENTS_HELD);
	other = piece(4, 8, 1, false);
	other.key.tunnel++;
	assert_int_equal(
	    fragments_add(&fragments, &other, &whole), FRAGMENTS_HELD);
	assert_int_equal(add(4, 8, 1, false), FRAGMENTS_WHOLE);
	fragments_free(&fragments);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS_DROPPED], 4);
}

static void old_pieces_are_dropped(void **state)
{
	struct fragment late = piece(4, 8, 1, false);

	(void)state;
	assert_int_equal(add(4, 0, 8, true), FRAGMENTS_HELD);
	late.ts_ns += FRAGMENTS_NS;
	assert_int_equal(
	    fragments_add(&fragments, &late, &whole), FRAGMENTS_HELD);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS_DROPPED], 1);
}

/* One whose clock was ahead keeps nobody from growing old. */
static void old_pieces_behind_a_wrong_clock_are_dropped(void **state)
{
	struct fragment ahead = piece(4, 0, 8, true);
	struct fragment late = piece(4, 8, 1, false);

	(void)state;
	ahead.identification = 8;
	ahead.ts_ns += 1000 * FRAGMENTS_NS;
	assert_int_equal(
	    fragments_add(&fragments, &ahead, &whole), FRAGMENTS_HELD);
	assert_int_equal(add(4, 0, 8, true), FRAGMENTS_HELD);
	late.ts_ns += FRAGMENTS_NS;
	assert_int_equal(
	    fragments_add(&fragments, &late, &whole), FRAGMENTS_HELD);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS_DROPPED], 1);
	late.identification = 8;
	assert_int_equal(
	    fragments_add(&fragments, &late, &whole), FRAGMENTS_HELD);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS_DROPPED], 2);
}

/* What a tunnel's datagram carries may be a piece of another one: its bytes stay
 * until they are copied. */
static void a_whole_may_hold_a_piece(void **state)
{
	(void)state;
	assert_int_equal(add(4, 0, 2000, true), FRAGMENTS_HELD);
	assert_int_equal(add(4, 2000, 48, false), FRAGMENTS_WHOLE);
	for (uint32_t i = 0; i < 2; i++) {
		struct fragment inner = piece(4, i * 1024, 1024, i == 0);

		inner.identification = 8;
		inner.bytes = whole.bytes;
		assert_int_equal(fragments_add(&fragments, &inner, &whole),
		    i == 0 ? FRAGMENTS_HELD : FRAGMENTS_WHOLE);
		if (i == 0) {
			assert_int_equal(add(4, 0, 1024, true), FRAGMENTS_HELD);
			assert_int_equal(
			    add(4, 1024, 8, false), FRAGMENTS_WHOLE);
		}
	}
	assert_int_equal(whole.length, 2048);
	assert_memory_equal(whole.bytes, data, 1024);
	assert_memory_equal(whole.bytes + 1024, data, 1024);
}

/* Several packets are decoded before the first is taken. */
static void wholes_stay_until_they_are_released(void **state)
{
	const uint8_t *first;

	(void)state;
	assert_int_equal(add(4, 0, 16, true), FRAGMENTS_HELD);
	assert_int_equal(add(4, 16, 16, false), FRAGMENTS_WHOLE);
	first = whole.bytes;
	assert_int_equal(budget.used, 0);
	assert_int_equal(add(4, 0, 8, true), FRAGMENTS_HELD);
	assert_int_equal(add(4, 8, 16, false), FRAGMENTS_WHOLE);
	assert_ptr_not_equal(first, whole.bytes);
	assert_memory_equal(first, data, 32);
	assert_memory_equal(whole.bytes, data, 24);
	fragments_release(&fragments.given);
	fragments_release(&fragments.given);
	assert_int_equal(counters.value[COUNTER_DATAGRAMS], 2);
}

/* As many as anybody likes: the oldest go. */
static void memory_is_bounded(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct fragment one = piece(4, 65520, 8, true);

		one.identification = i;
		one.offset = i % 8000 * 8;
		assert_int_equal(
		    fragments_add(&fragments, &one, &whole), FRAGMENTS_HELD);
	}
	assert_true(budget.peak <= budget.limit);
	assert_true(counters.value[COUNTER_DATAGRAMS_DROPPED] > 90000);
	fragments_free(&fragments);
	budget.limit = 0; /* and with none at all */
	assert_int_equal(add(6, 0, 8, true), FRAGMENTS_BAD);
	budget.limit = 1 << 20;
	assert_int_equal(add(6, 0, 8, true), FRAGMENTS_HELD);
	assert_int_equal(add(6, 8, 8, false), FRAGMENTS_WHOLE);
}

static void each_allocation_may_fail(void **state)
{
	enum fragments_result result = FRAGMENTS_BAD;
	unsigned fails = 1;

	(void)state;
	for (; result != FRAGMENTS_WHOLE; fails++) {
		allocations_fail_from(fails);
		add(4, 0, 4096, true);
		result = add(4, 4096, 9, false);
		allocations_succeed();
		fragments_free(&fragments);
		assert_int_equal(budget.used, 0);
	}
	assert_in_range(fails, 5, 11);
}

/* Two packets, of which the second one is the last piece to come. */
static enum decode_result decode_pieces(struct decoder *decoder,
    const char *first, const char *last, struct segment *segment)
{
	const char *const pieces[] = {first, last};
	enum decode_result result = DECODE_FRAGMENT;

	for (unsigned i = 0; i < 2; i++) {
		struct frame *frame = frame_new("piece", 101);
		struct packet packet = {
		    .bytes = frame->bytes,
		    .number = 10 + i,
		    .link_type = 101,
		};

		assert_int_equal(result, DECODE_FRAGMENT);
		frame_hex(frame, pieces[i]);
		packet.captured = (uint32_t)frame->length;
		packet.length = packet.captured;
		result = decode_packet(decoder, &packet, segment);
	}
	return result;
}

static void expect_hello(const char *first, const char *last)
{
	struct decoder decoder;
	struct segment segment;

	decoder_init(
	    &decoder, TUNNELS_SAFE, CHECKSUMS_AUTO, &budget, &counters);
	assert_int_equal(
	    decode_pieces(&decoder, first, last, &segment), DECODE_SEGMENT);
	assert_int_equal(segment.packet, 11);
	assert_int_equal(segment.length, 5);
	assert_int_equal(segment.key.port[1], 80);
	assert_memory_equal(segment.payload, "hello", 5);
	decoder_free(&decoder);
}

#define ENDS4 "c0000201 c6336402"
#define ENDS6 \
	"20010db8000000000000000000000001" \
	"20010db8000000000000000000000002"
#define TCP "03e8 0050 01020304 05060708 5018 2000 0000 0000"

/* The segment is that of the last piece to come. */
static void pieces_of_packets_make_a_segment(void **state)
{
	(void)state;
	expect_hello("4500 002c 0009 2000 4006 0000" ENDS4 TCP "68656c6c",
	    "4500 0015 0009 0003 4006 0000" ENDS4 "6f");
	expect_hello("60000000 0020 2c 40" ENDS6 "0600 0001 00000009" TCP
		     "68656c6c",
	    "60000000 0009 2c 40" ENDS6 "0600 0018 00000009"
	    "6f");
}

/* In front of the pieces, and at the beginning of what they make. */
static void extension_headers_around_the_pieces(void **state)
{
	(void)state;
	expect_hello("60000000 0030 00 40" ENDS6 "2c00010400000000"
		     "3c00 0001 00000009"
		     "0600010400000000" TCP "68656c6c",
	    "60000000 0011 00 40" ENDS6 "2c00010400000000"
	    "3c00 0020 00000009"
	    "6f");
	expect_hello("60000000 0010 2c 40" ENDS6 "3c00 0001 00000009"
		     "0600010400000000",
	    "60000000 0021 2c 40" ENDS6 "3c00 0008 00000009" TCP "68656c6c6f");
}

static void expect_bad(
    enum decode_result result, const char *first, const char *last)
{
	struct decoder decoder;
	struct segment segment;

	decoder_init(
	    &decoder, TUNNELS_SAFE, CHECKSUMS_AUTO, &budget, &counters);
	assert_int_equal(
	    decode_pieces(&decoder, first, last, &segment), result);
	decoder_free(&decoder);
}

static void what_the_pieces_make_may_be_bad(void **state)
{
	(void)state;
	/* Pieces of a piece. */
	expect_bad(DECODE_BAD_FRAGMENT,
	    "60000000 0010 2c 40" ENDS6 "2c00 0001 00000009"
	    "0600 0001 0000000a",
	    "60000000 0021 2c 40" ENDS6 "2c00 0008 00000009" TCP "68656c6c6f");
	/* A header that is longer than all of them. */
	expect_bad(DECODE_CUT,
	    "60000000 0010 2c 40" ENDS6 "3c00 0001 00000009"
	    "06ff010400000000",
	    "60000000 0021 2c 40" ENDS6 "3c00 0008 00000009" TCP "68656c6c6f");
	/* UDP behind options. */
	expect_bad(DECODE_NOT_TCP,
	    "60000000 0010 2c 40" ENDS6 "3c00 0001 00000009"
	    "1100010400000000",
	    "60000000 0010 2c 40" ENDS6 "3c00 0008 00000009"
	    "03e8 0035 0008 0000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(any_order_is_the_same),
	    TEST(in_ipv4_the_first_copy_stands),
	    TEST(in_ipv6_overlaps_are_dropped),
	    TEST(impossible_pieces_are_bad),
	    TEST(datagrams_are_told_apart),
	    TEST(old_pieces_are_dropped),
	    TEST(old_pieces_behind_a_wrong_clock_are_dropped),
	    TEST(a_whole_may_hold_a_piece),
	    TEST(wholes_stay_until_they_are_released),
	    TEST(memory_is_bounded),
	    TEST(each_allocation_may_fail),
	    TEST(pieces_of_packets_make_a_segment),
	    TEST(extension_headers_around_the_pieces),
	    TEST(what_the_pieces_make_may_be_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
