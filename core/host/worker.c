/* SPDX-License-Identifier: BSD-2-Clause */
/* One thread's share of the host: the plugins' worker states and the alarms of
 * their streams.  It knows nothing of who takes a stream. */
#include <stdlib.h>

#include "core/base/digest.h"
#include "core/host/private.h"

void host_run_outlets(
    struct host *host, const struct host_worker_config *config)
{
	host->outlets = *config;
}

bool worker_put(struct host_worker *worker, struct outlet *outlet,
    uint64_t flow, uint32_t flags, const struct buffer *text)
{
	const struct host_worker_config *config = &worker->config;
	struct piece piece = {
	    .outlet = outlet,
	    .flow = flow,
	    .length = text->length,
	    .flags = flags,
	};

	if (text->failed)
		return false;
	if (config->parcel == NULL) {
		outlet->take(outlet, &piece, text->bytes);
		return true;
	}
	piece.packet = *config->packet;
	return parcel_add(config->parcel, &piece, text->bytes, text->length);
}

static bool open_plugin(struct host_worker *worker, struct plugin *plugin)
{
	struct worker_plugin *mine = &worker->plugins[plugin->index];
	struct plugin_call call;
	int32_t result = TCPFLOW_OK;

	scope_init(&mine->scope, SCOPE_WORKER, plugin, worker, NULL);
	plugin_enter(&call, plugin, worker);
	if (plugin->descriptor->worker_open != NULL)
		result = plugin->descriptor->worker_open(plugin->instance,
		    &mine->scope, worker->config.index, &mine->state);
	else
		mine->state = plugin->instance;
	plugin_leave(&call);
	mine->open = result == TCPFLOW_OK;
	if (mine->open)
		return true;
	if (!mine->ledger.complained)
		log_write(worker->host->config.log, LOG_LEVEL_ERROR,
		    "plugin %s: cannot start its worker (error %d)",
		    plugin->descriptor->name, result);
	service_count_end(&mine->scope);
	scope_end(&mine->scope);
	return false;
}

enum host_result host_worker_open(struct host_worker **handle,
    struct host *host, const struct host_worker_config *config)
{
	struct host_worker *worker = calloc(
	    1, sizeof(*worker) + host->count * sizeof(worker->plugins[0]));

	if (worker == NULL) {
		log_write(host->config.log, LOG_LEVEL_ERROR, "out of memory");
		return HOST_FAILED;
	}
	worker->host = host;
	worker->config = *config;
	envelope_keys_fill(worker->envelope_keys);
	pool_init(&worker->records, host_stream_bytes(host));
	list_append(&host->workers, &worker->link);
	if (host->outlets.memory == NULL)
		host->outlets = *config;
	for (size_t i = 0; i < host->count; i++) {
		if (!open_plugin(worker, host->plugins[i])) {
			host_worker_close(&worker);
			return HOST_FAILED;
		}
	}
	*handle = worker;
	return HOST_OK;
}

static void close_plugin(struct host_worker *worker, struct plugin *plugin)
{
	struct worker_plugin *mine = &worker->plugins[plugin->index];
	struct plugin_call call;

	if (!mine->open)
		return;
	if (plugin->descriptor->worker_close != NULL) {
		plugin_enter_main(&call, plugin, worker);
		plugin->descriptor->worker_close(plugin->instance, mine->state);
		plugin_leave(&call);
	}
	service_count_end(&mine->scope);
	scope_end(&mine->scope);
}

void host_worker_close(struct host_worker **handle)
{
	struct host_worker *worker = *handle;
	struct host *host;

	if (worker == NULL)
		return;
	*handle = NULL;
	assert(worker->streams == 0);
	host = worker->host;
	for (size_t i = 0; i < host->count; i++)
		close_plugin(worker, host->plugins[i]);
	if (worker->now_ns > host->last_ns)
		host->last_ns = worker->now_ns;
	service_sink_take_back(&worker->lent);
	heap_free(&worker->alarms);
	pool_destroy(&worker->records);
	service_record_end(worker);
	json_free(&worker->json);
	buffer_free(&worker->text);
	digest_close(&worker->sha1);
	list_remove(&worker->link);
	free(worker);
}

void host_worker_write_through(struct host_worker *worker)
{
	worker->config.parcel = NULL;
}

uint64_t host_worker_due(const struct host_worker *worker)
{
	const struct heap_element *first = heap_first(&worker->alarms);

	return first != NULL ? first->due_ns : UINT64_MAX;
}

static void wake(struct attachment *attachment, uint64_t ts_ns)
{
	probe_wake(attachment->scope.stream, attachment, ts_ns);
}

void host_worker_advance(
    struct host_worker *worker, uint64_t ts_ns, uint64_t packet)
{
	struct heap_element *alarm;

	/* It ends: an alarm set from now on is due after ts_ns. */
	while ((alarm = heap_first(&worker->alarms)) != NULL &&
	    alarm->due_ns <= ts_ns) {
		heap_remove(&worker->alarms, alarm);
		worker_at(worker, ts_ns, packet);
		wake(list_entry(alarm, struct attachment, alarm), ts_ns);
	}
}
