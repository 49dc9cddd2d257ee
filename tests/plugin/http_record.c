/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin's records: what is in one, and which messages come together
 * in it, under the fake host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static struct bench bench;

static void open_with(uint32_t outputs, const struct fake_stream_spec *spec)
{
	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(bench.host, outputs);
	fake_host_want_digests(bench.host);
	assert_int_equal(fake_host_start(bench.host, NULL), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, spec);
}

static int start(void **state)
{
	(void)state;
	open_with(TCPFLOW_OUT_RECORDS, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bench_close(&bench);
	return 0;
}

/* Line `number`, from 0; empty where there are fewer. */
static const char *line(unsigned number)
{
	static char text[16384];
	const char *from = fake_host_records(bench.host);
	const char *stop;

	for (unsigned i = 0; i < number && from != NULL; i++) {
		from = strchr(from, '\n');
		from = from != NULL ? from + 1 : NULL;
	}
	stop = from != NULL ? strchr(from, '\n') : NULL;
	snprintf(text, sizeof(text), "%.*s",
	    stop != NULL ? (int)(stop - from) : 0, stop != NULL ? from : "");
	return text;
}

static void has(unsigned number, const char *text)
{
	if (strstr(line(number), text) == NULL)
		fail_msg("record %u has no %s: %s", number, text, line(number));
}

static void has_not(unsigned number, const char *text)
{
	if (strstr(line(number), text) != NULL)
		fail_msg("record %u has %s: %s", number, text, line(number));
}

static void expect_count(unsigned count)
{
	assert_true(count == 0 || *line(count - 1) != '\0');
	assert_string_equal(line(count), "");
}

static void a_transaction_is_told_whole(void **state)
{
	(void)state;
	bench_ask(&bench,
	    "POST /a?b HTTP/1.1\r\nHost: x.example\r\nCookie: k=v; w\r\n"
	    "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc");
	expect_count(0);
	bench_answer(&bench,
	    "HTTP/1.0 201 Made\r\nSet-Cookie: s=1; Path=/; Secure\r\n"
	    "Set-Cookie: t\r\nContent-Length: 2\r\n\r\nok");
	expect_count(1);
	has(0,
	    "{\"type\":\"http\",\"packets\":[1,2],\"transaction\":1,"
	    "\"request\":{\"packets\":[1,1],\"ts\":");
	has(0,
	    "\"method\":\"POST\",\"target\":\"/a?b\",\"version\":\"1.1\","
	    "\"headers\":[[\"Host\",\"x.example\"],"
	    "[\"Cookie\",\"k=v; w\"],[\"Content-Type\",\"text/plain\"],"
	    "[\"Content-Length\",\"3\"]],\"cookies\":[[\"k\",\"v\"],"
	    "[\"w\"]],\"body\":{\"encoded_bytes\":3,\"bytes\":3,"
	    "\"digest\":\"3:294\",\"type\":\"text/plain\","
	    "\"complete\":true},\"complete\":true},"
	    "\"response\":{\"packets\":[2,2],\"ts\":");
	has(0,
	    "\"version\":\"1.0\",\"status\":201,\"reason\":\"Made\","
	    "\"headers\":[[\"Set-Cookie\",\"s=1; Path=/; Secure\"],"
	    "[\"Set-Cookie\",\"t\"],[\"Content-Length\",\"2\"]],"
	    "\"set_cookies\":[{\"name\":\"s\",\"value\":\"1\","
	    "\"attributes\":[[\"Path\",\"/\"],[\"Secure\"]]},"
	    "{\"name\":\"t\",\"attributes\":[]}],"
	    "\"body\":{\"encoded_bytes\":2,\"bytes\":2,"
	    "\"digest\":\"2:218\",\"complete\":true},\"complete\":true},"
	    "\"timing\":{\"request\":0.000000000,\"wait\":0.001000000,");
	has(0,
	    "},\"host\":\"x.example\","
	    "\"url\":\"http://x.example/a?b\"}");
}

static void messages_without_bodies_have_none(void **state)
{
	(void)state;
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 No Content\r\n\r\n");
	has_not(0, "\"body\"");
	has_not(0, "\"host\"");
	has_not(0, "\"url\"");
	has_not(0, "\"anomalies\"");
	has(0, "\"headers\":[],\"complete\":true}");
}

static void absolute_targets_are_urls(void **state)
{
	(void)state;
	bench_ask(&bench, "GET http://a.example/b HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 -\r\n\r\n");
	has(0, "\"url\":\"http://a.example/b\"");
	bench_ask(&bench, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 -\r\n\r\n");
	has(1, "\"host\":\"a\"");
	has_not(1, "\"url\"");
}

static void pipelined_requests_wait_each_for_its_own(void **state)
{
	(void)state;
	bench_ask(&bench,
	    "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"
	    "GET /3 HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 one\r\nContent-Length: 0\r\n\r\n"
	    "HTTP/1.1 200 two\r\nContent-Length: 0\r\n\r\n");
	expect_count(2);
	has(0, "\"target\":\"/1\"");
	has(0, "\"reason\":\"one\"");
	has(1, "\"target\":\"/2\"");
	has(1, "\"reason\":\"two\"");
	bench_end(&bench);
	expect_count(3);
	has(2, "\"transaction\":3,\"request\"");
	has_not(2, "\"response\"");
	has_not(2, "\"timing\"");
}

static void interim_responses_are_in_it(void **state)
{
	(void)state;
	bench_ask(&bench,
	    "POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
	    "Content-Length: 1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n");
	bench_ask(&bench, "x");
	expect_count(0);
	bench_answer(&bench,
	    "HTTP/1.1 103 Early Hints\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	expect_count(1);
	has(0, "\"interim\":[{\"packets\":[2,2],\"ts\":");
	has(0,
	    "\"status\":100,\"reason\":\"Continue\","
	    "\"headers\":[[\"A\",\"b\"]]},{\"packets\":[4,4],");
	has(0,
	    "\"status\":103,\"reason\":\"Early Hints\",\"headers\":[]}],"
	    "\"timing\"");
	has(0, "\"status\":200");
}

static void interim_responses_are_limited(void **state)
{
	(void)state;
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	for (unsigned i = 0; i < 11; i++)
		bench_answer(&bench, "HTTP/1.1 103 -\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 204 -\r\n\r\n");
	expect_count(1);
	has(0, "\"status\":204");
	assert_int_equal(fake_host_counter(bench.host, "interim_left_out"), 3);
}

static void an_early_answer_waits_for_its_request(void **state)
{
	(void)state;
	bench_ask(&bench, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
	bench_answer(&bench, "HTTP/1.1 413 -\r\nContent-Length: 0\r\n\r\n");
	expect_count(0);
	bench_ask(&bench, "bc");
	expect_count(1);
	has(0, "\"encoded_bytes\":3");
	has(0, "\"status\":413");
	has(0, "\"wait\":-");
}

static void an_early_answer_behind_an_interim_one_does_too(void **state)
{
	(void)state;
	bench_ask(&bench, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
	bench_answer(&bench,
	    "HTTP/1.1 100 -\r\n\r\n"
	    "HTTP/1.1 413 -\r\nContent-Length: 0\r\n\r\n");
	bench_ask(&bench, "bc");
	expect_count(1);
	has(0, "\"method\":\"POST\"");
	has(0, "\"interim\":[");
	has(0, "\"status\":413");
}

/* A server that answers and ends before it is asked: the client takes that for
 * its answer. */
static void an_answer_before_its_request_is_its(void **state)
{
	(void)state;
	bench_answer(&bench, "HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n");
	fake_stream_eof(bench.stream, TCPFLOW_S2C);
	expect_count(0);
	bench_ask(&bench, "GET /1 HTTP/1.1\r\n\r\n");
	expect_count(1);
	has(0, "\"target\":\"/1\"");
	has(0, "\"status\":408");
	has(0, "\"anomalies\":[\"early-answer\"]");
	has_not(0, "\"timing\"");
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	bench_end(&bench);
	expect_count(2);
	has_not(1, "\"status\"");
}

/* One that goes on may still answer: nothing is certain. */
static void answers_that_nobody_asked_for_are_no_pair(void **state)
{
	(void)state;
	bench_answer(&bench, "HTTP/1.1 200 A\r\nContent-Length: 0\r\n\r\n");
	bench_ask(&bench, "GET /1 HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 B\r\nContent-Length: 0\r\n\r\n");
	expect_count(2);
	has(0, "\"anomalies\":[\"unasked\"]");
	has(1, "\"reason\":\"B\"");
	/* Two of them are one too many. */
	bench_answer(&bench, "HTTP/1.1 200 C\r\nContent-Length: 0\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 D\r\nContent-Length: 0\r\n\r\n");
	expect_count(4);
	fake_stream_eof(bench.stream, TCPFLOW_S2C);
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	bench_end(&bench);
	expect_count(5);
	has_not(4, "\"status\"");
}

/* What it answers is known since it began, whatever came to doubt meanwhile. */
static void a_doubt_parts_no_pair(void **state)
{
	(void)state;
	bench_ask(&bench, "GET /1 HTTP/1.1\r\n\r\n");
	fake_stream_gap(bench.stream, TCPFLOW_C2S, 20);
	bench_answer(&bench, "HTTP/1.1 204 -\r\n\r\n");
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 -\r\n\r\nup to the end");
	bench_ask(&bench, "GET /3 HTTP/1.1\r\n\r\n");
	fake_stream_eof(bench.stream, TCPFLOW_S2C);
	bench_end(&bench);
	expect_count(3);
	has(0, "\"target\":\"/1\"");
	has(1, "\"target\":\"/3\"");
	has(2, "\"target\":\"/2\"");
	has(2, "\"status\":200");
}

static void what_is_not_asked_for_stands_alone(void **state)
{
	(void)state;
	bench_answer(&bench,
	    "HTTP/1.1 100 -\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	expect_count(1);
	has(0, "\"transaction\":1,\"response\"");
	has(0, "\"interim\":[");
	has(0, "\"anomalies\":[\"unasked\"]");
}

static void a_gap_tells_what_waits(void **state)
{
	(void)state;
	bench_ask(&bench, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 100);
	expect_count(2);
	has(0, "\"target\":\"/1\"");
	has(1, "\"target\":\"/2\"");
	has_not(1, "\"response\"");
}

static void what_is_cut_is_not_complete(void **state)
{
	(void)state;
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 2);
	bench_answer(&bench, "xyz");
	bench_end(&bench);
	expect_count(1);
	has(0, "\"response\":{\"packets\":[2,4]");
	has(0, "\"body\":{\"encoded_bytes\":6,\"bytes\":6,\"digest\":\"6:");
	has(0, "\"complete\":false,\"gap_bytes\":2},\"complete\":false}");
	has(0, "\"anomalies\":[\"incomplete\",\"gap-in-body\"]");
}

static void codings_are_named_and_taken_off(void **state)
{
	static const uint8_t gzipped[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
	    0x4b, 0x4c, 0x4a, 0x06, 0x00, 0xc2, 0x41, 0x24, 0x35, 3, 0, 0, 0};

	(void)state;
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
	bench_answer_bytes(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 23\r\n\r\n",
	    gzipped, sizeof(gzipped));
	has(0,
	    "\"body\":{\"encoded_bytes\":23,\"bytes\":3,"
	    "\"digest\":\"3:294\",\"coding\":[\"gzip\"],"
	    "\"complete\":true}");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: a , b\r\n"
	    "Content-Length: 2\r\n\r\nxy");
	has(1,
	    "\"body\":{\"encoded_bytes\":2,\"coding\":[\"a\",\"b\"],"
	    "\"complete\":true,"
	    "\"error\":\"not decoded: its content coding is unknown\"}");
}

static void trailers_stand_apart(void **state)
{
	(void)state;
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "1\r\nx\r\n0\r\nA: b\r\n\r\n");
	has(0,
	    "\"headers\":[[\"Transfer-Encoding\",\"chunked\"]],"
	    "\"trailers\":[[\"A\",\"b\"]],\"body\"");
}

static void hostile_bytes_stay_in_their_strings(void **state)
{
	(void)state;
	bench_ask(&bench, "GET /\"\\\xff HTTP/1.1\r\nA: \"\xe9\x1b]0;\r\n\r\n");
	bench_end(&bench);
	has(0,
	    "\"target\":{\"text\":\"/\\\"\\\\\u00ff\","
	    "\"base64\":\"LyJc/w==\"}");
	has(0,
	    "[\"A\",{\"text\":\"\\\"\u00e9\\u001b]0;\","
	    "\"base64\":\"IukbXTA7\"}]");
	expect_count(1);
}

static void nobody_looks_at_the_console(void **state)
{
	(void)state;
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 -\r\nContent-Length: 3\r\n\r\nabc");
	assert_int_equal(fake_host_console_records(bench.host), 0);
	has(0, "\"bytes\":3");
}

static void nobody_wants_records(void **state)
{
	(void)state;
	open_with(TCPFLOW_OUT_CONSOLE, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 200 -\r\nContent-Length: 3\r\n\r\nabc");
	assert_int_equal(fake_host_records_begun(bench.host), 0);
	assert_int_equal(fake_host_digests_opened(bench.host), 0);
	bench_close(&bench);
}

/* Without room the parts are told, one by one. */
static void refused_memory_splits_a_transaction(void **state)
{
	bool together = false;

	(void)state;
	for (uint64_t refused = 1; !together; refused++) {
		open_with(TCPFLOW_OUT_RECORDS, NULL);
		fake_host_refuse_hold(bench.host, refused);
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		bench_answer(
		    &bench, "HTTP/1.1 200 -\r\nContent-Length: 0\r\n\r\n");
		together = fake_host_holds_refused(bench.host) == 0;
		if (fake_host_counter(bench.host, "records_split") > 0) {
			has(0, "\"request\"");
			has(1, "\"response\"");
		}
		assert_true(refused < 100);
		bench_close(&bench);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
	    TEST(a_transaction_is_told_whole),
	    TEST(messages_without_bodies_have_none),
	    TEST(absolute_targets_are_urls),
	    TEST(pipelined_requests_wait_each_for_its_own),
	    TEST(interim_responses_are_in_it),
	    TEST(interim_responses_are_limited),
	    TEST(an_early_answer_waits_for_its_request),
	    TEST(an_early_answer_behind_an_interim_one_does_too),
	    TEST(an_answer_before_its_request_is_its),
	    TEST(answers_that_nobody_asked_for_are_no_pair),
	    TEST(a_doubt_parts_no_pair),
	    TEST(what_is_not_asked_for_stands_alone),
	    TEST(a_gap_tells_what_waits),
	    TEST(what_is_cut_is_not_complete),
	    TEST(codings_are_named_and_taken_off),
	    TEST(trailers_stand_apart),
	    TEST(hostile_bytes_stay_in_their_strings),
	    TEST(nobody_looks_at_the_console),
	    cmocka_unit_test(nobody_wants_records),
	    cmocka_unit_test(refused_memory_splits_a_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
