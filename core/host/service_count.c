/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters that plugins keep: in the ledger of the thread that counts, and
 * summed where somebody looks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

#define NAME_MOST 64u

static bool name_legal(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MOST &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == length;
}

/* False: the name is new. */
static bool add_known(struct ledger *ledger, const char *name, uint64_t value)
{
	for (size_t i = 0; i < ledger->counter_count; i++) {
		if (strcmp(ledger->counters[i].name, name) == 0) {
			ledger->counters[i].value += value;
			return true;
		}
	}
	return false;
}

/* False: no room for one more name. */
static bool add(struct ledger *ledger, const char *name, uint64_t value)
{
	struct plugin_counter *counter;

	if (add_known(ledger, name, value))
		return true;
	if (ledger->counter_count == COUNTERS_MOST)
		return false;
	counter = &ledger->counters[ledger->counter_count];
	counter->name = strdup(name);
	counter->value = value;
	ledger->counter_count += counter->name != NULL;
	return counter->name != NULL;
}

void service_count(
    struct tcpflow_scope *scope, const char *name, uint64_t value)
{
	magic_check(scope, SCOPE_MAGIC);
	/* What is known was legal when it was new. */
	if (add_known(scope_ledger(scope), name, value))
		return;
	if (!name_legal(name))
		service_log(scope, TCPFLOW_LOG_WARN,
		    "counter '%s' is refused: a name is of [a-z0-9_.]", name);
	else if (!add(scope_ledger(scope), name, value))
		service_log(scope, TCPFLOW_LOG_WARN,
		    "counter '%s' is lost: there are %u already, or memory is "
		    "short",
		    name, COUNTERS_MOST);
}

void service_count_end(struct tcpflow_scope *scope)
{
	struct ledger *ledger = scope_ledger(scope);
	struct ledger *total = &scope->plugin->ledger;

	assert(scope->kind == SCOPE_WORKER);
	for (size_t i = 0; i < ledger->counter_count; i++) {
		if (!add(total, ledger->counters[i].name,
			ledger->counters[i].value))
			service_log(scope, TCPFLOW_LOG_WARN,
			    "counter '%s' is lost: too many names, or memory "
			    "is short",
			    ledger->counters[i].name);
		free(ledger->counters[i].name);
	}
	ledger->counter_count = 0;
}

void service_count_checked(
    struct tcpflow_scope *scope, const char *name, uint64_t value)
{
	if (!plugin_may_anywhere(scope, "count"))
		return;
	if (name == NULL)
		plugin_misuse(scope, "count", "no name");
	else
		service_count(scope, name, value);
}

/* One line of the sum; plugin and name are borrowed. */
struct named {
	const char *plugin;
	const char *name;
	uint64_t value;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int order = strcmp(x->plugin, y->plugin);

	return order != 0 ? order : strcmp(x->name, y->name);
}

static size_t collect(
    const struct ledger *ledger, const struct plugin *plugin, struct named *all)
{
	for (size_t i = 0; i < ledger->counter_count; i++)
		all[i] = (struct named){
		    .plugin = plugin->descriptor->name,
		    .name = ledger->counters[i].name,
		    .value = ledger->counters[i].value,
		};
	return ledger->counter_count;
}

static size_t collect_all(const struct host *host, struct named *all)
{
	size_t count = 0;

	for (size_t i = 0; i < host->count; i++) {
		const struct plugin *plugin = host->plugins[i];

		if (plugin->astray > 0)
			all[count++] = (struct named){
			    .plugin = plugin->descriptor->name,
			    .name = "misuses",
			    .value = plugin->astray,
			};
		count += collect(&plugin->ledger, plugin, all + count);
		for (const struct list *at = host->workers.next;
		     at != &host->workers; at = at->next)
			count += collect(
			    &list_entry(at, struct host_worker, link)
				 ->plugins[i]
				 .ledger,
			    plugin, all + count);
	}
	return count;
}

static size_t count_workers(const struct host *host)
{
	size_t count = 0;

	for (const struct list *at = host->workers.next; at != &host->workers;
	     at = at->next)
		count++;
	return count;
}

void host_counters(const struct host *host,
    void (*show)(void *context, const char *name, uint64_t value),
    void *context)
{
	struct named *all = calloc(
	    host->count * (1 + (1 + count_workers(host)) * COUNTERS_MOST) + 1,
	    sizeof(*all));
	size_t count = all != NULL ? collect_all(host, all) : 0;
	struct buffer name = {0};

	if (count > 0)
		qsort(all, count, sizeof(*all), by_name);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && by_name(&all[i], &all[i + 1]) == 0) {
			all[i + 1].value += all[i].value;
			continue;
		}
		buffer_reset(&name);
		buffer_printf(&name, "%s.%s", all[i].plugin, all[i].name);
		buffer_append_byte(&name, '\0');
		if (!name.failed)
			show(context, (const char *)name.bytes, all[i].value);
	}
	buffer_free(&name);
	free(all);
}
