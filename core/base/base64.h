/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 (RFC 4648, section 4), with padding. */
#ifndef CORE_BASE_BASE64_H
#define CORE_BASE_BASE64_H

#include "core/base/buffer.h"

void base64_append(struct buffer *out, const void *bytes, size_t length);

#endif
