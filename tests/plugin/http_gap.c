/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin where bytes are missing, or are not what llhttp bears: what is
 * told of it, where HTTP is found again, and that no pair is ever wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

#define ASK(target) "GET " target " HTTP/1.1\r\n\r\n"
#define ANSWER(body) "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" body

static void gap_in_a_body_is_a_hole(void **state)
{
	static const struct {
		const char *before;
		uint64_t gap;
		const char *after;
		const char *expected;
	} rows[] = {
	    {"Content-Length: 10\r\n\r\nabc", 4, "xyz",
		"\n\nabcxyz\n[4 bytes of the body are missing]\n\n"},
	    /* From the first byte, and up to the last. */
	    {"Content-Length: 10\r\n\r\n", 7, "xyz",
		"\n\nxyz\n[7 bytes of the body are missing]\n\n"},
	    {"Content-Length: 10\r\n\r\nabc", 7, "",
		"\n\nabc\n[7 bytes of the body are missing]\n\n"},
	    {"Content-Length: 10\r\n\r\n", 10, "",
		"\n\n[body: 0 bytes]\n[10 bytes of the body are missing]\n\n"},
	    {"Transfer-Encoding: chunked\r\n\r\na\r\nabc", 4,
		"xyz\r\n0\r\n\r\n",
		"\n\nabcxyz\n[4 bytes of the body are missing]\n\n"},
	    {"Transfer-Encoding: chunked\r\n\r\na\r\nabc", 7,
		"\r\n2\r\nde\r\n0\r\n\r\n",
		"\n\nabcde\n[7 bytes of the body are missing]\n\n"},
	    /* More than is fed at once. */
	    {"Content-Length: 5000000\r\n\r\nab", 4999997, "z",
		"\n\nabz\n[4999997 bytes of the body are missing]\n\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;

		bench_open(&bench, NULL, NULL);
		bench_ask(&bench, ASK("/1"));
		bench_answer(&bench, "HTTP/1.1 200 OK\r\n");
		bench_answer(&bench, rows[i].before);
		fake_stream_gap(bench.stream, TCPFLOW_S2C, rows[i].gap);
		bench_answer(&bench, rows[i].after);
		assert_shown(&bench, rows[i].expected);
		/* Nothing is in doubt behind it. */
		bench_ask(&bench, ASK("/2"));
		bench_answer(&bench, ANSWER("two"));
		assert_response(&bench, 2, "\ntwo\n");
		assert_shown_times(&bench, "[the request", 0);
		bench_close(&bench);
	}
}

static void gap_in_an_endless_body_is_a_hole(void **state)
{
	static const uint64_t lengths[] = {5, UINT64_C(1) << 50, 0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bench bench;
		char expected[64] = "";

		bench_open(&bench, NULL, NULL);
		bench_ask(&bench, ASK("/1"));
		bench_answer(&bench, "HTTP/1.1 200 OK\r\n\r\nabc");
		fake_stream_gap(bench.stream, TCPFLOW_S2C, lengths[i]);
		bench_answer(&bench, "xyz");
		fake_stream_eof(bench.stream, TCPFLOW_S2C);
		assert_shown(&bench, "\n\nabcxyz\n[");
		if (lengths[i] > 0)
			snprintf(expected, sizeof(expected), "%llu ",
			    (unsigned long long)lengths[i]);
		strcat(expected, "bytes of the body are missing]\n\n");
		assert_shown(&bench, expected);
		assert_shown_times(&bench, "[", 1);
		bench_close(&bench);
	}
}

static void encoded_bodies_end_at_a_gap(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 27\r\n\r\n");
	bench_answer_bytes(
	    &bench, "", "\x1f\x8b\x08\0\0\0\0\0\0\3\xcb\x48", 12);
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 10);
	bench_answer(&bench, "12345");
	assert_shown(&bench,
	    "[10 bytes of the body are missing]\n[decoded up to the gap]\n");
	bench_close(&bench);
}

/* The rest of the gap is more than the body. */
static void gap_beyond_a_body_ends_it(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(
	    &bench, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 50);
	bench_ask(&bench, ASK("/2"));
	bench_answer(&bench, "rest of a head\r\n\r\n");
	bench_answer(&bench, ANSWER("two"));
	assert_shown(&bench, "[7 bytes of the body are missing]\n\n");
	assert_shown(&bench, "\ntwo\n");
	assert_int_equal(fake_host_counter(bench.host, "gaps"), 1);
	bench_close(&bench);
}

static void gap_in_a_head_cuts_the_message(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nA: b\r\nConten");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 20);
	assert_shown(&bench,
	    "HTTP/1.1 200 OK\nA: b\nConten: \n"
	    "[cut: bytes are missing in the capture]\n\n");
	/* No segment that starts with a start line. */
	bench_answer(&bench, ": 3\r\n\r\nHTTP/1.1 299 No\r\n\r\n");
	bench_ask(&bench, ASK("/2"));
	bench_answer(&bench, ANSWER("two"));
	assert_not_shown(&bench, "299");
	assert_response(&bench, 1, "A: b");
	assert_response(&bench, 2, "\ntwo\n");
	bench_close(&bench);
}

static void start_line_may_come_in_pieces(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET /1 HT");
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 5);
	bench_ask(&bench, "lost\r\n\r\n");
	bench_ask(&bench, "GE");
	bench_ask(&bench, "T /2 HT");
	bench_ask(&bench, "TP/1.1\r\nHost: a\r\n\r\n");
	assert_shown(&bench, ".126456Z\nGET /2 HTTP/1.1\nHost: a\n\n");
	bench_close(&bench);
}

/* Without the request's end it is still clear who is answered first. */
static void cut_requests_are_paired(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "HEAD /1 HTTP/1.1\r\nA: b\r\n");
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 20);
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
	bench_ask(&bench, ASK("/2"));
	bench_answer(&bench, ANSWER("two"));
	assert_shown(&bench, "HEAD /1 HTTP/1.1\nA: b\n[cut: bytes");
	assert_response(&bench, 1, "Content-Length: 9");
	assert_response(&bench, 2, "\ntwo\n");
	bench_close(&bench);
}

/* A whole request is lost: its answer is nobody's. */
static void lost_requests_pair_nothing(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench, ANSWER("one"));
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 20);
	bench_ask(&bench, ASK("/3"));
	bench_answer(&bench, ANSWER("two") ANSWER("thr"));
	bench_ask(&bench, ASK("/4"));
	bench_answer(&bench, ANSWER("fou"));
	assert_response(&bench, 1, "\none\n");
	assert_shown(&bench, "#2 request");
	assert_shown_times(&bench, "#2 response", 0);
	assert_shown_times(&bench, "[the request it answers is not known]", 2);
	assert_shown(&bench, "#5 request");
	assert_response(&bench, 5, "\nfou\n");
	bench_close(&bench);
}

/* Who pipelines may ask before all is answered: nothing is certain again. */
static void pipelined_requests_are_not_paired_after_a_gap(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1") ASK("/2") ASK("/3"));
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nA: ");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 60);
	bench_answer(&bench, ANSWER("???"));
	bench_ask(&bench, ASK("/4"));
	bench_answer(&bench, ANSWER("???"));
	assert_shown_times(&bench, "#1 response", 1);
	for (unsigned i = 2; i < 4; i++) {
		char title[32];

		snprintf(title, sizeof(title), "#%u response", i);
		assert_not_shown(&bench, title);
	}
	assert_shown_times(&bench, "[the request it answers is not known]", 2);
	bench_close(&bench);
}

/* A chunk's size that is not complete says nothing. */
static void gap_in_a_chunk_size_cuts(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n5");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 3);
	assert_shown(
	    &bench, "\n\nabc\n[cut: bytes are missing in the capture]\n\n");
	bench_close(&bench);
}

static void gap_of_unknown_length_cuts(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 0);
	bench_ask(&bench, ASK("/2"));
	bench_answer(&bench, ANSWER("two"));
	assert_shown(
	    &bench, "\nabc\n[cut: bytes are missing in the capture]\n");
	assert_response(&bench, 2, "\ntwo\n");
	bench_close(&bench);
}

static void refused_requests_are_flagged(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench, ANSWER("one"));
	bench_ask(&bench, "<get> /2 HTTP/1.1\r\nA: b\r\n\r\n");
	assert_shown(&bench, "[cut: not to be parsed from here on: ");
	assert_int_equal(fake_host_counter(bench.host, "unparsable"), 1);
	bench_answer(&bench, ANSWER("two"));
	bench_ask(&bench, ASK("/3"));
	bench_answer(&bench, ANSWER("thr"));
	/* It may have been no request: what answers it is open. */
	assert_response(&bench, 3, "[the request it answers is not known]");
	assert_shown(&bench, "#4 request");
	assert_response(&bench, 4, "\nthr\n");
	bench_close(&bench);
}

/* The next start line is found within a segment, too, but whose the answers
 * are is not known any more. */
static void refused_requests_in_a_pipeline(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(
	    &bench, ASK("/1") "<get> /2 HTTP/1.1\r\nA: b\r\n\r\n" ASK("/3"));
	assert_shown(&bench, "GET /3 HTTP/1.1\n");
	bench_answer(&bench, ANSWER("one") ANSWER("two") ANSWER("thr"));
	bench_ask(&bench, ASK("/4"));
	bench_answer(&bench, ANSWER("fou"));
	assert_response(&bench, 1, "\none\n");
	assert_shown_times(&bench, "#2 response", 0);
	assert_shown_times(&bench, "#3 response", 0);
	assert_shown_times(&bench, "[the request it answers is not known]", 3);
	bench_close(&bench);
}

static void refused_chunks_are_flagged(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1"));
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\nzz\r\nrest\r\n" ANSWER("two"));
	assert_shown(&bench, "\n\nabc\n[cut: not to be parsed from here on: ");
	assert_shown(&bench, "\ntwo\n");
	bench_close(&bench);
}

static void two_lengths_are_flagged(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, ASK("/1") ASK("/2"));
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n" ANSWER(
		"two"));
	assert_response(&bench, 1,
	    "\nabcde\n[both chunked and Content-Length: the chunks count]\n");
	assert_response(&bench, 2, "\ntwo\n");
	bench_close(&bench);
}

static void cut_start_lines_show_what_came(void **state)
{
	static const struct {
		const char *request;
		const char *expected;
	} rows[] = {
	    {"GET /lon", "Z\nGET /lon\n[cut: the"},
	    {"GET / HTTP/1.1\r\nA", "Z\nGET / HTTP/1.1\nA: \n[cut: the"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;

		bench_open(&bench, NULL, NULL);
		/* So that the stream is taken. */
		bench_answer(&bench, "HTTP/1.1 204 OK\r\n\r\n");
		fake_host_console_clear(bench.host);
		bench_ask(&bench, rows[i].request);
		bench_end(&bench);
		assert_shown(&bench, rows[i].expected);
		bench_close(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gap_in_a_body_is_a_hole),
	    cmocka_unit_test(gap_in_an_endless_body_is_a_hole),
	    cmocka_unit_test(encoded_bodies_end_at_a_gap),
	    cmocka_unit_test(gap_beyond_a_body_ends_it),
	    cmocka_unit_test(gap_in_a_head_cuts_the_message),
	    cmocka_unit_test(start_line_may_come_in_pieces),
	    cmocka_unit_test(cut_requests_are_paired),
	    cmocka_unit_test(lost_requests_pair_nothing),
	    cmocka_unit_test(pipelined_requests_are_not_paired_after_a_gap),
	    cmocka_unit_test(gap_in_a_chunk_size_cuts),
	    cmocka_unit_test(gap_of_unknown_length_cuts),
	    cmocka_unit_test(refused_requests_are_flagged),
	    cmocka_unit_test(refused_requests_in_a_pipeline),
	    cmocka_unit_test(refused_chunks_are_flagged),
	    cmocka_unit_test(two_lengths_are_flagged),
	    cmocka_unit_test(cut_start_lines_show_what_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
