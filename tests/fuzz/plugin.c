/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: drives the plugin that is linked in through the fake host, which
 * ends the run where the plugin breaks its part of the contract.
 *
 *	input:  how to run it (4 bytes), then operations up to the end
 *
 *	byte 0  outputs, digests, children, stream flags
 *	byte 1  which of FUZZ_SETTINGS, if any
 *	byte 2  the n-th hold is refused; 0: none
 *	byte 3  bytes of a chunk at most; 0: any
 *
 * An operation is a byte, and what it takes.  The lowest bit is a direction. */
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/input.h"
#include "tests/plugin/fake_host.h"

#define SIZE_MOST (64u << 10)
#define OPERATIONS_MOST 4096u
#define MILLISECOND UINT64_C(1000000)

#ifndef FUZZ_SETTINGS
#define FUZZ_SETTINGS NULL
#endif

extern const struct tcpflow_plugin *tcpflow_plugin_entry(void);

struct run {
	struct input input;
	struct fake_host *host;
	struct fake_stream *stream;
	struct fake_stream_spec spec;
	bool ended[2];
};

static size_t take_number(struct input *input)
{
	size_t number = take_byte(input);

	return number < 0xf0 ? number : (number - 0xf0) << 8 | take_byte(input);
}

static void begin_stream(struct run *run)
{
	run->stream = fake_stream_open(run->host, &run->spec);
	run->ended[0] = run->ended[1] = false;
}

static void feed(struct run *run, uint32_t direction)
{
	size_t length = take_number(&run->input);

	if (length > run->input.left)
		length = run->input.left;
	if (length > 0 && !run->ended[direction])
		fake_stream_data(run->stream, direction, run->input.at, length);
	run->input.at += length;
	run->input.left -= length;
}

static void close_stream(struct run *run)
{
	static const uint32_t reasons[] = {TCPFLOW_CLOSE_FIN, TCPFLOW_CLOSE_RST,
	    TCPFLOW_CLOSE_IDLE, TCPFLOW_CLOSE_EVICTED, TCPFLOW_CLOSE_REUSED,
	    TCPFLOW_CLOSE_EXIT};

	fake_stream_close(&run->stream,
	    reasons[take_byte(&run->input) %
		(sizeof(reasons) / sizeof(reasons[0]))]);
}

static void operate(struct run *run)
{
	uint8_t operation = take_byte(&run->input);
	uint32_t direction = operation & 1;

	switch (operation >> 1 & 7) {
	case 0:
		if (!run->ended[direction])
			fake_stream_gap(
			    run->stream, direction, take_number(&run->input));
		break;
	case 1:
		if (!run->ended[direction])
			fake_stream_eof(run->stream, direction);
		run->ended[direction] = true;
		break;
	case 2:
		fake_host_advance(
		    run->host, take_byte(&run->input) * 100 * MILLISECOND);
		break;
	case 3:
		close_stream(run);
		begin_stream(run);
		break;
	default:
		feed(run, direction);
	}
}

static void set_up(struct run *run)
{
	static const char *const settings[] = {FUZZ_SETTINGS};
	const size_t count = sizeof(settings) / sizeof(settings[0]);
	uint8_t flags = take_byte(&run->input);
	const char *given[2] = {settings[take_byte(&run->input) % count], NULL};

	fake_host_set_outputs(run->host,
	    (flags & 0x1 ? TCPFLOW_OUT_RECORDS : 0) |
		(flags & 0x2 ? TCPFLOW_OUT_CONSOLE : 0) |
		(flags & 0x4 ? TCPFLOW_OUT_FILES : 0));
	if (flags & 0x8)
		fake_host_want_digests(run->host);
	if (flags & 0x10)
		fake_host_want_children(run->host);
	if (flags & 0x20)
		run->spec.flags |= TCPFLOW_S_MIDSTREAM;
	if (flags & 0x40)
		run->spec.flags |= TCPFLOW_S_DIR_GUESSED;
	if (flags & 0x80)
		run->spec.flags |= TCPFLOW_S_TRUNCATED;
	if (fake_host_start(run->host, given) != TCPFLOW_OK)
		__builtin_trap(); /* FUZZ_SETTINGS are good ones */
	fake_host_refuse_hold(run->host, take_byte(&run->input));
	run->spec.chunk_most = take_byte(&run->input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = {
	    .input = {data, size < SIZE_MOST ? size : SIZE_MOST},
	    .host = fake_host_new(tcpflow_plugin_entry),
	};

	set_up(&run);
	begin_stream(&run);
	for (unsigned i = 0; i < OPERATIONS_MOST && run.input.left > 0; i++)
		operate(&run);
	close_stream(&run);
	fake_host_free(&run.host);
	return 0;
}
