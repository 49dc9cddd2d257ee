/* SPDX-License-Identifier: BSD-2-Clause */
/* The record service: plugins build a record from left to right, and it is one
 * line of --json.  The envelope is the host's. */
#include <stdlib.h>

#include "core/host/private.h"

#define RECORD_MAGIC 0x7265636fu
#define ROOM_KEPT (64u << 10)

struct tcpflow_record {
	uint32_t magic;
	struct tcpflow_scope *scope;
	struct json json;
	struct tcpflow_sink *into;   /* SHARED; NULL: the file of records */
	struct tcpflow_record *next; /* of those not in use             */
};

static struct records *records_of(const struct tcpflow_scope *scope)
{
	return scope->worker != NULL ? scope->worker->config.records
				     : scope->plugin->host->outlets.records;
}

static void count_dropped(const struct tcpflow_scope *scope)
{
	struct counters *counters = scope->worker != NULL
	    ? scope->worker->config.counters
	    : scope->plugin->host->outlets.counters;

	if (counters != NULL)
		counters->value[COUNTER_RECORDS_DROPPED]++;
}

/* The worker's builders are used again; the run has few records. */
static struct tcpflow_record *take(struct tcpflow_scope *scope)
{
	struct host_worker *worker = scope->worker;
	struct tcpflow_record *record = worker != NULL ? worker->builders
						       : NULL;

	if (record != NULL)
		worker->builders = record->next;
	else
		record = calloc(1, sizeof(*record));
	if (record == NULL)
		return NULL;
	record->magic = RECORD_MAGIC;
	record->scope = scope;
	return record;
}

static void give_back(struct tcpflow_record *record)
{
	struct host_worker *worker = record->scope->worker;

	record->magic = 0;
	if (worker == NULL) {
		json_free(&record->json);
		free(record);
		return;
	}
	if (record->json.out.room > ROOM_KEPT)
		json_free(&record->json);
	record->next = worker->builders;
	worker->builders = record;
}

static void append_envelope(
    struct tcpflow_record *record, const struct tcpflow_record_spec *spec)
{
	struct stream *stream = record->scope->stream;
	struct json *json = &record->json;

	json_begin(json);
	if (spec->flags & TCPFLOW_RECORD_BARE)
		return;
	json_u64(json, "v", 1);
	json_text(json, "type", spec->type);
	json_time(json, "ts", (int64_t)spec->ts_ns);
	if (stream == NULL)
		return;
	envelope_append_stream(json, stream);
	if (spec->first_packet != 0 && spec->last_packet != 0) {
		json_array(json, "packets");
		json_u64(json, NULL, spec->first_packet);
		json_u64(json, NULL, spec->last_packet);
		json_end(json);
	}
}

static bool spec_is_right(
    const struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	bool bare;

	if (!TCPFLOW_HAS(spec, struct tcpflow_record_spec, into) ||
	    spec->flags & ~TCPFLOW_RECORD_BARE)
		return false;
	bare = (spec->flags & TCPFLOW_RECORD_BARE) != 0;
	if (spec->into == NULL)
		return !bare && spec->type != NULL;
	return (bare || spec->type != NULL) &&
	    service_sink_takes_records(spec->into, scope);
}

static bool is_wanted(
    const struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	return spec->into != NULL ? !service_sink_swallows(spec->into)
				  : records_of(scope) != NULL;
}

static struct tcpflow_record *record_begin(
    struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	struct tcpflow_record *record;

	magic_check(scope, SCOPE_MAGIC);
	if (!spec_is_right(scope, spec)) {
		service_log(scope, TCPFLOW_LOG_WARN,
		    "a record was asked for that this tcpflow does not have");
		return NULL;
	}
	if (!is_wanted(scope, spec))
		return NULL;
	record = take(scope);
	if (record == NULL) {
		count_dropped(scope);
		return NULL;
	}
	record->into = spec->into;
	append_envelope(record, spec);
	return record;
}

struct json *service_record_json(struct tcpflow_record *record)
{
	if (record == NULL)
		return NULL;
	magic_check(record, RECORD_MAGIC);
	return &record->json;
}

static void record_str(struct tcpflow_record *record, const char *key,
    const void *bytes, size_t length)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_bytes(json, key, bytes, length);
}

static void record_hex(struct tcpflow_record *record, const char *key,
    const void *bytes, size_t length)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_hex(json, key, bytes, length);
}

static void record_u64(
    struct tcpflow_record *record, const char *key, uint64_t value)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_u64(json, key, value);
}

static void record_i64(
    struct tcpflow_record *record, const char *key, int64_t value)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_i64(json, key, value);
}

static void record_f64(
    struct tcpflow_record *record, const char *key, double value)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_f64(json, key, value);
}

static void record_time(
    struct tcpflow_record *record, const char *key, int64_t ns)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_time(json, key, ns);
}

static void record_boolean(
    struct tcpflow_record *record, const char *key, int32_t value)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_boolean(json, key, value != 0);
}

static void record_object(struct tcpflow_record *record, const char *key)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_object(json, key);
}

static void record_array(struct tcpflow_record *record, const char *key)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_array(json, key);
}

static void record_end(struct tcpflow_record *record)
{
	struct json *json = service_record_json(record);

	if (json != NULL)
		json_end(json);
}

/* The finished line goes where it belongs. */
static int32_t deliver(const struct tcpflow_record *record)
{
	const struct buffer *line = &record->json.out;

	if (record->into != NULL)
		return service_sink_append(
		    record->into, record->scope, line->bytes, line->length);
	records_put(records_of(record->scope), line->bytes, line->length);
	return TCPFLOW_OK;
}

static int32_t record_commit(struct tcpflow_record *record)
{
	struct json *json = service_record_json(record);
	int32_t result;

	if (json == NULL)
		return TCPFLOW_OK;
	if (json->misuse || json->depth != 1) {
		service_log(record->scope, TCPFLOW_LOG_WARN,
		    "a record was not built as JSON is; it is left out");
		result = TCPFLOW_EINVAL;
	} else {
		result = json_end_all(json) ? deliver(record) : TCPFLOW_ENOMEM;
	}
	if (result != TCPFLOW_OK)
		count_dropped(record->scope);
	give_back(record);
	return result;
}

static void record_abandon(struct tcpflow_record *record)
{
	if (service_record_json(record) != NULL)
		give_back(record);
}

void service_record_end(struct host_worker *worker)
{
	while (worker->builders != NULL) {
		struct tcpflow_record *record = worker->builders;

		worker->builders = record->next;
		json_free(&record->json);
		free(record);
	}
}

const struct tcpflow_record_api service_record = {
    .struct_size = sizeof(service_record),
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
