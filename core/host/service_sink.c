/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink service: a plugin's named outputs become files below the output
 * directory, or nothing where the user wants no files.  Names, buffers and
 * disks are core/sink's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/sink.h"

#define KNOWN_FLAGS \
	(TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_UNCAPPED | TCPFLOW_SINK_HASH | \
	    TCPFLOW_SINK_BY_HASH | TCPFLOW_SINK_SHARED)
#define KNOWN_FINISH (TCPFLOW_SINK_DISCARD | TCPFLOW_SINK_PARTIAL)
#define STEM_ROOM 64

/* Who sent what the file will hold. */
static struct name_facts facts_of(
    struct tcpflow_scope *scope, const struct tcpflow_sink_spec *spec)
{
	const struct tcpflow_stream_info *info = attachment_info(
	    scope_attachment(scope));
	bool from_server = spec->dir == TCPFLOW_S2C;

	return (struct name_facts){
	    .source = from_server ? info->server : info->client,
	    .destination = from_server ? info->client : info->server,
	    .vlan = info->vlan,
	    .start_ns = info->start_ns,
	    .flow_id = info->flow_id,
	};
}

int32_t sink_status(enum file_result result)
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

uint32_t sink_file_flags(const struct tcpflow_sink *sink)
{
	static const struct {
		uint32_t sink;
		uint32_t file;
	} table[] = {
	    {TCPFLOW_SINK_SPARSE, FILE_SPARSE},
	    {TCPFLOW_SINK_UNCAPPED, FILE_UNCAPPED},
	    {TCPFLOW_SINK_HASH, FILE_HASH},
	    {TCPFLOW_SINK_BY_HASH, FILE_BY_HASH},
	    /* Its cap is in whole pieces, and not the file's. */
	    {TCPFLOW_SINK_SHARED, FILE_UNCAPPED},
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (sink->flags & table[i].sink)
			flags |= table[i].file;
	}
	return flags;
}

/* What the headers do not allow; NULL: nothing. */
static const char *mistake(const struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **out)
{
	const uint32_t apart = TCPFLOW_SINK_SHARED | TCPFLOW_SINK_BY_HASH;

	if (out == NULL)
		return "no place for the sink";
	if (!TCPFLOW_HAS(spec, struct tcpflow_sink_spec, size_hint))
		return "no spec, or one without struct_size";
	if (spec->dir > TCPFLOW_S2C && spec->dir != TCPFLOW_DIR_NONE)
		return "there is no such direction";
	if (spec->name_hint.ptr == NULL && spec->name_hint.len > 0)
		return "a name_hint without bytes";
	if ((spec->flags & apart) == apart)
		return "SHARED and BY_HASH do not go together";
	if (spec->flags & TCPFLOW_SINK_SHARED && scope->kind != SCOPE_RUN)
		return "a SHARED sink is the run's";
	return NULL;
}

static int32_t check_spec(struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **out)
{
	const char *wrong = mistake(scope, spec, out);

	if (wrong != NULL) {
		plugin_misuse(scope, "sink->open", wrong);
		return TCPFLOW_EINVAL;
	}
	if ((spec->flags & ~KNOWN_FLAGS) != 0) {
		service_log(scope, TCPFLOW_LOG_WARN,
		    "this tcpflow has no sinks with flags 0x%" PRIx32,
		    spec->flags);
		return TCPFLOW_ENOSYS;
	}
	return TCPFLOW_OK;
}

/* The file of a stream's or a worker's sink. */
static int32_t open_file(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec)
{
	struct tcpflow_scope *scope = sink->scope;
	struct output *output = scope->worker->config.output;
	char hint[NAME_HINT_ROOM];
	char stem[STEM_ROOM];
	struct name_facts facts;

	if (output == NULL)
		return TCPFLOW_OK;
	if (scope->stream != NULL) {
		facts = facts_of(scope, spec);
	} else {
		snprintf(stem, sizeof(stem), "%.40s-worker%" PRIu32,
		    scope->plugin->descriptor->name,
		    scope->worker->config.index);
		facts = (struct name_facts){.stem = stem};
	}
	if (spec->name_hint.len > 0) {
		name_hint(hint, spec->name_hint.ptr, spec->name_hint.len);
		facts.hint = hint;
	}
	facts.label = spec->label;
	facts.suffix = spec->suffix;
	return sink_status(
	    file_open(&sink->file, output, &facts, sink_file_flags(sink)));
}

/* A file of a direction without a label is that direction's bytes. */
static void see_direction(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec)
{
	struct tcpflow_scope *scope = sink->scope;

	if (scope->stream == NULL || spec->dir > TCPFLOW_S2C)
		return;
	sink->verbatim = spec->label == NULL && spec->suffix == NULL;
	sink->direction = spec->dir ^ scope_attachment(scope)->turned;
}

static bool files_are_wanted(const struct tcpflow_scope *scope)
{
	return (scope->plugin->host->config.outputs & TCPFLOW_OUT_FILES) != 0;
}

static int32_t sink_open(struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **out)
{
	struct tcpflow_sink *sink;
	int32_t status;

	if (out != NULL)
		*out = NULL;
	if (!plugin_may(scope, "sink->open"))
		return TCPFLOW_EINVAL;
	status = check_spec(scope, spec, out);
	if (status != TCPFLOW_OK)
		return status;
	/* Not calloc(), which takes ten times as long for a small one. */
	sink = malloc(sizeof(*sink));
	if (sink == NULL)
		return TCPFLOW_ENOMEM;
	*sink = (struct tcpflow_sink){
	    .magic = SINK_MAGIC,
	    .flags = spec->flags,
	    .scope = scope,
	};
	see_direction(sink, spec);
	if (scope->kind != SCOPE_RUN)
		status = open_file(sink, spec);
	else if (files_are_wanted(scope))
		status = run_sink_open(sink, spec);
	if (status != TCPFLOW_OK) {
		free(sink);
		return status;
	}
	list_append(&scope->sinks, &sink->link);
	*out = sink;
	return TCPFLOW_OK;
}

/* To where they belong: the file, or nowhere.  Bytes of the run may be too early
 * for a file; they can only be kept in order. */
static int32_t put(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	int32_t status = sink->run != NULL ? run_sink_prepare(sink)
					   : TCPFLOW_OK;

	if (status != TCPFLOW_OK)
		return status;
	if (sink->file != NULL)
		return sink_status(
		    file_write_at(sink->file, offset, bytes, length));
	if (sink->run != NULL && offset == sink->end)
		return run_sink_keep(sink, bytes, length);
	if (sink->run != NULL)
		return TCPFLOW_EINVAL;
	sink->bytes += length;
	return TCPFLOW_OK;
}

static int32_t write_at(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	int32_t status;

	if (offset > INT64_MAX || length > INT64_MAX - offset ||
	    (offset > sink->end && !(sink->flags & TCPFLOW_SINK_SPARSE)))
		return TCPFLOW_EINVAL;
	/* What ends a SHARED one comes behind its last whole piece. */
	if (sink->capped && !(sink->flags & TCPFLOW_SINK_SHARED))
		return TCPFLOW_ELIMIT;
	status = put(sink, offset, bytes, length);
	/* Nothing was taken. */
	if (status == TCPFLOW_EINVAL || status == TCPFLOW_ENOMEM)
		return status;
	if (length > 0 && offset + length > sink->end)
		sink->end = offset + length;
	sink->capped |= status == TCPFLOW_ELIMIT;
	return status;
}

int32_t sink_write(struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	return write_at(sink, sink->end, bytes, length);
}

bool service_sink_may(const struct tcpflow_sink *sink, const char *service)
{
	if (sink != NULL && sink->magic == SINK_MAGIC)
		return plugin_may(sink->scope, service);
	if (plugin_call_now != NULL)
		plugin_misuse(NULL, service, "no sink, or one that is over");
	return false;
}

/* The sink may be used; `apart` are the flags of those without this service. */
static bool may_write(const struct tcpflow_sink *sink, const char *service,
    uint32_t apart, const void *bytes, size_t length)
{
	if (!service_sink_may(sink, service))
		return false;
	if (!(sink->flags & apart) && (bytes != NULL || length == 0))
		return true;
	plugin_misuse(sink->scope, service,
	    sink->flags & apart ? "a SHARED sink takes whole pieces, and one "
				  "BY_HASH what follows"
				: "no bytes");
	return false;
}

static int32_t sink_service_pwrite(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	return may_write(sink, "sink->pwrite",
		   TCPFLOW_SINK_SHARED | TCPFLOW_SINK_BY_HASH, bytes, length)
	    ? write_at(sink, offset, bytes, length)
	    : TCPFLOW_EINVAL;
}

/* A SHARED one takes whole pieces only. */
static int32_t sink_service_write(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	return may_write(
		   sink, "sink->write", TCPFLOW_SINK_SHARED, bytes, length)
	    ? sink_write(sink, bytes, length)
	    : TCPFLOW_EINVAL;
}

/* The sink is the run's; who appends is asked by its own scope. */
static int32_t sink_service_append(struct tcpflow_sink *sink,
    struct tcpflow_scope *scope, const void *bytes, size_t length)
{
	const struct buffer piece = {
	    .bytes = (uint8_t *)(uintptr_t)bytes,
	    .length = length,
	};
	const char *wrong = NULL;

	if (!plugin_may(scope, "sink->append"))
		return TCPFLOW_EINVAL;
	if (sink == NULL || !service_sink_is_shared(sink, scope))
		wrong = "this is no SHARED sink of the plugin";
	else if (bytes == NULL && length > 0)
		wrong = "no bytes";
	if (wrong == NULL)
		return service_sink_append(sink, scope, &piece);
	plugin_misuse(scope, "sink->append", wrong);
	return TCPFLOW_EINVAL;
}

/* What is named by its hash has no name yet. */
static const char *sink_path(const struct tcpflow_sink *sink)
{
	return service_sink_may(sink, "sink->path") && sink->file != NULL &&
		!(sink->flags & TCPFLOW_SINK_BY_HASH)
	    ? file_path(sink->file)
	    : NULL;
}

static struct lent_path **lent_of(const struct tcpflow_scope *scope)
{
	return scope->worker != NULL ? &scope->worker->lent
				     : &scope->plugin->host->lent;
}

/* Lends a path, which is ours from now on, to the callback in hand.  NULL
 * where there is none, or no memory to keep it. */
static const char *lend(const struct tcpflow_scope *scope, char *path)
{
	struct lent_path *lent = path != NULL ? malloc(sizeof(*lent)) : NULL;
	struct lent_path **list = lent_of(scope);

	if (lent == NULL) {
		free(path);
		return NULL;
	}
	*lent = (struct lent_path){.next = *list, .path = path};
	*list = lent;
	return path;
}

void service_sink_take_back(struct lent_path **list)
{
	while (*list != NULL) {
		struct lent_path *lent = *list;

		*list = lent->next;
		free(lent->path);
		free(lent);
	}
}

static void fill_result(struct tcpflow_sink_result *result,
    const struct tcpflow_sink *sink, struct file_end *end)
{
	if (!TCPFLOW_HAS(result, struct tcpflow_sink_result, bytes)) {
		free(end->path);
		return;
	}
	result->flags =
	    (end->capped || sink->capped ? TCPFLOW_SINK_CAPPED : 0) |
	    (end->duplicate ? TCPFLOW_SINK_DUPLICATE : 0) |
	    (end->hashed ? TCPFLOW_SINK_HASHED : 0);
	result->path = lend(sink->scope, end->path);
	memset(result->sha256, 0, sizeof(result->sha256));
	if (end->hashed)
		memcpy(result->sha256, end->sha256, sizeof(result->sha256));
	result->bytes = end->bytes;
}

/* What cannot be had is answered with ENOSYS, and the sink finished without. */
static int32_t check_finish(const struct tcpflow_sink_finish *how)
{
	if (how == NULL)
		return TCPFLOW_OK;
	if (!TCPFLOW_HAS(how, struct tcpflow_sink_finish, name_hint) ||
	    (how->name_hint.ptr == NULL && how->name_hint.len > 0))
		return TCPFLOW_EINVAL;
	return how->flags & ~KNOWN_FINISH ? TCPFLOW_ENOSYS : TCPFLOW_OK;
}

static uint64_t time_of(const struct tcpflow_scope *scope)
{
	if (scope->stream != NULL)
		return scope->stream->last_ns;
	return scope->worker != NULL ? scope->worker->now_ns
				     : scope->plugin->host->last_ns;
}

/* The end of its file, if it has one. */
static int32_t end_file(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct file_end *end)
{
	struct file_finish finish = {.mtime_ns = time_of(sink->scope)};
	char hint[NAME_HINT_ROOM];
	int32_t status = TCPFLOW_OK;
	int32_t ended;

	if (how != NULL) {
		finish.discard = (how->flags & TCPFLOW_SINK_DISCARD) != 0;
		finish.partial = (how->flags & TCPFLOW_SINK_PARTIAL) != 0;
		finish.suffix = how->suffix;
		if (how->name_hint.len > 0) {
			name_hint(hint, how->name_hint.ptr, how->name_hint.len);
			finish.hint = hint;
		}
	}
	if (sink->run != NULL && !finish.discard)
		status = run_sink_complete(sink);
	if (sink->file == NULL)
		return status;
	ended = sink_status(file_finish(&sink->file, &finish, end));
	return ended != TCPFLOW_OK ? ended : status;
}

static int32_t finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	int32_t checked = check_finish(how);
	struct file_end end = {0};
	int32_t status;

	end.bytes = sink->bytes;
	status = end_file(sink, checked != TCPFLOW_EINVAL ? how : NULL, &end);
	if (sink->verbatim)
		flow_record_file(
		    sink->scope->stream->record, sink->direction, end.path);
	fill_result(result, sink, &end);
	run_sink_close(sink);
	list_remove(&sink->link);
	sink->magic = 0;
	free(sink);
	return checked != TCPFLOW_OK ? checked : status;
}

static int32_t sink_service_finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	if (sink == NULL)
		return TCPFLOW_OK;
	if (!service_sink_may(sink, "sink->finish"))
		return TCPFLOW_EINVAL;
	if (check_finish(how) == TCPFLOW_EINVAL)
		plugin_misuse(sink->scope, "sink->finish",
		    "what is wanted is unclear, so the file stays as it is");
	return finish(sink, how, result);
}

/* Where nobody ended them: a stream's were cut short; those of workers and of
 * the run stay as they stand. */
void service_sink_end(struct tcpflow_scope *scope)
{
	const struct tcpflow_sink_finish partial = {
	    .struct_size = sizeof(partial),
	    .flags = TCPFLOW_SINK_PARTIAL,
	};

	while (!list_empty(&scope->sinks))
		finish(list_entry(scope->sinks.next, struct tcpflow_sink, link),
		    scope->kind == SCOPE_STREAM ? &partial : NULL, NULL);
}

void service_sink_drop(struct tcpflow_scope *scope)
{
	const struct tcpflow_sink_finish discard = {
	    .struct_size = sizeof(discard),
	    .flags = TCPFLOW_SINK_DISCARD,
	};

	while (!list_empty(&scope->sinks))
		finish(list_entry(scope->sinks.next, struct tcpflow_sink, link),
		    &discard, NULL);
}

const struct tcpflow_sink_api service_sink = {
    .struct_size = sizeof(service_sink),
    .open = sink_open,
    .write = sink_service_write,
    .pwrite = sink_service_pwrite,
    .append = sink_service_append,
    .path = sink_path,
    .finish = sink_service_finish,
};
