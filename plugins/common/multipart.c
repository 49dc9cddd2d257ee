/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of multipart bodies, found by their boundary. */
#include "plugins/common/multipart.h"

#include <string.h>
#include <strings.h>

static struct tcpflow_slice slice(const uint8_t *from, const uint8_t *to)
{
	return (struct tcpflow_slice){from, (size_t)(to - from)};
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* Behind the semicolon that ends a parameter, which one in quotes does not. */
static const uint8_t *parameter_end(const uint8_t *at, const uint8_t *end)
{
	bool quoted = false;

	for (; at < end && (quoted || *at != ';'); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && *at == '\\' && end - at > 1)
			at++;
	}
	return at;
}

static struct tcpflow_slice unquoted(const uint8_t *at, const uint8_t *end)
{
	while (at < end && is_blank(*at))
		at++;
	while (at < end && is_blank(end[-1]))
		end--;
	if (end - at >= 2 && *at == '"' && end[-1] == '"') {
		at++;
		end--;
	}
	return slice(at, end);
}

struct tcpflow_slice multipart_parameter(
    struct tcpflow_slice value, const char *name)
{
	const size_t length = strlen(name);
	const uint8_t *at = value.ptr;
	const uint8_t *end;

	if (value.len == 0)
		return (struct tcpflow_slice){0};
	end = at + value.len;
	while ((at = parameter_end(at, end)) < end) {
		at++;
		while (at < end && is_blank(*at))
			at++;
		if ((size_t)(end - at) > length && at[length] == '=' &&
		    strncasecmp((const char *)at, name, length) == 0)
			return unquoted(
			    at + length + 1, parameter_end(at, end));
	}
	return (struct tcpflow_slice){0};
}

bool multipart_begin(struct multipart *multipart, struct tcpflow_slice type,
    const void *body, size_t length)
{
	const struct tcpflow_slice boundary = multipart_parameter(
	    type, "boundary");

	if (boundary.len == 0 || boundary.len > MULTIPART_BOUNDARY_MOST)
		return false;
	*multipart = (struct multipart){
	    .at = body,
	    .left = length,
	    .mark = "--",
	    .mark_length = boundary.len + 2,
	};
	memcpy(multipart->mark + 2, boundary.ptr, boundary.len);
	return true;
}

/* The next boundary at the begin of a line; NULL: there is none.  *line is where
 * the line break before it begins. */
static const uint8_t *find_mark(
    const struct multipart *multipart, const uint8_t **line)
{
	const uint8_t *from = multipart->at;
	const uint8_t *end = from + multipart->left;

	for (const uint8_t *at = from; at < end; at++) {
		at = memmem(at, (size_t)(end - at), multipart->mark,
		    multipart->mark_length);
		if (at == NULL)
			return NULL;
		*line = at;
		if (at == from)
			return at;
		if (at[-1] != '\n')
			continue;
		*line = at - 1;
		if (*line > from && (*line)[-1] == '\r')
			--*line;
		return at;
	}
	return NULL;
}

static void skip_to(struct multipart *multipart, const uint8_t *at)
{
	multipart->left -= (size_t)(at - multipart->at);
	multipart->at = at;
}

/* Behind the boundary's line.  False: it was the last, or that is not known. */
static bool skip_mark(struct multipart *multipart, const uint8_t *mark)
{
	const uint8_t *newline;

	skip_to(multipart, mark + multipart->mark_length);
	if (multipart->left >= 2 && multipart->at[0] == '-' &&
	    multipart->at[1] == '-')
		return false;
	newline = multipart->left > 0
	    ? memchr(multipart->at, '\n', multipart->left)
	    : NULL;
	if (newline == NULL)
		return false;
	skip_to(multipart, newline + 1);
	return true;
}

/* The head ends behind an empty line. */
static void split(struct multipart_part *part)
{
	const uint8_t *at = part->content.ptr;
	const uint8_t *end = at + part->content.len;
	const uint8_t *line = at;

	while (line < end) {
		const uint8_t *newline = memchr(
		    line, '\n', (size_t)(end - line));
		size_t length = newline != NULL ? (size_t)(newline - line) : 1;

		if (newline == NULL)
			break;
		if (length == 0 || (length == 1 && *line == '\r')) {
			part->head = slice(at, line);
			part->content = slice(newline + 1, end);
			return;
		}
		line = newline + 1;
	}
	part->head = part->content;
	part->content = slice(end, end);
}

bool multipart_next(struct multipart *multipart, struct multipart_part *part)
{
	const uint8_t *line;
	const uint8_t *mark = multipart->left > 0 ? find_mark(multipart, &line)
						  : NULL;

	if (mark == NULL || !skip_mark(multipart, mark)) {
		multipart->left = 0;
		return false;
	}
	mark = multipart->left > 0 ? find_mark(multipart, &line) : NULL;
	part->complete = mark != NULL;
	if (mark == NULL)
		line = multipart->at + multipart->left;
	part->content = slice(multipart->at, line);
	skip_to(multipart, mark != NULL ? mark : line);
	split(part);
	return true;
}

struct tcpflow_slice multipart_header(
    const struct multipart_part *part, const char *name)
{
	const size_t length = strlen(name);
	const uint8_t *at = part->head.ptr;
	const uint8_t *end = at + part->head.len;

	while (at < end) {
		const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
		const uint8_t *stop = newline != NULL ? newline : end;

		if ((size_t)(stop - at) > length && at[length] == ':' &&
		    strncasecmp((const char *)at, name, length) == 0) {
			at += length + 1;
			while (at < stop && is_blank(*at))
				at++;
			if (stop > at && stop[-1] == '\r')
				stop--;
			return slice(at, stop);
		}
		at = newline != NULL ? newline + 1 : end;
	}
	return (struct tcpflow_slice){0};
}
