/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host: a plugin that behaves gets what it asks for.  Files, shared
 * ones, records, and what fails when a test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/script.h"

#define SHARED_SPEC \
	{ \
		.struct_size = sizeof(struct tcpflow_sink_spec), \
		.flags = TCPFLOW_SINK_SHARED, .dir = TCPFLOW_DIR_NONE, \
		.suffix = ".json", .head = "[", .between = ",", .tail = "]", \
	}

static struct fake_host *host;
static struct tcpflow_sink *shared;
static void (*in_data)(void);

static int32_t open_shared(void)
{
	const struct tcpflow_sink_spec spec = SHARED_SPEC;

	return script.host->sink->open(script.run, &spec, &shared);
}

static int32_t act_in_data(struct part *part, const struct tcpflow_chunk *chunk)
{
	(void)part;
	(void)chunk;
	in_data();
	return TCPFLOW_OK;
}

/* A host with a SHARED sink, and a stream in whose data callback `act` runs. */
static void run_with(void (*act)(void), uint64_t max_bytes, uint32_t outputs)
{
	struct fake_stream *stream;

	script_reset();
	script.ready = open_shared;
	script.data = act != NULL ? act_in_data : NULL;
	in_data = act;
	host = fake_host_new(script_entry);
	fake_host_set_outputs(host, outputs);
	fake_host_set_max_bytes(host, max_bytes);
	assert_int_equal(fake_host_start(host, NULL), TCPFLOW_OK);
	stream = fake_stream_open(host, NULL);
	fake_stream_text(stream, TCPFLOW_C2S, "hello");
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	fake_host_finish(host, NULL);
}

static void run_all(void (*act)(void), uint64_t max_bytes)
{
	run_with(act, max_bytes, TCPFLOW_OUT_FILES | TCPFLOW_OUT_RECORDS);
}

static struct fake_file file_of(size_t number)
{
	struct fake_file file;

	assert_true(fake_host_file(host, number, &file));
	return file;
}

static void expect_file(size_t number, const char *path, const char *text)
{
	struct fake_file file = file_of(number);

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
	    .first_packet = 1,
	    .last_packet = 2,
	    .into = into,
	};

	return script.host->record->begin(script.part->scope, &spec);
}

static void add_pieces(void)
{
	const struct tcpflow_host *services = script.host;
	struct tcpflow_record *record = begin(TCPFLOW_RECORD_BARE, shared);

	assert_false(file_of(0).exists);
	services->record->u64(record, "type", 1);
	assert_int_equal(services->record->commit(record), TCPFLOW_OK);
	assert_true(file_of(0).exists);
	assert_int_equal(
	    services->sink->append(shared, script.part->scope, "2", 1),
	    TCPFLOW_OK);
	assert_int_equal(
	    services->sink->append(shared, script.worker[0], NULL, 0),
	    TCPFLOW_OK);
	assert_int_equal(
	    services->record->commit(begin(0, shared)), TCPFLOW_OK);
	services->record->abandon(begin(0, shared));
}

static void shared_sinks_take_pieces_and_records(void **state)
{
	(void)state;
	run_all(add_pieces, 0);
	expect_file(0, "1-run.json",
	    "[{\"type\":1},2,{\"type\":\"test\",\"packets\":[1,2]}]");
	assert_string_equal(fake_host_records(host), "");
	fake_host_free(&host);
}

static void without_pieces_head_and_tail_stand(void **state)
{
	(void)state;
	run_all(NULL, 0);
	expect_file(0, "1-run.json", "[]");
	assert_true(file_of(0).exists);
	fake_host_free(&host);
}

/* Of a run without packets there is no file. */
static void a_dry_run_leaves_nothing(void **state)
{
	(void)state;
	script_reset();
	script.ready = open_shared;
	host = fake_host_new(script_entry);
	assert_int_equal(fake_host_start(host, NULL), TCPFLOW_OK);
	assert_false(file_of(0).exists);
	fake_host_free(&host);
	script_expect("create ready worker0 joined0 destroy");
}

static int32_t append_much(void)
{
	static char much[(1u << 20) - 1];

	memset(much, 'x', sizeof(much));
	assert_int_equal(open_shared(), TCPFLOW_OK);
	assert_int_equal(
	    script.host->sink->append(shared, script.run, much, sizeof(much)),
	    TCPFLOW_OK);
	assert_int_equal(script.host->sink->append(shared, script.run, "12", 2),
	    TCPFLOW_ENOMEM);
	return TCPFLOW_OK;
}

static void little_is_kept_before_there_are_packets(void **state)
{
	(void)state;
	script_reset();
	script.ready = append_much;
	host = fake_host_new(script_entry);
	assert_int_equal(fake_host_start(host, NULL), TCPFLOW_OK);
	fake_host_free(&host);
}

struct kept {
	uint32_t flags;
	const char *suffix;
	const char *hint;
	uint32_t how;
};

static struct tcpflow_sink_result keep(struct kept kept)
{
	const struct tcpflow_sink_api *api = script.host->sink;
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = kept.flags,
	    .dir = TCPFLOW_S2C,
	    .label = "body",
	    .suffix = ".bin",
	    .size_hint = 6,
	};
	const struct tcpflow_sink_finish finish = {
	    .struct_size = sizeof(finish),
	    .flags = kept.how,
	    .suffix = kept.suffix,
	    .name_hint = {kept.hint, kept.hint != NULL ? strlen(kept.hint) : 0},
	};
	struct tcpflow_sink *sink;
	int32_t status;

	assert_int_equal(
	    api->open(script.part->scope, &spec, &sink), TCPFLOW_OK);
	assert_null(api->path(sink));
	status = api->write(sink, "abcdef", 6);
	assert_true(status == TCPFLOW_OK || status == TCPFLOW_ELIMIT);
	if (!(kept.flags & TCPFLOW_SINK_BY_HASH))
		assert_string_equal(
		    strchr(api->path(sink), '-'), "-s2c-body.bin");
	else
		assert_null(api->path(sink));
	assert_int_equal(api->finish(sink, &finish, &result), TCPFLOW_OK);
	return result;
}

static void keep_all(void)
{
	struct tcpflow_sink_result result = keep((struct kept){0});
	const struct kept renamed = {
	    .suffix = ".html", .hint = "http://x/..a b.html"};
	const struct kept hashed = {.flags = TCPFLOW_SINK_BY_HASH};
	char path[128];

	assert_string_equal(result.path, "2-s2c-body.bin");
	assert_int_equal(result.bytes, 6);
	assert_int_equal(result.flags, 0);
	assert_string_equal(keep(renamed).path, "3-s2c-body-a_b.html");
	result = keep((struct kept){.flags = TCPFLOW_SINK_HASH});
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	assert_true(result.sha256[0] != 0 || result.sha256[31] != 0);
	result = keep(hashed);
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	assert_memory_equal(result.path, "by-hash/", 8);
	snprintf(path, sizeof(path), "%s", result.path);
	result = keep(hashed);
	assert_int_equal(
	    result.flags, TCPFLOW_SINK_HASHED | TCPFLOW_SINK_DUPLICATE);
	assert_string_equal(result.path, path);
	assert_null(keep((struct kept){.how = TCPFLOW_SINK_DISCARD}).path);
	result = keep((struct kept){.how = TCPFLOW_SINK_PARTIAL});
	assert_string_equal(result.path, "8-s2c-body.bin.partial");
}

static void files_are_named_in_the_end(void **state)
{
	(void)state;
	run_all(keep_all, 0);
	assert_int_equal(file_of(1).size_hint, 6);
	assert_true(file_of(1).exists);
	assert_true(file_of(5).duplicate);
	assert_true(file_of(6).discarded);
	assert_false(file_of(6).exists);
	assert_true(file_of(7).partial);
	fake_host_free(&host);
}

static void keep_capped(void)
{
	const struct tcpflow_sink_api *api = script.host->sink;

	assert_int_equal(keep((struct kept){0}).flags, TCPFLOW_SINK_CAPPED);
	assert_int_equal(keep((struct kept){0}).bytes, 4);
	assert_int_equal(
	    keep((struct kept){.flags = TCPFLOW_SINK_UNCAPPED}).bytes, 6);
	/* With head and tail, two bytes are one too many. */
	assert_int_equal(
	    api->append(shared, script.part->scope, "123", 3), TCPFLOW_ELIMIT);
	assert_int_equal(
	    api->append(shared, script.part->scope, "1", 1), TCPFLOW_ELIMIT);
}

static void files_have_a_cap(void **state)
{
	(void)state;
	run_all(keep_capped, 4);
	expect_file(0, "1-run.json", "[]");
	assert_true(file_of(0).capped);
	fake_host_free(&host);
}

static struct tcpflow_sink *open_sink(
    struct tcpflow_scope *scope, uint32_t flags)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = flags,
	    .dir = TCPFLOW_DIR_NONE,
	};
	struct tcpflow_sink *sink;

	assert_int_equal(
	    script.host->sink->open(scope, &spec, &sink), TCPFLOW_OK);
	return sink;
}

static void leave_open(void)
{
	script.host->sink->write(open_sink(script.part->scope, 0), "abc", 3);
	script.host->sink->write(open_sink(script.worker[0], 0), "de", 2);
	script.host->sink->write(
	    open_sink(script.part->scope, TCPFLOW_SINK_BY_HASH), "f", 1);
	open_sink(script.part->scope, 0);
}

/* A stream's are cut short; a worker's stay as they stand. */
static void what_is_left_open_is_ended(void **state)
{
	(void)state;
	run_all(leave_open, 0);
	expect_file(1, "2-both.partial", "abc");
	expect_file(2, "3-worker0", "de");
	assert_true(file_of(3).partial);
	assert_false(file_of(4).exists);
	for (size_t i = 0; i < 5; i++)
		assert_false(file_of(i).open);
	fake_host_free(&host);
}

static void write_back(void)
{
	const struct tcpflow_sink_api *api = script.host->sink;
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink = open_sink(
	    script.part->scope, TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_HASH);

	assert_int_equal(api->pwrite(sink, 5, "fg", 2), TCPFLOW_OK);
	assert_int_equal(api->pwrite(sink, 0, "a", 1), TCPFLOW_OK);
	assert_int_equal(api->finish(sink, NULL, &result), TCPFLOW_OK);
	assert_int_equal(result.flags, 0);
	assert_int_equal(result.bytes, 3);
}

static void holes_are_told_and_no_hash_of_what_was_changed(void **state)
{
	(void)state;
	run_all(write_back, 0);
	assert_int_equal(file_of(1).length, 7);
	assert_int_equal(file_of(1).missing, 4);
	fake_host_free(&host);
}

/* An older plugin has less room for the result. */
static void take_less(void)
{
	struct tcpflow_sink_result result;

	memset(&result, 0x77, sizeof(result));
	result.struct_size = offsetof(struct tcpflow_sink_result, sha256);
	script.host->sink->finish(
	    open_sink(script.part->scope, TCPFLOW_SINK_HASH), NULL, &result);
	assert_int_equal(result.flags, TCPFLOW_SINK_HASHED);
	assert_null(result.path);
	assert_int_equal(result.sha256[0], 0x77);
	assert_int_equal(result.bytes, UINT64_C(0x7777777777777777));
}

static void smaller_results_are_respected(void **state)
{
	(void)state;
	run_all(take_less, 0);
	fake_host_free(&host);
}

static void ask_for_nothing(void)
{
	const struct tcpflow_host *services = script.host;
	const struct tcpflow_span span = {.ptr = "x", .len = 1};
	struct tcpflow_sink *sink = open_sink(script.part->scope, 0);

	assert_int_equal(services->outputs(script.part->scope), 0);
	assert_int_equal(services->sink->write(sink, "abc", 3), TCPFLOW_OK);
	assert_null(services->sink->path(sink));
	assert_int_equal(services->sink->finish(sink, NULL, NULL), TCPFLOW_OK);
	assert_null(begin(0, NULL));
	assert_null(begin(0, shared));
	assert_null(services->digest->open(script.part->scope));
	assert_int_equal(
	    services->console->put(script.part->scope, TCPFLOW_C2S, &span, 1),
	    TCPFLOW_OK);
}

static void what_nobody_wants_is_swallowed(void **state)
{
	(void)state;
	run_with(ask_for_nothing, 2, 0);
	assert_false(file_of(0).exists);
	assert_false(file_of(1).exists);
	assert_string_equal(fake_host_console(host), "");
	assert_int_equal(fake_host_console_records(host), 1);
	assert_int_equal(fake_host_records_begun(host), 2);
	assert_int_equal(fake_host_calls(host), 2); /* sink->open */
	fake_host_free(&host);
}

static void build_one(void)
{
	const struct tcpflow_record_api *api = script.host->record;
	struct tcpflow_record *record = begin(0, NULL);

	api->str(record, "text", "a\"\\\n\x1b\xc2\x85", 7);
	api->str(record, "bytes", "\xff\xe9z", 3);
	api->hex(record, "hex", "\x01\xff", 2);
	api->i64(record, "i", -5);
	api->f64(record, "f", 0.1);
	api->f64(record, "nothing", 1e308 * 10);
	api->time(record, "t", -1500000000);
	api->boolean(record, "yes", 2);
	api->array(record, "list");
	api->object(record, NULL);
	api->u64(record, "a", 1);
	api->end(record);
	api->object(record, NULL);
	api->u64(record, "a", UINT64_MAX);
	api->end(record);
	api->end(record);
	assert_int_equal(api->commit(record), TCPFLOW_OK);
}

static void records_are_json(void **state)
{
	(void)state;
	run_all(build_one, 0);
	assert_string_equal(fake_host_records(host),
	    "{\"type\":\"test\",\"packets\":[1,2],"
	    "\"text\":\"a\\\"\\\\\\n\\u001b\\u0085\","
	    "\"bytes\":{\"text\":\"\u00ff\u00e9z\",\"base64\":\"/+l6\"},"
	    "\"hex\":\"01ff\",\"i\":-5,\"f\":0.1,\"t\":-1.500000000,"
	    "\"yes\":true,\"list\":[{\"a\":1},{\"a\":18446744073709551615}]}"
	    "\n");
	fake_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shared_sinks_take_pieces_and_records),
	    cmocka_unit_test(without_pieces_head_and_tail_stand),
	    cmocka_unit_test(a_dry_run_leaves_nothing),
	    cmocka_unit_test(little_is_kept_before_there_are_packets),
	    cmocka_unit_test(files_are_named_in_the_end),
	    cmocka_unit_test(files_have_a_cap),
	    cmocka_unit_test(what_is_left_open_is_ended),
	    cmocka_unit_test(holes_are_told_and_no_hash_of_what_was_changed),
	    cmocka_unit_test(smaller_results_are_respected),
	    cmocka_unit_test(what_nobody_wants_is_swallowed),
	    cmocka_unit_test(records_are_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
