/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections whose SYN was not captured begin with their lowest byte, however
 * their first packets were shuffled. */
#include "tests/unit/flow_bench.h"

#include "core/flow/prologue.h"

static void the_lowest_byte_comes_first(void **state)
{
	(void)state;
	send_segment(0, ACK, 3, 0, "def");
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK, 6, 0, "ghi");
	expect("");
	pass(PROLOGUE_NS);
	expect("m?(40000 >abc >def >ghi ");
	send_segment(0, ACK, 9, 0, "jkl");
	expect("m?(40000 >abc >def >ghi >jkl ");
	assert_int_equal(counters.value[COUNTER_FLOWS_MIDSTREAM], 1);
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 0);
}

/* What is acknowledged was there: its direction has to wait for it. */
static void answers_wait_for_their_questions(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 3, "answer");
	send_segment(1, ACK, 6, 3, "more");
	send_segment(0, ACK, 0, 0, "ask");
	pass(PROLOGUE_NS);
	expect("m?(40000 >ask <answer <more ");
}

static void segments_in_any_order(void **state)
{
	static const char bytes[] = "abcdefgh";
	unsigned order[8];

	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		uint64_t seed = round;

		for (unsigned i = 0; i < 8; i++) {
			unsigned with = (unsigned)(seed >> 33) % (i + 1);

			order[i] = order[with];
			order[with] = i;
			seed = seed * UINT64_C(6364136223846793005) + 99;
		}
		isn[0] += 500000000; /* another connection */
		story[0] = '\0';
		for (unsigned i = 0; i < 8; i++) {
			const char text[2] = {bytes[order[i]], '\0'};

			send_segment(0, ACK, order[i], 0, text);
		}
		pass(PROLOGUE_NS);
		/* The one of the round before may end in it. */
		assert_non_null(
		    strstr(story, "m?(40000 >a >b >c >d >e >f >g >h "));
		send_segment(0, RST, 8, 0, "");
		pass(20 * SECOND);
	}
}

static void a_bare_acknowledgement_brings_no_byte(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 10, "x");
	send_segment(0, ACK, 10, 1, "abc");
	send_segment(0, ACK, 2, 1, "");
	pass(PROLOGUE_NS);
	expect("m?(40000 <x >abc ");
	assert_int_equal(counters.value[COUNTER_BYTES_GAP], 0);
}

/* Its byte means nothing. */
static void a_probe_is_not_where_a_stream_begins(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 10, "x");
	send_segment(0, ACK, 9, 1, "?");
	send_segment(0, ACK, 10, 1, "real");
	pass(PROLOGUE_NS);
	expect("m?(40000 <x >real ");
}

static void bytes_far_away_do_not_move_the_start(void **state)
{
	(void)state;
	send_segment(0, ACK, 100000000, 0, "abc");
	send_segment(0, ACK, 0, 0, "far");
	pass(PROLOGUE_NS);
	expect("m?(40000 >abc ");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 3);
}

/* But a bare ACK from anywhere is no start at all. */
static void bytes_far_from_a_bare_acknowledgement_do(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 0, "x");
	send_segment(0, ACK, 2000000000, 1, "");
	send_segment(0, ACK, 0, 1, "abc");
	pass(PROLOGUE_NS);
	expect("m?(40000 <x >abc ");
}

static void a_late_syn_tells_who_began_and_where(void **state)
{
	(void)state;
	isn[1] = isn[0];
	/* By its port, 40000 would be the client. */
	send_segment(1, ACK, 3, 0, "def");
	send_segment(1, SYN, 0, 0, "");
	send_segment(1, ACK, 0, 0, "abc");
	pass(PROLOGUE_NS);
	expect("(80 >abc >def ");
	assert_int_equal(counters.value[COUNTER_FLOWS_MIDSTREAM], 0);
}

static void a_late_syn_ack_does_too(void **state)
{
	(void)state;
	send_segment(1, ACK, 3, 3, "def");
	send_segment(0, ACK, 1, 0, "sk");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "a");
	send_segment(1, ACK, 0, 3, "abc");
	pass(PROLOGUE_NS);
	expect("(40000 >a >sk <abc <def ");
}

static void a_late_syn_is_no_midstream(void **state)
{
	(void)state;
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, SYN, 0, 0, "");
	pass(PROLOGUE_NS);
	expect("(40000 >abc ");
}

/* Where the client begins, though nobody saw its first byte. */
static void a_late_syn_ack_tells_of_missing_bytes(void **state)
{
	(void)state;
	send_segment(0, ACK, 1, 0, "sk");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(1, ACK, 0, 3, "x");
	pass(PROLOGUE_NS);
	pass(SECOND);
	expect("(40000 >[1] >sk <x ");
}

static void a_syn_far_away_is_another_connection(void **state)
{
	(void)state;
	send_segment(0, ACK, 0, 0, "abc");
	isn[0] += 1000000;
	send_segment(0, SYN, 0, 0, "");
	expect("m?(40000 >abc 5)");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "new");
	expect("m?(40000 >abc 5)(40000 >new ");
}

static void a_syn_far_before_is_another_connection(void **state)
{
	(void)state;
	send_segment(0, ACK, 0, 0, "abc");
	isn[0] -= 100000;
	send_segment(0, SYN, 0, 0, "");
	expect("m?(40000 >abc 5)");
}

static void what_ends_in_the_prologue_ends_behind_it(void **state)
{
	(void)state;
	send_segment(0, ACK | FIN, 3, 0, "");
	send_segment(1, ACK | FIN, 0, 4, "answer");
	send_segment(0, ACK, 0, 0, "ask");
	expect("");
	pass(PROLOGUE_NS);
	expect("m?(40000 >ask >$ <answer <$ 1)");
}

static void a_reset_in_the_prologue_ends_behind_it(void **state)
{
	(void)state;
	send_segment(0, ACK, 3, 0, "def");
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, RST, 6, 0, "");
	pass(PROLOGUE_NS);
	pass(20 * SECOND);
	expect("m?(40000 >abc >def 2)");
}

/* Where a SYN stands is certain: what lies before it is of another time. */
static void a_late_syn_ack_tells_where_the_server_begins(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, ACK, 3, 0, "def");
	send_segment(1, ACK, 0, 0, "abc");
	send_segment(1, SYN | ACK, 0, 0, "");
	pass(PROLOGUE_NS);
	expect("(40000 <abc <def ");
	assert_int_equal(counters.value[COUNTER_FLOWS_MIDSTREAM], 0);
}

static void without_a_syn_ack_the_lowest_byte_comes_first(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, ACK, 3, 0, "def");
	send_segment(0, ACK, 5, 0, "sk"); /* "a" was lost */
	send_segment(1, ACK, 0, 0, "abc");
	pass(PROLOGUE_NS);
	expect("(40000 <abc <def ");
	pass(SECOND);
	flow_table_close(&table);
	expect("(40000 <abc <def >[5] >sk 8)");
}

static void bytes_before_the_syn_are_outside(void **state)
{
	(void)state;
	isn[0] = 500000;
	send_segment(0, ACK, 3, 0, "def");
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, ACK, 0, 0, "abc");
	isn[0] -= 1000;
	send_segment(0, ACK, 0, 0, "OLD");
	pass(PROLOGUE_NS);
	expect("(40000 >abc >def ");
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 3);
}

static void another_syn_is_another_connection(void **state)
{
	(void)state;
	isn[0] = 500000;
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, SYN, 0, 0, "");
	isn[0] -= 1000;
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, ACK, 0, 0, "new");
	pass(PROLOGUE_NS);
	expect("(40000 >abc 5)(40000 >new ");
}

static void a_forged_reset_moves_nothing(void **state)
{
	(void)state;
	isn[0] = 600000;
	send_segment(0, ACK, 0, 0, "abc");
	isn[0] -= 500000;
	send_segment(0, RST | ACK, 0, 0, "zz");
	pass(PROLOGUE_NS);
	expect("m?(40000 >abc ");
	assert_int_equal(counters.value[COUNTER_RST_OUTSIDE_WINDOW], 1);
}

/* Of a side that was not captured nothing is missing. */
static void a_late_syn_ack_alone_waits_for_nobody(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 3, "abc");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(1, ACK | FIN, 3, 6, "");
	pass(PROLOGUE_NS);
	pass(FLOW_LINGER_NS + 2 * SECOND);
	expect("(40000 <abc <$ 1)");
}

static void it_has_ended_when_its_last_packet_came(void **state)
{
	uint64_t last;

	(void)state;
	send_segment(0, ACK | FIN, 0, 0, "ask");
	last = now;
	send_segment(1, ACK | FIN, 0, 4, "answer");
	pass(3600 * SECOND);
	expect("m?(40000 >ask >$ <answer <$ 1)");
	assert_int_equal(books.end_ns, last);
}

static void holding_leaves_room_for_what_is_held(void **state)
{
	(void)state;
	for (size_t limit = 100; limit < 1500; limit += 7) {
		isn[0] += 500000000;
		story[0] = '\0';
		memory.reorder.limit = limit;
		send_segment(0, ACK, 3, 0, "def");
		send_segment(0, ACK, 0, 0, "abc");
		pass(PROLOGUE_NS);
		assert_null(strstr(story, ">[3] "));
		send_segment(0, RST, 6, 0, "");
		pass(20 * SECOND);
	}
}

static void what_ended_is_told_so_at_the_end_of_the_capture(void **state)
{
	(void)state;
	send_segment(0, ACK | FIN, 0, 0, "ask");
	send_segment(1, ACK | FIN, 0, 4, "answer");
	flow_table_close(&table);
	expect("m?(40000 >ask >$ <answer <$ 1)");
	assert_int_equal(counters.value[COUNTER_CLOSED_FIN], 1);
}

static void a_fin_is_no_probe(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 4, "x");
	send_segment(0, ACK, 4, 0, "");
	send_segment(0, ACK | FIN, 3, 0, "");
	send_segment(1, ACK | FIN, 1, 4, "");
	pass(PROLOGUE_NS);
	expect("m?(40000 >$ <x <$ 1)");
}

static void it_ends_by_packets_alone(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < PROLOGUE_PACKETS; i++) {
		expect("");
		send_segment(0, ACK, i, 0, "x");
		now -= SECOND / 1000;
	}
	assert_int_equal(
	    counters.value[COUNTER_BYTES_DELIVERED], PROLOGUE_PACKETS);
}

static void it_holds_only_so_many_bytes(void **state)
{
	static char text[PROLOGUE_BYTES / 2 + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	send_segment(0, ACK, sizeof(text) - 1, 0, text);
	send_segment(0, ACK, 0, 0, text);
	assert_int_equal(counters.value[COUNTER_BYTES_DELIVERED], 0);
	send_segment(0, ACK, 2 * (sizeof(text) - 1), 0, "y");
	assert_int_equal(counters.value[COUNTER_BYTES_DELIVERED],
	    2 * (sizeof(text) - 1) + 1);
}

static void the_end_of_the_capture_ends_it(void **state)
{
	(void)state;
	send_segment(0, ACK, 3, 0, "def");
	send_segment(0, ACK, 0, 0, "abc");
	flow_table_close(&table);
	expect("m?(40000 >abc >def 8)");
}

/* Without memory nothing is held, and nothing is lost but the order. */
static void without_memory_there_is_no_prologue(void **state)
{
	(void)state;
	for (unsigned failing = 2; failing < 6; failing++) {
		isn[0] += 500000000;
		story[0] = '\0';
		send_segment(0, ACK, 0, 0, ""); /* its flow has memory */
		allocations_fail_from(failing);
		send_segment(0, ACK, 0, 0, "abc");
		send_segment(0, ACK, 3, 0, "def");
		allocations_succeed();
		pass(PROLOGUE_NS);
		assert_non_null(strstr(story, "m?(40000 >abc >def "));
		send_segment(0, RST, 6, 0, "");
		pass(20 * SECOND);
	}
}

static void it_stays_within_the_budget(void **state)
{
	(void)state;
	memory.reorder.limit = 100;
	send_segment(0, ACK, 0, 0, "abc");
	expect("m?(40000 >abc ");
	memory.reorder.limit = 600;
	isn[0] += 500000000;
	send_segment(0, ACK, 0, 0, "def");
	assert_true(memory.reorder.peak <= memory.reorder.limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(the_lowest_byte_comes_first),
	    BENCH_TEST(answers_wait_for_their_questions),
	    BENCH_TEST(segments_in_any_order),
	    BENCH_TEST(a_bare_acknowledgement_brings_no_byte),
	    BENCH_TEST(a_probe_is_not_where_a_stream_begins),
	    BENCH_TEST(bytes_far_away_do_not_move_the_start),
	    BENCH_TEST(bytes_far_from_a_bare_acknowledgement_do),
	    BENCH_TEST(a_late_syn_tells_who_began_and_where),
	    BENCH_TEST(a_late_syn_ack_does_too),
	    BENCH_TEST(a_late_syn_is_no_midstream),
	    BENCH_TEST(a_late_syn_ack_tells_of_missing_bytes),
	    BENCH_TEST(a_syn_far_before_is_another_connection),
	    BENCH_TEST(a_syn_far_away_is_another_connection),
	    BENCH_TEST(what_ends_in_the_prologue_ends_behind_it),
	    BENCH_TEST(a_reset_in_the_prologue_ends_behind_it),
	    BENCH_TEST(a_late_syn_ack_tells_where_the_server_begins),
	    BENCH_TEST(without_a_syn_ack_the_lowest_byte_comes_first),
	    BENCH_TEST(bytes_before_the_syn_are_outside),
	    BENCH_TEST(another_syn_is_another_connection),
	    BENCH_TEST(a_forged_reset_moves_nothing),
	    BENCH_TEST(a_late_syn_ack_alone_waits_for_nobody),
	    BENCH_TEST(it_has_ended_when_its_last_packet_came),
	    BENCH_TEST(holding_leaves_room_for_what_is_held),
	    BENCH_TEST(what_ended_is_told_so_at_the_end_of_the_capture),
	    BENCH_TEST(a_fin_is_no_probe),
	    BENCH_TEST(it_ends_by_packets_alone),
	    BENCH_TEST(it_holds_only_so_many_bytes),
	    BENCH_TEST(the_end_of_the_capture_ends_it),
	    BENCH_TEST(without_memory_there_is_no_prologue),
	    BENCH_TEST(it_stays_within_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
