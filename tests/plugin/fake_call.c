/* SPDX-License-Identifier: BSD-2-Clause */
/* Callbacks and scopes of the fake host: which callback the plugin is in, on
 * whose thread that would be, and which scopes it may use there. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>

void fake_enter(struct fake_host *host, struct fake_call *call)
{
	if (call->stream != NULL && call->stream->busy)
		fake_fail("%s is called within a callback of its own stream",
		    call->name);
	call->outer = host->call;
	host->call = call;
	if (call->stream != NULL)
		call->stream->busy = true;
}

void fake_leave(struct fake_host *host)
{
	struct fake_call *call = host->call;

	if (call->records > 0)
		fake_fail("%s leaves a record open", call->name);
	fake_paths_take_back(call);
	if (call->stream != NULL)
		call->stream->busy = false;
	host->call = call->outer;
}

void fake_check_result(
    const struct fake_host *host, const char *callback, int32_t result)
{
	if (result > 0 || result < TCPFLOW_ENOSYS)
		fake_fail("%s: %s returned %" PRId32, host->plugin->name,
		    callback, result);
}

struct tcpflow_scope *fake_scope_open(struct fake_host *host,
    enum fake_scope_kind kind, struct fake_worker *worker,
    struct fake_stream *stream)
{
	struct tcpflow_scope *scope = fake_allocate(sizeof(*scope));

	*scope = (struct tcpflow_scope){
	    .next = host->scopes,
	    .host = host,
	    .worker = worker,
	    .stream = stream,
	    .kind = kind,
	    .live = true,
	};
	host->scopes = scope;
	return scope;
}

void fake_scope_close(struct tcpflow_scope *scope)
{
	fake_children_close(scope);
	fake_sinks_close(scope);
	fake_digests_check(scope);
	if (scope->held != 0)
		fake_fail("%zu bytes are still held", scope->held);
	scope->live = false;
	scope->stream = NULL;
}

/* The run's belongs to the main thread, as do those of workers that are joined;
 * a worker's and its streams' to that worker. */
static bool lives_on_thread(
    const struct tcpflow_scope *scope, const struct fake_call *call)
{
	if (scope->kind == FAKE_RUN)
		return call->worker == NULL;
	if (call->worker == NULL)
		return scope->worker == call->joined;
	return scope->worker == call->worker;
}

static const char *kind_name(const struct tcpflow_scope *scope)
{
	static const char *const names[] = {"run", "worker", "stream"};

	return names[scope->kind];
}

void fake_check_inside(const struct fake_host *host, const char *service)
{
	if (host->call == NULL)
		fake_fail("%s is called outside of any callback", service);
	if (host->call->probing)
		fake_fail("%s is called from probe", service);
}

struct fake_host *fake_check(
    const struct tcpflow_scope *scope, const char *service, bool in_probe)
{
	const struct fake_call *call;

	if (scope == NULL)
		fake_fail("%s: no scope", service);
	if (!scope->live)
		fake_fail("%s: the life of this %s's scope is over", service,
		    kind_name(scope));
	call = scope->host->call;
	if (call == NULL)
		fake_fail("%s is called outside of any callback", service);
	if (call->probing && !in_probe)
		fake_fail("%s is called from probe", service);
	if (!lives_on_thread(scope, call))
		fake_fail("%s: in %s, on another thread than this %s's scope",
		    service, call->name, kind_name(scope));
	return scope->host;
}
