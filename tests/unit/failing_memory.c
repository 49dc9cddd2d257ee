/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands between the code under test and the allocator. */
#include "tests/unit/failing_memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_uint seen;
static unsigned first; /* that fails; 0: none             */
static bool ever_since;

static void set(unsigned nth, bool all_behind)
{
	first = nth;
	ever_since = all_behind;
	atomic_store(&seen, 0);
}

void allocations_succeed(void)
{
	set(0, false);
}

void allocation_fails_once(unsigned nth)
{
	set(nth, false);
}

void allocations_fail_from(unsigned nth)
{
	set(nth, true);
}

unsigned allocations_seen(void)
{
	return atomic_load(&seen);
}

static bool fails(void)
{
	unsigned nth = atomic_fetch_add(&seen, 1) + 1;

	if (first == 0 || nth < first || (nth > first && !ever_since))
		return false;
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);
int __wrap_asprintf(char **text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
	return fails() ? NULL : __real_strndup(text, length);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list arguments;
	int length;

	if (fails())
		return -1;
	va_start(arguments, format);
	length = vasprintf(text, format, arguments);
	va_end(arguments);
	return length;
}
