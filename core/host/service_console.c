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

static int32_t console_service_put(struct tcpflow_scope *scope,
    uint32_t direction, const struct tcpflow_span *spans, size_t count)
{
	struct console_record record;
	struct console *console;

	magic_check(scope, SCOPE_MAGIC);
	if (direction > TCPFLOW_S2C && direction != TCPFLOW_DIR_NONE)
		return TCPFLOW_EINVAL;
	if (!flags_known(spans, count))
		return TCPFLOW_ENOSYS;
	console = scope->worker != NULL ? scope->worker->config.console
					: scope->plugin->host->outlets.console;
	if (console == NULL)
		return is_to_come(scope) ? TCPFLOW_ENOSYS : TCPFLOW_OK;
	record = record_of(scope, direction);
	console_put(console, &record, spans, count);
	return TCPFLOW_OK;
}

/* A character that never was completed is shown as what there is of it. */
void service_console_end(struct tcpflow_scope *scope)
{
	const struct tcpflow_span nothing = {.ptr = ""};

	for (uint32_t direction = 0; direction < 2; direction++) {
		if (scope->carry[direction].count > 0)
			console_service_put(scope, direction, &nothing, 1);
	}
}

const struct tcpflow_console_api service_console = {
    .struct_size = sizeof(service_console),
    .put = console_service_put,
};
