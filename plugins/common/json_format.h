/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON for people: a member a line, indented.  It streams, checks nothing, and
 * writes for each byte at most JSON_INDENT_MOST + 2 bytes; what is no JSON comes
 * out with other blanks, and nothing lost but those.  Bytes within strings are
 * never touched. */
#ifndef PLUGINS_COMMON_JSON_FORMAT_H
#define PLUGINS_COMMON_JSON_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_INDENT_MOST 32u

enum json_part { JSON_NAME, JSON_VALUE, JSON_REST };

/* All zeros at first. */
struct json_format {
	uint64_t objects; /* of the 64 innermost levels, a bit   */
	size_t depth;
	enum json_part part; /* of the string or word in hand       */
	bool in_string;
	bool escaped; /* behind a backslash                  */
	bool in_word; /* number, true, ...                   */
	bool opened;  /* nothing came behind "{" or "["      */
	bool named;   /* a ":" came: what follows is a value */
	bool done;    /* of a value at depth 0               */
};

struct json_format_call {
	void (*output)(void *context, enum json_part part, const void *data,
	    size_t length);
	void *context;
};

void json_format_feed(struct json_format *format, const void *data,
    size_t length, const struct json_format_call *call);

#endif
