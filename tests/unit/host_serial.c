/* SPDX-License-Identifier: BSD-2-Clause */
/* SERIAL plugins on two threads: no two of their callbacks run at one time, and
 * a child's run inside its parent's.  Other plugins are not held up. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include <tcpflow/plugin.h>

#include "core/host/private.h"

#define STREAMS 300
#define DEPTH 3

static const struct tcpflow_host *host_table;
static atomic_int inside; /* callbacks of SERIAL plugins that run */
static atomic_int most;   /* at one time, not counting children's */
static atomic_uint calls;
static _Thread_local int mine; /* of them on this thread          */

/* In a callback for a while. */
static void stay(void)
{
	int now = mine++ == 0 ? atomic_fetch_add(&inside, 1) + 1 : 0;

	atomic_fetch_add(&calls, 1);
	for (int i = 0; i < 3; i++) {
		if (now > atomic_load(&most))
			atomic_store(&most, now);
		sched_yield();
	}
}

static void go(void)
{
	if (--mine == 0)
		atomic_fetch_sub(&inside, 1);
}

static int32_t create(const struct tcpflow_host *table,
    struct tcpflow_scope *run, void **instance)
{
	(void)run;
	host_table = table;
	*instance = NULL;
	return TCPFLOW_OK;
}

static int32_t worker_open(
    void *instance, struct tcpflow_scope *worker, uint32_t index, void **state)
{
	(void)instance;
	(void)worker;
	(void)index;
	stay();
	go();
	*state = NULL;
	return TCPFLOW_OK;
}

static int32_t probe(void *worker, const struct tcpflow_probe *view)
{
	(void)worker;
	(void)view;
	stay();
	go();
	return TCPFLOW_PROBE_YES;
}

struct part {
	struct tcpflow_scope *scope;
	struct tcpflow_child *child; /* NULL: deep enough               */
};

static int32_t open_part(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "inner",
	};
	struct part *part = test_malloc(sizeof(*part));

	(void)worker;
	stay();
	*part = (struct part){.scope = scope};
	if (info->depth < DEPTH)
		assert_int_equal(
		    host_table->child->open(scope, &spec, &part->child),
		    TCPFLOW_OK);
	*state = part;
	go();
	return TCPFLOW_OK;
}

static int32_t data(void *state, const struct tcpflow_chunk *chunk)
{
	struct part *part = state;

	stay();
	if (part->child != NULL)
		host_table->child->data(part->child, chunk);
	go();
	return TCPFLOW_OK;
}

static void close_part(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	stay();
	if (part->child != NULL)
		host_table->child->close(part->child, end);
	test_free(part);
	go();
}

static const struct tcpflow_plugin serial = {
    TCPFLOW_PLUGIN_HEAD(0, TCPFLOW_P_SERIAL),
    .name = "serial",
    .create = create,
    .worker_open = worker_open,
    .probe = probe,
    .open = open_part,
    .data = data,
    .close = close_part,
};

/* Another one of the kind, and one that is not. */
static const struct tcpflow_plugin observing = {
    TCPFLOW_PLUGIN_HEAD(0, TCPFLOW_P_SERIAL | TCPFLOW_P_OBSERVER),
    .name = "observing",
    .create = create,
    .open = open_part,
    .data = data,
    .close = close_part,
};

static const struct tcpflow_plugin parallel = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "parallel",
    .create = create,
    .probe = probe,
    .open = open_part,
    .data = data,
    .close = close_part,
};

struct share {
	struct host *host;
	struct memory memory;
	struct counters counters;
	struct host_worker *worker;
};

static void feed(struct share *share, uint64_t id)
{
	const struct flow_key key = {0};
	const struct flow_facts facts = {.key = &key, .flow_id = id};
	const struct flow_account books = {.reason = TCPFLOW_CLOSE_EXIT};
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .bytes = (const uint8_t *)"abc",
	    .len = 3,
	    .packet = id,
	    .first_packet = id,
	};
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = TCPFLOW_DIR_NONE,
	    .reason = TCPFLOW_CLOSE_EXIT,
	    .length = {3, 0},
	};
	void *stream = host_flow_events.open(share->worker, &facts);

	assert(stream != NULL);
	host_flow_events.data(stream, &chunk);
	host_flow_events.account(share->worker, stream, &books);
	host_flow_events.close(stream, &end);
}

static void *run_worker(void *argument)
{
	struct share *share = argument;

	for (uint64_t id = 1; id <= STREAMS; id++)
		feed(share, id);
	return NULL;
}

static void run(
    const struct tcpflow_plugin *first, const struct tcpflow_plugin *second)
{
	static const struct log log = {.descriptor = 2};
	const struct host_config config = {.version = "test", .log = &log};
	static struct share shares[2];
	struct host *host;
	pthread_t threads[2];

	atomic_store(&most, 0);
	atomic_store(&calls, 0);
	assert_true(host_create(&host, &config));
	assert_int_equal(host_add(host, first), HOST_OK);
	if (second != NULL)
		assert_int_equal(host_add(host, second), HOST_OK);
	assert_int_equal(host_ready(host), HOST_OK);
	for (uint32_t i = 0; i < 2; i++) {
		const struct host_worker_config worker = {
		    .index = i,
		    .memory = &shares[i].memory,
		    .counters = &shares[i].counters,
		};

		shares[i] = (struct share){.host = host};
		memory_divide(&shares[i].memory, 100u << 20);
		assert_int_equal(
		    host_worker_open(&shares[i].worker, host, &worker),
		    HOST_OK);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run_worker, &shares[i]),
		    0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		host_worker_close(&shares[i].worker);
	host_destroy(&host);
}

static void one_at_a_time(void **state)
{
	(void)state;
	run(&serial, NULL);
	/* worker_open; probe, open, data, close for each of DEPTH + 1. */
	assert_int_equal(
	    atomic_load(&calls), 2 + 2 * STREAMS * 4 * (DEPTH + 1));
	assert_int_equal(atomic_load(&most), 1);
}

static void all_of_the_kind_share_the_lock(void **state)
{
	(void)state;
	run(&observing, &serial);
	assert_int_equal(atomic_load(&most), 1);
}

/* That the test would see it. */
static void others_run_beside_each_other(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		run(&parallel, NULL);
		if (atomic_load(&most) > 1)
			return;
	}
	print_message("one processor: nothing ran at one time\n");
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_at_a_time),
	    cmocka_unit_test(all_of_the_kind_share_the_lock),
	    cmocka_unit_test(others_run_beside_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
