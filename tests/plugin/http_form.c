/* SPDX-License-Identifier: BSD-2-Clause */
/* forms=yes: fields in records and on the console, and those that nobody may see
 * in neither. */
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

static void start(const char *setting, size_t chunk_most)
{
	const char *const settings[] = {"forms=yes", setting, NULL};
	const struct fake_stream_spec spec = {.chunk_most = chunk_most};

	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(
	    bench.host, TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, &spec);
}

static void post(const char *type, const char *body)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "POST / HTTP/1.1\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n"
	    "%s",
	    type, strlen(body), body);
	bench_ask(&bench, text);
	bench_end(&bench);
}

static void records_have(const char *text)
{
	if (strstr(fake_host_records(bench.host), text) == NULL)
		fail_msg("no %s in %s", text, fake_host_records(bench.host));
}

static void nowhere(const char *text)
{
	assert_not_shown(&bench, text);
	assert_null(strstr(fake_host_records(bench.host), text));
}

#define URLENCODED "application/x-www-form-urlencoded"
#define PART(head, content) \
	"--b\r\nContent-Disposition: form-data; " head "\r\n\r\n" content "\r" \
									  "\n"

static void pairs_are_decoded(void **state)
{
	(void)state;
	for (size_t most = 0; most < 5; most++) {
		start(NULL, most);
		post(URLENCODED "; charset=utf-8",
		    "a=b+c&%64=%C3%A9&&e&f=&g=1%0A2");
		assert_shown(&bench,
		    "\n\n    a = b c\n    d = \xc3\xa9\n    e\n    f = \n"
		    "    g = 1\n        2\n");
		records_have(
		    "\"fields\":[{\"name\":\"a\",\"value\":\"b c\"},"
		    "{\"name\":\"d\",\"value\":\"\xc3\xa9\"},{\"name\":\"e\"},"
		    "{\"name\":\"f\",\"value\":\"\"},"
		    "{\"name\":\"g\",\"value\":\"1\\n2\"}],\"complete\":true");
		bench_close(&bench);
	}
}

static void parts_are_told(void **state)
{
	(void)state;
	start(NULL, 0);
	post("multipart/form-data; boundary=b",
	    PART("name=\"a\"", "one")
		PART("name=f; filename=\"x.png\"\r\nContent-Type: image/png",
		    "\x89PNG") "--b\r\n\r\nno name");
	assert_shown(&bench,
	    "    a = one\n    f [file x.png, image/png, 4 bytes]\n"
	    "     = no name [cut]\n");
	records_have("\"fields\":[{\"name\":\"a\",\"value\":\"one\"},"
		     "{\"name\":\"f\",\"filename\":\"x.png\","
		     "\"type\":\"image/png\",\"bytes\":4},"
		     "{\"name\":\"\",\"value\":\"no name\","
		     "\"complete\":false}]");
	bench_close(&bench);
}

static void other_bodies_stay(void **state)
{
	(void)state;
	start(NULL, 0);
	post("text/plain", "a=b");
	assert_shown(&bench, "\na=b\n");
	assert_null(strstr(fake_host_records(bench.host), "fields"));
	bench_close(&bench);
}

static void what_is_cut_is_said(void **state)
{
	(void)state;
	start("max-body=4", 0);
	post(URLENCODED, "a=bcdef");
	assert_shown(&bench, "    a = bc\n[3 more bytes]\n");
	records_have("\"fields_cut\":true");
	bench_close(&bench);
}

static void secrets_are_in_neither(void **state)
{
	(void)state;
	for (size_t most = 0; most < 5; most++) {
		start("redact=form:pass*", most);
		post(URLENCODED, "user=me&password=SECRET");
		nowhere("SECRET");
		assert_shown(&bench, "    password = redacted-");
		assert_shown(&bench, "    user = me\n");
		bench_close(&bench);
		start("redact=form:pass*", most);
		post("multipart/form-data; boundary=b",
		    PART("name=user", "me") PART("name=\"password\"", "SECRET")
			PART("name=pass2", "SECRET\r\nSECRET") "--b--");
		nowhere("SECRET");
		assert_shown(&bench, "    user = me\n");
		assert_shown(&bench, "    password = redacted-");
		records_have("{\"name\":\"pass2\",\"value\":\"redacted-");
		bench_close(&bench);
	}
	/* Where nobody can tell, all of it is a secret. */
	start("redact=form:password", 0);
	post("multipart/form-data", PART("name=password", "SECRET") "--b--");
	nowhere("SECRET");
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_are_decoded),
	    cmocka_unit_test(parts_are_told),
	    cmocka_unit_test(other_bodies_stay),
	    cmocka_unit_test(what_is_cut_is_said),
	    cmocka_unit_test(secrets_are_in_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
