/* SPDX-License-Identifier: BSD-2-Clause */
/* A head, or trailers, while they are read: for parser.c alone.
 *
 *	message.head:	GET /xHost: a.exampleAccept: te
 *	told apart: method, target,          `-- line: the one in hand, as
 *	names and values                         it came
 *
 * Each line is read into the message's head and then told apart in its place,
 * so that nothing depends on how its bytes were cut into segments. */
#ifndef PLUGINS_HTTP_HEAD_H
#define PLUGINS_HTTP_HEAD_H

#include "plugins/http/framing.h"
#include "plugins/http/http.h"

enum http_head_state {
	HTTP_HEAD_MORE,
	HTTP_HEAD_OVER,
	HTTP_HEAD_NO_START, /* its first line is no start line       */
	HTTP_HEAD_ENDLESS,  /* more than anybody would send          */
	HTTP_HEAD_NO_MEMORY
};

struct http_head {
	bool started;  /* the start line is over                */
	bool trailers; /* there was none                        */
	bool simple;   /* it had no version, as in HTTP/0.9     */
	bool bare;     /* and no header came behind it          */
	bool waits;    /* the line in hand is over, unless the  */
	/* next byte continues it               */
	bool folded;   /* it was continued                      */
	bool full;     /* a limit: lines are only looked at     */
	bool cut;      /* the line in hand is not even that     */
	bool upgrades; /* Connection: upgrade                   */
	bool protocol; /* Upgrade: ...                          */
	bool connects; /* CONNECT                               */
	bool chunked;
	bool has_length;
	uint64_t length;
	size_t skipped;      /* bytes beyond the limit                */
	size_t line;         /* where the line in hand begins         */
	struct bytes beyond; /* a line, where the head is full        */
};

void http_head_begin(struct http_head *head);
/* Trailers go on behind what is there. */
void http_head_begin_trailers(
    struct http_head *head, const struct http_message *message);
/* Reads up to the end of the head at most, and says in *length how much. */
enum http_head_state http_head_read(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head, const uint8_t *data,
    size_t *length);
/* No more of it comes: what is there of the line in hand is told apart. */
void http_head_cut(struct http_conversation *conversation,
    struct http_message *message, struct http_head *head);
/* Gives back what it holds. */
void http_head_end(
    struct http_conversation *conversation, struct http_head *head);

/* line.c: what the pieces of a line are made of. */
/* Of a line without its newline: a CR at its end goes; what else is odd in its
 * bytes is noted. */
void http_line_end(struct http_message *message, uint8_t *line, size_t *length);
/* What continues a line goes behind one blank (RFC 9112, section 5.2). */
void http_line_unfold(
    struct http_message *message, uint8_t *line, size_t *length);
bool http_is_token(const uint8_t *at, size_t length);
bool http_is_blank(uint8_t byte);

/* start.c: the line becomes start_at, method and so on.  False: it is no start
 * line, and is kept as if it was a target or reason. */
bool http_start_request(struct http_message *message, struct http_head *head,
    const uint8_t *line, size_t length);
bool http_start_response(
    struct http_message *message, const uint8_t *line, size_t length);
/* It was cut, perhaps within its version. */
void http_start_cut(struct http_message *message);

/* extent.c: what a header says of the body's length; its name and value stand
 * in `line`. */
void http_extent_header(struct http_message *message, struct http_head *head,
    const uint8_t *line, const struct http_header *header);
/* Of the line that begins a chunk, "1a2b;name=value"; false: it is none. */
bool http_extent_chunk(struct http_message *message, const uint8_t *line,
    size_t length, uint64_t *size);

#endif
