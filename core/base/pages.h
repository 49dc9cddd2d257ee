/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for tables that are looked at here and there, in large pages where the
 * system has them: the processor then knows by heart where more of it is. */
#ifndef CORE_BASE_PAGES_H
#define CORE_BASE_PAGES_H

#include <stddef.h>

#define PAGES_BYTES ((size_t)2 << 20) /* of one large page          */

/* A whole number of large pages, with any contents; for free().  NULL: out of
 * memory.  Where the system has none, they are as others are. */
void *pages_alloc(size_t bytes);

#endif
