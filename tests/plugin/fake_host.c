/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's life: a plugin from its entry to destroy.  It does not know
 * what the services do, nor how streams are fed. */
#include "tests/plugin/fake_private.h"

#include <stdlib.h>

struct fake_host *fake_host_new(const struct tcpflow_plugin *(*entry)(void))
{
	struct fake_host *host = fake_allocate(sizeof(*host));
	struct tcpflow_host table;

	host->plugin = entry();
	fake_descriptor_check(host->plugin);
	fake_service_fill(&table);
	host->table = fake_lend(&table, sizeof(table));
	host->now_ns = FAKE_START_NS;
	host->outputs = TCPFLOW_OUT_FILES | TCPFLOW_OUT_CONSOLE;
	host->hold_most = 4u << 20;
	host->children_most = 4096;
	fake_host_set_workers(host, 1);
	return host;
}

void fake_host_set_workers(struct fake_host *host, size_t count)
{
	if (host->run != NULL || count == 0)
		fake_fail("workers: there is one at least, and their number "
			  "is set before start");
	free(host->workers);
	host->worker_count = count;
	host->workers = fake_allocate(count * sizeof(*host->workers));
}

static int32_t create(struct fake_host *host)
{
	struct fake_call call = {.name = "create"};
	int32_t result;

	host->run = fake_scope_open(host, FAKE_RUN, NULL, NULL);
	fake_enter(host, &call);
	result = host->plugin->create(host->table, host->run, &host->instance);
	fake_leave(host);
	fake_check_result(host, "create", result);
	host->created = result == TCPFLOW_OK;
	return result;
}

static int32_t make_ready(struct fake_host *host)
{
	struct fake_call call = {.name = "ready"};
	int32_t result;

	if (host->plugin->ready == NULL)
		return TCPFLOW_OK;
	fake_enter(host, &call);
	result = host->plugin->ready(host->instance);
	fake_leave(host);
	fake_check_result(host, "ready", result);
	return result;
}

static int32_t open_worker(struct fake_host *host, size_t index)
{
	struct fake_worker *worker = &host->workers[index];
	struct fake_call call = {.name = "worker_open", .worker = worker};
	int32_t result;

	worker->scope = fake_scope_open(host, FAKE_WORKER, worker, NULL);
	worker->state = host->instance;
	worker->open = true;
	if (host->plugin->worker_open == NULL)
		return TCPFLOW_OK;
	worker->state = NULL;
	fake_enter(host, &call);
	result = host->plugin->worker_open(
	    host->instance, worker->scope, (uint32_t)index, &worker->state);
	fake_leave(host);
	fake_check_result(host, "worker_open", result);
	if (result != TCPFLOW_OK) {
		worker->open = false;
		fake_scope_close(worker->scope);
	}
	return result;
}

int32_t fake_host_start(struct fake_host *host, const char *const *settings)
{
	int32_t result;

	if (host->run != NULL)
		fake_fail("start: this host was started before");
	result = create(host);
	if (result == TCPFLOW_OK)
		result = fake_settings_apply(host, settings);
	if (result == TCPFLOW_OK)
		result = make_ready(host);
	for (size_t i = 0; i < host->worker_count && result == TCPFLOW_OK; i++)
		result = open_worker(host, i);
	host->begun = host->running = result == TCPFLOW_OK;
	return result;
}

static void close_worker(struct fake_host *host, struct fake_worker *worker)
{
	struct fake_call call = {.name = "worker_close", .joined = worker};

	if (!worker->open)
		return;
	worker->open = false;
	if (host->plugin->worker_close != NULL) {
		fake_enter(host, &call);
		host->plugin->worker_close(host->instance, worker->state);
		fake_leave(host);
	}
	fake_scope_close(worker->scope);
}

static void close_workers(struct fake_host *host)
{
	host->running = false;
	for (size_t i = 0; i < host->worker_count; i++)
		close_worker(host, &host->workers[i]);
}

static struct tcpflow_run whole_run(const struct fake_host *host)
{
	return (struct tcpflow_run){
	    .struct_size = sizeof(struct tcpflow_run),
	    .reason = TCPFLOW_RUN_INPUT_END,
	    .first_ns = FAKE_START_NS,
	    .last_ns = host->now_ns,
	    .packets = host->packet,
	    .flows = host->flows,
	};
}

void fake_host_finish(struct fake_host *host, const struct tcpflow_run *run)
{
	const struct tcpflow_run whole = whole_run(host);
	struct fake_call call = {.name = "finish"};
	struct tcpflow_run *lent;

	if (!host->running)
		fake_fail("finish without a successful start");
	if (host->streams != NULL)
		fake_fail("finish while a stream is open");
	close_workers(host);
	if (host->plugin->finish != NULL) {
		lent = fake_lend(run != NULL ? run : &whole, sizeof(*lent));
		fake_enter(host, &call);
		host->plugin->finish(host->instance, lent);
		fake_leave(host);
		fake_take_back(lent, sizeof(*lent));
	}
	fake_sinks_close(host->run);
	host->finished = true;
}

static void destroy(struct fake_host *host)
{
	struct fake_call call = {.name = "destroy"};

	if (host->created && host->plugin->destroy != NULL) {
		fake_enter(host, &call);
		host->plugin->destroy(host->instance);
		fake_leave(host);
	}
	if (host->run == NULL)
		return;
	/* Of a run that read no packets nothing is kept. */
	if (!host->finished)
		fake_sinks_discard(host->run);
	fake_scope_close(host->run);
}

void fake_host_free(struct fake_host **handle)
{
	struct fake_host *host = *handle;

	*handle = NULL;
	if (host->streams != NULL)
		fake_fail("free while a stream is open");
	if (host->running && host->packet > 0)
		fake_host_finish(host, NULL);
	close_workers(host);
	destroy(host);
	fake_sinks_free(host);
	fake_records_free(host);
	fake_digests_free(host);
	fake_children_free(host);
	while (host->scopes != NULL) {
		struct tcpflow_scope *scope = host->scopes;

		host->scopes = scope->next;
		fake_take_back(scope, sizeof(*scope));
	}
	fake_take_back(host->table, sizeof(*host->table));
	fake_text_free(&host->console);
	fake_text_free(&host->log);
	fake_text_free(&host->lines);
	fake_text_free(&host->misuses);
	fake_text_free(&host->child_story);
	free(host->workers);
	free(host);
}
