/* SPDX-License-Identifier: BSD-2-Clause */
/* Records and digests of the fake host: stricter than a host is, so that a
 * plugin hears of each mistake.  A digest is shown as the number of its bytes
 * and their sum. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/plugin/fake_private.h"

#define DEPTH_MOST 32
#define KEYS_MOST 256

struct tcpflow_record {
	struct fake_host *host;
	struct tcpflow_scope *scope;
	struct tcpflow_sink *into;   /* SHARED; NULL: the records       */
	struct tcpflow_record *next; /* of those not committed          */
	struct fake_text text;
	char open[DEPTH_MOST]; /* '{' or '['                      */
	size_t depth;
	bool comma;
	char *keys[KEYS_MOST]; /* of all that is open             */
	size_t key_depth[KEYS_MOST];
	size_t key_count;
};

struct tcpflow_digest {
	struct fake_host *host;
	uint64_t length;
	uint64_t sum;
	bool put;
};

static void check_in_callback(const struct fake_host *host, const char *what)
{
	if (host->callback == NULL)
		fake_fail("%s is called outside of any callback", what);
}

static void put_string(struct fake_text *text, const void *ptr, size_t length)
{
	const uint8_t *bytes = ptr;

	fake_text_append(text, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			fake_text_printf(text, "\\%c", bytes[i]);
		else if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			fake_text_printf(text, "\\x%02x", bytes[i]);
		else
			fake_text_append(text, &bytes[i], 1);
	}
	fake_text_append(text, "\"", 1);
}

static void remember_key(struct tcpflow_record *record, const char *key)
{
	for (size_t i = 0; i < record->key_count; i++) {
		if (record->key_depth[i] == record->depth &&
		    strcmp(record->keys[i], key) == 0)
			fake_fail("record: \"%s\" is twice in one object", key);
	}
	if (record->key_count == KEYS_MOST)
		fake_fail("record: more keys than the fake host can keep");
	record->keys[record->key_count] = strdup(key);
	record->key_depth[record->key_count++] = record->depth;
}

/* What stands in front of a value. */
static void lead(struct tcpflow_record *record, const char *key)
{
	bool in_array = record->open[record->depth - 1] == '[';

	check_in_callback(record->host, "record");
	if (in_array && key != NULL)
		fake_fail("record: key \"%s\" in an array", key);
	if (!in_array && (key == NULL || *key == '\0'))
		fake_fail("record: a value without a key in an object");
	if (record->comma)
		fake_text_append(&record->text, ",", 1);
	record->comma = true;
	if (key == NULL)
		return;
	remember_key(record, key);
	put_string(&record->text, key, strlen(key));
	fake_text_append(&record->text, ":", 1);
}

static struct tcpflow_record *record_begin(
    struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	struct fake_host *host = fake_check(scope, "record->begin", false);
	struct tcpflow_record *record;
	bool bare;

	if (!TCPFLOW_HAS(spec, struct tcpflow_record_spec, into))
		fake_fail("record->begin: struct_size is not set");
	bare = (spec->flags & TCPFLOW_RECORD_BARE) != 0;
	if (spec->flags & ~TCPFLOW_RECORD_BARE)
		fake_fail("record->begin: unknown flags");
	if (bare && spec->into == NULL)
		fake_fail("record->begin: BARE without into");
	if (spec->into != NULL && !fake_sink_is_shared(spec->into))
		fake_fail("record->begin: into a sink that is not SHARED");
	if (!bare && spec->type == NULL)
		fake_fail("record->begin: a record has a type");
	if (spec->first_packet > spec->last_packet)
		fake_fail("record->begin: packets end before they begin");
	host->records++;
	if (!(host->outputs &
		(spec->into != NULL ? TCPFLOW_OUT_FILES : TCPFLOW_OUT_RECORDS)))
		return NULL;
	record = fake_allocate(sizeof(*record));
	record->host = host;
	record->scope = scope;
	record->into = spec->into;
	record->next = host->open_records;
	host->open_records = record;
	record->open[record->depth++] = '{';
	if (bare) {
		fake_text_append(&record->text, "{", 1);
		return record;
	}
	fake_text_printf(&record->text, "{\"type\":\"%s\"", spec->type);
	record->comma = true;
	if (spec->first_packet != 0)
		fake_text_printf(&record->text,
		    ",\"packets\":[%" PRIu64 ",%" PRIu64 "]",
		    spec->first_packet, spec->last_packet);
	return record;
}

static void record_str(struct tcpflow_record *record, const char *key,
    const void *ptr, size_t length)
{
	if (record == NULL)
		return;
	lead(record, key);
	if (ptr == NULL && length > 0)
		fake_fail("record->str: \"%s\" has no bytes", key);
	put_string(&record->text, ptr, length);
}

static void record_hex(struct tcpflow_record *record, const char *key,
    const void *ptr, size_t length)
{
	const uint8_t *bytes = ptr;

	if (record == NULL)
		return;
	lead(record, key);
	fake_text_append(&record->text, "\"", 1);
	for (size_t i = 0; i < length; i++)
		fake_text_printf(&record->text, "%02x", bytes[i]);
	fake_text_append(&record->text, "\"", 1);
}

static void record_u64(
    struct tcpflow_record *record, const char *key, uint64_t value)
{
	if (record == NULL)
		return;
	lead(record, key);
	fake_text_printf(&record->text, "%" PRIu64, value);
}

static void record_i64(
    struct tcpflow_record *record, const char *key, int64_t value)
{
	if (record == NULL)
		return;
	lead(record, key);
	fake_text_printf(&record->text, "%" PRId64, value);
}

static void record_f64(
    struct tcpflow_record *record, const char *key, double value)
{
	if (record == NULL || !isfinite(value))
		return;
	lead(record, key);
	fake_text_printf(&record->text, "%g", value);
}

static void record_boolean(
    struct tcpflow_record *record, const char *key, int32_t value)
{
	if (record == NULL)
		return;
	lead(record, key);
	fake_text_printf(&record->text, "%s", value ? "true" : "false");
}

static void open_level(
    struct tcpflow_record *record, const char *key, const char *bracket)
{
	lead(record, key);
	if (record->depth == DEPTH_MOST)
		fake_fail("record: nested too deeply");
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
	    record->key_depth[record->key_count - 1] > record->depth)
		free(record->keys[--record->key_count]);
}

static void record_end(struct tcpflow_record *record)
{
	if (record == NULL)
		return;
	if (record->depth == 1)
		fake_fail("record->end: nothing is open");
	fake_text_append(&record->text,
	    record->open[record->depth - 1] == '[' ? "]" : "}", 1);
	record->depth--;
	record->comma = true;
	forget_keys(record);
}

static void forget(struct tcpflow_record *record)
{
	struct tcpflow_record **place = &record->host->open_records;

	while (*place != record)
		place = &(*place)->next;
	*place = record->next;
	record->depth = 0;
	forget_keys(record);
	free(record->text.data);
	free(record);
}

static int32_t record_commit(struct tcpflow_record *record)
{
	int32_t result = TCPFLOW_OK;

	if (record == NULL)
		return TCPFLOW_OK;
	check_in_callback(record->host, "record->commit");
	if (record->depth != 1)
		fake_fail("record->commit: an object or array is open");
	fake_text_append(&record->text, "}", 1);
	if (record->into != NULL) {
		result = fake_sink_append(record->into, record->scope,
		    record->text.data, record->text.length);
	} else {
		fake_text_append(&record->host->lines, record->text.data,
		    record->text.length);
		fake_text_append(&record->host->lines, "\n", 1);
	}
	forget(record);
	return result;
}

static void record_abandon(struct tcpflow_record *record)
{
	if (record != NULL)
		forget(record);
}

void fake_records_check(const struct fake_host *host, const char *callback)
{
	if (host->open_records != NULL)
		fake_fail("%s leaves a record open", callback);
}

const struct tcpflow_record_api fake_record_api = {
    .struct_size = sizeof(fake_record_api),
    .begin = record_begin,
    .str = record_str,
    .hex = record_hex,
    .u64 = record_u64,
    .i64 = record_i64,
    .f64 = record_f64,
    .time = record_i64,
    .boolean = record_boolean,
    .object = record_object,
    .array = record_array,
    .end = record_end,
    .commit = record_commit,
    .abandon = record_abandon,
};

static struct tcpflow_digest *digest_open(struct tcpflow_scope *scope)
{
	struct fake_host *host = fake_check(scope, "digest->open", false);
	struct tcpflow_digest *digest;

	host->digests++;
	if (!host->wants_digests)
		return NULL;
	digest = fake_allocate(sizeof(*digest));
	digest->host = host;
	host->digests_open++;
	return digest;
}

static void digest_update(
    struct tcpflow_digest *digest, const void *ptr, size_t length)
{
	const uint8_t *bytes = ptr;

	if (digest == NULL)
		return;
	if (digest->put)
		fake_fail("digest->update: it was put already");
	digest->length += length;
	for (size_t i = 0; i < length; i++)
		digest->sum += bytes[i];
}

static void digest_put(
    struct tcpflow_digest *digest, struct tcpflow_record *record)
{
	if (digest == NULL || record == NULL)
		return;
	if (digest->put)
		fake_fail("digest->put: it was put already");
	digest->put = true;
	lead(record, "digest");
	fake_text_printf(&record->text, "\"%" PRIu64 ":%" PRIu64 "\"",
	    digest->length, digest->sum);
}

static void digest_close(struct tcpflow_digest *digest)
{
	if (digest == NULL)
		return;
	digest->host->digests_open--;
	free(digest);
}

const struct tcpflow_digest_api fake_digest_api = {
    .struct_size = sizeof(fake_digest_api),
    .open = digest_open,
    .update = digest_update,
    .put = digest_put,
    .close = digest_close,
};
