/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: what plugins build, what the host tells of flows, and the envelope
 * of both. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/digest.h"
#include "core/host/private.h"
#include "tests/unit/host_bench.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C
#define ENVELOPE \
	"\"flow\":1,\"community_id\":\"1:G+HkHCrmxWLQgwEnSytJ6z6uCFc=\"," \
	"\"client\":{\"ip\":\"192.0.2.1\",\"port\":40000}," \
	"\"server\":{\"ip\":\"192.0.2.2\",\"port\":80},\"layer\":\"tcp\""

static const struct tcpflow_record_api *record;
static int file;
static struct flow flow;

static void open_records(void)
{
	static char path[64];
	const struct records_config config = {
	    .path = path,
	    .flush = true,
	    .owner = (uid_t)-1,
	};

	file = memfd_create("records", MFD_CLOEXEC);
	assert_true(file >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	bench.records = records_open(&config, &bench.counters, &bench.log);
	assert_non_null(bench.records);
	bench.config.outputs |= TCPFLOW_OUT_RECORDS;
	bench_renew();
}

static void start_stream(void)
{
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	bench_act(&bench.r);
	record = bench.r.host->record;
}

static int start(void **state)
{
	bench_start(state);
	open_records();
	start_stream();
	return 0;
}

static int start_with_digests(void **state)
{
	bench_start(state);
	open_records();
	bench.digests = DIGEST_BIT(DIGEST_MD5);
	start_stream();
	return 0;
}

static int start_without(void **state)
{
	bench_start(state);
	start_stream();
	file = -1;
	return 0;
}

static int end(void **state)
{
	bench_end(state);
	close(file);
	return 0;
}

/* All lines so far, each with its newline. */
static void expect_lines(const char *text)
{
	char found[4096];
	ssize_t length = pread(file, found, sizeof(found) - 1, 0);

	assert_true(length >= 0);
	found[length] = '\0';
	assert_string_equal(found, text);
}

static struct tcpflow_record *begin(uint64_t first, uint64_t last)
{
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "test",
	    .ts_ns = 1500000000,
	    .first_packet = first,
	    .last_packet = last,
	};

	return record->begin(bench.r.stream, &spec);
}

static void a_record_has_an_envelope(void **state)
{
	struct tcpflow_record *made = begin(4, 9);

	(void)state;
	assert_non_null(made);
	record->str(made, "a", "b\xff", 2);
	record->object(made, "c");
	record->u64(made, "d", 1);
	record->i64(made, "e", -1);
	record->f64(made, "f", 0.5);
	record->time(made, "g", 1);
	record->boolean(made, "h", 7);
	record->hex(made, "i", "\x01", 1);
	record->end(made);
	record->array(made, "j");
	record->end(made);
	assert_int_equal(record->commit(made), TCPFLOW_OK);
	expect_lines("{\"v\":1,\"type\":\"test\",\"ts\":1.500000000," ENVELOPE
		     ",\"packets\":[4,9],\"a\":{\"text\":\"b\xc3\xbf\","
		     "\"base64\":\"Yv8=\"},\"c\":{\"d\":1,\"e\":-1,"
		     "\"f\":0.5,\"g\":0.000000001,\"h\":true,"
		     "\"i\":\"01\"},\"j\":[]}\n");
	expect_counter(COUNTER_RECORDS, 1);
}

static void records_stand_in_order_of_commits(void **state)
{
	struct tcpflow_record *one = begin(0, 0);
	struct tcpflow_record *two = begin(0, 0);
	struct tcpflow_record *three = begin(0, 0);

	(void)state;
	record->u64(one, "n", 1);
	record->u64(two, "n", 2);
	record->abandon(three);
	assert_int_equal(record->commit(two), TCPFLOW_OK);
	assert_int_equal(record->commit(one), TCPFLOW_OK);
	expect_lines("{\"v\":1,\"type\":\"test\",\"ts\":1.500000000," ENVELOPE
		     ",\"n\":2}\n"
		     "{\"v\":1,\"type\":\"test\",\"ts\":1.500000000," ENVELOPE
		     ",\"n\":1}\n");
}

static void the_run_has_records_too(void **state)
{
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "summary",
	};
	struct tcpflow_record *made = record->begin(bench.r.run, &spec);

	(void)state;
	record->u64(made, "n", 1);
	assert_int_equal(record->commit(made), TCPFLOW_OK);
	made = record->begin(bench.r.worker, &spec);
	assert_int_equal(record->commit(made), TCPFLOW_OK);
	expect_lines(
	    "{\"v\":1,\"type\":\"summary\",\"ts\":0.000000000,\"n\":1}\n"
	    "{\"v\":1,\"type\":\"summary\",\"ts\":0.000000000}\n");
}

static void what_is_built_wrong_is_left_out(void **state)
{
	struct tcpflow_record *made = begin(0, 0);

	(void)state;
	record->u64(made, NULL, 1);
	assert_int_equal(record->commit(made), TCPFLOW_EINVAL);
	made = begin(0, 0);
	record->object(made, "open");
	assert_int_equal(record->commit(made), TCPFLOW_EINVAL);
	made = begin(0, 0);
	record->end(made);
	assert_int_equal(record->commit(made), TCPFLOW_EINVAL);
	expect_lines("");
	expect_counter(COUNTER_RECORDS_DROPPED, 3);
	expect_message("not built as JSON");
}

static void expect_key_refused(const char *key)
{
	struct tcpflow_record *made = begin(4, 9);

	record->str(made, key, "x", 1);
	assert_int_equal(record->commit(made), TCPFLOW_EINVAL);
}

/* The second time for this stream the envelope comes from where it is kept. */
static void keys_of_the_envelope_are_taken(void **state)
{
	static const char *const keys[] = {"v", "type", "ts", "flow",
	    "community_id", "client", "server", "layer", "stream", "inner",
	    "packets"};

	(void)state;
	for (unsigned i = 0; i < 22; i++)
		expect_key_refused(keys[i % 11]);
	expect_lines("");
	expect_counter(COUNTER_RECORDS_DROPPED, 22);
	expect_message(
	    "plugin r: 192.0.2.1:40000-192.0.2.2:80 "
	    "record->commit: the record was not built as JSON is, or "
	    "has a key twice (a mistake in the plugin)\n");
	assert_int_equal(plugin_counter("r.misuses"), 22);
}

static void keys_stand_once(void **state)
{
	struct tcpflow_record *made = begin(0, 0);

	(void)state;
	record->u64(made, "n", 1);
	record->object(made, "o");
	record->u64(made, "n", 2);
	record->u64(made, "flow", 3);
	record->end(made);
	assert_int_equal(record->commit(made), TCPFLOW_OK);
	expect_lines("{\"v\":1,\"type\":\"test\",\"ts\":1.500000000," ENVELOPE
		     ",\"n\":1,\"o\":{\"n\":2,\"flow\":3}}\n");
	made = begin(0, 0);
	record->u64(made, "n", 1);
	record->str(made, "n", "x", 1);
	assert_int_equal(record->commit(made), TCPFLOW_EINVAL);
	expect_counter(COUNTER_RECORDS, 1);
}

static void what_there_is_not_is_refused(void **state)
{
	struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "test",
	    .flags = TCPFLOW_RECORD_BARE,
	};

	(void)state;
	assert_null(record->begin(bench.r.stream, &spec));
	spec.flags = 0;
	spec.type = NULL;
	assert_null(record->begin(bench.r.stream, &spec));
	spec.type = "test";
	spec.struct_size = 8;
	assert_null(record->begin(bench.r.stream, &spec));
}

static void without_a_wish_there_are_none(void **state)
{
	(void)state;
	assert_null(begin(1, 2));
	assert_null(bench.r.host->digest->open(bench.r.stream));
	flow_close(&flow);
	expect_counter(COUNTER_RECORDS, 0);
}

static void a_flow_has_a_record_at_its_end(void **state)
{
	(void)state;
	flow_gap(&flow, C, 3);
	flow_gap(&flow, C, 2);
	flow_data(&flow, S, "answer");
	flow_data(&flow, C, "yz");
	flow_gap(&flow, C, 1);
	expect_lines("");
	flow_close(&flow);
	expect_lines("{\"v\":1,\"type\":\"flow\",\"ts\":0.000001000," ENVELOPE
		     ",\"start\":0.000001000,\"end\":0.000001070,"
		     "\"close\":\"fin\",\"midstream\":false,"
		     "\"client_guessed\":false,\"sent\":{\"packets\":1,"
		     "\"bytes\":3,\"gaps\":["
		     "{\"offset\":1,\"length\":5,\"reason\":\"lost\"},"
		     "{\"offset\":8,\"length\":1,\"reason\":\"lost\"}],"
		     "\"gap_bytes\":6,"
		     "\"retransmitted\":2,\"out_of_order\":3,"
		     "\"overlap_conflicts\":4},\"received\":{\"packets\":5,"
		     "\"bytes\":6,\"gap_bytes\":0,\"retransmitted\":6,"
		     "\"out_of_order\":7,\"overlap_conflicts\":8}}\n");
}

/* Where a probe found that the client is the other one. */
static void exchanged_sides_are_exchanged_here_too(void **state)
{
	char found[4096];
	ssize_t length;

	(void)state;
	bench_start(state);
	open_records();
	bench.a.wants = "GET";
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_ready();
	flow_open(&flow, 1, true);
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	length = pread(file, found, sizeof(found) - 1, 0);
	assert_true(length > 0);
	found[length] = '\0';
	assert_non_null(
	    strstr(found, "\"client\":{\"ip\":\"192.0.2.2\",\"port\":80}"));
	assert_non_null(strstr(found, "\"client_guessed\":false"));
	assert_non_null(strstr(found, "\"sent\":{\"packets\":5,\"bytes\":0,"));
	assert_non_null(
	    strstr(found, "\"received\":{\"packets\":1,\"bytes\":3,"));
}

static void gaps_that_are_listed_are_bounded(void **state)
{
	char found[16384];
	ssize_t length;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		flow_gap(&flow, S, 1);
		flow_data(&flow, S, "x");
	}
	flow_close(&flow);
	length = pread(file, found, sizeof(found) - 1, 0);
	assert_true(length > 0);
	found[length] = '\0';
	assert_non_null(strstr(found,
	    "{\"offset\":510,\"length\":1,\"reason\":\"lost\"}],"
	    "\"gaps_left_out\":44,\"gap_bytes\":300"));
}

static void gaps_that_touch_are_one_for_one_reason(void **state)
{
	char found[4096];
	ssize_t length;

	(void)state;
	flow_gap(&flow, S, 2);
	flow_gap_because(&flow, S, 3, TCPFLOW_GAP_SNAPLEN);
	flow_gap_because(&flow, S, 4, TCPFLOW_GAP_SNAPLEN);
	flow_gap_because(&flow, S, 5, TCPFLOW_GAP_BUDGET);
	flow_close(&flow);
	length = pread(file, found, sizeof(found) - 1, 0);
	assert_true(length > 0);
	found[length] = '\0';
	assert_non_null(strstr(found,
	    "\"gaps\":[{\"offset\":0,\"length\":2,\"reason\":\"lost\"},"
	    "{\"offset\":2,\"length\":7,\"reason\":\"snaplen\"},"
	    "{\"offset\":9,\"length\":5,\"reason\":\"budget\"}],"
	    "\"gap_bytes\":14"));
}

static void digests_are_those_of_the_bytes(void **state)
{
	const struct tcpflow_digest_api *digest = bench.r.host->digest;
	struct tcpflow_digest *made = digest->open(bench.r.stream);
	struct tcpflow_record *told = begin(0, 0);
	char found[4096];
	ssize_t length;

	(void)state;
	assert_non_null(made);
	digest->update(made, "abc", 3);
	record->object(told, "body");
	digest->put(made, told);
	record->end(told);
	/* Once, and what comes later is not in it. */
	digest->update(made, "x", 1);
	digest->put(made, told);
	digest->close(made);
	assert_int_equal(record->commit(told), TCPFLOW_OK);
	expect_lines("{\"v\":1,\"type\":\"test\",\"ts\":1.500000000," ENVELOPE
		     ",\"body\":{\"md5\":"
		     "\"900150983cd24fb0d6963f7d28e17f72\"}}\n");
	flow_close(&flow);
	length = pread(file, found, sizeof(found) - 1, 0);
	found[length] = '\0';
	/* Of "x"; a direction without bytes has none. */
	assert_non_null(strstr(found,
	    "\"overlap_conflicts\":4,\"md5\":"
	    "\"9dd4e461268c8034f5c8564e155c67a6\"}"));
	assert_non_null(strstr(found, "\"overlap_conflicts\":8}}"));
}

static void silent_connections_have_records(void **state)
{
	const struct flow_facts facts = {
	    .key = &flow.key,
	    .flow_id = 7,
	    .start_ns = 5,
	};
	const struct flow_account account = {
	    .facts = &facts,
	    .reason = TCPFLOW_CLOSE_IDLE,
	    .end_ns = 6,
	};
	char found[4096];
	ssize_t length;

	(void)state;
	host_flow_events.account(bench.worker, NULL, &account);
	length = pread(file, found, sizeof(found) - 1, 0);
	assert_true(length > 0);
	found[length] = '\0';
	assert_non_null(strstr(found, "\"flow\":7,"));
	assert_non_null(strstr(found, "\"close\":\"idle\""));
	expect_counter(COUNTER_RECORDS, 1);
}

/* A decoder's child, whose plugin tells of it when it opens. */
static const struct tcpflow_child_spec *inner;

static void decode_or_tell(struct actor *actor, enum call call)
{
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "test",
	};
	const struct tcpflow_record_api *api = actor->host->record;
	struct tcpflow_child *child;
	struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .bytes = (const uint8_t *)"x",
	    .len = 1,
	};

	if (actor == &bench.r && call == CALL_OPEN)
		assert_int_equal(
		    api->commit(api->begin(actor->stream, &spec)), TCPFLOW_OK);
	if (actor != &bench.a || call != CALL_DATA)
		return;
	assert_int_equal(
	    actor->host->child->open(actor->stream, inner, &child), TCPFLOW_OK);
	actor->host->child->data(child, &chunk);
	actor->host->child->close(child, NULL);
}

/* The ends of the first record, of a child of `spec`. */
static void expect_ends(
    const struct tcpflow_child_spec *spec, bool swapped, const char *ends)
{
	char found[4096];
	const char *at;
	ssize_t length;

	bench_start(NULL);
	open_records();
	inner = spec;
	bench.a.wants = "GET";
	bench.a.swapped = swapped;
	bench.a.hook = decode_or_tell;
	bench.r.hook = decode_or_tell;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	flow_open(&flow, 1, swapped);
	flow_data(&flow, C, "GET");
	flow_close(&flow);
	length = pread(file, found, sizeof(found) - 1, 0);
	assert_true(length > 0);
	found[length] = '\0';
	at = strstr(found, "\"client\"");
	assert_non_null(at);
	*strchr(at, '\n') = '\0';
	assert_string_equal(at, ends);
	end(NULL);
}

/* Records of a child have the ends of the connection, and apart from them those
 * that its decoder knows of. */
static void inner_ends_stand_apart(void **state)
{
	static const struct tcpflow_addr named = {.port = 443};
	static const struct tcpflow_addr behind = {
	    .ip = {10, 0, 0, 1}, .port = 1234, .family = 4};
	struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "x",
	};

	(void)state;
#define ONE "{\"ip\":\"192.0.2.1\",\"port\":40000}"
#define TWO "{\"ip\":\"192.0.2.2\",\"port\":80}"
	expect_ends(&spec, false,
	    "\"client\":" ONE ",\"server\":" TWO
	    ",\"layer\":\"tcp/x\",\"stream\":1}");
	expect_ends(&spec, true,
	    "\"client\":" TWO ",\"server\":" ONE
	    ",\"layer\":\"tcp/x\",\"stream\":1}");
	spec.flags = TCPFLOW_CHILD_REVERSED;
	expect_ends(&spec, false,
	    "\"client\":" TWO ",\"server\":" ONE
	    ",\"layer\":\"tcp/x\",\"stream\":1}");
	spec.flags = 0;
	spec.server = &named;
	spec.server_name = (struct tcpflow_slice){"a.example", 9};
	expect_ends(&spec, false,
	    "\"client\":" ONE ",\"server\":" TWO
	    ",\"layer\":\"tcp/x\",\"stream\":1,\"inner\":{\"server\":"
	    "{\"name\":\"a.example\",\"port\":443}}}");
	spec.server = NULL;
	spec.server_name.len = 0;
	spec.client = &behind;
	expect_ends(&spec, false,
	    "\"client\":" ONE ",\"server\":" TWO
	    ",\"layer\":\"tcp/x\",\"stream\":1,\"inner\":{\"client\":"
	    "{\"ip\":\"10.0.0.1\",\"port\":1234}}}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
	    TEST(a_record_has_an_envelope),
	    TEST(records_stand_in_order_of_commits),
	    TEST(the_run_has_records_too),
	    TEST(what_is_built_wrong_is_left_out),
	    TEST(keys_of_the_envelope_are_taken),
	    TEST(keys_stand_once),
	    TEST(what_there_is_not_is_refused),
	    cmocka_unit_test_setup_teardown(
		without_a_wish_there_are_none, start_without, end),
	    TEST(a_flow_has_a_record_at_its_end),
	    cmocka_unit_test_teardown(
		exchanged_sides_are_exchanged_here_too, end),
	    TEST(gaps_that_are_listed_are_bounded),
	    TEST(gaps_that_touch_are_one_for_one_reason),
	    cmocka_unit_test_setup_teardown(
		digests_are_those_of_the_bytes, start_with_digests, end),
	    TEST(silent_connections_have_records),
	    cmocka_unit_test(inner_ends_stand_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
