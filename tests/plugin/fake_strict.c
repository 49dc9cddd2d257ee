/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host ends the test at each mistake of a plugin, and says what it was:
 * scopes, the console, sinks, verdicts.  fake_built.c has what is built. */
#include "tests/plugin/mistake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Scopes, and services without tables. */

static int32_t no_scope(void)
{
	return hand.api->hold(NULL, 1);
}

static int32_t scope_of_the_run(void)
{
	return hand.api->hold(script.run, 1);
}

static int32_t log_without_format(void)
{
	hand.api->log(hand.scope, TCPFLOW_LOG_WARN, NULL);
	return OK;
}

static int32_t log_of_no_level(void)
{
	hand.api->log(hand.scope, 4, "x");
	return OK;
}

static int32_t count_with_a_bad_name(void)
{
	hand.api->count(hand.scope, "Bad", 1);
	return OK;
}

static int32_t hold_and_forget(void)
{
	return hand.api->hold(hand.scope, 1);
}

static int32_t release_too_much(void)
{
	hand.api->release(hand.scope, 1);
	return OK;
}

static int32_t wake_a_worker(void)
{
	return hand.api->wake_at(script.worker[0], 5);
}

static int32_t parse_nothing(void)
{
	uint64_t number;

	return hand.api->parse_u64(hand.scope, "key", NULL, 0, 1, &number);
}

/* The console. */

static int32_t put_nowhere(void)
{
	return hand.api->console->put(hand.scope, 2, &hand.span, 1);
}

static int32_t put_unknown_flags(void)
{
	hand.span.flags = UNKNOWN_BIT;
	return hand.api->console->put(hand.scope, TCPFLOW_C2S, &hand.span, 1);
}

static int32_t put_no_bytes(void)
{
	hand.span.ptr = NULL;
	return hand.api->console->put(hand.scope, TCPFLOW_C2S, &hand.span, 1);
}

static int32_t continue_in_the_middle(void)
{
	const struct tcpflow_span two[2] = {
	    {"x", 1, TCPFLOW_ROLE_TEXT, TCPFLOW_SPAN_CONTINUED},
	    {"y", 1, 0, 0}};

	return hand.api->console->put(hand.scope, TCPFLOW_C2S, two, 2);
}

/* Sinks. */

static int32_t open_sink(void)
{
	struct tcpflow_sink *other;

	return hand.api->sink->open(hand.scope, &hand.sink_spec, &other);
}

static int32_t sink_without_size(void)
{
	hand.sink_spec.struct_size = 0;
	return open_sink();
}

static int32_t sink_with_unknown_flags(void)
{
	hand.sink_spec.flags = UNKNOWN_BIT;
	return open_sink();
}

static int32_t sink_shared_by_a_stream(void)
{
	hand.sink_spec.flags = TCPFLOW_SINK_SHARED;
	return open_sink();
}

static int32_t sink_of_two_kinds(void)
{
	hand.sink_spec.flags = TCPFLOW_SINK_SHARED | TCPFLOW_SINK_BY_HASH;
	return open_sink();
}

static int32_t sink_of_no_direction(void)
{
	hand.sink_spec.dir = 7;
	return open_sink();
}

static int32_t sink_to_nowhere(void)
{
	return hand.api->sink->open(hand.scope, &hand.sink_spec, NULL);
}

static int32_t write_no_bytes(void)
{
	return hand.api->sink->write(hand.sink, NULL, 1);
}

static int32_t write_behind_the_end(void)
{
	hand.api->sink->finish(hand.sink, NULL, NULL);
	return hand.api->sink->write(hand.sink, "x", 1);
}

static int32_t make_a_hole(void)
{
	return hand.api->sink->pwrite(hand.sink, 5, "x", 1);
}

static int32_t append_to_what_is_not_shared(void)
{
	return hand.api->sink->append(hand.sink, hand.scope, "x", 1);
}

static int32_t finish_in_an_unknown_way(void)
{
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .flags = UNKNOWN_BIT,
	};

	return hand.api->sink->finish(hand.sink, &how, NULL);
}

static const struct mistake mistakes[] = {
    {no_scope, "hold: no scope", OK},
    {scope_of_the_run, "on another thread than this run's scope", OK},
    {log_without_format, "log: no format", OK},
    {log_of_no_level, "log: level 4", OK},
    {count_with_a_bad_name, "count: \"Bad\"", OK},
    {hold_and_forget, "1 bytes are still held", OK},
    {release_too_much, "release: 1 bytes, but 0", OK},
    {wake_a_worker, "only a stream has an alarm", TCPFLOW_EINVAL},
    {parse_nothing, "parse_u64: no key, value", OK},
    {put_nowhere, "console->put: direction 2", TCPFLOW_EINVAL},
    {put_unknown_flags, "unknown flags of span 0", TCPFLOW_ENOSYS},
    {put_no_bytes, "span 0 has no bytes", OK},
    {continue_in_the_middle, "CONTINUED on span 0", OK},
    {sink_without_size, "sink->open: struct_size", TCPFLOW_EINVAL},
    {sink_with_unknown_flags, "sink->open: unknown flags", TCPFLOW_ENOSYS},
    {sink_shared_by_a_stream, "with the run's scope", TCPFLOW_EINVAL},
    {sink_of_two_kinds, "both SHARED and BY_HASH", TCPFLOW_EINVAL},
    {sink_of_no_direction, "sink->open: direction 7", TCPFLOW_EINVAL},
    {sink_to_nowhere, "no place for the sink", OK},
    {write_no_bytes, "no bytes", OK},
    {write_behind_the_end, "is finished", OK},
    {make_a_hole, "a hole in", TCPFLOW_EINVAL},
    {append_to_what_is_not_shared, "is not SHARED", TCPFLOW_EINVAL},
    {finish_in_an_unknown_way, "sink->finish: unknown", TCPFLOW_ENOSYS},
};

#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

static void each_ends_the_test(void **state)
{
	(void)state;
	mistakes_end_the_test(mistakes, MISTAKES);
}

static void lenient_it_answers(void **state)
{
	(void)state;
	mistakes_are_answered(mistakes, MISTAKES);
}

static struct tcpflow_scope *kept;

/* What is not made in data. */

static struct fake_stream *start(void)
{
	struct fake_host *host;

	host = fake_host_new(script_entry);
	assert_int_equal(fake_host_start(host, NULL), OK);
	return fake_stream_open(host, NULL);
}

static int32_t hold_in_probe(const struct tcpflow_probe *view)
{
	(void)view;
	script.host->hold(script.worker[0], 1);
	return TCPFLOW_PROBE_YES;
}

static void probe_holds(void)
{
	script_reset();
	script.probe = hold_in_probe;
	fake_stream_text(start(), TCPFLOW_C2S, "x");
}

static int32_t say_swapped(const struct tcpflow_probe *view)
{
	(void)view;
	return TCPFLOW_PROBE_SWAPPED;
}

static void probe_swaps_what_is_known(void)
{
	script_reset();
	script.probe = say_swapped;
	fake_stream_text(start(), TCPFLOW_C2S, "x");
}

static int32_t say_77(const struct tcpflow_probe *view)
{
	(void)view;
	return 77;
}

static void probe_says_77(void)
{
	script_reset();
	script.probe = say_77;
	fake_stream_text(start(), TCPFLOW_C2S, "x");
}

static int32_t open_says_77(struct part *part)
{
	(void)part;
	return 77;
}

static void open_answers_77(void)
{
	script_reset();
	script.open = open_says_77;
	fake_stream_text(start(), TCPFLOW_C2S, "x");
}

static int32_t keep_scope(struct part *part)
{
	kept = part->scope;
	return OK;
}

static int32_t use_kept_scope(
    struct part *part, const struct tcpflow_chunk *given)
{
	(void)part;
	(void)given;
	return script.host->hold(kept, 1);
}

static void scope_is_over(void)
{
	struct fake_stream *stream;
	struct fake_host *host;

	script_reset();
	script.open = keep_scope;
	host = fake_host_new(script_entry);
	assert_int_equal(fake_host_start(host, NULL), OK);
	stream = fake_stream_open(host, NULL);
	fake_stream_text(stream, TCPFLOW_C2S, "x");
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	script.open = NULL;
	script.data = use_kept_scope;
	fake_stream_text(fake_stream_open(host, NULL), TCPFLOW_C2S, "x");
}

static void outside_of_callbacks(void)
{
	script_reset();
	fake_stream_text(start(), TCPFLOW_C2S, "x");
	script.host->hold(script.part->scope, 1);
}

static void other_mistakes_end_the_test(void **state)
{
	(void)state;
	script_expect_end(probe_holds, "hold is called from probe");
	script_expect_end(probe_swaps_what_is_known, "nothing was guessed");
	script_expect_end(probe_says_77, "probe returned 77");
	script_expect_end(open_answers_77, "open returned 77");
	script_expect_end(
	    scope_is_over, "the life of this stream's scope is over");
	script_expect_end(
	    outside_of_callbacks, "hold is called outside of any callback");
}

/* SHARED sinks of ready and of finish, and of no other callback. */

static int32_t opened;

static void open_shared(void)
{
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	};
	struct tcpflow_sink *made;

	opened = script.host->sink->open(script.run, &spec, &made);
}

static void open_shared_in_finish(const struct tcpflow_run *given)
{
	(void)given;
	open_shared();
}

static void finish_may_open_shared_sinks(void **state)
{
	struct fake_stream *stream;
	struct fake_host *host;

	(void)state;
	script_reset();
	script.finish = open_shared_in_finish;
	opened = TCPFLOW_EIO;
	host = fake_host_new(script_entry);
	assert_int_equal(fake_host_start(host, NULL), OK);
	stream = fake_stream_open(host, NULL);
	fake_stream_text(stream, TCPFLOW_C2S, "x");
	fake_stream_close(&stream, TCPFLOW_CLOSE_FIN);
	fake_host_free(&host);
	assert_int_equal(opened, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_ends_the_test),
	    cmocka_unit_test(lenient_it_answers),
	    cmocka_unit_test(other_mistakes_end_the_test),
	    cmocka_unit_test(finish_may_open_shared_sinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
