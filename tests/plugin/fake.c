/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host itself: a plugin that behaves gets what it asks for, and each
 * mistake ends the test with its own line. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/plugin/fake_host.h"

/* A plugin that does in each callback what a test says. */
static const struct tcpflow_host *host;
static struct tcpflow_scope *run;
static struct tcpflow_scope *stream;
static struct tcpflow_sink *shared;
static void (*in_data)(void);

static int32_t plugin_create(const struct tcpflow_host *table,
    struct tcpflow_scope *scope, void **instance)
{
	host = table;
	run = scope;
	*instance = NULL;
	return TCPFLOW_OK;
}

static int32_t plugin_ready(void *instance)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	    .head = "[",
	    .between = ",",
	    .tail = "]",
	};

	(void)instance;
	return host->sink->open(run, &spec, &shared);
}

static int32_t plugin_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	(void)worker;
	(void)info;
	stream = scope;
	*state = NULL;
	return TCPFLOW_OK;
}

static int32_t plugin_data(void *state, const struct tcpflow_chunk *chunk)
{
	(void)state;
	(void)chunk;
	if (in_data != NULL)
		in_data();
	return TCPFLOW_OK;
}

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "tested",
    .version = "1",
    .summary = "does what a test says",
    .create = plugin_create,
    .ready = plugin_ready,
    .open = plugin_open,
    .data = plugin_data,
};

static const struct tcpflow_plugin *entry(void)
{
	return &plugin;
}

static struct fake_host *fake;

/* One stream, in whose data callback `act` is called. */
static void run_plugin(void (*act)(void), uint64_t max_bytes)
{
	static const struct tcpflow_run facts = {
	    .struct_size = sizeof(facts),
	    .packets = 1,
	};
	struct fake_stream *one;

	in_data = act;
	fake = fake_host_new(entry);
	fake_host_set_outputs(fake, TCPFLOW_OUT_FILES | TCPFLOW_OUT_RECORDS);
	fake_host_set_max_bytes(fake, max_bytes);
	assert_int_equal(fake_host_start(fake, NULL), TCPFLOW_OK);
	one = fake_stream_open(fake, NULL);
	fake_stream_text(one, TCPFLOW_C2S, "hello");
	fake_stream_close(&one, TCPFLOW_CLOSE_FIN);
	fake_host_finish(fake, &facts);
}

static void expect_file(size_t number, const char *path, const char *text)
{
	struct fake_file file;

	assert_true(fake_host_file(fake, number, &file));
	assert_string_equal(file.path, path);
	assert_int_equal(file.length, strlen(text));
	assert_memory_equal(file.bytes, text, file.length);
}

static struct tcpflow_record *begin(uint32_t flags, struct tcpflow_sink *into)
{
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = flags,
	    .type = "test",
	    .into = into,
	};

	return host->record->begin(stream, &spec);
}

static void add_pieces(void)
{
	struct tcpflow_record *record = begin(TCPFLOW_RECORD_BARE, shared);

	host->record->u64(record, "one", 1);
	assert_int_equal(host->record->commit(record), TCPFLOW_OK);
	assert_int_equal(
	    host->sink->append(shared, stream, "2", 1), TCPFLOW_OK);
	assert_int_equal(host->record->commit(begin(0, shared)), TCPFLOW_OK);
	assert_int_equal(host->sink->write(shared, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(host->sink->pwrite(shared, 0, "x", 1), TCPFLOW_EINVAL);
}

static void shared_sinks_take_pieces_and_records(void **state)
{
	(void)state;
	run_plugin(add_pieces, 0);
	expect_file(0, "1-both", "[{\"one\":1},2,{\"type\":\"test\"}]");
	assert_string_equal(fake_host_records(fake), "");
	fake_host_free(&fake);
}

static void without_pieces_head_and_tail_stand(void **state)
{
	(void)state;
	run_plugin(NULL, 0);
	expect_file(0, "1-both", "[]");
	fake_host_free(&fake);
}

static struct tcpflow_sink_result store(
    uint32_t flags, const char *suffix, uint32_t how)
{
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = flags,
	    .dir = TCPFLOW_S2C,
	    .label = "body",
	    .suffix = ".bin",
	};
	const struct tcpflow_sink_finish finish = {
	    .struct_size = sizeof(finish),
	    .flags = how,
	    .suffix = suffix,
	};
	struct tcpflow_sink *sink;

	assert_int_equal(host->sink->open(stream, &spec, &sink), TCPFLOW_OK);
	assert_in_range(-host->sink->write(sink, "abcdef", 6), 0, 3);
	assert_int_equal(
	    host->sink->finish(sink, &finish, &result), TCPFLOW_OK);
	return result;
}

static void store_all(void)
{
	struct tcpflow_sink_result result = store(0, ".html", 0);

	assert_string_equal(result.path, "2-s2c-body.html");
	assert_int_equal(result.bytes, 6);
	assert_int_equal(result.flags, 0);
	result = store(TCPFLOW_SINK_HASH, NULL, 0);
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	result = store(TCPFLOW_SINK_BY_HASH, NULL, 0);
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	assert_memory_equal(result.path, "by-hash/", 8);
	result = store(TCPFLOW_SINK_BY_HASH, NULL, 0);
	assert_int_equal(
	    result.flags, TCPFLOW_SINK_HASHED | TCPFLOW_SINK_DUPLICATE);
	result = store(0, NULL, TCPFLOW_SINK_DISCARD);
	assert_null(result.path);
}

static void files_are_named_in_the_end(void **state)
{
	(void)state;
	run_plugin(store_all, 0);
	fake_host_free(&fake);
}

static void store_capped(void)
{
	assert_int_equal(store(0, NULL, 0).flags, TCPFLOW_SINK_CAPPED);
	assert_int_equal(store(0, NULL, 0).bytes, 4);
	assert_int_equal(store(TCPFLOW_SINK_UNCAPPED, NULL, 0).bytes, 6);
	assert_int_equal(
	    host->sink->append(shared, stream, "12345", 5), TCPFLOW_ELIMIT);
}

static void files_have_a_cap(void **state)
{
	(void)state;
	run_plugin(store_capped, 4);
	expect_file(0, "1-both", "[]");
	fake_host_free(&fake);
}

/* Mistakes, and what is said of each. */

static void holds_too_long(void)
{
	assert_int_equal(host->hold(stream, 5), TCPFLOW_OK);
}

static void leaves_a_record(void)
{
	begin(0, NULL);
}

static void records_without_a_shared_sink(void)
{
	begin(TCPFLOW_RECORD_BARE, NULL);
}

static void uses_a_finished_sink(void)
{
	host->sink->finish(shared, NULL, NULL);
	host->sink->append(shared, stream, "x", 1);
}

static void names_a_counter_badly(void)
{
	host->count(stream, "Bad Name", 1);
}

static void forgets_a_size(void)
{
	const struct tcpflow_sink_spec spec = {.dir = TCPFLOW_DIR_NONE};
	struct tcpflow_sink *sink;

	host->sink->open(stream, &spec, &sink);
}

static void wakes_the_run(void)
{
	host->wake_at(run, 5);
}

static const struct {
	void (*act)(void);
	const char *said;
} mistakes[] = {
    {holds_too_long, "5 bytes are still held"},
    {leaves_a_record, "data leaves a record open"},
    {records_without_a_shared_sink, "BARE without into"},
    {uses_a_finished_sink, "is closed"},
    {names_a_counter_badly, "Bad Name"},
    {forgets_a_size, "struct_size is not set"},
    {wakes_the_run, "wake_at"},
};

static void expect_end(void (*act)(void), const char *said)
{
	char text[512] = "";
	size_t length = 0;
	int ends[2];
	int status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL); /* cmocka's is another */
		dup2(ends[1], STDERR_FILENO);
		run_plugin(act, 0);
		fake_host_free(&fake);
		_exit(0);
	}
	close(ends[1]);
	while (length < sizeof(text) - 1) {
		ssize_t more = read(
		    ends[0], text + length, sizeof(text) - 1 - length);

		if (more <= 0)
			break;
		length += (size_t)more;
	}
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (strstr(text, said) == NULL)
		fail_msg("no '%s', but: %s", said, text);
}

static void mistakes_end_the_test(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		expect_end(mistakes[i].act, mistakes[i].said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shared_sinks_take_pieces_and_records),
	    cmocka_unit_test(without_pieces_head_and_tail_stand),
	    cmocka_unit_test(files_are_named_in_the_end),
	    cmocka_unit_test(files_have_a_cap),
	    cmocka_unit_test(mistakes_end_the_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
