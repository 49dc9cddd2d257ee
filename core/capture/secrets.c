/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of secrets. */
#include "core/capture/secrets.h"

#include <stdlib.h>
#include <string.h>

void secrets_init(struct secrets *secrets)
{
	*secrets = (struct secrets){.last = &secrets->first};
}

void secrets_add(
    struct secrets *secrets, uint32_t type, const void *bytes, size_t length)
{
	struct secret *secret = NULL;
	size_t cost = sizeof(*secret) + length;

	if (cost <= SECRETS_MOST - secrets->bytes)
		secret = malloc(cost);
	if (secret == NULL) {
		secrets->dropped++;
		return;
	}
	secret->next = NULL;
	secret->type = type;
	secret->length = length;
	memcpy(secret->bytes, bytes, length);
	*secrets->last = secret;
	secrets->last = &secret->next;
	secrets->count++;
	secrets->bytes += cost;
}

void secrets_clear(struct secrets *secrets)
{
	struct secret *secret = secrets->first;

	while (secret != NULL) {
		struct secret *next = secret->next;

		explicit_bzero(secret->bytes, secret->length);
		free(secret);
		secret = next;
	}
	secrets_init(secrets);
}
