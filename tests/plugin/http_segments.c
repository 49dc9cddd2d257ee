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
#include "tests/plugin/coding_samples.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

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

/* What servers and clients bear. */
static const struct part odd[] = {
    CLIENT("\n\r\nget  /a b\tHTTP/1.0 \nA : b\n c\r\n\t\r\nno colon\r\n"
	   "\xe4: \0\x7f\rx\r\nConnection:\r\n a,\r\n close\r\n\r\n"),
    SERVER("\x01HTTP/1.1  200\tOK\nTransfer-Encoding: identity,\r\n"
	   " Chunked\r\nContent-Length: 9, 9\nContent-Length: x\r\n\r\n"
	   "3 ; a=b\nabc\n0004 \r\ndefg2\r\nhi\r\n0\r\nT: u\r\n v\n\r\n"),
    CLIENT("POST /2 HTTP/1.1\r\nContent-Length: 3\r\n"
	   "Content-Length: 4\r\nUpgrade: a\r\n\r\nabc"
	   "OPTIONS \r\n\r\n<bad\0>\r\nGET /4 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 103\r\nContent-Length: 5\r\n\r\nhttp/2.0 2000\r\n"
	   "Content-Length: 0\r\n\r\n\r\njunk\r\nHTTP/1.1 204 -\n\n"),
    CLIENT("GET /old\r\n"),
    SERVER("ICY 200 OK\r\n\r\nall\r\n that comes"),
};

/* As large as heads may be, and larger. */
static char large[70000];
static const struct part limited[] = {
    CLIENT("GET /1 HTTP/1.1\r\nA: b\r\n"),
    {TCPFLOW_C2S, large, sizeof(large)},
    CLIENT("\r\nContent-Length: 4\r\n\r\nbody"
	   "GET /2 HTTP/1.1\r\n\r\n"),
    SERVER("HTTP/1.1 200 OK\r\nA:\r\n "),
    {TCPFLOW_S2C, large, sizeof(large)},
    SERVER("\n b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"),
    {TCPFLOW_S2C, large, sizeof(large)},
    SERVER("\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend"),
};

static void feed(
    const struct bench *bench, const struct part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fake_stream_data(bench->stream, parts[i].direction,
		    parts[i].bytes, parts[i].length);
	fake_stream_eof(bench->stream, TCPFLOW_S2C);
	fake_stream_eof(bench->stream, TCPFLOW_C2S);
}

/* The fake host's chunks are packets: their numbers go. */
static void forget_packets(char *text)
{
	static const char key[] = "\"packets\":[";

	while ((text = strstr(text, key)) != NULL) {
		char *end = strchr(text, ']');

		assert_non_null(end);
		memmove(text, end + 1, strlen(end));
	}
}

/* What is shown and told of chunks of at most so many bytes; to be freed. */
static char *shown(const char *const *settings, const struct part *parts,
    size_t count, size_t chunk_most)
{
	const struct fake_stream_spec spec = {.chunk_most = chunk_most};
	struct bench bench;
	char *text;

	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(
	    bench.host, TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, &spec);
	feed(&bench, parts, count);
	bench_end(&bench);
	assert_int_not_equal(
	    asprintf(&text, "%s%s", fake_host_console(bench.host),
		fake_host_records(bench.host)),
	    -1);
	bench_close(&bench);
	forget_packets(text);
	return text;
}

static void check_one(const char *const *settings, const struct part *parts,
    size_t count, const char *whole, size_t most)
{
	char *cut = shown(settings, parts, count, most);

	if (strcmp(whole, cut) != 0) {
		fprintf(stderr, "-- whole:\n%s\n-- in chunks of %zu:\n%s\n",
		    whole, most, cut);
		fail();
	}
	free(cut);
}

static void check(
    const char *const *settings, const struct part *parts, size_t count)
{
	char *whole = shown(settings, parts, count, 0);

	for (size_t most = 1; most < 700; most++)
		check_one(settings, parts, count, whole, most);
	free(whole);
}

#define ALL(parts) parts, sizeof(parts) / sizeof((parts)[0])

static void text_does_not_depend_on_segments(void **state)
{
	(void)state;
	check(NULL, ALL(conversation));
}

static void limited_text_does_not_depend_on_segments(void **state)
{
	const char *const settings[] = {"max-body=12", NULL};

	(void)state;
	check(settings, ALL(conversation));
}

static void odd_messages_do_not_depend_on_segments(void **state)
{
	(void)state;
	check(NULL, ALL(odd));
}

static void limits_do_not_depend_on_segments(void **state)
{
	static const size_t chunks[] = {
	    1, 2, 3, 255, 256, 257, 1460, 65535, 65536};
	char *whole;

	(void)state;
	memset(large, 'x', sizeof(large));
	whole = shown(NULL, ALL(limited), 0);
	assert_non_null(strstr(whole, "\nbody\n[cut: its headers"));
	assert_non_null(strstr(whole, "\nend\n"));
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
		check_one(NULL, ALL(limited), whole, chunks[i]);
	free(whole);
}

/* So that the tests above compare what they should. */
static void the_conversation_is_shown_in_full(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	feed(&bench, ALL(conversation));
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
	    cmocka_unit_test(odd_messages_do_not_depend_on_segments),
	    cmocka_unit_test(limits_do_not_depend_on_segments),
	    cmocka_unit_test(the_conversation_is_shown_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
