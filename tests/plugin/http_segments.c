/* SPDX-License-Identifier: BSD-2-Clause */
/* However the bytes are cut into segments, the http plugin shows the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"
#include "tests/plugin/inflate_samples.h"

struct part {
	uint32_t direction;
	const void *bytes;
	size_t length;
};

#define CLIENT(text) \
	{ \
		TCPFLOW_C2S, text, sizeof(text) - 1 \
	}
#define SERVER(text) \
	{ \
		TCPFLOW_S2C, text, sizeof(text) - 1 \
	}
#define SERVER_BYTES(bytes) \
	{ \
		TCPFLOW_S2C, bytes, sizeof(bytes) \
	}

/* Something of everything; each part comes at one time. */
static const struct part conversation[] = {
    CLIENT("\r\nGET /1 HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\n\r\n"),
    SERVER("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	   "Set-Cookie: c=3; Path=/\r\nContent-Length: 5\r\n\r\nhello"),
    CLIENT("POST /2 HTTP/1.1\r\nExpect: 100-continue\r\n"
	   "Transfer-Encoding: chunked\r\n\r\n"),
    SERVER("HTTP/1.1 100 Continue\r\n\r\n"),
    CLIENT("5;x=y\r\nfirst\r\n6\r\nsecond\r\n0\r\nDigest: none\r\n\r\n"
	   "HEAD /3 HTTP/1.1\r\n\r\nGET /4 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n"
	   "Content-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	   "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
	   "HTTP/1.1 200\r\nContent-Encoding: gzip\r\n"
	   "Content-Length: 57\r\n\r\n"),
    SERVER_BYTES(gzip_hello),
    SERVER_BYTES(gzip_world),
    SERVER("junk"),
    CLIENT("GET /5 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n"
	   "Content-Length: 15\r\n\r\n"),
    SERVER_BYTES(deflate_raw),
    CLIENT("GET /6 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
	   "Content-Length: 4\r\n\r\n\x89PNG"),
    CLIENT("GET /7 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\ntext, then \0\1\2"),
    CLIENT("GET /8 HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n"
	   "Upgrade: h2c\r\n\r\nGET /9 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"
	   "HTTP/1.1 204 No Content\r\nContent-Length: 99\r\n\r\n"),
    CLIENT("<bad> /10 HTTP/1.1\r\nHost: a\r\n\r\nGET /11 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
	   "HTTP/1.0 200 OK\r\n\r\nuntil the end"),
};

static void feed(const struct bench *bench)
{
	size_t count = sizeof(conversation) / sizeof(conversation[0]);

	for (size_t i = 0; i < count; i++)
		fake_stream_data(bench->stream, conversation[i].direction,
		    conversation[i].bytes, conversation[i].length);
	fake_stream_eof(bench->stream, TCPFLOW_S2C);
	fake_stream_eof(bench->stream, TCPFLOW_C2S);
}

/* What is shown of chunks of at most so many bytes; to be freed. */
static char *shown(const char *const *settings, size_t chunk_most)
{
	const struct fake_stream_spec spec = {.chunk_most = chunk_most};
	struct bench bench;
	char *text;

	bench_open(&bench, settings, &spec);
	feed(&bench);
	bench_end(&bench);
	text = strdup(fake_host_console(bench.host));
	assert_non_null(text);
	bench_close(&bench);
	return text;
}

static void check(const char *const *settings)
{
	char *whole = shown(settings, 0);

	for (size_t most = 1; most < 700; most++) {
		char *cut = shown(settings, most);

		if (strcmp(whole, cut) != 0) {
			fprintf(stderr,
			    "-- whole:\n%s\n-- in chunks of %zu:\n%s\n", whole,
			    most, cut);
			fail();
		}
		free(cut);
	}
	free(whole);
}

static void text_does_not_depend_on_segments(void **state)
{
	(void)state;
	check(NULL);
}

static void limited_text_does_not_depend_on_segments(void **state)
{
	const char *const settings[] = {"max-body=12", NULL};

	(void)state;
	check(settings);
}

/* So that the tests above compare what they should. */
static void the_conversation_is_shown_in_full(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	feed(&bench);
	bench_end(&bench);
	assert_response(&bench, 1, "\nhello\n");
	assert_shown(&bench, "\nfirstsecond\nDigest: none\n");
	assert_response(&bench, 2, "[both chunked and Content-Length");
	assert_response(&bench, 3, "Content-Length: 500");
	assert_response(&bench, 4, "\nhello, world\n");
	assert_response(&bench, 5, "\nhello, world\n");
	assert_response(&bench, 6, "[body: image/png, 4 bytes]");
	assert_response(&bench, 7, "[body: 14 bytes]");
	assert_response(&bench, 8, "304 Not Modified");
	assert_response(&bench, 9, "204 No Content");
	assert_shown(&bench, "[cut: not to be parsed");
	assert_shown(&bench, "GET /11 HTTP/1.1");
	assert_shown(&bench, "\nuntil the end\n");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_does_not_depend_on_segments),
	    cmocka_unit_test(limited_text_does_not_depend_on_segments),
	    cmocka_unit_test(the_conversation_is_shown_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
