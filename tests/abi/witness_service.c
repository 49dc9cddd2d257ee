/* SPDX-License-Identifier: BSD-2-Clause */
/* The witness's use of services.  Specifications are those of the headers it
 * was built with: a host may find them larger than it knows. */
#include "tests/abi/witness.h"

#include <string.h>

#define BEHIND 64 /* bytes that a host may not touch */
#define UNTOUCHED 0xa5

/* A result, and what is behind it. */
union result {
	struct tcpflow_sink_result result;
	uint8_t bytes[sizeof(struct tcpflow_sink_result) + BEHIND];
};

#define NEED(p, m) \
	if ((p)->m == NULL) \
	return #p "->" #m

static const char *missing_output(const struct tcpflow_host *host)
{
	const struct tcpflow_sink_api *sink = host->sink;
	const struct tcpflow_console_api *console = host->console;

	if (!TCPFLOW_HAS(sink, struct tcpflow_sink_api, finish) ||
	    !TCPFLOW_HAS(console, struct tcpflow_console_api, columns))
		return "table";
	NEED(console, put);
	NEED(console, columns);
	NEED(sink, open);
	NEED(sink, write);
	NEED(sink, pwrite);
	NEED(sink, append);
	NEED(sink, path);
	NEED(sink, finish);
	return NULL;
}

static const char *missing_record(const struct tcpflow_host *host)
{
	const struct tcpflow_record_api *record = host->record;
	const struct tcpflow_digest_api *digest = host->digest;

	if (!TCPFLOW_HAS(record, struct tcpflow_record_api, abandon) ||
	    !TCPFLOW_HAS(digest, struct tcpflow_digest_api, close))
		return "table";
	NEED(record, begin);
	NEED(record, str);
	NEED(record, hex);
	NEED(record, u64);
	NEED(record, i64);
	NEED(record, f64);
	NEED(record, time);
	NEED(record, boolean);
	NEED(record, object);
	NEED(record, array);
	NEED(record, end);
	NEED(record, commit);
	NEED(record, abandon);
	NEED(digest, open);
	NEED(digest, update);
	NEED(digest, put);
	NEED(digest, close);
	return NULL;
}

static const char *missing_child(const struct tcpflow_host *host)
{
	const struct tcpflow_child_api *child = host->child;

	if (!TCPFLOW_HAS(child, struct tcpflow_child_api, close))
		return "table";
	NEED(child, open);
	NEED(child, data);
	NEED(child, gap);
	NEED(child, eof);
	NEED(child, close);
	return NULL;
}

const char *missing_service(const struct tcpflow_host *host)
{
	const char *missing;

	if (!TCPFLOW_HAS(host, struct tcpflow_host, stop))
		return "host";
	NEED(host, version);
	NEED(host, log);
	NEED(host, count);
	NEED(host, hold);
	NEED(host, release);
	NEED(host, parse_u64);
	NEED(host, parse_flag);
	NEED(host, wake_at);
	NEED(host, outputs);
	NEED(host, stop);
	missing = missing_output(host);
	if (missing == NULL)
		missing = missing_record(host);
	return missing != NULL ? missing : missing_child(host);
}

int offers_later(const struct tcpflow_host *host)
{
	return CAN_LATER(host, struct tcpflow_host) ||
	    CAN_LATER(host->sink, struct tcpflow_sink_api) ||
	    CAN_LATER(host->console, struct tcpflow_console_api) ||
	    CAN_LATER(host->record, struct tcpflow_record_api) ||
	    CAN_LATER(host->child, struct tcpflow_child_api) ||
	    CAN_LATER(host->digest, struct tcpflow_digest_api);
}

void try_parsers(const struct voice *voice, const char *key, const char *value,
    uint64_t *number, int32_t *flag)
{
	const struct tcpflow_host *host = voice->host;

	if (strcmp(key, "number") == 0)
		host->parse_u64(voice->scope, key, value, 1, 1u << 20, number);
	else
		host->parse_flag(voice->scope, key, value, flag);
}

/* Files. */

static struct tcpflow_sink_spec sink_spec(uint32_t flags, uint32_t dir)
{
	return (struct tcpflow_sink_spec){
	    .struct_size = sizeof(struct tcpflow_sink_spec),
	    .flags = flags,
	    .dir = dir,
	    .label = "witness",
	    .suffix = dir == TCPFLOW_C2S ? ".c2s" : ".s2c",
	    .name_hint = {"../hint", 7},
	    .size_hint = 1000,
	    AND_LATER};
}

struct tcpflow_sink *open_sink(const struct voice *voice, uint32_t dir)
{
	struct tcpflow_sink_spec spec = sink_spec(
	    dir == TCPFLOW_S2C ? TCPFLOW_SINK_SPARSE : TCPFLOW_SINK_UNCAPPED,
	    dir);
	struct tcpflow_sink *sink = NULL;
	int32_t result = voice->host->sink->open(voice->scope, &spec, &sink);

	tell(voice, dir, "sink->open: %" PRId32, result);
	expect(voice, result == TCPFLOW_OK && sink != NULL, "no sink");
	if (sink != NULL)
		tell(voice, dir, "sink->append: %" PRId32,
		    voice->host->sink->append(sink, voice->scope, "piece", 5));
	return sink;
}

void store(const struct voice *voice, struct tcpflow_sink *sink,
    const struct tcpflow_chunk *chunk)
{
	const struct tcpflow_sink_api *api = voice->host->sink;
	int32_t result;

	if (sink == NULL)
		return;
	/* One byte more in front: of a hole, in one of the files. */
	if (chunk->dir == TCPFLOW_S2C)
		result = api->pwrite(
		    sink, chunk->offset + 1, chunk->bytes, chunk->len);
	else
		result = api->write(sink, chunk->bytes, chunk->len);
	tell(voice, chunk->dir, "stored: %" PRId32 " in %s", result,
	    api->path(sink) != NULL ? api->path(sink) : "nothing");
}

/* The host writes into what it is given, and not behind it. */
static void expect_untouched(
    const struct voice *voice, const union result *result, size_t from)
{
	for (size_t i = from; i < sizeof(result->bytes); i++)
		if (result->bytes[i] != UNTOUCHED) {
			expect(voice, 0, "it writes behind a result");
			return;
		}
}

/* The result has the first `size` bytes of what we know. */
static void finish_with(const struct voice *voice, struct tcpflow_sink *sink,
    const struct tcpflow_sink_finish *how, uint32_t dir, size_t size)
{
	union result room;
	struct tcpflow_sink_result *result = &room.result;
	int32_t status;

	memset(&room, UNTOUCHED, sizeof(room));
	result->struct_size = (uint32_t)size;
	status = voice->host->sink->finish(sink, how, result);
	tell(voice, dir, "sink->finish: %" PRId32, status);
	expect_untouched(voice, &room, size);
	expect(voice, result->struct_size == size, "it sets our struct_size");
	if (!TCPFLOW_HAS(result, struct tcpflow_sink_result, bytes))
		return;
	tell(voice, dir, "  flags %" PRIx32 ", %" PRIu64 " bytes in %s",
	    result->flags, result->bytes,
	    result->path != NULL ? result->path : "nothing");
	if (result->flags & TCPFLOW_SINK_HASHED)
		tell(voice, dir, "  sum of its hash %016" PRIx64,
		    sum_bytes(SUM_START, result->sha256, 32));
}

void finish_sink(
    const struct voice *voice, struct tcpflow_sink *sink, uint32_t dir)
{
	const struct tcpflow_sink_finish how = {.struct_size = sizeof(how),
	    .flags = TCPFLOW_SINK_PARTIAL,
	    .suffix = ".end",
	    .name_hint = {"hint", 4},
	    AND_LATER};

	if (sink == NULL)
		return;
	if (dir == TCPFLOW_C2S)
		finish_with(
		    voice, sink, &how, dir, sizeof(struct tcpflow_sink_result));
	else
		finish_with(voice, sink, NULL, dir,
		    offsetof(struct tcpflow_sink_result, sha256));
}

static void try_unknown_sinks(const struct voice *voice)
{
	const struct tcpflow_sink_api *api = voice->host->sink;
	struct tcpflow_sink_spec spec = sink_spec(
	    UNKNOWN_BIT, TCPFLOW_DIR_NONE);
	struct tcpflow_sink *sink = NULL;
	struct tcpflow_sink_finish how = {.struct_size = sizeof(how),
	    .flags = TCPFLOW_SINK_DISCARD | UNKNOWN_BIT,
	    AND_LATER};

	expect(voice,
	    api->open(voice->scope, &spec, &sink) == TCPFLOW_ENOSYS &&
		sink == NULL,
	    "a sink with an unknown flag");
	spec.flags = 0;
	api->open(voice->scope, &spec, &sink);
	expect(voice, api->finish(sink, &how, NULL) == TCPFLOW_ENOSYS,
	    "an end of a sink with an unknown flag");
	expect(voice, api->finish(NULL, NULL, NULL) == TCPFLOW_OK,
	    "the end of no sink");
}

/* Inner streams: certain ones, and some that are offered to all. */

static const struct tcpflow_addr elsewhere = {
    .ip = {192, 0, 2, 99},
    .port = 99,
    .family = 4,
};

struct tcpflow_child *open_child(
    const struct voice *voice, const struct tcpflow_stream_info *info)
{
	const struct tcpflow_attr attr = {"abi", {"one", 3}};
	struct tcpflow_child_spec spec = {.struct_size = sizeof(spec),
	    .flags = TCPFLOW_CHILD_CERTAIN | TCPFLOW_CHILD_SYNTHETIC,
	    .layer = "inner",
	    .protocol = "witness",
	    .attrs = &attr,
	    .nattrs = 1,
	    AND_LATER};
	struct tcpflow_child *child = NULL;
	int32_t result;

	if (info->flow_id % 2 == 0) {
		spec.flags = TCPFLOW_CHILD_REVERSED;
		spec.client = &elsewhere;
		spec.server_name = (struct tcpflow_slice){"inner.example", 13};
	}
	result = voice->host->child->open(voice->scope, &spec, &child);
	tell(voice, TCPFLOW_DIR_NONE, "child->open: %" PRId32, result);
	expect(voice, result == TCPFLOW_OK && child != NULL, "no child");
	return child;
}

void feed_data(const struct voice *voice, struct tcpflow_child *child,
    const struct tcpflow_chunk *chunk)
{
	struct tcpflow_chunk inner = {.struct_size = sizeof(inner),
	    .dir = chunk->dir,
	    .bytes = chunk->bytes,
	    .len = chunk->len,
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	    .first_packet = chunk->first_packet,
	    AND_LATER};
	const struct tcpflow_gap gap = {.struct_size = sizeof(gap),
	    .dir = chunk->dir,
	    .len = 5,
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	    .reason = TCPFLOW_GAP_DECODER,
	    AND_LATER};

	if (child == NULL)
		return;
	if (chunk->dir == TCPFLOW_S2C && chunk->offset == 0)
		tell(voice, chunk->dir, "child->gap: %" PRId32,
		    voice->host->child->gap(child, &gap));
	tell(voice, chunk->dir, "child->data: %" PRId32,
	    voice->host->child->data(child, &inner));
}

static struct tcpflow_end inner_end(const struct tcpflow_end *end)
{
	return (struct tcpflow_end){.struct_size = sizeof(struct tcpflow_end),
	    .dir = end->dir,
	    .reason = end->reason,
	    .ts_ns = end->ts_ns,
	    .packet = end->packet,
	    AND_LATER};
}

void feed_end(const struct voice *voice, struct tcpflow_child *child,
    const struct tcpflow_end *end)
{
	const struct tcpflow_end inner = inner_end(end);

	if (child != NULL)
		tell(voice, end->dir, "child->eof: %" PRId32,
		    voice->host->child->eof(child, &inner));
}

void close_child(const struct voice *voice, struct tcpflow_child *child,
    const struct tcpflow_end *end)
{
	const struct tcpflow_end inner = inner_end(end);

	if (child != NULL)
		voice->host->child->close(child, &inner);
}

/* Records. */

static struct tcpflow_record_spec record_spec(uint64_t ts_ns, uint64_t packet)
{
	return (struct tcpflow_record_spec){
	    .struct_size = sizeof(struct tcpflow_record_spec),
	    .ts_ns = ts_ns,
	    .first_packet = packet,
	    .last_packet = packet,
	    .type = "witness",
	    AND_LATER};
}

void put_record(const struct voice *voice, uint64_t ts_ns, uint64_t packet,
    struct tcpflow_digest *digest)
{
	const struct tcpflow_record_api *api = voice->host->record;
	struct tcpflow_record_spec spec = record_spec(ts_ns, packet);
	struct tcpflow_record *record;

	api->abandon(api->begin(voice->scope, &spec));
	record = api->begin(voice->scope, &spec);
	api->str(record, "str", "text \xff", 6);
	api->hex(record, "hex", "\x01\x02", 2);
	api->u64(record, "u64", UINT64_MAX);
	api->i64(record, "i64", INT64_MIN);
	api->f64(record, "f64", 1.5);
	api->time(record, "time", 1500000000);
	api->boolean(record, "boolean", 1);
	api->object(record, "object");
	api->u64(record, "inside", 1);
	api->end(record);
	api->array(record, "array");
	api->str(record, NULL, "a", 1);
	api->u64(record, NULL, 2);
	api->end(record);
	api->object(record, "digest");
	voice->host->digest->put(digest, record);
	api->end(record);
	tell(voice, TCPFLOW_DIR_NONE, "record->commit: %" PRId32,
	    api->commit(record));
}

void try_unknown_flags(const struct voice *voice)
{
	const struct tcpflow_span span = {
	    "no", 2, TCPFLOW_ROLE_TEXT, UNKNOWN_BIT};
	struct tcpflow_record_spec record = record_spec(0, 0);
	const struct tcpflow_child_spec child_spec = {
	    .struct_size = sizeof(child_spec),
	    .flags = UNKNOWN_BIT,
	    .layer = "inner",
	    AND_LATER};
	struct tcpflow_child *child = NULL;
	const struct tcpflow_host *host = voice->host;

	try_unknown_sinks(voice);
	expect(voice,
	    host->child->open(voice->scope, &child_spec, &child) ==
		    TCPFLOW_ENOSYS &&
		child == NULL,
	    "a child with an unknown flag");
	record.flags = UNKNOWN_BIT;
	expect(voice, host->record->begin(voice->scope, &record) == NULL,
	    "a record with an unknown flag");
	expect(voice,
	    host->console->put(voice->scope, TCPFLOW_DIR_NONE, &span, 1) ==
		TCPFLOW_ENOSYS,
	    "a span with an unknown flag");
}
