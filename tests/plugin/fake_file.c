/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's files, in memory: their names, bytes and hashes.  They stay
 * for the test to look at when the plugin and its scopes are gone. */
#include "tests/plugin/fake_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HINT_MOST 48u
#define FNV_START UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static char *copy_text(const char *text)
{
	return text != NULL ? fake_lend(text, strlen(text) + 1) : NULL;
}

static char harmless(char byte)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._+-";

	return byte != '\0' && strchr(bytes, byte) != NULL ? byte : '_';
}

/* The last part of what the network called it, as far as it is harmless.  NULL:
 * nothing is left. */
static char *copy_hint(struct tcpflow_slice hint)
{
	const char *from = hint.ptr;
	char *copy = fake_allocate(HINT_MOST + 1);
	size_t start = hint.len;
	size_t used = 0;

	while (start > 0 && from[start - 1] != '/' && from[start - 1] != '\\')
		start--;
	while (start < hint.len && from[start] == '.')
		start++;
	for (; start < hint.len && used < HINT_MOST; start++)
		copy[used++] = harmless(from[start]);
	if (used > 0)
		return copy;
	free(copy);
	return NULL;
}

static void append_harmless(
    struct fake_text *text, const char *words, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char byte = harmless(words[i]);

		fake_text_append(text, &byte, 1);
	}
}

/* "-label", "-hint" and suffix, which a hint may already end with. */
static void append_extras(
    struct fake_text *name, const struct tcpflow_sink *sink)
{
	size_t suffix = sink->suffix != NULL ? strlen(sink->suffix) : 0;
	size_t hint = sink->hint != NULL ? strlen(sink->hint) : 0;

	if (sink->label != NULL) {
		fake_text_append(name, "-", 1);
		append_harmless(name, sink->label, strlen(sink->label));
	}
	if (suffix > 0 && hint >= suffix &&
	    strcasecmp(sink->hint + hint - suffix, sink->suffix) == 0)
		hint -= suffix;
	if (hint > 0) {
		fake_text_append(name, "-", 1);
		fake_text_append(name, sink->hint, hint);
	}
	append_harmless(name, sink->suffix, suffix);
}

/* Whose it is. */
static void append_owner(
    struct fake_text *name, const struct tcpflow_sink *sink)
{
	const struct tcpflow_scope *scope = sink->scope;

	if (scope->kind == FAKE_RUN)
		fake_text_printf(name, "run");
	else if (scope->kind == FAKE_WORKER)
		fake_text_printf(name, "worker%d",
		    (int)(scope->worker - scope->host->workers));
	else
		fake_text_printf(name, "%s",
		    sink->direction == TCPFLOW_C2S       ? "c2s"
			: sink->direction == TCPFLOW_S2C ? "s2c"
							 : "both");
}

void fake_file_name(struct tcpflow_sink *sink)
{
	struct fake_text name = {0};

	fake_text_printf(&name, "%zu-", sink->number);
	append_owner(&name, sink);
	append_extras(&name, sink);
	if (sink->partial)
		fake_text_printf(&name, ".partial");
	free(sink->path);
	sink->path = name.data;
}

void fake_file_begin(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec)
{
	sink->flags = spec->flags;
	sink->direction = spec->dir;
	sink->size_hint = spec->size_hint;
	sink->label = copy_text(spec->label);
	sink->suffix = copy_text(spec->suffix);
	sink->hint = copy_hint(spec->name_hint);
	sink->head = copy_text(spec->head);
	sink->between = copy_text(spec->between);
	sink->tail = copy_text(spec->tail);
	sink->sum = FNV_START;
	fake_text_append(&sink->bytes, "", 0);
	fake_file_name(sink);
}

void fake_file_rename(struct tcpflow_sink *sink, const char *suffix,
    struct tcpflow_slice name_hint)
{
	if (suffix != NULL) {
		free(sink->suffix);
		sink->suffix = copy_text(suffix);
	}
	if (name_hint.len > 0) {
		free(sink->hint);
		sink->hint = copy_hint(name_hint);
	}
}

void fake_file_put(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length)
{
	static const char zeros[4096];
	const uint8_t *at = bytes;

	if (length == 0)
		return;
	sink->went_back |= offset < sink->bytes.length;
	while (sink->bytes.length < offset + length) {
		size_t more = (size_t)(offset + length - sink->bytes.length);

		fake_text_append(&sink->bytes, zeros,
		    more < sizeof(zeros) ? more : sizeof(zeros));
	}
	memcpy(sink->bytes.data + offset, bytes, length);
	for (size_t i = 0; i < length; i++)
		sink->sum = (sink->sum ^ at[i]) * FNV_PRIME;
	sink->written += length;
}

void fake_file_hash(const struct tcpflow_sink *sink, uint8_t sha256[32])
{
	for (unsigned i = 0; i < 32; i++)
		sha256[i] = (uint8_t)(sink->sum >> 8 * (i % 8));
}

bool fake_file_exists(const struct tcpflow_sink *sink)
{
	return sink->wanted && !sink->discarded && sink->bytes.length > 0;
}

static void name_by_hash(struct tcpflow_sink *sink)
{
	struct fake_text name = {0};
	uint8_t sha256[32];

	fake_file_hash(sink, sha256);
	fake_text_printf(&name, "by-hash/");
	for (unsigned i = 0; i < 32; i++)
		fake_text_printf(&name, "%02x", sha256[i]);
	if (sink->partial)
		fake_text_printf(&name, ".partial");
	free(sink->path);
	sink->path = name.data;
}

void fake_file_settle(struct tcpflow_sink *sink)
{
	const struct tcpflow_sink *other;

	if (!(sink->flags & TCPFLOW_SINK_BY_HASH)) {
		fake_file_name(sink);
		return;
	}
	name_by_hash(sink);
	for (other = sink->scope->host->sinks; other != NULL;
	     other = other->older)
		sink->duplicate |= other != sink && !other->open &&
		    fake_file_exists(other) && fake_file_exists(sink) &&
		    strcmp(other->path, sink->path) == 0;
}

void fake_file_free(struct tcpflow_sink *sink)
{
	fake_text_free(&sink->bytes);
	free(sink->label);
	free(sink->suffix);
	free(sink->hint);
	free(sink->head);
	free(sink->between);
	free(sink->tail);
	free(sink->path);
	free(sink->lent);
	free(sink);
}

bool fake_host_file(
    const struct fake_host *host, size_t number, struct fake_file *file)
{
	const struct tcpflow_sink *sink = host->sinks;

	while (sink != NULL && sink->number != number + 1)
		sink = sink->older;
	if (sink == NULL)
		return false;
	*file = (struct fake_file){
	    .path = sink->path,
	    .bytes = (const uint8_t *)sink->bytes.data,
	    .length = sink->bytes.length,
	    .missing = sink->written < sink->bytes.length
		? sink->bytes.length - sink->written
		: 0,
	    .size_hint = sink->size_hint,
	    .flags = sink->flags,
	    .exists = fake_file_exists(sink),
	    .open = sink->open,
	    .discarded = sink->discarded,
	    .partial = sink->partial,
	    .capped = sink->capped,
	    .duplicate = sink->duplicate,
	};
	return true;
}
