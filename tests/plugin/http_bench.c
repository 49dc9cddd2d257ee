/* SPDX-License-Identifier: BSD-2-Clause */
/* A conversation under the fake host, for all tests of the http plugin. */
#include "tests/plugin/http_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

void bench_open(struct bench *bench, const char *const *settings,
    const struct fake_stream_spec *spec)
{
	bench->host = fake_host_new(tcpflow_plugin_entry);
	assert_int_equal(fake_host_start(bench->host, settings), TCPFLOW_OK);
	bench->stream = fake_stream_open(bench->host, spec);
}

void assert_setting_refused(const char *setting)
{
	const char *const settings[] = {setting, NULL};
	struct fake_host *host = fake_host_new(tcpflow_plugin_entry);

	assert_int_equal(fake_host_start(host, settings), TCPFLOW_EINVAL);
	assert_non_null(strstr(fake_host_log(host), "is wanted"));
	fake_host_free(&host);
}

void bench_ask(struct bench *bench, const char *text)
{
	fake_stream_text(bench->stream, TCPFLOW_C2S, text);
}

void bench_answer(struct bench *bench, const char *text)
{
	fake_stream_text(bench->stream, TCPFLOW_S2C, text);
}

void bench_answer_bytes(
    struct bench *bench, const char *head, const void *bytes, size_t length)
{
	size_t head_length = strlen(head);
	uint8_t *all = malloc(head_length + length);

	assert_non_null(all);
	memcpy(all, head, head_length);
	memcpy(all + head_length, bytes, length);
	fake_stream_data(bench->stream, TCPFLOW_S2C, all, head_length + length);
	free(all);
}

void bench_end(struct bench *bench)
{
	if (bench->stream != NULL)
		fake_stream_close(&bench->stream, TCPFLOW_CLOSE_EXIT);
}

void bench_close(struct bench *bench)
{
	bench_end(bench);
	assert_int_equal(fake_host_held(bench->host), 0);
	fake_host_free(&bench->host);
}

static void explain(
    const struct bench *bench, const char *what, const char *text)
{
	fprintf(stderr, "%s:\n%s\n-- the console:\n%s--\n", what, text,
	    fake_host_console(bench->host));
	fail();
}

void assert_shown(const struct bench *bench, const char *text)
{
	if (strstr(fake_host_console(bench->host), text) == NULL)
		explain(bench, "not shown", text);
}

void assert_not_shown(const struct bench *bench, const char *text)
{
	if (strstr(fake_host_console(bench->host), text) != NULL)
		explain(bench, "shown", text);
}

void assert_console(const struct bench *bench, const char *text)
{
	if (strcmp(fake_host_console(bench->host), text) != 0)
		explain(bench, "expected", text);
}

void assert_shown_times(
    const struct bench *bench, const char *text, unsigned times)
{
	const char *at = fake_host_console(bench->host);
	unsigned found = 0;

	while ((at = strstr(at, text)) != NULL) {
		found++;
		at++;
	}
	if (found != times)
		explain(bench, "shown another number of times", text);
}

void assert_response(
    const struct bench *bench, unsigned number, const char *text)
{
	char title[32];
	const char *from;
	const char *end;
	const char *at;

	snprintf(title, sizeof(title), "#%u response ", number);
	from = strstr(fake_host_console(bench->host), title);
	at = from != NULL ? strstr(from, text) : NULL;
	end = from != NULL ? strstr(from + 1, "\n#") : NULL;
	if (at == NULL || (end != NULL && at > end)) {
		fprintf(stderr, "%s\n", title);
		explain(bench, "not in this response", text);
	}
}
