/* SPDX-License-Identifier: BSD-2-Clause */
/* Each allocation of a whole run fails once (BAD_INPUT 47): nothing crashes,
 * no budget is left in use, and under the address sanitizer nothing leaks. */
#include "tests/unit/host_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"
#include "tests/unit/host_folder.h"

static struct {
	unsigned calls;  /* so far                          */
	unsigned fails;  /* this one; 0: none               */
	bool ever_since; /* and all that follow             */
} allocation;

static unsigned dropped; /* streams, in all runs            */

static bool allocation_fails(void)
{
	allocation.calls++;
	return allocation.fails != 0 &&
	    (allocation.calls == allocation.fails ||
		(allocation.ever_since && allocation.calls > allocation.fails));
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

void *__wrap_malloc(size_t size)
{
	return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return allocation_fails() ? NULL
				  : __real_aligned_alloc(alignment, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return allocation_fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return allocation_fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
	return allocation_fails() ? NULL : __real_strndup(text, length);
}

/* Uses every service; whatever it answers. */
static void use_services(struct actor *actor, enum call call)
{
	const struct tcpflow_host *host = actor->host;
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .label = "body",
	    .suffix = ".bin",
	};
	const struct tcpflow_span span = {.ptr = "text\n", .len = 5};
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	struct tcpflow_sink *sink;

	if (call != CALL_DATA)
		return;
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
	    .memory = &bench.memory,
	    .counters = &bench.counters,
	};

	if (!host_create(&bench.host, &bench.config))
		return;
	if (set_up(specification) &&
	    host_worker_open(&bench.worker, bench.host, &config) == HOST_OK) {
		one_stream(1, false);
		one_stream(2, true);
		host_counters(bench.host, ignore, NULL);
		host_worker_close(&bench.worker);
	}
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
	bool reached;

	folder_make();
	folder_copy("good", "good.so");
	folder_path(folder, "");
	snprintf(specification, sizeof(specification), "%s/good.so:file=a,size",
	    folder);
	bench_start(NULL);
	host_destroy(&bench.host);
	bench.a.wants = "GET";
	bench.r.hook = use_services;
	bench.o.hook = use_services;
	assert_true(output_open(&bench.output, &output, &bench.memory.files,
	    &bench.counters, &bench.log));
	bench.console = console_open(&console, &bench.counters);
	assert_non_null(bench.console);

	allocation.calls = 0;
	allocation.fails = fails;
	allocation.ever_since = ever_since;
	whole_run(specification);
	reached = fails != 0 && allocation.calls >= fails;
	allocation.fails = 0;
	if (fails == 0)
		expect_counter(COUNTER_STREAMS, 2);
	dropped += (unsigned)bench.counters.value[COUNTER_STREAMS_DROPPED];
	bench_end(NULL);
	folder_remove();
	return reached;
}

static void nothing_fails(void **state)
{
	(void)state;
	try(0, false);
	assert_in_range(allocation.calls, 40, 100000);
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
