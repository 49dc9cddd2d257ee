/* SPDX-License-Identifier: BSD-2-Clause */
/* llhttp, which decides where messages end.  Its versions differ in what they
 * bear, its errors are final, and it knows no gaps: so it never sees what was
 * captured.  Whatever a head said (head.c), it is told in one of our own that
 * every version takes, with nothing in it but what framing depends on. */
#include "plugins/http/framing.h"

#include <string.h>

static struct http_framing *framing_of(llhttp_t *llhttp)
{
	return llhttp->data;
}

/* 0: a body as the head says; 1: none; 2: none, and another protocol. */
static int on_head(llhttp_t *llhttp)
{
	return framing_of(llhttp)->answer;
}

static int on_complete(llhttp_t *llhttp)
{
	framing_of(llhttp)->complete = true;
	return 0;
}

/* Members are set by name: later versions have more of them, and in another
 * order. */
static const llhttp_settings_t settings = {
    .on_headers_complete = on_head,
    .on_message_complete = on_complete,
};

void http_framing_start(struct http_framing *framing, bool is_response)
{
	llhttp_init(&framing->llhttp,
	    is_response ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
	framing->llhttp.data = framing;
}

/* What comes next if the message is not over. */
static enum http_next run(struct http_framing *framing, const char *text,
    size_t length, enum http_next next)
{
	enum llhttp_errno error;

	framing->complete = false;
	error = llhttp_execute(&framing->llhttp, text, length);
	if (error == HPE_PAUSED_UPGRADE)
		return HTTP_NEXT_OTHER;
	if (error != HPE_OK)
		return HTTP_NEXT_REFUSED;
	return framing->complete ? HTTP_NEXT_MESSAGE : next;
}

/* A head is put together of these. */
struct text {
	size_t length;
	char bytes[160];
};

static void put(struct text *text, const char *bytes, size_t length)
{
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

#define PUT(text, literal) put(text, literal, sizeof(literal) - 1)

static void put_number(struct text *text, uint64_t number, unsigned base)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number > 0);
	put(text, digits + at, sizeof(digits) - at);
}

enum http_next http_framing_head(
    struct http_framing *framing, const struct http_extent *extent)
{
	enum http_next next = HTTP_NEXT_CLOSE;
	struct text head = {.length = 0};

	framing->answer = extent->becomes ? 2 : extent->none ? 1 : 0;
	if (framing->llhttp.type == HTTP_RESPONSE)
		PUT(&head, "HTTP/1.1 200 OK\r\n");
	else
		PUT(&head, "GET / HTTP/1.1\r\n");
	if (extent->offers)
		PUT(&head, "Connection: Upgrade\r\nUpgrade: other\r\n");
	if (framing->answer != 0) {
		/* Then nothing else is said. */
	} else if (extent->chunked) {
		PUT(&head, "Transfer-Encoding: chunked\r\n");
		next = HTTP_NEXT_SIZE;
	} else if (extent->has_length) {
		PUT(&head, "Content-Length: ");
		put_number(&head, extent->length, 10);
		PUT(&head, "\r\n");
		next = HTTP_NEXT_BODY;
	}
	PUT(&head, "\r\n");
	return run(framing, head.bytes, head.length, next);
}

uint64_t http_framing_left(const struct http_framing *framing)
{
	return framing->llhttp.content_length;
}

enum http_next http_framing_body(struct http_framing *framing, uint64_t length)
{
	static const char filler[65536];
	bool chunked = (framing->llhttp.flags & F_CHUNKED) != 0;
	enum http_next next = HTTP_NEXT_BODY;

	while (length > 0) {
		size_t step = length < sizeof(filler) ? (size_t)length
						      : sizeof(filler);

		next = run(framing, filler, step, HTTP_NEXT_BODY);
		length -= step;
	}
	if (chunked && http_framing_left(framing) == 0)
		return run(framing, "\r\n", 2, HTTP_NEXT_SIZE);
	return next;
}

enum http_next http_framing_chunk(struct http_framing *framing, uint64_t size)
{
	struct text line = {.length = 0};

	put_number(&line, size, 16);
	PUT(&line, "\r\n");
	return run(framing, line.bytes, line.length,
	    size > 0 ? HTTP_NEXT_BODY : HTTP_NEXT_TRAILERS);
}

enum http_next http_framing_trailers_over(struct http_framing *framing)
{
	return run(framing, "\r\n", 2, HTTP_NEXT_REFUSED);
}

enum http_next http_framing_close(struct http_framing *framing)
{
	return llhttp_finish(&framing->llhttp) == HPE_OK ? HTTP_NEXT_MESSAGE
							 : HTTP_NEXT_REFUSED;
}

void http_framing_resume(struct http_framing *framing)
{
	llhttp_resume_after_upgrade(&framing->llhttp);
}
