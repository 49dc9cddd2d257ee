/* SPDX-License-Identifier: BSD-2-Clause */
/* Which callback a thread is in, and what the user hears of a plugin that uses
 * a service as the headers do not allow.  No mistake of a plugin that can be
 * noticed ends the program. */
#include "core/host/private.h"

#define ASTRAY_SHOWN 3u

/* One for each thread, as services are told of none: a NULL for a scope, or one
 * of another thread, could not be told from what is right. */
_Thread_local struct plugin_call *plugin_call_now;

/* The plugin's own scope on this thread, which lives as long as it is called. */
static struct tcpflow_scope *own_scope(const struct plugin_call *call)
{
	return call->worker != NULL
	    ? &call->worker->plugins[call->plugin->index].scope
	    : &call->plugin->scope;
}

void plugin_misuse(
    struct tcpflow_scope *scope, const char *service, const char *what)
{
	struct tcpflow_scope *own = own_scope(plugin_call_now);

	service_count(own, "misuses", 1);
	service_log_kind(scope != NULL ? scope : own, TCPFLOW_LOG_WARN, what,
	    "%s: %s (a mistake in the plugin)", service, what);
}

/* Outside of callbacks nothing is known of the thread, so nothing may be
 * touched but what any thread may. */
static void tell_astray(struct plugin *plugin, const char *service)
{
	if (plugin->astray++ < ASTRAY_SHOWN)
		log_write(plugin->host->config.log, LOG_LEVEL_WARN,
		    "plugin %s: %s: on a thread that is in no callback (a "
		    "mistake in the plugin)",
		    plugin->descriptor->name, service);
}

bool plugin_refuse(const struct tcpflow_scope *scope, const char *service)
{
	const struct plugin_call *call = plugin_call_now;
	bool alive = scope != NULL && scope->magic == SCOPE_MAGIC;

	if (call == NULL) {
		if (alive)
			tell_astray(scope->plugin, service);
	} else if (scope == NULL) {
		plugin_misuse(NULL, service, "no scope");
	} else if (!alive) {
		plugin_misuse(NULL, service, "a scope that is over, or none");
	} else if (scope->plugin != call->plugin) {
		plugin_misuse(NULL, service, "a scope of another plugin");
	} else if (plugin_lives_here(scope, call)) {
		plugin_misuse(NULL, service, "not allowed in probe");
	} else {
		plugin_misuse(NULL, service,
		    "a scope that may not be used in this callback, or on this "
		    "thread");
	}
	return false;
}
