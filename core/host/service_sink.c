/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink service: a plugin's named outputs become files below the output
 * directory, or nothing where the user wants no files. */
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

#define SINK_MAGIC 0x73696e6bu
#define KNOWN_FLAGS (TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_UNCAPPED)

struct tcpflow_sink {
	uint32_t magic;
	struct tcpflow_scope *scope;
	struct list link;  /* in the scope                    */
	struct file *file; /* NULL: swallows                  */
	uint64_t bytes;    /* swallowed                       */
};

/* Who sent what the file will hold. */
static struct name_facts facts_of(
    const struct stream *stream, const struct tcpflow_sink_spec *spec)
{
	const struct tcpflow_stream_info *info = &stream->info;
	bool from_server = spec->dir == TCPFLOW_S2C;

	return (struct name_facts){
	    .source = from_server ? info->server : info->client,
	    .destination = from_server ? info->client : info->server,
	    .vlan = info->vlan,
	    .start_ns = info->start_ns,
	    .flow_id = info->flow_id,
	    .label = spec->label,
	    .suffix = spec->suffix,
	};
}

static int32_t status_of(enum file_result result)
{
	switch (result) {
	case FILE_OK:
		return TCPFLOW_OK;
	case FILE_CAPPED:
		return TCPFLOW_ELIMIT;
	case FILE_NO_MEMORY:
		return TCPFLOW_ENOMEM;
	default:
		return TCPFLOW_EIO;
	}
}

static int32_t sink_open(struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **out)
{
	struct tcpflow_sink *sink;

	magic_check(scope, SCOPE_MAGIC);
	*out = NULL;
	if (!TCPFLOW_HAS(spec, struct tcpflow_sink_spec, size_hint))
		return TCPFLOW_EINVAL;
	if (spec->flags & ~KNOWN_FLAGS || scope->stream == NULL)
		return TCPFLOW_ENOSYS;
	sink = calloc(1, sizeof(*sink));
	if (sink == NULL)
		return TCPFLOW_ENOMEM;
	sink->magic = SINK_MAGIC;
	sink->scope = scope;
	if (scope->worker->config.output != NULL) {
		const struct name_facts facts = facts_of(scope->stream, spec);
		uint32_t flags =
		    spec->flags & TCPFLOW_SINK_UNCAPPED ? FILE_UNCAPPED : 0;

		if (spec->flags & TCPFLOW_SINK_SPARSE)
			flags |= FILE_SPARSE;
		if (file_open(&sink->file, scope->worker->config.output, &facts,
			flags) != FILE_OK) {
			free(sink);
			return TCPFLOW_ENOMEM;
		}
	}
	list_append(&scope->sinks, &sink->link);
	*out = sink;
	return TCPFLOW_OK;
}

static int32_t sink_write(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	magic_check(sink, SINK_MAGIC);
	if (sink->file == NULL) {
		sink->bytes += length;
		return TCPFLOW_OK;
	}
	return status_of(file_write(sink->file, bytes, length));
}

static int32_t sink_pwrite(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	magic_check(sink, SINK_MAGIC);
	if (sink->file == NULL) {
		sink->bytes += length;
		return TCPFLOW_OK;
	}
	return status_of(file_write_at(sink->file, offset, bytes, length));
}

/* Only a SHARED sink takes whole pieces; there is none yet. */
static int32_t sink_append(struct tcpflow_sink *sink,
    struct tcpflow_scope *scope, const void *bytes, size_t length)
{
	(void)scope;
	(void)bytes;
	(void)length;
	magic_check(sink, SINK_MAGIC);
	return TCPFLOW_EINVAL;
}

static const char *sink_path(const struct tcpflow_sink *sink)
{
	magic_check(sink, SINK_MAGIC);
	return sink->file != NULL ? file_path(sink->file) : NULL;
}

/* The path has to live until the callback returns: the worker keeps the last
 * one of each plugin. */
static void fill_result(struct tcpflow_sink_result *result,
    struct tcpflow_scope *scope, struct file_end *end)
{
	char **kept = &scope->worker->plugins[scope->plugin->index].last_path;

	free(*kept);
	*kept = end->path;
	if (!TCPFLOW_HAS(result, struct tcpflow_sink_result, bytes))
		return;
	result->flags = end->capped ? TCPFLOW_SINK_CAPPED : 0;
	result->path = end->path;
	result->bytes = end->bytes;
}

static int32_t sink_finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	struct file_finish finish = {0};
	struct file_end end = {0};
	int32_t status = TCPFLOW_OK;

	if (sink == NULL)
		return TCPFLOW_OK;
	magic_check(sink, SINK_MAGIC);
	if (how != NULL) {
		finish.discard = (how->flags & TCPFLOW_SINK_DISCARD) != 0;
		finish.partial = (how->flags & TCPFLOW_SINK_PARTIAL) != 0;
	}
	finish.mtime_ns = sink->scope->stream->last_ns;
	end.bytes = sink->bytes;
	if (sink->file != NULL)
		status = status_of(file_finish(&sink->file, &finish, &end));
	fill_result(result, sink->scope, &end);
	list_remove(&sink->link);
	sink->magic = 0;
	free(sink);
	return status;
}

void service_sink_end(struct tcpflow_scope *scope)
{
	const struct tcpflow_sink_finish partial = {
	    .struct_size = sizeof(partial),
	    .flags = TCPFLOW_SINK_PARTIAL,
	};

	while (!list_empty(&scope->sinks))
		sink_finish(
		    list_entry(scope->sinks.next, struct tcpflow_sink, link),
		    &partial, NULL);
}

const struct tcpflow_sink_api service_sink = {
    .struct_size = sizeof(service_sink),
    .open = sink_open,
    .write = sink_write,
    .pwrite = sink_pwrite,
    .append = sink_append,
    .path = sink_path,
    .finish = sink_finish,
};
