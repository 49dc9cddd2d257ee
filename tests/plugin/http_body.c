/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin's bodies: codings taken off, text or a summary, limits, and
 * what is said of those that are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plugins/common/coding.h"
#include "tests/plugin/http_bench.h"
#include "tests/plugin/coding_samples.h"

static const struct fake_stream_spec byte_by_byte = {.chunk_most = 1};

/* One exchange whose response has these headers ("A: b\r\n") and this body. */
static void exchange(struct bench *bench, const char *const *settings,
    const char *headers, const void *body, size_t length)
{
	char head[512];

	bench_open(bench, settings, &byte_by_byte);
	bench_ask(bench, "GET / HTTP/1.1\r\n\r\n");
	fake_host_console_clear(bench->host);
	snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", headers,
	    length);
	bench_answer_bytes(bench, head, body, length);
}

static void exchange_text(struct bench *bench, const char *const *settings,
    const char *headers, const char *body)
{
	exchange(bench, settings, headers, body, strlen(body));
}

static void codings_are_taken_off(void **state)
{
	static const struct {
		const char *coding;
		const uint8_t *bytes;
		size_t length;
		const char *text;
	} rows[] = {
	    {"gzip", gzip_hello, sizeof(gzip_hello), "hello, "},
	    {"x-gzip", gzip_hello, sizeof(gzip_hello), "hello, "},
	    {"GZip", gzip_hello, sizeof(gzip_hello), "hello, "},
	    {"identity , gzip", gzip_hello, sizeof(gzip_hello), "hello, "},
	    {"deflate", deflate_zlib, sizeof(deflate_zlib), "hello, world"},
	    {"deflate", deflate_raw, sizeof(deflate_raw), "hello, world"},
	    {"zstd", zstd_hello, sizeof(zstd_hello), "hello, "},
	    {"Br", brotli_hello, sizeof(brotli_hello), "hello, world"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		char headers[128];
		char expected[128];
		bool newline = strcmp(rows[i].text, "hello, world") == 0;

		if (rows[i].bytes == brotli_hello &&
		    !coding_is_built_in(CODING_BROTLI))
			continue;
		snprintf(headers, sizeof(headers),
		    "Content-Type: text/plain\r\nContent-Encoding: %s\r\n",
		    rows[i].coding);
		exchange(&bench, NULL, headers, rows[i].bytes, rows[i].length);
		snprintf(expected, sizeof(expected),
		    "\n\n%s\n[body: text/plain, %zu bytes, decoded %zu]\n\n",
		    rows[i].text, rows[i].length,
		    strlen(rows[i].text) + newline);
		assert_shown(&bench, expected);
		bench_close(&bench);
	}
}

static void requests_are_decoded_too(void **state)
{
	struct bench bench;
	uint8_t all[128];
	const char *head = "POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n"
			   "Content-Length: 26\r\n\r\n";

	(void)state;
	bench_open(&bench, NULL, NULL);
	memcpy(all, head, strlen(head));
	memcpy(all + strlen(head), gzip_world, sizeof(gzip_world));
	fake_stream_data(
	    bench.stream, TCPFLOW_C2S, all, strlen(head) + sizeof(gzip_world));
	assert_shown(&bench, "\n\nworld\n[body: 26 bytes, decoded 6]\n\n");
	bench_close(&bench);
}

static void all_members_and_junk_behind_them(void **state)
{
	struct bench bench;
	uint8_t body[64];
	size_t length = sizeof(gzip_hello) + sizeof(gzip_world);

	(void)state;
	memcpy(body, gzip_hello, sizeof(gzip_hello));
	memcpy(body + sizeof(gzip_hello), gzip_world, sizeof(gzip_world));
	memcpy(body + length, "junk", 4);
	exchange(&bench, NULL, "Content-Encoding: gzip\r\n", body, length);
	assert_shown(
	    &bench, "\n\nhello, world\n[body: 53 bytes, decoded 13]\n\n");
	bench_close(&bench);
	exchange(&bench, NULL, "Content-Encoding: gzip\r\n", body, length + 4);
	assert_shown(&bench,
	    "\n\nhello, world\n[body: 57 bytes, decoded 13]\n"
	    "[junk behind the encoded data]\n\n");
	bench_close(&bench);
}

static void wrong_codings_are_flagged(void **state)
{
	struct bench bench;

	(void)state;
	exchange_text(
	    &bench, NULL, "Content-Encoding: gzip\r\n", "<p>plain</p>");
	assert_shown(&bench, "[not encoded as its header says]\n");
	bench_close(&bench);
	exchange(&bench, NULL, "Content-Encoding: gzip\r\n", gzip_hello,
	    sizeof(gzip_hello) - 2);
	assert_shown(&bench,
	    "\n\nhello, \n[body: 25 bytes, decoded 7]\n"
	    "[its content coding ends too early]\n");
	bench_close(&bench);
}

static void unknown_codings_are_summarised(void **state)
{
	struct bench bench;

	(void)state;
	exchange_text(&bench, NULL,
	    "Content-Type: text/html\r\nContent-Encoding: compress\r\n", "xyz");
	assert_shown(&bench,
	    "\n\n[body: text/html, 3 bytes, encoded as compress]\n"
	    "[not decoded: its content coding is unknown]\n\n");
	assert_not_shown(&bench, "xyz");
	bench_close(&bench);
	exchange_text(&bench, NULL,
	    "Content-Encoding: gzip, zstd, identity, br\r\n", "xyz");
	assert_shown(&bench,
	    "[body: 3 bytes, encoded as gzip, zstd, identity, br]\n"
	    "[not decoded: more than two content codings]\n");
	bench_close(&bench);
}

/* deflate in gzip, and gzip in deflate, stored. */
static void two_codings_are_taken_off(void **state)
{
	static const char *const headers[] = {
	    "Content-Encoding: deflate, gzip\r\n",
	    "Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n",
	    "Content-Encoding: deflate\r\nTransfer-Encoding: gzip, chunked\r\n",
	    "Transfer-Encoding: deflate,GZIP , chunked\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct bench bench;
		char head[256];
		uint8_t body[128];
		size_t length = 0;
		bool chunked = strstr(headers[i], "chunked") != NULL;

		bench_open(&bench, NULL, &byte_by_byte);
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		fake_host_console_clear(bench.host);
		if (chunked) {
			memcpy(body, "2a\r\n", 4);
			length = 4;
		}
		memcpy(body + length, gzip_of_deflate, sizeof(gzip_of_deflate));
		length += sizeof(gzip_of_deflate);
		if (chunked) {
			memcpy(body + length, "\r\n0\r\n\r\n", 7);
			length += 7;
		}
		snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n%s%s\r\n",
		    headers[i], chunked ? "" : "Content-Length: 42\r\n");
		bench_answer_bytes(&bench, head, body, length);
		assert_shown(&bench,
		    "\n\nhello, world\n[body: 42 bytes, decoded 13]\n\n");
		bench_close(&bench);
	}
}

static void wide_windows_are_flagged(void **state)
{
	struct bench bench;

	(void)state;
	exchange(&bench, NULL, "Content-Encoding: zstd\r\n", zstd_window,
	    sizeof(zstd_window));
	assert_shown(&bench,
	    "[body: 22 bytes, decoded 0]\n"
	    "[not decoded any more: it needs a window above 8 MiB]\n\n");
	bench_close(&bench);
}

static void decode_may_be_switched_off(void **state)
{
	const char *const settings[] = {"decode=no", NULL};
	struct bench bench;

	(void)state;
	exchange(&bench, settings, "Content-Encoding: gzip\r\n", gzip_hello,
	    sizeof(gzip_hello));
	assert_shown(&bench, "\n\n[body: 27 bytes]\n\n");
	assert_not_shown(&bench, "hello");
	bench_close(&bench);
}

/* A part of an encoded body cannot be decoded by itself. */
static void ranges_are_not_decoded(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\nRange: bytes=3-\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 206 Partial\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 3\r\n\r\nxyz");
	assert_shown(&bench, "[body: 3 bytes, encoded as gzip]\n\n");
	bench_close(&bench);
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\nRange: bytes=0-24\r\n\r\n");
	bench_answer_bytes(&bench,
	    "HTTP/1.1 206 Partial\r\nContent-Encoding: gzip\r\n"
	    "Content-Range: bytes 0-24/27\r\nContent-Length: 25\r\n\r\n",
	    gzip_hello, 25);
	assert_shown(&bench, "hello, \n[body: 25 bytes, decoded 7]\n\n");
	bench_close(&bench);
}

static void types_that_are_text(void **state)
{
	static const struct {
		const char *type;
		bool text;
	} rows[] = {
	    {"text/html; charset=utf-8", true},
	    {"TEXT/X-ANY", true},
	    {"application/json", true},
	    {"application/vnd.api+json ; v=1", true},
	    {"image/svg+xml", true},
	    {"application/x-javascript", true},
	    {"application/x-www-form-urlencoded", true},
	    {"multipart/form-data; boundary=x", true},
	    {"application/octet-stream", false},
	    {"image/png", false},
	    {"application/vnd.openxmlformats-officedocument", false},
	    {"json", false},
	    {"application/", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		char headers[128];

		snprintf(headers, sizeof(headers), "Content-Type: %s\r\n",
		    rows[i].type);
		exchange_text(&bench, NULL, headers, "{\"a\": 1}");
		if (rows[i].text)
			assert_shown(&bench, "\n\n{\"a\": 1}\n\n");
		else
			assert_shown(&bench, ", 8 bytes]\n\n");
		assert_shown_times(&bench, "{", rows[i].text);
		bench_close(&bench);
	}
}

static void bytes_decide_where_there_is_no_type(void **state)
{
	struct bench bench;

	(void)state;
	exchange(&bench, NULL, "", "a\0b", 3);
	assert_shown(&bench, "\n\n[body: 3 bytes]\n\n");
	bench_close(&bench);
	exchange_text(&bench, NULL, "", "gr\xc3\xbc\xc3\x9f dich\n");
	assert_shown(&bench, "\n\ngr\xc3\xbc\xc3\x9f dich\n\n");
	bench_close(&bench);
	/* What is said to be text, and is none. */
	exchange(&bench, NULL, "Content-Type: text/html\r\n", "ab\1", 3);
	assert_shown(&bench, "\n\n[body: text/html, 3 bytes]\n\n");
	bench_close(&bench);
}

static void shown_is_bounded(void **state)
{
	static const struct {
		const char *setting;
		const char *expected;
	} rows[] = {
	    {"max-body=4", "\n\n0123\n[6 more bytes]\n\n"},
	    {"max-body=10", "\n\n0123456789\n\n"},
	    {"max-body=0", "\n\n[body: 10 bytes]\n\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const settings[] = {rows[i].setting, NULL};
		struct bench bench;

		exchange_text(&bench, settings, "", "0123456789");
		assert_shown(&bench, rows[i].expected);
		bench_close(&bench);
	}
}

/* What is not shown is not kept. */
static void memory_is_bounded(void **state)
{
	struct bench bench;
	char *big = malloc(1u << 20);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 1u << 20);
	bench_open(&bench, NULL, NULL);
	bench_answer(
	    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n");
	for (unsigned i = 0; i < 8; i++)
		fake_stream_data(bench.stream, TCPFLOW_S2C, big, 1u << 20);
	assert_shown(&bench, "\n[8323072 more bytes]\n");
	assert_true(fake_host_held_most(bench.host) < 80u << 10);
	free(big);
	bench_close(&bench);
}

static void bombs_stop_at_the_limit(void **state)
{
	struct bench bench;
	uint8_t member[GZIP_MEGABYTE_LENGTH];

	(void)state;
	gzip_megabyte(member);
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 73570\r\n\r\n");
	for (unsigned i = 0; i < 70; i++)
		fake_stream_data(
		    bench.stream, TCPFLOW_S2C, member, sizeof(member));
	assert_shown(&bench,
	    "[body: 73570 bytes, decoded 67108864]\n"
	    "[decoded up to the limit of 64 MiB]\n");
	assert_true(fake_host_held_most(bench.host) < 1u << 20);
	bench_answer(&bench, "HTTP/1.1 204 Next\r\n\r\n");
	assert_response(&bench, 2, "204 Next");
	bench_close(&bench);
}

static void bodies_may_last_until_the_end(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.0\r\n\r\n");
	bench_answer(&bench, "HTTP/1.0 200 OK\r\n\r\nall that ");
	bench_answer(&bench, "there is");
	assert_not_shown(&bench, "response");
	fake_stream_eof(bench.stream, TCPFLOW_S2C);
	assert_shown(&bench, "\n\nall that there is\n\n");
	assert_not_shown(&bench, "[");
	bench_close(&bench);
}

static void cut_bodies_are_marked(void **state)
{
	static const char *const heads[] = {
	    "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\npart",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "20\r\npart",
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct bench bench;

		bench_open(&bench, NULL, NULL);
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		bench_answer(&bench, heads[i / 2]);
		if (i % 2 == 0)
			fake_stream_eof(bench.stream, TCPFLOW_S2C);
		else
			fake_stream_close(&bench.stream, TCPFLOW_CLOSE_RST);
		assert_shown(
		    &bench, "\n\npart\n[cut: the connection ended first]\n\n");
		bench_close(&bench);
	}
}

/* Without an eof nobody knows whether that was all. */
static void endless_bodies_may_be_cut(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_answer(&bench, "HTTP/1.1 200 OK\r\n\r\nsome");
	fake_stream_close(&bench.stream, TCPFLOW_CLOSE_RST);
	assert_shown(&bench, "\n\nsome\n[cut: the connection ended first]\n");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codings_are_taken_off),
	    cmocka_unit_test(requests_are_decoded_too),
	    cmocka_unit_test(all_members_and_junk_behind_them),
	    cmocka_unit_test(wrong_codings_are_flagged),
	    cmocka_unit_test(unknown_codings_are_summarised),
	    cmocka_unit_test(two_codings_are_taken_off),
	    cmocka_unit_test(wide_windows_are_flagged),
	    cmocka_unit_test(decode_may_be_switched_off),
	    cmocka_unit_test(ranges_are_not_decoded),
	    cmocka_unit_test(types_that_are_text),
	    cmocka_unit_test(bytes_decide_where_there_is_no_type),
	    cmocka_unit_test(shown_is_bounded),
	    cmocka_unit_test(memory_is_bounded),
	    cmocka_unit_test(bombs_stop_at_the_limit),
	    cmocka_unit_test(bodies_may_last_until_the_end),
	    cmocka_unit_test(cut_bodies_are_marked),
	    cmocka_unit_test(endless_bodies_may_be_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
