/* SPDX-License-Identifier: BSD-2-Clause */
/* Sinks of the run and of workers, SHARED ones, and records into them; sinks
 * named by their hash, and hints. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/host/private.h"
#include "tests/unit/host_folder.h"
#include "tests/unit/host_outputs.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static const struct tcpflow_run run = {
    .struct_size = sizeof(run),
    .packets = 1,
};

static struct flow flow;
static const struct tcpflow_sink_api *sinks;

/* What ready opens; its result. */
static struct tcpflow_sink_spec spec;
static struct tcpflow_sink *shared;
static int32_t opened;
static const char *early;

static void open_in_ready(struct actor *actor, enum call call)
{
	if (call != CALL_READY)
		return;
	opened = actor->host->sink->open(actor->run, &spec, &shared);
	if (early != NULL)
		assert_int_equal(actor->host->sink->append(
				     shared, actor->run, early, strlen(early)),
		    TCPFLOW_OK);
}

static void begin(uint64_t most)
{
	outputs_open(most, CONSOLE_TIME_NONE);
	bench.r.hook = open_in_ready;
	bench_add(&actor_r);
	bench_add(&actor_o);
	bench_ready();
	sinks = bench.r.host->sink;
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	bench_act(&bench.r);
}

static int start(void **state)
{
	outputs_start(state);
	early = NULL;
	spec = (struct tcpflow_sink_spec){
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	    .label = "all",
	    .suffix = ".json",
	    .head = "[",
	    .between = ",",
	    .tail = "]\n",
	};
	return 0;
}

static int32_t append(struct tcpflow_scope *scope, const char *text)
{
	return sinks->append(shared, scope, text, strlen(text));
}

static void end(void)
{
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_finish(bench.host, &run);
}

static void pieces_stand_between_head_and_tail(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(opened, TCPFLOW_OK);
	assert_null(sinks->path(shared));
	expect_no_file("r-all.json");
	assert_int_equal(append(bench.r.stream, "1"), TCPFLOW_OK);
	assert_int_equal(append(bench.r.worker, "2"), TCPFLOW_OK);
	assert_int_equal(append(bench.r.stream, ""), TCPFLOW_OK);
	assert_int_equal(append(bench.r.run, "3"), TCPFLOW_OK);
	end();
	expect_file("r-all.json", "[1,2,3]\n", 8);
	expect_counter(COUNTER_FILES, 1);
}

static void file_is_there_without_any_piece(void **state)
{
	(void)state;
	begin(0);
	end();
	expect_file("r-all.json", "[]\n", 3);
}

static void nothing_at_all_is_no_file(void **state)
{
	(void)state;
	spec.head = NULL;
	spec.tail = NULL;
	begin(0);
	end();
	expect_no_file("r-all.json");
}

static void pieces_of_ready_come_first(void **state)
{
	(void)state;
	early = "0";
	begin(0);
	assert_int_equal(append(bench.r.stream, "1"), TCPFLOW_OK);
	end();
	expect_file("r-all.json", "[0,1]\n", 6);
}

static void too_much_in_ready(struct actor *actor, enum call call)
{
	static char much[1u << 19];

	if (call != CALL_READY)
		return;
	spec.flags = 0;
	spec.suffix = NULL;
	assert_int_equal(
	    actor->host->sink->open(actor->run, &spec, &shared), TCPFLOW_OK);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    actor->host->sink->write(shared, much, sizeof(much)),
		    i < 2 ? TCPFLOW_OK : TCPFLOW_ENOMEM);
	assert_int_equal(
	    actor->host->sink->pwrite(shared, 0, "x", 1), TCPFLOW_EINVAL);
}

static void what_is_kept_until_then_is_bounded(void **state)
{
	(void)state;
	outputs_open(0, CONSOLE_TIME_NONE);
	bench.r.hook = too_much_in_ready;
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	bench_act(&bench.r);
	/* What was refused moved the end on, and the next one was a hole. */
	assert_int_equal(bench.r.host->sink->write(shared, "y", 1), TCPFLOW_OK);
	end();
	expect_counter(COUNTER_FILE_BYTES, (1u << 20) + 1);
}

/* A piece that is too much for ready leaves no comma. */
static void too_large_a_piece(struct actor *actor, enum call call)
{
	static char much[600u << 10];
	const struct tcpflow_sink_api *api = actor->host->sink;

	if (call != CALL_READY)
		return;
	assert_int_equal(api->open(actor->run, &spec, &shared), TCPFLOW_OK);
	assert_int_equal(api->append(shared, actor->run, "1", 1), TCPFLOW_OK);
	assert_int_equal(
	    api->append(shared, actor->run, much, sizeof(much)), TCPFLOW_OK);
	assert_int_equal(api->append(shared, actor->run, much, sizeof(much)),
	    TCPFLOW_ENOMEM);
	assert_int_equal(api->append(shared, actor->run, "2", 1), TCPFLOW_OK);
}

static void refused_piece_leaves_no_trace(void **state)
{
	(void)state;
	outputs_open(0, CONSOLE_TIME_NONE);
	bench.r.hook = too_large_a_piece;
	bench_add(&actor_r);
	bench_ready();
	sinks = bench.r.host->sink;
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	bench_act(&bench.r);
	assert_int_equal(append(bench.r.stream, "3"), TCPFLOW_OK);
	end();
	/* "[1," and the large one, ",2,3]\n" */
	expect_counter(COUNTER_FILE_BYTES, 3 + (600u << 10) + 6);
}

static void shared_sink_is_for_whole_pieces(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(sinks->write(shared, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(sinks->pwrite(shared, 0, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(append(NULL, "x"), TCPFLOW_EINVAL);
	assert_int_equal(append(bench.o.stream, "x"), TCPFLOW_EINVAL);
	end();
	expect_file("r-all.json", "[]\n", 3);
}

static void shared_sink_belongs_to_the_run(void **state)
{
	struct tcpflow_sink *sink;

	(void)state;
	begin(0);
	assert_int_equal(
	    sinks->open(bench.r.stream, &spec, &sink), TCPFLOW_EINVAL);
	assert_null(sink);
	assert_int_equal(
	    sinks->open(bench.r.worker, &spec, &sink), TCPFLOW_EINVAL);
	spec.flags |= TCPFLOW_SINK_BY_HASH;
	assert_int_equal(
	    sinks->open(bench.r.run, &spec, &sink), TCPFLOW_EINVAL);
	end();
}

/* "[1234" and "]\n" leave room for three bytes and the comma. */
static void cap_cuts_no_piece(void **state)
{
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};

	(void)state;
	begin(11);
	assert_int_equal(append(bench.r.stream, "1234"), TCPFLOW_OK);
	assert_int_equal(append(bench.r.stream, "5678"), TCPFLOW_ELIMIT);
	assert_int_equal(append(bench.r.stream, "5"), TCPFLOW_ELIMIT);
	assert_int_equal(sinks->finish(shared, NULL, &result), TCPFLOW_OK);
	assert_int_equal(result.flags, TCPFLOW_SINK_CAPPED);
	assert_string_equal(result.path, "r-all.json");
	expect_file("r-all.json", "[1234]\n", 7);
	expect_counter(COUNTER_FILES_CAPPED, 1);
	end();
}

/* Head and tail stand even where there is no room for them. */
static void cap_leaves_head_and_tail(void **state)
{
	(void)state;
	spec.head = "[[[[[[";
	begin(10);
	assert_int_equal(append(bench.r.stream, "123"), TCPFLOW_ELIMIT);
	end();
	expect_file("r-all.json", "[[[[[[]\n", 8);
}

static void cap_of_nearly_nothing(void **state)
{
	(void)state;
	begin(1);
	end();
	expect_file("r-all.json", "[]\n", 3);
}

static void cap_may_be_lifted(void **state)
{
	(void)state;
	spec.flags |= TCPFLOW_SINK_UNCAPPED;
	begin(14);
	assert_int_equal(append(bench.r.stream, "1234"), TCPFLOW_OK);
	assert_int_equal(append(bench.r.stream, "5678"), TCPFLOW_OK);
	assert_int_equal(append(bench.r.stream, "9"), TCPFLOW_OK);
	end();
	expect_file("r-all.json", "[1234,5678,9]\n", 14);
}

static void it_may_be_discarded(void **state)
{
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .flags = TCPFLOW_SINK_DISCARD,
	};

	(void)state;
	begin(0);
	assert_int_equal(append(bench.r.stream, "1"), TCPFLOW_OK);
	assert_int_equal(sinks->finish(shared, &how, NULL), TCPFLOW_OK);
	end();
	expect_no_file("r-all.json");
}

static void existing_file_stays(void **state)
{
	(void)state;
	folder_write("r-all.json", "mine", 0600);
	begin(0);
	end();
	expect_file("r-all.json", "mine", 4);
	expect_file("rc1-all.json", "[]\n", 3);
}

static struct tcpflow_record *begin_record(uint32_t flags, const char *type)
{
	const struct tcpflow_record_spec wanted = {
	    .struct_size = sizeof(wanted),
	    .flags = flags,
	    .ts_ns = UINT64_C(1000000001),
	    .type = type,
	    .into = shared,
	};

	return bench.r.host->record->begin(bench.r.stream, &wanted);
}

static void records_are_pieces(void **state)
{
	const struct tcpflow_record_api *records;
	struct tcpflow_record *record;

	(void)state;
	spec.between = ",\n";
	begin(0);
	records = bench.r.host->record;
	record = begin_record(TCPFLOW_RECORD_BARE, NULL);
	assert_non_null(record);
	records->u64(record, "one", 1);
	assert_int_equal(records->commit(record), TCPFLOW_OK);
	record = begin_record(0, "two");
	assert_non_null(record);
	assert_int_equal(records->commit(record), TCPFLOW_OK);
	assert_null(begin_record(0, NULL));
	assert_null(begin_record(2, "flag"));
	end();
	expect_file("r-all.json",
	    "[{\"one\":1},\n{\"v\":1,\"type\":\"two\",\"ts\":1.000000001,"
	    "\"flow\":1,"
	    "\"community_id\":\"1:G+HkHCrmxWLQgwEnSytJ6z6uCFc=\","
	    "\"client\":{\"ip\":\"192.0.2.1\",\"port\":40000},"
	    "\"server\":{\"ip\":\"192.0.2.2\",\"port\":80},"
	    "\"layer\":\"tcp\"}]\n",
	    201);
}

static void other_sinks_take_no_records(void **state)
{
	(void)state;
	begin(0);
	shared = NULL;
	assert_null(begin_record(TCPFLOW_RECORD_BARE, "x"));
	spec.flags = 0;
	assert_int_equal(sinks->open(bench.r.run, &spec, &shared), TCPFLOW_OK);
	assert_null(begin_record(0, "x"));
	assert_int_equal(sinks->finish(shared, NULL, NULL), TCPFLOW_OK);
	end();
}

/* A record that finds no room is counted. */
static void lost_record_is_counted(void **state)
{
	struct tcpflow_record *record;

	(void)state;
	begin(10);
	record = begin_record(0, "long");
	assert_int_equal(bench.r.host->record->commit(record), TCPFLOW_ELIMIT);
	expect_counter(COUNTER_RECORDS_DROPPED, 1);
	end();
	expect_file("r-all.json", "[]\n", 3);
}

static void unwanted_files_swallow(void **state)
{
	(void)state;
	bench.config.outputs = 0;
	bench_renew();
	begin(0);
	assert_int_equal(opened, TCPFLOW_OK);
	assert_int_equal(append(bench.r.stream, "1"), TCPFLOW_OK);
	assert_null(begin_record(0, "x"));
	assert_null(sinks->path(shared));
	end();
	expect_no_file("r-all.json");
}

static void run_that_is_abandoned_leaves_nothing(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(append(bench.r.stream, "1"), TCPFLOW_OK);
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_abandon(bench.host);
	expect_no_file("r-all.json");
}

/* No packets: no finish, but the file of the run. */
static void empty_run_has_its_file(void **state)
{
	static const struct tcpflow_run empty = {.struct_size = sizeof(empty)};

	(void)state;
	begin(0);
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_finish(bench.host, &empty);
	assert_int_equal(bench.r.calls[CALL_FINISH], 0);
	expect_file("r-all.json", "[]\n", 3);
}

static void open_in_finish(struct actor *actor, enum call call)
{
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink;

	if (call != CALL_FINISH)
		return;
	spec.flags = TCPFLOW_SINK_HASH;
	spec.label = NULL;
	spec.suffix = ".txt";
	assert_int_equal(sinks->open(actor->run, &spec, &sink), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	assert_int_equal(sinks->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_string_equal(result.path, "r.txt");
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	assert_int_equal(result.sha256[0], 0xba);
	assert_int_equal(sinks->open(actor->run, &spec, &sink), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "left open", 9), TCPFLOW_OK);
}

static void report_is_written_in_finish(void **state)
{
	(void)state;
	begin(0);
	bench.r.hook = open_in_finish;
	end();
	expect_file("r.txt", "abc", 3);
	expect_file("rc1.txt", "left open", 9);
}

static void worker_has_files_of_its_own(void **state)
{
	struct tcpflow_sink *sink;

	(void)state;
	begin(0);
	spec.flags = 0;
	spec.label = "log";
	spec.suffix = NULL;
	assert_int_equal(sinks->open(bench.r.worker, &spec, &sink), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	end();
	expect_file("r-worker0-log", "abc", 3);
}

static struct tcpflow_sink_result store(uint32_t flags, const char *hint)
{
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink;
	const struct tcpflow_sink_spec body = {
	    .struct_size = sizeof(body),
	    .flags = flags,
	    .dir = S,
	    .label = "body",
	    .suffix = ".html",
	    .name_hint = {.ptr = hint, .len = hint != NULL ? strlen(hint) : 0},
	};

	assert_int_equal(sinks->open(bench.r.stream, &body, &sink), TCPFLOW_OK);
	assert_int_equal(sinks->write(sink, "abc", 3), TCPFLOW_OK);
	if (flags & TCPFLOW_SINK_BY_HASH) {
		assert_null(sinks->path(sink));
		assert_int_equal(
		    sinks->pwrite(sink, 0, "x", 1), TCPFLOW_EINVAL);
	}
	assert_int_equal(sinks->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_int_equal(result.bytes, 3);
	return result;
}

static void same_bytes_are_stored_once(void **state)
{
	struct tcpflow_sink_result result;

	(void)state;
	begin(0);
	result = store(TCPFLOW_SINK_BY_HASH, "a.html");
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	assert_string_equal(result.path, "by-hash/" ABC);
	result = store(TCPFLOW_SINK_BY_HASH, "b.html");
	assert_int_equal(
	    result.flags, TCPFLOW_SINK_HASHED | TCPFLOW_SINK_DUPLICATE);
	assert_string_equal(result.path, "by-hash/" ABC);
	expect_file("by-hash/" ABC, "abc", 3);
	end();
}

static void hint_is_part_of_the_name(void **state)
{
	struct tcpflow_sink_result result;

	(void)state;
	begin(0);
	result = store(0, "/x/../index.html");
	assert_string_equal(result.path,
	    "192.000.002.002.00080-192.000.002.001.40000-body-index.html");
	result = store(0, NULL);
	assert_string_equal(result.path,
	    "192.000.002.002.00080-192.000.002.001.40000-body.html");
	end();
}

static void failed_disk_is_told(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	begin(0);
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(append(bench.r.stream, "1"), TCPFLOW_OK);
	assert_int_equal(sinks->finish(shared, NULL, NULL), TCPFLOW_EIO);
	assert_int_equal(seteuid(0), 0);
	assert_true(output_failed(bench.output));
	end();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, outputs_end)
	const struct CMUnitTest tests[] = {
	    TEST(pieces_stand_between_head_and_tail),
	    TEST(file_is_there_without_any_piece),
	    TEST(nothing_at_all_is_no_file),
	    TEST(pieces_of_ready_come_first),
	    TEST(what_is_kept_until_then_is_bounded),
	    TEST(refused_piece_leaves_no_trace),
	    TEST(shared_sink_is_for_whole_pieces),
	    TEST(shared_sink_belongs_to_the_run),
	    TEST(cap_cuts_no_piece),
	    TEST(cap_leaves_head_and_tail),
	    TEST(cap_of_nearly_nothing),
	    TEST(cap_may_be_lifted),
	    TEST(it_may_be_discarded),
	    TEST(existing_file_stays),
	    TEST(records_are_pieces),
	    TEST(other_sinks_take_no_records),
	    TEST(lost_record_is_counted),
	    TEST(unwanted_files_swallow),
	    TEST(run_that_is_abandoned_leaves_nothing),
	    TEST(empty_run_has_its_file),
	    TEST(report_is_written_in_finish),
	    TEST(worker_has_files_of_its_own),
	    TEST(same_bytes_are_stored_once),
	    TEST(hint_is_part_of_the_name),
	    TEST(failed_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
