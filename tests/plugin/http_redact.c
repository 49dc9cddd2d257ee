/* SPDX-License-Identifier: BSD-2-Clause */
/* Redaction: no secret reaches the console or a record, wherever the bytes are
 * cut (BAD_INPUT 25). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/http_bench.h"

#define REQUEST \
	"GET / HTTP/1.1\r\nHost: a.example\r\n" \
	"cookie: id=SECRET1; SECRET2; lang=SECRET3\r\n" \
	"Authorization: Basic SECRET4\r\n" \
	"PROXY-AUTHORIZATION: SECRET5\r\n" \
	"X-Other: stays\r\n\r\n"
#define RESPONSE \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" \
	"Set-Cookie: session=SECRET6; Path=/; HttpOnly\r\n" \
	"Content-Type: text/plain\r\n\r\n" \
	"4\r\nbody\r\n0\r\nSet-Cookie: late=SECRET7\r\n\r\n"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static struct bench bench;

static void start(const char *setting, size_t chunk_most)
{
	const char *const settings[] = {setting, NULL};
	const struct fake_stream_spec spec = {.chunk_most = chunk_most};

	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(
	    bench.host, TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, &spec);
}

static void has(const char *text)
{
	if (strstr(fake_host_console(bench.host), text) == NULL)
		fail_msg("no '%s' on the console:\n%s", text,
		    fake_host_console(bench.host));
}

static void records_have(const char *text)
{
	if (strstr(fake_host_records(bench.host), text) == NULL)
		fail_msg("no '%s' in the records:\n%s", text,
		    fake_host_records(bench.host));
}

static void nowhere(const char *text)
{
	assert_null(strstr(fake_host_console(bench.host), text));
	assert_null(strstr(fake_host_records(bench.host), text));
	assert_null(strstr(fake_host_log(bench.host), text));
}

static void no_secret_is_shown(void **state)
{
	(void)state;
	for (size_t most = 0; most < 20; most++) {
		start("redact=cookie,set-cookie,authorization", most);
		bench_ask(&bench, REQUEST);
		bench_answer(&bench, RESPONSE);
		nowhere("SECRET");
		has("cookie: id=[redacted]; [redacted]; lang=[redacted]\n"
		    "    id = [redacted]\n    [redacted]\n"
		    "    lang = [redacted]\n");
		has("Authorization: Basic [redacted]\n");
		has("PROXY-AUTHORIZATION: [redacted]\n");
		has("X-Other: stays\n");
		has("Set-Cookie: session=[redacted]; Path=/; HttpOnly\n");
		has("Set-Cookie: late=[redacted]\n");
		has("\nbody\n");
		records_have("\"cookies\":[[\"id\",\"[redacted]\"],"
			     "[\"[redacted]\"],[\"lang\",\"[redacted]\"]]");
		records_have("[\"Authorization\",\"Basic [redacted]\"]");
		records_have("\"value\":\"[redacted]\"");
		assert_int_equal(fake_host_counter(bench.host, "redacted"), 5);
		bench_close(&bench);
	}
}

static void each_word_is_its_own(void **state)
{
	(void)state;
	start("redact=cookie", 0);
	bench_ask(&bench, REQUEST);
	bench_answer(&bench, RESPONSE);
	nowhere("SECRET1");
	has("SECRET4");
	has("SECRET6");
	bench_close(&bench);
	start("redact=authorization", 0);
	bench_ask(&bench, REQUEST);
	has("SECRET1");
	nowhere("SECRET4");
	nowhere("SECRET5");
	bench_close(&bench);
	start("redact=set-cookie", 0);
	bench_ask(&bench, REQUEST);
	bench_answer(&bench, RESPONSE);
	has("SECRET1");
	nowhere("SECRET6");
	bench_close(&bench);
}

static void nothing_is_hidden_unasked(void **state)
{
	(void)state;
	start("redact=none", 0);
	bench_ask(&bench, REQUEST);
	has("cookie: id=SECRET1; SECRET2; lang=SECRET3\n");
	bench_close(&bench);
}

/* What is cut within a secret is redacted as far as it came. */
static void cut_header_is_redacted(void **state)
{
	static const char *const cuts[] = {
	    "GET / HTTP/1.1\r\nCookie: id=SECRET",
	    "GET / HTTP/1.1\r\nAuthorization: Basic SECRET",
	    "GET / HTTP/1.1\r\nCookie: SECRET",
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		start("redact=all", 0);
		bench_ask(&bench, cuts[i]);
		fake_stream_gap(bench.stream, TCPFLOW_C2S, 100);
		bench_end(&bench);
		nowhere("SECRET");
		has("[redacted]");
		bench_close(&bench);
	}
}

static void empty_values_stay_empty(void **state)
{
	(void)state;
	start("redact=all", 0);
	bench_ask(&bench,
	    "GET / HTTP/1.1\r\nCookie:\r\nAuthorization: \r\n"
	    "Cookie: ;;\r\nCookie: a=\r\n\r\n");
	has("Cookie: \nAuthorization: \nCookie: \nCookie: a=[redacted]\n");
	bench_close(&bench);
}

/* Where there is no memory the secret goes all the same. */
static void no_memory_shows_no_secret(void **state)
{
	bool refused = true;

	(void)state;
	for (uint64_t n = 1; refused; n++) {
		start("redact=all", 0);
		fake_host_refuse_hold(bench.host, n);
		bench_ask(&bench, REQUEST);
		bench_end(&bench);
		nowhere("SECRET");
		refused = fake_host_holds_refused(bench.host) > 0;
		bench_close(&bench);
	}
}

static void wrong_list_is_refused(void **state)
{
	static const char *const wrong[] = {"redact=", "redact=cookies",
	    "redact=cookie,", "redact=cookie;all", "redact=Cookie"};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		const char *const settings[] = {wrong[i], NULL};
		struct fake_host *host = fake_host_new(tcpflow_plugin_entry);

		assert_int_equal(
		    fake_host_start(host, settings), TCPFLOW_EINVAL);
		assert_non_null(strstr(fake_host_log(host), "is wanted"));
		fake_host_free(&host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_secret_is_shown),
	    cmocka_unit_test(each_word_is_its_own),
	    cmocka_unit_test(nothing_is_hidden_unasked),
	    cmocka_unit_test(cut_header_is_redacted),
	    cmocka_unit_test(empty_values_stay_empty),
	    cmocka_unit_test(no_memory_shows_no_secret),
	    cmocka_unit_test(wrong_list_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
