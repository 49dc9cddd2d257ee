/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 (RFC 4648, section 4), with padding. */
#ifndef CORE_BASE_BASE64_H
#define CORE_BASE_BASE64_H

#include "core/base/buffer.h"

/* How long the text of so many bytes is. */
#define BASE64_ROOM(length) (((length) + 2) / 3 * 4)

/* Where that room is.  Returns what is behind the text; no NUL. */
char *base64_write(char *to, const void *bytes, size_t length);
void base64_append(struct buffer *out, const void *bytes, size_t length);

#endif
