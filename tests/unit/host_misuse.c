/* SPDX-License-Identifier: BSD-2-Clause */
/* Services used as the headers do not allow: each answers EINVAL or does nothing,
 * the user hears which plugin it was, and the program goes on. */
#include <pthread.h>
#include <stdio.h>

#include "core/base/digest.h"
#include "core/host/private.h"
#include "tests/unit/host_bench.h"

#define C TCPFLOW_C2S
#define SERVICES 14 /* that use_all() calls */

static struct tcpflow_sink *shared;
static struct tcpflow_sink *sink;
static struct tcpflow_record *record;
static struct tcpflow_digest *digest;
static struct tcpflow_child *child;
static struct tcpflow_scope *chosen;
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
static const struct tcpflow_span span = {.ptr = "x", .len = 1};
static const struct tcpflow_chunk chunk = {
    .struct_size = sizeof(chunk),
    .bytes = (const uint8_t *)"x",
    .len = 1,
    .packet = 1,
    .first_packet = 1,
};
static const struct tcpflow_gap gap = {
    .struct_size = sizeof(gap),
    .len = 1,
    .reason = TCPFLOW_GAP_DECODER,
};
static const struct tcpflow_end eof = {
    .struct_size = sizeof(eof),
    .reason = TCPFLOW_CLOSE_FIN,
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

/* Records and digests are wanted; r takes what a has not. */
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
	bench.a.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_ready();
	bench.r.hook = NULL;
	flow_open(&flow, 1, false);
	flow_data(&flow, C, "x");
	return 0;
}

/* Each service that takes a scope. */
static void use_all(struct actor *actor)
{
	const struct tcpflow_host *host = actor->host;
	struct tcpflow_child *no_child = child;
	struct tcpflow_sink *no_sink = sink;
	uint64_t number = 5;
	int32_t flag = 5;

	host->log(chosen, TCPFLOW_LOG_WARN, "never shown");
	host->count(chosen, "never", 1);
	assert_int_equal(host->hold(chosen, 1), TCPFLOW_EINVAL);
	host->release(chosen, 1);
	assert_int_equal(
	    host->parse_u64(chosen, "k", "1", 0, 9, &number), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->parse_flag(chosen, "k", "yes", &flag), TCPFLOW_EINVAL);
	assert_int_equal(number + (uint64_t)flag, 10);
	assert_int_equal(host->wake_at(chosen, 5), TCPFLOW_EINVAL);
	assert_int_equal(host->outputs(chosen), 0);
	assert_int_equal(
	    host->sink->open(chosen, &sink_spec, &no_sink), TCPFLOW_EINVAL);
	assert_null(no_sink);
	assert_int_equal(
	    host->sink->append(shared, chosen, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->console->put(chosen, C, &span, 1), TCPFLOW_EINVAL);
	assert_null(host->record->begin(chosen, &record_spec));
	assert_null(host->digest->open(chosen));
	assert_int_equal(
	    host->child->open(chosen, &child_spec, &no_child), TCPFLOW_EINVAL);
	assert_null(no_child);
}

static void in_data(struct actor *actor, enum call call)
{
	if (call == CALL_DATA)
		use_all(actor);
}

static void in_probe(struct actor *actor, enum call call)
{
	if (call == CALL_PROBE)
		use_all(actor);
}

static void expect_refused(const char *who, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "%s.misuses", who);
	assert_int_equal(plugin_counter(text), SERVICES);
	snprintf(text, sizeof(text),
	    "tcpflow: plugin %s: hold: %s (a mistake in the plugin)\n", who,
	    why);
	expect_message(text);
	/* Only the first few of the kind are shown. */
	snprintf(text, sizeof(text), "plugin %s: child->open", who);
	expect_no_message(text);
	expect_no_message("never");
	assert_int_equal(plugin_counter("r.never"), 0);
	assert_int_equal(bench.memory.held.used, 0);
}

static void no_scope(void **state)
{
	(void)state;
	chosen = NULL;
	bench.r.hook = in_data;
	flow_data(&flow, C, "x");
	expect_refused("r", "no scope");
	flow_close(&flow);
}

static void a_scope_that_is_over(void **state)
{
	struct tcpflow_scope none = {0};

	(void)state;
	chosen = &none;
	bench.r.hook = in_data;
	flow_data(&flow, C, "x");
	expect_refused("r", "a scope that is over, or none");
	flow_close(&flow);
}

static void a_scope_of_another_plugin(void **state)
{
	(void)state;
	chosen = bench.a.worker;
	bench.r.hook = in_data;
	flow_data(&flow, C, "x");
	expect_refused("r", "a scope of another plugin");
	flow_close(&flow);
}

#define ELSEWHERE \
	"a scope that may not be used in this callback, or on this thread"

static void the_runs_scope_on_a_workers_thread(void **state)
{
	(void)state;
	chosen = bench.r.run;
	bench.r.hook = in_data;
	flow_data(&flow, C, "x");
	expect_refused("r", ELSEWHERE);
	flow_close(&flow);
}

static void a_scope_of_another_worker(void **state)
{
	struct host_worker *first = bench.worker;
	struct flow other;

	(void)state;
	chosen = bench.r.stream;
	assert_int_equal(host_worker_open(&bench.worker, bench.host,
			     &(struct host_worker_config){
				 .index = 1,
				 .records = bench.records,
				 .digests = bench.digests,
				 .memory = &bench.memory,
				 .counters = &bench.counters,
			     }),
	    HOST_OK);
	flow_open(&other, 2, false);
	bench.r.hook = in_data;
	flow_data(&other, C, "x");
	bench.r.hook = NULL;
	expect_refused("r", ELSEWHERE);
	flow_close(&other);
	host_worker_close(&bench.worker);
	bench.worker = first;
	flow_close(&flow);
}

/* Where there is no worker_open, the run's scope is all that probe knows. */
static void the_runs_scope_in_probe(void **state)
{
	struct flow other;

	(void)state;
	chosen = bench.a.run;
	bench.a.hook = in_probe;
	flow_open(&other, 2, false);
	flow_data(&other, C, "x");
	expect_refused("a", ELSEWHERE);
	flow_close(&other);
	flow_close(&flow);
}

static void what_probe_may_not(struct actor *actor, enum call call)
{
	const struct tcpflow_host *host = actor->host;
	struct tcpflow_sink *none;

	if (call != CALL_PROBE)
		return;
	host->log(actor->worker, TCPFLOW_LOG_WARN, "probed");
	host->count(actor->worker, "probed", 1);
	assert_int_equal(host->hold(actor->worker, 1), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->sink->open(actor->worker, &sink_spec, &none), TCPFLOW_EINVAL);
	assert_null(host->record->begin(actor->worker, &record_spec));
	assert_int_equal(
	    host->console->put(actor->worker, C, &span, 1), TCPFLOW_EINVAL);
	assert_null(host->digest->open(actor->worker));
	assert_int_equal(host->outputs(actor->worker), 0);
}

static void probe_may_log_and_count(void **state)
{
	struct flow other;

	(void)state;
	bench.a.hook = what_probe_may_not;
	flow_open(&other, 2, false);
	flow_data(&other, C, "x");
	expect_message("plugin a: probed\n");
	expect_message("plugin a: hold: not allowed in probe (a mistake in the "
		       "plugin)\n");
	assert_int_equal(plugin_counter("a.probed"), 1);
	assert_int_equal(plugin_counter("a.misuses"), 6);
	flow_close(&other);
	flow_close(&flow);
}

/* A thread of the plugin's own. */
static void *stray(void *argument)
{
	const struct tcpflow_host *host = argument;

	use_all(&bench.r);
	assert_int_equal(host->sink->write(sink, "x", 1), TCPFLOW_EINVAL);
	host->record->u64(record, "n", 1);
	assert_int_equal(host->record->commit(record), TCPFLOW_EINVAL);
	host->digest->update(digest, "x", 1);
	assert_int_equal(host->child->data(child, &chunk), TCPFLOW_EINVAL);
	return NULL;
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
	chosen = actor->stream;
	assert_int_equal(
	    host->child->open(actor->stream, &child_spec, &child), TCPFLOW_OK);
}

static void start_a_thread(struct actor *actor, enum call call)
{
	pthread_t thread;

	if (call != CALL_DATA)
		return;
	open_handles(actor);
	assert_int_equal(
	    pthread_create(&thread, NULL, stray, (void *)actor->host), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(actor->host->record->commit(record), TCPFLOW_OK);
}

static void another_thread(void **state)
{
	(void)state;
	bench.r.hook = start_a_thread;
	flow_data(&flow, C, "x");
	bench.r.hook = NULL;
	expect_message("tcpflow: plugin r: hold: on a thread that is in no "
		       "callback (a mistake in the plugin)\n");
	expect_no_message("plugin r: child->open");
	assert_int_equal(plugin_counter("r.misuses"), SERVICES + 5);
	flow_close(&flow);
	expect_counter(COUNTER_RECORDS_DROPPED, 0);
}

/* The handles of r, while a is called. */
static void use_handles(struct actor *actor, enum call call)
{
	const struct tcpflow_host *host = actor->host;
	const struct tcpflow_record_api *api = host->record;
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};

	if (call != CALL_DATA)
		return;
	assert_int_equal(host->sink->write(sink, "x", 1), TCPFLOW_EINVAL);
	assert_int_equal(host->sink->pwrite(sink, 0, "x", 1), TCPFLOW_EINVAL);
	assert_null(host->sink->path(sink));
	assert_int_equal(
	    host->sink->finish(sink, NULL, &result), TCPFLOW_EINVAL);
	assert_int_equal(
	    host->sink->append(shared, actor->stream, "x", 1), TCPFLOW_EINVAL);
	api->str(record, "a", "x", 1);
	api->hex(record, "b", "x", 1);
	api->u64(record, "c", 1);
	api->i64(record, "d", 1);
	api->f64(record, "e", 1);
	api->time(record, "f", 1);
	api->boolean(record, "g", 1);
	api->object(record, "h");
	api->array(record, "i");
	api->end(record);
	api->abandon(record);
	assert_int_equal(api->commit(record), TCPFLOW_EINVAL);
	host->digest->update(digest, "x", 1);
	host->digest->put(digest, NULL);
	host->digest->close(digest);
	assert_int_equal(host->child->data(child, &chunk), TCPFLOW_EINVAL);
	assert_int_equal(host->child->gap(child, &gap), TCPFLOW_EINVAL);
	assert_int_equal(host->child->eof(child, &eof), TCPFLOW_EINVAL);
	host->child->close(child, NULL);
}

static void while_a_takes_the_child(struct actor *actor, enum call call)
{
	static const struct tcpflow_chunk get = {
	    .struct_size = sizeof(get),
	    .bytes = (const uint8_t *)"GET",
	    .len = 3,
	    .packet = 1,
	    .first_packet = 1,
	};
	struct tcpflow_record *mine;

	if (call != CALL_DATA)
		return;
	open_handles(actor);
	mine = record;
	assert_int_equal(actor->host->child->data(child, &get), TCPFLOW_OK);
	/* They are as good as before. */
	assert_int_equal(actor->host->record->commit(mine), TCPFLOW_OK);
	assert_int_equal(
	    actor->host->sink->finish(sink, NULL, NULL), TCPFLOW_OK);
	actor->host->digest->close(digest);
	actor->host->child->close(child, NULL);
}

static void handles_of_another_plugin(void **state)
{
	(void)state;
	bench.r.hook = while_a_takes_the_child;
	bench.a.hook = use_handles;
	flow_data(&flow, C, "x");
	bench.r.hook = NULL;
	bench.a.hook = NULL;
	assert_int_equal(plugin_counter("a.misuses"), 24);
	assert_int_equal(plugin_counter("r.misuses"), 0);
	expect_message(" sink->write: a scope of another plugin");
	expect_message(" record: a record that was begun in another callback");
	flow_close(&flow);
	expect_counter(COUNTER_RECORDS_DROPPED, 0);
}

/* The child is r's own, which sees it, and is in the middle of it. */
static void within_the_child(struct actor *actor, enum call call)
{
	const struct tcpflow_child_api *api = actor->host->child;

	if (call != CALL_DATA && call != CALL_OPEN)
		return;
	if (actor->stream->stream->info.depth == 0) {
		open_handles(actor);
		assert_int_equal(api->data(child, &chunk), TCPFLOW_OK);
		actor->host->record->commit(record);
		return;
	}
	assert_int_equal(api->data(child, &chunk), TCPFLOW_EINVAL);
	assert_int_equal(api->gap(child, &gap), TCPFLOW_EINVAL);
	assert_int_equal(api->eof(child, &eof), TCPFLOW_EINVAL);
	api->close(child, NULL);
	/* Nor does what its decoder has begun end in here. */
	assert_int_equal(actor->host->record->commit(record), TCPFLOW_EINVAL);
}

static void a_child_within_itself(void **state)
{
	(void)state;
	bench.r.hook = within_the_child;
	flow_data(&flow, C, "x");
	bench.r.hook = NULL;
	expect_message(" child->data: called within a callback of the child "
		       "itself (a mistake in the plugin)\n");
	flow_close(&flow);
	expect_counter(COUNTER_RECORDS, 2);
}

static void forget_records(struct actor *actor, enum call call)
{
	const struct tcpflow_record_api *api = actor->host->record;

	if (call == CALL_DATA) {
		record = api->begin(actor->stream, &record_spec);
		api->u64(record, "n", 1);
		assert_non_null(api->begin(actor->stream, &record_spec));
	}
	if (call == CALL_EOF) {
		api->u64(record, "m", 1);
		assert_int_equal(api->commit(record), TCPFLOW_EINVAL);
	}
	if (call == CALL_WORKER_CLOSE)
		assert_non_null(api->begin(actor->worker, &record_spec));
	if (call == CALL_DESTROY)
		assert_null(api->begin(actor->run, &record_spec));
}

static void records_that_are_forgotten(void **state)
{
	(void)state;
	bench.r.hook = forget_records;
	flow_data(&flow, C, "x");
	expect_message("tcpflow: plugin r: 192.0.2.1:40000-192.0.2.2:80 "
		       "record->begin: a record was neither committed nor "
		       "abandoned in the callback that began it (a mistake in "
		       "the plugin)\n");
	expect_counter(COUNTER_RECORDS_DROPPED, 2);
	flow_eof(&flow, C);
	expect_message(" record: a record that is over (a mistake");
	flow_close(&flow);
	host_worker_close(&bench.worker);
	expect_counter(COUNTER_RECORDS_DROPPED, 3);
	assert_int_equal(plugin_counter("r.misuses"), 5);
}

/* Under the address sanitizer: nothing leaks. */
static void forget_handles(struct actor *actor, enum call call)
{
	if (call != CALL_DATA)
		return;
	open_handles(actor);
	actor->host->record->abandon(record);
}

static void handles_that_are_left_open(void **state)
{
	(void)state;
	bench.r.hook = forget_handles;
	flow_data(&flow, C, "x");
	bench.r.hook = NULL;
	flow_close(&flow);
	assert_int_equal(plugin_counter("r.misuses"), 0);
}

/* Each callback of the main thread has the run's scope. */
static void use_the_run(struct actor *actor, enum call call)
{
	const struct tcpflow_host *host = actor->host;

	if (call <= CALL_DESTROY || call == CALL_WORKER_CLOSE)
		host->count(actor->run, "run", 1);
	if (call == CALL_WORKER_OPEN || call == CALL_WORKER_CLOSE)
		host->count(actor->worker, "worker", 1);
	if (call == CALL_OPEN || call >= CALL_DATA)
		host->count(actor->stream, "stream", 1);
}

static void scopes_where_they_belong(void **state)
{
	const struct tcpflow_run run = {
	    .struct_size = sizeof(run),
	    .packets = 1,
	};
	struct flow other;

	(void)state;
	flow_close(&flow);
	host_worker_close(&bench.worker);
	host_destroy(&bench.host);
	assert_true(host_create(&bench.host, &bench.config));
	bench.a = (struct actor){
	    .name = "a", .hook = use_the_run, .wants = "G"};
	bench_add(&actor_a);
	bench_ready();
	flow_open(&other, 1, false);
	flow_data(&other, C, "G");
	flow_gap(&other, C, 1);
	flow_eof(&other, C);
	flow_close(&other);
	host_worker_close(&bench.worker);
	host_finish(bench.host, &run);
	/* create, config, ready, worker_close, finish */
	assert_int_equal(plugin_counter("a.run"), 5);
	assert_int_equal(plugin_counter("a.worker"), 2);
	assert_int_equal(plugin_counter("a.stream"), 5);
	assert_int_equal(plugin_counter("a.misuses"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(no_scope),
	    TEST(a_scope_that_is_over),
	    TEST(a_scope_of_another_plugin),
	    TEST(the_runs_scope_on_a_workers_thread),
	    TEST(a_scope_of_another_worker),
	    TEST(the_runs_scope_in_probe),
	    TEST(probe_may_log_and_count),
	    TEST(another_thread),
	    TEST(handles_of_another_plugin),
	    TEST(a_child_within_itself),
	    TEST(records_that_are_forgotten),
	    TEST(handles_that_are_left_open),
	    TEST(scopes_where_they_belong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
