/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing byte buffer with a sticky error: after a failed allocation nothing
 * more is appended and `failed` stays set until the buffer is reset. */
#ifndef CORE_BASE_BUFFER_H
#define CORE_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *bytes;
	size_t length;
	size_t room;
	bool failed;
};

void buffer_free(struct buffer *buffer);

/* Empties it and forgets the error; the memory stays for the next use. */
void buffer_reset(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buffer_printf_list(struct buffer *buffer, const char *format,
    va_list arguments) __attribute__((format(printf, 2, 0)));

/* Grows it; see buffer_reserve(). */
uint8_t *buffer_grow(struct buffer *buffer, size_t more);

/* Room for `more` bytes behind those in use, to be filled by the caller, who
 * then adds to `length`; NULL on failure.  Inline, as mostly there is room. */
static inline uint8_t *buffer_reserve(struct buffer *buffer, size_t more)
{
	if (buffer->failed || buffer->bytes == NULL ||
	    more > buffer->room - buffer->length)
		return buffer_grow(buffer, more);
	return buffer->bytes + buffer->length;
}

static inline void buffer_append_byte(struct buffer *buffer, uint8_t byte)
{
	uint8_t *at = buffer_reserve(buffer, 1);

	if (at == NULL)
		return;
	*at = byte;
	buffer->length++;
}

#endif
