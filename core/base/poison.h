/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is kept for the next user must not be touched until then: where there is a
 * sanitizer of addresses it is told, as it is by free(). */
#ifndef CORE_BASE_POISON_H
#define CORE_BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#endif
