/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the fake host: stricter than a host is, so that a plugin hears of
 * each mistake in what it builds where it is made. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/plugin/fake_private.h"

#define DEPTH_MOST 32

struct key {
	char *text;
	size_t depth;
};

struct tcpflow_record {
	struct tcpflow_record *older; /* of all                          */
	struct fake_host *host;
	struct tcpflow_scope *scope;
	struct fake_call *call;    /* that began it; NULL: it is over */
	struct tcpflow_sink *into; /* SHARED; NULL: the records       */
	struct fake_text text;
	char open[DEPTH_MOST]; /* '{' or '['                      */
	size_t depth;
	bool comma;
	bool failed;      /* lenient: commit will say so     */
	struct key *keys; /* of all that is open             */
	size_t key_count;
	size_t key_room;
};

static void check_record(
    const struct tcpflow_record *record, const char *service)
{
	if (record->call == NULL)
		fake_fail("%s: the record was committed or abandoned", service);
	fake_check_inside(record->host, service);
	if (record->call != record->host->call)
		fake_fail("%s: in %s, but the record was begun in %s", service,
		    record->host->call->name, record->call->name);
}

/* What is wrong is said, or makes the record fail in the end. */
static void refuse(struct tcpflow_record *record, const char *what)
{
	fake_misuse(record->host, TCPFLOW_EINVAL, "record: %s", what);
	record->failed = true;
}

static bool key_is_taken(const struct tcpflow_record *record, const char *key)
{
	for (size_t i = record->key_count; i-- > 0;) {
		if (record->keys[i].depth < record->depth)
			break;
		if (strcmp(record->keys[i].text, key) == 0)
			return true;
	}
	return false;
}

static void remember_key(struct tcpflow_record *record, const char *key)
{
	if (record->key_count == record->key_room) {
		record->key_room = 2 * record->key_room + 16;
		record->keys = realloc(
		    record->keys, record->key_room * sizeof(*record->keys));
		if (record->keys == NULL)
			fake_fail("out of memory");
	}
	record->keys[record->key_count++] = (struct key){
	    .text = fake_lend(key, strlen(key) + 1),
	    .depth = record->depth,
	};
}

static bool key_is_right(struct tcpflow_record *record, const char *key)
{
	bool in_array = record->open[record->depth - 1] == '[';
	char line[300];

	if (in_array) {
		if (key == NULL)
			return true;
		snprintf(line, sizeof(line), "key \"%s\" in an array", key);
	} else if (key == NULL || *key == '\0') {
		snprintf(
		    line, sizeof(line), "a value without a key in an object");
	} else if (!fake_json_is_utf8(key, strlen(key))) {
		snprintf(line, sizeof(line), "a key that is not UTF-8");
	} else if (key_is_taken(record, key)) {
		snprintf(
		    line, sizeof(line), "\"%s\" is twice in one object", key);
	} else {
		return true;
	}
	refuse(record, line);
	return false;
}

/* What stands in front of a value.  False: there must be none. */
static bool lead(struct tcpflow_record *record, const char *key)
{
	check_record(record, "record");
	if (!key_is_right(record, key))
		return false;
	if (record->comma)
		fake_text_append(&record->text, ",", 1);
	record->comma = true;
	if (key == NULL)
		return true;
	remember_key(record, key);
	fake_json_string(&record->text, key, strlen(key));
	fake_text_append(&record->text, ":", 1);
	return true;
}

static int32_t check_spec(
    struct fake_host *host, const struct tcpflow_record_spec *spec)
{
	bool bare;

	if (!TCPFLOW_HAS(spec, struct tcpflow_record_spec, into))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "record->begin: struct_size is not set");
	bare = (spec->flags & TCPFLOW_RECORD_BARE) != 0;
	if (spec->flags & ~TCPFLOW_RECORD_BARE)
		return fake_misuse(
		    host, TCPFLOW_ENOSYS, "record->begin: unknown flags");
	if (bare && spec->into == NULL)
		return fake_misuse(
		    host, TCPFLOW_EINVAL, "record->begin: BARE without into");
	if (spec->into != NULL && !fake_sink_is_shared(spec->into))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "record->begin: into a sink that is not SHARED, or is "
		    "finished");
	if (!bare && spec->type == NULL)
		return fake_misuse(
		    host, TCPFLOW_EINVAL, "record->begin: a record has a type");
	if (spec->first_packet > spec->last_packet)
		fake_fail("record->begin: packets end before they begin");
	return TCPFLOW_OK;
}

/* --json has nobody who writes it before there are workers. */
static bool is_wanted(
    const struct fake_host *host, const struct tcpflow_record_spec *spec)
{
	if (spec->into != NULL)
		return !fake_sink_swallows(spec->into);
	return host->outputs & TCPFLOW_OUT_RECORDS &&
	    (host->begun || host->call->worker != NULL);
}

static void put_envelope(
    struct tcpflow_record *record, const struct tcpflow_record_spec *spec)
{
	/* Those that it has here, and those that a host adds. */
	static const char *const keys[] = {"type", "v", "ts", "packets", "flow",
	    "community_id", "client", "server", "layer", "stream", "inner"};
	size_t count = record->scope->kind == FAKE_STREAM
	    ? sizeof(keys) / sizeof(keys[0])
	    : 3;
	struct fake_text *text = &record->text;

	fake_text_append(text, "{", 1);
	record->open[record->depth++] = '{';
	if (spec->flags & TCPFLOW_RECORD_BARE)
		return;
	for (size_t i = 0; i < count; i++)
		remember_key(record, keys[i]);
	fake_text_append(text, "\"type\":", 7);
	fake_json_string(text, spec->type, strlen(spec->type));
	record->comma = true;
	if (spec->first_packet == 0)
		return;
	fake_text_printf(text, ",\"packets\":[%" PRIu64 ",%" PRIu64 "]",
	    spec->first_packet, spec->last_packet);
}

static struct tcpflow_record *record_begin(
    struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	struct fake_host *host = fake_check(scope, "record->begin", false);
	struct tcpflow_record *record;

	if (spec == NULL)
		fake_fail("record->begin: no spec");
	if (check_spec(host, spec) != TCPFLOW_OK)
		return NULL;
	host->records++;
	if (!is_wanted(host, spec) || fake_trap(&host->calls))
		return NULL;
	record = fake_allocate(sizeof(*record));
	record->host = host;
	record->scope = scope;
	record->call = host->call;
	record->into = spec->into;
	record->call->records++;
	record->older = host->record_handles;
	host->record_handles = record;
	put_envelope(record, spec);
	return record;
}

static void record_str(struct tcpflow_record *record, const char *key,
    const void *ptr, size_t length)
{
	if (record == NULL)
		return;
	if (ptr == NULL && length > 0)
		fake_fail("record->str: no bytes");
	if (lead(record, key))
		fake_json_string(&record->text, ptr, length);
}

static void record_hex(struct tcpflow_record *record, const char *key,
    const void *ptr, size_t length)
{
	const uint8_t *bytes = ptr;

	if (record == NULL)
		return;
	if (ptr == NULL && length > 0)
		fake_fail("record->hex: no bytes");
	if (!lead(record, key))
		return;
	fake_text_append(&record->text, "\"", 1);
	for (size_t i = 0; i < length; i++)
		fake_text_printf(&record->text, "%02x", bytes[i]);
	fake_text_append(&record->text, "\"", 1);
}

static void record_u64(
    struct tcpflow_record *record, const char *key, uint64_t value)
{
	if (record != NULL && lead(record, key))
		fake_text_printf(&record->text, "%" PRIu64, value);
}

static void record_i64(
    struct tcpflow_record *record, const char *key, int64_t value)
{
	if (record != NULL && lead(record, key))
		fake_text_printf(&record->text, "%" PRId64, value);
}

static void record_f64(
    struct tcpflow_record *record, const char *key, double value)
{
	char text[32];
	int precision = 15;

	if (record == NULL || !isfinite(value) || !lead(record, key))
		return;
	/* The shortest that reads back as the same number. */
	do
		snprintf(text, sizeof(text), "%.*g", precision, value);
	while (strtod(text, NULL) != value && ++precision <= 17);
	fake_text_append(&record->text, text, strlen(text));
}

static void record_time(
    struct tcpflow_record *record, const char *key, int64_t ns)
{
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	if (record != NULL && lead(record, key))
		fake_text_printf(&record->text, "%s%" PRIu64 ".%09" PRIu64,
		    ns < 0 ? "-" : "", size / 1000000000, size % 1000000000);
}

static void record_boolean(
    struct tcpflow_record *record, const char *key, int32_t value)
{
	if (record != NULL && lead(record, key))
		fake_text_printf(&record->text, "%s", value ? "true" : "false");
}

static void open_level(
    struct tcpflow_record *record, const char *key, const char *bracket)
{
	if (!lead(record, key))
		return;
	if (record->depth == DEPTH_MOST) {
		refuse(record, "more than 32 deep");
		return;
	}
	record->open[record->depth++] = *bracket;
	fake_text_append(&record->text, bracket, 1);
	record->comma = false;
}

static void record_object(struct tcpflow_record *record, const char *key)
{
	if (record != NULL)
		open_level(record, key, "{");
}

static void record_array(struct tcpflow_record *record, const char *key)
{
	if (record != NULL)
		open_level(record, key, "[");
}

static void forget_keys(struct tcpflow_record *record)
{
	while (record->key_count > 0 &&
	    record->keys[record->key_count - 1].depth > record->depth)
		free(record->keys[--record->key_count].text);
}

static void record_end(struct tcpflow_record *record)
{
	if (record == NULL)
		return;
	check_record(record, "record->end");
	if (record->depth == 1) {
		refuse(record, "end, but nothing is open");
		return;
	}
	fake_text_append(&record->text,
	    record->open[record->depth - 1] == '[' ? "]" : "}", 1);
	record->depth--;
	record->comma = true;
	forget_keys(record);
}

/* The handle stays, to be told from a living one. */
static void forget(struct tcpflow_record *record)
{
	record->call->records--;
	record->call = NULL;
	record->depth = 0;
	forget_keys(record);
	free(record->keys);
	record->keys = NULL;
	fake_text_free(&record->text);
}

static int32_t write_out(struct tcpflow_record *record)
{
	struct fake_host *host = record->host;

	fake_text_append(&record->text, "}", 1);
	if (record->into != NULL)
		return fake_sink_append(record->into, record->scope,
		    record->text.data, record->text.length);
	if (fake_trap(&host->calls))
		return TCPFLOW_ENOMEM;
	fake_text_append(&host->lines, record->text.data, record->text.length);
	fake_text_append(&host->lines, "\n", 1);
	return TCPFLOW_OK;
}

static int32_t record_commit(struct tcpflow_record *record)
{
	int32_t result;

	if (record == NULL)
		return TCPFLOW_OK;
	check_record(record, "record->commit");
	if (record->depth != 1)
		refuse(record, "commit, but an object or array is open");
	result = record->failed ? TCPFLOW_EINVAL : write_out(record);
	forget(record);
	return result;
}

static void record_abandon(struct tcpflow_record *record)
{
	if (record == NULL)
		return;
	check_record(record, "record->abandon");
	forget(record);
}

void fake_record_put(
    struct tcpflow_record *record, const char *key, const char *text)
{
	record_str(record, key, text, strlen(text));
}

void fake_records_free(struct fake_host *host)
{
	while (host->record_handles != NULL) {
		struct tcpflow_record *record = host->record_handles;

		host->record_handles = record->older;
		fake_take_back(record, sizeof(*record));
	}
}

const struct tcpflow_record_api fake_record_api = {
    .struct_size = sizeof(fake_record_api),
    .begin = record_begin,
    .str = record_str,
    .hex = record_hex,
    .u64 = record_u64,
    .i64 = record_i64,
    .f64 = record_f64,
    .time = record_time,
    .boolean = record_boolean,
    .object = record_object,
    .array = record_array,
    .end = record_end,
    .commit = record_commit,
    .abandon = record_abandon,
};
