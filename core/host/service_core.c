/* SPDX-License-Identifier: BSD-2-Clause */
/* Services beside the tables: accounting, parsers of settings, alarms. */
#include <inttypes.h>
#include <stdatomic.h>

#include "core/base/parse.h"
#include "core/host/private.h"

#define HELD_MOST (4u << 20) /* bytes of one stream */

/* A stream's plugin may keep this much at most; so that one stream cannot eat
 * what all have. */
static bool within_limit(const struct tcpflow_scope *scope, size_t bytes)
{
	size_t most = scope->kind == SCOPE_STREAM ? HELD_MOST : SIZE_MAX;

	return bytes <= most && scope->held <= most - bytes;
}

static int32_t service_hold(struct tcpflow_scope *scope, size_t bytes)
{
	struct host_worker *worker;

	if (!plugin_may(scope, "hold"))
		return TCPFLOW_EINVAL;
	worker = scope->worker;
	/* The budgets are the workers': of the run only the balance is kept. */
	if (!within_limit(scope, bytes) ||
	    (worker != NULL &&
		!budget_take(&worker->config.memory->held, bytes))) {
		if (worker != NULL)
			worker->config.counters
			    ->value[COUNTER_PLUGIN_REFUSED_MEMORY]++;
		return TCPFLOW_ENOMEM;
	}
	scope->held += bytes;
	return TCPFLOW_OK;
}

static void service_release(struct tcpflow_scope *scope, size_t bytes)
{
	if (!plugin_may(scope, "release"))
		return;
	if (bytes > scope->held) {
		service_log(scope, TCPFLOW_LOG_WARN,
		    "%zu bytes released where %zu were held", bytes,
		    scope->held);
		bytes = scope->held;
	}
	scope->held -= bytes;
	if (scope->worker != NULL)
		budget_give(&scope->worker->config.memory->held, bytes);
}

/* What a message may quote of a value. */
static const char *quotable(
    const struct tcpflow_scope *scope, const char *key, const char *value)
{
	const struct tcpflow_param *param = settings_param(
	    scope->plugin->descriptor, key);

	return param != NULL && param->flags & TCPFLOW_PARAM_SECRET ? "..."
								    : value;
}

static bool parse_may(struct tcpflow_scope *scope, const char *service,
    const char *key, const char *value, const void *out)
{
	if (!plugin_may(scope, service))
		return false;
	if (key != NULL && value != NULL && out != NULL)
		return true;
	plugin_misuse(scope, service, "no key, value or place for the result");
	return false;
}

static int32_t service_parse_u64(struct tcpflow_scope *scope, const char *key,
    const char *value, uint64_t low, uint64_t high, uint64_t *out)
{
	uint64_t number;

	if (!parse_may(scope, "parse_u64", key, value, out))
		return TCPFLOW_EINVAL;
	if (!parse_size(value, &number) || number < low || number > high) {
		service_log(scope, TCPFLOW_LOG_ERROR,
		    "%s=%s: a number from %" PRIu64 " to %" PRIu64
		    " is wanted (k, M, G and T are powers of 1024)",
		    key, quotable(scope, key, value), low, high);
		return TCPFLOW_EINVAL;
	}
	*out = number;
	return TCPFLOW_OK;
}

static int32_t service_parse_flag(struct tcpflow_scope *scope, const char *key,
    const char *value, int32_t *out)
{
	bool flag;

	if (!parse_may(scope, "parse_flag", key, value, out))
		return TCPFLOW_EINVAL;
	if (!parse_flag(value, &flag)) {
		service_log(scope, TCPFLOW_LOG_ERROR, "%s=%s: say yes or no",
		    key, quotable(scope, key, value));
		return TCPFLOW_EINVAL;
	}
	*out = flag;
	return TCPFLOW_OK;
}

static int32_t service_wake_at(struct tcpflow_scope *scope, uint64_t ts_ns)
{
	struct attachment *attachment;
	struct host_worker *worker;

	if (!plugin_may(scope, "wake_at"))
		return TCPFLOW_EINVAL;
	if (scope->kind != SCOPE_STREAM) {
		plugin_misuse(scope, "wake_at", "only a stream has an alarm");
		return TCPFLOW_EINVAL;
	}
	if (scope->plugin->descriptor->wake == NULL) {
		plugin_misuse(scope, "wake_at", "the plugin has no wake");
		return TCPFLOW_EINVAL;
	}
	worker = scope->worker;
	attachment = scope_attachment(scope);
	if (ts_ns == 0) {
		heap_remove(&worker->alarms, &attachment->alarm);
		return TCPFLOW_OK;
	}
	/* Never for the time that it is: a plugin that always asks for what is
	 * over would be called for ever. */
	if (ts_ns <= worker->now_ns)
		ts_ns = worker->now_ns + 1;
	attachment->alarm.order = scope->stream->info.flow_id;
	return heap_set(&worker->alarms, &attachment->alarm, ts_ns)
	    ? TCPFLOW_OK
	    : TCPFLOW_ENOMEM;
}

static uint32_t service_outputs(const struct tcpflow_scope *scope)
{
	return plugin_may(scope, "outputs")
	    ? scope->plugin->host->config.outputs
	    : 0;
}

static void service_stop(struct tcpflow_scope *scope)
{
	if (plugin_may(scope, "stop"))
		atomic_store(&scope->plugin->host->stop_asked, true);
}

void service_core_fill(struct tcpflow_host *table)
{
	table->log = service_log_checked;
	table->count = service_count_checked;
	table->hold = service_hold;
	table->release = service_release;
	table->parse_u64 = service_parse_u64;
	table->parse_flag = service_parse_flag;
	table->wake_at = service_wake_at;
	table->outputs = service_outputs;
	table->stop = service_stop;
}
