/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's sinks: files in memory, which stay for the test to look at
 * when the plugin and its scopes are gone. */
#include "tests/plugin/fake_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tcpflow_sink {
	struct tcpflow_sink *older;
	struct tcpflow_scope *scope;
	char path[256];
	struct fake_text bytes;
	uint64_t written; /* without holes                   */
	uint32_t flags;
	bool open;
	bool discarded;
	bool partial;
	bool capped;
	bool duplicate; /* BY_HASH: another has its bytes  */
	bool begun;     /* SHARED: the head is written     */
	char *head;
	char *between;
	char *tail;
};

struct fake_path {
	struct fake_path *next;
	char *text;
	size_t size;
};

const char *fake_lend_path(struct fake_host *host, const char *path)
{
	struct fake_path *lent = fake_allocate(sizeof(*lent));

	lent->size = strlen(path) + 1;
	lent->text = fake_lend(path, lent->size);
	lent->next = host->paths;
	host->paths = lent;
	return lent->text;
}

void fake_paths_take_back(struct fake_host *host)
{
	while (host->paths != NULL) {
		struct fake_path *lent = host->paths;

		host->paths = lent->next;
		fake_take_back(lent->text, lent->size);
		free(lent);
	}
}

static char *copy_text(const char *text)
{
	return text != NULL ? fake_lend(text, strlen(text) + 1) : NULL;
}

static void put_text(struct tcpflow_sink *sink, const char *text)
{
	if (text == NULL)
		return;
	fake_text_append(&sink->bytes, text, strlen(text));
	sink->written += strlen(text);
}

/* What stands at the end of a SHARED one, and at its beginning where no piece
 * came. */
static void complete(struct tcpflow_sink *sink)
{
	if (!(sink->flags & TCPFLOW_SINK_SHARED))
		return;
	if (!sink->begun)
		put_text(sink, sink->head);
	sink->begun = true;
	put_text(sink, sink->tail);
}

void fake_sinks_close(const struct tcpflow_scope *scope)
{
	for (struct tcpflow_sink *sink = scope->host->sinks; sink != NULL;
	     sink = sink->older) {
		if (sink->scope != scope || !sink->open)
			continue;
		sink->open = false;
		sink->partial = scope->kind == FAKE_STREAM;
		complete(sink);
	}
}

void fake_sinks_free(struct fake_host *host)
{
	while (host->sinks != NULL) {
		struct tcpflow_sink *sink = host->sinks;

		host->sinks = sink->older;
		free(sink->bytes.data);
		free(sink->head);
		free(sink->between);
		free(sink->tail);
		free(sink);
	}
}

static struct fake_host *check_sink(
    const struct tcpflow_sink *sink, const char *service)
{
	if (sink == NULL)
		fake_fail("%s: no sink", service);
	if (!sink->open)
		fake_fail("%s: %s is closed", service, sink->path);
	return fake_check(sink->scope, service, false);
}

static const char *direction_name(uint32_t direction)
{
	return direction == TCPFLOW_C2S ? "c2s"
	    : direction == TCPFLOW_S2C  ? "s2c"
					: "both";
}

static int32_t sink_open(struct tcpflow_scope *scope,
    const struct tcpflow_sink_spec *spec, struct tcpflow_sink **handle)
{
	const uint32_t known = TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_UNCAPPED |
	    TCPFLOW_SINK_HASH | TCPFLOW_SINK_BY_HASH | TCPFLOW_SINK_SHARED;
	const uint32_t apart = TCPFLOW_SINK_SHARED | TCPFLOW_SINK_BY_HASH;
	struct fake_host *host = fake_check(scope, "sink->open", false);
	size_t number = 0;
	struct tcpflow_sink *sink;

	*handle = NULL;
	if (!TCPFLOW_HAS(spec, struct tcpflow_sink_spec, size_hint))
		fake_fail("sink->open: struct_size is not set");
	if (spec->flags & ~known)
		return TCPFLOW_ENOSYS;
	if ((spec->flags & TCPFLOW_SINK_SHARED && scope->kind != FAKE_RUN) ||
	    (spec->flags & apart) == apart)
		return TCPFLOW_EINVAL;
	for (sink = host->sinks; sink != NULL; sink = sink->older)
		number++;
	sink = fake_allocate(sizeof(*sink));
	snprintf(sink->path, sizeof(sink->path), "%zu-%s%s%s%s", number + 1,
	    direction_name(spec->dir), spec->label != NULL ? "-" : "",
	    spec->label != NULL ? spec->label : "",
	    spec->suffix != NULL ? spec->suffix : "");
	sink->scope = scope;
	sink->flags = spec->flags;
	sink->head = copy_text(spec->head);
	sink->between = copy_text(spec->between);
	sink->tail = copy_text(spec->tail);
	sink->open = true;
	sink->older = host->sinks;
	host->sinks = sink;
	fake_text_append(&sink->bytes, "", 0);
	*handle = sink;
	return TCPFLOW_OK;
}

/* How many of `length` bytes at `offset` the cap leaves. */
static size_t allowed(struct tcpflow_sink *sink, uint64_t offset, size_t length)
{
	uint64_t most = sink->scope->host->max_bytes;

	if (most == 0 || sink->flags & TCPFLOW_SINK_UNCAPPED ||
	    offset + length <= most)
		return length;
	sink->capped = true;
	return offset < most ? (size_t)(most - offset) : 0;
}

static int32_t sink_write(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	const struct fake_host *host = check_sink(sink, "sink->write");
	size_t fits;

	if (sink->flags & TCPFLOW_SINK_SHARED)
		return TCPFLOW_EINVAL;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	if (sink->capped)
		return TCPFLOW_ELIMIT;
	fits = allowed(sink, sink->bytes.length, length);
	fake_text_append(&sink->bytes, bytes, fits);
	sink->written += fits;
	return fits < length ? TCPFLOW_ELIMIT : TCPFLOW_OK;
}

static int32_t sink_pwrite(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	static const char zeros[4096];
	const struct fake_host *host = check_sink(sink, "sink->pwrite");
	size_t fits;

	if (sink->flags & (TCPFLOW_SINK_SHARED | TCPFLOW_SINK_BY_HASH))
		return TCPFLOW_EINVAL;
	if (offset > sink->bytes.length && !(sink->flags & TCPFLOW_SINK_SPARSE))
		return TCPFLOW_EINVAL;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	if (offset > UINT64_C(64) << 20)
		fake_fail("sink->pwrite: a hole too large for a test");
	if (sink->capped)
		return TCPFLOW_ELIMIT;
	fits = allowed(sink, offset, length);
	while (fits > 0 && sink->bytes.length < offset + fits) {
		size_t more = (size_t)(offset + fits - sink->bytes.length);

		fake_text_append(&sink->bytes, zeros,
		    more < sizeof(zeros) ? more : sizeof(zeros));
	}
	if (fits > 0)
		memcpy(sink->bytes.data + offset, bytes, fits);
	sink->written += fits;
	return fits < length ? TCPFLOW_ELIMIT : TCPFLOW_OK;
}

bool fake_sink_is_shared(const struct tcpflow_sink *sink)
{
	return sink->open && (sink->flags & TCPFLOW_SINK_SHARED) != 0;
}

/* A piece is never cut: where one does not fit, no more comes. */
int32_t fake_sink_append(struct tcpflow_sink *sink, struct tcpflow_scope *scope,
    const void *bytes, size_t length)
{
	const struct fake_host *host = check_sink(sink, "sink->append");

	fake_check(scope, "sink->append", false);
	if (!(sink->flags & TCPFLOW_SINK_SHARED))
		return TCPFLOW_EINVAL;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	if (length == 0)
		return TCPFLOW_OK;
	if (sink->capped || allowed(sink, sink->bytes.length, length) < length)
		return TCPFLOW_ELIMIT;
	put_text(sink, sink->begun ? sink->between : sink->head);
	sink->begun = true;
	fake_text_append(&sink->bytes, bytes, length);
	sink->written += length;
	return TCPFLOW_OK;
}

static const char *sink_path(const struct tcpflow_sink *sink)
{
	check_sink(sink, "sink->path");
	return sink->flags & TCPFLOW_SINK_BY_HASH ? NULL : sink->path;
}

/* Stands for a SHA-256: other bytes have another one, nearly always. */
static void hash(const struct tcpflow_sink *sink, uint8_t sha256[32])
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < sink->bytes.length; i++)
		sum = (sum ^ (uint8_t)sink->bytes.data[i]) *
		    UINT64_C(1099511628211);
	for (unsigned i = 0; i < 32; i++)
		sha256[i] = (uint8_t)(sum >> 8 * (i % 8));
}

/* Its last name: of a BY_HASH one, that of its bytes. */
static void name_by_hash(struct tcpflow_sink *sink)
{
	uint8_t sha256[32];
	int length = snprintf(sink->path, sizeof(sink->path), "by-hash/");

	hash(sink, sha256);
	for (unsigned i = 0; i < 32; i++)
		length += snprintf(sink->path + length,
		    sizeof(sink->path) - (size_t)length, "%02x", sha256[i]);
	for (const struct tcpflow_sink *other = sink->scope->host->sinks;
	     other != NULL; other = other->older)
		sink->duplicate |= other != sink && !other->open &&
		    !other->discarded && strcmp(other->path, sink->path) == 0;
}

static void end_as(
    struct tcpflow_sink *sink, const struct tcpflow_sink_finish *how)
{
	char *suffix;

	if (!TCPFLOW_HAS(how, struct tcpflow_sink_finish, name_hint))
		fake_fail("sink->finish: struct_size is not set");
	sink->discarded = (how->flags & TCPFLOW_SINK_DISCARD) != 0;
	sink->partial = (how->flags & TCPFLOW_SINK_PARTIAL) != 0;
	suffix = strrchr(sink->path, '.');
	if (how->suffix == NULL)
		return;
	if (suffix != NULL)
		*suffix = '\0';
	snprintf(sink->path + strlen(sink->path),
	    sizeof(sink->path) - strlen(sink->path), "%s", how->suffix);
}

static void tell_result(
    struct tcpflow_sink *sink, struct tcpflow_sink_result *result)
{
	struct fake_host *host = sink->scope->host;

	if (!TCPFLOW_HAS(result, struct tcpflow_sink_result, bytes))
		fake_fail("sink->finish: struct_size is not set");
	result->flags = (sink->capped ? TCPFLOW_SINK_CAPPED : 0) |
	    (sink->duplicate ? TCPFLOW_SINK_DUPLICATE : 0);
	memset(result->sha256, 0, sizeof(result->sha256));
	if (sink->flags & (TCPFLOW_SINK_HASH | TCPFLOW_SINK_BY_HASH)) {
		result->flags |= TCPFLOW_SINK_HASHED;
		hash(sink, result->sha256);
	}
	result->path = sink->discarded || sink->bytes.length == 0
	    ? NULL
	    : fake_lend_path(host, sink->path);
	result->bytes = sink->written;
}

static int32_t sink_finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	if (sink == NULL)
		return TCPFLOW_OK;
	check_sink(sink, "sink->finish");
	if (how != NULL)
		end_as(sink, how);
	complete(sink);
	if (sink->flags & TCPFLOW_SINK_BY_HASH)
		name_by_hash(sink);
	sink->open = false;
	if (result != NULL)
		tell_result(sink, result);
	return TCPFLOW_OK;
}

bool fake_host_file(
    const struct fake_host *host, size_t number, struct fake_file *file)
{
	const struct tcpflow_sink *sink = host->sinks;
	size_t count = 0;

	for (; sink != NULL; sink = sink->older)
		count++;
	if (number >= count)
		return false;
	for (sink = host->sinks; --count > number;)
		sink = sink->older;
	*file = (struct fake_file){
	    .path = sink->path,
	    .bytes = (const uint8_t *)sink->bytes.data,
	    .length = sink->bytes.length,
	    .missing = sink->written < sink->bytes.length
		? sink->bytes.length - sink->written
		: 0,
	    .flags = sink->flags,
	    .open = sink->open,
	    .discarded = sink->discarded,
	    .partial = sink->partial,
	};
	return true;
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
