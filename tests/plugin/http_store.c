/* SPDX-License-Identifier: BSD-2-Clause */
/* The http plugin's bodies in files: names, contents decoded and as sent, holes,
 * what is cut or damaged, and what records tell of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/coding_samples.h"
#include "tests/plugin/http_bench.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

#define RESPONSE "HTTP/1.1 200 OK\r\n"

static struct bench bench;

static void open_with(const char *bodies, const char *dedup)
{
	static const struct fake_stream_spec byte_by_byte = {.chunk_most = 1};
	const char *settings[] = {bodies, dedup, NULL};

	bench.host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(bench.host,
	    TCPFLOW_OUT_FILES | TCPFLOW_OUT_RECORDS | TCPFLOW_OUT_CONSOLE);
	fake_host_want_digests(bench.host);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_OK);
	bench.stream = fake_stream_open(bench.host, &byte_by_byte);
}

static void exchange(
    const char *bodies, const char *headers, const void *body, size_t length)
{
	char head[2048];

	open_with(bodies, NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	snprintf(head, sizeof(head), RESPONSE "%sContent-Length: %zu\r\n\r\n",
	    headers, length);
	bench_answer_bytes(&bench, head, body, length);
}

/* File `number` exists, is called so and has these bytes. */
static void has_file(
    size_t number, const char *path, const void *bytes, size_t length)
{
	struct fake_file file;

	if (!fake_host_file(bench.host, number, &file))
		fail_msg("no file %zu", number);
	assert_string_equal(file.path, path);
	assert_true(file.exists);
	assert_false(file.open);
	assert_int_equal(file.length, length);
	assert_memory_equal(file.bytes, bytes, length);
}

static void has_text(size_t number, const char *path, const char *text)
{
	has_file(number, path, text, strlen(text));
}

/* File `number` was opened, and is not there. */
static void is_gone(size_t number)
{
	struct fake_file file;

	assert_true(fake_host_file(bench.host, number, &file));
	assert_false(file.exists);
}

static void has_no_more_than(size_t count)
{
	struct fake_file file;

	assert_false(fake_host_file(bench.host, count, &file));
}

static void tells(const char *text)
{
	const char *records = fake_host_records(bench.host);

	if (strstr(records, text) == NULL)
		fail_msg("no %s in %s", text, records);
}

static void tells_not(const char *text)
{
	const char *records = fake_host_records(bench.host);

	if (strstr(records, text) != NULL)
		fail_msg("%s in %s", text, records);
}

static void both_directions_are_stored(void **state)
{
	(void)state;
	open_with("bodies=files", NULL);
	bench_ask(&bench,
	    "POST /a HTTP/1.1\r\nContent-Type: application/json\r\n"
	    "Content-Length: 2\r\n\r\n{}"
	    "GET /b HTTP/1.1\r\n\r\n");
	bench_answer(&bench,
	    RESPONSE "Content-Type: Text/HTML ; charset=utf-8\r\n"
		     "Transfer-Encoding: chunked\r\n\r\n"
		     "2;x=y\r\n<p\r\n1\r\n>\r\n0\r\n\r\n" RESPONSE
		     "Content-Type: x/y\r\nContent-Length: 1\r\n\r\n!");
	has_text(0, "1-c2s-HTTPBODY-001.json", "{}");
	has_text(1, "2-s2c-HTTPBODY-001.html", "<p>");
	has_text(2, "3-s2c-HTTPBODY-002.bin", "!");
	has_no_more_than(3);
	tells("\"file\":\"1-c2s-HTTPBODY-001.json\",\"name\":\"a\"");
	tells("\"file\":\"2-s2c-HTTPBODY-001.html\",\"name\":\"a\"");
	tells("\"file\":\"3-s2c-HTTPBODY-002.bin\",\"name\":\"b\"");
	tells_not("file_bytes");
	bench_close(&bench);
}

static void nothing_is_stored_unasked(void **state)
{
	(void)state;
	exchange(NULL, "", "abc", 3);
	has_no_more_than(0);
	tells_not("\"name\"");
	bench_close(&bench);
	exchange("bodies=none", "", "abc", 3);
	has_no_more_than(0);
	bench_close(&bench);
	exchange("bodies=both", "", "", 0);
	has_no_more_than(0);
	bench_close(&bench);
}

/* What was sent goes when it was decoded without fault. */
static void files_are_decoded(void **state)
{
	(void)state;
	exchange("bodies=files",
	    "Content-Type: text/css\r\nContent-Encoding: gzip\r\n", gzip_hello,
	    sizeof(gzip_hello));
	is_gone(0);
	has_text(1, "2-s2c-HTTPBODY-001.css", "hello, ");
	tells("\"file\":\"2-s2c-HTTPBODY-001.css\"");
	tells_not("\"sent\":{");
	bench_close(&bench);
}

static void sent_bytes_are_as_on_the_wire(void **state)
{
	(void)state;
	exchange("bodies=sent",
	    "Content-Type: text/css\r\nContent-Encoding: deflate, gzip\r\n",
	    gzip_of_deflate, sizeof(gzip_of_deflate));
	has_file(0, "1-s2c-HTTPBODY-001.css.deflate.gz", gzip_of_deflate,
	    sizeof(gzip_of_deflate));
	has_no_more_than(1);
	tells("\"bytes\":13,\"digest\":\"13:");
	tells("\"sent\":{\"file\":\"1-s2c-HTTPBODY-001.css.deflate.gz\","
	      "\"digest\":\"42:");
	bench_close(&bench);
	exchange("bodies=sent", "", "abc", 3);
	has_text(0, "1-s2c-HTTPBODY-001.bin", "abc");
	tells("\"sent\":{\"file\":\"1-s2c-HTTPBODY-001.bin\",\"digest\":\"3:");
	bench_close(&bench);
}

static void both_can_be_had(void **state)
{
	(void)state;
	exchange("bodies=both", "Content-Encoding: x-gzip\r\n", gzip_hello,
	    sizeof(gzip_hello));
	has_file(
	    0, "1-s2c-HTTPBODY-001.bin.gz", gzip_hello, sizeof(gzip_hello));
	has_text(1, "2-s2c-HTTPBODY-001.bin", "hello, ");
	bench_close(&bench);
	/* Where there is no coding both are the same. */
	exchange("bodies=both", "", "abc", 3);
	has_text(0, "1-s2c-HTTPBODY-001.bin", "abc");
	has_no_more_than(1);
	bench_close(&bench);
}

/* Wrong, damaged, cut, or followed by junk: what was sent stays. */
static void damage_loses_nothing(void **state)
{
	uint8_t damaged[sizeof(gzip_hello) + 1];

	(void)state;
	exchange("bodies=files", "Content-Encoding: gzip\r\n", "plain", 5);
	has_text(0, "1-s2c-HTTPBODY-001.bin.gz", "plain");
	has_no_more_than(1);
	tells("\"sent\":{\"file\":\"1-s2c-HTTPBODY-001.bin.gz\"");
	tells("\"error\":\"not encoded as its header says\"");
	bench_close(&bench);

	memcpy(damaged, gzip_hello, sizeof(gzip_hello));
	damaged[20] ^= 1; /* the checksum */
	exchange("bodies=files", "Content-Encoding: gzip\r\n", damaged,
	    sizeof(gzip_hello));
	has_file(0, "1-s2c-HTTPBODY-001.bin.gz", damaged, sizeof(gzip_hello));
	has_text(1, "2-s2c-HTTPBODY-001.bin.partial", "hello, ");
	bench_close(&bench);

	damaged[20] ^= 1;
	damaged[sizeof(gzip_hello)] = '!';
	exchange("bodies=files", "Content-Encoding: gzip\r\n", damaged,
	    sizeof(damaged));
	has_file(0, "1-s2c-HTTPBODY-001.bin.gz", damaged, sizeof(damaged));
	has_text(1, "2-s2c-HTTPBODY-001.bin", "hello, ");
	bench_close(&bench);
}

static void what_is_not_decoded_is_stored_as_sent(void **state)
{
	static const struct {
		const char *coding;
		const char *path;
	} rows[] = {
	    {"compress", "1-s2c-HTTPBODY-001.bin.encoded"},
	    {"gzip, br, zstd", "1-s2c-HTTPBODY-001.bin.gz.br"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char header[128];

		snprintf(header, sizeof(header), "Content-Encoding: %s\r\n",
		    rows[i].coding);
		exchange("bodies=files", header, "xyz", 3);
		has_text(0, rows[i].path, "xyz");
		has_no_more_than(1);
		tells("\"error\":\"not decoded: ");
		bench_close(&bench);
	}
}

static void decode_may_be_switched_off(void **state)
{
	(void)state;
	open_with("bodies=files", "decode=no");
	bench_answer_bytes(&bench,
	    RESPONSE "Content-Type: text/plain\r\nContent-Encoding: br\r\n"
		     "Content-Length: 17\r\n\r\n",
	    brotli_hello, sizeof(brotli_hello));
	has_file(
	    0, "1-s2c-HTTPBODY-001.txt.br", brotli_hello, sizeof(brotli_hello));
	has_no_more_than(1);
	bench_close(&bench);
}

static void holes_stay(void **state)
{
	static const char expected[] = "ab\0\0\0\0\0hij";
	struct fake_file file;

	(void)state;
	open_with("bodies=files", NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, RESPONSE "Content-Length: 10\r\n\r\nab");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 5);
	bench_answer(&bench, "hij");
	has_file(0, "1-s2c-HTTPBODY-001.bin", expected, 10);
	assert_true(fake_host_file(bench.host, 0, &file));
	assert_int_equal(file.missing, 5);
	tells("\"bytes\":5,");
	tells("\"complete\":false,\"gap_bytes\":5");
	tells_not("file_bytes");
	bench_close(&bench);
}

/* Decoded up to it; what was sent is there with its hole. */
static void holes_in_encoded_bodies(void **state)
{
	struct fake_file file;

	(void)state;
	open_with("bodies=files", NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer_bytes(&bench,
	    RESPONSE "Content-Encoding: gzip\r\nContent-Length: 53\r\n\r\n",
	    gzip_hello, sizeof(gzip_hello));
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 10);
	fake_stream_data(bench.stream, TCPFLOW_S2C, gzip_world + 10, 16);
	assert_true(fake_host_file(bench.host, 0, &file));
	assert_true(file.exists);
	assert_int_equal(file.length, 53);
	assert_int_equal(file.missing, 10);
	has_text(1, "2-s2c-HTTPBODY-001.bin.partial", "hello, ");
	bench_close(&bench);
}

static void what_is_cut_is_called_so(void **state)
{
	(void)state;
	open_with("bodies=files", NULL);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, RESPONSE "Content-Length: 10\r\n\r\nab");
	bench_end(&bench);
	has_text(0, "1-s2c-HTTPBODY-001.bin.partial", "ab");
	tells("\"file\":\"1-s2c-HTTPBODY-001.bin.partial\"");
	bench_close(&bench);
}

static void the_same_bytes_are_stored_once(void **state)
{
	struct fake_file file;

	(void)state;
	open_with("bodies=files", "dedup=yes");
	for (unsigned i = 0; i < 2; i++) {
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		bench_answer(&bench, RESPONSE "Content-Length: 3\r\n\r\nabc");
	}
	assert_true(fake_host_file(bench.host, 0, &file));
	assert_int_equal(strncmp(file.path, "by-hash/", 8), 0);
	assert_false(file.duplicate);
	tells(file.path);
	assert_true(fake_host_file(bench.host, 1, &file));
	assert_true(file.duplicate);
	bench_close(&bench);
}

/* What is called by its hash has no holes: it ends there. */
static void dedup_ends_at_a_hole(void **state)
{
	struct fake_file file;

	(void)state;
	open_with("bodies=files", "dedup=yes");
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, RESPONSE "Content-Length: 10\r\n\r\nab");
	fake_stream_gap(bench.stream, TCPFLOW_S2C, 5);
	bench_answer(&bench, "hij");
	assert_true(fake_host_file(bench.host, 0, &file));
	assert_int_equal(file.length, 2);
	assert_true(file.partial);
	tells("\"file_bytes\":2,");
	bench_close(&bench);
}

/* Row 27: the network's names are told, and lead nowhere. */
static void names_are_only_told(void **state)
{
	static const struct {
		const char *target;
		const char *disposition;
		const char *told;
	} rows[] = {
	    {"/../../etc/passwd?a=/b", NULL, "\"name\":\"passwd\""},
	    {"/x%2F..%2fy%00z", NULL, "\"name\":\"x/../y\\u0000z\""},
	    {"/", NULL, NULL},
	    {"/a", "attachment; filename=\"../../etc/\\\"x\"",
		"\"name\":\"../../etc/\\\"x\""},
	    {"/a", "attachment;filename = -rf ; a=b", "\"name\":\"-rf\""},
	    {"/a", "x; y=\"; filename=no\"; FileName*=utf-8'en'%e2%80%aeb",
		"\"name\":\"\xe2\x80\xae"
		"b\""},
	    {"/a", "attachment; filename=", "\"name\":\"a\""},
	    {"/a", "attachment; filename", "\"name\":\"a\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];

		open_with("bodies=files", NULL);
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n\r\n",
		    rows[i].target);
		bench_ask(&bench, text);
		snprintf(text, sizeof(text),
		    RESPONSE "%s%s%sContent-Length: 1\r\n\r\nx",
		    rows[i].disposition != NULL ? "Content-Disposition: " : "",
		    rows[i].disposition != NULL ? rows[i].disposition : "",
		    rows[i].disposition != NULL ? "\r\n" : "");
		bench_answer(&bench, text);
		has_text(0, "1-s2c-HTTPBODY-001.bin", "x");
		if (rows[i].told != NULL)
			tells(rows[i].told);
		else
			tells_not("\"name\"");
		bench_close(&bench);
	}
}

/* Only what the list has, and never what a system would run. */
static void types_do_not_choose_names(void **state)
{
	static const struct {
		const char *type;
		const char *path;
	} rows[] = {
	    {"application/vnd.api+JSON;v=1", "1-s2c-HTTPBODY-001.json"},
	    {"text/x-shellscript", "1-s2c-HTTPBODY-001.txt"},
	    {"application/x-msdownload", "1-s2c-HTTPBODY-001.bin"},
	    {"../../x", "1-s2c-HTTPBODY-001.bin"},
	    {"+xml", "1-s2c-HTTPBODY-001.xml"},
	    {"", "1-s2c-HTTPBODY-001.bin"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char header[128];

		snprintf(header, sizeof(header), "Content-Type: %s\r\n",
		    rows[i].type);
		exchange("bodies=files", header, "x", 1);
		has_text(0, rows[i].path, "x");
		bench_close(&bench);
	}
}

static void caps_are_told(void **state)
{
	(void)state;
	open_with("bodies=files", NULL);
	fake_host_set_max_bytes(bench.host, 4);
	bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
	bench_answer(&bench, RESPONSE "Content-Length: 6\r\n\r\nabcdef");
	has_text(0, "1-s2c-HTTPBODY-001.bin.partial", "abcd");
	tells("\"bytes\":6,\"digest\":\"6:");
	tells("\"file_bytes\":4,");
	bench_close(&bench);
}

/* What the filter does not let pass is not stored. */
static void filters_hold_for_files(void **state)
{
	(void)state;
	open_with("bodies=files", "status=404");
	bench_ask(&bench, "GET /a HTTP/1.1\r\n\r\n");
	bench_answer(&bench, RESPONSE "Content-Length: 3\r\n\r\nabc");
	bench_ask(&bench, "GET /b HTTP/1.1\r\n\r\n");
	bench_answer(&bench, "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno");
	has_text(0, "1-s2c-HTTPBODY-002.bin", "no");
	has_no_more_than(1);
	bench_close(&bench);
}

/* Each call that may fail does so once: the records go on, all is balanced. */
static void failures_are_survived(void **state)
{
	uint64_t calls = 1;

	(void)state;
	for (uint64_t n = 1; n <= calls; n++) {
		open_with("bodies=both", NULL);
		fake_host_fail_call(bench.host, n);
		bench_ask(&bench, "GET / HTTP/1.1\r\n\r\n");
		bench_answer_bytes(&bench,
		    RESPONSE
		    "Content-Encoding: gzip\r\nContent-Length: 27\r\n\r\n",
		    gzip_hello, sizeof(gzip_hello));
		bench_ask(&bench, "GET /next HTTP/1.1\r\n\r\n");
		bench_answer(&bench, RESPONSE "Content-Length: 3\r\n\r\nabc");
		assert_shown(&bench, "GET /next HTTP/1.1\n");
		assert_shown(&bench, "\n\nabc\n");
		calls = fake_host_calls(bench.host);
		bench_close(&bench);
	}
	assert_true(calls > 10);
}

static void wrong_settings_are_refused(void **state)
{
	static const char *const settings[] = {"bodies=all", NULL};

	(void)state;
	bench.host = fake_host_new(tcpflow_plugin_entry);
	assert_int_equal(fake_host_start(bench.host, settings), TCPFLOW_EINVAL);
	assert_string_equal(fake_host_log(bench.host),
	    "error: bodies=all: none, files, sent or both is wanted\n");
	fake_host_free(&bench.host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_directions_are_stored),
	    cmocka_unit_test(nothing_is_stored_unasked),
	    cmocka_unit_test(files_are_decoded),
	    cmocka_unit_test(sent_bytes_are_as_on_the_wire),
	    cmocka_unit_test(both_can_be_had),
	    cmocka_unit_test(damage_loses_nothing),
	    cmocka_unit_test(what_is_not_decoded_is_stored_as_sent),
	    cmocka_unit_test(decode_may_be_switched_off),
	    cmocka_unit_test(holes_stay),
	    cmocka_unit_test(holes_in_encoded_bodies),
	    cmocka_unit_test(what_is_cut_is_called_so),
	    cmocka_unit_test(the_same_bytes_are_stored_once),
	    cmocka_unit_test(dedup_ends_at_a_hole),
	    cmocka_unit_test(names_are_only_told),
	    cmocka_unit_test(types_do_not_choose_names),
	    cmocka_unit_test(caps_are_told),
	    cmocka_unit_test(filters_hold_for_files),
	    cmocka_unit_test(failures_are_survived),
	    cmocka_unit_test(wrong_settings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
