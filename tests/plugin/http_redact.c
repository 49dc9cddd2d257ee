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

/* Pseudonyms differ from run to run: "redacted-#" stands for each. */
static const char *masked(const char *text)
{
	static char out[32768];
	static const char begin[] = "redacted-";
	const size_t length = sizeof(begin) - 1;
	size_t count = 0;

	while (*text != '\0' && count + 1 < sizeof(out)) {
		if (strncmp(text, begin, length) != 0) {
			out[count++] = *text++;
			continue;
		}
		memcpy(out + count, begin, length);
		count += length;
		out[count++] = '#';
		text += length;
		assert_int_equal(strspn(text, "0123456789abcdef") >= 12, true);
		text += 12;
	}
	out[count] = '\0';
	return out;
}

static void has(const char *text)
{
	const char *console = masked(fake_host_console(bench.host));

	if (strstr(console, text) == NULL)
		fail_msg("no '%s' on the console:\n%s", text, console);
}

static void records_have(const char *text)
{
	const char *records = masked(fake_host_records(bench.host));

	if (strstr(records, text) == NULL)
		fail_msg("no '%s' in the records:\n%s", text, records);
}

static void nowhere(const char *text)
{
	assert_null(strstr(fake_host_console(bench.host), text));
	if (strstr(fake_host_records(bench.host), text) != NULL)
		fail_msg("a secret in %s", fake_host_records(bench.host));
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
		has("cookie: id=redacted-#; redacted-#; lang=redacted-#\n"
		    "    id = redacted-#\n    redacted-#\n"
		    "    lang = redacted-#\n");
		has("Authorization: Basic redacted-#\n");
		has("PROXY-AUTHORIZATION: redacted-#\n");
		has("X-Other: stays\n");
		has("Set-Cookie: session=redacted-#; Path=/; HttpOnly\n");
		has("Set-Cookie: late=redacted-#\n");
		has("\nbody\n");
		records_have("\"cookies\":[[\"id\",\"redacted-#\"],"
			     "[\"redacted-#\"],[\"lang\",\"redacted-#\"]]");
		records_have("[\"Authorization\",\"Basic redacted-#\"]");
		records_have("\"value\":\"redacted-#\"");
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
		has("redacted-#");
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
	has("Cookie: \nAuthorization: \nCookie: \nCookie: a=\n");
	bench_close(&bench);
}

/* Where there is no memory the secret goes all the same. */
static void no_memory_shows_no_secret(void **state)
{
	bool refused = true;

	(void)state;
	for (uint64_t n = 1; refused; n++) {
		start("redact=all,query:token,form:password", 0);
		fake_host_refuse_hold(bench.host, n);
		bench_ask(&bench,
		    "POST /?token=SECRET HTTP/1.1\r\n"
		    "Content-Type: application/x-www-form-urlencoded\r\n"
		    "Content-Length: 15\r\n\r\npassword=SECRET");
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
	    "redact=cookie,", "redact=cookie;all", "redact=Cookie",
	    "redact=query:", "redact=query", "redact=form:a,"};

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_setting_refused(wrong[i]);
}

/* The 12 digits behind `before` on the console. */
static const char *pseudonym(const char *before)
{
	static char digits[4][13];
	static unsigned turn;
	const char *at = strstr(fake_host_console(bench.host), before);
	char *out = digits[turn++ % 4];

	assert_non_null(at);
	at += strlen(before);
	assert_int_equal(strncmp(at, "redacted-", 9), 0);
	memcpy(out, at + 9, 12);
	out[12] = '\0';
	return out;
}

static void equal_values_stay_equal(void **state)
{
	char first[13];

	(void)state;
	start("redact=all", 0);
	bench_ask(
	    &bench, "GET / HTTP/1.1\r\nCookie: a=ONE; b=TWO; c=ONE\r\n\r\n");
	bench_answer(&bench,
	    "HTTP/1.1 200 OK\r\nSet-Cookie: d=ONE\r\n"
	    "Content-Length: 0\r\n\r\n");
	assert_string_equal(pseudonym("a = "), pseudonym("c = "));
	assert_string_equal(pseudonym("a = "), pseudonym("d = "));
	assert_string_not_equal(pseudonym("a = "), pseudonym("b = "));
	memcpy(first, pseudonym("a = "), sizeof(first));
	bench_close(&bench);
	/* Another run, another key. */
	start("redact=all", 0);
	bench_ask(&bench, "GET / HTTP/1.1\r\nCookie: a=ONE\r\n\r\n");
	assert_string_not_equal(pseudonym("a = "), first);
	bench_close(&bench);
}

static void urls_lose_their_secrets(void **state)
{
	static const struct {
		const char *request;
		const char *shown;
	} cases[] = {
	    {"GET /a?token=SECRET&b=c HTTP/1.1\r\n\r\n",
		"GET /a?token=redacted-#&b=c HTTP/1.1\n"},
	    {"GET /a?b=c&TOKEN=SECRET#d HTTP/1.1\r\n\r\n",
		"GET /a?b=c&TOKEN=redacted-##d HTTP/1.1\n"},
	    {"GET /a?t%6Fken=SECRET=SECRET;token=SECRET HTTP/1.1\r\n\r\n",
		"GET /a?t%6Fken=redacted-#;token=redacted-# HTTP/1.1\n"},
	    {"GET /a?key_1=SECRET&tokens=x&token&token= HTTP/1.1\r\n\r\n",
		"GET /a?key_1=redacted-#&tokens=x&token&token= HTTP/1.1\n"},
	    {"GET /token=x?y HTTP/1.1\r\n\r\n", "GET /token=x?y HTTP/1.1\n"},
	    {"GET http://u:SECRET@h/?token=SECRET HTTP/1.1\r\n\r\n",
		"GET http://redacted-#@h/?token=redacted-# HTTP/1.1\n"},
	    {"GET /token?token=SECRET HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n",
		"GET /token?token=redacted-# HTTP/1.1\nHost: h\nA: b\n"},
	    {"GET / HTTP/1.1\r\nReferer: http://u:SECRET@h/?a=b&token=SECRET"
	     "\r\nA: b\r\n\r\n",
		"\nReferer: http://redacted-#@h/?a=b&token=redacted-#\nA: b\n"},
	};
	const char *const settings[] = {
	    "redact=query:token,authorization,query:key*", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t most = 0; most < 3; most++) {
			start(settings[0], most);
			bench_ask(&bench, cases[i].request);
			bench_answer(&bench,
			    "HTTP/1.1 302 Found\r\n"
			    "Location: /x#token=SECRET\r\n"
			    "Content-Length: 0\r\n\r\n");
			bench_end(&bench);
			nowhere("SECRET");
			has(cases[i].shown);
			has("\nLocation: /x#token=redacted-#\n");
			bench_close(&bench);
		}
	}
}

static void headers_and_forms_lose_theirs(void **state)
{
	(void)state;
	for (size_t most = 0; most < 9; most++) {
		start("redact=header:x-api-*,form:password", most);
		bench_ask(&bench,
		    "POST / HTTP/1.1\r\nX-API-Key: SECRET one\r\n"
		    "Content-Type: application/x-www-form-urlencoded\r\n"
		    "Content-Length: 42\r\n\r\n"
		    "user=me&password=SECRET&p%61ssword=SECRET2");
		bench_end(&bench);
		nowhere("SECRET");
		has("X-API-Key: redacted-#\n");
		has("\nuser=me&password=redacted-#&p%61ssword=redacted-#\n");
		bench_close(&bench);
	}
}

/* Its digest would let one try out what it was. */
static void redacted_bodies_have_no_digest(void **state)
{
	const char *const settings[] = {"redact=form:password", NULL};

	(void)state;
	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(bench.host, TCPFLOW_OUT_RECORDS);
	fake_host_want_digests(bench.host);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, NULL);
	bench_ask(&bench,
	    "POST / HTTP/1.1\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Content-Length: 10\r\n\r\npassword=x");
	bench_answer(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	records_have("\"bytes\":10,\"type\"");
	records_have("\"digest\":\"2:");
	bench_close(&bench);
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
	    cmocka_unit_test(equal_values_stay_equal),
	    cmocka_unit_test(urls_lose_their_secrets),
	    cmocka_unit_test(headers_and_forms_lose_theirs),
	    cmocka_unit_test(redacted_bodies_have_no_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
