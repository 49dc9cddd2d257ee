/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw plugin under a fake host: files with holes, or the console. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plugin/fake_host.h"

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

static struct fake_host *host;
static struct fake_stream *stream;

static void begin(uint32_t outputs)
{
	host = fake_host_new(tcpflow_plugin_entry);
	fake_host_set_outputs(host, outputs);
	assert_int_equal(fake_host_start(host, NULL), TCPFLOW_OK);
	stream = fake_stream_open(host, NULL);
}

static void end(void)
{
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	fake_host_free(&host);
}

static void each_direction_is_a_file(void **state)
{
	struct fake_file file;

	(void)state;
	begin(TCPFLOW_OUT_FILES | TCPFLOW_OUT_CONSOLE);
	fake_stream_text(stream, TCPFLOW_C2S, "ask");
	fake_stream_text(stream, TCPFLOW_S2C, "answer");
	fake_stream_text(stream, TCPFLOW_C2S, " more");
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	assert_true(fake_host_file(host, 0, &file));
	assert_int_equal(file.length, 8);
	assert_memory_equal(file.bytes, "ask more", 8);
	assert_true(fake_host_file(host, 1, &file));
	assert_int_equal(file.length, 6);
	assert_false(file.open);
	assert_string_equal(fake_host_console(host), "");
	fake_host_free(&host);
}

static void a_direction_without_bytes_is_no_file(void **state)
{
	struct fake_file file;

	(void)state;
	begin(TCPFLOW_OUT_FILES);
	fake_stream_text(stream, TCPFLOW_S2C, "answer");
	assert_true(fake_host_file(host, 0, &file));
	assert_false(fake_host_file(host, 1, &file));
	end();
}

static void a_gap_is_a_hole_at_its_place(void **state)
{
	struct fake_file file;

	(void)state;
	begin(TCPFLOW_OUT_FILES);
	fake_stream_text(stream, TCPFLOW_C2S, "ab");
	fake_stream_gap(stream, TCPFLOW_C2S, 3);
	fake_stream_text(stream, TCPFLOW_C2S, "fg");
	assert_true(fake_host_file(host, 0, &file));
	assert_int_equal(file.length, 7);
	assert_int_equal(file.missing, 3);
	assert_memory_equal(file.bytes + 5, "fg", 2);
	assert_int_equal(fake_host_counter(host, "gap_bytes"), 3);
	end();
}

static void a_full_disk_ends_one_direction_only(void **state)
{
	(void)state;
	begin(TCPFLOW_OUT_FILES);
	fake_host_fail_sinks(host, TCPFLOW_EIO);
	assert_int_equal(
	    fake_stream_text(stream, TCPFLOW_C2S, "ab"), TCPFLOW_DONE_DIR);
	fake_host_fail_sinks(host, TCPFLOW_OK);
	assert_int_equal(
	    fake_stream_text(stream, TCPFLOW_S2C, "cd"), TCPFLOW_OK);
	assert_int_equal(fake_stream_state(stream), FAKE_TAKEN);
	end();
}

static void without_files_the_wire_is_shown_in_order(void **state)
{
	struct fake_file file;

	(void)state;
	begin(TCPFLOW_OUT_CONSOLE);
	fake_stream_text(stream, TCPFLOW_C2S, "ask\n");
	fake_stream_gap(stream, TCPFLOW_S2C, 8);
	fake_stream_text(stream, TCPFLOW_S2C, "answer\n");
	assert_string_equal(fake_host_console(host),
	    "ask\n[gap: 8 bytes lost at offset 0]\nanswer\n");
	assert_false(fake_host_file(host, 0, &file));
	end();
}

static void inner_streams_are_told_by_their_layers(void **state)
{
	static const struct tcpflow_stream_info outer = {
	    .struct_size = sizeof(outer),
	    .layer = "tcp",
	};
	static const struct tcpflow_stream_info middle = {
	    .struct_size = sizeof(middle),
	    .depth = 1,
	    .parent = &outer,
	    .layer = "connect",
	};
	struct tcpflow_stream_info *info;
	struct fake_file file;

	(void)state;
	begin(TCPFLOW_OUT_FILES);
	info = fake_stream_info(stream);
	info->depth = 2;
	info->layer = "tls";
	info->parent = &middle;
	fake_stream_text(stream, TCPFLOW_C2S, "ab");
	assert_true(fake_host_file(host, 0, &file));
	assert_string_equal(file.path, "1-c2s-connect-tls");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_direction_is_a_file),
	    cmocka_unit_test(a_direction_without_bytes_is_no_file),
	    cmocka_unit_test(a_gap_is_a_hole_at_its_place),
	    cmocka_unit_test(a_full_disk_ends_one_direction_only),
	    cmocka_unit_test(inner_streams_are_told_by_their_layers),
	    cmocka_unit_test(without_files_the_wire_is_shown_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
