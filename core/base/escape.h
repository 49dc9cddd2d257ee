/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes bytes of the network safe to show.  UTF-8 that prints passes; control
 * characters (C0, DEL, C1), bidirectional overrides and bytes that are not
 * UTF-8 become visible escapes: \r, \x1b, \u202e.  A newline and a tab pass, CR
 * LF becomes a newline.  So nothing that was captured drives a terminal.
 *
 * The state carries a character that was cut in two from one call to the next,
 * so the output does not depend on how the text was cut into pieces. */
#ifndef CORE_BASE_ESCAPE_H
#define CORE_BASE_ESCAPE_H

#include "core/base/buffer.h"

struct escape {
	uint8_t held[3]; /* of a character that is not over */
	uint8_t count;
};

/* Appends the safe form of `length` bytes to out. */
void escape_append(struct escape *escape, struct buffer *out, const void *bytes,
    size_t length);

/* The text ends here: what is held is appended, escaped. */
void escape_finish(struct escape *escape, struct buffer *out);

#endif
