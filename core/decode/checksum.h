/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum (RFC 1071), of IPv4 headers and of TCP segments with
 * their pseudo-headers (RFC 9293, section 3.1; RFC 8200, section 8.1). */
#ifndef CORE_DECODE_CHECKSUM_H
#define CORE_DECODE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decode/segment.h"

/* Whether the checksum in a header of IPv4 is right. */
bool checksum_is_good(const void *header, size_t length);

/* The key's addresses are in the order in which they were sent. */
enum segment_checksum checksum_tcp(
    const struct flow_key *key, const void *segment, size_t length);

#endif
