/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a message goes: for parser.c alone.
 *
 *	head -> MESSAGE			there is no body
 *	     -> BODY -> MESSAGE		of a known length
 *	     -> SIZE -> BODY -> SIZE	chunks
 *	          `--> TRAILERS -> MESSAGE
 *	     -> CLOSE -> MESSAGE	up to the end of the connection
 *
 * and OTHER in place of MESSAGE where another protocol may begin. */
#ifndef PLUGINS_HTTP_FRAMING_H
#define PLUGINS_HTTP_FRAMING_H

#include <llhttp.h>

#include <stdbool.h>
#include <stdint.h>

enum http_next {
	HTTP_NEXT_MESSAGE,
	HTTP_NEXT_BODY, /* http_framing_left() bytes           */
	HTTP_NEXT_SIZE, /* the line that begins a chunk        */
	HTTP_NEXT_TRAILERS,
	HTTP_NEXT_CLOSE,
	HTTP_NEXT_OTHER,
	HTTP_NEXT_REFUSED /* llhttp does not bear it           */
};

struct http_framing {
	llhttp_t llhttp;
	bool complete; /* said by llhttp                      */
	int answer;    /* to its question after a body        */
};

/* What a head says of what follows it. */
struct http_extent {
	bool offers; /* another protocol: Upgrade, CONNECT  */
	bool chunked;
	bool has_length;
	bool none;    /* no body whatever else is said       */
	bool becomes; /* another protocol begins             */
	uint64_t length;
};

void http_framing_start(struct http_framing *framing, bool is_response);
enum http_next http_framing_head(
    struct http_framing *framing, const struct http_extent *extent);
/* So many bytes of the body came, at most http_framing_left(). */
enum http_next http_framing_body(struct http_framing *framing, uint64_t length);
uint64_t http_framing_left(const struct http_framing *framing);
/* The line that begins a chunk was read; size 0 is the last. */
enum http_next http_framing_chunk(struct http_framing *framing, uint64_t size);
enum http_next http_framing_trailers_over(struct http_framing *framing);
/* The connection ended within a body that goes on to there. */
enum http_next http_framing_close(struct http_framing *framing);
/* The other protocol was not begun. */
void http_framing_resume(struct http_framing *framing);

#endif
