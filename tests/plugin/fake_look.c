/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test sets on the fake host, and what it looks at afterwards. */
#include "tests/plugin/fake_private.h"

#include <string.h>

static const char *text_of(const struct fake_text *text)
{
	return text->data != NULL ? text->data : "";
}

const struct tcpflow_plugin *fake_host_plugin(const struct fake_host *host)
{
	return host->plugin;
}

void fake_host_set_lenient(struct fake_host *host, bool lenient)
{
	host->lenient = lenient;
}

const char *fake_host_misuses(const struct fake_host *host)
{
	return text_of(&host->misuses);
}

bool fake_host_stop_asked(const struct fake_host *host)
{
	return host->stop_asked;
}

void fake_host_set_columns(struct fake_host *host, uint32_t columns)
{
	host->columns = columns;
}

void fake_host_set_outputs(struct fake_host *host, uint32_t outputs)
{
	host->outputs = outputs;
}

void fake_host_set_hold_most(struct fake_host *host, size_t bytes)
{
	host->hold_most = bytes;
}

void fake_host_refuse_hold(struct fake_host *host, uint64_t n)
{
	host->holds.left = n;
}

uint64_t fake_host_holds_refused(const struct fake_host *host)
{
	return host->holds_refused;
}

void fake_host_fail_call(struct fake_host *host, uint64_t n)
{
	host->calls.left = n;
}

uint64_t fake_host_calls(const struct fake_host *host)
{
	return host->calls.calls;
}

const char *fake_host_console(const struct fake_host *host)
{
	return text_of(&host->console);
}

size_t fake_host_console_length(const struct fake_host *host)
{
	return host->console.length;
}

uint64_t fake_host_console_records(const struct fake_host *host)
{
	return host->console_records;
}

void fake_host_console_clear(struct fake_host *host)
{
	fake_text_free(&host->console);
	host->console_records = 0;
}

void fake_host_show_roles(struct fake_host *host, bool show)
{
	host->show_roles = show;
}

const char *fake_host_log(const struct fake_host *host)
{
	return text_of(&host->log);
}

uint64_t fake_host_counter(const struct fake_host *host, const char *name)
{
	for (size_t i = 0; i < host->counter_count; i++) {
		if (strcmp(host->counters[i].name, name) == 0)
			return host->counters[i].value;
	}
	return 0;
}

size_t fake_host_held(const struct fake_host *host)
{
	return host->held;
}

size_t fake_host_held_most(const struct fake_host *host)
{
	return host->held_most;
}

const char *fake_host_records(const struct fake_host *host)
{
	return text_of(&host->lines);
}

uint64_t fake_host_records_begun(const struct fake_host *host)
{
	return host->records;
}

void fake_host_want_digests(struct fake_host *host)
{
	host->wants_digests = true;
}

uint64_t fake_host_digests_opened(const struct fake_host *host)
{
	return host->digests;
}

void fake_host_want_children(struct fake_host *host)
{
	host->takes_children = true;
}

void fake_host_read_children(struct fake_host *host)
{
	host->takes_children = true;
	host->reads_children = true;
}

void fake_host_set_children_most(struct fake_host *host, size_t count)
{
	host->children_most = count;
}

const char *fake_host_children(const struct fake_host *host)
{
	return text_of(&host->child_story);
}

uint64_t fake_host_children_opened(const struct fake_host *host)
{
	return host->children;
}

void fake_host_set_max_bytes(struct fake_host *host, uint64_t bytes)
{
	host->max_bytes = bytes;
}

void fake_host_fail_sinks(struct fake_host *host, int32_t result)
{
	host->sink_result = result;
}
