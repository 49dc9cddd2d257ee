/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing bytes for plugins.  It knows nothing of the host: who keeps bytes
 * beyond a callback accounts for them. */
#include "plugins/common/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_LEAST 256u

/* The next power of two that has room for more; 0: there is none. */
static size_t room_for(const struct bytes *bytes, size_t more)
{
	size_t room = bytes->room > 0 ? bytes->room : ROOM_LEAST;

	while (room - bytes->length < more) {
		if (room > SIZE_MAX / 2)
			return 0;
		room *= 2;
	}
	return room;
}

size_t bytes_growth(const struct bytes *bytes, size_t more)
{
	size_t room = room_for(bytes, more);

	return more > 0 && room > 0 ? room - bytes->room : 0;
}

static bool make_room(struct bytes *bytes, size_t more)
{
	size_t room;
	uint8_t *data;

	if (bytes->failed)
		return false;
	if (more <= bytes->room - bytes->length)
		return true;
	room = room_for(bytes, more);
	data = room > 0 ? realloc(bytes->data, room) : NULL;
	bytes->failed = data == NULL;
	if (data == NULL)
		return false;
	bytes->data = data;
	bytes->room = room;
	return true;
}

void bytes_append(struct bytes *bytes, const void *data, size_t length)
{
	if (length == 0 || !make_room(bytes, length))
		return;
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
}

void bytes_text(struct bytes *bytes, const char *text)
{
	bytes_append(bytes, text, strlen(text));
}

void bytes_printf(struct bytes *bytes, const char *format, ...)
{
	char text[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(text))
		length = (int)sizeof(text) - 1;
	if (length > 0)
		bytes_append(bytes, text, (size_t)length);
}

void bytes_reset(struct bytes *bytes)
{
	bytes->length = 0;
	bytes->failed = false;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}
