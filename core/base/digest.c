/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests by libcrypto.  It knows bytes only. */
#include "core/base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct digest {
	EVP_MD_CTX *context[DIGEST_KINDS]; /* NULL: not kept       */
	EVP_MD_CTX *copy;                  /* to be finished             */
};

static const char *const names[DIGEST_KINDS] = {
    [DIGEST_MD5] = "md5",
    [DIGEST_SHA1] = "sha1",
    [DIGEST_SHA256] = "sha256",
};

const char *digest_name(enum digest_kind kind)
{
	return names[kind];
}

static bool parse_one(const char *name, size_t length, unsigned *kinds)
{
	for (unsigned kind = 0; kind < DIGEST_KINDS; kind++) {
		if (strlen(names[kind]) == length &&
		    memcmp(names[kind], name, length) == 0) {
			*kinds |= DIGEST_BIT(kind);
			return true;
		}
	}
	return false;
}

bool digest_parse(const char *list, unsigned *kinds)
{
	*kinds = 0;
	for (;;) {
		size_t length = strcspn(list, ",");

		if (!parse_one(list, length, kinds))
			return false;
		if (list[length] == '\0')
			return true;
		list += length + 1;
	}
}

static const EVP_MD *method(unsigned kind)
{
	switch (kind) {
	case DIGEST_MD5:
		return EVP_md5();
	case DIGEST_SHA1:
		return EVP_sha1();
	default:
		return EVP_sha256();
	}
}

struct digest *digest_open(unsigned kinds)
{
	struct digest *digest = calloc(1, sizeof(*digest));
	bool good;

	if (digest == NULL)
		return NULL;
	digest->copy = EVP_MD_CTX_new();
	good = digest->copy != NULL;
	for (unsigned kind = 0; kind < DIGEST_KINDS && good; kind++) {
		if (!(kinds & DIGEST_BIT(kind)))
			continue;
		digest->context[kind] = EVP_MD_CTX_new();
		good = digest->context[kind] != NULL &&
		    EVP_DigestInit_ex(
			digest->context[kind], method(kind), NULL) == 1;
	}
	if (!good)
		digest_close(&digest);
	return digest;
}

void digest_update(struct digest *digest, const void *bytes, size_t length)
{
	for (unsigned kind = 0; kind < DIGEST_KINDS; kind++) {
		if (digest->context[kind] != NULL)
			EVP_DigestUpdate(digest->context[kind], bytes, length);
	}
}

size_t digest_value(
    struct digest *digest, enum digest_kind kind, uint8_t value[DIGEST_MOST])
{
	return digest_value_with(digest, kind, NULL, 0, value);
}

size_t digest_value_with(struct digest *digest, enum digest_kind kind,
    const void *bytes, size_t length, uint8_t value[DIGEST_MOST])
{
	unsigned count = 0;

	if (digest->context[kind] == NULL ||
	    EVP_MD_CTX_copy_ex(digest->copy, digest->context[kind]) != 1 ||
	    EVP_DigestUpdate(digest->copy, bytes, length) != 1 ||
	    EVP_DigestFinal_ex(digest->copy, value, &count) != 1)
		return 0;
	return count;
}

void digest_close(struct digest **handle)
{
	struct digest *digest = *handle;

	if (digest == NULL)
		return;
	*handle = NULL;
	for (unsigned kind = 0; kind < DIGEST_KINDS; kind++)
		EVP_MD_CTX_free(digest->context[kind]);
	EVP_MD_CTX_free(digest->copy);
	free(digest);
}
