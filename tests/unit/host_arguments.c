/* SPDX-License-Identifier: BSD-2-Clause */
/* Services that are given NULL, or bytes that are not there: each answers EINVAL
 * or does nothing, and the user hears of it. */
#include "core/base/digest.h"
#include "core/host/private.h"
#include "tests/unit/host_bench.h"

#define C TCPFLOW_C2S

static struct tcpflow_sink *shared;
static struct tcpflow_sink *sink;
static struct tcpflow_record *record;
static struct tcpflow_digest *digest;
static struct tcpflow_child *child;
static struct flow flow;

static const struct tcpflow_sink_spec sink_spec = {
    .struct_size = sizeof(sink_spec),
    .label = "x",
};
static const struct tcpflow_record_spec record_spec = {
    .struct_size = sizeof(record_spec),
    .type = "test",
};
static const struct tcpflow_child_spec child_spec = {
    .struct_size = sizeof(child_spec),
    .layer = "inner",
};
static const struct tcpflow_chunk chunk = {
    .struct_size = sizeof(chunk),
    .bytes = (const uint8_t *)"x",
    .len = 1,
    .packet = 1,
    .first_packet = 1,
};

static void open_shared(struct actor *actor, enum call call)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	};

	if (call == CALL_READY)
		assert_int_equal(
		    actor->host->sink->open(actor->run, &spec, &shared),
		    TCPFLOW_OK);
}

/* Records and digests are wanted; the stream is of r. */
static int start(void **state)
{
	const struct records_config config = {
	    .path = "/dev/null",
	    .flush = true,
	    .owner = (uid_t)-1,
	};

	bench_start(state);
	bench.records = records_open(&config, &bench.counters, &bench.log);
	assert_non_null(bench.records);
	bench.digests = DIGEST_BIT(DIGEST_MD5);
	bench.config.outputs = TCPFLOW_OUT_RECORDS;
	bench_renew();
	bench.r.hook = open_shared;
	bench_add(&actor_r);
	bench_ready();
	bench.r.hook = NULL;
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	return 0;
}

static void open_handles(struct actor *actor)
{
	const struct tcpflow_host *host = actor->host;

	assert_int_equal(
	    host->sink->open(actor->stream, &sink_spec, &sink), TCPFLOW_OK);
	record = host->record->begin(actor->stream, &record_spec);
	digest = host->digest->open(actor->stream);
	assert_non_null(record);
	assert_non_null(digest);
	assert_int_equal(
	    host->child->open(actor->stream, &child_spec, &child), TCPFLOW_OK);
}

/* What is NULL, or says that it has bytes and has none. */
static void give_nothing(struct actor *actor, enum call call)
{
	const struct tcpflow_host *host = actor->host;
	struct tcpflow_child_spec spec = child_spec;
	const struct tcpflow_attr attr = {"key", {NULL, 1}};
	const struct tcpflow_span hollow = {.len = 1};
	struct tcpflow_scope *scope = actor->stream;

	if (call != CALL_DATA)
		return;
	open_handles(actor);
	host->log(scope, TCPFLOW_LOG_WARN, NULL);
	host->count(scope, NULL, 1);
	assert_int_equal(
	    host->parse_u64(scope, NULL, "1", 0, 9, NULL), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->parse_flag(scope, "k", NULL, NULL), TCPFLOW_EINVAL);
	assert_int_equal(host->sink->open(scope, NULL, &sink), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->sink->open(scope, &sink_spec, NULL), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->sink->open(scope, &sink_spec, &sink), TCPFLOW_OK);
	assert_int_equal(host->sink->write(sink, NULL, 1), TCPFLOW_EINVAL);
	assert_int_equal(host->sink->write(NULL, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(host->sink->pwrite(sink, 0, NULL, 1), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->sink->append(NULL, scope, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->sink->append(shared, scope, NULL, 1), TCPFLOW_EINVAL);
	assert_null(host->sink->path(NULL));
	assert_int_equal(host->console->put(scope, C, NULL, 1), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->console->put(scope, C, &hollow, 1), TCPFLOW_EINVAL);
	assert_null(host->record->begin(scope, NULL));
	host->record->str(record, "a", NULL, 1);
	assert_int_equal(host->record->commit(record), TCPFLOW_EINVAL);
	host->digest->update(digest, NULL, 1);
	assert_int_equal(
	    host->child->open(scope, NULL, &child), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->child->open(scope, &child_spec, NULL), TCPFLOW_EINVAL);
	spec.nattrs = 1;
	assert_int_equal(
	    host->child->open(scope, &spec, &child), TCPFLOW_EINVAL);
	spec.attrs = &attr;
	assert_int_equal(
	    host->child->open(scope, &spec, &child), TCPFLOW_EINVAL);
	spec.nattrs = 0;
	spec.server_name.len = 1;
	assert_int_equal(
	    host->child->open(scope, &spec, &child), TCPFLOW_EINVAL);
	assert_int_equal(host->child->data(NULL, &chunk), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->child->open(scope, &child_spec, &child), TCPFLOW_OK);
	assert_int_equal(host->child->data(child, NULL), TCPFLOW_EINVAL);
	assert_int_equal(host->child->gap(child, NULL), TCPFLOW_EINVAL);
	assert_int_equal(host->child->eof(child, NULL), TCPFLOW_EINVAL);
	/* Allowed of all of these. */
	assert_int_equal(host->sink->write(sink, NULL, 0), TCPFLOW_OK);
	assert_int_equal(host->sink->finish(NULL, NULL, NULL), TCPFLOW_OK);
	assert_int_equal(host->console->put(scope, C, NULL, 0), TCPFLOW_OK);
	host->child->close(NULL, NULL);
}

static void arguments_that_are_nothing(void **state)
{
	(void)state;
	bench.r.hook = give_nothing;
	flow_data(&flow, C, "x");
	bench.r.hook = NULL;
	assert_int_equal(plugin_counter("r.misuses"), 26);
	expect_message(" log: no format (a mistake in the plugin)\n");
	flow_close(&flow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		arguments_that_are_nothing, start, bench_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
