/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the fake host: how a test ends, memory that is lent, and text that grows.
 * It knows nothing of plugins. */
#include "tests/plugin/fake_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPOILT 0xdb

static void say(const char *format, va_list arguments)
{
	fputs("fake host: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void fake_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	abort();
}

int32_t fake_misuse(
    struct fake_host *host, int32_t code, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	if (!host->lenient) {
		say(format, arguments);
		abort();
	}
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fake_text_append(&host->misuses, line, strlen(line));
	fake_text_append(&host->misuses, "\n", 1);
	return code;
}

void *fake_allocate(size_t size)
{
	void *memory = calloc(1, size > 0 ? size : 1);

	if (memory == NULL)
		fake_fail("out of memory");
	return memory;
}

void *fake_lend(const void *bytes, size_t size)
{
	void *lent = fake_allocate(size);

	if (size > 0)
		memcpy(lent, bytes, size);
	return lent;
}

void fake_take_back(void *lent, size_t size)
{
	/* Through a volatile pointer: what is written to memory that is freed
	 * next must not be optimised away, as it is for those who still look
	 * there. */
	void *(*volatile set)(void *, int, size_t) = memset;

	if (size > 0)
		set(lent, SPOILT, size);
	free(lent);
}

void fake_text_append(struct fake_text *text, const void *bytes, size_t length)
{
	size_t room = text->room > 0 ? text->room : 256;

	while (room - text->length <= length)
		room *= 2;
	if (room != text->room) {
		text->data = realloc(text->data, room);
		if (text->data == NULL)
			fake_fail("out of memory");
		text->room = room;
	}
	if (length > 0)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void fake_text_printf(struct fake_text *text, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	fake_text_append(text, line, strlen(line));
}

void fake_text_free(struct fake_text *text)
{
	free(text->data);
	*text = (struct fake_text){0};
}

bool fake_trap(struct fake_trap *trap)
{
	trap->calls++;
	return trap->left > 0 && --trap->left == 0;
}

bool fake_name_is_valid(const char *name, const char *others)
{
	if (name == NULL || *name == '\0')
		return false;
	for (; *name != '\0'; name++) {
		bool letter = *name >= 'a' && *name <= 'z';
		bool digit = *name >= '0' && *name <= '9';

		if (!letter && !digit && strchr(others, *name) == NULL)
			return false;
	}
	return true;
}
