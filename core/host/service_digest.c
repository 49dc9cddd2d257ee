/* SPDX-License-Identifier: BSD-2-Clause */
/* The digest service: the digests that the user asked for, of bytes that go to
 * no file.  What they are is core/base/digest's. */
#include <stdlib.h>

#include "core/base/digest.h"
#include "core/host/private.h"

#define DIGEST_MAGIC 0x64696765u

struct tcpflow_digest {
	uint32_t magic;
	struct digest *digest;
};

void service_digest_append(struct digest *digest, struct json *json)
{
	uint8_t value[DIGEST_MOST];

	for (unsigned kind = 0; kind < DIGEST_KINDS; kind++) {
		size_t length = digest_value(
		    digest, (enum digest_kind)kind, value);

		if (length > 0)
			json_hex(json, digest_name((enum digest_kind)kind),
			    value, length);
	}
}

static struct tcpflow_digest *digest_service_open(struct tcpflow_scope *scope)
{
	struct tcpflow_digest *digest;
	unsigned kinds;

	magic_check(scope, SCOPE_MAGIC);
	kinds = scope->worker != NULL ? scope->worker->config.digests
				      : scope->plugin->host->outlets.digests;
	if (kinds == 0)
		return NULL;
	digest = calloc(1, sizeof(*digest));
	if (digest == NULL)
		return NULL;
	digest->magic = DIGEST_MAGIC;
	digest->digest = digest_open(kinds);
	if (digest->digest == NULL) {
		free(digest);
		return NULL;
	}
	return digest;
}

static void digest_service_update(
    struct tcpflow_digest *digest, const void *bytes, size_t length)
{
	if (digest == NULL)
		return;
	magic_check(digest, DIGEST_MAGIC);
	digest_update(digest->digest, bytes, length);
}

static void digest_service_put(
    struct tcpflow_digest *digest, struct tcpflow_record *record)
{
	struct json *json = service_record_json(record);

	if (digest == NULL || json == NULL)
		return;
	magic_check(digest, DIGEST_MAGIC);
	service_digest_append(digest->digest, json);
}

static void digest_service_close(struct tcpflow_digest *digest)
{
	if (digest == NULL)
		return;
	magic_check(digest, DIGEST_MAGIC);
	digest->magic = 0;
	digest_close(&digest->digest);
	free(digest);
}

const struct tcpflow_digest_api service_digest = {
    .struct_size = sizeof(service_digest),
    .open = digest_service_open,
    .update = digest_service_update,
    .put = digest_service_put,
    .close = digest_service_close,
};
