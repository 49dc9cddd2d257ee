/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a multipart body (RFC 2046, 7578), in one piece of memory:
 *
 *	--boundary CRLF head CRLF CRLF content CRLF --boundary ... --
 *
 * Lenient: lines may end with LF alone, the end may be missing.  It copies
 * nothing, and each byte is looked at a few times at most. */
#ifndef PLUGINS_COMMON_MULTIPART_H
#define PLUGINS_COMMON_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpflow/types.h>

#define MULTIPART_BOUNDARY_MOST 70u

struct multipart {
	const uint8_t *at;
	size_t left;
	uint8_t mark[MULTIPART_BOUNDARY_MOST + 2]; /* "--boundary"          */
	size_t mark_length;
};

struct multipart_part {
	struct tcpflow_slice head;
	struct tcpflow_slice content;
	bool complete; /* the boundary behind it came    */
};

/* The value of a Content-Type tells the boundary.  False: it tells none. */
bool multipart_begin(struct multipart *multipart, struct tcpflow_slice type,
    const void *body, size_t length);
/* False: no more. */
bool multipart_next(struct multipart *multipart, struct multipart_part *part);

/* The value of a header in the head of a part; ptr NULL: there is none. */
struct tcpflow_slice multipart_header(
    const struct multipart_part *part, const char *name);
/* The parameter of a header's value, without its quotes (escapes stay); ptr NULL:
 * there is none. */
struct tcpflow_slice multipart_parameter(
    struct tcpflow_slice value, const char *name);

#endif
