/* SPDX-License-Identifier: BSD-2-Clause */
/* SYNs in every place: late, forged, from both sides, of another connection
 * (RFC 9293, section 3.5). */
#include "core/flow/flow.h"
#include "tests/unit/flow_bench.h"

static void conversation(void)
{
	handshake();
	send_segment(0, ACK, 0, 0, "ask");
	send_segment(1, ACK, 0, 3, "answer");
}

static void a_forged_syn_ack_changes_nothing(void **state)
{
	(void)state;
	conversation();
	isn[1] += 123456; /* RFC 9293, section 3.10.7.4: not in the window */
	send_segment(1, SYN | ACK, 0, 3, "");
	isn[1] -= 123456;
	send_segment(1, ACK, 6, 3, "more");
	expect("(40000 >ask <answer <more ");
}

/* Its SYN was not captured, nor how the one before ended. */
static void a_syn_ack_of_another_connection_begins_it(void **state)
{
	(void)state;
	conversation();
	isn[0] += 100000000;
	isn[1] += 100000000;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "again");
	expect("(40000 >ask <answer 5)(40000 >again ");
	assert_int_equal(counters.value[COUNTER_CLOSED_REUSED], 1);
}

/* The same while the one before is half open; a copy of its SYN-ACK is not. */
static void a_syn_ack_of_another_connection_ends_a_half_open_one(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	assert_int_equal(counters.value[COUNTER_FLOWS], 1);
	isn[0] += 100000000;
	isn[1] += 100000000;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "again");
	send_segment(1, ACK, 0, 5, "answer");
	expect("(40000 >again <answer ");
	assert_int_equal(counters.value[COUNTER_FLOWS], 2);
	assert_int_equal(counters.value[COUNTER_CLOSED_REUSED], 1);
}

static void both_sides_may_open(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= FLOW_EARLY_MOST; i++)
		send_segment(0, SYN, 0, 0, ""); /* too many to be half open */
	assert_true(memory.connections.used > 0);
	send_segment(1, SYN, 0, 0, "");
	send_segment(0, SYN | ACK, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "ask");
	send_segment(1, ACK, 0, 3, "answer");
	expect("(40000 >ask <answer ");
}

/* Of a side that nothing was heard of, while the other one's acknowledgements
 * told where it is. */
static void the_syn_of_a_silent_side_may_come_last(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 10, "answer");
	pass(SECOND);
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, ACK, 0, 6, "0123456789");
	expect("m?(40000 <answer >0123456789 ");

	isn[0] += 100000000; /* and this is nowhere near */
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, ACK, 0, 0, "other");
	pass(SECOND);
	expect("m?(40000 <answer >0123456789 5)(40000 >other ");
}

static void the_syn_of_another_connection_is_no_late_one(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 10, "answer");
	pass(SECOND);
	isn[0] += 100000000;
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, ACK, 0, 0, "other");
	pass(SECOND);
	expect("m?(40000 <answer 5)(40000 >other ");
}

/* RFC 9293, section 3.8.4: one byte before the next. */
static void a_silent_side_that_keeps_alive_says_nothing(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 10, "answer");
	pass(SECOND);
	send_segment(0, ACK, 9, 6, "x");
	send_segment(0, ACK, 10, 6, "abc");
	expect("m?(40000 <answer >abc ");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 1);
}

/* Who sent a SYN, and now answers one on the same ports: the first one came to
 * nothing. */
static void a_client_that_is_called_is_another_connection(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	isn[0] += 5000;
	send_segment(0, SYN | ACK, 0, 0, "");
	send_segment(1, ACK, 0, 0, "ask");
	expect("(80 >ask ");
}

static void a_client_may_reset_its_own_syn(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, RST, UINT32_MAX, 0, ""); /* with the SYN's number */
	assert_int_equal(counters.value[COUNTER_CLOSED_RST], 1);
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, RST, 7, 0, "");
	assert_int_equal(counters.value[COUNTER_CLOSED_RST], 1);
	assert_int_equal(counters.value[COUNTER_RST_OUTSIDE_WINDOW], 1);
}

/* Nobody is told, and the books know it. */
static void streams_that_nobody_wants_are_counted(void **state)
{
	(void)state;
	nobody_wants = true;
	conversation();
	expect("(40000 ");
	assert_int_equal(counters.value[COUNTER_BYTES_UNCLAIMED], 9);
	assert_int_equal(counters.value[COUNTER_BYTES_DELIVERED], 9);
}

/* The second connection between the same ends, of which no SYN was captured: its
 * first segment is told from somebody's play by what the other side
 * acknowledges. */
static void a_reused_tuple_whose_syn_was_lost_is_a_new_flow(void **state)
{
	/* Ahead and behind, further than a hole may be and not. */
	static const uint32_t places[][2] = {{0x60000000, 0xa0000000},
	    {0xe0000000, 0xe0000000}, {0x20000000, 0xd0000000}};

	for (size_t i = 0; i < 3; i++) {
		bench_end(state);
		bench_begin(state);
		handshake();
		send_segment(0, ACK, 0, 0, "one");
		send_segment(1, ACK, 0, 3, "ONE");
		isn[0] += places[i][0];
		isn[1] += places[i][1];
		send_segment(0, ACK, 0, 0, "two");
		send_segment(1, ACK, 0, 3, "TWO");
		send_segment(0, ACK, 3, 3, "three");
		pass(SECOND);
		expect("(40000 >one <ONE 5)m?(40000 <TWO >three ");
		assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 3);
	}
}

/* One direction alone has nobody who acknowledges: there the next segment has to
 * follow. */
static void a_reused_tuple_of_one_direction_is_a_new_flow(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, ACK, 0, 0, "one");
	pass(SECOND);
	send_segment(0, ACK, 0x60000000, 0, "forged");
	send_segment(0, ACK, 3, 0, "two");
	expect("(40000 >one >two ");
	isn[0] += 0x60000000;
	send_segment(0, ACK, 0, 0, "three");
	send_segment(0, ACK, 5, 0, "four");
	pass(SECOND);
	expect("(40000 >one >two 5)m?(40000 >four ");
}

static void play_of_one_side_changes_nothing(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	for (unsigned i = 0; i < 9; i++)
		send_segment(0, ACK, 0x60000000 + 3 * i, 0, "xyz");
	send_segment(1, ACK, 0, 3, "ABC");
	send_segment(0, ACK, 3, 3, "def");
	expect("(40000 >abc <ABC >def ");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 27);
}

/* Its receiver does not believe it either: both go on as they did. */
static void a_forged_syn_costs_few_bytes(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "one");
	send_segment(1, ACK, 0, 3, "ONE");
	send_segment(0, SYN, 0x60000000, 0, "");
	send_segment(0, ACK, 3, 3, "two");
	send_segment(1, ACK, 3, 6, "TWO");
	send_segment(0, ACK, 6, 6, "three");
	send_segment(1, ACK, 6, 11, "THREE");
	pass(SECOND);
	expect("(40000 >one <ONE 5)(40000 <TWO >three <THREE ");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 3);
}

/* Of two SYN-ACKs that which the client acknowledges counts. */
static void the_client_says_which_syn_ack_counts(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	isn[1] += 0x60000000;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "ask");
	send_segment(1, ACK, 0, 3, "answer");
	pass(SECOND);
	expect("(40000 >ask <answer ");
}

/* Nobody else takes it for the end. */
static void a_fin_behind_the_window_is_no_end(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, ACK, 0, 3, "");
	send_segment(0, FIN | ACK, 3 + 100000, 0, "");
	assert_int_equal(counters.value[COUNTER_FIN_IGNORED], 1);
	send_segment(0, FIN | ACK, 3, 0, "");
	expect("(40000 >abc >$ ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(a_forged_syn_ack_changes_nothing),
	    BENCH_TEST(a_syn_ack_of_another_connection_begins_it),
	    BENCH_TEST(a_syn_ack_of_another_connection_ends_a_half_open_one),
	    BENCH_TEST(both_sides_may_open),
	    BENCH_TEST(the_syn_of_a_silent_side_may_come_last),
	    BENCH_TEST(the_syn_of_another_connection_is_no_late_one),
	    BENCH_TEST(a_silent_side_that_keeps_alive_says_nothing),
	    BENCH_TEST(a_client_that_is_called_is_another_connection),
	    BENCH_TEST(a_client_may_reset_its_own_syn),
	    BENCH_TEST(a_reused_tuple_whose_syn_was_lost_is_a_new_flow),
	    BENCH_TEST(a_reused_tuple_of_one_direction_is_a_new_flow),
	    BENCH_TEST(play_of_one_side_changes_nothing),
	    BENCH_TEST(a_forged_syn_costs_few_bytes),
	    BENCH_TEST(the_client_says_which_syn_ack_counts),
	    BENCH_TEST(a_fin_behind_the_window_is_no_end),
	    BENCH_TEST(streams_that_nobody_wants_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
