/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the plugin resp, without Redis and without a capture. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <tcpflow-plugin-test/fake_host.h>

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static struct fake_host *host;
static struct fake_stream *stream;

static void start(const char *setting, size_t chunk_most, uint32_t flags)
{
	const char *const settings[] = {setting, NULL};
	const struct fake_stream_spec spec = {
	    .chunk_most = chunk_most, .flags = flags};

	host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(host, TCPFLOW_OUT_CONSOLE | TCPFLOW_OUT_RECORDS);
	assert(fake_host_start(host, settings) == TCPFLOW_OK);
	stream = fake_stream_open(host, &spec);
}

static void ask(const char *text)
{
	fake_stream_text(stream, TCPFLOW_C2S, text);
}

static void answer(const char *text)
{
	fake_stream_text(stream, TCPFLOW_S2C, text);
}

static void end(void)
{
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
}

static void expect(const char *console)
{
	if (strcmp(fake_host_console(host), console) == 0)
		return;
	fprintf(
	    stderr, "expected:\n%sbut:\n%s", console, fake_host_console(host));
	assert(0);
}

static int has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void commands_have_their_replies(void)
{
	for (size_t most = 0; most < 12; most++) {
		start(NULL, most, 0);
		ask("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nx\r\n y\r\n"
		    "*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
		answer("+OK\r\n$5\r\nx\r\n y\r\n");
		ask("PING\r\n");
		answer("*3\r\n:1\r\n*2\r\n$-1\r\n#t\r\n%1\r\n+k\r\n,1.5\r\n");
		end();
		assert(
		    has(fake_host_console(host), "> SET a x\r\n y\n> GET a\n"));
		assert(has(
		    fake_host_console(host), "> PING\n< 1 (nil) t k 1.5 ("));
		assert(fake_host_counter(host, "commands") == 3);
		assert(fake_host_counter(host, "replies") == 3);
		assert(has(fake_host_records(host),
		    "\"number\":1,\"command\":\"SET a\",\"reply\":{\"type\":"
		    "\"simple\",\"bytes\":2}"));
		assert(has(fake_host_records(host), "\"type\":\"array\""));
		fake_host_free(&host);
	}
}

static void passwords_are_hidden(void)
{
	static const char *const secrets[] = {
	    "*2\r\n$4\r\nAUTH\r\n$6\r\nSECRET\r\n",
	    "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n"
	    "$6\r\nSECRET\r\n",
	    "*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n"
	    "$6\r\nSECRET\r\n",
	    "AUTH SECRET\r\n"};

	for (size_t most = 0; most < 8; most++) {
		for (int i = 0; i < 4; i++) {
			start(NULL, most, 0);
			ask(secrets[i]);
			answer("-ERR no\r\n");
			end();
			assert(!has(fake_host_console(host), "SECRET"));
			assert(!has(fake_host_records(host), "SECRET"));
			assert(has(fake_host_console(host), "[redacted]"));
			fake_host_free(&host);
		}
	}
	start("redact=no", 0, 0);
	ask(secrets[0]);
	end();
	assert(has(fake_host_console(host), "> AUTH SECRET\n"));
	fake_host_free(&host);
}

static void others_are_left_alone(void)
{
	static const char *const others[] = {"GET / HTTP/1.1\r\nHost: x\r\n",
	    "EHLO me\r\n", "\x16\x03\x01", "*x\r\n", "*1\r\n+a\r\n"};

	for (int i = 0; i < 5; i++) {
		start(NULL, 1, 0);
		ask(others[i]);
		if (fake_stream_state(stream) != FAKE_REFUSED)
			fprintf(stderr, "taken: %s\n", others[i]);
		assert(fake_stream_state(stream) == FAKE_REFUSED);
		end();
		fake_host_free(&host);
	}
}

static void gaps_lose_no_more_than_they_must(void)
{
	start(NULL, 0, 0);
	ask("*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
	answer("$10\r\nabc");
	fake_stream_gap(stream, TCPFLOW_S2C, 4);
	answer("xyz\r\n");
	ask("*1\r\n$4\r\nPING\r\n");
	answer("+PO");
	fake_stream_gap(stream, TCPFLOW_S2C, 100);
	answer("rest\r\n+behind\r\n");
	ask("*2\r\n$4\r\nECHO\r\n$1\r\nb\r\n");
	answer("$1\r\nb\r\n");
	end();
	assert(has(fake_host_console(host), "< abc[gap]xyz ("));
	assert(has(fake_host_console(host), "< behind\n"));
	assert(!has(fake_host_console(host), "rest"));
	assert(has(fake_host_console(host), "> ECHO b\n< b ("));
	fake_host_free(&host);
}

static void sides_may_be_guessed_wrong(void)
{
	start(NULL, 0, TCPFLOW_S_MIDSTREAM | TCPFLOW_S_DIR_GUESSED);
	answer("*1\r\n$4\r\nPING\r\n");
	ask("+PONG\r\n");
	assert(fake_stream_swapped(stream));
	end();
	assert(has(fake_host_console(host), "> PING\n< PONG"));
	fake_host_free(&host);
}

static void pushes_are_nobodys_reply(void)
{
	start(NULL, 0, 0);
	ask("*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nn\r\n");
	answer("*3\r\n$9\r\nsubscribe\r\n$1\r\nn\r\n:1\r\n");
	answer("*3\r\n$7\r\nmessage\r\n$1\r\nn\r\n$2\r\nhi\r\n");
	answer(">2\r\n+invalidate\r\n+k\r\n");
	end();
	assert(
	    has(fake_host_console(host), "! message n hi\n! invalidate k\n"));
	assert(fake_host_counter(host, "pushes") == 2);
	fake_host_free(&host);
}

static void no_memory_is_an_answer(void)
{
	start(NULL, 0, 0);
	fake_host_refuse_hold(host, 1);
	ask("*1\r\n$4\r\nPING\r\n");
	assert(fake_stream_state(stream) == FAKE_REFUSED);
	end();
	fake_host_free(&host);
}

static void values_are_bounded(void)
{
	start("max-value=16", 0, 0);
	ask("*2\r\n$4\r\nECHO\r\n$30\r\nabcdefghijklmnopqrstuvwxyz1234\r\n");
	end();
	expect("> ECHO abcdefghijk ...\n");
	fake_host_free(&host);
}

int main(void)
{
	commands_have_their_replies();
	passwords_are_hidden();
	others_are_left_alone();
	gaps_lose_no_more_than_they_must();
	sides_may_be_guessed_wrong();
	pushes_are_nobodys_reply();
	no_memory_is_an_answer();
	values_are_bounded();
	puts("ok");
	return 0;
}
