/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams that are offered again: those that began mid-stream or had a gap
 * before anybody took them.  And the promise of all probing: however a stream
 * was cut and withheld, its owner sees just what it would have seen at once. */
#include "tests/unit/host_bench.h"

#include <stdio.h>
#include <string.h>

#include "core/host/private.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C

static void midstream_is_offered_at_each_segment(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_data(&flow, S, "123");
	flow_data(&flow, C, "GET");
	expect_events("a probe 3@0 0@0\n"
		      "a probe 0@3 3@0\n"
		      "a probe 3@3 0@3\n"
		      "a1 open\n"
		      "a1 data c3 GET\n");
	flow_close(&flow);
	expect_events("a1 close fin 6 3\n");
	expect_counter(COUNTER_BYTES_UNCLAIMED, 6);
	expect_counter(COUNTER_STREAMS_UNCLAIMED, 0);
}

static void claimed_stream_is_offered_no_more(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "GET");
	flow_data(&flow, C, "x");
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	flow_close(&flow);
}

static void whole_stream_is_offered_once(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	flow_gap(&flow, C, 4);
	flow_data(&flow, C, "GET");
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	flow_close(&flow);
}

static void claim_takes_over_from_the_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_data(&flow, C, "GET");
	flow_data(&flow, S, "200");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 xyz\n"
		      "a1 open\n"
		      "r1 close detached 3 0\n"
		      "a1 data c3 GET\n"
		      "a1 data s0 200\n"
		      "a1 close fin 6 3\n");
	expect_counter(COUNTER_PLUGIN_DETACHED, 0);
	expect_counter(COUNTER_BYTES_UNRENDERED, 0);
}

static void withheld_bytes_return_to_the_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "G");
	flow_data(&flow, S, "G");
	expect_events("r1 open\n"
		      "r1 data c0 x\n");
	flow_eof(&flow, C);
	expect_events("");
	flow_data(&flow, S, "Y");
	expect_events("r1 data c1 G\n"
		      "r1 data s0 G\n"
		      "r1 eof c\n"
		      "r1 data s1 Y\n");
	flow_close(&flow);
}

static void withheld_bytes_go_to_the_claimer(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_data(&flow, C, "G");
	flow_data(&flow, C, "ET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 xyz\n"
		      "a1 open\n"
		      "r1 close detached 3 0\n"
		      "a1 data c3 G\n"
		      "a1 data c4 ET\n"
		      "a1 close fin 6 0\n");
}

static void heads_of_a_later_offer_start_where_it_does(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_data(&flow, S, "G");
	flow_data(&flow, S, "E");
	flow_data(&flow, C, "G");
	expect_events("a probe 3@0 0@0\n"
		      "a probe 0@3 1@0\n"
		      "a probe 0@3 2@0\n"
		      "a probe 1@3 2@0\n");
	flow_close(&flow);
}

static void eof_between_offers_is_not_withheld(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_eof(&flow, S);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "r1 eof s\n");
	flow_close(&flow);
}

static void first_fallback_is_the_one(void **state)
{
	struct tcpflow_plugin other = actor_b;
	struct flow flow;

	(void)state;
	other.probe = NULL;
	bench.a.wants = "GET";
	bench_add(&actor_r);
	bench_add(&actor_a);
	bench_add(&other);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	assert_int_equal(bench.a.calls[CALL_PROBE], 0);
	assert_int_equal(bench.b.calls[CALL_OPEN], 0);
	assert_int_equal(bench.r.calls[CALL_OPEN], 1);
	bench_renew();
}

static void gap_between_offers_is_no_offer(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_gap(&flow, C, 3);
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	flow_close(&flow);
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
}

static void failing_claimer_leaves_it_to_the_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "a1 open\n"
		      "r1 data c1 GET\n"
		      "r1 close fin 4 0\n");
}

static void claimer_follows_a_failed_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.r.answer[CALL_DATA] = TCPFLOW_EPROTO;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "yy");
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "r1 close detached 1 0\n"
		      "a1 open\n"
		      "a1 data c3 GET\n"
		      "a1 close fin 6 0\n");
	expect_counter(COUNTER_BYTES_UNRENDERED, 2);
}

static void gap_decides_and_asks_again_behind_it(void **state)
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
	flow_gap(&flow, C, 10);
	expect_events("a probe 2@0 0@0\n"
		      "a probe 2@0 0@0 last\n"
		      "r1 open\n"
		      "r1 data c0 GE\n"
		      "r1 gap c2+10\n");
	flow_data(&flow, C, "GET");
	expect_events("a probe 3@12 0@0\n"
		      "a1 open\n"
		      "r1 close detached 12 0\n"
		      "a1 data c12 GET\n");
	flow_close(&flow);
}

static void gap_before_all_bytes_is_offered_behind_it(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_gap(&flow, C, 10);
	flow_data(&flow, C, "GET");
	expect_events("a1 open\n"
		      "a1 data c10 GET\n");
	flow_close(&flow);
}

static void gap_in_a_later_offer_goes_to_the_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "G");
	flow_gap(&flow, S, 7);
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "r1 data c1 G\n"
		      "r1 gap s0+7\n"
		      "r1 close fin 2 7\n");
}

static void it_is_tried_64_times(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	for (unsigned i = 0; i < 64; i++)
		flow_data(&flow, C, "x");
	assert_int_equal(plugin_counter("a.probe.gave_up"), 0);
	for (unsigned i = 0; i < 64; i++)
		flow_data(&flow, C, "x");
	flow_data(&flow, C, "GET");
	assert_int_equal(bench.a.calls[CALL_PROBE], 1 + 64);
	assert_int_equal(bench.a.calls[CALL_OPEN], 0);
	assert_int_equal(plugin_counter("a.probe.gave_up"), 1);
	assert_int_equal(bench.r.calls[CALL_DATA], 129);
	flow_close(&flow);
}

static void sides_turn_in_a_later_offer(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_data(&flow, S, "GET");
	flow_data(&flow, C, "200");
	flow_close(&flow);
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "a1 data s3 200\n"
		      "a1 close fin 3 6\n");
}

/* The fallback's part ends as it saw it. */
static void sides_turn_behind_the_fallback(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, S, "GET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "a1 open\n"
		      "r1 close detached 1 0\n"
		      "a1 data c0 GET\n"
		      "a1 close fin 3 1\n");
	assert_int_equal(bench.r.client, 40000);
	assert_int_equal(bench.a.client, 80);
}

/* Random streams: directly to a plugin without probe, then past two plugins
 * whose probes keep it waiting. */

static uint64_t random_below(uint64_t *random, uint64_t limit)
{
	*random = *random * UINT64_C(6364136223846793005) + 1;
	return (*random >> 33) % limit;
}

static void play(struct flow *flow, uint64_t seed)
{
	uint64_t random = seed;
	unsigned events = (unsigned)random_below(&random, 24);

	flow_open(flow, 1, seed % 3 == 0);
	for (unsigned i = 0; i <= events; i++) {
		uint32_t dir = (uint32_t)random_below(&random, 2);
		uint64_t kind = random_below(&random, 16);
		char text[8];

		snprintf(text, sizeof(text), "%.*s",
		    1 + (int)random_below(&random, 6), "xxxxxx");
		if (flow->ended[dir])
			continue;
		if (kind == 0)
			flow_eof(flow, dir);
		else if (kind == 1)
			flow_gap(flow, dir, 1 + random_below(&random, 9));
		else
			flow_data(flow, dir, text);
	}
	flow_close(flow);
}

/* What the actor r sees; caller frees. */
static struct buffer record(uint64_t seed, bool probed)
{
	struct buffer seen;
	struct flow flow;

	bench_start(NULL);
	bench.r.shows_times = true;
	if (probed) {
		bench.a.wants = "xxxxxxxxxxxxx";
		bench.a.wants += random_below(&seed, 12);
		bench.b.wants = "xxxxxxxxxxxxy";
		bench_add(&actor_a);
		bench_add(&actor_b);
		/* a never takes what it waited for. */
		bench.a.answer[CALL_OPEN] = TCPFLOW_EPROTO;
	}
	bench_add(&actor_r);
	bench_ready();
	play(&flow, seed);
	seen = bench.events;
	bench.events = (struct buffer){0};
	bench_end(NULL);
	return seen;
}

/* The lines of actor r alone. */
static void keep_owner(struct buffer *events)
{
	size_t kept = 0;

	for (size_t at = 0; at < events->length;) {
		const uint8_t *line = events->bytes + at;
		const uint8_t *end = memchr(line, '\n', events->length - at);
		size_t length = (size_t)(end - line) + 1;

		if (line[0] == 'r') {
			memmove(events->bytes + kept, line, length);
			kept += length;
		}
		at += length;
	}
	events->length = kept;
}

static void replay_is_what_was_sent(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		uint64_t same = seed;
		struct buffer direct;
		struct buffer probed;

		random_below(&same, 12);
		direct = record(same, false);
		probed = record(seed, true);
		keep_owner(&probed);
		if (direct.length != probed.length ||
		    memcmp(direct.bytes, probed.bytes, direct.length) != 0)
			fail_msg("seed %u:\n%.*s---\n%.*s", (unsigned)seed,
			    (int)direct.length, (const char *)direct.bytes,
			    (int)probed.length, (const char *)probed.bytes);
		buffer_free(&direct);
		buffer_free(&probed);
	}
}

/* What opened at what packet: alarms and children count from there. */
static uint64_t opened_at;

static void note_packet(struct actor *actor, enum call call)
{
	(void)actor;
	if (call == CALL_OPEN)
		opened_at = bench.worker->packet;
}

static void opens_at_its_first_event(void **state)
{
	struct flow flow;
	uint64_t first;

	(void)state;
	bench.a.wants = "GET";
	bench.a.hook = note_packet;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	first = bench.packet;
	flow_data(&flow, C, "E");
	flow_data(&flow, C, "T");
	assert_true(bench.packet > first);
	assert_int_equal(opened_at, first);
	assert_int_equal(bench.worker->packet, bench.packet);
	flow_close(&flow);
}

/* A flow that opens behind others in time: its packet is the latest. */
static void packets_do_not_go_back(void **state)
{
	struct flow flow;

	(void)state;
	bench.o.hook = note_packet;
	bench_add(&actor_o);
	bench_ready();
	bench.worker->now_ns = UINT64_MAX / 2;
	bench.worker->packet = 5;
	flow_open(&flow, 7, false);
	assert_int_equal(opened_at, 7);
	assert_int_equal(bench.worker->now_ns, UINT64_MAX / 2);
	flow_close(&flow);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(midstream_is_offered_at_each_segment),
	    TEST(claimed_stream_is_offered_no_more),
	    TEST(whole_stream_is_offered_once),
	    TEST(claim_takes_over_from_the_fallback),
	    TEST(withheld_bytes_return_to_the_fallback),
	    TEST(withheld_bytes_go_to_the_claimer),
	    TEST(heads_of_a_later_offer_start_where_it_does),
	    TEST(eof_between_offers_is_not_withheld),
	    TEST(first_fallback_is_the_one),
	    TEST(gap_between_offers_is_no_offer),
	    TEST(failing_claimer_leaves_it_to_the_fallback),
	    TEST(claimer_follows_a_failed_fallback),
	    TEST(gap_decides_and_asks_again_behind_it),
	    TEST(gap_before_all_bytes_is_offered_behind_it),
	    TEST(gap_in_a_later_offer_goes_to_the_fallback),
	    TEST(it_is_tried_64_times),
	    TEST(opens_at_its_first_event),
	    TEST(packets_do_not_go_back),
	    TEST(sides_turn_in_a_later_offer),
	    TEST(sides_turn_behind_the_fallback),
	    cmocka_unit_test(replay_is_what_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
