/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a plugin as tcpflow/plugin.h promises it: what is called, in
 * which order, and what is not called after a failure. */
#include "tests/unit/host_bench.h"

#include <stdio.h>

#include "core/host/private.h"

static const struct tcpflow_run run = {
    .struct_size = sizeof(run),
    .reason = TCPFLOW_RUN_INPUT_END,
    .packets = 1,
};

static void note_life(struct actor *actor, enum call call)
{
	static const char *const names[CALL_COUNT] = {
	    [CALL_CREATE] = "create",
	    [CALL_READY] = "ready",
	    [CALL_FINISH] = "finish",
	    [CALL_DESTROY] = "destroy",
	    [CALL_WORKER_OPEN] = "worker_open",
	    [CALL_WORKER_CLOSE] = "worker_close",
	};

	if (names[call] != NULL)
		buffer_printf(
		    &bench.events, "%s %s\n", actor->name, names[call]);
}

static enum host_result open_worker(void)
{
	const struct host_worker_config config = {
	    .memory = &bench.memory,
	    .counters = &bench.counters,
	};

	return host_worker_open(&bench.worker, bench.host, &config);
}

static void watch(void)
{
	bench.a.hook = note_life;
	bench.b.hook = note_life;
	bench_add(&actor_a);
	bench_add(&actor_b);
}

static void life_is_in_the_order_of_plugins(void **state)
{
	(void)state;
	watch();
	assert_int_equal(host_ready(bench.host), HOST_OK);
	assert_int_equal(open_worker(), HOST_OK);
	host_worker_close(&bench.worker);
	host_finish(bench.host, &run);
	host_destroy(&bench.host);
	expect_events("a create\n"
		      "b create\n"
		      "a config size=4k\n"
		      "a ready\n"
		      "b config size=4k\n"
		      "b ready\n"
		      "a worker_open\n"
		      "b worker_open\n"
		      "a worker_close\n"
		      "b worker_close\n"
		      "a finish\n"
		      "b finish\n"
		      "a destroy\n"
		      "b destroy\n");
	assert_true(host_create(&bench.host, &bench.config));
}

static void failing_create_leaves_nothing(void **state)
{
	(void)state;
	bench.a.answer[CALL_CREATE] = TCPFLOW_ENOMEM;
	bench.a.hook = note_life;
	assert_int_equal(host_add(bench.host, &actor_a), HOST_USAGE);
	expect_message("plugin a: cannot start (error -1)");
	host_destroy(&bench.host);
	expect_events("a create\n");
	assert_true(host_create(&bench.host, &bench.config));
}

static void same_name_twice_is_refused(void **state)
{
	(void)state;
	bench_add(&actor_a);
	assert_int_equal(host_add(bench.host, &actor_a), HOST_USAGE);
	expect_message("-P a is given twice");
	assert_int_equal(bench.a.calls[CALL_CREATE], 1);
}

static void plugins_are_64_at_most(void **state)
{
	static struct tcpflow_plugin many[65];
	static char names[65][8];

	(void)state;
	for (unsigned i = 0; i < 65; i++) {
		snprintf(names[i], sizeof(names[i]), "a%u", i);
		many[i] = actor_a;
		many[i].name = names[i];
		assert_int_equal(host_add(bench.host, &many[i]),
		    i < 64 ? HOST_OK : HOST_USAGE);
	}
	expect_message("-P a64: 64 plugins are in use");
}

static void failing_ready_ends_in_destroy(void **state)
{
	(void)state;
	bench.a.answer[CALL_READY] = TCPFLOW_EINVAL;
	watch();
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a: its settings do not go together (error -2)");
	host_finish(bench.host, &run);
	host_destroy(&bench.host);
	expect_events("a create\n"
		      "b create\n"
		      "a config size=4k\n"
		      "a ready\n"
		      "a destroy\n"
		      "b destroy\n");
	assert_true(host_create(&bench.host, &bench.config));
}

static void failing_worker_open_closes_those_that_opened(void **state)
{
	(void)state;
	bench.b.answer[CALL_WORKER_OPEN] = TCPFLOW_ENOMEM;
	watch();
	assert_int_equal(host_ready(bench.host), HOST_OK);
	buffer_reset(&bench.events);
	assert_int_equal(open_worker(), HOST_FAILED);
	assert_null(bench.worker);
	expect_message("plugin b: cannot start its worker (error -1)");
	expect_events("a worker_open\n"
		      "b worker_open\n"
		      "a worker_close\n");
}

static void hold_and_count(struct actor *actor, enum call call)
{
	struct tcpflow_scope *scope = call == CALL_CREATE ? actor->run
							  : actor->worker;

	if (call != CALL_CREATE && call != CALL_WORKER_OPEN)
		return;
	assert_int_equal(actor->host->hold(scope, 10), TCPFLOW_OK);
	actor->host->count(scope, "tries", 1);
}

static void what_a_failing_create_held_is_given_back(void **state)
{
	(void)state;
	bench.a.answer[CALL_CREATE] = TCPFLOW_ENOMEM;
	bench.a.hook = hold_and_count;
	assert_int_equal(host_add(bench.host, &actor_a), HOST_USAGE);
	expect_message("10 bytes were held and not released");
}

static void what_a_failing_worker_held_is_given_back(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench.a.answer[CALL_WORKER_OPEN] = TCPFLOW_ENOMEM;
	bench.a.hook = hold_and_count;
	assert_int_equal(host_ready(bench.host), HOST_OK);
	assert_int_equal(open_worker(), HOST_FAILED);
	expect_message("10 bytes were held and not released");
	assert_int_equal(bench.memory.held.used, 0);
	assert_int_equal(plugin_counter("a.tries"), 1);
}

/* A plugin with nothing but create and a stream's callbacks. */

static void *given_worker;

static int32_t keep_worker(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	(void)scope;
	(void)info;
	(void)state;
	given_worker = worker;
	return TCPFLOW_OK;
}

static int32_t take_data(void *state, const struct tcpflow_chunk *chunk)
{
	(void)chunk;
	assert_null(state);
	return TCPFLOW_OK;
}

static int32_t create_least(const struct tcpflow_host *host,
    struct tcpflow_scope *scope, void **instance)
{
	(void)host;
	(void)scope;
	*instance = &given_worker;
	return TCPFLOW_OK;
}

static const struct tcpflow_plugin least = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "least",
    .create = create_least,
    .open = keep_worker,
    .data = take_data,
};

static void without_worker_open_the_instance_is_the_worker(void **state)
{
	struct flow flow;

	(void)state;
	bench_add(&least);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, TCPFLOW_C2S, "x");
	flow_eof(&flow, TCPFLOW_C2S);
	assert_ptr_equal(given_worker, &given_worker);
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_finish(bench.host, &run);
}

static void tables_are_whole(void **state)
{
	const struct tcpflow_host *host;

	(void)state;
	bench_add(&actor_a);
	host = bench.a.host;
	assert_int_equal(host->struct_size, sizeof(*host));
	assert_int_equal(host->abi_major, TCPFLOW_ABI_MAJOR);
	assert_int_equal(host->abi_minor, TCPFLOW_ABI_MINOR);
	assert_string_equal(host->version, "test");
	assert_true(TCPFLOW_CAN(host->sink, struct tcpflow_sink_api, finish));
	assert_true(
	    TCPFLOW_CAN(host->console, struct tcpflow_console_api, put));
	assert_true(
	    TCPFLOW_CAN(host->record, struct tcpflow_record_api, abandon));
	assert_true(TCPFLOW_CAN(host->child, struct tcpflow_child_api, close));
	assert_true(
	    TCPFLOW_CAN(host->digest, struct tcpflow_digest_api, close));
	assert_true(TCPFLOW_CAN(host, struct tcpflow_host, outputs));
	assert_non_null(host->log);
	assert_non_null(host->count);
	assert_non_null(host->hold);
	assert_non_null(host->release);
	assert_non_null(host->parse_u64);
	assert_non_null(host->parse_flag);
	assert_non_null(host->wake_at);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(life_is_in_the_order_of_plugins),
	    TEST(failing_create_leaves_nothing),
	    TEST(same_name_twice_is_refused),
	    TEST(plugins_are_64_at_most),
	    TEST(failing_ready_ends_in_destroy),
	    TEST(failing_worker_open_closes_those_that_opened),
	    TEST(what_a_failing_create_held_is_given_back),
	    TEST(what_a_failing_worker_held_is_given_back),
	    TEST(without_worker_open_the_instance_is_the_worker),
	    TEST(tables_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
