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
};

void fake_sinks_close(const struct tcpflow_scope *scope)
{
	for (struct tcpflow_sink *sink = scope->host->sinks; sink != NULL;
	     sink = sink->older) {
		if (sink->scope != scope || !sink->open)
			continue;
		sink->open = false;
		sink->partial = scope->kind == FAKE_STREAM;
	}
}

void fake_sinks_free(struct fake_host *host)
{
	while (host->sinks != NULL) {
		struct tcpflow_sink *sink = host->sinks;

		host->sinks = sink->older;
		free(sink->bytes.data);
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
	    TCPFLOW_SINK_SHARED;
	struct fake_host *host = fake_check(scope, "sink->open", false);
	size_t number = 0;
	struct tcpflow_sink *sink;

	if (spec->flags & ~known)
		return TCPFLOW_ENOSYS;
	if (spec->flags & TCPFLOW_SINK_SHARED && scope->kind != FAKE_RUN)
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
	sink->open = true;
	sink->older = host->sinks;
	host->sinks = sink;
	fake_text_append(&sink->bytes, "", 0);
	*handle = sink;
	return TCPFLOW_OK;
}

static int32_t sink_write(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	const struct fake_host *host = check_sink(sink, "sink->write");

	if (sink->flags & TCPFLOW_SINK_SHARED)
		return TCPFLOW_EINVAL;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	fake_text_append(&sink->bytes, bytes, length);
	sink->written += length;
	return TCPFLOW_OK;
}

static int32_t sink_pwrite(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	static const char zeros[4096];
	const struct fake_host *host = check_sink(sink, "sink->pwrite");

	if (sink->flags & TCPFLOW_SINK_SHARED)
		return TCPFLOW_EINVAL;
	if (offset > sink->bytes.length && !(sink->flags & TCPFLOW_SINK_SPARSE))
		return TCPFLOW_EINVAL;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	if (offset > UINT64_C(64) << 20)
		fake_fail("sink->pwrite: a hole too large for a test");
	while (sink->bytes.length < offset + length) {
		size_t more = (size_t)(offset + length - sink->bytes.length);

		fake_text_append(&sink->bytes, zeros,
		    more < sizeof(zeros) ? more : sizeof(zeros));
	}
	if (length > 0)
		memcpy(sink->bytes.data + offset, bytes, length);
	sink->written += length;
	return TCPFLOW_OK;
}

static int32_t sink_append(struct tcpflow_sink *sink,
    struct tcpflow_scope *scope, const void *bytes, size_t length)
{
	const struct fake_host *host = check_sink(sink, "sink->append");

	fake_check(scope, "sink->append", false);
	if (!(sink->flags & TCPFLOW_SINK_SHARED))
		return TCPFLOW_EINVAL;
	if (host->sink_result != TCPFLOW_OK)
		return host->sink_result;
	fake_text_append(&sink->bytes, bytes, length);
	sink->written += length;
	return TCPFLOW_OK;
}

static const char *sink_path(const struct tcpflow_sink *sink)
{
	check_sink(sink, "sink->path");
	return sink->path;
}

static int32_t sink_finish(struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, struct tcpflow_sink_result *result)
{
	uint32_t size;

	if (sink == NULL)
		return TCPFLOW_OK;
	check_sink(sink, "sink->finish");
	sink->open = false;
	if (how != NULL) {
		sink->discarded = (how->flags & TCPFLOW_SINK_DISCARD) != 0;
		sink->partial = (how->flags & TCPFLOW_SINK_PARTIAL) != 0;
	}
	if (result != NULL) {
		size = result->struct_size;
		if (size != sizeof(*result))
			fake_fail("sink->finish: struct_size is not set");
		*result = (struct tcpflow_sink_result){
		    .struct_size = size,
		    .path = sink->discarded ? NULL : sink->path,
		    .bytes = sink->written,
		};
	}
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
    .append = sink_append,
    .path = sink_path,
    .finish = sink_finish,
};
