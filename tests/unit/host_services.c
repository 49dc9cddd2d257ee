/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host does for a plugin beside files and the console: messages,
 * counters, accounting, parsers; and what it answers where there is nothing. */
#include "tests/unit/host_bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/host/private.h"

/* The clock of message limits is the test's. */
time_t __wrap_time(time_t *out);

static time_t wall = 1000;

time_t __wrap_time(time_t *out)
{
	(void)out;
	return wall;
}

static const struct tcpflow_host *host;
static struct flow flow;

/* A stream that r owns; its scope is bench.r.stream. */
static int start(void **state)
{
	bench_start(state);
	bench_add(&actor_r);
	bench_ready();
	host = bench.r.host;
	flow_open(&flow, 1, false);
	flow_data(&flow, TCPFLOW_C2S, "x");
	bench_act(&bench.r);
	return 0;
}

static void message_says_who_and_which_flow(void **state)
{
	(void)state;
	host->log(bench.r.stream, TCPFLOW_LOG_WARN, "odd byte %d\033[2J", 7);
	expect_message("tcpflow: plugin r: 192.0.2.1:40000-192.0.2.2:80 odd "
		       "byte 7\\x1b[2J\n");
	host->log(bench.r.worker, TCPFLOW_LOG_INFO, "hello");
	expect_message("tcpflow: plugin r: hello\n");
	host->log(bench.r.run, TCPFLOW_LOG_INFO, "there");
	expect_message("tcpflow: plugin r: there\n");
}

static void message_beyond_the_level_is_not_shown(void **state)
{
	(void)state;
	host->log(bench.r.stream, TCPFLOW_LOG_DEBUG, "quiet");
	host->log(bench.r.stream, 77, "quiet");
	expect_no_message("quiet");
}

static void few_messages_of_a_kind_a_second(void **state)
{
	static const char format[] = "noise %d.";

	(void)state;
	for (int i = 1; i <= 10; i++)
		host->log(bench.r.stream, TCPFLOW_LOG_WARN, format, i);
	host->log(bench.r.stream, TCPFLOW_LOG_WARN, "other");
	expect_message("noise 3.");
	expect_no_message("noise 4.");
	expect_message("other");
	wall++;
	host->log(bench.r.stream, TCPFLOW_LOG_WARN, format, 11);
	expect_message("plugin r: 7 more messages of one kind were left out\n");
	expect_message("noise 11.");
}

static void messages_left_out_are_told_at_the_end(void **state)
{
	(void)state;
	for (int i = 1; i <= 5; i++)
		host->log(bench.r.worker, TCPFLOW_LOG_WARN, "noise");
	flow_close(&flow);
	host_worker_close(&bench.worker);
	expect_message("plugin r: 2 more messages");
}

static void many_kinds_push_out_the_oldest(void **state)
{
	/* Each place in it is a format of its own. */
	static const char formats[] = "xxxxxxxxxxxxxxxxxxxxxxxx%u";

	(void)state;
	for (int i = 0; i < 5; i++)
		host->log(bench.r.worker, TCPFLOW_LOG_WARN, "first");
	wall++;
	for (unsigned i = 0; i < LOG_FORMATS_MOST - 1; i++)
		host->log(bench.r.worker, TCPFLOW_LOG_INFO, formats + i, i);
	expect_no_message("more messages");
	host->log(
	    bench.r.worker, TCPFLOW_LOG_INFO, formats + LOG_FORMATS_MOST, 0u);
	expect_message("plugin r: 2 more messages");
}

static void counters_are_summed_and_sorted(void **state)
{
	(void)state;
	host->count(bench.r.run, "bytes", 1);
	host->count(bench.r.worker, "bytes", 2);
	host->count(bench.r.stream, "bytes", 4);
	assert_int_equal(plugin_counter("r.bytes"), 7);
	flow_close(&flow);
	host_worker_close(&bench.worker);
	assert_int_equal(plugin_counter("r.bytes"), 7);
}

static void note_counter(void *context, const char *name, uint64_t value)
{
	(void)context;
	buffer_printf(&bench.events, "%s=%u\n", name, (unsigned)value);
}

static void counters_are_shown_once_each(void **state)
{
	(void)state;
	buffer_reset(&bench.events);
	host->count(bench.r.worker, "b", 2);
	host->count(bench.r.worker, "a.c", 1);
	host->count(bench.r.run, "b", 2);
	host_counters(bench.host, note_counter, NULL);
	expect_events("r.a.c=1\nr.b=4\n");
}

static void counter_names_are_checked(void **state)
{
	(void)state;
	host->count(bench.r.stream, "Bad", 1);
	host->count(bench.r.stream, "", 1);
	expect_message("counter 'Bad' is refused");
	assert_int_equal(plugin_counter("r.Bad"), 0);
}

static void counters_are_few(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i <= COUNTERS_MOST; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		host->count(bench.r.stream, name, 1);
	}
	assert_int_equal(plugin_counter("r.n63"), 1);
	assert_int_equal(plugin_counter("r.n64"), 0);
	expect_message("counter 'n64' is lost");
}

static void held_bytes_come_from_the_budget(void **state)
{
	(void)state;
	assert_int_equal(host->hold(bench.r.stream, 1000), TCPFLOW_OK);
	assert_int_equal(bench.memory.held.used, 1000);
	host->release(bench.r.stream, 600);
	assert_int_equal(bench.memory.held.used, 400);
	host->release(bench.r.stream, 400);
	assert_int_equal(bench.memory.held.used, 0);
}

static void stream_may_hold_4_mib(void **state)
{
	(void)state;
	assert_int_equal(host->hold(bench.r.stream, 4u << 20), TCPFLOW_OK);
	assert_int_equal(host->hold(bench.r.stream, 1), TCPFLOW_ENOMEM);
	assert_int_equal(host->hold(bench.r.stream, SIZE_MAX), TCPFLOW_ENOMEM);
	expect_counter(COUNTER_PLUGIN_REFUSED_MEMORY, 2);
	host->release(bench.r.stream, 4u << 20);
	assert_int_equal(host->hold(bench.r.worker, 5u << 20), TCPFLOW_OK);
	host->release(bench.r.worker, 5u << 20);
}

static void spent_budget_says_no(void **state)
{
	(void)state;
	bench.memory.held.limit = 100;
	assert_int_equal(host->hold(bench.r.stream, 101), TCPFLOW_ENOMEM);
	assert_int_equal(host->hold(bench.r.stream, 100), TCPFLOW_OK);
	host->release(bench.r.stream, 100);
	expect_counter(COUNTER_PLUGIN_REFUSED_MEMORY, 1);
}

static void bytes_not_released_are_told_and_given_back(void **state)
{
	(void)state;
	assert_int_equal(host->hold(bench.r.stream, 77), TCPFLOW_OK);
	flow_close(&flow);
	expect_message("77 bytes were held and not released");
	assert_int_equal(bench.memory.held.used, 0);
}

static void too_much_released_is_told_and_corrected(void **state)
{
	(void)state;
	assert_int_equal(host->hold(bench.r.worker, 10), TCPFLOW_OK);
	assert_int_equal(host->hold(bench.r.stream, 5), TCPFLOW_OK);
	host->release(bench.r.stream, 8);
	expect_message("8 bytes released where 5 were held");
	assert_int_equal(bench.memory.held.used, 10);
	host->release(bench.r.worker, 10);
}

static void run_keeps_its_balance(void **state)
{
	(void)state;
	assert_int_equal(host->hold(bench.r.run, 5u << 20), TCPFLOW_OK);
	assert_int_equal(bench.memory.held.used, 0);
	assert_int_equal(host->hold(bench.r.run, SIZE_MAX), TCPFLOW_ENOMEM);
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_destroy(&bench.host);
	expect_message("5242880 bytes were held and not released");
	assert_true(host_create(&bench.host, &bench.config));
}

static void parsers_are_strict(void **state)
{
	uint64_t number = 5;
	int32_t flag = 5;

	(void)state;
	assert_int_equal(
	    host->parse_u64(bench.r.run, "k", "2k", 0, 4096, &number),
	    TCPFLOW_OK);
	assert_int_equal(number, 2048);
	assert_int_equal(
	    host->parse_u64(bench.r.run, "k", "3T", 0, UINT64_MAX, &number),
	    TCPFLOW_OK);
	assert_true(number == UINT64_C(3) << 40);
	number = 2048;
	assert_int_equal(
	    host->parse_u64(bench.r.run, "k", "5k", 0, 4096, &number),
	    TCPFLOW_EINVAL);
	assert_int_equal(
	    host->parse_u64(bench.r.run, "k", "-1", 0, 4096, &number),
	    TCPFLOW_EINVAL);
	assert_int_equal(number, 2048);
	expect_message("plugin r: k=5k: a number from 0 to 4096 is wanted (k, "
		       "M, G and T are powers of 1024)\n");
	assert_int_equal(
	    host->parse_flag(bench.r.run, "f", "on", &flag), TCPFLOW_OK);
	assert_int_equal(flag, 1);
	assert_int_equal(
	    host->parse_flag(bench.r.run, "f", "2", &flag), TCPFLOW_EINVAL);
	assert_int_equal(flag, 1);
}

static void outputs_are_what_the_user_wants(void **state)
{
	(void)state;
	assert_int_equal(host->outputs(bench.r.stream),
	    TCPFLOW_OUT_FILES | TCPFLOW_OUT_CONSOLE);
}

static void records_and_digests_are_nobodys_wish(void **state)
{
	const struct tcpflow_record_api *record = host->record;
	const struct tcpflow_record_spec spec = {.struct_size = sizeof(spec)};

	(void)state;
	assert_null(record->begin(bench.r.stream, &spec));
	record->str(NULL, "k", "v", 1);
	record->hex(NULL, "k", "v", 1);
	record->u64(NULL, "k", 1);
	record->i64(NULL, "k", 1);
	record->f64(NULL, "k", 1);
	record->time(NULL, "k", 1);
	record->boolean(NULL, "k", 1);
	record->object(NULL, "k");
	record->array(NULL, "k");
	record->end(NULL);
	assert_int_equal(record->commit(NULL), TCPFLOW_OK);
	record->abandon(NULL);
	assert_null(host->digest->open(bench.r.stream));
	host->digest->update(NULL, "x", 1);
	host->digest->put(NULL, NULL);
	host->digest->close(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(message_says_who_and_which_flow),
	    TEST(message_beyond_the_level_is_not_shown),
	    TEST(few_messages_of_a_kind_a_second),
	    TEST(messages_left_out_are_told_at_the_end),
	    TEST(many_kinds_push_out_the_oldest),
	    TEST(counters_are_summed_and_sorted),
	    TEST(counters_are_shown_once_each),
	    TEST(counter_names_are_checked),
	    TEST(counters_are_few),
	    TEST(held_bytes_come_from_the_budget),
	    TEST(stream_may_hold_4_mib),
	    TEST(spent_budget_says_no),
	    TEST(bytes_not_released_are_told_and_given_back),
	    TEST(too_much_released_is_told_and_corrected),
	    TEST(run_keeps_its_balance),
	    TEST(parsers_are_strict),
	    TEST(outputs_are_what_the_user_wants),
	    TEST(records_and_digests_are_nobodys_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
