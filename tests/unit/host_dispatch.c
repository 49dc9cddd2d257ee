/* SPDX-License-Identifier: BSD-2-Clause */
/* What one plugin hears of a stream: owners and observers, verdicts, failures
 * that stop nothing else (BAD_INPUT 50), alarms. */
#include "tests/unit/host_bench.h"

#include <string.h>

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C

static void observer_hears_each_event_before_the_owner(void **state)
{
	struct flow flow;

	(void)state;
	bench_add(&actor_r);
	bench_add(&actor_o);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	flow_gap(&flow, S, 2);
	flow_eof(&flow, C);
	flow_close(&flow);
	expect_events("o1 open\n"
		      "o1 data c0 x\n"
		      "r1 open\n"
		      "r1 data c0 x\n"
		      "o1 gap s0+2\n"
		      "r1 gap s0+2\n"
		      "o1 eof c\n"
		      "r1 eof c\n"
		      "o1 close fin 1 2\n"
		      "r1 close fin 1 2\n");
}

static void observer_does_not_wait_for_a_probe(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_o);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	expect_events("o1 open\n"
		      "o1 data c0 G\n");
	flow_close(&flow);
	expect_counter(COUNTER_STREAMS_UNCLAIMED, 1);
}

static void key_makes_any_plugin_an_observer(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_set("r.observe");
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "GET");
	expect_events("r1 open\n"
		      "r1 data c0 GET\n"
		      "a1 open\n"
		      "a1 data c0 GET\n");
	flow_close(&flow);
}

static void observer_with_a_probe_is_not_asked(void **state)
{
	struct flow flow;

	(void)state;
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_set("a.observe=yes");
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "x");
	flow_data(&flow, C, "y");
	assert_int_equal(bench.a.calls[CALL_PROBE], 0);
	flow_close(&flow);
	expect_counter(COUNTER_BYTES_UNCLAIMED, 2);
}

static void plugin_without_data_gets_no_stream(void **state)
{
	struct tcpflow_plugin deaf = actor_o;
	struct tcpflow_plugin mute = actor_r;
	struct flow flow;

	(void)state;
	deaf.data = NULL;
	mute.open = NULL;
	bench_add(&deaf);
	bench_add(&mute);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	flow_close(&flow);
	expect_events("");
	expect_counter(COUNTER_STREAMS_UNCLAIMED, 1);
	/* The descriptors are gone before the host is. */
	bench_renew();
}

/* A stream whose owner r and observer o have seen one chunk each way. */
static void start_pair(struct flow *flow)
{
	bench_add(&actor_r);
	bench_add(&actor_o);
	bench_ready();
	flow_open(flow, 1, false);
	flow_data(flow, C, "xx");
	buffer_reset(&bench.events);
}

static void expect_failure(const char *callback)
{
	char text[64] = "plugin r: 192.0.2.1:40000-192.0.2.2:80 ";

	strncat(text, callback, sizeof(text) - strlen(text) - 1);
	expect_message(text);
	expect_counter(COUNTER_PLUGIN_DETACHED, 1);
}

static void failing_data_detaches_the_owner_alone(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_DATA] = TCPFLOW_EPROTO;
	bench.r.at[CALL_DATA] = 2;
	start_pair(&flow);
	flow_data(&flow, S, "yyy");
	flow_data(&flow, S, "zzzz");
	flow_close(&flow);
	expect_events("o1 data s0 yyy\n"
		      "r1 data s0 yyy\n"
		      "r1 close detached 2 3\n"
		      "o1 data s3 zzzz\n"
		      "o1 close fin 2 7\n");
	expect_failure("data failed (-5)");
	expect_counter(COUNTER_BYTES_UNRENDERED, 4);
	expect_counter(COUNTER_BYTES_UNCLAIMED, 0);
}

static void failing_observer_leaves_the_owner_alone(void **state)
{
	struct flow flow;

	(void)state;
	bench.o.answer[CALL_DATA] = TCPFLOW_ENOMEM;
	bench.o.at[CALL_DATA] = 2;
	start_pair(&flow);
	flow_data(&flow, S, "yyy");
	flow_data(&flow, S, "zzzz");
	flow_close(&flow);
	expect_events("o1 data s0 yyy\n"
		      "o1 close detached 2 3\n"
		      "r1 data s0 yyy\n"
		      "r1 data s3 zzzz\n"
		      "r1 close fin 2 7\n");
	expect_counter(COUNTER_BYTES_UNRENDERED, 0);
	expect_counter(COUNTER_PLUGIN_DETACHED, 1);
}

static void failing_gap_detaches(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_GAP] = TCPFLOW_EPROTO;
	start_pair(&flow);
	flow_gap(&flow, C, 3);
	flow_data(&flow, C, "y");
	flow_close(&flow);
	expect_events("o1 gap c2+3\n"
		      "r1 gap c2+3\n"
		      "r1 close detached 5 0\n"
		      "o1 data c5 y\n"
		      "o1 close fin 6 0\n");
	expect_failure("gap failed");
}

static void failing_eof_detaches(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_EOF] = TCPFLOW_EINVAL;
	start_pair(&flow);
	flow_eof(&flow, C);
	flow_close(&flow);
	expect_events("o1 eof c\n"
		      "r1 eof c\n"
		      "r1 close detached 2 0\n"
		      "o1 close fin 2 0\n");
	expect_failure("eof failed");
}

static void set_alarm(struct actor *actor, enum call call)
{
	if (call == CALL_DATA)
		assert_int_equal(
		    actor->host->wake_at(actor->stream, bench.now_ns + 100),
		    TCPFLOW_OK);
}

static void failing_wake_detaches(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_WAKE] = TCPFLOW_EPROTO;
	bench.r.hook = set_alarm;
	start_pair(&flow);
	host_worker_advance(bench.worker, bench.now_ns + 100, 7);
	expect_events("r1 wake 1110\n"
		      "r1 close detached 2 0\n");
	expect_failure("wake failed");
	flow_close(&flow);
}

static void direction_makes_no_sense_of_a_wake(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_WAKE] = TCPFLOW_DONE_DIR;
	bench.r.hook = set_alarm;
	start_pair(&flow);
	host_worker_advance(bench.worker, bench.now_ns + 100, 7);
	expect_failure("wake failed (1)");
	flow_close(&flow);
}

static void verdict_that_data_has_not_is_a_failure(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_DATA] = 3;
	bench.r.at[CALL_DATA] = 2;
	start_pair(&flow);
	flow_data(&flow, C, "y");
	expect_failure("data failed (3)");
	flow_close(&flow);
}

static void done_closes_and_is_no_failure(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_DATA] = TCPFLOW_DONE;
	bench.r.at[CALL_DATA] = 2;
	start_pair(&flow);
	flow_data(&flow, C, "yyy");
	flow_data(&flow, C, "zz");
	flow_close(&flow);
	expect_events("o1 data c2 yyy\n"
		      "r1 data c2 yyy\n"
		      "r1 close detached 5 0\n"
		      "o1 data c5 zz\n"
		      "o1 close fin 7 0\n");
	expect_counter(COUNTER_PLUGIN_DETACHED, 0);
	expect_counter(COUNTER_BYTES_UNRENDERED, 2);
	expect_no_message("failed");
}

static void done_direction_is_quiet_and_the_other_goes_on(void **state)
{
	struct flow flow;

	(void)state;
	bench.r.answer[CALL_DATA] = TCPFLOW_DONE_DIR;
	bench.o.answer[CALL_GAP] = TCPFLOW_DONE_DIR;
	start_pair(&flow);
	flow_data(&flow, C, "y");
	flow_gap(&flow, C, 1);
	flow_eof(&flow, C);
	flow_gap(&flow, S, 4);
	flow_close(&flow);
	expect_events("o1 data c2 y\n"
		      "o1 gap c3+1\n"
		      "o1 gap s0+4\n"
		      "r1 gap s0+4\n"
		      "o1 close fin 4 4\n"
		      "r1 close fin 4 4\n");
}

static void plugin_that_knows_no_gaps_leaves_at_the_first(void **state)
{
	struct tcpflow_plugin gapless = actor_r;
	struct flow flow;

	(void)state;
	gapless.gap = NULL;
	bench_add(&gapless);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	flow_gap(&flow, C, 2);
	flow_data(&flow, C, "yy");
	flow_close(&flow);
	expect_events("r1 open\n"
		      "r1 data c0 x\n"
		      "r1 close detached 3 0\n");
	expect_counter(COUNTER_PLUGIN_DETACHED, 0);
	expect_counter(COUNTER_BYTES_UNRENDERED, 2);
	bench_renew();
}

static void failing_observer_opens_nothing(void **state)
{
	struct flow flow;

	(void)state;
	bench.o.answer[CALL_OPEN] = TCPFLOW_ENOMEM;
	bench_add(&actor_o);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	flow_close(&flow);
	expect_events("o1 open\n");
}

static void snapped_bytes_mark_the_stream(void **state)
{
	struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .len = 3,
	    .reason = TCPFLOW_GAP_SNAPLEN,
	};
	struct flow flow;

	(void)state;
	bench.a.wants = "x";
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, false);
	host_flow_events.gap(flow.stream, &gap);
	flow.offset[C] = 3;
	flow_data(&flow, C, "x");
	assert_int_equal(bench.a.flags, TCPFLOW_S_TRUNCATED);
	flow_close(&flow);
}

/* Alarms. */

static uint64_t wanted_time[4];

static void set_wanted(struct actor *actor, enum call call)
{
	if (call == CALL_DATA)
		actor->host->wake_at(
		    actor->stream, wanted_time[actor->calls[CALL_DATA] - 1]);
}

/* Streams 1, 2 and 3 whose first chunks set these alarms. */
static void start_alarms(
    struct flow flows[3], uint64_t one, uint64_t two, uint64_t three)
{
	wanted_time[0] = one;
	wanted_time[1] = two;
	wanted_time[2] = three;
	bench.r.hook = set_wanted;
	bench_add(&actor_r);
	bench_ready();
	for (unsigned i = 0; i < 3; i++) {
		flow_open(&flows[i], i + 1, false);
		flow_data(&flows[i], C, "x");
	}
	bench.r.hook = NULL;
	buffer_reset(&bench.events);
}

static void close_alarms(struct flow flows[3])
{
	for (unsigned i = 0; i < 3; i++)
		flow_close(&flows[i]);
}

static void alarms_go_off_in_order_of_time(void **state)
{
	struct flow flows[3];

	(void)state;
	start_alarms(flows, 5000, 4500, 4000);
	assert_int_equal(host_worker_due(bench.worker), 4000);
	host_worker_advance(bench.worker, 3999, 9);
	expect_events("");
	host_worker_advance(bench.worker, 6000, 9);
	expect_events("r3 wake 6000\n"
		      "r2 wake 6000\n"
		      "r1 wake 6000\n");
	assert_int_equal(host_worker_due(bench.worker), UINT64_MAX);
	close_alarms(flows);
}

static void equal_alarms_go_off_in_order_of_flow(void **state)
{
	static const uint64_t ids[3] = {9, 5, 7};
	struct flow flows[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		wanted_time[i] = 4000;
	bench.r.hook = set_wanted;
	bench_add(&actor_r);
	bench_ready();
	for (unsigned i = 0; i < 3; i++) {
		flow_open(&flows[i], ids[i], false);
		flow_data(&flows[i], C, "x");
	}
	buffer_reset(&bench.events);
	host_worker_advance(bench.worker, 4000, 9);
	expect_events("r5 wake 4000\n"
		      "r7 wake 4000\n"
		      "r9 wake 4000\n");
	close_alarms(flows);
}

static void new_alarm_replaces_and_zero_cancels(void **state)
{
	struct tcpflow_scope *third;
	struct flow flows[3];

	(void)state;
	start_alarms(flows, 4000, 4000, 0);
	third = bench.r.stream;
	bench_act(&bench.r);
	assert_int_equal(bench.r.host->wake_at(third, 4000), TCPFLOW_OK);
	assert_int_equal(bench.r.host->wake_at(third, 5000), TCPFLOW_OK);
	host_worker_advance(bench.worker, 4000, 9);
	expect_events("r1 wake 4000\n"
		      "r2 wake 4000\n");
	assert_int_equal(bench.r.host->wake_at(third, 0), TCPFLOW_OK);
	host_worker_advance(bench.worker, 6000, 9);
	expect_events("");
	close_alarms(flows);
}

static void alarm_goes_with_its_stream(void **state)
{
	struct flow flows[3];

	(void)state;
	start_alarms(flows, 4000, 4000, 4000);
	flow_close(&flows[1]);
	buffer_reset(&bench.events);
	host_worker_advance(bench.worker, 4000, 9);
	expect_events("r1 wake 4000\n"
		      "r3 wake 4000\n");
	close_alarms(flows);
}

static void ask_for_the_past(struct actor *actor, enum call call)
{
	if (call == CALL_WAKE || call == CALL_CLOSE)
		actor->host->wake_at(actor->stream, 1);
}

static void alarm_for_the_past_does_not_spin(void **state)
{
	struct flow flows[3];

	(void)state;
	start_alarms(flows, 0, 0, 4000);
	bench.r.hook = ask_for_the_past;
	host_worker_advance(bench.worker, 4000, 9);
	expect_events("r3 wake 4000\n");
	host_worker_advance(bench.worker, 4001, 9);
	expect_events("r3 wake 4001\n");
	close_alarms(flows);
	assert_int_equal(host_worker_due(bench.worker), UINT64_MAX);
}

static void only_streams_have_alarms(void **state)
{
	(void)state;
	bench_add(&actor_r);
	bench_ready();
	bench_act(&bench.r);
	assert_int_equal(
	    bench.r.host->wake_at(bench.r.worker, 4000), TCPFLOW_EINVAL);
	assert_int_equal(
	    bench.r.host->wake_at(bench.r.run, 4000), TCPFLOW_EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(observer_hears_each_event_before_the_owner),
	    TEST(observer_does_not_wait_for_a_probe),
	    TEST(key_makes_any_plugin_an_observer),
	    TEST(observer_with_a_probe_is_not_asked),
	    TEST(plugin_without_data_gets_no_stream),
	    TEST(failing_data_detaches_the_owner_alone),
	    TEST(failing_observer_leaves_the_owner_alone),
	    TEST(failing_gap_detaches),
	    TEST(failing_eof_detaches),
	    TEST(failing_wake_detaches),
	    TEST(direction_makes_no_sense_of_a_wake),
	    TEST(verdict_that_data_has_not_is_a_failure),
	    TEST(done_closes_and_is_no_failure),
	    TEST(done_direction_is_quiet_and_the_other_goes_on),
	    TEST(plugin_that_knows_no_gaps_leaves_at_the_first),
	    TEST(failing_observer_opens_nothing),
	    TEST(snapped_bytes_mark_the_stream),
	    TEST(alarms_go_off_in_order_of_time),
	    TEST(equal_alarms_go_off_in_order_of_flow),
	    TEST(new_alarm_replaces_and_zero_cancels),
	    TEST(alarm_goes_with_its_stream),
	    TEST(alarm_for_the_past_does_not_spin),
	    TEST(only_streams_have_alarms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
