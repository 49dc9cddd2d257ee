/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench for tests of the plugin host.  It knows the host's outside only. */
#include "tests/unit/host_bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/host/private.h"

struct bench bench;

/* An actor on one stream. */
struct part {
	struct actor *actor;
	struct tcpflow_scope *scope;
	const struct tcpflow_stream_info *info;
};

static void note(const char *format, ...) TCPFLOW_PRINTF(1, 2);

static void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_printf_list(&bench.events, format, arguments);
	va_end(arguments);
}

/* "r1", or "r1.2" on the flow's second child. */
static void note_who(
    const struct actor *actor, const struct tcpflow_stream_info *info)
{
	note("%s%" PRIu64, actor->name, info->flow_id);
	if (info->stream_index > 0)
		note(".%" PRIu32, info->stream_index);
}

static int32_t answer(struct actor *actor, enum call call)
{
	actor->calls[call]++;
	if (actor->hook != NULL)
		actor->hook(actor, call);
	return actor->calls[call] >= actor->at[call] ? actor->answer[call] : 0;
}

/* In a callback of this stream, the actor's scope is its. */
static int32_t answer_on(struct part *part, enum call call)
{
	part->actor->stream = part->scope;
	return answer(part->actor, call);
}

static char side(uint32_t dir)
{
	return dir == TCPFLOW_C2S ? 'c' : 's';
}

static int32_t create(struct actor *actor, const struct tcpflow_host *host,
    struct tcpflow_scope *run, void **instance)
{
	actor->host = host;
	actor->run = run;
	*instance = actor;
	return answer(actor, CALL_CREATE);
}

static int32_t create_a(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	return create(&bench.a, host, run, instance);
}

static int32_t create_b(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	return create(&bench.b, host, run, instance);
}

static int32_t create_c(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	return create(&bench.c, host, run, instance);
}

static int32_t create_r(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	return create(&bench.r, host, run, instance);
}

static int32_t create_o(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	return create(&bench.o, host, run, instance);
}

static int32_t actor_config(void *instance, const char *key, const char *value)
{
	struct actor *actor = instance;

	note("%s config %s=%s\n", actor->name, key, value);
	return answer(actor, CALL_CONFIG);
}

static int32_t actor_ready(void *instance)
{
	return answer(instance, CALL_READY);
}

static void actor_finish(void *instance, const struct tcpflow_run *run)
{
	(void)run;
	answer(instance, CALL_FINISH);
}

static void actor_destroy(void *instance)
{
	answer(instance, CALL_DESTROY);
}

static int32_t actor_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	struct actor *actor = instance;

	(void)index;
	actor->worker = scope;
	*state = actor;
	return answer(actor, CALL_WORKER_OPEN);
}

static void actor_worker_close(void *instance, void *worker)
{
	assert_ptr_equal(instance, worker);
	answer(instance, CALL_WORKER_CLOSE);
}

/* What one head says: yes, no, or that more is needed. */
static int32_t judge_head(
    const struct actor *actor, const struct tcpflow_slice *head)
{
	size_t length = strlen(actor->wants);
	size_t common = head->len < length ? head->len : length;

	if (common > 0 && memcmp(head->ptr, actor->wants, common) != 0)
		return TCPFLOW_PROBE_NO;
	return common == length ? TCPFLOW_PROBE_YES : TCPFLOW_PROBE_MORE;
}

static int32_t actor_probe(void *worker, const struct tcpflow_probe *probe)
{
	struct actor *actor = worker;
	int32_t verdict = answer(actor, CALL_PROBE);

	if (actor->shows_probes)
		note("%s probe %zu@%" PRIu64 " %zu@%" PRIu64 "%s\n",
		    actor->name, probe->head[0].len, probe->offset[0],
		    probe->head[1].len, probe->offset[1],
		    probe->flags & TCPFLOW_PROBE_LAST ? " last" : "");
	if (actor->wants == NULL)
		return verdict;
	for (unsigned i = 0; i < 2; i++) {
		if (probe->head[i].len == 0)
			continue;
		verdict = judge_head(actor, &probe->head[i]);
		if (verdict == TCPFLOW_PROBE_YES)
			return actor->swapped ? TCPFLOW_PROBE_SWAPPED
					      : TCPFLOW_PROBE_YES;
	}
	return verdict;
}

static int32_t actor_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	struct actor *actor = worker;
	struct part *part;
	int32_t verdict;

	actor->stream = scope;
	actor->flags = info->flags;
	actor->client = info->client.port;
	note_who(actor, info);
	note(" open\n");
	verdict = answer(actor, CALL_OPEN);
	if (verdict != TCPFLOW_OK)
		return verdict;
	part = malloc(sizeof(*part));
	if (part == NULL)
		return TCPFLOW_ENOMEM;
	*part = (struct part){.actor = actor, .scope = scope, .info = info};
	*state = part;
	return TCPFLOW_OK;
}

static int32_t actor_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct part *part = state;

	assert_int_not_equal(chunk->len, 0);
	note_who(part->actor, part->info);
	note(" data %c%" PRIu64 " %.*s", side(chunk->dir), chunk->offset,
	    chunk->len < 64 ? (int)chunk->len : 64, (const char *)chunk->bytes);
	if (part->actor->shows_times)
		note(" #%" PRIu64 " %" PRIu64, chunk->packet, chunk->ts_ns);
	note("\n");
	return answer_on(part, CALL_DATA);
}

static int32_t actor_gap(void *state, const struct tcpflow_gap *gap)
{
	struct part *part = state;

	note_who(part->actor, part->info);
	note(" gap %c%" PRIu64 "+%" PRIu64 "\n", side(gap->dir), gap->offset,
	    gap->len);
	return answer_on(part, CALL_GAP);
}

static int32_t actor_eof(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	note_who(part->actor, part->info);
	note(" eof %c\n", side(end->dir));
	return answer_on(part, CALL_EOF);
}

static int32_t actor_wake(void *state, uint64_t ts_ns)
{
	struct part *part = state;

	note_who(part->actor, part->info);
	note(" wake %" PRIu64 "\n", ts_ns);
	return answer_on(part, CALL_WAKE);
}

static void actor_close(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	note_who(part->actor, part->info);
	note(" close %s %" PRIu64 " %" PRIu64 "\n",
	    end->reason == TCPFLOW_CLOSE_DETACHED     ? "detached"
		: end->reason == TCPFLOW_CLOSE_FIN    ? "fin"
		: end->reason == TCPFLOW_CLOSE_PARENT ? "parent"
						      : "?",
	    end->length[0], end->length[1]);
	assert_int_equal(end->dir, TCPFLOW_DIR_NONE);
	answer_on(part, CALL_CLOSE);
	free(part);
}

static const struct tcpflow_param params[] = {
    {.key = "size", .form = "SIZE", .preset = "4k"},
    {.key = "list", .flags = TCPFLOW_PARAM_REPEAT},
    {.key = "secret", .flags = TCPFLOW_PARAM_SECRET},
    {0},
};

#define ACTOR(letter, how, has_probe) \
	{ \
		TCPFLOW_PLUGIN_HEAD(0, how), \
		    .name = #letter, .version = "1", .summary = "an actor", \
		    .params = params, .create = create_##letter, \
		    .config = actor_config, .ready = actor_ready, \
		    .finish = actor_finish, .destroy = actor_destroy, \
		    .worker_open = actor_worker_open, \
		    .worker_close = actor_worker_close, .probe = has_probe, \
		    .open = actor_open, .data = actor_data, .gap = actor_gap, \
		    .eof = actor_eof, .wake = actor_wake, \
		    .close = actor_close, \
	}

const struct tcpflow_plugin actor_a = ACTOR(a, 0, actor_probe);
const struct tcpflow_plugin actor_b = ACTOR(b, 0, actor_probe);
const struct tcpflow_plugin actor_c = ACTOR(c, 0, actor_probe);
const struct tcpflow_plugin actor_r = ACTOR(r, 0, NULL);
const struct tcpflow_plugin actor_o = ACTOR(o, TCPFLOW_P_OBSERVER, NULL);

int bench_start(void **state)
{
	(void)state;
	bench = (struct bench){
	    .now_ns = 1000,
	    .log = {.most = LOG_LEVEL_INFO},
	    .a = {.name = "a"},
	    .b = {.name = "b"},
	    .c = {.name = "c"},
	    .r = {.name = "r"},
	    .o = {.name = "o"},
	};
	bench.log.descriptor = memfd_create("messages", MFD_CLOEXEC);
	assert_true(bench.log.descriptor >= 0);
	bench.config = (struct host_config){
	    .version = "test",
	    .outputs = TCPFLOW_OUT_FILES | TCPFLOW_OUT_CONSOLE,
	    .log = &bench.log,
	};
	memory_divide(&bench.memory, 100u << 20);
	assert_true(host_create(&bench.host, &bench.config));
	return 0;
}

void bench_act(const struct actor *actor)
{
	static struct plugin_call call;

	plugin_call_now = NULL;
	if (actor == NULL)
		return;
	plugin_enter_main(&call, actor->run->plugin, bench.worker);
}

int bench_end(void **state)
{
	const struct tcpflow_end left = {
	    .struct_size = sizeof(left),
	    .dir = TCPFLOW_DIR_NONE,
	};
	const struct flow_account books = {.reason = TCPFLOW_CLOSE_EXIT};

	(void)state;
	bench_act(NULL);
	/* Those that a failing test left open. */
	for (unsigned i = 0; i < STREAMS_MOST; i++) {
		if (bench.open[i] == NULL)
			continue;
		host_flow_events.account(bench.worker, bench.open[i], &books);
		host_flow_events.close(bench.open[i], &left);
	}
	host_worker_close(&bench.worker);
	if (bench.host != NULL)
		host_abandon(bench.host);
	host_destroy(&bench.host);
	console_close(&bench.console);
	records_close(&bench.records);
	if (bench.output != NULL)
		output_close(&bench.output);
	assert_int_equal(bench.memory.held.used, 0);
	assert_int_equal(bench.memory.probe.used, 0);
	assert_int_equal(bench.memory.files.used, 0);
	close(bench.log.descriptor);
	buffer_free(&bench.events);
	return 0;
}

void bench_renew(void)
{
	host_worker_close(&bench.worker);
	host_destroy(&bench.host);
	assert_true(host_create(&bench.host, &bench.config));
}

void bench_add(const struct tcpflow_plugin *descriptor)
{
	assert_int_equal(host_add(bench.host, descriptor), HOST_OK);
}

void bench_set(const char *setting)
{
	assert_int_equal(host_set(bench.host, setting), HOST_OK);
}

void bench_ready(void)
{
	const struct host_worker_config config = {
	    .output = bench.output,
	    .console = bench.console,
	    .records = bench.records,
	    .digests = bench.digests,
	    .memory = &bench.memory,
	    .counters = &bench.counters,
	};

	assert_int_equal(host_ready(bench.host), HOST_OK);
	assert_int_equal(
	    host_worker_open(&bench.worker, bench.host, &config), HOST_OK);
	buffer_reset(&bench.events);
}

static void tick(void)
{
	bench.now_ns += 10;
	bench.packet++;
}

void flow_open(struct flow *flow, uint64_t id, bool midstream)
{
	*flow = (struct flow){
	    .facts =
		{
		    .midstream = midstream,
		    .client_guessed = midstream,
		    .flow_id = id,
		    .start_ns = bench.now_ns,
		    .source = "test",
		},
	    .key = {.ip = {{192, 0, 2, 1}, {192, 0, 2, 2}},
		.port = {40000, 80},
		.family = 4},
	};
	flow->facts.key = &flow->key;
	flow->stream = host_flow_events.open(bench.worker, &flow->facts);
	while (bench.open[flow->place] != NULL)
		flow->place++;
	assert_in_range(flow->place, 0, STREAMS_MOST - 1);
	bench.open[flow->place] = flow->stream;
}

void flow_bytes(
    struct flow *flow, uint32_t dir, const void *bytes, size_t length)
{
	struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .dir = dir,
	    .bytes = bytes,
	    .len = length,
	    .offset = flow->offset[dir],
	};

	tick();
	chunk.ts_ns = bench.now_ns;
	chunk.packet = bench.packet;
	chunk.first_packet = bench.packet;
	flow->offset[dir] += length;
	if (flow->stream != NULL)
		host_flow_events.data(flow->stream, &chunk);
}

void flow_data(struct flow *flow, uint32_t dir, const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(length);

	/* Bytes are borrowed for the call: gone behind it. */
	assert_non_null(copy);
	memcpy(copy, text, length);
	flow_bytes(flow, dir, copy, length);
	free(copy);
}

void flow_gap(struct flow *flow, uint32_t dir, uint64_t length)
{
	flow_gap_because(flow, dir, length, TCPFLOW_GAP_LOST);
}

void flow_gap_because(
    struct flow *flow, uint32_t dir, uint64_t length, uint32_t reason)
{
	struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = dir,
	    .offset = flow->offset[dir],
	    .len = length,
	    .reason = reason,
	};

	tick();
	gap.ts_ns = bench.now_ns;
	gap.packet = bench.packet;
	flow->offset[dir] += length;
	if (flow->stream != NULL)
		host_flow_events.gap(flow->stream, &gap);
}

static struct tcpflow_end end_of(const struct flow *flow, uint32_t dir)
{
	tick();
	return (struct tcpflow_end){
	    .struct_size = sizeof(struct tcpflow_end),
	    .dir = dir,
	    .reason = TCPFLOW_CLOSE_FIN,
	    .ts_ns = bench.now_ns,
	    .packet = bench.packet,
	    .length = {flow->offset[0], flow->offset[1]},
	};
}

void flow_eof(struct flow *flow, uint32_t dir)
{
	const struct tcpflow_end end = end_of(flow, dir);

	flow->ended[dir] = true;
	if (flow->stream != NULL)
		host_flow_events.eof(flow->stream, &end);
}

void flow_close(struct flow *flow)
{
	const struct tcpflow_end end = end_of(flow, TCPFLOW_DIR_NONE);
	const struct flow_account account = {
	    .facts = &flow->facts,
	    .reason = end.reason,
	    .end_ns = end.ts_ns,
	    .tally = {{1, 2, 3, 4}, {5, 6, 7, 8}},
	};

	host_flow_events.account(bench.worker, flow->stream, &account);
	if (flow->stream != NULL)
		host_flow_events.close(flow->stream, &end);
	bench.open[flow->place] = NULL;
	flow->stream = NULL;
}

void expect_events(const char *text)
{
	buffer_append_byte(&bench.events, '\0');
	assert_false(bench.events.failed);
	assert_string_equal((const char *)bench.events.bytes, text);
	buffer_reset(&bench.events);
}

static bool message_has(const char *text)
{
	char messages[8192];
	ssize_t length = pread(
	    bench.log.descriptor, messages, sizeof(messages) - 1, 0);

	assert_true(length >= 0);
	messages[length] = '\0';
	return strstr(messages, text) != NULL;
}

void expect_message(const char *text)
{
	if (!message_has(text))
		fail_msg("no message has: %s", text);
}

void expect_no_message(const char *text)
{
	if (message_has(text))
		fail_msg("a message has: %s", text);
}

void expect_counter(enum counter counter, uint64_t value)
{
	assert_int_equal(bench.counters.value[counter], value);
}

struct wanted {
	const char *name;
	uint64_t value;
};

static void find_counter(void *context, const char *name, uint64_t value)
{
	struct wanted *wanted = context;

	if (strcmp(name, wanted->name) == 0)
		wanted->value = value;
}

uint64_t plugin_counter(const char *name)
{
	struct wanted wanted = {.name = name};

	host_counters(bench.host, find_counter, &wanted);
	return wanted.value;
}
