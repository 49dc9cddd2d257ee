/* SPDX-License-Identifier: BSD-2-Clause */
/* show=line: fields between tabs for programs, columns that fit for people, and
 * one line whatever the network says (BAD_INPUT 34). */
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

static void start(uint32_t columns, const struct fake_stream_spec *spec)
{
	const char *const settings[] = {"show=line", NULL};

	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_columns(bench.host, columns);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, spec);
}

static void fields_are_whole(void **state)
{
	(void)state;
	start(0, NULL);
	bench_ask(&bench,
	    "POST /a?b HTTP/1.1\r\nHost: x.example\r\nContent-Length: 3\r\n\r\n"
	    "abc");
	fake_host_advance(bench.host, UINT64_C(1500000000));
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/x-y+json; a=b\r\n"
	    "Content-Length: 2\r\n\r\n{}");
	bench_ask(&bench, "GET * HTTP/1.0\r\n\r\n");
	bench_end(&bench);
	assert_console(&bench,
	    "2026-11-23T09:38:20.123456Z\t192.0.2.1:50955\tPOST\t"
	    "http://x.example/a?b\t200\tapplication/x-y+json\t3\t2\t"
	    "1.501000\t1.501000\t-\n"
	    "2026-11-23T09:38:21.625456Z\t192.0.2.1:50955\tGET\t*\t-\t-\t0\t-\t"
	    "-\t-\t-\n");
	bench_close(&bench);
}

/* Every line is as wide as the terminal at most, and aligned. */
static void columns_fit(void **state)
{
	static const uint32_t columns[] = {40, 80, 100, 140, 160, 300};
	const struct fake_stream_spec spec = {
	    .client = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"};

	(void)state;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		for (unsigned six = 0; six < 2; six++) {
			const char *text;
			size_t widths[2];
			size_t most = columns[i] < 80 ? 80 : columns[i];

			start(columns[i], six ? &spec : NULL);
			bench_ask(&bench,
			    "GET /a/very/long/path/that/does/not/fit/at/all/"
			    "even/if/the/terminal/is/rather/wide/since/it/goes/"
			    "on/and/on/and/on/and/on/and/on/and/on/and/on/and/"
			    "on/and/on/and/on/and/on HTTP/1.1\r\n"
			    "Host: a.host.of.some.length.example\r\n\r\n");
			bench_answer(&bench,
			    "HTTP/1.1 200 OK\r\nContent-Type: application/"
			    "vnd.openxmlformats-officedocument\r\n"
			    "Content-Length: 2\r\n\r\n{}");
			bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
			bench_answer(&bench,
			    "HTTP/1.1 404 OK\r\nContent-Length: 0\r\n\r\n");
			text = fake_host_console(bench.host);
			for (unsigned n = 0; n < 2; n++) {
				widths[n] = strcspn(text, "\n");
				text += widths[n] + 1;
			}
			assert_int_equal(widths[0], widths[1]);
			assert_true(widths[0] <= most - 2);
			if (columns[i] >= 80)
				assert_true(widths[0] == columns[i] - 2);
			bench_close(&bench);
		}
	}
}

static void people_see_short_words(void **state)
{
	(void)state;
	start(80, NULL);
	bench_ask(&bench, "GET /data HTTP/1.1\r\nHost: a.example\r\n\r\n");
	fake_host_advance(bench.host, 11000000);
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\n"
	    "Content-Length: 2\r\n\r\n{}");
	assert_console(&bench,
	    "09:38:20 192.0.2.1       GET  a.example/data       200 json "
	    "     2  12ms  12ms\n");
	bench_close(&bench);
}

static void no_line_is_forged(void **state)
{
	static const uint32_t columns[] = {0, 80, 160};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *text;

		start(columns[i], NULL);
		bench_ask(&bench,
		    "GET /\x1b]0;x\x07\xc2\x9b HTTP/1.1\r\n"
		    "Host: a\tb\x1b[31m\xff\r\n\r\n");
		bench_answer(&bench,
		    "HTTP/1.1 200 OK\r\nContent-Type: text/\tx\x1b[0m\r\n"
		    "Content-Length: 0\r\n\r\n");
		bench_end(&bench);
		text = fake_host_console(bench.host);
		assert_null(strchr(text, 0x1b));
		assert_null(strchr(text, '\r'));
		assert_true(*text == '\0' ||
		    strchr(text, '\n') == text + strlen(text) - 1 ||
		    fake_host_counter(bench.host, "unparsable") > 0);
		for (; *text != '\0'; text++)
			assert_true((*text >= ' ' && *text < 0x7f) ||
			    *text == '\n' || *text == '\t');
		bench_close(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_whole),
	    cmocka_unit_test(columns_fit),
	    cmocka_unit_test(people_see_short_words),
	    cmocka_unit_test(no_line_is_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
