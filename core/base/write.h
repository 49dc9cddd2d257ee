/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing to a descriptor that is not our own: it may take less than it is
 * given, be interrupted, or have been made non-blocking by somebody else. */
#ifndef CORE_BASE_WRITE_H
#define CORE_BASE_WRITE_H

#include <stddef.h>

/* Writes all of it, however long that takes.  0 or an errno value. */
int write_all(int descriptor, const void *bytes, size_t length);

#endif
