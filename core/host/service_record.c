/* SPDX-License-Identifier: BSD-2-Clause */
/* The record service: plugins build a record from left to right, and it is one
 * line of --json.  The envelope is the host's. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/host/private.h"

#define RECORD_MAGIC 0x7265636fu
#define ROOM_KEPT (64u << 10)

struct tcpflow_record {
	uint32_t magic;
	struct tcpflow_scope *scope;
	struct json json;
	struct plugin_call *call;    /* that began it                   */
	struct tcpflow_sink *into;   /* SHARED; NULL: the file of records */
	struct tcpflow_record *next; /* of those that the call has begun, */
				     /* or of those not in use          */
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
	record->call = plugin_call_now;
	record->next = record->call->records;
	record->call->records = record;
	return record;
}

static void give_back(struct tcpflow_record *record)
{
	struct host_worker *worker = record->scope->worker;
	struct tcpflow_record **at = &record->call->records;

	while (*at != record)
		at = &(*at)->next;
	*at = record->next;
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
	json_reserve(json, record->scope->worker->envelope_keys, ENVELOPE_KEYS);
}

/* What is wrong with it; NULL: nothing. */
static const char *mistake(
    const struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	bool bare;

	if (!TCPFLOW_HAS(spec, struct tcpflow_record_spec, into))
		return "no spec, or one without struct_size";
	bare = (spec->flags & TCPFLOW_RECORD_BARE) != 0;
	if (bare && spec->into == NULL)
		return "BARE without into";
	if (!bare && spec->type == NULL)
		return "a record has a type";
	if (spec->into != NULL && !service_sink_is_shared(spec->into, scope))
		return "into what is no SHARED sink of this plugin";
	return NULL;
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
	const char *wrong;

	if (!plugin_may(scope, "record->begin"))
		return NULL;
	wrong = mistake(scope, spec);
	if (wrong != NULL) {
		plugin_misuse(scope, "record->begin", wrong);
		return NULL;
	}
	if (spec->flags & ~TCPFLOW_RECORD_BARE) {
		service_log(scope, TCPFLOW_LOG_WARN,
		    "this tcpflow has no records with flags 0x%" PRIx32,
		    spec->flags);
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

static struct json *refuse(const struct tcpflow_record *record)
{
	if (plugin_call_now == NULL)
		plugin_refuse(record->scope, "record");
	else if (record->magic != RECORD_MAGIC)
		plugin_misuse(NULL, "record", "a record that is over");
	else
		plugin_misuse(NULL, "record",
		    "a record that was begun in another callback");
	return NULL;
}

struct json *service_record_json(struct tcpflow_record *record)
{
	if (record == NULL)
		return NULL;
	/* A callback is one of one plugin, on one thread. */
	if (record->magic != RECORD_MAGIC || record->call != plugin_call_now)
		return refuse(record);
	return &record->json;
}

/* Bytes of a value; there may be none. */
static struct json *for_bytes(
    struct tcpflow_record *record, const void *bytes, size_t length)
{
	struct json *json = service_record_json(record);

	if (json == NULL || bytes != NULL || length == 0)
		return json;
	json->misuse = true;
	return NULL;
}

static void record_str(struct tcpflow_record *record, const char *key,
    const void *bytes, size_t length)
{
	struct json *json = for_bytes(record, bytes, length);

	if (json != NULL)
		json_bytes(json, key, bytes, length);
}

static void record_hex(struct tcpflow_record *record, const char *key,
    const void *bytes, size_t length)
{
	struct json *json = for_bytes(record, bytes, length);

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
		return service_sink_append(record->into, record->scope, line);
	if (record->scope->worker == NULL)
		records_put(
		    records_of(record->scope), line->bytes, line->length);
	else if (!worker_put(record->scope->worker,
		     records_outlet(records_of(record->scope)),
		     scope_flow(record->scope), 0, line))
		return TCPFLOW_ENOMEM;
	return TCPFLOW_OK;
}

static int32_t record_commit(struct tcpflow_record *record)
{
	struct json *json = service_record_json(record);
	int32_t result;

	if (json == NULL)
		return record == NULL ? TCPFLOW_OK : TCPFLOW_EINVAL;
	if (json->misuse || json->depth != 1) {
		plugin_misuse(record->scope, "record->commit",
		    "the record was not built as JSON is, or has a key twice");
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

void service_record_forgotten(struct plugin_call *call)
{
	while (call->records != NULL) {
		plugin_misuse(call->records->scope, "record->begin",
		    "a record was neither committed nor abandoned in the "
		    "callback that began it");
		count_dropped(call->records->scope);
		give_back(call->records);
	}
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
