/* SPDX-License-Identifier: BSD-2-Clause */
/* Magic numbers of long-lived objects: a stale or foreign pointer is caught
 * where it is used, in release builds too. */
#ifndef CORE_BASE_MAGIC_H
#define CORE_BASE_MAGIC_H

#include <assert.h>
#include <stdint.h>

/* The first member of such an object is `uint32_t magic`. */
#define magic_check(object, number) \
	assert((object) != NULL && (object)->magic == (number))

#endif
