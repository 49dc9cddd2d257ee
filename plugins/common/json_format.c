/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON for people.  It looks at structure alone: strings, brackets, commas. */
#include "plugins/common/json_format.h"

#include <string.h>

#define LEVELS 64u

static void put(const struct json_format_call *call, enum json_part part,
    const void *data, size_t length)
{
	if (length > 0)
		call->output(call->context, part, data, length);
}

static void new_line(
    const struct json_format *format, const struct json_format_call *call)
{
	static const char blanks[JSON_INDENT_MOST + 2] =
	    "\n                                ";
	size_t indent = format->depth < JSON_INDENT_MOST / 2 ? 2 * format->depth
							     : JSON_INDENT_MOST;

	put(call, JSON_REST, blanks, 1 + indent);
}

static bool in_object(const struct json_format *format)
{
	return format->depth > 0 && format->depth <= LEVELS &&
	    format->objects >> (format->depth - 1) & 1;
}

/* Something stands here: on a line of its own behind a bracket, and behind the
 * value before it where there are several. */
static void begin(
    struct json_format *format, const struct json_format_call *call)
{
	if (format->opened || format->done)
		new_line(format, call);
	format->opened = false;
	format->done = false;
}

static void open_level(struct json_format *format,
    const struct json_format_call *call, const char *bracket)
{
	begin(format, call);
	put(call, JSON_REST, bracket, 1);
	if (format->depth < LEVELS) {
		uint64_t bit = UINT64_C(1) << format->depth;

		format->objects &= ~bit;
		if (*bracket == '{')
			format->objects |= bit;
	}
	format->depth++;
	format->opened = true;
	format->named = false;
}

static void close_level(struct json_format *format,
    const struct json_format_call *call, const char *bracket)
{
	bool empty = format->opened;

	if (format->depth > 0)
		format->depth--;
	format->opened = false;
	if (!empty)
		new_line(format, call);
	put(call, JSON_REST, bracket, 1);
	format->named = false;
	format->done = format->depth == 0;
}

static void take_mark(struct json_format *format,
    const struct json_format_call *call, const char *mark)
{
	switch (*mark) {
	case '{':
	case '[':
		open_level(format, call, mark);
		break;
	case '}':
	case ']':
		close_level(format, call, mark);
		break;
	case ':':
		put(call, JSON_REST, ": ", 2);
		format->named = true;
		break;
	default:
		put(call, JSON_REST, ",", 1);
		new_line(format, call);
		format->named = false;
		format->opened = false;
		format->done = false;
	}
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_mark(char byte)
{
	return byte != '\0' && strchr("{}[]:,", byte) != NULL;
}

/* How much of the text belongs to the string or word in hand. */
static size_t rest_of_token(
    struct json_format *format, const char *text, size_t length)
{
	size_t i = 0;

	for (; i < length && format->in_string; i++) {
		if (format->escaped)
			format->escaped = false;
		else if (text[i] == '\\')
			format->escaped = true;
		else if (text[i] == '"')
			format->in_string = false;
	}
	if (!format->in_word)
		return i;
	while (i < length && !is_blank(text[i]) && !is_mark(text[i]) &&
	    text[i] != '"')
		i++;
	format->in_word = i == length;
	return i;
}

void json_format_feed(struct json_format *format, const void *data,
    size_t length, const struct json_format_call *call)
{
	const char *text = data;
	size_t i = 0;

	while (i < length) {
		size_t token;

		if (!format->in_string && !format->in_word) {
			if (is_blank(text[i])) {
				i++;
				continue;
			}
			if (is_mark(text[i])) {
				take_mark(format, call, &text[i++]);
				continue;
			}
			begin(format, call);
			format->in_string = text[i] == '"';
			format->in_word = !format->in_string;
			format->part = in_object(format) && !format->named
			    ? JSON_NAME
			    : JSON_VALUE;
			put(call, format->part, &text[i++], 1);
		}
		token = rest_of_token(format, text + i, length - i);
		put(call, format->part, text + i, token);
		i += token;
		if (!format->in_string && !format->in_word &&
		    format->depth == 0)
			format->done = true;
	}
}
