/* SPDX-License-Identifier: BSD-2-Clause */
/* What the http plugin takes for HTTP/1, by its bytes alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

struct row {
	const char *client;
	const char *server;
};

static enum fake_stream_state state_after(
    const struct row *row, size_t chunk, uint32_t flags)
{
	const struct fake_stream_spec spec = {
	    .chunk_most = chunk, .flags = flags};
	enum fake_stream_state state;
	struct bench bench;

	bench_open(&bench, NULL, &spec);
	if (row->client != NULL)
		bench_ask(&bench, row->client);
	if (row->server != NULL)
		bench_answer(&bench, row->server);
	state = fake_stream_state(bench.stream);
	bench_close(&bench);
	return state;
}

static void check(const struct row *row, enum fake_stream_state expected)
{
	for (size_t chunk = 0; chunk < 4; chunk++) {
		if (state_after(row, chunk, 0) != expected)
			fail_msg("in chunks of %zu: %s / %s", chunk,
			    row->client != NULL ? row->client : "-",
			    row->server != NULL ? row->server : "-");
	}
}

static void http_is_taken(void **state)
{
	static const struct row rows[] = {
	    {"GET / HTTP/1.1\r\n", NULL},
	    {"OPTIONS * HTTP/1.0\r\n", NULL},
	    {"M-SEARCH * HTTP/1.1\r\n", NULL},
	    {"CONNECT a.b:443 HTTP/1.1\r\n", NULL},
	    {"BREW /pot HTTP/1.1\r\n", NULL},
	    {"\r\n\r\nGET / HTTP/1.1\r\n", NULL},
	    {NULL, "HTTP/1.1 200 OK\r\n"},
	    {NULL, "HTTP/1.0 404\r\n"},
	    {"GET", "HTTP/1.1 408 Timeout\r\n"},
	    {"GET /old\r\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], FAKE_TAKEN);
}

static void other_protocols_are_refused(void **state)
{
	static const struct row rows[] = {
	    {"SSH-2.0-OpenSSH\r\n", NULL},
	    {"EHLO mail.example.com\r\n", NULL},
	    {"\x16\x03\x01\x02", NULL},
	    {"GET x HTTP/3\r\n", NULL},
	    {"GET / HTTP/2.0\r\n", NULL},
	    {"PRI * HTTP/2.0\r\n", NULL},
	    {"OPTIONS sip:a SIP/2.0\r\n", NULL},
	    {"DESCRIBE rtsp://a RTSP/1.0\r\n", NULL},
	    {NULL, "220 mail.example.com ESMTP\r\n"},
	    {NULL, "HTTP/2 200\r\n"},
	    {NULL, "HTTP/1.1 OK\r\n"},
	    {NULL, "HTTPS\r\n"},
	    {NULL, "GET / HTTP/1.1\r\n"},
	    {"HTTP/1.1 200 OK\r\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], FAKE_REFUSED);
}

static void prefixes_want_more(void **state)
{
	static const struct row rows[] = {
	    {"G", NULL},
	    {"PROPPATCH", NULL},
	    {"GET ", NULL},
	    {"GET /a/long/path", NULL},
	    {"GET / HTTP/1", NULL},
	    {NULL, "HTTP/1.1 2"},
	    {"GET / ", "HT"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i], FAKE_PROBING);
}

/* A server may know what to make of them; its answer tells. */
static void what_names_http_waits_for_the_answer(void **state)
{
	static const char *const requests[] = {
	    "GET  / HTTP/1.1\r\n",
	    "A / HTTP/1.1\r\n",
	    "OPTIONSHTTP/1.1\r\n",
	    "gET / HTTP/1.0\r\n",
	    "\xc3\x83 / HTTP/1.1\r\n",
	    "POST without-version\r\n",
	    "PUT\n",
	    "GET HTTP/1.1\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const struct row alone = {requests[i], NULL};
		const struct row answered = {
		    requests[i], "HTTP/1.1 400 Bad Request\r\n"};
		const struct row other = {requests[i], "220 mail\r\n"};

		check(&alone, FAKE_PROBING);
		check(&answered, FAKE_TAKEN);
		check(&other, FAKE_REFUSED);
	}
}

static void long_targets_are_taken(void **state)
{
	static const char head[] = "GET /";
	static const char tail[] = " HTTP/1.1\r\n\r\n";
	struct row row = {NULL, NULL};
	char *line = malloc(8000);

	(void)state;
	assert_non_null(line);
	memset(line, 'a', 8000);
	memcpy(line, head, strlen(head));
	memcpy(line + 7900, tail, sizeof(tail));
	row.client = line;
	assert_int_equal(state_after(&row, 1000, 0), FAKE_TAKEN);
	free(line);
}

/* Where no answer was captured, the version is enough. */
static void odd_requests_alone_are_taken_at_the_end(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "get / HTTP/1.1\r\n\r\n");
	assert_int_equal(fake_stream_state(bench.stream), FAKE_PROBING);
	bench_end(&bench);
	assert_shown(&bench, "get / HTTP/1.1\n");
	bench_close(&bench);
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "say HTTP/1.1 to them\r\n\r\n");
	bench_end(&bench);
	assert_console(&bench, "");
	bench_close(&bench);
}

/* At the end of what there is to see, a prefix is nothing. */
static void prefixes_alone_are_refused(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	bench_ask(&bench, "GET /x");
	bench_end(&bench);
	assert_console(&bench, "");
	bench_close(&bench);
}

static void swapped_sides_are_told_where_they_were_guessed(void **state)
{
	const struct fake_stream_spec guessed = {
	    .client = "192.0.2.2:8080",
	    .server = "192.0.2.1:50955",
	    .flags = TCPFLOW_S_DIR_GUESSED,
	};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, &guessed);
	bench_ask(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_true(fake_stream_swapped(bench.stream));
	bench_answer(&bench, "GET / HTTP/1.1\r\n\r\n");
	assert_shown(&bench, "response 192.0.2.2:8080 > 192.0.2.1:50955 ");
	assert_shown(&bench, "request 192.0.2.1:50955 > 192.0.2.2:8080 ");
	bench_close(&bench);
	bench_open(&bench, NULL, &guessed);
	bench_answer(&bench, "GET / HTTP/1.1\r\n\r\n");
	assert_true(fake_stream_swapped(bench.stream));
	bench_close(&bench);
	bench_open(&bench, NULL, &guessed);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	assert_false(fake_stream_swapped(bench.stream));
	bench_close(&bench);
}

static void streams_from_their_middle_are_taken_at_a_start_line(void **state)
{
	const struct fake_stream_spec spec = {.flags = TCPFLOW_S_MIDSTREAM};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, &spec);
	bench_answer(&bench, "the rest of a body\r\n");
	assert_int_equal(fake_stream_state(bench.stream), FAKE_REFUSED);
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	assert_int_equal(fake_stream_state(bench.stream), FAKE_TAKEN);
	bench_answer(&bench, "HTTP/1.1 204 Two\r\n\r\n");
	assert_response(&bench, 1, "204 Two");
	assert_not_shown(&bench, "[");
	bench_close(&bench);
}

/* The other side may still be within a message when one is taken. */
static void the_other_side_is_joined_at_a_start_line(void **state)
{
	const struct fake_stream_spec spec = {.flags = TCPFLOW_S_MIDSTREAM};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, &spec);
	bench_ask(&bench, "GET /2 HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "stray bytes\r\n");
	bench_answer(&bench, "HTTP/1.1 204 Two\r\n\r\n");
	assert_response(&bench, 1, "204 Two");
	assert_int_equal(fake_host_counter(bench.host, "unparsable"), 0);
	assert_int_equal(fake_host_counter(bench.host, "skipped_bytes"), 13);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(http_is_taken),
	    cmocka_unit_test(other_protocols_are_refused),
	    cmocka_unit_test(prefixes_want_more),
	    cmocka_unit_test(what_names_http_waits_for_the_answer),
	    cmocka_unit_test(long_targets_are_taken),
	    cmocka_unit_test(odd_requests_alone_are_taken_at_the_end),
	    cmocka_unit_test(prefixes_alone_are_refused),
	    cmocka_unit_test(swapped_sides_are_told_where_they_were_guessed),
	    cmocka_unit_test(
		streams_from_their_middle_are_taken_at_a_start_line),
	    cmocka_unit_test(the_other_side_is_joined_at_a_start_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
