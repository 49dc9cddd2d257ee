/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages as they should not be: none is lost, each oddity has its word in the
 * records, and what comes behind is read as if nothing had been. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

#define ASK "GET /next HTTP/1.1\r\nHost: n\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"

/* A message; what must be in its record, and its anomalies. */
struct row {
	const char *bytes;
	const char *expected;
	const char *anomalies; /* "\"bare-lf\",\"nul\""; "": none     */
};

/* How the anomalies stand in a record. */
static void expect_anomalies(const char *record, const char *anomalies)
{
	char text[256];

	snprintf(text, sizeof(text), "\"anomalies\":[%s]", anomalies);
	if (*anomalies == '\0' ? strstr(record, "\"anomalies\"") != NULL
			       : strstr(record, text) == NULL)
		fail_msg("not %s in %s", text, record);
}

static void expect(const char *record, const struct row *row)
{
	if (strstr(record, row->expected) == NULL)
		fail_msg("not %s in %s", row->expected, record);
	expect_anomalies(record, row->anomalies);
}

/* The records of the row's message and of the exchange behind it. */
static void try_row(
    const struct row *row, size_t length, uint32_t direction, size_t chunk)
{
	const struct fake_stream_spec spec = {.chunk_most = chunk};
	struct bench bench;
	const char *records;
	const char *second;
	char *first;

	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(bench.host, TCPFLOW_OUT_RECORDS);
	assert_int_equal(fake_host_start(bench.host, NULL), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, &spec);
	if (direction == TCPFLOW_S2C)
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	fake_stream_data(bench.stream, direction, row->bytes, length);
	if (direction == TCPFLOW_C2S)
		bench_answer(&bench, "HTTP/1.1 204 -\r\n\r\n");
	bench_ask(&bench, ASK);
	bench_answer(&bench, ANSWER);
	bench_end(&bench);
	records = fake_host_records(bench.host);
	second = strchr(records, '\n');
	if (second == NULL)
		fail_msg("no record of %s", row->bytes);
	first = strndup(records, (size_t)(second - records));
	assert_non_null(first);
	expect(first, row);
	free(first);
	assert_non_null(strstr(second, "\"target\":\"/next\""));
	assert_non_null(strstr(second, "\"bytes\":4"));
	expect_anomalies(second, "");
	bench_close(&bench);
}

static void try_rows(const struct row *rows, size_t count, uint32_t direction)
{
	static const size_t chunks[] = {0, 1, 2, 7};

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < sizeof(chunks) / sizeof(chunks[0]); j++)
			try_row(&rows[i], strlen(rows[i].bytes), direction,
			    chunks[j]);
	}
}

#define TRY(rows, direction) \
	try_rows(rows, sizeof(rows) / sizeof((rows)[0]), direction)

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define IS_WIKI "\"encoded_bytes\":9,\"bytes\":9,\"complete\":true"

static void chunks_of_all_kinds(void **state)
{
	static const struct row rows[] = {
	    {CHUNKED "4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n", IS_WIKI, ""},
	    {CHUNKED "4;a=b;c=d\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n", IS_WIKI,
		"\"chunk-extension\""},
	    {CHUNKED "4; a=b\r\nwiki\r\n5 ; a = \"b\"\r\npedia\r\n0;z\r\n\r\n",
		IS_WIKI, "\"chunk-extension\""},
	    {CHUNKED "4 \r\nwiki\r\n005  \t\r\npedia\r\n0\r\n\r\n", IS_WIKI,
		"\"odd-chunk\""},
	    {CHUNKED "4\nwiki\n5\npedia\n0\n\n", IS_WIKI, "\"bare-lf\""},
	    {CHUNKED "4\r\nwiki5\r\npedia\r\n0\r\n\r\n", IS_WIKI,
		"\"odd-chunk\""},
	    {CHUNKED "9\r\nwikipedia\r\n0\r\nDigest: x\r\n\r\n",
		"\"trailers\":[[\"Digest\",\"x\"]]", ""},
	    /* What trailers say of the body is too late. */
	    {CHUNKED "9\r\nwikipedia\r\n0\r\nContent-Length: 3\r\n\r\n",
		IS_WIKI, ""},
	};

	(void)state;
	TRY(rows, TCPFLOW_S2C);
}

/* Longer than what is kept of the line that begins a chunk. */
static void chunk_extensions_may_be_long(void **state)
{
	char bytes[2000] = CHUNKED "9;";
	size_t at = strlen(bytes);
	const struct row row = {bytes, IS_WIKI, "\"chunk-extension\""};

	(void)state;
	memset(bytes + at, 'x', 1000);
	strcpy(bytes + at + 1000, "\r\nwikipedia\r\n0\r\n\r\n");
	try_rows(&row, 1, TCPFLOW_S2C);
}

#define POST "POST / HTTP/1.1\r\n"

static void lengths_that_contradict_each_other(void **state)
{
	static const struct row rows[] = {
	    {POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"\"bytes\":3", "\"length-twice\""},
	    {POST "Content-Length: 3, 3\r\n\r\nabc", "\"bytes\":3",
		"\"length-twice\""},
	    {POST "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
		"\"bytes\":3", "\"lengths-differ\""},
	    {POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "5\r\nabcde\r\n0\r\n\r\n",
		"\"bytes\":5", "\"te-and-cl\""},
	    {POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
		  "5\r\nabcde\r\n0\r\n\r\n",
		"\"bytes\":5", "\"te-and-cl\""},
	    {POST "Content-Length : 3\r\n\r\nabc", "\"bytes\":3",
		"\"blank-before-colon\""},
	    {POST "Content-Length: 3x\r\n\r\nabc", "\"bytes\":3",
		"\"odd-length\""},
	    {POST "Content-Length: -3\r\n\r\n", "\"complete\":true",
		"\"odd-length\""},
	    {POST "Content-Length:\r\n\r\n", "\"complete\":true",
		"\"odd-length\""},
	    {POST "Transfer-Encoding: chunked, identity\r\n\r\n"
		  "3\r\nabc\r\n0\r\n\r\n",
		"\"bytes\":3", "\"odd-transfer-encoding\""},
	    {POST "Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
		"\"bytes\":3", "\"odd-transfer-encoding\""},
	    {POST "Transfer-Encoding: CHUNKED\r\nTransfer-Encoding: chunked\r\n"
		  "\r\n3\r\nabc\r\n0\r\n\r\n",
		"\"bytes\":3", "\"odd-transfer-encoding\""},
	    {POST "Transfer-Encoding:\r\n chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"\"bytes\":3", "\"obs-fold\""},
	    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n"
		  "3\r\nabc\r\n0\r\n\r\n",
		"\"encoded_bytes\":3", ""},
	};

	(void)state;
	TRY(rows, TCPFLOW_C2S);
}

static void start_lines_of_all_kinds(void **state)
{
	static const struct row rows[] = {
	    {"CCM_POST / HTTP/1.1\r\n\r\n", "\"method\":\"CCM_POST\"", ""},
	    {"BREW /pot HTTP/1.1\r\n\r\n", "\"method\":\"BREW\"", ""},
	    {"get /a HTTP/1.1\r\n\r\n", "\"method\":\"get\"", "\"odd-method\""},
	    {"GET  /a \t HTTP/1.1 \r\n\r\n", "\"target\":\"/a\"",
		"\"odd-start-line\""},
	    {"GET /a b?c=d e HTTP/1.1\r\n\r\n", "\"target\":\"/a b?c=d e\"",
		"\"odd-start-line\""},
	    {"POST .servlets HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"\"target\":\".servlets\"", ""},
	    {"GET /\xe4 HTTP/1.1\r\n\r\n", "\"text\":\"/\xc3\xa4\"", ""},
	    {"GET / HTTP/1.7\r\n\r\n", "\"version\":\"1.7\"",
		"\"odd-version\""},
	    {"GET / http/1.1\r\n\r\n", "\"version\":\"1.1\"",
		"\"odd-version\""},
	    {"GET HTTP/1.1\r\nHost: a\r\n\r\n",
		"\"target\":\"HTTP/1.1\",\"headers\":[[\"Host\",\"a\"]]",
		"\"no-version\""},
	    {"OPTIONS \r\nHost: a\r\n\r\n",
		"\"method\":\"OPTIONS\",\"target\":\"\","
		"\"headers\":[[\"Host\",\"a\"]]",
		"\"odd-start-line\",\"no-version\""},
	    {"GET /old\r\n", "\"target\":\"/old\",\"headers\":[]",
		"\"no-version\""},
	    {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", "\"method\":\"GET\"",
		"\"empty-line-before\""},
	};

	(void)state;
	TRY(rows, TCPFLOW_C2S);
}

static void status_lines_of_all_kinds(void **state)
{
	static const struct row rows[] = {
	    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "\"status\":200", ""},
	    {"http/1.1 200 ok\r\nContent-Length: 0\r\n\r\n",
		"\"reason\":\"ok\"", "\"odd-version\""},
	    {"HTTP/1.1  200  OK\r\nContent-Length: 0\r\n\r\n",
		"\"status\":200,\"reason\":\" OK\"", "\"odd-start-line\""},
	    {"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
		"\"reason\":\"2000 OK\"", "\"odd-status\""},
	    {"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"\"version\":\"2.0\",\"status\":200", "\"odd-version\""},
	    {"ICY 200 OK\r\nContent-Length: 3\r\n\r\nabc",
		"\"status\":200,\"reason\":\"OK\"", "\"odd-version\""},
	    {"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"\"status\":200", "\"empty-line-before\""},
	    {"\x01HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"\"version\":\"1.1\",\"status\":200",
		"\"odd-start-line\",\"control\""},
	    {"HTTP/1.1 204 \xff\x01\r\n\r\n", "\"status\":204", "\"control\""},
	};

	(void)state;
	TRY(rows, TCPFLOW_S2C);
}

#define GET "GET / HTTP/1.1\r\n"

static void headers_of_all_kinds(void **state)
{
	static const struct row rows[] = {
	    {"GET / HTTP/1.1\nA: b\nC: d\n\n", "[[\"A\",\"b\"],[\"C\",\"d\"]]",
		"\"bare-lf\""},
	    {GET "A: b\r\n c\r\n\t\td\r\nE: f\r\n\r\n",
		"[[\"A\",\"b c d\"],[\"E\",\"f\"]]", "\"obs-fold\""},
	    {GET "A:\r\n b\n c\r\nE: f\r\n\r\n",
		"[[\"A\",\"b c\"],[\"E\",\"f\"]]", "\"bare-lf\",\"obs-fold\""},
	    {GET " A: b\r\nC: d\r\n\r\n", "[\"C\",\"d\"]", "\"odd-name\""},
	    {GET "no colon here\r\nC: d\r\n\r\n",
		"[[\"no colon here\",\"\"],[\"C\",\"d\"]]", "\"no-colon\""},
	    {GET "A : b\r\nC: d\r\n\r\n", "[[\"A\",\"b\"],[\"C\",\"d\"]]",
		"\"blank-before-colon\""},
	    {GET "N\xe4me: b\r\nC: d\r\n\r\n", "\"text\":\"N\xc3\xa4me\"",
		"\"odd-name\""},
	    {GET ": b\r\nC: d\r\n\r\n", "[[\"\",\"b\"],[\"C\",\"d\"]]",
		"\"odd-name\""},
	    {GET "A: b\rX: y\r\nC: d\r\n\r\n",
		"[[\"A\",\"b\\rX: y\"],[\"C\",\"d\"]]", "\"bare-cr\""},
	    {GET "A: \x1b[2J\r\nC: d\r\n\r\n", "[\"C\",\"d\"]", "\"control\""},
	    {GET "A: \xc3\xa4\xff\r\nC: d\r\n\r\n", "[\"C\",\"d\"]", ""},
	    {GET "A:b\r\nC:\td \r\n\r\n", "[[\"A\",\"b\"],[\"C\",\"d \"]]", ""},
	};

	(void)state;
	TRY(rows, TCPFLOW_C2S);
}

static void headers_with_nul(void **state)
{
	static const char bytes[] = GET "A: b\0c\r\nC: d\r\n\r\n";
	static const struct row row = {
	    bytes, "[[\"A\",\"b\\u0000c\"],[\"C\",\"d\"]]", "\"nul\""};

	(void)state;
	for (size_t chunk = 0; chunk < 3; chunk++)
		try_row(&row, sizeof(bytes) - 1, TCPFLOW_C2S, chunk);
}

/* HTTP/0.9: a line, and all that is sent for it. */
static void answers_without_a_head(void **state)
{
	static const size_t chunks[] = {0, 1};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct fake_stream_spec spec = {
		    .chunk_most = chunks[i % 2]};
		struct bench bench;

		bench_open(&bench, NULL, &spec);
		bench_ask(&bench, i < 2 ? "GET /old\r\n" : "GET /old\r\n\r\n");
		bench_answer(&bench, "\n<p>Such was\nthe web");
		fake_stream_eof(bench.stream, TCPFLOW_S2C);
		assert_shown(&bench, "GET /old\n");
		assert_response(&bench, 1, "Z after");
		assert_shown(&bench,
		    "ms\n\n\n<p>Such was\nthe web\n"
		    "[its first line has no version]\n");
		bench_close(&bench);
	}
}

/* What should have no body has one, whose end is only told by what follows. */
static void bodies_that_should_not_be_are_passed_over(void **state)
{
	static const char *const answers[] = {
	    "HTTP/1.1 304 -\r\nContent-Length: 12\r\n\r\n<p>junk\n</p>",
	    "HTTP/1.1 304 -\r\nContent-Length: 5\r\n\r\njunks",
	    "HTTP/1.1 304 -\r\n\r\nHHTHTTHTTPHTTP/HTTP/1",
	    "HTTP/1.1 304 -\r\n\r\njunk HTTP/1.1 2"};

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		const struct fake_stream_spec spec = {.chunk_most = i / 4};
		struct bench bench;
		char text[256];

		bench_open(&bench, NULL, &spec);
		bench_ask(&bench, "GET /1 HTTP/1.1\r\n\r\n" ASK);
		snprintf(text, sizeof(text), "%s%s", answers[i % 4], ANSWER);
		bench_answer(&bench, text);
		assert_shown(
		    &bench, "\nnext\n[the request it answers is not known]\n");
		assert_int_equal(
		    fake_host_counter(bench.host, "unparsable"), 1);
		bench_close(&bench);
	}
}

/* Beyond the limit only what the body depends on is looked at. */
static void bodies_behind_large_heads(void **state)
{
	static const char *const lengths[] = {"Content-Length: 4\r\n\r\nbody",
	    "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"};
	char *big = malloc(70001);

	(void)state;
	assert_non_null(big);
	memset(big, '1', 70000);
	big[70000] = '\0';
	for (size_t i = 0; i < 4; i++) {
		struct bench bench;

		bench_open(&bench, NULL, NULL);
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		bench_answer(&bench, "HTTP/1.1 200 OK\r\n");
		if (i < 2)
			bench_answer(&bench, "Warning: ");
		bench_answer(&bench, big);
		bench_answer(&bench, "\r\nA: b\r\n");
		bench_answer(&bench, lengths[i % 2]);
		assert_shown(&bench, "\n\nbody\n[cut: its headers");
		assert_not_shown(&bench, "A: b");
		bench_ask(&bench, ASK);
		bench_answer(&bench, ANSWER);
		assert_response(&bench, 2, "\nnext\n");
		bench_close(&bench);
	}
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chunks_of_all_kinds),
	    cmocka_unit_test(chunk_extensions_may_be_long),
	    cmocka_unit_test(lengths_that_contradict_each_other),
	    cmocka_unit_test(start_lines_of_all_kinds),
	    cmocka_unit_test(status_lines_of_all_kinds),
	    cmocka_unit_test(headers_of_all_kinds),
	    cmocka_unit_test(headers_with_nul),
	    cmocka_unit_test(answers_without_a_head),
	    cmocka_unit_test(bodies_that_should_not_be_are_passed_over),
	    cmocka_unit_test(bodies_behind_large_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
