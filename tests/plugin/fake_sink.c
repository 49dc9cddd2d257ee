/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's sinks: what a plugin may do with one and when, caps and
 * failures.  Names and bytes are fake_file.c's. */
#include "tests/plugin/fake_sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_FLAGS \
	(TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_UNCAPPED | TCPFLOW_SINK_HASH | \
	    TCPFLOW_SINK_BY_HASH | TCPFLOW_SINK_SHARED)
#define KNOWN_FINISH (TCPFLOW_SINK_DISCARD | TCPFLOW_SINK_PARTIAL)
#define EARLY_MOST (1u << 20) /* bytes before packets are read   */
#define HOLE_MOST (UINT64_C(64) << 20)

struct fake_path {
	struct fake_path *next;
	char *text;
	size_t size;
};

static bool has(const struct tcpflow_sink *sink, uint32_t flag)
{
	return (sink->flags & flag) != 0;
}

/* A path that is the plugin's until its callback returns. */
static const char *lend_path(struct fake_host *host, const char *path)
{
	struct fake_path *lent = fake_allocate(sizeof(*lent));

	lent->size = strlen(path) + 1;
	lent->text = fake_lend(path, lent->size);
	lent->next = host->call->paths;
	host->call->paths = lent;
	return lent->text;
}

void fake_paths_take_back(struct fake_call *call)
{
	while (call->paths != NULL) {
		struct fake_path *lent = call->paths;

		call->paths = lent->next;
		fake_take_back(lent->text, lent->size);
		free(lent);
	}
}

static void put_text(struct tcpflow_sink *sink, const char *text)
{
	if (text != NULL)
		fake_file_put(sink, sink->bytes.length, text, strlen(text));
}

/* Ends it: what path() gave is over, and the last name is known. */
static void end(struct tcpflow_sink *sink, bool discard, bool partial)
{
	sink->discarded = discard;
	sink->partial = partial;
	if (has(sink, TCPFLOW_SINK_SHARED) && !discard) {
		if (!sink->begun)
			put_text(sink, sink->head);
		sink->begun = true;
		put_text(sink, sink->tail);
	}
	fake_file_settle(sink);
	if (sink->lent != NULL)
		fake_take_back(sink->lent, strlen(sink->lent) + 1);
	sink->lent = NULL;
	sink->open = false;
}

void fake_sinks_close(const struct tcpflow_scope *scope)
{
	struct tcpflow_sink *sink = scope->host->sinks;

	for (; sink != NULL; sink = sink->older) {
		if (sink->scope == scope && sink->open)
			end(sink, false, scope->kind == FAKE_STREAM);
	}
}

void fake_sinks_discard(const struct tcpflow_scope *scope)
{
	struct tcpflow_sink *sink = scope->host->sinks;

	for (; sink != NULL; sink = sink->older) {
		if (sink->scope == scope && sink->open)
			end(sink, true, false);
	}
}

void fake_sinks_free(struct fake_host *host)
{
	while (host->sinks != NULL) {
		struct tcpflow_sink *sink = host->sinks;

		host->sinks = sink->older;
		fake_file_free(sink);
	}
}

static void check_open(const struct tcpflow_sink *sink, const char *service)
{
	if (sink == NULL)
		fake_fail("%s: no sink", service);
	if (!sink->open)
		fake_fail("%s: %s is finished", service, sink->path);
}

/* It belongs to its scope, and so to the thread of that. */
static struct fake_host *check_sink(
    const struct tcpflow_sink *sink, const char *service)
{
	check_open(sink, service);
	return fake_check(sink->scope, service, false);
}

static void check_bytes(const char *service, const void *bytes, size_t length)
{
	if (bytes == NULL && length > 0)
		fake_fail("%s: no bytes", service);
}

static int32_t check_spec(
    const struct tcpflow_scope *scope, const struct tcpflow_sink_spec *spec)
{
	const uint32_t apart = TCPFLOW_SINK_SHARED | TCPFLOW_SINK_BY_HASH;
	struct fake_host *host = scope->host;

	if (!TCPFLOW_HAS(spec, struct tcpflow_sink_spec, size_hint))
		return fake_misuse(
		    host, TCPFLOW_EINVAL, "sink->open: struct_size is not set");
	if (spec->flags & ~KNOWN_FLAGS)
		return fake_misuse(host, TCPFLOW_ENOSYS,
		    "sink->open: unknown flags 0x%" PRIx32, spec->flags);
	if (spec->dir > TCPFLOW_S2C && spec->dir != TCPFLOW_DIR_NONE)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->open: direction %" PRIu32, spec->dir);
	if (spec->zero != 0)
		return fake_misuse(
		    host, TCPFLOW_EINVAL, "sink->open: zero is not 0");
	if (spec->name_hint.ptr == NULL && spec->name_hint.len > 0)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->open: a name_hint without bytes");
	if ((spec->flags & apart) == apart)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->open: both SHARED and BY_HASH");
	if (spec->flags & TCPFLOW_SINK_SHARED &&
	    (scope->kind != FAKE_RUN ||
		(strcmp(host->call->name, "ready") != 0 &&
		    strcmp(host->call->name, "finish") != 0)))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->open: SHARED sinks are opened in ready, or in "
		    "finish, with the run's scope");
	return TCPFLOW_OK;
}

static int32_t sink_open(struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **handle)
{
	struct fake_host *host = fake_check(scope, "sink->open", false);
	struct tcpflow_sink *sink;
	int32_t result;

	if (handle == NULL || spec == NULL)
		fake_fail("sink->open: no spec, or no place for the sink");
	*handle = NULL;
	result = check_spec(scope, spec);
	if (result != TCPFLOW_OK)
		return result;
	if (fake_trap(&host->calls))
		return TCPFLOW_ENOMEM;
	sink = fake_allocate(sizeof(*sink));
	sink->scope = scope;
	sink->number = host->sinks != NULL ? host->sinks->number + 1 : 1;
	sink->wanted = (host->outputs & TCPFLOW_OUT_FILES) != 0;
	sink->open = true;
	sink->older = host->sinks;
	host->sinks = sink;
	fake_file_begin(sink, spec);
	*handle = sink;
	return TCPFLOW_OK;
}

static bool has_cap(const struct tcpflow_sink *sink)
{
	return sink->wanted && sink->scope->host->max_bytes > 0 &&
	    !has(sink, TCPFLOW_SINK_UNCAPPED);
}

/* What nobody wants is swallowed, which cannot fail. */
static int32_t failure(const struct tcpflow_sink *sink)
{
	struct fake_host *host = sink->scope->host;

	if (!sink->wanted)
		return TCPFLOW_OK;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	return fake_trap(&host->calls) ? TCPFLOW_EIO : TCPFLOW_OK;
}

/* How many of `length` bytes at `offset` the cap leaves. */
static size_t allowed(
    const struct tcpflow_sink *sink, uint64_t offset, size_t length)
{
	uint64_t most = sink->scope->host->max_bytes;

	if (!has_cap(sink) || offset + length <= most)
		return length;
	return offset < most ? (size_t)(most - offset) : 0;
}

/* What the run writes before there are packets is only kept. */
static bool is_early(const struct tcpflow_sink *sink)
{
	return sink->scope->kind == FAKE_RUN && !sink->scope->host->begun;
}

static int32_t put(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	size_t fits = allowed(sink, offset, length);
	int32_t result = failure(sink);

	if (result != TCPFLOW_OK)
		return result;
	if (sink->capped)
		return TCPFLOW_ELIMIT;
	if (is_early(sink) && sink->bytes.length + length > EARLY_MOST)
		return TCPFLOW_ENOMEM;
	sink->capped = fits < length;
	fake_file_put(sink, offset, bytes, fits);
	return sink->capped ? TCPFLOW_ELIMIT : TCPFLOW_OK;
}

/* A SHARED one takes whole pieces, wherever this is called. */
static int32_t check_single(
    const struct tcpflow_sink *sink, const char *service)
{
	check_open(sink, service);
	fake_check_inside(sink->scope->host, service);
	if (!has(sink, TCPFLOW_SINK_SHARED))
		return TCPFLOW_OK;
	return fake_misuse(sink->scope->host, TCPFLOW_EINVAL,
	    "%s: a SHARED sink takes whole pieces (append)", service);
}

static int32_t sink_write(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	int32_t result = check_single(sink, "sink->write");

	if (result != TCPFLOW_OK)
		return result;
	check_sink(sink, "sink->write");
	check_bytes("sink->write", bytes, length);
	return put(sink, sink->bytes.length, bytes, length);
}

static int32_t check_offset(
    const struct tcpflow_sink *sink, uint64_t offset, size_t length)
{
	struct fake_host *host = sink->scope->host;

	if (offset > INT64_MAX || length > INT64_MAX - offset)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->pwrite: offset %" PRIu64 " is beyond any file",
		    offset);
	if (offset > sink->bytes.length && !has(sink, TCPFLOW_SINK_SPARSE))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->pwrite: a hole in %s, which is not SPARSE",
		    sink->path);
	if (is_early(sink) && offset != sink->bytes.length)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->pwrite: before packets are read a sink of the run "
		    "is written in order");
	if (offset > HOLE_MOST)
		fake_fail("sink->pwrite: a hole too large for a test");
	return TCPFLOW_OK;
}

static int32_t sink_pwrite(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	int32_t result = check_single(sink, "sink->pwrite");
	struct fake_host *host;

	if (result != TCPFLOW_OK)
		return result;
	host = check_sink(sink, "sink->pwrite");
	check_bytes("sink->pwrite", bytes, length);
	if (has(sink, TCPFLOW_SINK_BY_HASH))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->pwrite: a BY_HASH sink is written in order");
	result = check_offset(sink, offset, length);
	return result != TCPFLOW_OK ? result : put(sink, offset, bytes, length);
}

bool fake_sink_is_shared(const struct tcpflow_sink *sink)
{
	return sink->open && has(sink, TCPFLOW_SINK_SHARED);
}

bool fake_sink_swallows(const struct tcpflow_sink *sink)
{
	return !sink->wanted;
}

static size_t text_length(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

/* A piece is never cut, and the tail always has room. */
static bool piece_fits(const struct tcpflow_sink *sink, size_t length)
{
	size_t around = text_length(sink->begun ? sink->between : sink->head) +
	    text_length(sink->tail);

	return !has_cap(sink) ||
	    sink->bytes.length + around + length <=
	    sink->scope->host->max_bytes;
}

int32_t fake_sink_append(struct tcpflow_sink *sink, struct tcpflow_scope *scope,
    const void *bytes, size_t length)
{
	struct fake_host *host = fake_check(scope, "sink->append", false);
	int32_t result;

	check_open(sink, "sink->append");
	check_bytes("sink->append", bytes, length);
	if (!has(sink, TCPFLOW_SINK_SHARED))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->append: %s is not SHARED", sink->path);
	result = failure(sink);
	if (result != TCPFLOW_OK || length == 0)
		return result;
	sink->capped |= !piece_fits(sink, length);
	if (sink->capped)
		return TCPFLOW_ELIMIT;
	if (is_early(sink) && sink->bytes.length + length > EARLY_MOST)
		return TCPFLOW_ENOMEM;
	put_text(sink, sink->begun ? sink->between : sink->head);
	sink->begun = true;
	fake_file_put(sink, sink->bytes.length, bytes, length);
	return TCPFLOW_OK;
}

/* There is none before there is a byte: a plugin has to bear with that. */
static const char *sink_path(const struct tcpflow_sink *sink)
{
	/* The plugin cannot write to what it is given: the sink can. */
	struct tcpflow_sink *mine = (struct tcpflow_sink *)(uintptr_t)sink;

	check_sink(sink, "sink->path");
	if (!fake_file_exists(sink) || has(sink, TCPFLOW_SINK_BY_HASH))
		return NULL;
	if (mine->lent == NULL)
		mine->lent = fake_lend(sink->path, strlen(sink->path) + 1);
	return sink->lent;
}

static int32_t check_how(
    struct fake_host *host, const struct tcpflow_sink_finish *how)
{
	if (how == NULL)
		return TCPFLOW_OK;
	if (!TCPFLOW_HAS(how, struct tcpflow_sink_finish, name_hint))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->finish: struct_size of how is not set");
	if (how->name_hint.ptr == NULL && how->name_hint.len > 0)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "sink->finish: a name_hint without bytes");
	if (how->flags & ~KNOWN_FINISH)
		return fake_misuse(host, TCPFLOW_ENOSYS,
		    "sink->finish: unknown flags 0x%" PRIx32, how->flags);
	return TCPFLOW_OK;
}

/* A plugin built with an older header has less of it: it ends behind some
 * member. */
static int32_t check_result(
    struct fake_host *host, const struct tcpflow_sink_result *result)
{
	static const size_t ends[] = {
	    offsetof(struct tcpflow_sink_result, path),
	    offsetof(struct tcpflow_sink_result, sha256),
	    offsetof(struct tcpflow_sink_result, bytes),
	};

	if (result == NULL || result->struct_size >= sizeof(*result))
		return TCPFLOW_OK;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (result->struct_size == ends[i])
			return TCPFLOW_OK;
	}
	return fake_misuse(host, TCPFLOW_EINVAL,
	    "sink->finish: struct_size of the result is not set");
}

/* Only members that lie inside what the plugin has. */
static void tell_result(
    const struct tcpflow_sink *sink, struct tcpflow_sink_result *result)
{
	struct fake_host *host = sink->scope->host;
	bool hashed = !sink->went_back && !sink->discarded &&
	    (has(sink, TCPFLOW_SINK_HASH) || has(sink, TCPFLOW_SINK_BY_HASH));

	result->flags = (sink->capped ? TCPFLOW_SINK_CAPPED : 0) |
	    (sink->duplicate ? TCPFLOW_SINK_DUPLICATE : 0) |
	    (hashed ? TCPFLOW_SINK_HASHED : 0);
	if (TCPFLOW_HAS(result, struct tcpflow_sink_result, path))
		result->path =
		    fake_file_exists(sink) ? lend_path(host, sink->path) : NULL;
	if (TCPFLOW_HAS(result, struct tcpflow_sink_result, sha256)) {
		memset(result->sha256, 0, sizeof(result->sha256));
		if (hashed)
			fake_file_hash(sink, result->sha256);
	}
	if (TCPFLOW_HAS(result, struct tcpflow_sink_result, bytes))
		result->bytes = sink->written;
}

static int32_t sink_finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	struct fake_host *host;
	int32_t right;
	bool fails;

	if (sink == NULL)
		return TCPFLOW_OK;
	host = check_sink(sink, "sink->finish");
	right = check_how(host, how);
	if (right == TCPFLOW_EINVAL)
		how = NULL;
	fails = sink->wanted && fake_trap(&host->calls);
	if (how != NULL)
		fake_file_rename(sink, how->suffix, how->name_hint);
	/* What could not be written to its end is cut short. */
	end(sink, how != NULL && how->flags & TCPFLOW_SINK_DISCARD,
	    fails || (how != NULL && how->flags & TCPFLOW_SINK_PARTIAL));
	if (right == TCPFLOW_OK)
		right = check_result(host, result);
	if (result != NULL && right != TCPFLOW_EINVAL)
		tell_result(sink, result);
	return right == TCPFLOW_OK && fails ? TCPFLOW_EIO : right;
}

const struct tcpflow_sink_api fake_sink_api = {
    .struct_size = sizeof(fake_sink_api),
    .open = sink_open,
    .write = sink_write,
    .pwrite = sink_pwrite,
    .append = fake_sink_append,
    .path = sink_path,
    .finish = sink_finish,
};
