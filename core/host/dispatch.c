/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls one plugin for one stream and judges what it answers.  Who is called is
 * decided elsewhere (stream.c, probe.c). */
#include "core/host/private.h"

static const struct tcpflow_plugin *descriptor_of(
    const struct attachment *attachment)
{
	return attachment->scope.plugin->descriptor;
}

/* The plugin's part is over; `end` is the last it hears. */
static void leave(struct attachment *attachment, const struct tcpflow_end *end)
{
	struct host_worker *worker = attachment->scope.worker;
	struct plugin_call call;

	attachment->attached = false;
	heap_remove(&worker->alarms, &attachment->alarm);
	if (descriptor_of(attachment)->close != NULL) {
		plugin_enter(&call, attachment->scope.plugin, worker);
		descriptor_of(attachment)->close(attachment->state, end);
		plugin_leave(&call);
	}
	heap_remove(&worker->alarms, &attachment->alarm);
	scope_end(&attachment->scope);
}

void attachment_detach(struct attachment *attachment, const uint64_t length[2])
{
	const struct stream *stream = attachment->scope.stream;
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = TCPFLOW_DIR_NONE,
	    .reason = TCPFLOW_CLOSE_DETACHED,
	    .ts_ns = stream->worker->now_ns,
	    .packet = stream->worker->packet,
	    .length = {length[attachment->turned], length[!attachment->turned]},
	};

	leave(attachment, &end);
}

/* The plugin has had enough, or has failed: of what came until now. */
static void detach(struct attachment *attachment)
{
	attachment_detach(attachment, attachment->scope.stream->next);
}

static void fail(
    struct attachment *attachment, const char *callback, int32_t verdict)
{
	struct host_worker *worker = attachment->scope.worker;

	service_log(&attachment->scope, TCPFLOW_LOG_WARN,
	    "%s failed (%d): this plugin sees no more of this stream", callback,
	    verdict);
	worker->config.counters->value[COUNTER_PLUGIN_DETACHED]++;
	detach(attachment);
}

/* `direction` is DIR_NONE where DONE_DIR makes no sense. */
static void judge(struct attachment *attachment, const char *callback,
    int32_t verdict, uint32_t direction)
{
	if (verdict == TCPFLOW_OK)
		return;
	if (verdict == TCPFLOW_DONE)
		detach(attachment);
	else if (verdict == TCPFLOW_DONE_DIR && direction <= TCPFLOW_S2C)
		attachment->done[direction] = true;
	else
		fail(attachment, callback, verdict);
}

bool attachment_open(struct attachment *attachment, struct stream *stream,
    struct plugin *plugin, bool turned)
{
	struct host_worker *worker = stream->worker;
	struct plugin_call call;
	int32_t result;

	*attachment = (struct attachment){.turned = turned};
	scope_init(&attachment->scope, SCOPE_STREAM, plugin, worker, stream);
	plugin_enter(&call, plugin, worker);
	result = plugin->descriptor->open(worker->plugins[plugin->index].state,
	    &attachment->scope, attachment_info(attachment),
	    &attachment->state);
	plugin_leave(&call);
	attachment->attached = result == TCPFLOW_OK;
	if (!attachment->attached) {
		service_log(&attachment->scope, TCPFLOW_LOG_WARN,
		    "open failed (%d)", result);
		worker->config.counters->value[COUNTER_PLUGIN_DETACHED]++;
		heap_remove(&worker->alarms, &attachment->alarm);
		scope_end(&attachment->scope);
	}
	return attachment->attached;
}

static void enter(struct plugin_call *call, const struct attachment *attachment)
{
	plugin_enter(call, attachment->scope.plugin, attachment->scope.worker);
}

void attachment_data(
    struct attachment *attachment, const struct tcpflow_chunk *chunk)
{
	struct plugin_call call;
	int32_t verdict;

	if (attachment->done[chunk->dir])
		return;
	enter(&call, attachment);
	verdict = descriptor_of(attachment)->data(attachment->state, chunk);
	plugin_leave(&call);
	if (verdict != TCPFLOW_OK)
		judge(attachment, "data", verdict, chunk->dir);
}

void attachment_gap(
    struct attachment *attachment, const struct tcpflow_gap *gap)
{
	struct plugin_call call;
	int32_t verdict;

	if (attachment->done[gap->dir])
		return;
	/* A plugin that knows no gaps sees none: its stream ends here. */
	if (descriptor_of(attachment)->gap == NULL) {
		detach(attachment);
		return;
	}
	enter(&call, attachment);
	verdict = descriptor_of(attachment)->gap(attachment->state, gap);
	plugin_leave(&call);
	judge(attachment, "gap", verdict, gap->dir);
}

void attachment_eof(
    struct attachment *attachment, const struct tcpflow_end *end)
{
	struct plugin_call call;
	int32_t verdict;

	if (attachment->done[end->dir] ||
	    descriptor_of(attachment)->eof == NULL)
		return;
	enter(&call, attachment);
	verdict = descriptor_of(attachment)->eof(attachment->state, end);
	plugin_leave(&call);
	judge(attachment, "eof", verdict, end->dir);
}

void attachment_wake(struct attachment *attachment, uint64_t ts_ns)
{
	struct plugin_call call;
	int32_t verdict;

	if (descriptor_of(attachment)->wake == NULL)
		return;
	enter(&call, attachment);
	verdict = descriptor_of(attachment)->wake(attachment->state, ts_ns);
	plugin_leave(&call);
	judge(attachment, "wake", verdict, TCPFLOW_DIR_NONE);
}

void attachment_close(
    struct attachment *attachment, const struct tcpflow_end *end)
{
	leave(attachment, end);
}
