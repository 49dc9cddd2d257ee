/* SPDX-License-Identifier: BSD-2-Clause */
/* show=text: bodies as people read them, on a terminal and off it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static struct bench bench;

static void start(uint32_t columns)
{
	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_columns(bench.host, columns);
	assert_int_equal(fake_host_start(bench.host, NULL), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, NULL);
}

#define JSON_ANSWER \
	"HTTP/1.1 200 OK\r\nContent-Type: application/problem+json\r\n" \
	"Content-Length: 15\r\n\r\n{\"a\":[1],\"b\":2}"

static void json_has_lines_on_a_terminal(void **state)
{
	(void)state;
	start(80);
	fake_host_show_roles(bench.host, true);
	bench_answer(&bench, JSON_ANSWER);
	assert_shown(&bench,
	    "{body}{\n  {name}\"a\"{body}: [\n    1\n  ],\n"
	    "  {name}\"b\"{body}: 2\n}\n");
	bench_close(&bench);
	start(0);
	bench_answer(&bench, JSON_ANSWER);
	assert_shown(&bench, "\n{\"a\":[1],\"b\":2}\n");
	bench_close(&bench);
}

static void charsets_are_converted(void **state)
{
	static const struct {
		const char *answer;
		const char *shown;
	} cases[] = {
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
	     "charset=ISO-8859-1\r\n"
	     "Content-Length: 3\r\n\r\n\xe9t\xe9",
		"\n\xc3\xa9t\xc3\xa9\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: "
	     "text/plain;Charset=\"koi8-r\"\r\n"
	     "Content-Length: 2\r\n\r\n\xc4\xc1",
		"\n\xd0\xb4\xd0\xb0\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
	     "charset=shift_jis\r\n"
	     "Content-Length: 3\r\n\r\n\x83\x65\x83", /* cut */
		"\n\xe3\x83\x86\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=euc-jp\r\n"
	     "Content-Length: 3\r\n\r\na\xffz",
		"\na\xef\xbf\xbdz\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
	     "Content-Length: 2\r\n\r\n\xc3\xa9",
		"\n\xc3\xa9\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
	     "charset=UTF-8//TRANSLIT\r\nContent-Length: 2\r\n\r\n\xe9!",
		"\n\xe9!\n"},
	    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
	     "charset=ISO-2022-CN-EXT\r\nContent-Length: 2\r\n\r\n\xe9!",
		"\n\xe9!\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(0);
		bench_answer(&bench, cases[i].answer);
		assert_shown(&bench, cases[i].shown);
		bench_close(&bench);
	}
}

/* A title has no date where that would not fit, and a request a line behind it. */
static void titles_fit_the_terminal(void **state)
{
	static const struct {
		uint32_t columns;
		const char *title;
	} cases[] = {
	    {0,
		"#1 request 192.0.2.1:50955 > 192.0.2.2:80 "
		"2026-11-23T09:38:20.123456Z\n"},
	    {61,
		"#1 request 192.0.2.1:50955 > 192.0.2.2:80 "
		"09:38:20.123456Z \xe2\x94\x80\xe2\x94\x80\n"},
	    {58,
		"#1 request 192.0.2.1:50955 > 192.0.2.2:80 "
		"09:38:20.123456Z\n"},
	    {100,
		"#1 request 192.0.2.1:50955 > 192.0.2.2:80 "
		"2026-11-23T09:38:20.123456Z \xe2\x94\x80\xe2\x94\x80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(cases[i].columns);
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		assert_shown(&bench, cases[i].title);
		bench_close(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_has_lines_on_a_terminal),
	    cmocka_unit_test(charsets_are_converted),
	    cmocka_unit_test(titles_fit_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
