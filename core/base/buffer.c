/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing byte buffer. */
#include "core/base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64u

void buffer_free(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}

void buffer_reset(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->failed = false;
}

uint8_t *buffer_grow(struct buffer *buffer, size_t more)
{
	size_t room = buffer->room > 0 ? buffer->room : FIRST_ROOM;
	uint8_t *bytes;

	if (buffer->failed)
		return NULL;
	while (more > room - buffer->length && room <= SIZE_MAX / 2)
		room *= 2;
	bytes = more <= room - buffer->length ? realloc(buffer->bytes, room)
					      : NULL;
	if (bytes == NULL) {
		buffer->failed = true;
		return NULL;
	}
	buffer->bytes = bytes;
	buffer->room = room;
	return bytes + buffer->length;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	uint8_t *at;

	if (length == 0)
		return;
	at = buffer_reserve(buffer, length);
	if (at == NULL)
		return;
	memcpy(at, bytes, length);
	buffer->length += length;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

void buffer_printf_list(
    struct buffer *buffer, const char *format, va_list arguments)
{
	va_list again;
	uint8_t *at;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0) {
		buffer->failed = true;
		return;
	}
	at = buffer_reserve(buffer, (size_t)length + 1);
	if (at == NULL)
		return;
	vsnprintf((char *)at, (size_t)length + 1, format, arguments);
	buffer->length += (size_t)length;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_printf_list(buffer, format, arguments);
	va_end(arguments);
}
