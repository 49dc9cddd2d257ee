/* SPDX-License-Identifier: BSD-2-Clause */
/* The log service: a plugin's line with who says it and of which flow, and only
 * a few of each kind a second.  Any scope. */
#include <stdio.h>
#include <time.h>

#include "core/base/flow_key.h"
#include "core/host/private.h"

#define SHOWN_A_SECOND 3u

static const struct log *log_of(const struct tcpflow_scope *scope)
{
	return scope->plugin->host->config.log;
}

static void tell_left_out(struct tcpflow_scope *scope, struct log_limit *limit)
{
	if (limit->suppressed > 0)
		log_write(log_of(scope), LOG_LEVEL_WARN,
		    "plugin %s: %u more messages of one kind were left out",
		    scope->plugin->descriptor->name, limit->suppressed);
	limit->suppressed = 0;
}

/* Whether a message of this format is shown.  By the clock on the wall: who
 * reads messages lives by that one. */
static bool may_show(struct tcpflow_scope *scope, const char *format)
{
	struct log_limit *limits = scope_ledger(scope)->log_limits;
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
		tell_left_out(scope, limit);
		*limit = (struct log_limit){.format = format, .second = now};
	}
	if (limit->shown == SHOWN_A_SECOND) {
		limit->suppressed++;
		return false;
	}
	limit->shown++;
	return true;
}

void service_log_end(struct tcpflow_scope *scope)
{
	struct ledger *ledger = scope_ledger(scope);

	for (unsigned i = 0; i < LOG_FORMATS_MOST; i++)
		tell_left_out(scope, &ledger->log_limits[i]);
}

static void name_flow(const struct stream *stream, char *text, size_t room)
{
	const struct tcpflow_stream_info *info = stream_truth(stream);
	char client[ADDRESS_ROOM];
	char server[ADDRESS_ROOM];

	address_text(client, &info->client);
	address_text(server, &info->server);
	snprintf(text, room, " %s:%u-%s:%u", client, info->client.port, server,
	    info->server.port);
}

static void log_list(struct tcpflow_scope *scope, uint32_t level,
    const char *kind, const char *format, va_list arguments)
    TCPFLOW_PRINTF(4, 0);

static void log_list(struct tcpflow_scope *scope, uint32_t level,
    const char *kind, const char *format, va_list arguments)
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
	if (mine > log_of(scope)->most || !may_show(scope, kind))
		return;
	if (scope->stream != NULL)
		name_flow(scope->stream, flow, sizeof(flow));
	buffer_printf_list(&text, format, arguments);
	buffer_append_byte(&text, '\0');
	if (!text.failed) {
		scope_ledger(scope)->complained |= mine == LOG_LEVEL_ERROR;
		log_write(log_of(scope), mine, "plugin %s:%s %s",
		    scope->plugin->descriptor->name, flow,
		    (const char *)text.bytes);
	}
	buffer_free(&text);
}

void service_log(
    struct tcpflow_scope *scope, uint32_t level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_list(scope, level, format, format, arguments);
	va_end(arguments);
}

void service_log_kind(struct tcpflow_scope *scope, uint32_t level,
    const char *kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_list(scope, level, kind, format, arguments);
	va_end(arguments);
}

void service_log_checked(
    struct tcpflow_scope *scope, uint32_t level, const char *format, ...)
{
	va_list arguments;

	if (!plugin_may_anywhere(scope, "log"))
		return;
	if (format == NULL) {
		plugin_misuse(scope, "log", "no format");
		return;
	}
	va_start(arguments, format);
	log_list(scope, level, format, format, arguments);
	va_end(arguments);
}
