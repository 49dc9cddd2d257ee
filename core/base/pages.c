/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks for large pages; it knows not what for. */
#include "core/base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

void *pages_alloc(size_t bytes)
{
	void *pages = aligned_alloc(PAGES_BYTES, bytes);

#ifdef MADV_HUGEPAGE
	if (pages != NULL)
		madvise(pages, bytes, MADV_HUGEPAGE); /* or not */
#endif
	return pages;
}
