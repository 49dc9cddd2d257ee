/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's services but for its sinks.  Each checks that it is called as
 * the headers say: inside a callback, with a scope that lives. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct fake_host *fake_check(
    struct tcpflow_scope *scope, const char *service, bool in_probe)
{
	if (scope == NULL || scope->host == NULL)
		fake_fail("%s: no scope", service);
	if (!scope->live)
		fake_fail("%s: the scope's life is over", service);
	if (scope->host->callback == NULL)
		fake_fail("%s is called outside of any callback", service);
	if (scope->host->probing && !in_probe)
		fake_fail("%s is called from probe", service);
	return scope->host;
}

void fake_scope_open(struct tcpflow_scope *scope, struct fake_host *host,
    enum fake_scope_kind kind, struct fake_stream *stream)
{
	*scope = (struct tcpflow_scope){
	    .host = host,
	    .stream = stream,
	    .kind = kind,
	    .live = true,
	};
}

void fake_scope_close(struct tcpflow_scope *scope)
{
	if (scope->held != 0)
		fake_fail("%zu bytes are still held", scope->held);
	fake_children_close(scope);
	fake_sinks_close(scope);
	scope->live = false;
}

static int32_t console_put(struct tcpflow_scope *scope, uint32_t direction,
    const struct tcpflow_span *spans, size_t count)
{
	static const char *const roles[] = {
	    "text", "meta", "start", "name", "value", "body", "alert"};
	struct fake_host *host = fake_check(scope, "console->put", false);

	if (direction > TCPFLOW_S2C && direction != TCPFLOW_DIR_NONE)
		fake_fail("console->put: direction %" PRIu32, direction);
	for (size_t i = 0; i < count; i++) {
		const struct tcpflow_span *span = &spans[i];
		uint32_t known = TCPFLOW_SPAN_RAW |
		    (i + 1 == count ? TCPFLOW_SPAN_CONTINUED : 0);

		if (span->flags & ~known)
			fake_fail("console->put: flags of span %zu", i);
		if (span->ptr == NULL && span->len > 0)
			fake_fail("console->put: span %zu has no bytes", i);
		if (host->show_roles)
			fake_text_printf(&host->console, "{%s}",
			    span->role < sizeof(roles) / sizeof(roles[0])
				? roles[span->role]
				: "?");
		fake_text_append(&host->console, span->ptr, span->len);
	}
	host->console_records++;
	return TCPFLOW_OK;
}

static void TCPFLOW_PRINTF(3, 4) service_log(
    struct tcpflow_scope *scope, uint32_t level, const char *format, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	struct fake_host *host = fake_check(scope, "log", true);
	char line[512];
	va_list arguments;

	if (level > TCPFLOW_LOG_DEBUG)
		fake_fail("log: level %" PRIu32, level);
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fake_text_printf(&host->log, "%s: %s\n", names[level], line);
}

static void service_count(
    struct tcpflow_scope *scope, const char *name, uint64_t add)
{
	struct fake_host *host = fake_check(scope, "count", true);
	size_t place = 0;

	for (const char *at = name; *at != '\0'; at++) {
		if ((*at < 'a' || *at > 'z') && (*at < '0' || *at > '9') &&
		    *at != '_' && *at != '.')
			fake_fail("count: %s is not [a-z0-9_.]+", name);
	}
	while (place < host->counter_count &&
	    strcmp(host->counters[place].name, name) != 0)
		place++;
	if (place == FAKE_COUNTERS_MOST || *name == '\0' ||
	    strlen(name) >= sizeof(host->counters[0].name))
		fake_fail("count: too many names, or one too long: %s", name);
	if (place == host->counter_count)
		strcpy(host->counters[host->counter_count++].name, name);
	host->counters[place].value += add;
}

static int32_t service_hold(struct tcpflow_scope *scope, size_t bytes)
{
	struct fake_host *host = fake_check(scope, "hold", false);

	bool refused = host->refuse_hold > 0 && --host->refuse_hold == 0;

	if (refused || bytes > host->hold_most ||
	    scope->held > host->hold_most - bytes) {
		host->holds_refused++;
		return TCPFLOW_ENOMEM;
	}
	scope->held += bytes;
	host->held += bytes;
	if (host->held > host->held_most)
		host->held_most = host->held;
	return TCPFLOW_OK;
}

static void service_release(struct tcpflow_scope *scope, size_t bytes)
{
	struct fake_host *host = fake_check(scope, "release", false);

	if (bytes > scope->held)
		fake_fail(
		    "release: %zu bytes, but %zu are held", bytes, scope->held);
	scope->held -= bytes;
	host->held -= bytes;
}

/* Digits, and k, M or G behind them. */
static bool parse_size(const char *text, uint64_t *value)
{
	static const char suffixes[] = "kmg";
	const char *suffix;
	uint64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(
			number, (uint64_t)(*at - '0'), &number))
			return false;
	}
	if (at == text)
		return false;
	*value = number;
	if (*at == '\0')
		return true;
	suffix = strchr(suffixes, *at | 0x20);
	return suffix != NULL && at[1] == '\0' &&
	    !__builtin_mul_overflow(
		number, UINT64_C(1) << (10 * (suffix - suffixes + 1)), value);
}

static int32_t service_parse_u64(struct tcpflow_scope *scope, const char *key,
    const char *value, uint64_t low, uint64_t high, uint64_t *out)
{
	uint64_t number;

	fake_check(scope, "parse_u64", false);
	if (!parse_size(value, &number) || number < low || number > high) {
		service_log(scope, TCPFLOW_LOG_ERROR,
		    "%s=%s: a number from %" PRIu64 " to %" PRIu64 " is wanted",
		    key, value, low, high);
		return TCPFLOW_EINVAL;
	}
	*out = number;
	return TCPFLOW_OK;
}

static int32_t service_parse_flag(struct tcpflow_scope *scope, const char *key,
    const char *value, int32_t *out)
{
	static const char *const names[] = {
	    "no", "yes", "off", "on", "false", "true", "0", "1"};

	fake_check(scope, "parse_flag", false);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(value, names[i]) == 0) {
			*out = (int32_t)(i % 2);
			return TCPFLOW_OK;
		}
	}
	service_log(
	    scope, TCPFLOW_LOG_ERROR, "%s=%s: yes or no is wanted", key, value);
	return TCPFLOW_EINVAL;
}

static int32_t service_wake_at(struct tcpflow_scope *scope, uint64_t ts_ns)
{
	struct fake_host *host = fake_check(scope, "wake_at", false);

	if (scope->kind != FAKE_STREAM)
		fake_fail("wake_at: only a stream has an alarm");
	if (host->plugin->wake == NULL)
		fake_fail("wake_at: the plugin has no wake");
	fake_stream_set_alarm(scope->stream, ts_ns);
	return TCPFLOW_OK;
}

static uint32_t service_outputs(const struct tcpflow_scope *scope)
{
	if (scope == NULL || !scope->live || scope->host->probing)
		fake_fail("outputs: not from here");
	return scope->host->outputs;
}

static const struct tcpflow_console_api console_api = {
    .struct_size = sizeof(console_api),
    .put = console_put,
};

void fake_service_fill(struct fake_host *host)
{
	host->table = (struct tcpflow_host){
	    .struct_size = sizeof(host->table),
	    .abi_major = TCPFLOW_ABI_MAJOR,
	    .abi_minor = TCPFLOW_ABI_MINOR,
	    .version = "fake",
	    .sink = &fake_sink_api,
	    .console = &console_api,
	    .record = &fake_record_api,
	    .child = &fake_child_api,
	    .digest = &fake_digest_api,
	    .log = service_log,
	    .count = service_count,
	    .hold = service_hold,
	    .release = service_release,
	    .parse_u64 = service_parse_u64,
	    .parse_flag = service_parse_flag,
	    .wake_at = service_wake_at,
	    .outputs = service_outputs,
	};
}
