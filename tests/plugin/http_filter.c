/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters of the http plugin: what they let pass is in every rendering, and what
 * they do not is in none. */
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

static void start(const char *const *settings)
{
	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(
	    bench.host, TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, NULL);
}

/* Four transactions, the last of which has no answer. */
static void converse(void)
{
	bench_ask(
	    &bench, "GET /one?x=/zwo HTTP/1.1\r\nHost: a.example\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
	    "Content-Length: 3\r\n\r\nABC");
	bench_ask(&bench,
	    "POST http://b.example:81/two HTTP/1.1\r\nHost: b.example:81\r\n"
	    "Content-Length: 2\r\n\r\nhi");
	bench_answer(&bench,
	    "HTTP/1.1 404 Not Found\r\nContent-Type: image/png\r\n"
	    "Content-Length: 3\r\n\r\n\x89PN");
	bench_ask(&bench, "OPTIONS /three HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	bench_ask(&bench, "GET /four HTTP/1.1\r\nHost: a.example\r\n\r\n");
	bench_end(&bench);
}

static void passing_are_told_everywhere(void **state)
{
	static const struct {
		const char *settings[3];
		const char *passing; /* of "1234"                        */
	} cases[] = {
	    {{"method=GET"}, "14"},
	    {{"method=get,post"}, "124"},
	    {{"method=!GET"}, "23"},
	    {{"method=*,!O*"}, "124"},
	    {{"host=a.example"}, "14"},
	    {{"host=*.example"}, "124"},
	    {{"host=b.example"}, "2"},
	    {{"host=b.example:81"}, "2"},
	    {{"host=!a.example"}, "23"},
	    {{"path=/two"}, "2"},
	    {{"path=/t*"}, "23"},
	    {{"path=/one"}, "1"},
	    {{"status=404"}, "2"},
	    {{"status=4xx,5XX"}, "23"},
	    {{"status=200-404"}, "12"},
	    {{"status=!200"}, "234"},
	    {{"status=4xx,!404"}, ""},
	    {{"type=text/*"}, "1"},
	    {{"type=!image/png"}, "134"},
	    {{"method=GET", "status=2xx"}, "1"},
	    {{"path=/f?ur"}, "4"},
	};
	const char *const shows[] = {"show=text", "show=headers", "show=line"};
	const char *const paths[] = {"/one", "/two ", "/three", "/four"};
	const char *const rows[] = {"/one", "/two\t", "/three", "/four"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t show = 0; show < 3; show++) {
			const char *const settings[] = {shows[show],
			    cases[i].settings[0], cases[i].settings[1], NULL};

			start(settings);
			converse();
			for (unsigned n = 0; n < 4; n++) {
				char title[32];
				char record[64];
				bool wanted = strchr(cases[i].passing,
						  (int)('1' + n)) != NULL;

				snprintf(title, sizeof(title), "#%u ", n + 1);
				snprintf(record, sizeof(record),
				    "\"transaction\":%u,", n + 1);
				if (show == 2)
					snprintf(title, sizeof(title), "%s",
					    rows[n]);
				(wanted ? assert_shown : assert_not_shown)(
				    &bench, title);
				if (wanted && show < 2)
					assert_shown(&bench, paths[n]);
				assert_int_equal(
				    strstr(fake_host_records(bench.host),
					record) != NULL,
				    wanted);
			}
			assert_int_equal(
			    fake_host_counter(bench.host, "filtered"),
			    4 - strlen(cases[i].passing));
			bench_close(&bench);
		}
	}
}

/* What waits for an answer keeps its body. */
static void bodies_wait_with_their_messages(void **state)
{
	const char *const settings[] = {"status=404", NULL};

	(void)state;
	start(settings);
	converse();
	assert_shown(&bench, "\nhi\n");
	assert_shown(&bench, "[body: image/png, 3 bytes]");
	assert_not_shown(&bench, "ABC");
	bench_close(&bench);
}

static void types_without_bodies(void **state)
{
	const char *const settings[] = {"no-body-types=text/h*,!text/x", NULL};

	(void)state;
	start(settings);
	converse();
	assert_not_shown(&bench, "ABC");
	assert_shown(&bench, "[body: text/html; charset=utf-8, 3 bytes]");
	assert_shown(&bench, "\nhi\n");
	bench_close(&bench);
}

/* So many that pass are told, and then the run is to end. */
static void enough_is_enough(void **state)
{
	static const char *const shows[] = {
	    "show=text", "show=headers", "show=line", "show=none"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const char *const settings[] = {
		    shows[i], "method=!POST", "transactions=2", NULL};

		start(settings);
		bench_ask(&bench, "GET /first HTTP/1.1\r\n\r\n");
		bench_answer(&bench, "HTTP/1.1 204 -\r\n\r\n");
		assert_false(fake_host_stop_asked(bench.host));
		converse();
		assert_true(fake_host_stop_asked(bench.host));
		if (i < 3) {
			assert_shown(&bench, "/first");
			assert_shown(&bench, "/one");
		}
		assert_not_shown(&bench, "/two");
		assert_not_shown(&bench, "/three");
		assert_non_null(strstr(
		    fake_host_records(bench.host), "\"transaction\":2,"));
		assert_null(strstr(
		    fake_host_records(bench.host), "\"transaction\":3,"));
		assert_null(strstr(
		    fake_host_records(bench.host), "\"transaction\":4,"));
		bench_close(&bench);
	}
}

static void wrong_lists_are_refused(void **state)
{
	static const char *const wrong[] = {"status=", "status=4x",
	    "status=4xX", "status=99999", "status=500-400", "status=404,",
	    "status=40a", "status=!!404", "status=0xx", "method=", "host=a,,b",
	    "path=!", "type=,", "no-body-types=", "show=lines"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_setting_refused(wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(passing_are_told_everywhere),
	    cmocka_unit_test(bodies_wait_with_their_messages),
	    cmocka_unit_test(types_without_bodies),
	    cmocka_unit_test(enough_is_enough),
	    cmocka_unit_test(wrong_lists_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
