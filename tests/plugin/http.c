/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin: how messages look, and which belong together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static void exchange_is_shown_as_two_records(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET /x?y=1 HTTP/1.1\r\nHost: example.com\r\n\r\n");
	assert_console(&bench,
	    "#1 request 192.0.2.1:50955 > 192.0.2.2:80 "
	    "2026-11-23T09:38:20.123456Z\n"
	    "GET /x?y=1 HTTP/1.1\n"
	    "Host: example.com\n"
	    "\n");
	fake_host_console_clear(bench.host);
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\n\r\nhello");
	assert_console(&bench,
	    "#1 response 192.0.2.2:80 > 192.0.2.1:50955 "
	    "2026-11-23T09:38:20.124456Z after 1.000 ms\n"
	    "HTTP/1.1 200 OK\n"
	    "Content-Type: text/plain\n"
	    "Content-Length: 5\n"
	    "\n"
	    "hello\n"
	    "\n");
	assert_int_equal(fake_host_console_records(bench.host), 1);
	assert_int_equal(fake_host_counter(bench.host, "requests"), 1);
	assert_int_equal(fake_host_counter(bench.host, "responses"), 1);
	bench_close(&bench);
}

static void spans_have_roles(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	fake_host_console_clear(bench.host);
	fake_host_show_roles(bench.host, true);
	bench_answer(
	    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nA: b\r\n\r\ncut");
	bench_end(&bench);
	assert_console(&bench,
	    "{meta}#1 response 192.0.2.2:80 > 192.0.2.1:50955 "
	    "2026-11-23T09:38:20.124456Z after 1.000 ms\n"
	    "{start}HTTP/1.1 200 OK\n"
	    "{name}Content-Length:{value} 9\n"
	    "{name}A:{value} b\n"
	    "{text}\n"
	    "{body}cut\n"
	    "{alert}[cut: the connection ended first]\n"
	    "{text}\n");
	bench_close(&bench);
}

static void cookies_are_parsed(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench,
	    "GET / HTTP/1.1\r\ncookie: a=1; b=x=y;; empty=; flag\r\n\r\n");
	assert_shown(&bench,
	    "cookie: a=1; b=x=y;; empty=; flag\n"
	    "    a = 1\n"
	    "    b = x=y\n"
	    "    empty = \n"
	    "    flag\n"
	    "\n");
	bench_answer(&bench,
	    "HTTP/1.1 204 No Content\r\n"
	    "Set-Cookie: id=7; Path=/; HttpOnly\r\n"
	    "Set-Cookie: theme=dark\r\n\r\n");
	assert_shown(&bench,
	    "Set-Cookie: id=7; Path=/; HttpOnly\n"
	    "    id = 7\n"
	    "    Path = /\n"
	    "    HttpOnly\n"
	    "Set-Cookie: theme=dark\n"
	    "    theme = dark\n"
	    "\n");
	bench_close(&bench);
}

static void headers_keep_order_and_spelling(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench,
	    "GET / HTTP/1.1\r\nzEBRA: 1\r\naccept:*/*\r\nzEBRA:   2 \r\n"
	    "Empty:\r\nLast: 3\r\n\r\n");
	assert_shown(&bench,
	    "GET / HTTP/1.1\nzEBRA: 1\naccept: */*\nzEBRA: 2 \nEmpty: \n"
	    "Last: 3\n\n");
	bench_close(&bench);
}

static void keep_alive_numbers_transactions(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	for (unsigned i = 0; i < 3; i++) {
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		bench_answer(
		    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	}
	assert_shown_times(&bench, " request ", 3);
	assert_shown_times(&bench, "after 1.000 ms", 3);
	assert_shown(&bench, "#3 request ");
	assert_response(&bench, 3, "HTTP/1.1 200 OK");
	bench_close(&bench);
}

static void pipelined_requests_are_paired_in_order(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench,
	    "GET /1 HTTP/1.1\r\n\r\n"
	    "POST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\ntwo"
	    "GET /3 HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
	    "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nthree");
	assert_response(&bench, 1, "\none\n");
	assert_response(&bench, 2, "201 Created");
	assert_response(&bench, 3, "\nthree\n");
	bench_close(&bench);
}

/* These once swallowed the beginning of the next response. */
static void responses_without_body_end_at_once(void **state)
{
	static const struct {
		const char *request;
		const char *status;
	} rows[] = {
	    {"HEAD", "200 OK"},
	    {"GET", "204 No Content"},
	    {"GET", "304 Not Modified"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		char text[256];

		bench_open(&bench, NULL, NULL);
		snprintf(text, sizeof(text),
		    "%s /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
		    rows[i].request);
		bench_ask(&bench, text);
		snprintf(text, sizeof(text),
		    "HTTP/1.1 %s\r\nContent-Length: 90\r\n\r\n"
		    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext",
		    rows[i].status);
		bench_answer(&bench, text);
		assert_response(&bench, 1, rows[i].status);
		assert_response(&bench, 2, "\nnext\n");
		assert_not_shown(&bench, "[");
		bench_close(&bench);
	}
}

static void interim_responses_stay_with_their_request(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench,
	    "POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
	    "Content-Length: 2\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 100 Continue\r\n\r\n");
	bench_ask(&bench, "hi");
	bench_answer(&bench,
	    "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_shown_times(&bench, "#1 interim ", 2);
	assert_shown(&bench, "HTTP/1.1 103 Early Hints\nLink: </s.css>\n\n");
	assert_response(&bench, 1, "\ndone\n");
	assert_response(&bench, 2, "204 No Content");
	bench_close(&bench);
}

static void answer_may_overtake_the_rest_of_its_request(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "POST /1 HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
	bench_answer(
	    &bench, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
	bench_ask(&bench, "cd");
	/* Even before the request's head is complete. */
	bench_ask(&bench, "GET /2 HTTP/1.1\r\nHo");
	bench_answer(
	    &bench, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
	bench_ask(&bench, "st: a\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 Third\r\n\r\n");
	assert_response(&bench, 1, "413 Too Large");
	assert_response(&bench, 2, "408 Timeout");
	assert_response(&bench, 3, "204 Third");
	assert_not_shown(&bench, "[");
	bench_close(&bench);
}

static void one_sided_captures_are_shown(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_answer(&bench,
	    "HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
	assert_shown(&bench, "#1 interim ");
	assert_response(&bench, 1, "\none\n");
	assert_response(&bench, 2, "\ntwo\n");
	assert_shown_times(
	    &bench, "[the request it answers is not known]\n", 3);
	bench_close(&bench);
}

static void trailers_and_chunk_extensions(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "4;a=b\r\nwiki\r\n5\r\npedia\r\n0\r\nDigest: xyz\r\n\r\n");
	assert_shown(
	    &bench, "Transfer-Encoding: chunked\n\nwikipedia\nDigest: xyz\n\n");
	assert_not_shown(&bench, "[");
	bench_close(&bench);
}

static void reason_may_be_missing(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.0\r\n\r\n");
	bench_answer(&bench, "HTTP/1.0 200\r\nContent-Length: 0\r\n\r\n");
	assert_shown(&bench, "GET / HTTP/1.0\n");
	assert_shown(&bench, "HTTP/1.0 200\nContent-Length: 0\n");
	bench_close(&bench);
}

static void title_has_ipv6_addresses(void **state)
{
	const struct fake_stream_spec spec = {
	    .client = "[2001:db8::1]:50955",
	    .server = "[2001:db8::2]:8080",
	};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, &spec);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	assert_shown(&bench,
	    "#1 request [2001:db8::1]:50955 > [2001:db8::2]:8080 2026-");
	bench_close(&bench);
}

static void title_has_the_name_where_there_is_no_address(void **state)
{
	struct bench bench;
	struct tcpflow_stream_info *info;

	(void)state;
	bench_open(&bench, NULL, NULL);
	info = fake_stream_info(bench.stream);
	info->server = (struct tcpflow_addr){.port = 443};
	info->server_name = (struct tcpflow_slice){"example.com", 11};
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	assert_shown(&bench, "192.0.2.1:50955 > example.com:443 2026-");
	bench_close(&bench);
}

/* The time of a message is that of the packet of its first byte. */
static void time_is_that_of_the_first_byte(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HT");
	bench_ask(&bench, "TP/1.1\r\n");
	bench_ask(&bench, "\r\n");
	assert_shown(&bench, "2026-11-23T09:38:20.123456Z\nGET /");
	bench_answer(&bench, "HTTP/1.1 204 ");
	bench_answer(&bench, "No Content\r\n\r\n");
	assert_shown(
	    &bench, "2026-11-23T09:38:20.126456Z after 3.000 ms\nHTTP/1.1 204");
	bench_close(&bench);
}

static void show_headers_leaves_bodies_out(void **state)
{
	const char *const settings[] = {"show=headers", NULL};
	struct bench bench;

	(void)state;
	bench_open(&bench, settings, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(
	    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
	assert_shown(&bench, "HTTP/1.1 200 OK\nContent-Length: 4\n\n");
	assert_not_shown(&bench, "body");
	bench_close(&bench);
}

static void show_none_counts_only(void **state)
{
	const char *const settings[] = {"show=none", NULL};
	struct bench bench;

	(void)state;
	bench_open(&bench, settings, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(
	    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
	assert_console(&bench, "");
	assert_int_equal(fake_host_counter(bench.host, "responses"), 1);
	bench_close(&bench);
}

static void settings_are_strict(void **state)
{
	static const char *const bad[] = {"show=all", "show", "max-body=x",
	    "max-body=2M", "decode=maybe", "unknown=1"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const settings[] = {bad[i], NULL};
		struct fake_host *host = fake_host_new(tcpflow_plugin_entry);

		assert_int_equal(
		    fake_host_start(host, settings), TCPFLOW_EINVAL);
		fake_host_free(&host);
	}
}

/* What a large message took is given back when it is over. */
static void memory_goes_back_between_messages(void **state)
{
	struct bench bench;
	char big[20000];
	size_t idle;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 OK\r\nA: b\r\n\r\n");
	idle = fake_host_held(bench.host);
	assert_true(idle > 0 && idle < 4096);
	bench_ask(&bench, "GET / HTTP/1.1\r\nBig: ");
	bench_ask(&bench, big);
	assert_true(fake_host_held(bench.host) > idle + sizeof(big));
	bench_ask(&bench, "\r\n\r\n");
	bench_answer(
	    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n");
	bench_answer(&bench, big);
	assert_true(fake_host_held(bench.host) > idle + sizeof(big));
	bench_answer(&bench, "x");
	assert_true(fake_host_held(bench.host) <= idle);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exchange_is_shown_as_two_records),
	    cmocka_unit_test(spans_have_roles),
	    cmocka_unit_test(cookies_are_parsed),
	    cmocka_unit_test(headers_keep_order_and_spelling),
	    cmocka_unit_test(keep_alive_numbers_transactions),
	    cmocka_unit_test(pipelined_requests_are_paired_in_order),
	    cmocka_unit_test(responses_without_body_end_at_once),
	    cmocka_unit_test(interim_responses_stay_with_their_request),
	    cmocka_unit_test(answer_may_overtake_the_rest_of_its_request),
	    cmocka_unit_test(one_sided_captures_are_shown),
	    cmocka_unit_test(trailers_and_chunk_extensions),
	    cmocka_unit_test(reason_may_be_missing),
	    cmocka_unit_test(title_has_ipv6_addresses),
	    cmocka_unit_test(title_has_the_name_where_there_is_no_address),
	    cmocka_unit_test(time_is_that_of_the_first_byte),
	    cmocka_unit_test(show_headers_leaves_bodies_out),
	    cmocka_unit_test(show_none_counts_only),
	    cmocka_unit_test(settings_are_strict),
	    cmocka_unit_test(memory_goes_back_between_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
