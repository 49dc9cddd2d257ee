/* SPDX-License-Identifier: BSD-2-Clause */
/* The digest service: the digests that the user asked for, of bytes that go to
 * no file.  What they are is core/base/digest's. */
#include <stdlib.h>

#include "core/base/digest.h"
#include "core/host/private.h"

#define DIGEST_MAGIC 0x64696765u

struct tcpflow_digest {
	uint32_t magic;
	struct tcpflow_scope *scope;
	struct list link; /* in the scope                    */
	bool put;         /* into a record                   */
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

	if (!plugin_may(scope, "digest->open"))
		return NULL;
	kinds = scope->worker != NULL ? scope->worker->config.digests
				      : scope->plugin->host->outlets.digests;
	if (kinds == 0)
		return NULL;
	digest = calloc(1, sizeof(*digest));
	if (digest == NULL)
		return NULL;
	digest->magic = DIGEST_MAGIC;
	digest->scope = scope;
	digest->digest = digest_open(kinds);
	if (digest->digest == NULL) {
		free(digest);
		return NULL;
	}
	list_append(&scope->digests, &digest->link);
	return digest;
}

/* Not for NULL, of which each service knows what to do. */
static bool may(const struct tcpflow_digest *digest, const char *service)
{
	if (digest->magic == DIGEST_MAGIC)
		return plugin_may(digest->scope, service);
	if (plugin_call_now != NULL)
		plugin_misuse(NULL, service, "a digest that is closed");
	return false;
}

static void digest_service_update(
    struct tcpflow_digest *digest, const void *bytes, size_t length)
{
	if (digest == NULL || !may(digest, "digest->update"))
		return;
	if (digest->put)
		plugin_misuse(
		    digest->scope, "digest->update", "it was put already");
	else if (bytes == NULL && length > 0)
		plugin_misuse(digest->scope, "digest->update", "no bytes");
	else
		digest_update(digest->digest, bytes, length);
}

static void digest_service_put(
    struct tcpflow_digest *digest, struct tcpflow_record *record)
{
	struct json *json;

	if (digest == NULL || !may(digest, "digest->put"))
		return;
	json = service_record_json(record);
	if (json == NULL)
		return;
	if (digest->put)
		plugin_misuse(
		    digest->scope, "digest->put", "it was put already");
	else
		service_digest_append(digest->digest, json);
	digest->put = true;
}

static void close_digest(struct tcpflow_digest *digest)
{
	list_remove(&digest->link);
	digest->magic = 0;
	digest_close(&digest->digest);
	free(digest);
}

static void digest_service_close(struct tcpflow_digest *digest)
{
	if (digest != NULL && may(digest, "digest->close"))
		close_digest(digest);
}

void service_digest_end(struct tcpflow_scope *scope)
{
	while (!list_empty(&scope->digests))
		close_digest(list_entry(
		    scope->digests.next, struct tcpflow_digest, link));
}

const struct tcpflow_digest_api service_digest = {
    .struct_size = sizeof(service_digest),
    .open = digest_service_open,
    .update = digest_service_update,
    .put = digest_service_put,
    .close = digest_service_close,
};
