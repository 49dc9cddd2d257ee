/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's services beside the tables of sinks, records, digests and
 * children. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KNOWN_SPAN_FLAGS (TCPFLOW_SPAN_RAW | TCPFLOW_SPAN_CONTINUED)

static int32_t check_spans(
    struct fake_host *host, const struct tcpflow_span *spans, size_t count)
{
	if (spans == NULL && count > 0)
		fake_fail("console->put: no spans");
	for (size_t i = 0; i < count; i++) {
		if (spans[i].flags & ~KNOWN_SPAN_FLAGS)
			return fake_misuse(host, TCPFLOW_ENOSYS,
			    "console->put: unknown flags of span %zu", i);
		if (spans[i].flags & TCPFLOW_SPAN_CONTINUED && i + 1 < count)
			fake_fail("console->put: CONTINUED on span %zu, which "
				  "is not the last one",
			    i);
		if (spans[i].ptr == NULL && spans[i].len > 0)
			fake_fail("console->put: span %zu has no bytes", i);
	}
	return TCPFLOW_OK;
}

static int32_t console_put(struct tcpflow_scope *scope, uint32_t direction,
    const struct tcpflow_span *spans, size_t count)
{
	static const char *const roles[] = {
	    "text", "meta", "start", "name", "value", "body", "alert"};
	struct fake_host *host = fake_check(scope, "console->put", false);
	int32_t result;

	if (direction > TCPFLOW_S2C && direction != TCPFLOW_DIR_NONE)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "console->put: direction %" PRIu32, direction);
	result = check_spans(host, spans, count);
	if (result != TCPFLOW_OK)
		return result;
	host->console_records++;
	if (!(host->outputs & TCPFLOW_OUT_CONSOLE))
		return TCPFLOW_OK;
	for (size_t i = 0; i < count; i++) {
		const struct tcpflow_span *span = &spans[i];

		if (host->show_roles)
			fake_text_printf(&host->console, "{%s}",
			    span->role < sizeof(roles) / sizeof(roles[0])
				? roles[span->role]
				: "text");
		fake_text_append(&host->console, span->ptr, span->len);
	}
	return TCPFLOW_OK;
}

static uint32_t console_columns(const struct tcpflow_scope *scope)
{
	return fake_check(scope, "console->columns", false)->columns;
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
	if (format == NULL)
		fake_fail("log: no format");
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

	if (!fake_name_is_valid(name, "_.") ||
	    strlen(name) >= sizeof(host->counters[0].name))
		fake_fail("count: \"%s\" is not [a-z0-9_.]+, of 64 at most",
		    name != NULL ? name : "");
	while (place < host->counter_count &&
	    strcmp(host->counters[place].name, name) != 0)
		place++;
	if (place == FAKE_COUNTERS_MOST)
		fake_fail(
		    "count: \"%s\" is one counter too many: 64 are few", name);
	if (place == host->counter_count)
		strcpy(host->counters[host->counter_count++].name, name);
	host->counters[place].value += add;
}

static int32_t service_hold(struct tcpflow_scope *scope, size_t bytes)
{
	struct fake_host *host = fake_check(scope, "hold", false);
	bool refused = fake_trap(&host->holds);
	size_t most = scope->kind == FAKE_STREAM ? host->hold_most : SIZE_MAX;

	if (refused || bytes > most || scope->held > most - bytes) {
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

/* Digits, and k, M, G or T behind them. */
static bool parse_size(const char *text, uint64_t *value)
{
	static const char suffixes[] = "kmgt";
	const char *suffix;
	uint64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = 10 * number + digit;
	}
	if (at == text)
		return false;
	*value = number;
	if (*at == '\0')
		return true;
	suffix = strchr(suffixes, *at | 0x20);
	if (suffix == NULL || at[1] != '\0')
		return false;
	for (ptrdiff_t power = suffix - suffixes; power >= 0; power--) {
		if (*value > UINT64_MAX / 1024)
			return false;
		*value *= 1024;
	}
	return true;
}

static void check_parse(
    const char *service, const char *key, const char *value, const void *out)
{
	if (key == NULL || value == NULL || out == NULL)
		fake_fail("%s: no key, value or place for the result", service);
}

static int32_t service_parse_u64(struct tcpflow_scope *scope, const char *key,
    const char *value, uint64_t low, uint64_t high, uint64_t *out)
{
	uint64_t number;

	fake_check(scope, "parse_u64", false);
	check_parse("parse_u64", key, value, out);
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
	check_parse("parse_flag", key, value, out);
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
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "wake_at: only a stream has an alarm");
	if (host->plugin->wake == NULL)
		fake_fail("wake_at: the plugin has no wake");
	/* Not for what is over: it comes with the next packet. */
	if (ts_ns != 0 && ts_ns <= host->moment.ns)
		ts_ns = host->moment.ns + 1;
	scope->stream->alarm_ns = ts_ns;
	return TCPFLOW_OK;
}

static uint32_t service_outputs(const struct tcpflow_scope *scope)
{
	return fake_check(scope, "outputs", false)->outputs;
}

static void service_stop(struct tcpflow_scope *scope)
{
	fake_check(scope, "stop", false)->stop_asked = true;
}

static const struct tcpflow_console_api console_api = {
    .struct_size = sizeof(console_api),
    .put = console_put,
    .columns = console_columns,
};

void fake_service_fill(struct tcpflow_host *table)
{
	*table = (struct tcpflow_host){
	    .struct_size = sizeof(*table),
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
	    .stop = service_stop,
	};
}
