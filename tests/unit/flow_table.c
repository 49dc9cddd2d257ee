/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections through the flow table: who is the client, what belongs together,
 * what comes in which order, and when a flow ends. */
#include "tests/unit/flow_bench.h"

#include "core/flow/connection.h"

static void a_whole_connection(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "ask");
	send_segment(1, ACK, 0, 3, "answer");
	send_segment(0, ACK | FIN, 3, 6, "");
	send_segment(1, ACK | FIN, 6, 4, "");
	expect("(40000 >ask <answer >$ <$ 1)");
	send_segment(0, ACK, 4, 7, "");
	expect("(40000 >ask <answer >$ <$ 1)");
	assert_int_equal(counters.value[COUNTER_FLOWS], 1);
}

static void the_books_of_a_connection(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(0, SYN, 0, 0, ""); /* again */
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "");
	send_segment(0, ACK, 3, 0, "def");
	send_segment(0, ACK, 3, 0, "dxf");
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, ACK, 0, 6, "answer");
	send_segment(0, RST, 6, 0, "");
	now -= SECOND / 1000;
	pass(FLOW_LINGER_NS + 2 * SECOND);
	assert_int_equal(accounts, 1);
	assert_int_equal(books.reason, TCPFLOW_CLOSE_RST);
	assert_int_equal(books.end_ns, now - FLOW_LINGER_NS - 2 * SECOND);
	assert_int_equal(books.tally[0].packets, 8);
	assert_int_equal(books.tally[1].packets, 2);
	assert_int_equal(books.tally[0].out_of_order, 2);
	assert_int_equal(books.tally[0].retransmitted, 6);
	assert_int_equal(books.tally[0].overlap_conflicts, 1);
	assert_int_equal(books.tally[1].retransmitted, 0);
}

/* Nothing was said, but a connection there was; a refused SYN is none. */
static void silent_connections_have_books(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK | FIN, 0, 0, "");
	send_segment(1, ACK | FIN, 0, 1, "");
	expect("");
	assert_int_equal(accounts, 1);
	assert_int_equal(books.tally[0].packets, 3);
	assert_int_equal(books.tally[1].packets, 2);
	isn[0] += 500000;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, RST | ACK, 0, 0, "");
	assert_int_equal(accounts, 1);
}

static void an_answer_waits_for_its_question(void **state)
{
	(void)state;
	handshake();
	send_segment(1, ACK, 0, 3, "answer");
	expect("");
	send_segment(0, ACK, 0, 0, "ask");
	expect("(40000 >ask <answer ");
}

static void what_never_comes_becomes_a_gap_after_half_a_second(void **state)
{
	(void)state;
	handshake();
	send_segment(1, ACK, 0, 3, "answer");
	pass(SECOND / 4);
	expect("");
	pass(SECOND / 2);
	expect("(40000 >[3] <answer ");
}

static void one_byte_that_may_be_the_fin_is_no_gap(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "ask");
	send_segment(1, ACK, 0, 4, "answer");
	pass(SECOND);
	send_segment(1, ACK, 6, 4, "more");
	pass(SECOND);
	expect("(40000 >ask <answer <more ");
}

static void a_forged_acknowledgement_makes_no_gap(void **state)
{
	(void)state;
	handshake();
	send_segment(1, ACK, 0, 50000000, "x");
	pass(SECOND);
	expect("(40000 <x ");
	assert_int_equal(counters.value[COUNTER_BYTES_GAP], 0);
}

static void one_side_alone_is_never_waited_for(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 500, "answer");
	send_segment(1, ACK, 6, 900, "more");
	pass(SECOND / 20);
	expect("m?(40000 <answer <more ");
}

static void the_syn_ack_tells_the_client(void **state)
{
	(void)state;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(1, ACK, 0, 3, "hello");
	expect("(40000 <hello ");
}

static void the_syn_ack_tells_where_the_client_begins(void **state)
{
	(void)state;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 3, 0, "def");
	send_segment(0, ACK, 0, 0, "abc");
	expect("(40000 >abc >def ");
}

static void stragglers_prolong_the_linger(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK | FIN, 0, 0, "ask");
	send_segment(1, ACK | FIN, 0, 4, "");
	for (int i = 0; i < 3; i++) {
		now += 8 * SECOND;
		send_segment(0, ACK, 0, 0, "ask");
	}
	expect("(40000 >ask >$ <$ 1)");
	assert_int_equal(counters.value[COUNTER_FLOWS], 1);
}

static void a_busy_flow_does_not_idle(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	now += FLOW_IDLE_NS - 10 * SECOND;
	send_segment(0, ACK, 3, 0, "def");
	pass(20 * SECOND);
	expect("(40000 >abc >def ");
}

static void a_syn_may_carry_data(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "early");
	send_segment(1, SYN | ACK, 0, 5, "");
	send_segment(0, ACK, 5, 0, "late");
	expect("(40000 >early >late ");
}

static void sequence_numbers_wrap(void **state)
{
	(void)state;
	isn[0] = UINT32_MAX - 2;
	handshake();
	send_segment(0, ACK, 0, 0, "abcd");
	send_segment(0, ACK, 8, 0, "ijkl");
	send_segment(0, ACK, 4, 0, "efgh");
	expect("(40000 >abcd >efgh >ijkl ");
}

static void a_reused_tuple_is_a_new_flow_after_fin(void **state)
{
	(void)state;
	a_whole_connection(state);
	story[0] = '\0';
	isn[0] += 1000000;
	isn[1] += 1000000;
	handshake();
	send_segment(0, ACK, 0, 0, "again");
	expect("(40000 >again ");
	assert_int_equal(counters.value[COUNTER_FLOWS], 2);
}

static void a_reused_tuple_is_a_new_flow_without_fin(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "one");
	isn[0] += 1000000;
	isn[1] += 1000000;
	handshake();
	send_segment(0, ACK, 0, 0, "two");
	expect("(40000 >one 5)(40000 >two ");
}

/* The SYN of the new connection was lost: its numbers tell. */
static void a_new_connection_on_a_lingering_tuple(void **state)
{
	(void)state;
	a_whole_connection(state);
	story[0] = '\0';
	send_segment(0, ACK, 0, 6, "ask"); /* a copy */
	expect("");
	isn[0] += 500000000;
	isn[1] += 500000000;
	send_segment(0, ACK, 0, 0, "new");
	pass(SECOND / 20);
	expect("m?(40000 >new ");
	assert_int_equal(counters.value[COUNTER_BYTES_LATE], 3);
}

static void idle_flows_end_by_packet_time(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	pass(FLOW_IDLE_NS - 2 * SECOND);
	expect("(40000 >abc ");
	pass(4 * SECOND);
	expect("(40000 >abc 3)");
}

static void a_refused_syn_leaves_nothing(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, RST | ACK, 0, 0, "");
	expect("");
	assert_int_equal(counters.value[COUNTER_CLOSED_RST], 1);
	assert_int_equal(counters.value[COUNTER_FLOWS_HALF_OPEN], 1);
}

static void keep_alive_probes_are_copies(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK, 2, 0, "?");
	send_segment(0, ACK, 3, 0, "d");
	expect("(40000 >abc >d ");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 0);
}

static void a_cut_segment_leaves_a_gap(void **state)
{
	(void)state;
	handshake();
	send_cut(0, 0, "abc", 3);
	send_segment(0, ACK, 6, 0, "ghi");
	expect("(40000 >abc >[3] >ghi ");
}

/* That the client was captured is known from its first packet. */
static void a_client_whose_syn_was_lost_is_waited_for(void **state)
{
	(void)state;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, ACK, 0, 6, "answer");
	expect("(40000 >abc ");
	send_segment(0, ACK, 3, 0, "def");
	expect("(40000 >abc >def <answer ");
}

static void a_reset_before_what_was_acknowledged_is_ignored(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abcdef");
	send_segment(1, ACK, 0, 6, "x");
	send_segment(0, RST, 3, 0, "");
	assert_int_equal(counters.value[COUNTER_RST_OUTSIDE_WINDOW], 1);
}

/* Packets that say nothing new count, too. */
static void what_never_comes_becomes_a_gap_after_256_packets(void **state)
{
	(void)state;
	handshake();
	send_segment(1, ACK, 0, 3, "");
	for (unsigned i = 0; i < 256; i++) {
		expect("");
		send_segment(1, ACK, 0, 0, "");
		now -= SECOND / 1000;
	}
	expect("(40000 >[3] ");
}

/* However often it is sent, until something follows. */
static void a_handshake_needs_no_connection(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, SYN, 0, 0, "");
	assert_int_equal(memory.connections.used, 0);
	expect("");
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, ACK, 0, 3, "def");
	expect("(40000 >abc <def ");
	assert_true(memory.connections.used > 0);
}

static void a_syn_may_come_after_its_syn_ack(void **state)
{
	(void)state;
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, SYN, 0, 0, "");
	assert_int_equal(memory.connections.used, 0);
	send_segment(1, ACK, 0, 0, "greeting");
	expect("(40000 <greeting ");
	assert_int_equal(counters.value[COUNTER_FLOWS], 1);
}

/* A RST of a connection that is only a handshake may have been captured too
 * early, as one with data. */
static void a_reset_after_the_handshake_lingers(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, RST, 0, 0, "");
	send_segment(0, ACK, 0, 0, "abc");
	pass(11 * SECOND);
	expect("(40000 >abc 2)");
	assert_int_equal(counters.value[COUNTER_FLOWS], 1);
}

/* What a half-open flow cannot count is counted by its connection. */
static void many_packets_before_data_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 300; i++)
		send_segment(1, ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "abc");
	pass(FLOW_IDLE_NS + 2 * SECOND);
	assert_int_equal(books.tally[0].packets, 1);
	assert_int_equal(books.tally[1].packets, 300);
}

static void send_checksum(unsigned from, uint8_t flags, uint32_t sequence,
    enum segment_checksum checksum)
{
	next_checksum = checksum;
	send_segment(from, flags, sequence, 0, "");
	next_checksum = SEGMENT_UNCHECKED;
}

/* Where the sender's SYN had a good one. */
static void a_reset_with_a_bad_checksum_is_not_believed(void **state)
{
	(void)state;
	send_checksum(0, SYN, 0, SEGMENT_GOOD);
	send_checksum(1, SYN | ACK, 0, SEGMENT_OFFLOADED);
	send_segment(0, ACK, 0, 0, "abc");
	send_checksum(0, RST, 3, SEGMENT_BAD);
	assert_int_equal(counters.value[COUNTER_BAD_CHECKSUMS], 1);
	send_segment(0, ACK, 3, 0, "def");
	expect("(40000 >abc >def ");
	/* Who leaves them to the card is believed. */
	send_checksum(1, RST, 0, SEGMENT_BAD);
	assert_int_equal(counters.value[COUNTER_BAD_CHECKSUMS], 1);
	pass(11 * SECOND);
	expect("(40000 >abc >def 2)");
}

static struct segment byte_of(uint16_t port, uint8_t flags, uint32_t sequence)
{
	struct segment segment = {
	    .ts_ns = now,
	    .packet = ++number,
	    .payload = (const uint8_t *)"x",
	    .length = 1,
	    .sequence = sequence,
	    .flags = flags,
	    .key = {.ip = {{192, 0, 2, 3}, {192, 0, 2, 9}},
		.port = {port, 443},
		.family = 4},
	};

	segment.from = (uint8_t)flow_key_sort(&segment.key);
	return segment;
}

static void send_byte(uint16_t port, uint8_t flags, uint32_t sequence)
{
	const struct segment segment = byte_of(port, flags, sequence);

	flow_table_segment(table, &segment, NULL, segment.ts_ns);
}

/* The flow of port 1 is reset and lingers no more. */
static void forget_1(uint32_t sequence, struct flow *expected)
{
	struct segment segment = byte_of(1, RST, sequence);

	segment.length = 0;
	flow_table_segment(table, &segment, expected, now);
	pass(60 * SECOND);
}

/* Where a flow was expected, another one stands, or none, or the key of one. */
static void what_was_expected_need_not_be_there(void **state)
{
	struct segment segment = byte_of(1, SYN, 0);
	const struct segment *next = &segment;
	struct flow *flow = NULL;

	(void)state;
	flow_table_expect(table, &next, &flow, 1);
	assert_null(flow);
	flow_table_segment(table, &segment, flow, now);
	flow_table_expect(table, &next, &flow, 1);
	assert_non_null(flow);
	segment = byte_of(2, SYN, 0);
	flow_table_segment(table, &segment, flow, now);
	expect("(1 >x (2 >x ");
	segment = byte_of(1, ACK, 2);
	flow_table_segment(table, &segment, flow, now);
	expect("(1 >x (2 >x >x ");
	forget_1(3, flow);
	segment = byte_of(1, SYN, 9);
	flow_table_segment(table, &segment, flow, now);
	expect("(1 >x (2 >x >x 2)(1 >x ");
	/* Places are used again from the latest on. */
	forget_1(11, flow);
	segment = byte_of(3, SYN, 0);
	segment.key.family = 6;
	flow_table_segment(table, &segment, flow, now);
	flow_table_segment(table, &segment, flow, now);
	expect("(1 >x (2 >x >x 2)(1 >x 2)(3 >x ");
}

/* Of more connections than there is room for, the idlest go; flows that are only
 * half-open have nothing to do with that. */
static void connections_are_bounded(void **state)
{
	(void)state;
	flood(4, 10);
	memory.connections.limit = 20 * (sizeof(struct connection) + 1000);
	for (uint16_t port = 1; port <= 100; port++) {
		send_byte(port, SYN, 0);
		if (port > 1)
			send_byte(1, ACK, port); /* it stays, being busy */
		now += SECOND / 2;
	}
	assert_int_equal(counters.value[COUNTER_CLOSED_EVICTED], 80);
	assert_null(strstr(story, "m"));
	assert_int_equal(counters.value[COUNTER_FLOWS_DROPPED], 0);
	assert_int_equal(counters.value[COUNTER_FLOWS_HALF_OPEN], 0);
	assert_true(memory.connections.peak <= memory.connections.limit);
}

/* Without memory a flow is dropped and counted, and the table lives on. */
static void a_failed_allocation_drops_one_flow(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	allocations_fail_from(1); /* and a handshake wants none */
	send_segment(1, SYN | ACK, 0, 0, "");
	assert_int_equal(counters.value[COUNTER_FLOWS_DROPPED], 0);
	send_segment(0, ACK, 0, 0, "abc");
	assert_int_equal(counters.value[COUNTER_FLOWS_DROPPED], 1);
	assert_int_equal(counters.value[COUNTER_BYTES_SHED], 3);
	allocations_succeed();
	send_segment(0, ACK, 3, 0, "def");
	pass(SECOND / 20);
	expect("m?(40000 >def ");
}

/* A stream that opens with the second side's data: what the first side's end
 * says of the second is what was told of it, which is nothing. */
static void an_end_before_all_data_knows_no_data(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK | FIN, 0, 0, "");
	send_segment(1, ACK, 0, 1, "answer");
	expect("(40000 >$ <answer ");
}

static void everything_is_closed_at_the_end_in_order(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 2, 0, "cd");
	send_segment(0, ACK | FIN, 6, 0, "");
	flow_table_close(&table);
	expect("(40000 >[2] >cd >[2] >$ 8)");
}

static void pass_packets(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		send_segment(0, ACK, 0, 0, "");
}

/* What once was wrong: both sides wait for a hole of the other, and both waits
 * are over at the same packet.  The order was given up with the first hole. */
static void waits_that_end_together_keep_the_order(void **state)
{
	(void)state;
	handshake();
	send_segment(1, ACK, 0, 1, "1"); /* >[0] is lost */
	send_segment(0, ACK, 1, 1, "B");
	send_segment(0, ACK, 2, 2, "C"); /* <[1] is lost */
	send_segment(1, ACK, 2, 4, "3"); /* >[3] is lost */
	send_segment(0, ACK, 4, 3, "E");
	expect("");
	pass_packets(252);
	expect("(40000 >[1] <1 >B ");
	pass_packets(256);
	expect("(40000 >[1] <1 >B <[1] >C ");
	pass_packets(256);
	expect("(40000 >[1] <1 >B <[1] >C >[1] <3 >E ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(a_whole_connection),
	    BENCH_TEST(the_books_of_a_connection),
	    BENCH_TEST(silent_connections_have_books),
	    BENCH_TEST(an_answer_waits_for_its_question),
	    BENCH_TEST(what_never_comes_becomes_a_gap_after_half_a_second),
	    BENCH_TEST(one_byte_that_may_be_the_fin_is_no_gap),
	    BENCH_TEST(a_forged_acknowledgement_makes_no_gap),
	    BENCH_TEST(one_side_alone_is_never_waited_for),
	    BENCH_TEST(the_syn_ack_tells_the_client),
	    BENCH_TEST(the_syn_ack_tells_where_the_client_begins),
	    BENCH_TEST(stragglers_prolong_the_linger),
	    BENCH_TEST(a_busy_flow_does_not_idle),
	    BENCH_TEST(a_syn_may_carry_data),
	    BENCH_TEST(sequence_numbers_wrap),
	    BENCH_TEST(a_reused_tuple_is_a_new_flow_after_fin),
	    BENCH_TEST(a_reused_tuple_is_a_new_flow_without_fin),
	    BENCH_TEST(a_new_connection_on_a_lingering_tuple),
	    BENCH_TEST(idle_flows_end_by_packet_time),
	    BENCH_TEST(a_refused_syn_leaves_nothing),
	    BENCH_TEST(keep_alive_probes_are_copies),
	    BENCH_TEST(a_cut_segment_leaves_a_gap),
	    BENCH_TEST(a_client_whose_syn_was_lost_is_waited_for),
	    BENCH_TEST(a_reset_before_what_was_acknowledged_is_ignored),
	    BENCH_TEST(what_never_comes_becomes_a_gap_after_256_packets),
	    BENCH_TEST(waits_that_end_together_keep_the_order),
	    BENCH_TEST(a_handshake_needs_no_connection),
	    BENCH_TEST(a_syn_may_come_after_its_syn_ack),
	    BENCH_TEST(a_reset_after_the_handshake_lingers),
	    BENCH_TEST(many_packets_before_data_are_counted),
	    BENCH_TEST(a_reset_with_a_bad_checksum_is_not_believed),
	    BENCH_TEST(what_was_expected_need_not_be_there),
	    BENCH_TEST(connections_are_bounded),
	    BENCH_TEST(a_failed_allocation_drops_one_flow),
	    BENCH_TEST(an_end_before_all_data_knows_no_data),
	    BENCH_TEST(everything_is_closed_at_the_end_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
