/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink service: from a plugin's call to bytes on disk, and what the host
 * does about sinks that nobody finished. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/private.h"
#include "tests/unit/host_folder.h"
#include "tests/unit/host_outputs.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C
#define FORWARD "192.000.002.001.40000-192.000.002.002.00080"
#define BACKWARD "192.000.002.002.00080-192.000.002.001.40000"

static struct flow flow;
static const struct tcpflow_sink_api *sinks;

/* A stream of r. */
static void start_stream(void)
{
	bench_add(&actor_r);
	bench_ready();
	sinks = bench.r.host->sink;
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

static int start_capped(void **state)
{
	outputs_start(state);
	outputs_open(4, CONSOLE_TIME_NONE);
	start_stream();
	return 0;
}

/* The user wants neither files nor a console. */
static int start_unwanted(void **state)
{
	outputs_start(state);
	bench.config.outputs = 0;
	bench_renew();
	start_stream();
	return 0;
}

static struct tcpflow_sink *open_sink(uint32_t dir, uint32_t flags)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = flags,
	    .dir = dir,
	};
	struct tcpflow_sink *sink;

	assert_int_equal(sinks->open(bench.r.stream, &spec, &sink), TCPFLOW_OK);
	return sink;
}

static void file_is_named_by_who_sent_it(void **state)
{
	struct tcpflow_sink *forward = open_sink(C, 0);
	struct tcpflow_sink *backward = open_sink(S, 0);
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};

	(void)state;
	assert_int_equal(sinks->write(forward, "abc", 3), TCPFLOW_OK);
	assert_int_equal(sinks->write(forward, "", 0), TCPFLOW_OK);
	assert_int_equal(sinks->write(forward, "de", 2), TCPFLOW_OK);
	assert_int_equal(sinks->write(backward, "fg", 2), TCPFLOW_OK);
	assert_int_equal(sinks->finish(forward, NULL, &result), TCPFLOW_OK);
	assert_string_equal(result.path, FORWARD);
	assert_int_equal(result.bytes, 5);
	assert_int_equal(result.flags, 0);
	assert_int_equal(sinks->finish(backward, NULL, NULL), TCPFLOW_OK);
	expect_file(FORWARD, "abcde", 5);
	expect_file(BACKWARD, "fg", 2);
	flow_close(&flow);
}

static void file_has_the_time_of_the_last_event(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, 0);
	char path[FOLDER_PATH_ROOM];
	struct stat status;

	(void)state;
	bench.now_ns = UINT64_C(1700000000123456789) - 10;
	flow_data(&flow, C, "x");
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	flow_close(&flow);
	folder_path(path, FORWARD ".partial");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mtim.tv_sec, 1700000000);
	assert_int_equal(status.st_mtim.tv_nsec, 123456789);
}

static const char *lent[2];

static void finish_two(struct actor *actor, enum call call)
{
	struct tcpflow_sink_result results[2] = {
	    {.struct_size = sizeof(results[0])},
	    {.struct_size = sizeof(results[1])},
	};
	struct tcpflow_sink *two[2];

	(void)actor;
	if (call != CALL_DATA)
		return;
	for (unsigned i = 0; i < 2; i++) {
		two[i] = open_sink(i, 0);
		assert_int_equal(sinks->write(two[i], "x", 1), TCPFLOW_OK);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
		    sinks->finish(two[i], NULL, &results[i]), TCPFLOW_OK);
		lent[i] = results[i].path;
	}
	/* Both, until the callback returns. */
	assert_string_equal(lent[0], FORWARD);
	assert_string_equal(lent[1], BACKWARD);
}

static void paths_live_until_the_callback_returns(void **state)
{
	(void)state;
	bench.r.hook = finish_two;
	flow_data(&flow, C, "x");
	assert_non_null(bench.worker->lent);
	bench.r.hook = NULL;
	flow_data(&flow, C, "x");
	assert_null(bench.worker->lent);
	flow_close(&flow);
}

static void sparse_sink_may_have_holes(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, TCPFLOW_SINK_SPARSE);

	(void)state;
	assert_int_equal(sinks->write(sink, "ab", 2), TCPFLOW_OK);
	assert_int_equal(sinks->pwrite(sink, 4, "ef", 2), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "g", 1), TCPFLOW_OK);
	assert_int_equal(sinks->pwrite(sink, 1, "B", 1), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "h", 1), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, NULL, NULL), TCPFLOW_OK);
	expect_file(FORWARD, "aB\0\0efgh", 8);
	flow_close(&flow);
}

static void other_sinks_may_not(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, 0);

	(void)state;
	assert_int_equal(sinks->write(sink, "ab", 2), TCPFLOW_OK);
	assert_int_equal(sinks->pwrite(sink, 3, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(sinks->pwrite(sink, 2, "c", 1), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, NULL, NULL), TCPFLOW_OK);
	expect_file(FORWARD, "abc", 3);
	flow_close(&flow);
}

static void absurd_offset_is_refused(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, TCPFLOW_SINK_SPARSE);

	(void)state;
	assert_int_equal(
	    sinks->pwrite(sink, UINT64_MAX, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(
	    sinks->pwrite(sink, INT64_MAX, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(sinks->finish(sink, NULL, NULL), TCPFLOW_OK);
	flow_close(&flow);
}

static void cap_is_a_limit_and_no_failure(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, 0);
	struct tcpflow_sink *free_one = open_sink(S, TCPFLOW_SINK_UNCAPPED);
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};

	(void)state;
	assert_int_equal(sinks->write(sink, "abcdef", 6), TCPFLOW_ELIMIT);
	assert_int_equal(sinks->write(sink, "g", 1), TCPFLOW_ELIMIT);
	assert_int_equal(sinks->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_int_equal(result.flags, TCPFLOW_SINK_CAPPED);
	assert_int_equal(sinks->write(free_one, "abcdef", 6), TCPFLOW_OK);
	assert_int_equal(sinks->finish(free_one, NULL, NULL), TCPFLOW_OK);
	expect_file(FORWARD, "abcd", 4);
	expect_file(BACKWARD, "abcdef", 6);
	flow_close(&flow);
}

static void discarded_sink_leaves_no_file(void **state)
{
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .flags = TCPFLOW_SINK_DISCARD,
	};
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink = open_sink(C, 0);
	static char bytes[40000];

	(void)state;
	assert_int_equal(sinks->write(sink, bytes, sizeof(bytes)), TCPFLOW_OK);
	assert_string_equal(sinks->path(sink), FORWARD);
	/* Some of it is on disk, some still in a buffer. */
	assert_int_equal(sinks->write(sink, bytes, 1000), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, &how, &result), TCPFLOW_OK);
	assert_null(result.path);
	assert_int_equal(result.bytes, sizeof(bytes) + 1000);
	expect_no_file(FORWARD);
	flow_close(&flow);
}

static void open_sink_is_partial_when_its_stream_ends(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, 0);

	(void)state;
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	flow_close(&flow);
	expect_no_file(FORWARD);
	expect_file(FORWARD ".partial", "abc", 3);
}

static void open_sink_is_partial_when_its_plugin_fails(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, 0);

	(void)state;
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	bench.r.answer[CALL_DATA] = TCPFLOW_EPROTO;
	flow_data(&flow, C, "x");
	expect_file(FORWARD ".partial", "abc", 3);
	flow_close(&flow);
}

static void suffix_may_be_known_at_the_end_only(void **state)
{
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .suffix = ".txt",
	};
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink = open_sink(C, 0);

	(void)state;
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, &how, &result), TCPFLOW_OK);
	assert_string_equal(result.path, FORWARD ".txt");
	expect_file(FORWARD ".txt", "abc", 3);
	expect_no_file(FORWARD);
	flow_close(&flow);
}

static void finish_that_cannot_be_had_still_finishes(void **state)
{
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .flags = 0x8000u,
	};
	const struct tcpflow_sink_finish old = {.struct_size = 8};
	struct tcpflow_sink *sink = open_sink(C, 0);

	(void)state;
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, &how, NULL), TCPFLOW_ENOSYS);
	expect_file(FORWARD, "abc", 3);
	sink = open_sink(S, 0);
	assert_int_equal(sinks->finish(sink, &old, NULL), TCPFLOW_EINVAL);
	assert_int_equal(sinks->finish(NULL, NULL, NULL), TCPFLOW_OK);
	flow_close(&flow);
}

static void small_result_is_left_alone(void **state)
{
	struct tcpflow_sink_result result = {.struct_size = 4, .bytes = 77};
	struct tcpflow_sink *sink = open_sink(C, 0);

	(void)state;
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_int_equal(result.bytes, 77);
	flow_close(&flow);
}

static void what_there_is_not_is_answered_so(void **state)
{
	struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = 0x8000,
	    .dir = TCPFLOW_DIR_NONE,
	};
	struct tcpflow_sink *sink;

	(void)state;
	assert_int_equal(
	    sinks->open(bench.r.stream, &spec, &sink), TCPFLOW_ENOSYS);
	assert_null(sink);
	expect_message("no sinks with flags 0x8000");
	spec.flags = 0;
	spec.dir = 2;
	assert_int_equal(
	    sinks->open(bench.r.stream, &spec, &sink), TCPFLOW_EINVAL);
	spec.dir = C;
	spec.struct_size = 16;
	assert_int_equal(
	    sinks->open(bench.r.stream, &spec, &sink), TCPFLOW_EINVAL);
	sink = open_sink(C, 0);
	assert_int_equal(
	    sinks->append(sink, bench.r.stream, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(sinks->finish(sink, NULL, NULL), TCPFLOW_OK);
	flow_close(&flow);
}

static void unwanted_outputs_swallow(void **state)
{
	const struct tcpflow_span span = {.ptr = "x", .len = 1};
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink = open_sink(C, TCPFLOW_SINK_SPARSE);

	(void)state;
	assert_int_equal(bench.r.host->outputs(bench.r.stream), 0);
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	assert_int_equal(sinks->pwrite(sink, 9, "abc", 3), TCPFLOW_OK);
	assert_null(sinks->path(sink));
	assert_int_equal(sinks->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_null(result.path);
	assert_int_equal(result.bytes, 6);
	assert_int_equal(
	    bench.r.host->console->put(bench.r.stream, C, &span, 1),
	    TCPFLOW_OK);
	flow_close(&flow);
	host_worker_close(&bench.worker);
	assert_int_equal(
	    bench.r.host->console->put(bench.r.run, C, &span, 1), TCPFLOW_OK);
}

static void failed_disk_is_an_io_error(void **state)
{
	struct tcpflow_sink *sink = open_sink(C, 0);
	static char bytes[100000];

	(void)state;
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	else
		folder_chmod("", 0500);
	assert_int_equal(sinks->write(sink, bytes, sizeof(bytes)), TCPFLOW_EIO);
	assert_int_equal(sinks->write(sink, "x", 1), TCPFLOW_EIO);
	assert_int_equal(sinks->finish(sink, NULL, NULL), TCPFLOW_EIO);
	assert_int_equal(seteuid(getuid()), 0);
	folder_chmod("", 0700);
	flow_close(&flow);
}

/* Who found the sides exchanged writes under the names of who sent it, too. */
static void names_do_not_depend_on_the_view(void **state)
{
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .dir = C,
	};
	const struct tcpflow_span span = {.ptr = "x\n", .len = 2};
	struct tcpflow_sink *sink;

	(void)state;
	outputs_open(0, CONSOLE_TIME_NONE);
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_ready();
	sinks = bench.a.host->sink;
	flow_open(&flow, 1, true);
	flow_data(&flow, S, "GET");
	assert_int_equal(bench.a.client, 80);
	bench_act(&bench.a);
	assert_int_equal(sinks->open(bench.a.stream, &spec, &sink), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "GET", 3), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_string_equal(result.path, BACKWARD);
	bench.a.host->console->put(bench.a.stream, C, &span, 1);
	flow_close(&flow);
}

int main(void)
{
#define TEST_FROM(name, from) \
	cmocka_unit_test_setup_teardown(name, from, outputs_end)
#define TEST(name) TEST_FROM(name, start)
	const struct CMUnitTest tests[] = {
	    TEST(file_is_named_by_who_sent_it),
	    TEST(file_has_the_time_of_the_last_event),
	    TEST(paths_live_until_the_callback_returns),
	    TEST(sparse_sink_may_have_holes),
	    TEST(other_sinks_may_not),
	    TEST(absurd_offset_is_refused),
	    TEST_FROM(cap_is_a_limit_and_no_failure, start_capped),
	    TEST(discarded_sink_leaves_no_file),
	    TEST(open_sink_is_partial_when_its_stream_ends),
	    TEST(open_sink_is_partial_when_its_plugin_fails),
	    TEST(suffix_may_be_known_at_the_end_only),
	    TEST(finish_that_cannot_be_had_still_finishes),
	    TEST(small_result_is_left_alone),
	    TEST(what_there_is_not_is_answered_so),
	    TEST_FROM(names_do_not_depend_on_the_view, outputs_start),
	    TEST_FROM(unwanted_outputs_swallow, start_unwanted),
	    TEST(failed_disk_is_an_io_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
