/* SPDX-License-Identifier: BSD-2-Clause */
/* Wherever bytes are missing, no response is told to be another request's: all
 * gaps of several lengths in conversations whose messages say who they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

#define EXCHANGES 6

/* Each has its number in the headers of both. */
static const char *const requests[EXCHANGES] = {
    "GET /1 HTTP/1.1\r\nX-Id: 1\r\n\r\n",
    "HEAD /2 HTTP/1.1\r\nX-Id: 2\r\n\r\n",
    "POST /3 HTTP/1.1\r\nX-Id: 3\r\nContent-Length: 5\r\n\r\nthree",
    "GET /4 HTTP/1.1\r\nX-Id: 4\r\n\r\n",
    ("PUT /5 HTTP/1.1\r\nX-Id: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     "4\r\nfive\r\n0\r\n\r\n"),
    "GET /6 HTTP/1.1\r\nX-Id: 6\r\n\r\n",
};
static const char *const responses[EXCHANGES] = {
    "HTTP/1.1 200 OK\r\nX-Id: 1\r\nContent-Length: 3\r\n\r\none",
    "HTTP/1.1 200 OK\r\nX-Id: 2\r\nContent-Length: 30\r\n\r\n",
    ("HTTP/1.1 100 Continue\r\n\r\n"
     "HTTP/1.1 201 Created\r\nX-Id: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nthree\r\n0\r\n\r\n"),
    "HTTP/1.1 304 Not Modified\r\nX-Id: 4\r\nContent-Length: 9\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nX-Id: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-Id: 6\r\nContent-Length: 3\r\n\r\nsix",
};

/* What is missing of one direction. */
struct hole {
	uint32_t direction;
	size_t from;
	size_t to;
};

/* Feeds what is not in the hole, and the gap in its place. */
static void feed(const struct bench *bench, const struct hole *hole,
    uint32_t direction, size_t *offset, const char *text)
{
	size_t length = strlen(text);
	size_t from = direction == hole->direction ? hole->from : SIZE_MAX;
	size_t to = direction == hole->direction ? hole->to : SIZE_MAX;
	size_t before = from > *offset ? from - *offset : 0;
	size_t behind = to > *offset ? to - *offset : 0;

	if (before > length)
		before = length;
	if (behind > length)
		behind = length;
	*offset += length;
	if (before > 0)
		fake_stream_data(bench->stream, direction, text, before);
	if (behind > before)
		fake_stream_gap(bench->stream, direction, behind - before);
	if (behind > before && length > behind)
		fake_stream_data(
		    bench->stream, direction, text + behind, length - behind);
	else if (behind <= before && length > before)
		fake_stream_data(
		    bench->stream, direction, text + before, length - before);
}

/* burst: so many requests are sent before the first is answered. */
static void converse(
    const struct bench *bench, const struct hole *hole, unsigned burst)
{
	size_t offset[2] = {0, 0};

	for (unsigned i = 0; i < EXCHANGES; i += burst) {
		for (unsigned j = i; j < i + burst; j++)
			feed(bench, hole, TCPFLOW_C2S, &offset[0], requests[j]);
		for (unsigned j = i; j < i + burst; j++)
			feed(
			    bench, hole, TCPFLOW_S2C, &offset[1], responses[j]);
	}
}

/* The number in the headers of the message with this title; 0: none. */
static unsigned id_of(const char *title)
{
	const char *end = strstr(title + 1, "\n#");
	const char *id = strstr(title, "X-Id: ");

	if (id == NULL || (end != NULL && id > end))
		return 0;
	return (unsigned)strtoul(id + 6, NULL, 10);
}

/* Each response against the request of its number; how many pairs there are. */
static unsigned check_pairs(const struct bench *bench)
{
	const char *console = fake_host_console(bench->host);
	unsigned pairs = 0;

	for (unsigned number = 1; number < 4 * EXCHANGES; number++) {
		char title[32];
		const char *request;
		const char *response;

		snprintf(title, sizeof(title), "#%u request ", number);
		request = strstr(console, title);
		snprintf(title, sizeof(title), "#%u response ", number);
		response = strstr(console, title);
		if (request == NULL || response == NULL ||
		    id_of(request) == 0 || id_of(response) == 0)
			continue;
		pairs++;
		if (id_of(request) != id_of(response)) {
			fprintf(stderr, "-- the console:\n%s--\n", console);
			fail_msg("wrong pair of number %u", number);
		}
	}
	return pairs;
}

static unsigned run(const struct hole *hole, unsigned burst)
{
	struct bench bench;
	unsigned pairs;

	bench_open(&bench, NULL, NULL);
	converse(&bench, hole, burst);
	bench_end(&bench);
	pairs = check_pairs(&bench);
	bench_close(&bench);
	return pairs;
}

static size_t total_length(const char *const *texts)
{
	size_t length = 0;

	for (unsigned i = 0; i < EXCHANGES; i++)
		length += strlen(texts[i]);
	return length;
}

/* How many of a hundred pairs are told, on average of all gaps. */
static unsigned try_all_holes(unsigned burst)
{
	static const size_t lengths[] = {1, 2, 10, 33, 60, 100};
	unsigned pairs = 0;
	unsigned holes = 0;

	for (uint32_t direction = 0; direction < 2; direction++) {
		size_t total = total_length(
		    direction == TCPFLOW_C2S ? requests : responses);

		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]);
		     i++) {
			for (size_t at = 0; at < total; at++) {
				const struct hole hole = {
				    direction, at, at + lengths[i]};

				pairs += run(&hole, burst);
				holes++;
			}
		}
	}
	return 100 * pairs / (holes * EXCHANGES);
}

static void all_are_paired_without_a_gap(void **state)
{
	static const unsigned bursts[] = {1, 2, 3, 6};
	const struct hole none = {TCPFLOW_C2S, SIZE_MAX, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(run(&none, bursts[i]), EXCHANGES);
}

/* And few are lost. */
static void no_pair_is_wrong_behind_a_gap(void **state)
{
	(void)state;
	assert_in_range(try_all_holes(1), 75, 100);
}

static void no_pair_is_wrong_in_a_pipeline(void **state)
{
	(void)state;
	assert_in_range(try_all_holes(3), 45, 100);
	assert_in_range(try_all_holes(6), 45, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_paired_without_a_gap),
	    cmocka_unit_test(no_pair_is_wrong_behind_a_gap),
	    cmocka_unit_test(no_pair_is_wrong_in_a_pipeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
