/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls and allocations of core/sink, counted and made to fail, by the
 * linker's --wrap.  Names with 64 are what a 64-bit off_t makes of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/unit/sink_bench.h"

struct calls calls;

#define WRAP(result, name, ...) \
	result __real_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__)

static bool allocation_fails(void)
{
	calls.allocations++;
	return calls.fail_allocation > 0 && --calls.fail_allocation == 0;
}

WRAP(void *, malloc, size_t size);
void *__wrap_malloc(size_t size)
{
	return allocation_fails() ? NULL : __real_malloc(size);
}

WRAP(void *, calloc, size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(count, size);
}

WRAP(void *, realloc, void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
	return allocation_fails() ? NULL : __real_realloc(memory, size);
}

WRAP(void *, aligned_alloc, size_t line, size_t size);
void *__wrap_aligned_alloc(size_t line, size_t size)
{
	return allocation_fails() ? NULL : __real_aligned_alloc(line, size);
}

WRAP(char *, strdup, const char *text);
char *__wrap_strdup(const char *text)
{
	return allocation_fails() ? NULL : __real_strdup(text);
}

WRAP(char *, strndup, const char *text, size_t most);
char *__wrap_strndup(const char *text, size_t most)
{
	return allocation_fails() ? NULL : __real_strndup(text, most);
}

WRAP(int, openat, int parent, const char *name, int flags, mode_t mode);
int __wrap_openat(int parent, const char *name, int flags, mode_t mode)
{
	calls.openat++;
	return __real_openat(parent, name, flags, mode);
}

int __wrap_openat64(int parent, const char *name, int flags, mode_t mode);
int __wrap_openat64(int parent, const char *name, int flags, mode_t mode)
{
	return __wrap_openat(parent, name, flags, mode);
}

/* How much of `length` this write may take; -1 and errno: nothing. */
static ssize_t write_allowed(size_t length)
{
	calls.write++;
	if (calls.write_once != 0) {
		errno = calls.write_once;
		calls.write_once = 0;
		return -1;
	}
	if (calls.write_most > 0 && length > calls.write_most)
		length = calls.write_most;
	if (calls.write_error == 0)
		return (ssize_t)length;
	if (calls.write_room == 0) {
		errno = calls.write_error;
		return -1;
	}
	if (length > calls.write_room)
		length = calls.write_room;
	calls.write_room -= length;
	return (ssize_t)length;
}

WRAP(ssize_t, write, int descriptor, const void *bytes, size_t length);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t length)
{
	ssize_t allowed = descriptor == calls.exempt ? (ssize_t)length
						     : write_allowed(length);

	return allowed < 0 ? -1
			   : __real_write(descriptor, bytes, (size_t)allowed);
}

WRAP(ssize_t, pwrite, int descriptor, const void *bytes, size_t length,
    off_t offset);
ssize_t __wrap_pwrite(
    int descriptor, const void *bytes, size_t length, off_t offset)
{
	ssize_t allowed = write_allowed(length);

	if (allowed < 0)
		return -1;
	calls.write_end = (uint64_t)offset + (uint64_t)allowed;
	return __real_pwrite(descriptor, bytes, (size_t)allowed, offset);
}

ssize_t __wrap_pwrite64(
    int descriptor, const void *bytes, size_t length, off_t offset);
ssize_t __wrap_pwrite64(
    int descriptor, const void *bytes, size_t length, off_t offset)
{
	return __wrap_pwrite(descriptor, bytes, length, offset);
}

WRAP(ssize_t, pwritev, int descriptor, const struct iovec *parts, int count,
    off_t offset);
ssize_t __wrap_pwritev(
    int descriptor, const struct iovec *parts, int count, off_t offset)
{
	struct iovec cut[2];
	size_t length = 0;
	size_t left;
	ssize_t allowed;

	assert_in_range(count, 1, 2);
	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	allowed = write_allowed(length);
	if (allowed < 0)
		return -1;
	calls.write_end = (uint64_t)offset + (uint64_t)allowed;
	left = (size_t)allowed;
	for (int i = 0; i < count; i++) {
		cut[i] = parts[i];
		if (cut[i].iov_len > left)
			cut[i].iov_len = left;
		left -= cut[i].iov_len;
	}
	return __real_pwritev(descriptor, cut, count, offset);
}

ssize_t __wrap_pwritev64(
    int descriptor, const struct iovec *parts, int count, off_t offset);
ssize_t __wrap_pwritev64(
    int descriptor, const struct iovec *parts, int count, off_t offset)
{
	return __wrap_pwritev(descriptor, parts, count, offset);
}

WRAP(int, close, int descriptor);
int __wrap_close(int descriptor)
{
	int result = __real_close(descriptor);

	calls.close++;
	if (calls.close_error == 0)
		return result;
	errno = calls.close_error;
	return -1;
}

WRAP(int, futimens, int descriptor, const struct timespec times[2]);
int __wrap_futimens(int descriptor, const struct timespec times[2])
{
	calls.futimens++;
	return __real_futimens(descriptor, times);
}

WRAP(int, fstat, int descriptor, struct stat *status);
int __wrap_fstat(int descriptor, struct stat *status)
{
	calls.fstat++;
	return __real_fstat(descriptor, status);
}

int __wrap_fstat64(int descriptor, struct stat *status);
int __wrap_fstat64(int descriptor, struct stat *status)
{
	return __wrap_fstat(descriptor, status);
}

WRAP(
    int, fstatat, int parent, const char *name, struct stat *status, int flags);
int __wrap_fstatat(int parent, const char *name, struct stat *status, int flags)
{
	calls.lookups++;
	return __real_fstatat(parent, name, status, flags);
}

int __wrap_fstatat64(
    int parent, const char *name, struct stat *status, int flags);
int __wrap_fstatat64(
    int parent, const char *name, struct stat *status, int flags)
{
	return __wrap_fstatat(parent, name, status, flags);
}

WRAP(int, fchmod, int descriptor, mode_t mode);
int __wrap_fchmod(int descriptor, mode_t mode)
{
	if (calls.chmod_error == 0)
		return __real_fchmod(descriptor, mode);
	errno = calls.chmod_error;
	return -1;
}

WRAP(int, renameat2, int from_parent, const char *from, int to_parent,
    const char *to, unsigned flags);
int __wrap_renameat2(int from_parent, const char *from, int to_parent,
    const char *to, unsigned flags)
{
	if (!calls.no_exclusive_rename)
		return __real_renameat2(
		    from_parent, from, to_parent, to, flags);
	errno = EINVAL;
	return -1;
}
