/* SPDX-License-Identifier: BSD-2-Clause */
/* Scopes: on whose behalf a service acts, and what has to be put right when a
 * plugin leaves something behind. */
#include "core/host/private.h"

void scope_init(struct tcpflow_scope *scope, enum scope_kind kind,
    struct plugin *plugin, struct host_worker *worker, struct stream *stream)
{
	*scope = (struct tcpflow_scope){
	    .magic = SCOPE_MAGIC,
	    .kind = kind,
	    .plugin = plugin,
	    .worker = worker,
	    .stream = stream,
	};
	list_init(&scope->sinks);
	list_init(&scope->children);
	list_init(&scope->digests);
}

struct attachment *scope_attachment(struct tcpflow_scope *scope)
{
	assert(scope->kind == SCOPE_STREAM);
	return list_entry(scope, struct attachment, scope);
}

struct ledger *scope_ledger(struct tcpflow_scope *scope)
{
	return scope->worker != NULL
	    ? &scope->worker->plugins[scope->plugin->index].ledger
	    : &scope->plugin->ledger;
}

void scope_end(struct tcpflow_scope *scope)
{
	magic_check(scope, SCOPE_MAGIC);
	service_child_end(scope);
	service_sink_end(scope);
	service_digest_end(scope);
	service_console_end(scope);
	if (scope->held > 0) {
		service_log(scope, TCPFLOW_LOG_WARN,
		    "%zu bytes were held and not released", scope->held);
		if (scope->worker != NULL)
			budget_give(
			    &scope->worker->config.memory->held, scope->held);
	}
	if (scope->kind != SCOPE_STREAM)
		service_log_end(scope);
	scope->magic = 0;
}
