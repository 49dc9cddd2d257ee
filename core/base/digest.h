/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests of runs of bytes: several kinds at once, and used again.  The one
 * place that knows libcrypto. */
#ifndef CORE_BASE_DIGEST_H
#define CORE_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_KINDS };

#define DIGEST_BIT(kind) (1u << (kind))
#define DIGEST_MOST 32u /* bytes of the longest            */

struct digest;

/* "md5", "sha1", "sha256" */
const char *digest_name(enum digest_kind kind);

/* "md5,sha256" as bits; false: not such a list. */
bool digest_parse(const char *list, unsigned *kinds);

/* Of these kinds, DIGEST_BIT() each; NULL: out of memory, or the system's policy
 * does not allow one of them. */
struct digest *digest_open(unsigned kinds);

void digest_update(struct digest *digest, const void *bytes, size_t length);

/* The value of one kind, as of now: more may be added.  Its length in bytes; 0:
 * that kind is not kept, or libcrypto failed. */
size_t digest_value(
    struct digest *digest, enum digest_kind kind, uint8_t value[DIGEST_MOST]);

/* The value as it would be with these bytes added, which they are not. */
size_t digest_value_with(struct digest *digest, enum digest_kind kind,
    const void *bytes, size_t length, uint8_t value[DIGEST_MOST]);

void digest_close(struct digest **digest);

#endif
