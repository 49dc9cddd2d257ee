/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugins null (with NULL_PLUGIN) and skeleton under a fake host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/plugin/fake_host.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

#ifdef NULL_PLUGIN
#define EXPECTED ""
#else
#define EXPECTED \
	"flow 1: port 50955 to 80, 3 bytes sent, 6 received, 2 missing\n"
#endif

static void takes_everything_and_says_so(void **state)
{
	struct fake_host *host = fake_host_new(tcpflow_plugin_entry);
	struct fake_stream *stream;
	struct fake_file file;

	(void)state;
	assert_int_equal(fake_host_start(host, NULL), TCPFLOW_OK);
	stream = fake_stream_open(host, NULL);
	fake_stream_text(stream, TCPFLOW_C2S, "ask");
	fake_stream_gap(stream, TCPFLOW_C2S, 2);
	fake_stream_text(stream, TCPFLOW_S2C, "answer");
	assert_int_equal(fake_stream_state(stream), FAKE_TAKEN);
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	assert_string_equal(fake_host_console(host), EXPECTED);
	assert_false(fake_host_file(host, 0, &file));
	fake_host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_everything_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
