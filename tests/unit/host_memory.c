/* SPDX-License-Identifier: BSD-2-Clause */
/* Each allocation of a whole run fails once (BAD_INPUT 47): nothing crashes,
 * no budget is left in use, and under the address sanitizer nothing leaks. */
#include "tests/unit/host_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/digest.h"
#include "core/host/private.h"
#include "tests/unit/failing_memory.h"
#include "tests/unit/host_folder.h"

static unsigned seen;    /* allocations of the latest run   */
static unsigned dropped; /* streams, in all runs            */

/* The run's SHARED sink; NULL: there is none. */
static struct tcpflow_sink *shared;

static void open_shared(struct actor *actor)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	    .head = "[",
	    .between = ",",
	    .tail = "]",
	};

	if (actor->host->sink->open(actor->run, &spec, &shared) != TCPFLOW_OK)
		shared = NULL;
}

static void tell(struct actor *actor, struct tcpflow_sink *into)
{
	const struct tcpflow_host *host = actor->host;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "test",
	    .first_packet = 1,
	    .last_packet = 2,
	    .into = into,
	};
	struct tcpflow_digest *digest = host->digest->open(actor->stream);
	struct tcpflow_record *record = host->record->begin(
	    actor->stream, &spec);

	host->record->str(record, "not utf-8", "\xff\xfe", 2);
	host->record->array(record, "list");
	host->record->u64(record, NULL, 1);
	host->record->end(record);
	host->digest->update(digest, "abc", 3);
	host->digest->put(digest, record);
	host->record->commit(record);
	host->digest->close(digest);
}

/* What r decodes; a takes it where it says GET, else r itself sees it. */
static void use_children(struct actor *actor)
{
	const struct tcpflow_child_api *api = actor->host->child;
	const struct tcpflow_attr attrs[] = {{"a", {"1", 1}}, {"b", {"2", 1}}};
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "inner",
	    .protocol = "a",
	    .server_name = {"a.example", 9},
	    .attrs = attrs,
	    .nattrs = 2,
	};
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .len = 3,
	    .reason = TCPFLOW_GAP_DECODER,
	};
	struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .len = 1,
	    .packet = 2,
	    .first_packet = 1,
	};
	struct tcpflow_scope *scope = actor->stream;
	struct tcpflow_child *child;

	if (actor->stream->stream->info.depth > 2 ||
	    api->open(actor->stream, &spec, &child) != TCPFLOW_OK)
		return;
	for (const char *at = "GET!"; *at != '\0'; at++) {
		chunk.bytes = (const uint8_t *)at;
		api->data(child, &chunk);
	}
	api->gap(child, &gap);
	/* The second one is left to the host. */
	if (actor->calls[CALL_DATA] != 2)
		api->close(child, NULL);
	actor->stream = scope; /* its own callbacks ran meanwhile */
}

/* Uses every service; whatever it answers. */
static void use_services(struct actor *actor, enum call call)
{
	const struct tcpflow_host *host = actor->host;
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = actor->calls[CALL_DATA] % 2 ? TCPFLOW_SINK_BY_HASH : 0,
	    .label = "body",
	    .suffix = ".bin",
	};
	const struct tcpflow_span span = {.ptr = "text\n", .len = 5};
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink;

	if (call == CALL_READY && actor == &bench.r)
		open_shared(actor);
	if (call != CALL_DATA)
		return;
	tell(actor, NULL);
	if (actor == &bench.r) {
		use_children(actor);
		if (shared != NULL)
			tell(actor, shared);
	}
	host->count(actor->stream, "data", 1);
	host->log(actor->stream, TCPFLOW_LOG_WARN, "data of %s", actor->name);
	host->console->put(actor->stream, TCPFLOW_C2S, &span, 1);
	if (host->hold(actor->stream, 10) == TCPFLOW_OK)
		host->release(actor->stream, 10);
	host->wake_at(actor->stream, bench.now_ns + 5);
	if (host->sink->open(actor->stream, &spec, &sink) != TCPFLOW_OK)
		return;
	host->sink->write(sink, "bytes", 5);
	/* The second one is left to the host. */
	if (actor->calls[CALL_DATA] != 2)
		host->sink->finish(sink, NULL, &result);
}

static void one_stream(uint64_t id, bool midstream)
{
	struct flow flow;

	bench.a.swapped = midstream;
	flow_open(&flow, id, midstream);
	flow_bytes(&flow, TCPFLOW_C2S, "x", 1);
	flow_eof(&flow, TCPFLOW_S2C);
	flow_bytes(&flow, TCPFLOW_C2S, "G", 1);
	flow_bytes(&flow, TCPFLOW_C2S, "E", 1);
	host_worker_advance(bench.worker, bench.now_ns + 5, bench.packet);
	flow_bytes(&flow, TCPFLOW_C2S, "T", 1);
	flow_gap(&flow, TCPFLOW_C2S, 5);
	flow_close(&flow);
}

static bool set_up(const char *specification)
{
	return host_load(bench.host, specification) == HOST_OK &&
	    host_add(bench.host, &actor_a) == HOST_OK &&
	    host_add(bench.host, &actor_r) == HOST_OK &&
	    host_add(bench.host, &actor_o) == HOST_OK &&
	    host_set(bench.host, "a.size=1") == HOST_OK &&
	    host_ready(bench.host) == HOST_OK;
}

static void ignore(void *context, const char *name, uint64_t value)
{
	(void)context;
	(void)name;
	(void)value;
}

static void whole_run(const char *specification)
{
	const struct host_worker_config config = {
	    .output = bench.output,
	    .console = bench.console,
	    .records = bench.records,
	    .digests = DIGEST_BIT(DIGEST_MD5) | DIGEST_BIT(DIGEST_SHA256),
	    .memory = &bench.memory,
	    .counters = &bench.counters,
	};

	const struct tcpflow_run run = {
	    .struct_size = sizeof(run),
	    .packets = 1,
	};

	shared = NULL;
	if (!host_create(&bench.host, &bench.config))
		return;
	if (set_up(specification) &&
	    host_worker_open(&bench.worker, bench.host, &config) == HOST_OK) {
		one_stream(1, false);
		one_stream(2, true);
		host_counters(bench.host, ignore, NULL);
		host_worker_close(&bench.worker);
		host_finish(bench.host, &run);
	}
	host_abandon(bench.host);
	host_destroy(&bench.host);
}

/* One run with the given allocation failing; true: there was one of that
 * number. */
static bool try(unsigned fails, bool ever_since)
{
	char folder[FOLDER_PATH_ROOM];
	char specification[FOLDER_PATH_ROOM + 32];
	struct output_config output = {
	    .directory = folder,
	    .template = NAME_TEMPLATE_CLASSIC,
	    .mode = 0600,
	    .owner = (uid_t)-1,
	    .group = (gid_t)-1,
	};
	const struct console_config console = {.descriptor = -1};
	const struct records_config records = {
	    .path = "/dev/null",
	    .owner = (uid_t)-1,
	};
	bool reached;

	folder_make();
	folder_copy("good", "good.so");
	folder_path(folder, "");
	snprintf(specification, sizeof(specification), "%s/good.so:file=a,size",
	    folder);
	bench_start(NULL);
	host_destroy(&bench.host);
	bench.config.outputs |= TCPFLOW_OUT_RECORDS;
	bench.a.wants = "GET";
	bench.r.hook = use_services;
	bench.o.hook = use_services;
	assert_true(output_open(&bench.output, &output, &bench.memory.files,
	    &bench.counters, &bench.log));
	bench.console = console_open(&console, &bench.counters);
	assert_non_null(bench.console);
	bench.records = records_open(&records, &bench.counters, &bench.log);
	assert_non_null(bench.records);

	if (ever_since)
		allocations_fail_from(fails);
	else
		allocation_fails_once(fails);
	whole_run(specification);
	seen = allocations_seen();
	reached = fails != 0 && seen >= fails;
	allocations_succeed();
	records_flush(bench.records);
	if (fails == 0) {
		expect_counter(COUNTER_STREAMS, 2);
		assert_in_range(
		    bench.counters.value[COUNTER_CHILDREN], 5, 1000);
		assert_in_range(bench.counters.value[COUNTER_RECORDS], 5, 1000);
	}
	dropped += (unsigned)bench.counters.value[COUNTER_STREAMS_DROPPED];
	bench_end(NULL);
	folder_remove();
	return reached;
}

static void nothing_fails(void **state)
{
	(void)state;
	try(0, false);
	assert_in_range(seen, 40, 100000);
}

static void each_allocation_fails_once(void **state)
{
	unsigned fails = 1;

	(void)state;
	dropped = 0;
	while (try(fails, false))
		fails++;
	assert_in_range(fails, 40, 100000);
	assert_int_equal(dropped, 1); /* the slab of their records */
}

static void all_allocations_fail_from_one_on(void **state)
{
	unsigned fails = 1;

	(void)state;
	while (try(fails, true))
		fails++;
	assert_in_range(fails, 40, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_fails),
	    cmocka_unit_test(each_allocation_fails_once),
	    cmocka_unit_test(all_allocations_fail_from_one_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
