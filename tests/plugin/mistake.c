/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs of mistake.h. */
#include "tests/plugin/mistake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct hand hand;

static const struct mistake *chosen;
static bool lenient;
static int32_t answered;

static void set_up(void)
{
	hand.chunk = (struct tcpflow_chunk){
	    .struct_size = sizeof(hand.chunk),
	    .bytes = (const uint8_t *)"x",
	    .len = 1,
	    .packet = 1,
	    .first_packet = 1,
	};
	hand.gap = (struct tcpflow_gap){
	    .struct_size = sizeof(hand.gap),
	    .len = 1,
	    .reason = TCPFLOW_GAP_DECODER,
	};
	hand.end = (struct tcpflow_end){
	    .struct_size = sizeof(hand.end),
	    .reason = TCPFLOW_CLOSE_FIN,
	};
	hand.sink_spec = (struct tcpflow_sink_spec){
	    .struct_size = sizeof(hand.sink_spec),
	};
	hand.record_spec = (struct tcpflow_record_spec){
	    .struct_size = sizeof(hand.record_spec),
	    .type = "test",
	};
	hand.child_spec = (struct tcpflow_child_spec){
	    .struct_size = sizeof(hand.child_spec),
	    .layer = "inner",
	};
	hand.span = (struct tcpflow_span){.ptr = "x", .len = 1};
	assert_int_equal(
	    hand.api->sink->open(hand.scope, &hand.sink_spec, &hand.sink), OK);
	hand.record = hand.api->record->begin(hand.scope, &hand.record_spec);
	hand.digest = hand.api->digest->open(hand.scope);
	assert_int_equal(
	    hand.api->child->open(hand.scope, &hand.child_spec, &hand.child),
	    OK);
}

static int32_t make_in_data(
    struct part *part, const struct tcpflow_chunk *given)
{
	(void)given;
	hand.api = script.host;
	hand.scope = part->scope;
	set_up();
	answered = chosen->make();
	hand.api->record->abandon(hand.record);
	hand.api->digest->close(hand.digest);
	return OK;
}

static struct fake_host *run_up(void)
{
	struct fake_host *host;
	struct fake_stream *stream;

	script_reset();
	script.data = make_in_data;
	host = fake_host_new(script_entry);
	fake_host_set_outputs(host, TCPFLOW_OUT_FILES | TCPFLOW_OUT_RECORDS);
	fake_host_want_digests(host);
	fake_host_want_children(host);
	fake_host_set_lenient(host, lenient);
	assert_int_equal(fake_host_start(host, NULL), OK);
	stream = fake_stream_open(host, NULL);
	fake_stream_text(stream, TCPFLOW_C2S, "hello");
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	return host;
}

static void run(void)
{
	struct fake_host *host = run_up();

	fake_host_free(&host);
}

void mistakes_end_the_test(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		chosen = &mistakes[i];
		lenient = false;
		script_expect_end(run, chosen->said);
		lenient = true;
		if (chosen->lenient == OK)
			script_expect_end(run, chosen->said);
	}
}

void mistakes_are_answered(const struct mistake *mistakes, size_t count)
{
	lenient = true;
	for (size_t i = 0; i < count; i++) {
		struct fake_host *host;

		chosen = &mistakes[i];
		if (chosen->lenient == OK)
			continue;
		host = run_up();
		if (answered != chosen->lenient)
			fail_msg("%s: %d", chosen->said, (int)answered);
		if (strstr(fake_host_misuses(host), chosen->said) == NULL)
			fail_msg("%s, but: %s", chosen->said,
			    fake_host_misuses(host));
		fake_host_free(&host);
	}
}
