/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets a stream: probing, the order of plugins, what is withheld and
 * replayed, limits. */
#include "tests/unit/host_bench.h"

#include <string.h>

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C

static void first_chunk_is_shown_where_it_is(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET /");
	expect_events("a probe 5@0 0@0\n"
		      "a1 open\n"
		      "a1 data c0 GET /\n");
	assert_int_equal(bench.memory.probe.peak, 0);
	flow_data(&flow, S, "200");
	flow_eof(&flow, C);
	flow_close(&flow);
	expect_events("a1 data s0 200\n"
		      "a1 eof c\n"
		      "a1 close fin 5 3\n");
}

static void split_head_is_collected_and_replayed(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	flow_data(&flow, C, "E");
	expect_events("a probe 1@0 0@0\n"
		      "a probe 2@0 0@0\n");
	flow_data(&flow, C, "T");
	expect_events("a probe 3@0 0@0\n"
		      "a1 open\n"
		      "a1 data c0 G\n"
		      "a1 data c1 E\n"
		      "a1 data c2 T\n");
	assert_int_equal(bench.memory.probe.used, 0);
	flow_close(&flow);
}

static void replay_keeps_times_and_packets(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.shows_times = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GE");
	flow_data(&flow, C, "T");
	expect_events("a1 open\n"
		      "a1 data c0 GE #1 1010\n"
		      "a1 data c2 T #2 1020\n");
	flow_close(&flow);
}

static void more_then_no_goes_to_the_next(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.b.wants = "GEM";
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GE");
	flow_data(&flow, C, "M");
	expect_events("b1 open\n"
		      "b1 data c0 GE\n"
		      "b1 data c2 M\n");
	flow_close(&flow);
}

static void who_said_no_is_not_asked_again(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "EHLO";
	bench.b.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	flow_data(&flow, C, "E");
	flow_data(&flow, C, "T");
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	assert_int_equal(bench.b.calls[CALL_PROBE], 3);
	flow_close(&flow);
}

static void earlier_plugin_decides_before_later_ones(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET /";
	bench.b.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET");
	expect_events("");
	flow_data(&flow, C, " /");
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "a1 data c3  /\n");
	flow_close(&flow);
}

static void refused_stream_goes_to_the_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "EHLO");
	expect_events("r1 open\n"
		      "r1 data c0 EHLO\n");
	flow_close(&flow);
	expect_counter(COUNTER_STREAMS, 1);
	expect_counter(COUNTER_STREAMS_UNCLAIMED, 0);
}

static void fallback_hides_those_behind_it(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_r);
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	assert_int_equal(bench.a.calls[CALL_PROBE], 0);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "r1 data c1 GET\n"
		      "r1 close fin 4 0\n");
}

static void unclaimed_stream_is_counted_and_not_kept(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "EHLO");
	flow_data(&flow, S, "250");
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	flow_close(&flow);
	expect_events("");
	expect_counter(COUNTER_BYTES_UNCLAIMED, 7);
	expect_counter(COUNTER_BYTES_UNRENDERED, 0);
	expect_counter(COUNTER_STREAMS_UNCLAIMED, 1);
	assert_int_equal(bench.memory.probe.peak, 0);
}

static void failing_open_offers_to_the_next(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench.b.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET");
	expect_events("a1 open\n"
		      "b1 open\n"
		      "b1 data c0 GET\n");
	expect_message("plugin a: 192.0.2.1:40000-192.0.2.2:80 open failed");
	expect_counter(COUNTER_PLUGIN_DETACHED, 1);
	flow_close(&flow);
}

static void failing_fallback_lets_those_behind_it_be_asked(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench.a.wants = "GET";
	bench_add(&actor_r);
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET");
	expect_events("r1 open\n"
		      "a1 open\n"
		      "a1 data c0 GET\n");
	flow_close(&flow);
}

static void failing_probe_is_told_and_counts_as_no(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.answer[CALL_PROBE] = TCPFLOW_EPROTO;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	expect_events("r1 open\n"
		      "r1 data c0 x\n");
	expect_message("plugin a: 192.0.2.1:40000-192.0.2.2:80 probe failed");
	expect_counter(COUNTER_PLUGIN_DETACHED, 1);
	flow_close(&flow);
}

static void verdict_that_probe_has_not_is_a_failure(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.answer[CALL_PROBE] = 4;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	expect_events("r1 open\n"
		      "r1 data c0 x\n");
	expect_counter(COUNTER_PLUGIN_DETACHED, 1);
	flow_close(&flow);
}

static void eof_of_both_sides_is_the_last_chance(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GE");
	flow_eof(&flow, C);
	expect_events("a probe 2@0 0@0\n");
	flow_eof(&flow, S);
	expect_events("a probe 2@0 0@0 last\n"
		      "r1 open\n"
		      "r1 data c0 GE\n"
		      "r1 eof c\n"
		      "r1 eof s\n");
	flow_close(&flow);
	expect_events("r1 close fin 2 0\n");
}

static void close_is_the_last_chance(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, S, "GE");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data s0 GE\n"
		      "r1 close fin 0 2\n");
}

static void eof_before_data_is_replayed_in_its_place(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "220";
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_eof(&flow, C);
	flow_data(&flow, S, "220");
	expect_events("a1 open\n"
		      "a1 eof c\n"
		      "a1 data s0 220\n");
	flow_close(&flow);
}

static void limit_of_the_head_decides(void **state)
{
	char bytes[4096];
	struct flow flow;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	bench.a.answer[CALL_PROBE] = TCPFLOW_PROBE_MORE;
	bench.a.shows_probes = true;
	bench.b.wants = "GET";
	bench_add(&actor_b);
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_bytes(&flow, C, bytes, sizeof(bytes));
	flow_bytes(&flow, S, bytes, sizeof(bytes));
	flow_bytes(&flow, S, bytes, sizeof(bytes) - 1);
	expect_events("a probe 4096@0 0@0\n"
		      "a probe 4096@0 4096@0\n"
		      "a probe 4096@0 8191@0\n");
	assert_int_equal(plugin_counter("a.probe.limit"), 0);
	flow_bytes(&flow, S, bytes, 1);
	expect_events("a probe 4096@0 8192@0 last\n");
	assert_int_equal(plugin_counter("a.probe.limit"), 1);
	assert_int_equal(plugin_counter("b.probe.limit"), 0);
	expect_counter(COUNTER_BYTES_UNCLAIMED, 12288);
	assert_int_equal(bench.memory.probe.used, 0);
	flow_close(&flow);
}

static void chunk_as_large_as_a_head_is_not_collected(void **state)
{
	static char bytes[8192];
	struct flow flow;

	(void)state;
	bench.a.answer[CALL_PROBE] = TCPFLOW_PROBE_MORE;
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_bytes(&flow, C, bytes, sizeof(bytes));
	expect_events("a probe 8192@0 0@0 last\n");
	assert_int_equal(bench.memory.probe.peak, 0);
	flow_close(&flow);
}

static void spent_budget_decides(void **state)
{
	struct flow flow;

	(void)state;
	bench.memory.probe.limit = 4;
	bench.a.wants = "GET";
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GE");
	expect_events("a probe 2@0 0@0\n"
		      "a probe 2@0 0@0 last\n"
		      "r1 open\n"
		      "r1 data c0 GE\n");
	assert_int_equal(plugin_counter("a.probe.no_memory"), 1);
	flow_close(&flow);
}

static void budget_spent_later_loses_no_byte(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GETTING";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GE");
	bench.memory.probe.limit = bench.memory.probe.used + 1;
	flow_data(&flow, C, "TT");
	flow_data(&flow, C, "ING");
	expect_events("r1 open\n"
		      "r1 data c0 GE\n"
		      "r1 data c2 TT\n"
		      "r1 data c4 ING\n");
	flow_close(&flow);
}

static void swapped_sides_turn_the_stream(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xx");
	flow_data(&flow, S, "G");
	flow_eof(&flow, C);
	flow_data(&flow, S, "ET");
	expect_events("a1 open\n"
		      "a1 data c0 G\n"
		      "a1 eof s\n"
		      "a1 data c1 ET\n");
	assert_int_equal(bench.a.client, 80);
	assert_int_equal(bench.a.flags, TCPFLOW_S_MIDSTREAM);
	flow_gap(&flow, S, 5);
	flow_close(&flow);
	expect_events("a1 gap c3+5\n"
		      "a1 close fin 8 2\n");
}

static void swapped_owner_that_fails_hears_its_own_lengths(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench.a.answer[CALL_DATA] = TCPFLOW_EPROTO;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, S, "GET");
	flow_close(&flow);
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "a1 close detached 3 0\n");
}

/* Where a SYN told who is client, nobody knows better. */
static void swap_of_what_is_known_is_a_failure(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, S, "GET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data s0 GET\n"
		      "r1 close fin 0 3\n");
	expect_counter(COUNTER_PLUGIN_DETACHED, 1);
}

/* An observer keeps its view; who talks with whom is right in records. */
static void swap_turns_the_owner_alone(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_add(&actor_o);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, S, "GET");
	flow_gap(&flow, C, 2);
	flow_close(&flow);
	expect_events("o1 open\n"
		      "o1 data s0 GET\n"
		      "a1 open\n"
		      "a1 data c0 GET\n"
		      "o1 gap c0+2\n"
		      "a1 gap s0+2\n"
		      "o1 close fin 2 3\n"
		      "a1 close fin 3 2\n");
	assert_int_equal(bench.o.client, 40000);
	assert_int_equal(
	    bench.o.flags, TCPFLOW_S_MIDSTREAM | TCPFLOW_S_DIR_GUESSED);
	assert_int_equal(bench.a.client, 80);
	assert_int_equal(bench.a.flags, TCPFLOW_S_MIDSTREAM);
}

static void swap_is_taken_back_if_open_fails(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench.a.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, S, "GET");
	expect_events("a1 open\n"
		      "r1 open\n"
		      "r1 data s0 GET\n");
	assert_int_equal(bench.r.client, 40000);
	assert_int_equal(
	    bench.r.flags, TCPFLOW_S_MIDSTREAM | TCPFLOW_S_DIR_GUESSED);
	flow_close(&flow);
}

/* The claim once was said to begin behind the gap, and the gap came all the
 * same. */
static void gap_at_the_start_is_the_owners(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.answer[CALL_PROBE] = TCPFLOW_PROBE_YES;
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_gap(&flow, C, 4);
	flow_data(&flow, C, "x");
	flow_close(&flow);
	expect_events("a probe 0@0 0@0 last\n"
		      "a1 open\n"
		      "a1 gap c0+4\n"
		      "a1 data c4 x\n"
		      "a1 close fin 5 0\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(first_chunk_is_shown_where_it_is),
	    TEST(split_head_is_collected_and_replayed),
	    TEST(replay_keeps_times_and_packets),
	    TEST(more_then_no_goes_to_the_next),
	    TEST(who_said_no_is_not_asked_again),
	    TEST(earlier_plugin_decides_before_later_ones),
	    TEST(refused_stream_goes_to_the_fallback),
	    TEST(fallback_hides_those_behind_it),
	    TEST(unclaimed_stream_is_counted_and_not_kept),
	    TEST(failing_open_offers_to_the_next),
	    TEST(failing_fallback_lets_those_behind_it_be_asked),
	    TEST(failing_probe_is_told_and_counts_as_no),
	    TEST(verdict_that_probe_has_not_is_a_failure),
	    TEST(eof_of_both_sides_is_the_last_chance),
	    TEST(close_is_the_last_chance),
	    TEST(eof_before_data_is_replayed_in_its_place),
	    TEST(limit_of_the_head_decides),
	    TEST(chunk_as_large_as_a_head_is_not_collected),
	    TEST(spent_budget_decides),
	    TEST(budget_spent_later_loses_no_byte),
	    TEST(gap_at_the_start_is_the_owners),
	    TEST(swapped_sides_turn_the_stream),
	    TEST(swapped_owner_that_fails_hears_its_own_lengths),
	    TEST(swap_of_what_is_known_is_a_failure),
	    TEST(swap_turns_the_owner_alone),
	    TEST(swap_is_taken_back_if_open_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
