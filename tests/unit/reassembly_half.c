/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction: what is delivered when, what becomes a gap, what is bounded. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/reassembly/half.h"

static char story[1 << 17]; /* what was delivered, in order */
static struct counters counters;
static struct budget budget;

static void tell(const char *format, ...)
{
	size_t length = strlen(story);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(story + length, sizeof(story) - length, format, arguments);
	va_end(arguments);
}

static void on_data(void *context, const struct tcpflow_chunk *chunk)
{
	(void)context;
	tell("%.*s", (int)chunk->len, (const char *)chunk->bytes);
}

static void on_gap(void *context, const struct tcpflow_gap *gap)
{
	(void)context;
	tell("[%u:%llu]", gap->reason, (unsigned long long)gap->len);
}

static void on_eof(void *context, const struct half *half)
{
	(void)context;
	(void)half;
	tell("$");
}

static struct half_environment environment = {
    .limits = {.bytes = 1 << 20,
	.pieces = 4096,
	.budget = &budget,
	.counters = &counters},
    .data = on_data,
    .gap = on_gap,
    .eof = on_eof,
};

static struct half half;

static int begin(void **state)
{
	(void)state;
	story[0] = '\0';
	counters = (struct counters){{0}};
	budget = (struct budget){.limit = 1 << 24};
	environment.limits.bytes = 1 << 20;
	environment.limits.pieces = 4096;
	half_init(&half, &environment, NULL, TCPFLOW_C2S);
	half_start(&half, 1000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	half_clear(&half);
	return budget.used == 0 ? 0 : -1;
}

static void receive(int64_t offset, const char *text)
{
	const struct half_segment segment = {
	    .offset = offset,
	    .bytes = (const uint8_t *)text,
	    .length = (uint32_t)strlen(text),
	};

	half_receive(&half, &segment, 0);
}

static void receive_fin(int64_t offset)
{
	const struct half_segment segment = {.offset = offset, .fin = true};

	half_receive(&half, &segment, 0);
}

static void in_order_data_is_delivered_at_once(void **state)
{
	(void)state;
	receive(0, "abc");
	receive(3, "def");
	assert_string_equal(story, "abcdef");
	assert_int_equal(budget.peak, 0);
}

static void a_hole_is_waited_for(void **state)
{
	(void)state;
	receive(3, "def");
	assert_string_equal(story, "");
	receive(0, "abc");
	assert_string_equal(story, "abcdef");
}

static void first_data_wins(void **state)
{
	(void)state;
	receive(2, "CD");
	receive(0, "abcdef");
	assert_string_equal(story, "abCDef");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 1);
	assert_int_equal(counters.value[COUNTER_BYTES_DUPLICATE], 2);
}

static void copies_are_counted(void **state)
{
	(void)state;
	receive(0, "abcd");
	receive(1, "bc");
	receive(2, "cdef");
	assert_string_equal(story, "abcdef");
	assert_int_equal(counters.value[COUNTER_BYTES_DUPLICATE], 4);
}

static void data_before_the_start_is_outside(void **state)
{
	(void)state;
	receive(-2, "xyabc");
	receive(-9, "far");
	assert_string_equal(story, "abc");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 5);
}

static void fin_is_reached_not_seen(void **state)
{
	(void)state;
	receive_fin(6);
	assert_string_equal(story, "");
	receive(3, "def");
	receive(0, "abc");
	assert_string_equal(story, "abcdef$");
}

static void data_behind_the_fin_is_outside(void **state)
{
	(void)state;
	receive_fin(3);
	receive(0, "abcdef");
	assert_string_equal(story, "abc$");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 3);
}

static void a_second_fin_elsewhere_is_ignored(void **state)
{
	(void)state;
	receive(0, "abc");
	receive_fin(5);
	receive_fin(3);
	receive(3, "de");
	assert_string_equal(story, "abcde$");
	assert_int_equal(counters.value[COUNTER_FIN_IGNORED], 1);
}

static void a_fin_in_front_of_data_that_was_seen_is_ignored(void **state)
{
	(void)state;
	receive(3, "def");
	receive_fin(4);
	receive(0, "abc");
	assert_string_equal(story, "abcdef");
	assert_int_equal(counters.value[COUNTER_FIN_IGNORED], 1);
}

/* Its place had been given up: once this never ended. */
static void a_fin_that_comes_after_its_gap_ends_the_direction(void **state)
{
	(void)state;
	receive(0, "abc");
	assert_true(half_skip(&half, 5, 0, 0));
	receive_fin(4);
	assert_string_equal(story, "abc[1:2]$");
	assert_false(half_pending(&half));
}

static void what_the_snap_length_cut_is_a_gap(void **state)
{
	const struct half_segment cut = {
	    .bytes = (const uint8_t *)"ab", .length = 2, .missing = 3};

	(void)state;
	half_receive(&half, &cut, 0);
	receive(5, "fg");
	assert_string_equal(story, "ab[2:3]fg");
	assert_int_equal(counters.value[COUNTER_GAPS_SNAPLEN], 1);
}

static void a_hole_that_is_skipped_is_a_gap_up_to_the_next_piece(void **state)
{
	(void)state;
	receive(4, "ef");
	receive(9, "jk");
	assert_true(half_skip(&half, HALF_NOWHERE, 0, 0));
	half_drain(&half, 0);
	assert_string_equal(story, "[1:4]ef");
	assert_true(half_skip(&half, 7, 0, 0));
	assert_string_equal(story, "[1:4]ef[1:1]");
}

static void a_piece_waits_for_what_it_acknowledges(void **state)
{
	const struct half_segment answer = {
	    .bytes = (const uint8_t *)"answer", .length = 6, .awaits = 8};

	(void)state;
	half_receive(&half, &answer, 7);
	assert_string_equal(story, "");
	assert_int_equal(half_wants(&half), 8);
	assert_true(half_drain(&half, 8));
	assert_string_equal(story, "answer");
}

static void limits_turn_the_oldest_hole_into_a_gap(void **state)
{
	(void)state;
	environment.limits.pieces = 2;
	receive(2, "c");
	receive(4, "e");
	receive(6, "g");
	assert_string_equal(story, "[3:2]c");
	receive(8, "i");
	assert_string_equal(story, "[3:2]c[3:1]e");
	receive(3, "d"); /* too late */
	assert_int_equal(counters.value[COUNTER_BYTES_DUPLICATE], 1);
}

/* The piece that fills the hole must not be taken for one too many. */
static void a_full_store_is_emptied_by_what_fills_the_hole(void **state)
{
	(void)state;
	environment.limits.pieces = 2;
	receive(1, "b");
	receive(3, "d");
	receive(0, "abcd");
	assert_string_equal(story, "abcd");
	assert_int_equal(counters.value[COUNTER_GAPS_BUDGET], 0);
}

static void without_any_memory_order_is_lost_but_no_byte(void **state)
{
	(void)state;
	budget.limit = 0;
	receive(3, "def");
	receive(6, "ghi");
	assert_string_equal(story, "[3:3]defghi");
}

/* BAD_INPUT 37: 65,536 segments of one byte, none in order. */
static void many_small_segments_cost_little_each(void **state)
{
	(void)state;
	for (int i = 65535; i > 0; i--)
		receive(2 * (int64_t)(i * 4099 % 65536) + 1, "x");
	assert_true(counters.value[COUNTER_REORDER_VISITS] <= 20 * 65536);
	assert_true(budget.peak <= 1 << 20);
}

/* Offsets do not wrap where sequence numbers do (BAD_INPUT 42). */
static void offsets_go_on_beyond_four_gibibytes(void **state)
{
	(void)state;
	half.next = (UINT64_C(1) << 32) - 2;
	half.highest = half.next;
	receive((int64_t)(UINT64_C(1) << 32) - 2, "abcd");
	assert_int_equal(half.next, (UINT64_C(1) << 32) + 2);
	assert_string_equal(story, "abcd");
}

/* Any order and overlap gives the same bytes as a simple model. */
static void random_schedules_agree_with_a_model(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[64];
		char have[64];

		begin(NULL);
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)('!' + i);
		memset(have, 0, sizeof(have));
		for (int step = 0; step < 40; step++) {
			char piece[16] = "";
			size_t at;
			size_t length;

			random = random * UINT64_C(6364136223846793005) + 1;
			at = (random >> 33) % 60;
			length = 1 +
			    (random >> 50) % (64 - at < 15 ? 64 - at : 15);
			if (length > 15)
				length = 15;
			memcpy(piece, text + at, length);
			memset(have + at, 1, length);
			receive((int64_t)at, piece);
		}
		for (size_t i = 0; i < sizeof(have) && have[i]; i++)
			assert_int_equal(story[i], text[i]);
		assert_int_equal(strlen(story), half.next);
		assert_true(half.next == sizeof(have) || !have[half.next]);
		assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 0);
		assert_int_equal(end(NULL), 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(in_order_data_is_delivered_at_once),
	    TEST(a_hole_is_waited_for),
	    TEST(first_data_wins),
	    TEST(copies_are_counted),
	    TEST(data_before_the_start_is_outside),
	    TEST(fin_is_reached_not_seen),
	    TEST(data_behind_the_fin_is_outside),
	    TEST(a_second_fin_elsewhere_is_ignored),
	    TEST(a_fin_in_front_of_data_that_was_seen_is_ignored),
	    TEST(a_fin_that_comes_after_its_gap_ends_the_direction),
	    TEST(what_the_snap_length_cut_is_a_gap),
	    TEST(a_hole_that_is_skipped_is_a_gap_up_to_the_next_piece),
	    TEST(a_piece_waits_for_what_it_acknowledges),
	    TEST(limits_turn_the_oldest_hole_into_a_gap),
	    TEST(a_full_store_is_emptied_by_what_fills_the_hole),
	    TEST(without_any_memory_order_is_lost_but_no_byte),
	    TEST(many_small_segments_cost_little_each),
	    TEST(offsets_go_on_beyond_four_gibibytes),
	    TEST(random_schedules_agree_with_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
