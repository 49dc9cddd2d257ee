/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests/contract found: each test is the smallest story in which the host
 * once broke what tcpflow/plugin.h promises. */
#include "tests/unit/host_bench.h"

#include <string.h>

#include "core/host/private.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C

/* close told the owner where the stream was, and that was ahead of it. */
static void owner_that_leaves_a_replay_hears_how_far_it_came(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET /";
	bench.a.answer[CALL_DATA] = TCPFLOW_DONE;
	bench.a.at[CALL_DATA] = 2;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	flow_data(&flow, S, "GE");
	flow_data(&flow, C, "ET /");
	flow_data(&flow, C, "more");
	flow_close(&flow);
	expect_events("a1 open\n"
		      "a1 data c0 G\n"
		      "a1 data s0 GE\n"
		      "a1 close detached 1 2\n");
	expect_counter(COUNTER_BYTES_UNRENDERED, 8);
}

/* A gap decides, and is no part of what was withheld. */
static void gap_that_decides_is_not_counted_in(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET /";
	bench.r.answer[CALL_DATA] = TCPFLOW_EPROTO;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GE");
	flow_gap(&flow, C, 100);
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 GE\n"
		      "r1 close detached 2 0\n");
}

static void set_alarm(struct actor *actor, enum call call)
{
	if (call == CALL_DATA)
		actor->host->wake_at(actor->stream, bench.now_ns + 15);
}

/* The same where an alarm goes off while events are withheld. */
static void owner_that_leaves_by_alarm_hears_how_far_it_came(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.r.hook = set_alarm;
	bench.r.answer[CALL_WAKE] = TCPFLOW_DONE;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_data(&flow, C, "G");
	flow_data(&flow, S, "G");
	host_worker_advance(bench.worker, bench.now_ns + 10, bench.packet);
	expect_events("r1 open\n"
		      "r1 data c0 xyz\n"
		      "r1 wake 1040\n"
		      "r1 close detached 3 0\n");
	flow_data(&flow, C, "ET");
	flow_close(&flow);
	expect_events("a1 open\n"
		      "a1 data c3 G\n"
		      "a1 data s0 G\n"
		      "a1 data c4 ET\n"
		      "a1 close fin 6 1\n");
}

/* A stream that begins with a gap was offered from behind it, and the gap came
 * then. */
static void offer_at_a_leading_gap_is_at_its_beginning(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.answer[CALL_PROBE] = TCPFLOW_PROBE_YES;
	bench.a.shows_probes = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_gap(&flow, C, 100);
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	expect_events("a probe 0@0 0@0 last\n"
		      "a1 open\n"
		      "a1 gap c0+100\n"
		      "a1 data c100 GET\n"
		      "a1 close fin 103 0\n");
}

/* Who took a stream of which one side had ended heard nothing of that end, and
 * had to think that this side was cut. */
static void who_comes_later_hears_of_an_eof_before(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_eof(&flow, C);
	flow_data(&flow, S, "G");
	flow_data(&flow, S, "ET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 xyz\n"
		      "r1 eof c\n"
		      "a1 open\n"
		      "r1 close detached 3 0\n"
		      "a1 eof c\n"
		      "a1 data s0 G\n"
		      "a1 data s1 ET\n"
		      "a1 close fin 3 3\n");
}

/* Once, where it was among what was withheld; and then to the next one. */
static void an_eof_that_was_withheld_is_told_once(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, S, "x");
	flow_data(&flow, S, "G");
	flow_eof(&flow, C);
	flow_data(&flow, S, "ET");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data s0 x\n"
		      "a1 open\n"
		      "r1 close detached 0 1\n"
		      "a1 data s1 G\n"
		      "a1 eof c\n"
		      "a1 data s2 ET\n"
		      "a1 close fin 0 4\n");
	flow_open(&flow, 2, true);
	flow_data(&flow, S, "x");
	flow_data(&flow, S, "G");
	flow_eof(&flow, C);
	flow_data(&flow, S, "x");
	flow_data(&flow, S, "GET");
	flow_close(&flow);
	expect_events("r2 open\n"
		      "r2 data s0 x\n"
		      "r2 data s1 G\n"
		      "r2 eof c\n"
		      "r2 data s2 x\n"
		      "a2 open\n"
		      "r2 close detached 0 3\n"
		      "a2 eof c\n"
		      "a2 data s3 GET\n"
		      "a2 close fin 0 6\n");
}

/* And where it fails at that, it was told of nothing else. */
static void failing_at_an_eof_before_ends_where_the_offer_began(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.answer[CALL_EOF] = TCPFLOW_EPROTO;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "xyz");
	flow_eof(&flow, C);
	flow_data(&flow, S, "GET");
	flow_close(&flow);
	expect_events("a1 open\n"
		      "a1 eof c\n"
		      "a1 close detached 3 0\n");
}

/* Who had failed in probe or open was asked again at each segment. */
static void who_failed_is_not_asked_again(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.answer[CALL_PROBE] = TCPFLOW_EPROTO;
	bench.b.wants = "G";
	bench.b.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "G");
	flow_data(&flow, C, "G");
	flow_data(&flow, C, "G");
	flow_close(&flow);
	expect_events("b1 open\n"
		      "r1 open\n"
		      "r1 data c0 G\n"
		      "r1 data c1 G\n"
		      "r1 data c2 G\n"
		      "r1 close fin 3 0\n");
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	assert_int_equal(bench.b.calls[CALL_PROBE], 1);
	expect_counter(COUNTER_PLUGIN_DETACHED, 2);
	/* Of another stream they are. */
	flow_open(&flow, 2, false);
	flow_data(&flow, C, "G");
	flow_close(&flow);
	assert_int_equal(bench.b.calls[CALL_OPEN], 2);
}

static void open_certain_child(struct actor *actor, enum call call)
{
	static const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "inner",
	    .protocol = "b",
	    .flags = TCPFLOW_CHILD_CERTAIN,
	};
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .bytes = (const uint8_t *)"inner",
	    .len = 5,
	};
	struct tcpflow_child *child;

	if (call != CALL_DATA)
		return;
	assert_int_equal(
	    actor->host->child->open(actor->stream, &spec, &child), TCPFLOW_OK);
	assert_int_equal(actor->host->child->data(child, &chunk), TCPFLOW_OK);
}

/* Nor is the plugin that a decoder was certain of. */
static void who_failed_on_a_certain_child_is_not_asked(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.hook = open_certain_child;
	bench.b.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench.b.answer[CALL_PROBE] = TCPFLOW_PROBE_YES;
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET");
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "b1.1 open\n"
		      "r1.1 open\n"
		      "r1.1 data c0 inner\n");
	flow_close(&flow);
}

static void open_child_with_gap(struct actor *actor, enum call call)
{
	static const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "inner",
	    .protocol = "r",
	};
	const struct tcpflow_child_api *api = actor->host->child;
	struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .bytes = (const uint8_t *)"inner",
	    .len = 5,
	};
	struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .len = 2,
	    .reason = TCPFLOW_GAP_DECODER,
	};
	struct tcpflow_child *child;

	if (call != CALL_DATA)
		return;
	assert_int_equal(api->open(actor->stream, &spec, &child), TCPFLOW_OK);
	assert_int_equal(api->gap(child, &gap), TCPFLOW_OK);
	assert_int_equal(api->data(child, &chunk), TCPFLOW_OK);
	assert_int_equal(api->data(child, &chunk), TCPFLOW_OK);
}

/* The fallback, being preferred, took the stream from itself at each segment:
 * close and open, each time.  Whoever stands in front of it is asked. */
static void fallback_takes_nothing_from_itself(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.hook = open_child_with_gap;
	bench.b.shows_probes = true;
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET");
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "r1.1 open\n"
		      "r1.1 gap c0+2\n"
		      "b probe 5@2 0@0\n"
		      "r1.1 data c2 inner\n"
		      "b probe 5@7 0@0\n"
		      "r1.1 data c7 inner\n");
	flow_close(&flow);
}

static void look_at_first_packet(struct actor *actor, enum call call)
{
	const struct tcpflow_stream_info *info;

	if (call != CALL_OPEN)
		return;
	info = &actor->stream->stream->info;
	if (info->depth > 0)
		assert_int_equal(info->start_packet, 9);
}

static void open_child_in_close(struct actor *actor, enum call call)
{
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "late",
	};
	struct tcpflow_child *child;

	if (call == CALL_CLOSE)
		assert_int_equal(
		    actor->host->child->open(actor->stream, &spec, &child),
		    TCPFLOW_OK);
}

/* It was said to begin with packet 0. */
static void child_of_a_close_without_packet_has_a_first_packet(void **state)
{
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = TCPFLOW_DIR_NONE,
	    .reason = TCPFLOW_CLOSE_EXIT,
	    .length = {3, 0},
	};
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.hook = open_child_in_close;
	bench.o.hook = look_at_first_packet;
	bench_add(&actor_a);
	bench_add(&actor_o);
	bench_ready();
	bench.packet = 8;
	flow_open(&flow, 8, false);
	flow_data(&flow, C, "GET");
	bench.open[flow.place] = NULL;
	host_flow_events.close(flow.stream, &end);
	assert_int_equal(bench.o.calls[CALL_OPEN], 2);
}

static void ring_soon(struct actor *actor, enum call call)
{
	if (call == CALL_DATA && actor->calls[CALL_DATA] == 1)
		assert_int_equal(actor->host->wake_at(
				     actor->stream, bench.worker->now_ns + 5),
		    TCPFLOW_OK);
}

/* It went off behind all that was withheld, or never. */
static void alarm_set_in_a_replay_goes_off_in_its_place(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench.a.hook = ring_soon;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	bench.now_ns += 100;
	flow_data(&flow, C, "E");
	bench.now_ns += 100;
	flow_data(&flow, C, "T");
	buffer_append_byte(&bench.events, '\0');
	bench.events.length--;
	assert_non_null(
	    strstr((const char *)bench.events.bytes, "a1 data c0 G\na1 wake"));
	assert_null(strstr((const char *)bench.events.bytes, "T\na1 wake"));
	flow_close(&flow);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(owner_that_leaves_a_replay_hears_how_far_it_came),
	    TEST(gap_that_decides_is_not_counted_in),
	    TEST(owner_that_leaves_by_alarm_hears_how_far_it_came),
	    TEST(offer_at_a_leading_gap_is_at_its_beginning),
	    TEST(child_of_a_close_without_packet_has_a_first_packet),
	    TEST(alarm_set_in_a_replay_goes_off_in_its_place),
	    TEST(who_comes_later_hears_of_an_eof_before),
	    TEST(an_eof_that_was_withheld_is_told_once),
	    TEST(failing_at_an_eof_before_ends_where_the_offer_began),
	    TEST(fallback_takes_nothing_from_itself),
	    TEST(who_failed_is_not_asked_again),
	    TEST(who_failed_on_a_certain_child_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
