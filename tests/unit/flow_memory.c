/* SPDX-License-Identifier: BSD-2-Clause */
/* Where memory is short.  Floods cost no more than the budget (BAD_INPUT 35), and
 * keep nobody out.  Each allocation of a table fails once, or it and all behind
 * it (BAD_INPUT 47): what is lost is counted, the books balance, and the next
 * connection is whole again. */
#include "tests/unit/flow_bench.h"

#define FLOOD 1200u    /* more than one block, and than the first slots */
#define STRANGERS 100u /* more than one slab               */

/* SYNs that nobody answers, or mid-stream data. */
static void strangers(
    unsigned count, unsigned family, unsigned flags, const char *text)
{
	for (uint32_t i = 0; i < count; i++) {
		struct segment segment = {
		    .payload = (const uint8_t *)text,
		    .length = (uint32_t)strlen(text),
		    .ts_ns = now,
		    .packet = ++number,
		    .flags = (uint8_t)flags,
		    .window = 60000,
		    .key = {.ip = {{192, 0, 2, 3},
				{192, 0, (uint8_t)(i >> 8), (uint8_t)i}},
			.port = {1000, 443},
			.family = (uint8_t)family},
		};

		segment.from = (uint8_t)flow_key_sort(&segment.key);
		flow_table_segment(table, &segment, NULL, segment.ts_ns);
	}
	now += SECOND / 1000;
}

/* A conversation in which everything happens that may want memory. */
static void conversation(void)
{
	send_segment(0, ACK, 3, 0, "def"); /* mid-stream, in any order */
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, ACK, 0, 6, "xyz");
	pass(SECOND);
	isn[0] += 100000;
	isn[1] += 100000;
	handshake();
	send_segment(0, ACK, 10, 0, "klm"); /* behind a hole */
	send_segment(0, ACK, 20, 0, "uvw");
	send_cut(0, 5, "fgh", 8);
	send_segment(0, ACK, 0, 0, "abcde");
	send_segment(0, ACK | FIN, 23, 0, "");
	send_segment(1, ACK, 2, 0, "zz");
	send_segment(1, ACK, 0, 24, "yy"); /* answers what is not all there */
	send_segment(1, ACK | FIN, 4, 24, "");
	pass(SECOND);
	isn[0] += 100000;
	handshake();
	send_segment(0, ACK, 0, 0, "open to the end");
}

static void everything(void)
{
	conversation();
	strangers(FLOOD, 4, SYN, "");
	strangers(FLOOD, 6, SYN, "");
	strangers(STRANGERS, 4, ACK, "mid-stream");
	conversation();
}

/* False: fewer allocations than that are made. */
static bool try(unsigned nth, bool ever_since)
{
	bool reached;

	if (ever_since)
		allocations_fail_from(nth);
	else
		allocation_fails_once(nth);
	if (bench_begin(NULL) == 0) {
		everything();
		reached = allocations_seen() >= nth;
		allocations_succeed();
		story[0] = '\0';
		isn[0] += 100000;
		isn[1] += 100000;
		handshake();
		send_segment(0, ACK, 0, 0, "question");
		send_segment(1, ACK, 0, 8, "answer");
		assert_non_null(strstr(story, "(40000 >question <answer "));
		bench_end(NULL);
	} else {
		reached = true;
		assert_null(table);
	}
	allocations_succeed();
	return reached;
}

static void each_allocation_fails_once(void **state)
{
	unsigned nth = 1;
	unsigned dropped = 0;

	(void)state;
	while (try(nth, false)) {
		dropped += counters.value[COUNTER_FLOWS_DROPPED] > 0;
		nth++;
	}
	assert_in_range(nth, 20, 1000);
	assert_in_range(dropped, 2, nth);
}

static void all_allocations_fail_from_one_on(void **state)
{
	unsigned nth = 1;

	(void)state;
	while (try(nth, true))
		nth++;
	assert_in_range(nth, 20, 1000);
}

/* A million SYNs stay within the budget, and a flow that is open stays. */
static void half_open_flows_are_bounded(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	flood(4, 1000000);
	assert_true(memory.flows.peak <= memory.flows.limit);
	send_segment(0, ACK, 3, 0, "def");
	expect("(40000 >abc >def ");
	assert_true(counters.value[COUNTER_CLOSED_EVICTED] > 0);
}

/* Nor do they keep others from being opened. */
static void a_flood_leaves_room_for_connections(void **state)
{
	(void)state;
	flood(4, 1000000);
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	expect("(40000 >abc ");
	assert_int_equal(counters.value[COUNTER_FLOWS_DROPPED], 0);
}

/* Of either family, and those of the other take the room of what has to go. */
static void a_flood_over_ipv4_leaves_room_for_ipv6(void **state)
{
	uint64_t evicted;

	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	for (uint8_t family = 4; family <= 6; family += 2) {
		flood(family, 1000000);
		evicted = counters.value[COUNTER_CLOSED_EVICTED];
		flood(10 - family, 1);
		assert_in_range(
		    counters.value[COUNTER_CLOSED_EVICTED] - evicted, 0, 2);
	}
	assert_int_equal(counters.value[COUNTER_FLOWS_DROPPED], 0);
	assert_true(memory.flows.peak <= memory.flows.limit);
	send_segment(0, ACK, 3, 0, "def");
	expect("(40000 >abc >def ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(half_open_flows_are_bounded),
	    BENCH_TEST(a_flood_leaves_room_for_connections),
	    BENCH_TEST(a_flood_over_ipv4_leaves_room_for_ipv6),
	    cmocka_unit_test(each_allocation_fails_once),
	    cmocka_unit_test(all_allocations_fail_from_one_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
