/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns of users against bytes of the network: `*` is any number of bytes,
 * `?` is one, letters have no case.  At most pattern times length steps. */
#ifndef PLUGINS_COMMON_GLOB_H
#define PLUGINS_COMMON_GLOB_H

#include <stdbool.h>
#include <stddef.h>

bool glob_matches(const char *pattern, const void *bytes, size_t length);

#endif
