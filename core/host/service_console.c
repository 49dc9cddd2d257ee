/* SPDX-License-Identifier: BSD-2-Clause */
/* The console service: a plugin's record with what the console needs to know of
 * its stream. */
#include "core/host/private.h"

#define KNOWN_FLAGS (TCPFLOW_SPAN_RAW | TCPFLOW_SPAN_CONTINUED)

static struct console_record record_of(
    struct tcpflow_scope *scope, uint32_t direction)
{
	struct console_record record = {
	    .direction = direction,
	    .ts_ns = scope->worker != NULL ? scope->worker->now_ns
					   : scope->plugin->host->last_ns,
	};

	if (scope->stream != NULL) {
		const struct tcpflow_stream_info *info = attachment_info(
		    scope_attachment(scope));
		bool from_server = direction == TCPFLOW_S2C;

		record.source = from_server ? info->server : info->client;
		record.destination = from_server ? info->client : info->server;
		record.vlan = info->vlan;
	}
	if (direction <= TCPFLOW_S2C)
		record.carry = &scope->carry[direction];
	return record;
}

static bool flags_known(const struct tcpflow_span *spans, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (spans[i].flags & ~KNOWN_FLAGS)
			return false;
	}
	return true;
}

/* Before the first worker there is no console, even where one is wanted. */
static bool is_to_come(const struct tcpflow_scope *scope)
{
	return scope->worker == NULL &&
	    scope->plugin->host->config.outputs & TCPFLOW_OUT_CONSOLE;
}

static void put_in_turn(struct tcpflow_scope *scope,
    const struct console_record *record, const struct tcpflow_span *spans,
    size_t count)
{
	struct host_worker *worker = scope->worker;
	struct console *console = worker->config.console;
	uint32_t flags;

	buffer_reset(&worker->text);
	flags = console_render(console, &worker->text, record, spans, count);
	if (!worker_put(worker, console_outlet(console), scope_flow(scope),
		flags, &worker->text))
		worker->config.counters->value[COUNTER_CONSOLE_DROPPED]++;
}

static int32_t put(struct tcpflow_scope *scope, uint32_t direction,
    const struct tcpflow_span *spans, size_t count)
{
	struct console_record record;
	struct console *console;

	console = scope->worker != NULL ? scope->worker->config.console
					: scope->plugin->host->outlets.console;
	if (console == NULL)
		return is_to_come(scope) ? TCPFLOW_ENOSYS : TCPFLOW_OK;
	record = record_of(scope, direction);
	if (scope->worker != NULL)
		put_in_turn(scope, &record, spans, count);
	else
		console_put(console, &record, spans, count);
	return TCPFLOW_OK;
}

/* What is wrong with them; NULL: nothing. */
static const char *mistake(
    uint32_t direction, const struct tcpflow_span *spans, size_t count)
{
	if (direction > TCPFLOW_S2C && direction != TCPFLOW_DIR_NONE)
		return "there is no such direction";
	if (spans == NULL && count > 0)
		return "no spans";
	for (size_t i = 0; i < count; i++) {
		if (spans[i].ptr == NULL && spans[i].len > 0)
			return "a span has no bytes";
		if (spans[i].flags & TCPFLOW_SPAN_CONTINUED && i + 1 < count)
			return "CONTINUED on a span that is not the last one";
	}
	return NULL;
}

static int32_t console_service_put(struct tcpflow_scope *scope,
    uint32_t direction, const struct tcpflow_span *spans, size_t count)
{
	const char *wrong;

	if (!plugin_may(scope, "console->put"))
		return TCPFLOW_EINVAL;
	wrong = mistake(direction, spans, count);
	if (wrong != NULL) {
		plugin_misuse(scope, "console->put", wrong);
		return TCPFLOW_EINVAL;
	}
	return flags_known(spans, count) ? put(scope, direction, spans, count)
					 : TCPFLOW_ENOSYS;
}

/* In ready there is no console yet, but it is known what it will be. */
static uint32_t console_service_columns(const struct tcpflow_scope *scope)
{
	return plugin_may(scope, "console->columns")
	    ? scope->plugin->host->config.columns
	    : 0;
}

/* A character that never was completed is shown as what there is of it. */
void service_console_end(struct tcpflow_scope *scope)
{
	const struct tcpflow_span nothing = {.ptr = ""};

	for (uint32_t direction = 0; direction < 2; direction++) {
		if (scope->carry[direction].count > 0)
			put(scope, direction, &nothing, 1);
	}
}

const struct tcpflow_console_api service_console = {
    .struct_size = sizeof(service_console),
    .put = console_service_put,
    .columns = console_service_columns,
};
