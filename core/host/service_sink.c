/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink service: a plugin's named outputs become files below the output
 * directory, or nothing where the user wants no files.  Names, buffers and
 * disks are core/sink's. */
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

#define SINK_MAGIC 0x73696e6bu
#define KNOWN_FLAGS (TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_UNCAPPED)
#define KNOWN_FINISH (TCPFLOW_SINK_DISCARD | TCPFLOW_SINK_PARTIAL)

struct tcpflow_sink {
	uint32_t magic;
	uint32_t flags; /* as it was opened                */
	struct tcpflow_scope *scope;
	struct list link;   /* in the scope                    */
	struct file *file;  /* NULL: swallows                  */
	uint64_t end;       /* behind the last byte            */
	uint64_t bytes;     /* swallowed                       */
	bool capped;        /* nothing ever after              */
	bool verbatim;      /* holds a direction as it came    */
	uint32_t direction; /* where verbatim                  */
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

static int32_t check_spec(
    struct tcpflow_scope *scope, const struct tcpflow_sink_spec *spec)
{
	if (!TCPFLOW_HAS(spec, struct tcpflow_sink_spec, size_hint) ||
	    (spec->dir > TCPFLOW_S2C && spec->dir != TCPFLOW_DIR_NONE))
		return TCPFLOW_EINVAL;
	if ((spec->flags & ~KNOWN_FLAGS) == 0 && scope->stream != NULL)
		return TCPFLOW_OK;
	service_log(scope, TCPFLOW_LOG_WARN,
	    "this tcpflow has no sinks with flags 0x%x for a %s",
	    (unsigned)spec->flags,
	    scope->kind == SCOPE_STREAM       ? "stream"
		: scope->kind == SCOPE_WORKER ? "worker"
					      : "run");
	return TCPFLOW_ENOSYS;
}

static int32_t open_file(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec)
{
	const struct name_facts facts = facts_of(sink->scope->stream, spec);
	struct output *output = sink->scope->worker->config.output;
	uint32_t flags = 0;

	if (output == NULL)
		return TCPFLOW_OK;
	if (spec->flags & TCPFLOW_SINK_SPARSE)
		flags |= FILE_SPARSE;
	if (spec->flags & TCPFLOW_SINK_UNCAPPED)
		flags |= FILE_UNCAPPED;
	return status_of(file_open(&sink->file, output, &facts, flags));
}

static int32_t sink_open(struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **out)
{
	struct tcpflow_sink *sink;
	int32_t status;

	magic_check(scope, SCOPE_MAGIC);
	*out = NULL;
	status = check_spec(scope, spec);
	if (status != TCPFLOW_OK)
		return status;
	sink = calloc(1, sizeof(*sink));
	if (sink == NULL)
		return TCPFLOW_ENOMEM;
	sink->magic = SINK_MAGIC;
	sink->flags = spec->flags;
	sink->scope = scope;
	/* A file of a direction without a label is that direction's bytes. */
	sink->verbatim = spec->dir <= TCPFLOW_S2C && spec->label == NULL &&
	    spec->suffix == NULL;
	sink->direction = scope == &stream_owner(scope->stream)->scope &&
		scope->stream->swapped
	    ? !spec->dir
	    : spec->dir;
	status = open_file(sink, spec);
	if (status != TCPFLOW_OK) {
		free(sink);
		return status;
	}
	list_append(&scope->sinks, &sink->link);
	*out = sink;
	return TCPFLOW_OK;
}

static int32_t sink_pwrite(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	enum file_result result;

	magic_check(sink, SINK_MAGIC);
	if (offset > INT64_MAX || length > INT64_MAX - offset ||
	    (offset > sink->end && !(sink->flags & TCPFLOW_SINK_SPARSE)))
		return TCPFLOW_EINVAL;
	if (sink->capped)
		return TCPFLOW_ELIMIT;
	if (length > 0 && offset + length > sink->end)
		sink->end = offset + length;
	if (sink->file == NULL) {
		sink->bytes += length;
		return TCPFLOW_OK;
	}
	result = file_write_at(sink->file, offset, bytes, length);
	sink->capped = result == FILE_CAPPED;
	return status_of(result);
}

/* Behind all that was written. */
static int32_t sink_write(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	magic_check(sink, SINK_MAGIC);
	return sink_pwrite(sink, sink->end, bytes, length);
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

/* Lends a path, which is ours from now on, to the callback in hand.  NULL
 * where there is none, or no memory to keep it. */
static const char *lend(struct host_worker *worker, char *path)
{
	struct lent_path *lent = path != NULL ? malloc(sizeof(*lent)) : NULL;

	if (lent == NULL) {
		free(path);
		return NULL;
	}
	*lent = (struct lent_path){.next = worker->lent, .path = path};
	worker->lent = lent;
	return path;
}

void service_sink_take_back(struct host_worker *worker)
{
	while (worker->lent != NULL) {
		struct lent_path *lent = worker->lent;

		worker->lent = lent->next;
		free(lent->path);
		free(lent);
	}
}

static void fill_result(struct tcpflow_sink_result *result,
    struct host_worker *worker, struct file_end *end)
{
	if (!TCPFLOW_HAS(result, struct tcpflow_sink_result, bytes)) {
		free(end->path);
		return;
	}
	result->flags = end->capped ? TCPFLOW_SINK_CAPPED : 0;
	result->path = lend(worker, end->path);
	result->bytes = end->bytes;
}

/* What cannot be had is answered with ENOSYS, and the sink finished without. */
static int32_t check_finish(const struct tcpflow_sink_finish *how)
{
	if (how == NULL)
		return TCPFLOW_OK;
	if (!TCPFLOW_HAS(how, struct tcpflow_sink_finish, name_hint))
		return TCPFLOW_EINVAL;
	return how->flags & ~KNOWN_FINISH ? TCPFLOW_ENOSYS : TCPFLOW_OK;
}

static int32_t sink_finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	struct file_finish finish = {0};
	struct file_end end = {0};
	int32_t checked = check_finish(how);
	int32_t status = TCPFLOW_OK;

	if (sink == NULL)
		return TCPFLOW_OK;
	magic_check(sink, SINK_MAGIC);
	if (how != NULL && checked != TCPFLOW_EINVAL) {
		finish.discard = (how->flags & TCPFLOW_SINK_DISCARD) != 0;
		finish.partial = (how->flags & TCPFLOW_SINK_PARTIAL) != 0;
		finish.suffix = how->suffix;
	}
	finish.mtime_ns = sink->scope->stream->last_ns;
	end.bytes = sink->bytes;
	if (sink->file != NULL)
		status = status_of(file_finish(&sink->file, &finish, &end));
	if (sink->verbatim)
		flow_record_file(
		    sink->scope->stream->record, sink->direction, end.path);
	fill_result(result, sink->scope->worker, &end);
	list_remove(&sink->link);
	sink->magic = 0;
	free(sink);
	return checked != TCPFLOW_OK ? checked : status;
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
