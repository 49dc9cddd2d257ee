/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as text: what is UTF-8, what is made of what is not, base64. */
#ifndef PLUGINS_COMMON_TEXT_H
#define PLUGINS_COMMON_TEXT_H

#include "plugins/common/bytes.h"

/* Well-formed (RFC 3629): no overlong forms, no surrogates. */
bool text_is_utf8(const void *data, size_t length);
bool text_is_hex(uint8_t byte);
/* 0 to 15, of a byte that is_hex. */
uint8_t text_hex_value(uint8_t byte);
/* Each byte becomes the character of its number. */
void text_append_latin1(struct bytes *to, const void *data, size_t length);
/* What does not stay becomes "%0A"; stays() looks at a byte and how many there are from it
 * on. */
void text_append_percent(struct bytes *to, const void *data, size_t length,
    bool (*stays)(const uint8_t *at, size_t left));
void text_append_base64(struct bytes *to, const void *data, size_t length);

#endif
