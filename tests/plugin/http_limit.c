/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin's limits, each with the way to hit it, and what hostile bytes
 * can make of the console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

#define ASK(target) "GET " target " HTTP/1.1\r\n\r\n"

static void repeat(
    const struct bench *bench, uint32_t direction, char byte, size_t length)
{
	char block[4096];

	memset(block, byte, sizeof(block));
	for (size_t left = length; left > 0;) {
		size_t step = left < sizeof(block) ? left : sizeof(block);

		fake_stream_data(bench->stream, direction, block, step);
		left -= step;
	}
}

/* What follows a head that is too large is found again. */
static void heads_are_limited(void **state)
{
	static const size_t chunks[] = {0, 1, 1460};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct fake_stream_spec spec = {.chunk_most = chunks[i]};
		struct bench bench;
		size_t shown;

		bench_open(&bench, NULL, &spec);
		bench_ask(&bench, "GET /1 HTTP/1.1\r\nHost: a\r\nBig: ");
		repeat(&bench, TCPFLOW_C2S, 'x', i == 1 ? 1u << 17 : 20000000);
		bench_ask(&bench, "\r\nB: c\r\n\r\n" ASK("/2"));
		assert_shown(&bench, "GET /1 HTTP/1.1\nHost: a\nBig: xxx");
		assert_shown(&bench,
		    "xxx\n[cut: its headers are larger than 64 KiB, or more "
		    "than 1024]\n\n");
		assert_not_shown(&bench, "B: c");
		assert_shown(&bench, "GET /2 HTTP/1.1\n");
		shown = fake_host_console_length(bench.host);
		assert_true(shown > 65536 && shown < 65536 + 400);
		assert_true(fake_host_held_most(bench.host) < 72u << 10);
		bench_close(&bench);
	}
}

static void targets_are_limited(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1") "GET /");
	repeat(&bench, TCPFLOW_C2S, 'x', 100000);
	bench_ask(&bench, " HTTP/1.1\r\n\r\n" ASK("/3"));
	assert_shown(&bench, "xxx\n[cut: its headers are larger");
	assert_shown(&bench, "GET /3 HTTP/1.1\n");
	bench_close(&bench);
}

static void headers_are_counted(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET /1 HTTP/1.1\r\n");
	for (unsigned i = 0; i < 1024; i++)
		bench_ask(&bench, "A: b\r\n");
	bench_ask(&bench, "\r\n");
	assert_shown_times(&bench, "\nA: b", 1024);
	assert_not_shown(&bench, "[");
	fake_host_console_clear(bench.host);
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n");
	for (unsigned i = 0; i < 1000000; i++)
		bench_ask(&bench, "A: b\r\n");
	bench_ask(&bench, "\r\n" ASK("/3"));
	assert_shown_times(&bench, "\nA: b", 1024);
	assert_shown(&bench, "[cut: its headers are larger");
	assert_shown(&bench, "GET /3 HTTP/1.1\n");
	assert_true(fake_host_held_most(bench.host) < 128u << 10);
	bench_close(&bench);
}

static void trailers_are_counted_too(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n0\r\n");
	for (unsigned i = 0; i < 2000; i++)
		bench_answer(&bench, "A: b\r\n");
	bench_answer(&bench, "\r\n");
	assert_shown_times(&bench, "\nA: b", 1023);
	assert_shown(&bench, "[cut: its headers are larger");
	bench_close(&bench);
}

static void requests_without_answer_are_limited(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	for (unsigned i = 0; i < 10000; i++)
		bench_ask(&bench, ASK("/"));
	assert_shown_times(&bench,
	    "[more than 1024 requests wait for an answer: not paired]\n", 1);
	assert_int_equal(fake_host_counter(bench.host, "queue_full"), 1);
	assert_int_equal(fake_host_counter(bench.host, "requests"), 10000);
	assert_true(fake_host_held_most(bench.host) < 64u << 10);
	/* The first 1024 are paired, no other is. */
	fake_host_console_clear(bench.host);
	for (unsigned i = 0; i < 1026; i++)
		bench_answer(&bench, "HTTP/1.1 204 OK\r\n\r\n");
	assert_response(&bench, 1024, "204");
	assert_shown_times(&bench, "#1025 ", 0);
	assert_shown(&bench, "#10001 response");
	assert_shown_times(&bench, "[the request it answers is not known]", 2);
	bench_close(&bench);
}

/* The host escapes what it is given; here, all must be given as it came, and
 * nothing of it in a span of the plugin's own words. */
static void hostile_bytes_stay_in_their_spans(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/"));
	fake_host_console_clear(bench.host);
	fake_host_show_roles(bench.host, true);
	bench_answer(&bench,
	    "HTTP/1.1 200 \x1b[2J\r\nX-\x80: \x1b]0;t\x07 \x9b\r\n"
	    "Content-Length: 7\r\n\r\n\x1b[31m\xff\x9b");
	/* Whatever llhttp thinks of it. */
	assert_not_shown(&bench, "{meta}\x1b");
	assert_not_shown(&bench, "{alert}\x1b");
	bench_close(&bench);
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/"));
	fake_host_console_clear(bench.host);
	fake_host_show_roles(bench.host, true);
	bench_answer(&bench,
	    "HTTP/1.1 200 \x1b[2J\r\nSet-Cookie: a\x1b=\x9b; b\r\n"
	    "Content-Type: text/\x1b[1m\r\nContent-Length: 6\r\n\r\n"
	    "\x1b[31m\xff");
	assert_shown(&bench, "{start}HTTP/1.1 200 \x1b[2J\n{name}");
	assert_shown(&bench,
	    "{name}Set-Cookie:{value} a\x1b=\x9b; b\n"
	    "{name}    a\x1b{value} = \x9b\n{name}    b{value}\n");
	assert_shown(&bench, "{body}\x1b[31m\xff\n");
	bench_close(&bench);
}

/* Names from the network are text to be shown, and nothing else. */
static void names_lead_nowhere(void **state)
{
	struct fake_file file;
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench,
	    "GET /../../etc/passwd HTTP/1.1\r\n"
	    "Content-Disposition: attachment; filename=\"-rf\"\r\n\r\n");
	assert_shown(&bench, "GET /../../etc/passwd HTTP/1.1\n");
	assert_false(fake_host_file(bench.host, 0, &file));
	bench_close(&bench);
}

static void refused_memory_is_flagged(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1") ASK("/2") ASK("/3"));
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n");
	fake_host_set_hold_most(bench.host, fake_host_held(bench.host) + 600);
	repeat(&bench, TCPFLOW_S2C, 'x', 500);
	repeat(&bench, TCPFLOW_S2C, 'y', 500);
	repeat(&bench, TCPFLOW_S2C, 'z', 1000);
	assert_response(&bench, 1,
	    "xx\n[1500 more bytes]\n"
	    "[not all of it is shown or paired, for want of memory]\n");
	/* A head that cannot be kept is cut; the next one is found. */
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nA: ");
	repeat(&bench, TCPFLOW_S2C, 'a', 3000);
	bench_answer(&bench, "\r\n\r\n");
	assert_response(&bench, 2,
	    "\n[not all of it is shown or paired, for want of memory]\n");
	bench_answer(&bench, "HTTP/1.1 204 Third\r\n\r\n");
	assert_shown(&bench, "204 Third");
	bench_close(&bench);
}

/* What is shown of a body has no holes that nobody tells of. */
static void bodies_end_where_memory_did(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n");
	repeat(&bench, TCPFLOW_S2C, 'x', 500);
	fake_host_refuse_hold(bench.host, 1);
	repeat(&bench, TCPFLOW_S2C, 'y', 500);
	repeat(&bench, TCPFLOW_S2C, 'z', 500);
	assert_response(&bench, 1, "xx\n[1000 more bytes]\n[not all of it");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_limited),
	    cmocka_unit_test(targets_are_limited),
	    cmocka_unit_test(headers_are_counted),
	    cmocka_unit_test(trailers_are_counted_too),
	    cmocka_unit_test(requests_without_answer_are_limited),
	    cmocka_unit_test(hostile_bytes_stay_in_their_spans),
	    cmocka_unit_test(names_lead_nowhere),
	    cmocka_unit_test(refused_memory_is_flagged),
	    cmocka_unit_test(bodies_end_where_memory_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
