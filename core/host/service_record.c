/* SPDX-License-Identifier: BSD-2-Clause */
/* Records, digests and child streams.  Nobody can ask for records or digests
 * yet, so there are none, which the tables provide for: begin and open answer
 * NULL, and every function takes NULL.  Child streams are not offered. */
#include "core/host/private.h"

static struct tcpflow_record *record_begin(
    struct tcpflow_scope *scope, const struct tcpflow_record_spec *spec)
{
	(void)spec;
	magic_check(scope, SCOPE_MAGIC);
	return NULL;
}

static void record_bytes(struct tcpflow_record *record, const char *key,
    const void *bytes, size_t length)
{
	(void)key;
	(void)bytes;
	(void)length;
	assert(record == NULL);
}

static void record_u64(
    struct tcpflow_record *record, const char *key, uint64_t value)
{
	(void)key;
	(void)value;
	assert(record == NULL);
}

static void record_i64(
    struct tcpflow_record *record, const char *key, int64_t value)
{
	(void)key;
	(void)value;
	assert(record == NULL);
}

static void record_f64(
    struct tcpflow_record *record, const char *key, double value)
{
	(void)key;
	(void)value;
	assert(record == NULL);
}

static void record_boolean(
    struct tcpflow_record *record, const char *key, int32_t value)
{
	(void)key;
	(void)value;
	assert(record == NULL);
}

static void record_key(struct tcpflow_record *record, const char *key)
{
	(void)key;
	assert(record == NULL);
}

static void record_end(struct tcpflow_record *record)
{
	assert(record == NULL);
}

static int32_t record_commit(struct tcpflow_record *record)
{
	assert(record == NULL);
	return TCPFLOW_OK;
}

const struct tcpflow_record_api service_record = {
    .struct_size = sizeof(service_record),
    .begin = record_begin,
    .str = record_bytes,
    .hex = record_bytes,
    .u64 = record_u64,
    .i64 = record_i64,
    .f64 = record_f64,
    .time = record_i64,
    .boolean = record_boolean,
    .object = record_key,
    .array = record_key,
    .end = record_end,
    .commit = record_commit,
    .abandon = record_end,
};

static struct tcpflow_digest *digest_open(struct tcpflow_scope *scope)
{
	magic_check(scope, SCOPE_MAGIC);
	return NULL;
}

static void digest_update(
    struct tcpflow_digest *digest, const void *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	assert(digest == NULL);
}

static void digest_put(
    struct tcpflow_digest *digest, struct tcpflow_record *record)
{
	(void)record;
	assert(digest == NULL);
}

static void digest_close(struct tcpflow_digest *digest)
{
	assert(digest == NULL);
}

const struct tcpflow_digest_api service_digest = {
    .struct_size = sizeof(service_digest),
    .open = digest_open,
    .update = digest_update,
    .put = digest_put,
    .close = digest_close,
};

static int32_t child_open(struct tcpflow_scope *parent,
    const struct tcpflow_child_spec *spec, struct tcpflow_child **child)
{
	(void)spec;
	magic_check(parent, SCOPE_MAGIC);
	*child = NULL;
	return TCPFLOW_ENOSYS;
}

static int32_t child_data(
    struct tcpflow_child *child, const struct tcpflow_chunk *chunk)
{
	(void)chunk;
	assert(child == NULL);
	return TCPFLOW_EINVAL;
}

static int32_t child_gap(
    struct tcpflow_child *child, const struct tcpflow_gap *gap)
{
	(void)gap;
	assert(child == NULL);
	return TCPFLOW_EINVAL;
}

static int32_t child_eof(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	(void)end;
	assert(child == NULL);
	return TCPFLOW_EINVAL;
}

static void child_close(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	(void)end;
	assert(child == NULL);
}

const struct tcpflow_child_api service_child = {
    .struct_size = sizeof(service_child),
    .open = child_open,
    .data = child_data,
    .gap = child_gap,
    .eof = child_eof,
    .close = child_close,
};
