/* SPDX-License-Identifier: BSD-2-Clause */
/* The console service: what a record of a plugin's is shown with. */
#include <string.h>

#include "core/host/private.h"
#include "tests/unit/host_outputs.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C

static struct flow flow;

/* A stream of r. */
static void start_stream(void)
{
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	bench_act(&bench.r);
}

static int start(void **state)
{
	outputs_start(state);
	outputs_open(0, CONSOLE_TIME_NONE);
	start_stream();
	return 0;
}

static int start_timed(void **state)
{
	outputs_start(state);
	outputs_open(0, CONSOLE_TIME_RELATIVE);
	start_stream();
	return 0;
}

static void put(uint32_t dir, const char *text, uint32_t flags)
{
	const struct tcpflow_span span = {
	    .ptr = text,
	    .len = strlen(text),
	    .flags = flags,
	};

	assert_int_equal(
	    bench.r.host->console->put(bench.r.stream, dir, &span, 1),
	    TCPFLOW_OK);
}

static void record_has_the_time_of_its_event(void **state)
{
	(void)state;
	put(C, "one\n", 0);
	bench.now_ns += 1500000000;
	flow_data(&flow, S, "x");
	put(TCPFLOW_DIR_NONE, "two\n", 0);
	expect_screen("0.000000 one\n1.500000 two\n");
	flow_close(&flow);
}

static void show_call(struct actor *actor, enum call call)
{
	const struct tcpflow_span data = {.ptr = "data\n", .len = 5};
	const struct tcpflow_span gap = {.ptr = "gap\n", .len = 4};

	if (call == CALL_DATA || call == CALL_GAP)
		actor->host->console->put(
		    actor->stream, C, call == CALL_DATA ? &data : &gap, 1);
}

static void replayed_record_has_the_time_of_its_event(void **state)
{
	(void)state;
	outputs_open(0, CONSOLE_TIME_RELATIVE);
	bench.a.wants = "GET";
	bench.r.hook = show_call;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "G");
	bench.now_ns += 500000000;
	flow_data(&flow, C, "E");
	bench.now_ns += 1000000000;
	flow_gap(&flow, C, 9);
	expect_screen("0.000000 data\n0.500000 data\n1.500000 gap\n");
	flow_close(&flow);
}

static void greet(struct actor *actor, enum call call)
{
	const struct tcpflow_span hello = {.ptr = "hello\n", .len = 6};

	if (call == CALL_OPEN)
		actor->host->console->put(actor->stream, C, &hello, 1);
}

static void observer_opens_when_its_flow_began(void **state)
{
	struct flow other;

	(void)state;
	outputs_open(0, CONSOLE_TIME_RELATIVE);
	bench.o.hook = greet;
	bench_add(&actor_o);
	bench_ready();
	flow_open(&flow, 1, false);
	bench.now_ns += 1500000000;
	flow_open(&other, 2, false);
	expect_screen("0.000000 hello\n1.500000 hello\n");
	flow_close(&flow);
	flow_close(&other);
}

static void cut_character_is_put_together_by_direction(void **state)
{
	(void)state;
	put(C, "\xc3", TCPFLOW_SPAN_CONTINUED);
	put(S, "\xe2\x82", TCPFLOW_SPAN_CONTINUED);
	put(C, "\xa4", TCPFLOW_SPAN_CONTINUED);
	put(S, "\xac", TCPFLOW_SPAN_CONTINUED);
	flow_close(&flow);
	expect_screen("\xc3\xa4\xe2\x82\xac");
}

static void broken_character_is_shown_at_the_end(void **state)
{
	(void)state;
	put(C, "a\xc3", TCPFLOW_SPAN_CONTINUED);
	expect_screen("a");
	flow_close(&flow);
	expect_screen("a\\xc3");
}

static void unknown_flags_and_directions_are_refused(void **state)
{
	struct tcpflow_span span = {.ptr = "x", .len = 1, .flags = 0x80};

	(void)state;
	assert_int_equal(
	    bench.r.host->console->put(bench.r.stream, C, &span, 1),
	    TCPFLOW_ENOSYS);
	span.flags = 0;
	assert_int_equal(
	    bench.r.host->console->put(bench.r.stream, 2, &span, 1),
	    TCPFLOW_EINVAL);
	expect_screen("");
	flow_close(&flow);
}

static int32_t before;

static void put_early(struct actor *actor, enum call call)
{
	const struct tcpflow_span span = {.ptr = "sum\n", .len = 4};
	int32_t status;

	if (call != CALL_READY && call != CALL_FINISH)
		return;
	status = actor->host->console->put(
	    actor->run, TCPFLOW_DIR_NONE, &span, 1);
	if (call == CALL_READY)
		before = status;
	else
		assert_int_equal(status, TCPFLOW_OK);
}

static void run_has_the_console_once_workers_have(void **state)
{
	const struct tcpflow_run run = {
	    .struct_size = sizeof(run), .packets = 1};

	(void)state;
	bench.r.hook = put_early;
	outputs_open(0, CONSOLE_TIME_RELATIVE);
	start_stream();
	assert_int_equal(before, TCPFLOW_ENOSYS);
	put(C, "one\n", 0);
	bench.now_ns += 2500000000;
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_finish(bench.host, &run);
	expect_screen("0.000000 one\n2.500000 sum\n");
}

int main(void)
{
#define TEST_FROM(name, from) \
	cmocka_unit_test_setup_teardown(name, from, outputs_end)
#define TEST(name) TEST_FROM(name, start)
	const struct CMUnitTest tests[] = {
	    TEST_FROM(record_has_the_time_of_its_event, start_timed),
	    TEST_FROM(replayed_record_has_the_time_of_its_event, outputs_start),
	    TEST_FROM(observer_opens_when_its_flow_began, outputs_start),
	    TEST(cut_character_is_put_together_by_direction),
	    TEST(broken_character_is_shown_at_the_end),
	    TEST(unknown_flags_and_directions_are_refused),
	    TEST_FROM(run_has_the_console_once_workers_have, outputs_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
