/* SPDX-License-Identifier: BSD-2-Clause */
/* har=: what an entry has, and that what is not there is said and not made up. */
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
static char archive[65536];

static void start(const char *setting, size_t chunk_most)
{
	const char *const settings[] = {"har=web", "show=none", setting, NULL};
	const struct fake_stream_spec spec = {.chunk_most = chunk_most};

	bench.host = fake_host_new(tcpflow_plugin_entry);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, &spec);
}

/* The run ends, and the archive is whole. */
static void finish(void)
{
	struct fake_file file;

	bench_end(&bench);
	fake_host_finish(bench.host, NULL);
	assert_true(fake_host_file(bench.host, 0, &file));
	assert_true(file.length < sizeof(archive));
	memcpy(archive, file.bytes, file.length);
	archive[file.length] = '\0';
	bench_close(&bench);
}

static void has(const char *text)
{
	if (strstr(archive, text) == NULL)
		fail_msg("no %s in %s", text, archive);
}

static void has_not(const char *text)
{
	if (strstr(archive, text) != NULL)
		fail_msg("%s in %s", text, archive);
}

static void an_entry_has_everything(void **state)
{
	(void)state;
	start(NULL, 0);
	bench_ask(&bench,
	    "POST /a%20b?c=d+e&f&g=%41|\" HTTP/1.1\r\nHost: x.example\r\n"
	    "Cookie: k=v; w\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 3\r\n\r\nabc");
	bench_answer(&bench,
	    "HTTP/1.0 302 Found\r\nLocation: /there\r\n"
	    "Set-Cookie: s=1; Path=/; Secure; secure; Expires=soon; X=y\r\n"
	    "Content-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG");
	finish();
	has("{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"tcpflow\"");
	has("{\"startedDateTime\":\"2026-11-23T09:38:20.123456Z\",\"request\":"
	    "{\"method\":\"POST\","
	    "\"url\":\"http://x.example/a%20b?c=d+e&f&g=%41%7C%22\","
	    "\"httpVersion\":\"HTTP/1.1\",\"cookies\":["
	    "{\"name\":\"k\",\"value\":\"v\"},{\"name\":\"\",\"value\":\"w\"}],"
	    "\"headers\":[{\"name\":\"Host\",\"value\":\"x.example\"},");
	has("\"queryString\":[{\"name\":\"c\",\"value\":\"d e\"},"
	    "{\"name\":\"f\",\"value\":\"\"},{\"name\":\"g\",\"value\":\"A|"
	    "\\\"\""
	    "}],\"postData\":{\"mimeType\":\"text/plain\",\"text\":\"abc\"},"
	    "\"bodySize\":3}");
	has("\"response\":{\"status\":302,\"statusText\":\"Found\","
	    "\"httpVersion\":\"HTTP/1.0\",\"cookies\":[{\"name\":\"s\","
	    "\"value\":\"1\",\"path\":\"/\",\"secure\":true,"
	    "\"_expires\":\"soon\"}]");
	has("\"content\":{\"size\":4,\"mimeType\":\"image/png\","
	    "\"text\":\"iVBORw==\",\"encoding\":\"base64\"},"
	    "\"redirectURL\":\"/there\",\"bodySize\":4}");
	has("\"time\":1,\"timings\":{\"send\":0,\"wait\":1,\"receive\":0},"
	    "\"cache\":{},\"serverIPAddress\":\"192.0.2.2\","
	    "\"connection\":\"1\",\"_transaction\":1,\"_complete\":true}");
	has("\n]}}\n");
}

static void what_is_missing_is_said(void **state)
{
	(void)state;
	start(NULL, 0);
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 2);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	finish();
	has("\"method\":\"\",\"url\":\"http://192.0.2.2:80/\"");
	has("\"_missing\":2");
	has("\"_complete\":false,\"_noRequest\":true,\"_anomalies\":["
	    "\"gap-in-body\",\"unasked\"]}");
	has("\"status\":0,\"statusText\":\"\",\"httpVersion\":\"unknown\"");
	has("\"bodySize\":-1}");
	has("\"_complete\":false,\"_noResponse\":true}");
}

/* They add up, also where the server did not wait for the request's end. */
static void times_add_up(void **state)
{
	(void)state;
	start(NULL, 0);
	bench_ask(&bench, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
	bench_ask(&bench, "b");
	bench_answer(&bench, "HTTP/1.1 200 -\r\nContent-Length: 2\r\n\r\na");
	bench_answer(&bench, "b");
	bench_ask(&bench, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
	bench_answer(&bench, "HTTP/1.1 200 -\r\nContent-Length: 2\r\n\r\na");
	bench_answer(&bench, "b");
	bench_ask(&bench, "b");
	finish();
	has("\"time\":3,\"timings\":{\"send\":1,\"wait\":1,\"receive\":1}");
	has("\"time\":2,\"timings\":{\"send\":1,\"wait\":0,\"receive\":1}");
}

/* Strings are strings, whatever the bytes. */
static void bytes_become_characters(void **state)
{
	(void)state;
	start(NULL, 0);
	bench_ask(&bench,
	    "GET /\xe9?\xe9=\xc3\xa9&%e9=%C3%A9 HTTP/1.1\r\nHost: [::1]:80\r\n"
	    "X: \xe9\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 \xe9\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 2\r\n\r\n\xe9\xe9");
	finish();
	has("\"url\":\"http://[::1]:80/%E9?%E9=%C3%A9&%e9=%C3%A9\"");
	has("{\"name\":\"X\",\"value\":\"\xc3\xa9\"}");
	has("{\"name\":\"\xc3\xa9\",\"value\":\"\xc3\xa9\"},"
	    "{\"name\":\"\xc3\xa9\",\"value\":\"\xc3\xa9\"}");
	has("\"statusText\":\"\xc3\xa9\"");
	has("\"text\":\"6ek=\",\"encoding\":\"base64\"");
	has_not("\"base64\":");
}

static void bodies_have_a_limit(void **state)
{
	(void)state;
	start("max-body=3", 0);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\n\r\nabcde");
	finish();
	has("\"size\":5,\"mimeType\":\"text/plain\",\"text\":\"abc\","
	    "\"_truncated\":true}");
}

static void what_is_redacted_or_filtered_is_not_there(void **state)
{
	(void)state;
	for (size_t most = 0; most < 4; most++) {
		start("redact=all,query:token,form:password", most);
		bench_ask(&bench,
		    "POST /?token=SECRET HTTP/1.1\r\nCookie: a=SECRET\r\n"
		    "Authorization: Basic SECRET\r\nContent-Length: 15\r\n"
		    "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
		    "password=SECRET");
		finish();
		has_not("SECRET");
		has("token=redacted-");
		has("password=redacted-");
	}
	start("path=/b", 0);
	bench_ask(&bench, "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
	finish();
	has("/b\"");
	has_not("/a\"");
}

static void files_must_be_wanted(void **state)
{
	const char *const settings[] = {"har=web", NULL};
	struct fake_host *host = fake_host_new(tcpflow_plugin_entry);

	(void)state;
	fake_host_set_outputs(host, TCPFLOW_OUT_CONSOLE);
	assert_int_equal(fake_host_start(host, settings), TCPFLOW_EINVAL);
	assert_non_null(strstr(fake_host_log(host), "-o DIR"));
	fake_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_entry_has_everything),
	    cmocka_unit_test(what_is_missing_is_said),
	    cmocka_unit_test(times_add_up),
	    cmocka_unit_test(bytes_become_characters),
	    cmocka_unit_test(bodies_have_a_limit),
	    cmocka_unit_test(files_must_be_wanted),
	    cmocka_unit_test(what_is_redacted_or_filtered_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
