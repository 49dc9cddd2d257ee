/* SPDX-License-Identifier: BSD-2-Clause */
/* Child streams: a decoder (a, which takes what begins with GET) gives what it
 * uncovered to the others. */
#include <string.h>

#include "core/host/private.h"
#include "tests/unit/host_bench.h"

#define C TCPFLOW_C2S
#define S TCPFLOW_S2C

static struct flow flow;
static struct tcpflow_child *child;
static struct tcpflow_child_spec spec;
static void (*decode)(void); /* in a's data, once              */

static void once(struct actor *actor, enum call call)
{
	void (*now)(void) = decode;

	(void)actor;
	if (call != CALL_DATA || now == NULL)
		return;
	decode = NULL;
	now();
}

static int start(void **state)
{
	bench_start(state);
	child = NULL;
	decode = NULL;
	spec = (struct tcpflow_child_spec){
	    .struct_size = sizeof(spec),
	    .layer = "inner",
	};
	bench.a.wants = "GET";
	bench.a.hook = once;
	return 0;
}

/* The flow begins; a's data callback runs what a test says. */
static void run(void (*in_callback)(void))
{
	bench_ready();
	flow_open(&flow, 1, false);
	decode = in_callback;
	flow_data(&flow, C, "GET");
}

static int32_t open_child(void)
{
	return bench.a.host->child->open(bench.a.stream, &spec, &child);
}

static int32_t feed(uint32_t dir, const char *text)
{
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .dir = dir,
	    .bytes = (const uint8_t *)text,
	    .len = strlen(text),
	    .ts_ns = 777,
	    .packet = 77,
	    .first_packet = 70,
	};

	return bench.a.host->child->data(child, &chunk);
}

static int32_t feed_gap(uint32_t dir, uint64_t length)
{
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = dir,
	    .len = length,
	    .reason = TCPFLOW_GAP_DECODER,
	};

	return bench.a.host->child->gap(child, &gap);
}

static struct tcpflow_end end_of(uint32_t dir)
{
	return (struct tcpflow_end){
	    .struct_size = sizeof(struct tcpflow_end),
	    .dir = dir,
	    .reason = TCPFLOW_CLOSE_FIN,
	    .ts_ns = 778,
	};
}

static void whole_child(void)
{
	struct tcpflow_end end = end_of(C);

	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, "ask"), TCPFLOW_OK);
	assert_int_equal(feed(S, "answer"), TCPFLOW_OK);
	assert_int_equal(feed_gap(C, 4), TCPFLOW_OK);
	assert_int_equal(feed(C, "more"), TCPFLOW_OK);
	assert_int_equal(bench.a.host->child->eof(child, &end), TCPFLOW_OK);
	end = end_of(TCPFLOW_DIR_NONE);
	bench.a.host->child->close(child, &end);
}

static void a_child_is_a_stream_like_any_other(void **state)
{
	(void)state;
	bench.r.shows_times = true;
	bench_add(&actor_a);
	bench_add(&actor_r);
	bench_add(&actor_o);
	run(whole_child);
	expect_events("o1 open\n"
		      "o1 data c0 GET\n"
		      "a1 open\n"
		      "a1 data c0 GET\n"
		      "o1.1 open\n"
		      "o1.1 data c0 ask\n"
		      "r1.1 open\n"
		      "r1.1 data c0 ask #77 777\n"
		      "o1.1 data s0 answer\n"
		      "r1.1 data s0 answer #77 777\n"
		      "o1.1 gap c3+4\n"
		      "r1.1 gap c3+4\n"
		      "o1.1 data c7 more\n"
		      "r1.1 data c7 more #77 777\n"
		      "o1.1 eof c\n"
		      "r1.1 eof c\n"
		      "o1.1 close fin 11 6\n"
		      "r1.1 close fin 11 6\n");
	/* The event in hand is the decoder's again. */
	assert_int_equal(bench.worker->now_ns, bench.now_ns);
	assert_int_equal(bench.worker->packet, bench.packet);
	flow_close(&flow);
	expect_counter(COUNTER_CHILDREN, 1);
	expect_counter(COUNTER_CHILDREN_UNCLAIMED, 0);
	expect_counter(COUNTER_STREAMS, 1);
}

static void open_and_leave(void)
{
	struct tcpflow_child *first;

	assert_int_equal(open_child(), TCPFLOW_OK);
	first = child;
	assert_int_equal(feed(C, "one"), TCPFLOW_OK);
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(S, "two"), TCPFLOW_OK);
	child = first;
}

/* Newest first, when the decoder's close has returned; it may still feed. */
static void what_is_left_open_is_closed_with_its_parent(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(open_and_leave);
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "r1.1 open\n"
		      "r1.1 data c0 one\n"
		      "r1.2 open\n"
		      "r1.2 data s0 two\n");
	flow_close(&flow);
	expect_events("a1 close fin 3 0\n"
		      "r1.2 close parent 0 3\n"
		      "r1.1 close parent 3 0\n");
	assert_int_equal(bench.memory.held.used, 0);
}

static void reversed_child(void)
{
	const struct tcpflow_attr attr = {"alpn", {"h2", 2}};
	char layer[] = "tls";
	char name[] = "a.example";

	spec.layer = layer;
	spec.flags = TCPFLOW_CHILD_REVERSED | TCPFLOW_CHILD_SYNTHETIC;
	spec.server_name = (struct tcpflow_slice){name, strlen(name)};
	spec.attrs = &attr;
	spec.nattrs = 1;
	assert_int_equal(open_child(), TCPFLOW_OK);
	memset(layer, 'x', sizeof(layer)); /* it was copied */
	memset(name, 'x', sizeof(name));
	assert_int_equal(feed(C, "push"), TCPFLOW_OK);
}

static void look_at_info(struct actor *actor, enum call call)
{
	const struct tcpflow_stream_info *info;

	if (call != CALL_OPEN)
		return;
	info = &actor->stream->stream->info;
	assert_int_equal(info->depth, 1);
	assert_int_equal(info->stream_index, 1);
	assert_int_equal(info->client.port, 80);
	assert_int_equal(info->server.port, 40000);
	assert_int_equal(info->flags, TCPFLOW_S_REVERSED | TCPFLOW_S_SYNTHETIC);
	assert_string_equal(info->layer, "tls");
	assert_int_equal(info->server_name.len, 9);
	assert_memory_equal(info->server_name.ptr, "a.example", 9);
	assert_int_equal(info->nattrs, 1);
	assert_string_equal(info->attrs[0].key, "alpn");
	assert_memory_equal(info->attrs[0].value.ptr, "h2", 2);
	assert_non_null(info->parent);
	assert_int_equal(info->parent->depth, 0);
}

static void plugins_are_told_what_a_child_is(void **state)
{
	(void)state;
	bench.r.hook = look_at_info;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(reversed_child);
	assert_int_equal(bench.r.calls[CALL_OPEN], 1);
	flow_close(&flow);
}

static void unread_child(void)
{
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, "ask"), TCPFLOW_DONE);
	assert_int_equal(feed(C, "ask"), TCPFLOW_DONE);
	assert_int_equal(feed_gap(C, 4), TCPFLOW_DONE);
}

static void nobody_reads_on(void **state)
{
	(void)state;
	bench_add(&actor_a);
	run(unread_child);
	flow_close(&flow);
	expect_counter(COUNTER_CHILDREN_UNCLAIMED, 1);
	expect_counter(COUNTER_BYTES_UNCLAIMED, 0);
	assert_int_equal(plugin_counter("a.child.inner.unclaimed"), 1);
	assert_int_equal(plugin_counter("a.child.inner.bytes"), 10);
}

/* Layers have names that counters have not. */
static void any_layer_is_counted(void **state)
{
	(void)state;
	spec.layer = "late-key 2";
	bench_add(&actor_a);
	run(unread_child);
	flow_close(&flow);
	assert_int_equal(plugin_counter("a.child.late_key_2.unclaimed"), 1);
	assert_int_equal(plugin_counter("a.child.late_key_2.bytes"), 10);
	expect_no_message("refused");
}

static void half_read_child(void)
{
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, "ask"), TCPFLOW_DONE_DIR);
	assert_int_equal(feed(S, "answer"), TCPFLOW_DONE_DIR);
}

static void a_direction_may_be_read_enough(void **state)
{
	(void)state;
	bench.r.answer[CALL_DATA] = TCPFLOW_DONE_DIR;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(half_read_child);
	flow_close(&flow);
}

static void failing_child(void)
{
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, "ask"), TCPFLOW_DONE);
}

/* What goes wrong there is not the decoder's concern. */
static void a_plugin_that_fails_there_leaves_the_decoder_alone(void **state)
{
	(void)state;
	bench.r.answer[CALL_DATA] = TCPFLOW_EPROTO;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(failing_child);
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "r1.1 open\n"
		      "r1.1 data c0 ask\n"
		      "r1.1 close detached 3 0\n");
	flow_data(&flow, C, "x");
	expect_events("a1 data c3 x\n");
	flow_close(&flow);
}

static void certain_child(void)
{
	spec.protocol = "r";
	spec.flags = TCPFLOW_CHILD_CERTAIN;
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, "GET"), TCPFLOW_OK);
}

static void what_is_certain_is_not_probed(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(certain_child);
	assert_int_equal(bench.a.calls[CALL_PROBE], 1);
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "r1.1 open\n"
		      "r1.1 data c0 GET\n");
	flow_close(&flow);
}

static void guessed_child(void)
{
	spec.protocol = "c";
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, "GET"), TCPFLOW_OK);
}

static void who_is_named_is_asked_first(void **state)
{
	(void)state;
	bench.b.wants = "GET";
	bench.c.wants = "GET";
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_add(&actor_c);
	run(guessed_child);
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "c1.1 open\n"
		      "c1.1 data c0 GET\n");
	flow_close(&flow);
}

static void misused_child(void)
{
	const struct tcpflow_child_api *api = bench.a.host->child;
	struct tcpflow_end end = end_of(C);
	struct tcpflow_child *none = NULL;

	assert_int_equal(api->open(bench.a.run, &spec, &none), TCPFLOW_EINVAL);
	spec.layer = NULL;
	assert_int_equal(open_child(), TCPFLOW_EINVAL);
	spec.layer = "inner";
	spec.flags = 0x80;
	assert_int_equal(open_child(), TCPFLOW_ENOSYS);
	spec.flags = 0;
	assert_null(child);
	assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(feed(C, ""), TCPFLOW_EINVAL);
	assert_int_equal(feed(2, "x"), TCPFLOW_EINVAL);
	assert_int_equal(feed_gap(2, 1), TCPFLOW_EINVAL);
	assert_int_equal(api->eof(child, &end), TCPFLOW_OK);
	assert_int_equal(api->eof(child, &end), TCPFLOW_EINVAL);
	assert_int_equal(feed(C, "x"), TCPFLOW_EINVAL);
	assert_int_equal(feed_gap(C, 1), TCPFLOW_EINVAL);
	api->close(NULL, NULL);
	api->close(child, NULL);
}

static void misuse_is_answered(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(misused_child);
	flow_close(&flow);
}

static int32_t deepest;

/* Each decoder finds another one inside. */
static void dig(struct actor *actor, enum call call)
{
	int32_t result;

	if (call != CALL_DATA)
		return;
	result = open_child();
	if (result == TCPFLOW_OK)
		feed(C, "GET");
	else
		deepest = result;
	(void)actor;
}

static void depth_is_bounded(void **state)
{
	(void)state;
	bench.a.hook = dig;
	bench_add(&actor_a);
	run(NULL);
	assert_int_equal(deepest, TCPFLOW_ELIMIT);
	assert_int_equal(bench.a.calls[CALL_OPEN], 9);
	expect_counter(COUNTER_CHILDREN_LIMITED, 1);
	flow_close(&flow);
	assert_int_equal(bench.a.calls[CALL_CLOSE], 9);
}

static void many_children(void)
{
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(open_child(), TCPFLOW_OK);
	assert_int_equal(open_child(), TCPFLOW_ELIMIT);
}

static void those_open_at_a_time_are_bounded(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(many_children);
	flow_close(&flow);
	assert_int_equal(bench.memory.held.used, 0);
}

static void bomb(void)
{
	static uint8_t bytes[1 << 16];
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .bytes = bytes,
	    .len = sizeof(bytes),
	};
	unsigned fed = 0;

	assert_int_equal(open_child(), TCPFLOW_OK);
	while (bench.a.host->child->data(child, &chunk) == TCPFLOW_OK)
		fed++;
	assert_int_equal(fed, 16); /* 1 MiB is free */
	assert_int_equal(feed(C, "x"), TCPFLOW_ELIMIT);
	assert_int_equal(feed_gap(C, 1), TCPFLOW_ELIMIT);
	bench.a.host->child->close(child, NULL);
}

static void bombs_stop_at_the_limit(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_add(&actor_r);
	run(bomb);
	assert_int_equal(bench.r.calls[CALL_CLOSE], 1);
	flow_close(&flow);
	expect_message("an inner stream ends here");
}

static void swapped_child(void)
{
	spec.layer = "inner";
	assert_int_equal(open_child(), TCPFLOW_OK);
	bench.b.wants = "HEL";
	bench.b.swapped = true;
	bench.b.answer[CALL_DATA] = TCPFLOW_DONE_DIR;
	/* Its C2S has had enough, and that is our S2C. */
	assert_int_equal(feed(S, "HELO"), TCPFLOW_DONE_DIR);
	assert_int_equal(feed(S, "more"), TCPFLOW_DONE_DIR);
	bench.a.host->child->close(child, NULL);
}

/* A child of a guess is a guess; who takes it is asked for its own
 * directions. */
static void sides_of_a_child_may_be_swapped(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_ready();
	flow_open(&flow, 1, true);
	decode = swapped_child;
	flow_data(&flow, S, "GET");
	expect_events("a1 open\n"
		      "a1 data s0 GET\n"
		      "b1.1 open\n"
		      "b1.1 data c0 HELO\n"
		      "b1.1 close parent 8 0\n");
	assert_int_equal(bench.a.client, 40000);
	assert_int_equal(bench.b.client, 80);
	flow_close(&flow);
}

static void turned_child(void)
{
	spec.layer = "inner";
	assert_int_equal(open_child(), TCPFLOW_OK);
	bench.b.wants = "HEL";
	assert_int_equal(feed(C, "HELO"), TCPFLOW_OK);
	bench.a.host->child->close(child, NULL);
}

/* A decoder that found the sides exchanged: so are its child's, and no guess. */
static void sides_of_a_child_are_its_decoders(void **state)
{
	(void)state;
	bench.a.swapped = true;
	bench_add(&actor_a);
	bench_add(&actor_b);
	bench_ready();
	flow_open(&flow, 1, true);
	decode = turned_child;
	flow_data(&flow, S, "GET");
	expect_events("a1 open\n"
		      "a1 data c0 GET\n"
		      "b1.1 open\n"
		      "b1.1 data c0 HELO\n"
		      "b1.1 close parent 4 0\n");
	assert_int_equal(bench.a.client, 80);
	assert_int_equal(bench.b.client, 80);
	assert_int_equal(bench.b.flags & TCPFLOW_S_DIR_GUESSED, 0);
	flow_close(&flow);
}

static void poor_child(void)
{
	bench.memory.held.limit = 100;
	assert_int_equal(open_child(), TCPFLOW_ENOMEM);
	assert_null(child);
}

static void without_memory_there_is_none(void **state)
{
	(void)state;
	bench_add(&actor_a);
	run(poor_child);
	flow_close(&flow);
	expect_counter(COUNTER_CHILDREN, 0);
	expect_counter(COUNTER_PLUGIN_REFUSED_MEMORY, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(a_child_is_a_stream_like_any_other),
	    TEST(what_is_left_open_is_closed_with_its_parent),
	    TEST(plugins_are_told_what_a_child_is),
	    TEST(nobody_reads_on),
	    TEST(any_layer_is_counted),
	    TEST(a_direction_may_be_read_enough),
	    TEST(a_plugin_that_fails_there_leaves_the_decoder_alone),
	    TEST(what_is_certain_is_not_probed),
	    TEST(who_is_named_is_asked_first),
	    TEST(misuse_is_answered),
	    TEST(depth_is_bounded),
	    TEST(those_open_at_a_time_are_bounded),
	    TEST(bombs_stop_at_the_limit),
	    TEST(sides_of_a_child_are_its_decoders),
	    TEST(sides_of_a_child_may_be_swapped),
	    TEST(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
