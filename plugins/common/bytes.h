/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing bytes for plugins, with a sticky error: after a failed allocation
 * nothing more is appended until the bytes are reset. */
#ifndef PLUGINS_COMMON_BYTES_H
#define PLUGINS_COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t length;
	size_t room;
	bool failed;
};

void bytes_append(struct bytes *bytes, const void *data, size_t length);
void bytes_text(struct bytes *bytes, const char *text);
void bytes_printf(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* By how much `room` grows when so many bytes are appended: for who accounts
 * for it. */
size_t bytes_growth(const struct bytes *bytes, size_t more);

/* Empties it and forgets the error; the memory stays. */
void bytes_reset(struct bytes *bytes);
void bytes_free(struct bytes *bytes);

#endif
