/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of other charsets as UTF-8.  Only charsets of a list are converted, since
 * their names come from the network and choose code of the C library. */
#ifndef PLUGINS_COMMON_CHARSET_H
#define PLUGINS_COMMON_CHARSET_H

#include "plugins/common/bytes.h"

/* Appends the text as UTF-8; what is no character is U+FFFD.  False: the charset
 * is UTF-8 or ASCII, is not known, or cannot be converted here, and nothing was
 * appended.  At most four bytes for each. */
bool charset_append(struct bytes *to, const void *name, size_t name_length,
    const void *data, size_t length);

#endif
