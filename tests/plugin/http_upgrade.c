/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin where a connection becomes another protocol's, or only offers
 * to: CONNECT, Upgrade, and those who ignore them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

#define OFFER "GET /1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

static void accepted_offers_end_http_at_the_exact_byte(void **state)
{
	struct bench bench;

	(void)state;
	for (size_t chunk = 0; chunk < 3; chunk++) {
		const struct fake_stream_spec spec = {.chunk_most = chunk};

		bench_open(&bench, NULL, &spec);
		fake_host_want_children(bench.host);
		bench_ask(&bench,
		    "GET /chat HTTP/1.1\r\nConnection: Upgrade\r\n"
		    "Upgrade: websocket\r\n\r\nGET / HTTP/1.1\r\n\r\n");
		bench_answer(&bench,
		    "HTTP/1.1 101 Switching Protocols\r\n"
		    "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
		    "HTTP/1.1 200 OK\r\n\r\n");
		bench_ask(&bench, "1234");
		assert_response(&bench, 1, "101 Switching Protocols");
		assert_shown_times(&bench, "HTTP/1.1", 2);
		bench_end(&bench);
		assert_shown(&bench,
		    "[the connection went on as another protocol: 22 bytes "
		    "sent, 19 received]\n");
		assert_int_equal(fake_host_counter(bench.host, "tunnels"), 1);
		assert_int_equal(
		    fake_host_counter(bench.host, "tunnel_bytes"), 41);
		assert_string_equal(fake_host_children(bench.host),
		    "websocket upgrade=websocket\n"
		    ">GET / HTTP/1.1\r\n\r\n1234\n"
		    "<HTTP/1.1 200 OK\r\n\r\n\n");
		bench_close(&bench);
	}
}

/* A version of llhttp took this for an error. */
static void answer_101_needs_no_headers(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, OFFER);
	bench_answer(&bench, "HTTP/1.1 101 Go\r\n\r\nabc");
	bench_end(&bench);
	assert_shown(&bench, "0 bytes sent, 3 received]\n");
	assert_not_shown(&bench, "cut");
	bench_close(&bench);
}

static void connect_ends_http(void **state)
{
	(void)state;
	for (size_t chunk = 0; chunk < 4; chunk++) {
		const struct fake_stream_spec spec = {.chunk_most = chunk};
		struct bench bench;

		bench_open(&bench, NULL, &spec);
		fake_host_want_children(bench.host);
		bench_ask(&bench,
		    "CONNECT example.com:443 HTTP/1.1\r\n"
		    "Host: example.com:443\r\n\r\n");
		/* Not the tunnel's end, and not its length. */
		bench_answer(&bench,
		    "HTTP/1.1 200 Established\r\nContent-Length: 9\r\n\r\n"
		    "\x16\x03HTTP/1.1 200 OK\r\n\r\n");
		bench_ask(&bench, "\x16\x03\x01GET / HTTP/1.1\r\n\r\n");
		fake_stream_eof(bench.stream, TCPFLOW_C2S);
		bench_end(&bench);
		assert_string_equal(fake_host_children(bench.host),
		    "connect to example.com:443\n"
		    ">\x16\x03\x01GET / HTTP/1.1\r\n\r\n$\n"
		    "<\x16\x03HTTP/1.1 200 OK\r\n\r\n\n");
		assert_shown(&bench, "CONNECT example.com:443 HTTP/1.1\n");
		assert_shown(&bench, "21 bytes sent, 21 received]\n");
		bench_close(&bench);
	}
}

/* Of a name without a port, or of one that is none, the name is all. */
static void connect_takes_names_as_they_are(void **state)
{
	static const struct {
		const char *target;
		const char *story;
	} rows[] = {
	    {"a.example", "connect to a.example:0\n>\n<\n"},
	    {"[::1]:8443", "connect to [::1]:8443\n>\n<\n"},
	    {"a:99999", "connect to a:99999:0\n>\n<\n"},
	    {"a:b", "connect to a:b:0\n>\n<\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[128];
		struct bench bench;

		bench_open(&bench, NULL, NULL);
		fake_host_want_children(bench.host);
		snprintf(text, sizeof(text), "CONNECT %s HTTP/1.1\r\n\r\n",
		    rows[i].target);
		bench_ask(&bench, text);
		bench_answer(&bench, "HTTP/1.1 200 -\r\n\r\n");
		bench_end(&bench);
		assert_string_equal(
		    fake_host_children(bench.host), rows[i].story);
		bench_close(&bench);
	}
}

static void gaps_are_in_the_child(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	fake_host_want_children(bench.host);
	bench_ask(&bench, OFFER "ab");
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 5);
	bench_answer(&bench, "HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\nx");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 7);
	bench_answer(&bench, "y");
	bench_ask(&bench, "c");
	bench_end(&bench);
	/* What was held is lost with what was missing behind it. */
	assert_string_equal(fake_host_children(bench.host),
	    "upgrade upgrade=h2c\n>[7]c\n<x[7]y\n");
	bench_close(&bench);
}

static void refused_connects_go_on(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
	bench_answer(
	    &bench, "HTTP/1.1 407 Who Are You\r\nContent-Length: 2\r\n\r\nno");
	bench_ask(&bench, "CONNECT a:443 HTTP/1.1\r\nA: b\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 Fine\r\n\r\nx");
	bench_end(&bench);
	assert_response(&bench, 1, "407 Who");
	assert_response(&bench, 2, "200 Fine");
	assert_shown(&bench, "0 bytes sent, 1 received]\n");
	bench_close(&bench);
}

static void ignored_offers_go_on(void **state)
{
	static const size_t chunks[] = {0, 1, 3};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct fake_stream_spec spec = {.chunk_most = chunks[i]};
		struct bench bench;

		bench_open(&bench, NULL, &spec);
		bench_ask(&bench,
		    OFFER "POST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\ntwo"
			  "GET /3 HTTP/1.1\r\n\r\n");
		assert_not_shown(&bench, "/2");
		bench_answer(
		    &bench, "HTTP/1.1 200 One\r\nContent-Length: 0\r\n\r\n");
		assert_shown(&bench, "POST /2 HTTP/1.1");
		assert_shown(&bench, "GET /3 HTTP/1.1");
		bench_answer(&bench,
		    "HTTP/1.1 204 Two\r\n\r\nHTTP/1.1 204 Three\r\n\r\n");
		assert_response(&bench, 1, "200 One");
		assert_response(&bench, 2, "204 Two");
		assert_response(&bench, 3, "204 Three");
		assert_not_shown(&bench, "[");
		bench_close(&bench);
	}
}

/* Interim responses decide nothing. */
static void offers_wait_for_the_final_response(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET /0 HTTP/1.1\r\n\r\n" OFFER "PRI * HTTP/2.0");
	bench_answer(&bench, "HTTP/1.1 204 Zero\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 103 Hints\r\n\r\n");
	assert_int_equal(fake_host_counter(bench.host, "unparsable"), 0);
	bench_answer(&bench,
	    "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
	bench_end(&bench);
	assert_int_equal(fake_host_counter(bench.host, "unparsable"), 0);
	assert_shown(&bench, "14 bytes sent, 0 received]\n");
	bench_close(&bench);
}

static void held_messages_keep_their_time(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, OFFER);
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 One\r\n\r\n");
	assert_shown(&bench, ".124456Z\nGET /2 HTTP/1.1\n");
	bench_close(&bench);
}

/* Who sends so much does not wait for an answer. */
static void held_bytes_are_bounded(void **state)
{
	struct bench bench;
	char *body = malloc(70000);

	(void)state;
	assert_non_null(body);
	memset(body, 'x', 70000);
	bench_open(&bench, NULL, NULL);
	bench_ask(
	    &bench, OFFER "POST /2 HTTP/1.1\r\nContent-Length: 70000\r\n\r\n");
	for (size_t at = 0; at < 70000; at += 1000)
		fake_stream_data(bench.stream, TCPFLOW_C2S, body + at, 1000);
	free(body);
	assert_shown(&bench, "POST /2 HTTP/1.1\n");
	assert_shown(&bench, "[4464 more bytes]\n");
	/* What follows is not held any more. */
	bench_ask(&bench, OFFER "GET /4 HTTP/1.1\r\n\r\n");
	assert_shown(&bench, "GET /4 HTTP/1.1\n");
	assert_true(fake_host_held_most(bench.host) < 280u << 10);
	bench_close(&bench);
}

static void offers_without_answer_are_shown_at_the_end(void **state)
{
	(void)state;
	for (unsigned eof = 0; eof < 2; eof++) {
		struct bench bench;

		bench_open(&bench, NULL, NULL);
		bench_ask(&bench,
		    OFFER "GET /2 HTTP/1.1\r\n\r\n" OFFER
			  "GET /4 HTTP/1.1\r\n\r\n");
		if (eof)
			fake_stream_eof(bench.stream, TCPFLOW_C2S);
		bench_end(&bench);
		assert_shown(&bench, "GET /2 HTTP/1.1\n");
		assert_shown(&bench, "#4 request");
		bench_close(&bench);
	}
}

/* What was missing is of the other protocol. */
static void gaps_behind_an_offer(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, OFFER "1234");
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 100);
	bench_answer(&bench,
	    "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 10);
	bench_ask(&bench, "5");
	bench_end(&bench);
	assert_shown(&bench, "105 bytes sent, 10 received]\n");
	bench_close(&bench);
}

static void gaps_behind_an_ignored_offer(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, OFFER "GET /2 HT");
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 100);
	bench_answer(&bench, "HTTP/1.1 204 One\r\n\r\n");
	bench_ask(&bench, "GET /3 HTTP/1.1\r\n\r\n");
	assert_response(&bench, 1, "204 One");
	assert_shown(&bench, "GET /3 HTTP/1.1\n");
	assert_int_equal(fake_host_counter(bench.host, "gaps"), 1);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepted_offers_end_http_at_the_exact_byte),
	    cmocka_unit_test(answer_101_needs_no_headers),
	    cmocka_unit_test(connect_ends_http),
	    cmocka_unit_test(connect_takes_names_as_they_are),
	    cmocka_unit_test(gaps_are_in_the_child),
	    cmocka_unit_test(refused_connects_go_on),
	    cmocka_unit_test(ignored_offers_go_on),
	    cmocka_unit_test(offers_wait_for_the_final_response),
	    cmocka_unit_test(held_messages_keep_their_time),
	    cmocka_unit_test(held_bytes_are_bounded),
	    cmocka_unit_test(offers_without_answer_are_shown_at_the_end),
	    cmocka_unit_test(gaps_behind_an_offer),
	    cmocka_unit_test(gaps_behind_an_ignored_offer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
