/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the plugin lines, without the program and without a capture.  The
 * fake host ends the test where the plugin breaks the contract. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <tcpflow-plugin-test/fake_host.h>

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static struct fake_host *start(const char *setting)
{
	const char *const settings[] = {setting, NULL};
	struct fake_host *host = fake_host_new(tcpflow_plugin_entry);

	assert(fake_host_start(host, settings) == TCPFLOW_OK);
	return host;
}

/* However the bytes are cut, the same comes out. */
static void lines_are_shown_as_they_are_said(void)
{
	for (size_t most = 0; most < 9; most++) {
		const struct fake_stream_spec spec = {.chunk_most = most};
		struct fake_host *host = start(NULL);
		struct fake_stream *stream = fake_stream_open(host, &spec);

		fake_stream_text(stream, TCPFLOW_C2S, "HELO a\r\nQUIT\r\n");
		fake_stream_text(stream, TCPFLOW_S2C, "250 b\r\n221");
		fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
		assert(strcmp(fake_host_console(host),
			   "> HELO a\n> QUIT\n< 250 b\n< 221 [cut]\n") == 0);
		assert(fake_host_counter(host, "lines") == 4);
		fake_host_free(&host);
	}
}

static void gaps_are_told(void)
{
	struct fake_host *host = start(NULL);
	struct fake_stream *stream = fake_stream_open(host, NULL);

	fake_stream_text(stream, TCPFLOW_C2S, "a\nHEL");
	fake_stream_gap(stream, TCPFLOW_C2S, 10);
	fake_stream_text(stream, TCPFLOW_C2S, "b\n");
	fake_stream_close(&stream, TCPFLOW_CLOSE_EXIT);
	assert(strcmp(fake_host_console(host),
		   "> a\n> HEL [bytes are missing]\n> b\n") == 0);
	fake_host_free(&host);
}

static void long_lines_are_cut(void)
{
	struct fake_host *host = start("most=3");
	struct fake_stream *stream = fake_stream_open(host, NULL);

	fake_stream_text(stream, TCPFLOW_C2S, "abcdef\n");
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	assert(strcmp(fake_host_console(host), "> abc\n") == 0);
	fake_host_free(&host);
}

static void what_is_no_text_is_left_to_others(void)
{
	struct fake_host *host = start(NULL);
	struct fake_stream *stream = fake_stream_open(host, NULL);

	fake_stream_text(stream, TCPFLOW_C2S, "\x16\x03\x01");
	assert(fake_stream_state(stream) == FAKE_REFUSED);
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	fake_host_free(&host);
}

int main(void)
{
	lines_are_shown_as_they_are_said();
	gaps_are_told();
	long_lines_are_cut();
	what_is_no_text_is_left_to_others();
	puts("ok");
	return 0;
}
