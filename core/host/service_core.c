/* SPDX-License-Identifier: BSD-2-Clause */
/* Services beside the tables: log, counters, accounting, parsers, alarms. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/flow_key.h"
#include "core/base/parse.h"
#include "core/host/private.h"

#define HELD_MOST (4u << 20) /* bytes of one stream */
#define SHOWN_A_SECOND 3u
#define NAME_MOST 64u

static const struct log *log_of(const struct tcpflow_scope *scope)
{
	return scope->plugin->host->config.log;
}

/* Whether a message of this format is shown; says so when some were not. */
static bool may_show(struct tcpflow_scope *scope, const char *format)
{
	struct log_limit *limits = scope->plugin->log_limits;
	struct log_limit *limit = &limits[0];
	int64_t now = (int64_t)time(NULL);

	for (unsigned i = 0; i < LOG_FORMATS_MOST; i++) {
		if (limits[i].format == format) {
			limit = &limits[i];
			break;
		}
		if (limits[i].second < limit->second)
			limit = &limits[i];
	}
	if (limit->format != format || limit->second != now) {
		if (limit->suppressed > 0)
			log_write(log_of(scope), LOG_LEVEL_INFO,
			    "plugin %s: %u more messages like the last",
			    scope->plugin->descriptor->name, limit->suppressed);
		*limit = (struct log_limit){.format = format, .second = now};
	}
	if (limit->shown == SHOWN_A_SECOND) {
		limit->suppressed++;
		return false;
	}
	limit->shown++;
	return true;
}

static void name_flow(const struct stream *stream, char *text, size_t room)
{
	char client[ADDRESS_ROOM];
	char server[ADDRESS_ROOM];

	address_text(client, &stream->info.client);
	address_text(server, &stream->info.server);
	snprintf(text, room, " %s:%u-%s:%u", client, stream->info.client.port,
	    server, stream->info.server.port);
}

static void log_list(struct tcpflow_scope *scope, uint32_t level,
    const char *format, va_list arguments) TCPFLOW_PRINTF(3, 0);

static void log_list(struct tcpflow_scope *scope, uint32_t level,
    const char *format, va_list arguments)
{
	static const enum log_level levels[] = {
	    [TCPFLOW_LOG_ERROR] = LOG_LEVEL_ERROR,
	    [TCPFLOW_LOG_WARN] = LOG_LEVEL_WARN,
	    [TCPFLOW_LOG_INFO] = LOG_LEVEL_INFO,
	    [TCPFLOW_LOG_DEBUG] = LOG_LEVEL_DEBUG,
	};
	enum log_level mine = level <= TCPFLOW_LOG_DEBUG ? levels[level]
							 : LOG_LEVEL_DEBUG;
	char flow[2 * ADDRESS_ROOM + 16] = "";
	struct buffer text = {0};

	magic_check(scope, SCOPE_MAGIC);
	if (mine > log_of(scope)->most || !may_show(scope, format))
		return;
	if (scope->stream != NULL)
		name_flow(scope->stream, flow, sizeof(flow));
	buffer_printf_list(&text, format, arguments);
	buffer_append_byte(&text, '\0');
	if (!text.failed)
		log_write(log_of(scope), mine, "plugin %s:%s %s",
		    scope->plugin->descriptor->name, flow,
		    (const char *)text.bytes);
	buffer_free(&text);
}

void service_log(
    struct tcpflow_scope *scope, uint32_t level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_list(scope, level, format, arguments);
	va_end(arguments);
}

static bool counter_name_legal(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MOST &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == length;
}

static void service_count(
    struct tcpflow_scope *scope, const char *name, uint64_t add)
{
	struct plugin *plugin = scope->plugin;
	struct plugin_counter *counter;

	magic_check(scope, SCOPE_MAGIC);
	for (size_t i = 0; i < plugin->counter_count; i++) {
		if (strcmp(plugin->counters[i].name, name) == 0) {
			plugin->counters[i].value += add;
			return;
		}
	}
	if (plugin->counter_count == COUNTERS_MOST ||
	    !counter_name_legal(name)) {
		service_log(scope, TCPFLOW_LOG_WARN,
		    "counter '%s' is refused: its name is not of [a-z0-9_.], "
		    "or there are %u already",
		    name, COUNTERS_MOST);
		return;
	}
	counter = &plugin->counters[plugin->counter_count];
	counter->name = strdup(name);
	counter->value = add;
	if (counter->name != NULL)
		plugin->counter_count++;
}

static int32_t service_hold(struct tcpflow_scope *scope, size_t bytes)
{
	magic_check(scope, SCOPE_MAGIC);
	if (bytes > HELD_MOST || scope->held > HELD_MOST - bytes)
		goto refused;
	/* What the run holds is the plugin's own, not a worker's. */
	if (scope->worker != NULL &&
	    !budget_take(&scope->worker->config.memory->held, bytes))
		goto refused;
	scope->held += bytes;
	return TCPFLOW_OK;
refused:
	if (scope->worker != NULL)
		scope->worker->config.counters
		    ->value[COUNTER_PLUGIN_REFUSED_MEMORY]++;
	return TCPFLOW_ENOMEM;
}

static void service_release(struct tcpflow_scope *scope, size_t bytes)
{
	magic_check(scope, SCOPE_MAGIC);
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

static int32_t service_parse_u64(struct tcpflow_scope *scope, const char *key,
    const char *value, uint64_t low, uint64_t high, uint64_t *out)
{
	uint64_t number;

	if (!parse_size(value, &number) || number < low || number > high) {
		service_log(scope, TCPFLOW_LOG_ERROR,
		    "%s=%s: a number from %" PRIu64 " to %" PRIu64
		    " is wanted (k, M and G are powers of 1024)",
		    key, value, low, high);
		return TCPFLOW_EINVAL;
	}
	*out = number;
	return TCPFLOW_OK;
}

static int32_t service_parse_flag(struct tcpflow_scope *scope, const char *key,
    const char *value, int32_t *out)
{
	bool flag;

	if (!parse_flag(value, &flag)) {
		service_log(scope, TCPFLOW_LOG_ERROR, "%s=%s: say yes or no",
		    key, value);
		return TCPFLOW_EINVAL;
	}
	*out = flag;
	return TCPFLOW_OK;
}

static int32_t service_wake_at(struct tcpflow_scope *scope, uint64_t ts_ns)
{
	struct attachment *attachment;

	magic_check(scope, SCOPE_MAGIC);
	if (scope->kind != SCOPE_STREAM)
		return TCPFLOW_EINVAL;
	attachment = scope_attachment(scope);
	if (ts_ns == 0) {
		heap_remove(&scope->worker->alarms, &attachment->alarm);
		return TCPFLOW_OK;
	}
	attachment->alarm.order = scope->stream->info.flow_id;
	return heap_set(&scope->worker->alarms, &attachment->alarm, ts_ns)
	    ? TCPFLOW_OK
	    : TCPFLOW_ENOMEM;
}

static uint32_t service_outputs(const struct tcpflow_scope *scope)
{
	return scope->plugin->host->config.outputs;
}

void service_core_fill(struct tcpflow_host *table)
{
	table->log = service_log;
	table->count = service_count;
	table->hold = service_hold;
	table->release = service_release;
	table->parse_u64 = service_parse_u64;
	table->parse_flag = service_parse_flag;
	table->wake_at = service_wake_at;
	table->outputs = service_outputs;
}

struct named {
	char name[2 * NAME_MOST + 2];
	uint64_t value;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;

	return strcmp(x->name, y->name);
}

void host_counters(const struct host *host,
    void (*show)(void *context, const char *name, uint64_t value),
    void *context)
{
	size_t count = 0;
	struct named *all = calloc(
	    host->count * COUNTERS_MOST + 1, sizeof(*all));

	for (size_t i = 0; i < host->count && all != NULL; i++) {
		const struct plugin *plugin = host->plugins[i];

		for (size_t j = 0; j < plugin->counter_count; j++) {
			snprintf(all[count].name, sizeof(all[count].name),
			    "%s.%s", plugin->descriptor->name,
			    plugin->counters[j].name);
			all[count++].value = plugin->counters[j].value;
		}
	}
	if (all != NULL)
		qsort(all, count, sizeof(*all), by_name);
	for (size_t i = 0; i < count; i++)
		show(context, all[i].name, all[i].value);
	free(all);
}
