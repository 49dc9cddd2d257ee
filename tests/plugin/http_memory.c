/* SPDX-License-Identifier: BSD-2-Clause */
/* Each allocation and each hold of the http plugin fails once: the process
 * lives, all is given back, and what comes later is still recorded.  The
 * plugin's files are compiled with the failing_... functions for the C
 * library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"
#include "tests/plugin/coding_samples.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);
void *failing_malloc(size_t size);
void *failing_calloc(size_t count, size_t size);
void *failing_realloc(void *memory, size_t size);

/* Allocations until one fails; 0: none does. */
static uint64_t left;
static bool failed;

static bool fails(void)
{
	if (left == 0 || --left > 0)
		return false;
	failed = true;
	return true;
}

void *failing_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

void *failing_calloc(size_t count, size_t size)
{
	return fails() ? NULL : calloc(count, size);
}

void *failing_realloc(void *memory, size_t size)
{
	return fails() ? NULL : realloc(memory, size);
}

static const char *const stored[] = {"bodies=both", NULL};

static void converse(struct bench *bench)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "HTTP/1.1 200 OK\r\nA: ", 20);
	memcpy(text + 1500, "\r\nContent-Length: 1400\r\n\r\n", 26);
	bench_ask(bench, "GET /1 HTTP");
	bench_ask(bench, "/1.1\r\n\r\n");
	fake_stream_data(bench->stream, TCPFLOW_S2C, text, 1526);
	fake_stream_data(bench->stream, TCPFLOW_S2C, text + 1526, 1400);
	for (unsigned i = 0; i < 6; i++)
		bench_ask(bench, "GET /2 HTTP/1.1\r\nCookie: a=1; b\r\n\r\n");
	for (unsigned i = 0; i < 3; i++) {
		bench_answer(bench,
		    "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n"
		    "Content-Length: 15\r\n\r\n");
		fake_stream_data(bench->stream, TCPFLOW_S2C, deflate_raw,
		    sizeof(deflate_raw));
	}
	bench_answer(bench,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: br,gzip\r\n"
	    "Content-Length: 37\r\n\r\n");
	fake_stream_data(bench->stream, TCPFLOW_S2C, gzip_of_brotli,
	    sizeof(gzip_of_brotli));
	fake_stream_gap(bench->stream, TCPFLOW_S2C, 10);
	bench_answer(bench, "HTTP/1");
	bench_answer(bench, ".1 204 OK\r\n\r\n");
	bench_ask(bench,
	    "GET /3 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
	    "GET /4 HTTP/1.1\r\n\r\n");
	bench_answer(bench, "HTTP/1.1 204 OK\r\n\r\n");
	bench_ask(bench, "GET /5 HTTP/1.1\r\n\r\n");
	bench_answer(bench, "HTTP/1.1 204 -\r\n\r\nHTTP/1.1 204 -\r\n\r\n");
}

/* Another stream, which ends as a tunnel. */
static void tunnel(struct bench *bench)
{
	bench->stream = fake_stream_open(bench->host, NULL);
	bench_ask(bench, "CONNECT a.example:443 HTTP/1.1\r\n\r\n");
	bench_answer(bench, "HTTP/1.1 200 -\r\nUpgrade: x\r\n\r\nabc");
	bench_ask(bench, "def");
	bench_end(bench);
}

/* False: the plugin could not even start. */
static bool run(struct bench *bench)
{
	bench->host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(bench->host,
	    TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS | TCPFLOW_OUT_FILES);
	fake_host_want_digests(bench->host);
	fake_host_want_children(bench->host);
	if (fake_host_start(bench->host, stored) != TCPFLOW_OK) {
		fake_host_free(&bench->host);
		return false;
	}
	bench->stream = fake_stream_open(bench->host, NULL);
	converse(bench);
	bench_end(bench);
	tunnel(bench);
	return true;
}

/* A later conversation is not harmed. */
static void check_next(struct bench *bench)
{
	fake_host_console_clear(bench->host);
	bench->stream = fake_stream_open(bench->host, NULL);
	bench_ask(bench, "GET /next HTTP/1.1\r\n\r\n");
	assert_shown(bench, "GET /next HTTP/1.1\n");
	bench_close(bench);
}

static void each_allocation_fails_once(void **state)
{
	uint64_t n = 0;

	(void)state;
	do {
		struct bench bench;

		left = ++n;
		failed = false;
		if (!run(&bench))
			continue;
		left = 0;
		/* Of the last message something is shown, unless the stream
		 * was not taken, or just that was hit. */
		if (!failed)
			assert_shown(&bench, "GET /5 HTTP/1.1\n");
		check_next(&bench);
	} while (failed);
	assert_true(n > 20);
}

static void each_hold_is_refused_once(void **state)
{
	uint64_t n = 0;
	bool refused;

	(void)state;
	do {
		struct bench bench;

		left = 0;
		bench.host = fake_host_new(tcpflow_plugin_entry);
		fake_host_set_outputs(bench.host,
		    TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS |
			TCPFLOW_OUT_FILES);
		assert_int_equal(
		    fake_host_start(bench.host, stored), TCPFLOW_OK);
		bench.stream = fake_stream_open(bench.host, NULL);
		fake_host_refuse_hold(bench.host, ++n);
		converse(&bench);
		bench_end(&bench);
		refused = fake_host_holds_refused(bench.host) > 0;
		fake_host_refuse_hold(bench.host, 0);
		check_next(&bench);
	} while (refused);
	assert_true(n > 10);
}

/* What views keep and make: forms, pairs, pseudonyms, an archive. */
static bool run_views(
    struct bench *bench, const char *const *settings, uint64_t refused)
{
	bench->host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(bench->host,
	    TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS | TCPFLOW_OUT_FILES);
	fake_host_set_columns(bench->host, 80);
	if (fake_host_start(bench->host, settings) != TCPFLOW_OK) {
		fake_host_free(&bench->host);
		return false;
	}
	bench->stream = fake_stream_open(bench->host, NULL);
	fake_host_refuse_hold(bench->host, refused);
	bench_ask(bench,
	    "POST http://u:SECRET@h/?token=SECRET&%41=b+c HTTP/1.1\r\n"
	    "Cookie: a=SECRET; SECRET\r\nReferer: /?token=SECRET\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Content-Length: 19\r\n\r\na=b&password=SECRET");
	bench_ask(bench,
	    "POST / HTTP/1.1\r\nHost: h\r\n"
	    "Content-Type: multipart/form-data; boundary=b\r\n"
	    "Content-Length: 66\r\n\r\n--b\r\nContent-Disposition: x; "
	    "name=password\r\n\r\nSECRETSECRET\r\n--b--\r\n");
	bench_answer(bench,
	    "HTTP/1.1 200 \xe9\r\nContent-Type: text/json; charset=latin1\r\n"
	    "Content-Length: 8\r\n\r\n{\"a\":\"\xe9\"}");
	bench_answer(bench,
	    "HTTP/1.1 404 -\r\nContent-Type: application/json\r\n"
	    "Content-Length: 9\r\n\r\n{\"a\":[1]}");
	bench_end(bench);
	fake_host_refuse_hold(bench->host, 0);
	return true;
}

/* It is as if nothing had been, and no secret was written. */
static void check_views(struct bench *bench)
{
	struct fake_file file;

	assert_not_shown(bench, "SECRET");
	assert_null(strstr(fake_host_records(bench->host), "SECRET"));
	bench->stream = fake_stream_open(bench->host, NULL);
	bench_ask(bench, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
	bench_answer(bench, "HTTP/1.1 204 -\r\n\r\n");
	bench_end(bench);
	assert_shown(bench, "/next");
	fake_host_finish(bench->host, NULL);
	if (fake_host_file(bench->host, 0, &file))
		assert_null(memmem(file.bytes, file.length, "SECRET", 6));
	bench_close(bench);
}

#define SECRETS "redact=all,query:token,form:password"

static const char *const view_settings[][5] = {
    {"show=line", "har=x", "forms=yes", SECRETS, NULL},
    {"show=text", "status=!999", "forms=yes", SECRETS, NULL},
    {"show=text", "har=x", "no-body-types=image/*", SECRETS, NULL},
};

static void views_live_with_little(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t n = 0;
		bool more;

		do {
			struct bench bench;

			left = ++n;
			failed = false;
			if (!run_views(&bench, view_settings[i], 0))
				continue;
			left = 0;
			check_views(&bench);
		} while (failed);
		assert_true(n > 20);
		n = 0;
		do {
			struct bench bench;

			assert_true(run_views(&bench, view_settings[i], ++n));
			more = fake_host_holds_refused(bench.host) > 0;
			check_views(&bench);
		} while (more);
		assert_true(n > 10);
	}
}

/* Without any memory at all for what is kept, nothing is taken. */
static void no_hold_no_stream(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, NULL);
	fake_host_set_hold_most(bench.host, 0);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	assert_int_equal(fake_stream_state(bench.stream), FAKE_REFUSED);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_allocation_fails_once),
	    cmocka_unit_test(each_hold_is_refused_once),
	    cmocka_unit_test(views_live_with_little),
	    cmocka_unit_test(no_hold_no_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
