/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections through the flow table: who is the client, what belongs together,
 * what comes in which order, and when a flow ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/flow/table.h"

#define SECOND UINT64_C(1000000000)
#define SYN SEGMENT_SYN
#define ACK SEGMENT_ACK
#define FIN SEGMENT_FIN
#define RST SEGMENT_RST

static char story[1 << 16];
static struct counters counters;
static struct memory memory;
static struct flow_table *table;
static uint64_t now;
static uint64_t number;
static uint32_t isn[2]; /* 0: who opens, 1: who is called */
static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

static void tell(const char *format, ...)
{
	size_t length = strlen(story);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(story + length, sizeof(story) - length, format, arguments);
	va_end(arguments);
}

static void *on_open(void *context, const struct flow_facts *facts)
{
	tell("%s%s(%u ", facts->midstream ? "m" : "",
	    facts->client_guessed ? "?" : "", facts->key->port[facts->client]);
	return context;
}

static void on_data(void *stream, const struct tcpflow_chunk *chunk)
{
	(void)stream;
	tell("%c%.*s ", chunk->dir == TCPFLOW_C2S ? '>' : '<', (int)chunk->len,
	    (const char *)chunk->bytes);
}

static void on_gap(void *stream, const struct tcpflow_gap *gap)
{
	(void)stream;
	tell("%c[%llu] ", gap->dir == TCPFLOW_C2S ? '>' : '<',
	    (unsigned long long)gap->len);
}

static void on_eof(void *stream, const struct tcpflow_end *end)
{
	(void)stream;
	tell("%c$ ", end->dir == TCPFLOW_C2S ? '>' : '<');
}

static void on_close(void *stream, const struct tcpflow_end *end)
{
	(void)stream;
	tell("%u)", end->reason);
}

static const struct flow_events events = {
    on_open, on_data, on_gap, on_eof, on_close};

static int begin(void **state)
{
	static int context;
	struct flow_config config = {
	    .idle_ns = FLOW_IDLE_NS,
	    .half_open_ns = FLOW_HALF_OPEN_NS,
	    .linger_ns = FLOW_LINGER_NS,
	    .reorder_bytes = FLOW_REORDER_BYTES,
	    .reorder_pieces = FLOW_REORDER_PIECES,
	    .memory = &memory,
	    .counters = &counters,
	    .events = &events,
	    .context = &context,
	};

	(void)state;
	story[0] = '\0';
	counters = (struct counters){{0}};
	memory_divide(&memory, 64u << 20);
	now = 1000 * SECOND;
	number = 0;
	isn[0] = 5000;
	isn[1] = 90000;
	no_memory = false;
	table = flow_table_open(&config);
	return table != NULL ? 0 : -1;
}

/* Every payload byte is accounted for, whatever happened. */
static int end(void **state)
{
	const uint64_t *value = counters.value;

	(void)state;
	no_memory = false;
	flow_table_close(&table);
	assert_int_equal(value[COUNTER_BYTES_PAYLOAD],
	    value[COUNTER_BYTES_DELIVERED] + value[COUNTER_BYTES_DUPLICATE] +
		value[COUNTER_BYTES_OUTSIDE] + value[COUNTER_BYTES_LATE] +
		value[COUNTER_BYTES_SHED]);
	assert_int_equal(value[COUNTER_FLOWS],
	    value[COUNTER_CLOSED_FIN] + value[COUNTER_CLOSED_RST] +
		value[COUNTER_CLOSED_IDLE] + value[COUNTER_CLOSED_EVICTED] +
		value[COUNTER_CLOSED_REUSED] + value[COUNTER_CLOSED_EXIT]);
	assert_int_equal(memory.reorder.used, 0);
	return 0;
}

/* A segment of side 0 (port 40000) or 1 (port 80): `at` is its offset, `ack`
 * what it acknowledges of the other side's; both behind the SYN. */
static void send_segment(
    unsigned side, unsigned flags, uint32_t at, uint32_t ack, const char *text)
{
	struct segment segment = {
	    .payload = (const uint8_t *)text,
	    .length = (uint32_t)strlen(text),
	    .ts_ns = now,
	    .packet = ++number,
	    .sequence = isn[side] + at + !(flags & SYN),
	    .acknowledgement = isn[!side] + 1 + ack,
	    .window = 60000,
	    .flags = (uint8_t)flags,
	    .window_scale = SEGMENT_NO_SCALE,
	    .key =
		{
		    .ip = {{192, 0, 2, (uint8_t)(1 + side)},
			{192, 0, 2, (uint8_t)(2 - side)}},
		    .port = {side ? 80 : 40000, side ? 40000 : 80},
		    .family = 4,
		},
	};

	segment.from = (uint8_t)flow_key_sort(&segment.key);
	flow_table_segment(table, &segment);
	now += SECOND / 1000;
}

static void handshake(void)
{
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "");
}

static void expect(const char *expected)
{
	assert_string_equal(story, expected);
}

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
	now += SECOND / 4;
	flow_table_advance(table, now, number);
	expect("");
	now += SECOND / 2;
	flow_table_advance(table, now, number);
	expect("(40000 >[3] <answer ");
}

static void one_byte_that_may_be_the_fin_is_no_gap(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "ask");
	send_segment(1, ACK, 0, 4, "answer");
	now += SECOND;
	flow_table_advance(table, now, number);
	expect("(40000 >ask <answer ");
}

static void a_forged_acknowledgement_makes_no_gap(void **state)
{
	(void)state;
	handshake();
	send_segment(1, ACK, 0, 50000000, "x");
	now += SECOND;
	flow_table_advance(table, now, number);
	expect("(40000 <x ");
	assert_int_equal(counters.value[COUNTER_BYTES_GAP], 0);
}

static void one_side_alone_is_never_waited_for(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 500, "answer");
	send_segment(1, ACK, 6, 900, "more");
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

static void a_probe_is_not_where_a_stream_begins(void **state)
{
	(void)state;
	send_segment(1, ACK, 0, 10, "x");
	send_segment(0, ACK, 9, 1, "?");
	send_segment(0, ACK, 10, 1, "real");
	expect("m?(40000 <x >real ");
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
	now += 20 * SECOND;
	flow_table_advance(table, now, number);
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
	expect("m?(40000 >new ");
	assert_int_equal(counters.value[COUNTER_BYTES_LATE], 3);
}

static void a_reset_in_the_window_ends_it_but_stragglers_come_in(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK | RST, 6, 0, "");
	send_segment(0, ACK, 3, 0, "def");
	now += 11 * SECOND;
	flow_table_advance(table, now, number);
	expect("(40000 >abc >def 2)");
}

static void a_reset_outside_the_window_is_counted(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, RST, 200000, 0, "");
	send_segment(0, ACK, 3, 0, "def");
	now += 11 * SECOND;
	flow_table_advance(table, now, number);
	expect("(40000 >abc >def ");
	assert_int_equal(counters.value[COUNTER_RST_OUTSIDE_WINDOW], 1);
}

static void idle_flows_end_by_packet_time(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	now += FLOW_IDLE_NS - 2 * SECOND;
	flow_table_advance(table, now, number);
	expect("(40000 >abc ");
	now += 4 * SECOND;
	flow_table_advance(table, now, number);
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

/* A million SYNs stay within the budget, and a flow that is open stays. */
static void half_open_flows_are_bounded(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	for (uint32_t i = 0; i < 1000000; i++) {
		struct segment syn = {
		    .ts_ns = now,
		    .packet = ++number,
		    .flags = SYN,
		    .key = {.ip = {{10}, {192, 0, 2, 9}},
			.port = {1024, 443},
			.family = 4},
		};

		memcpy(&syn.key.ip[0][1], &i, 3);
		syn.from = (uint8_t)flow_key_sort(&syn.key);
		flow_table_segment(table, &syn);
	}
	assert_true(memory.flows.peak <= memory.flows.limit);
	send_segment(0, ACK, 3, 0, "def");
	expect("(40000 >abc >def ");
	assert_true(counters.value[COUNTER_CLOSED_EVICTED] > 0);
}

/* Without memory a flow is dropped and counted, and the table lives on. */
static void a_failed_allocation_drops_one_flow(void **state)
{
	(void)state;
	send_segment(0, SYN, 0, 0, "");
	no_memory = true;
	send_segment(1, SYN | ACK, 0, 0, "");
	assert_int_equal(counters.value[COUNTER_FLOWS_DROPPED], 1);
	no_memory = false;
	send_segment(0, ACK, 0, 0, "abc");
	expect("m?(40000 >abc ");
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(a_whole_connection),
	    TEST(an_answer_waits_for_its_question),
	    TEST(what_never_comes_becomes_a_gap_after_half_a_second),
	    TEST(one_byte_that_may_be_the_fin_is_no_gap),
	    TEST(a_forged_acknowledgement_makes_no_gap),
	    TEST(one_side_alone_is_never_waited_for),
	    TEST(the_syn_ack_tells_the_client),
	    TEST(the_syn_ack_tells_where_the_client_begins),
	    TEST(a_probe_is_not_where_a_stream_begins),
	    TEST(stragglers_prolong_the_linger),
	    TEST(a_busy_flow_does_not_idle),
	    TEST(a_syn_may_carry_data),
	    TEST(sequence_numbers_wrap),
	    TEST(a_reused_tuple_is_a_new_flow_after_fin),
	    TEST(a_reused_tuple_is_a_new_flow_without_fin),
	    TEST(a_new_connection_on_a_lingering_tuple),
	    TEST(a_reset_in_the_window_ends_it_but_stragglers_come_in),
	    TEST(a_reset_outside_the_window_is_counted),
	    TEST(idle_flows_end_by_packet_time),
	    TEST(a_refused_syn_leaves_nothing),
	    TEST(keep_alive_probes_are_copies),
	    TEST(half_open_flows_are_bounded),
	    TEST(a_failed_allocation_drops_one_flow),
	    TEST(everything_is_closed_at_the_end_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
