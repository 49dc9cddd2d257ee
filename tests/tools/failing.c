/* SPDX-License-Identifier: BSD-2-Clause */
/* For LD_PRELOAD: an allocator of which the FAIL_AT'th call fails; with
 * FAIL_EVER also all calls behind it.  Where FAIL_AT is not reached the file
 * named by FAIL_UNREACHED is made, so that a loop over all calls ends.
 *
 * What libpcap and libcrypto ask for they get: libpcap 1.10 and OpenSSL 3.0 fall
 * themselves where their own set-up finds no memory. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static atomic_uint seen;
static atomic_uint first; /* that fails; 0: none             */
static bool ever_since;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT");

	ever_since = getenv("FAIL_EVER") != NULL;
	next_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	next_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	next_aligned_alloc = (void *(*)(size_t, size_t))dlsym(
	    RTLD_NEXT, "aligned_alloc");
	first = at != NULL ? (unsigned)strtoul(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *name = getenv("FAIL_UNREACHED");
	int file;

	if (first == 0 || seen >= first || name == NULL)
		return;
	file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (file >= 0)
		close(file);
}

/* Libraries are told by their files' names. */
static bool is_spared(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
	    (strstr(info.dli_fname, "/libcrypto.") != NULL ||
		strstr(info.dli_fname, "/libpcap.") != NULL);
}

static bool fails(const void *caller)
{
	unsigned nth;

	if (first == 0 || is_spared(caller))
		return false;
	nth = atomic_fetch_add(&seen, 1) + 1;
	if (nth < first || (nth > first && !ever_since))
		return false;
	errno = ENOMEM;
	return true;
}

/* What dlsym() itself may ask for, before we know who is next: it is never
 * given back. */
static void *early(size_t size)
{
	static _Alignas(max_align_t) unsigned char store[4096];
	static size_t used;
	void *bytes = store + used;

	if (size > sizeof(store) - used)
		return NULL;
	used += (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	return bytes;
}

void *malloc(size_t size)
{
	if (next_malloc == NULL)
		return early(size);
	return fails(__builtin_return_address(0)) ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (next_calloc == NULL)
		return size != 0 && count > SIZE_MAX / size
		    ? NULL
		    : early(count * size);
	return fails(__builtin_return_address(0)) ? NULL
						  : next_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL
						  : next_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails(__builtin_return_address(0))
	    ? NULL
	    : next_aligned_alloc(alignment, size);
}
