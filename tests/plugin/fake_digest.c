/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests of the fake host: the number of the bytes and their sum, so that a
 * test can tell by heart what must stand there. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdio.h>

struct tcpflow_digest {
	struct tcpflow_digest *older; /* of all                          */
	struct fake_host *host;
	struct tcpflow_scope *scope;
	uint64_t length;
	uint64_t sum;
	bool open;
	bool put;
};

static struct tcpflow_digest *digest_open(struct tcpflow_scope *scope)
{
	struct fake_host *host = fake_check(scope, "digest->open", false);
	struct tcpflow_digest *digest;

	host->digests++;
	if (!host->wants_digests || fake_trap(&host->calls))
		return NULL;
	digest = fake_allocate(sizeof(*digest));
	digest->host = host;
	digest->scope = scope;
	digest->open = true;
	digest->older = host->digest_handles;
	host->digest_handles = digest;
	return digest;
}

static void check_digest(
    const struct tcpflow_digest *digest, const char *service)
{
	if (!digest->open)
		fake_fail("%s: the digest is closed", service);
	fake_check(digest->scope, service, false);
}

static void digest_update(
    struct tcpflow_digest *digest, const void *ptr, size_t length)
{
	const uint8_t *bytes = ptr;

	if (digest == NULL)
		return;
	check_digest(digest, "digest->update");
	if (bytes == NULL && length > 0)
		fake_fail("digest->update: no bytes");
	if (digest->put)
		fake_fail("digest->update: it was put already");
	digest->length += length;
	for (size_t i = 0; i < length; i++)
		digest->sum += bytes[i];
}

static void digest_put(
    struct tcpflow_digest *digest, struct tcpflow_record *record)
{
	char text[48];

	if (digest == NULL)
		return;
	check_digest(digest, "digest->put");
	if (record == NULL)
		return;
	if (digest->put)
		fake_fail("digest->put: it was put already");
	digest->put = true;
	snprintf(text, sizeof(text), "%" PRIu64 ":%" PRIu64, digest->length,
	    digest->sum);
	fake_record_put(record, "digest", text);
}

static void digest_close(struct tcpflow_digest *digest)
{
	if (digest == NULL)
		return;
	check_digest(digest, "digest->close");
	digest->open = false;
}

void fake_digests_check(const struct tcpflow_scope *scope)
{
	const struct tcpflow_digest *digest = scope->host->digest_handles;

	for (; digest != NULL; digest = digest->older) {
		if (digest->open && digest->scope == scope)
			fake_fail("a digest is still open");
	}
}

void fake_digests_free(struct fake_host *host)
{
	while (host->digest_handles != NULL) {
		struct tcpflow_digest *digest = host->digest_handles;

		host->digest_handles = digest->older;
		fake_take_back(digest, sizeof(*digest));
	}
}

const struct tcpflow_digest_api fake_digest_api = {
    .struct_size = sizeof(fake_digest_api),
    .open = digest_open,
    .update = digest_update,
    .put = digest_put,
    .close = digest_close,
};
