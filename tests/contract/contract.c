/* SPDX-License-Identifier: BSD-2-Clause */
/* contract: a plugin that believes nothing.  Each callback checks what the
 * headers promise of it, and asks of the host what a plugin may ask; the first
 * broken promise ends the program.  What it checked it counts, so that a test
 * sees that it ran. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/contract.h"

static _Thread_local int mark;

bool on_thread(const struct worker *worker)
{
	return worker->thread == &mark;
}

static void in_phase(
    struct contract *contract, const char *callback, enum phase phase)
{
	expect(contract, contract->phase == phase, callback, NULL,
	    "in phase %d, not %d", (int)contract->phase, (int)phase);
}

static int32_t contract_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct contract *contract = calloc(1, sizeof(*contract));

	if (contract == NULL)
		return TCPFLOW_ENOMEM;
	contract->host = host;
	contract->run = run;
	expect_host(contract, host);
	expect(contract, run != NULL, "create", NULL, "no scope");
	*instance = contract;
	return TCPFLOW_OK;
}

static int32_t contract_config(
    void *instance, const char *key, const char *value)
{
	static const char *const styles[] = {
	    "take", "last", "swap", "refuse", "late"};
	struct contract *contract = instance;
	const struct tcpflow_host *host = contract->host;

	in_phase(contract, "config", PHASE_CREATED);
	if (strcmp(key, "children") == 0)
		return host->parse_u64(
		    contract->run, key, value, 0, 9, &contract->children);
	if (strcmp(key, "alarm") == 0)
		return host->parse_u64(contract->run, key, value, 0,
		    UINT64_C(1) << 40, &contract->alarm_ns);
	if (strcmp(key, "done") == 0)
		return host->parse_u64(contract->run, key, value, 0,
		    UINT64_C(1) << 40, &contract->done);
	if (strcmp(key, "alone") == 0)
		return host->parse_flag(
		    contract->run, key, value, &contract->alone);
	for (unsigned i = 0; i < 5; i++) {
		if (strcmp(value, styles[i]) == 0) {
			contract->style = (enum style)i;
			return TCPFLOW_OK;
		}
	}
	return TCPFLOW_EINVAL;
}

static int32_t contract_ready(void *instance)
{
	struct contract *contract = instance;
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	    .suffix = ".json",
	    .head = "[\n",
	    .between = ",\n",
	    .tail = "\n]\n",
	};

	in_phase(contract, "ready", PHASE_CREATED);
	contract->phase = PHASE_READY;
	return contract->host->sink->open(
	    contract->run, &spec, &contract->report);
}

static int32_t contract_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	struct contract *contract = instance;
	struct worker *worker = calloc(1, sizeof(*worker));

	in_phase(contract, "worker_open", PHASE_READY);
	expect(contract, scope != NULL && scope != contract->run, "worker_open",
	    NULL, "not a scope of its own");
	if (worker == NULL)
		return TCPFLOW_ENOMEM;
	worker->contract = contract;
	worker->scope = scope;
	worker->index = index;
	worker->thread = &mark;
	contract->workers++;
	*state = worker;
	return TCPFLOW_OK;
}

static void contract_worker_close(void *instance, void *state)
{
	struct contract *contract = instance;
	struct worker *worker = state;

	expect(contract,
	    contract->phase == PHASE_READY || contract->phase == PHASE_JOINED,
	    "worker_close", NULL, "in phase %d", (int)contract->phase);
	contract->phase = PHASE_JOINED;
	expect(contract, worker->inside == NULL, "worker_close", NULL,
	    "within a callback");
	expect(contract, !contract->alone || worker->fed == worker->seen,
	    "worker_close", NULL, "%" PRIu64 " bytes fed, %" PRIu64 " came",
	    worker->fed, worker->seen);
	while (worker->offers != NULL) {
		struct offer *offer = worker->offers;

		worker->offers = offer->next;
		free(offer);
	}
	contract->workers--;
	free(worker);
}

static int32_t answer(struct worker *worker, const struct tcpflow_probe *probe,
    struct offer *offer)
{
	switch (worker->contract->style) {
	case STYLE_LAST:
		return probe->flags & TCPFLOW_PROBE_LAST ? TCPFLOW_PROBE_YES
							 : TCPFLOW_PROBE_MORE;
	case STYLE_SWAP: /* only a guess can be wrong */
		return probe->info->flags & TCPFLOW_S_DIR_GUESSED
		    ? TCPFLOW_PROBE_SWAPPED
		    : TCPFLOW_PROBE_YES;
	case STYLE_REFUSE:
		return TCPFLOW_PROBE_NO;
	case STYLE_LATE:
		return offer->tries > 0 ? TCPFLOW_PROBE_YES : TCPFLOW_PROBE_NO;
	default:
		return TCPFLOW_PROBE_YES;
	}
}

static int32_t contract_probe(void *state, const struct tcpflow_probe *probe)
{
	struct worker *worker = state;
	struct offer *offer = expect_probe(worker, probe);
	int32_t verdict = answer(worker, probe, offer);

	offer->refused = verdict == TCPFLOW_PROBE_NO ||
	    (verdict == TCPFLOW_PROBE_MORE &&
		probe->flags & TCPFLOW_PROBE_LAST);
	worker->swapping = verdict == TCPFLOW_PROBE_SWAPPED;
	return verdict;
}

/* What the probe saw, as the sides are now. */
static void turn_offer(struct offer *offer)
{
	uint8_t head[HEAD_KEPT];
	uint64_t offset = offer->offset[0];
	size_t length = offer->length[0];

	memcpy(head, offer->head[0], HEAD_KEPT);
	memcpy(offer->head[0], offer->head[1], HEAD_KEPT);
	memcpy(offer->head[1], head, HEAD_KEPT);
	offer->offset[0] = offer->offset[1];
	offer->offset[1] = offset;
	offer->length[0] = offer->length[1];
	offer->length[1] = length;
}

/* Callbacks of a stream never run inside its own. */
static void enter(struct part *part, const char *callback)
{
	struct worker *worker = part->worker;

	for (const struct part *at = worker->inside; at != NULL; at = at->outer)
		expect(worker->contract, at != part, callback, part->info,
		    "within another callback of the stream");
	part->outer = worker->inside;
	worker->inside = part;
}

static void leave(struct part *part)
{
	part->worker->inside = part->outer;
}

static int32_t contract_open(void *state, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **handle)
{
	struct worker *worker = state;
	struct part *part = calloc(1, sizeof(*part));

	if (part == NULL)
		return TCPFLOW_ENOMEM;
	expect_fresh_info(worker, info);
	expect(worker->contract,
	    scope != NULL && scope != worker->scope &&
		scope != worker->contract->run,
	    "open", info, "not a scope of its own");
	part->worker = worker;
	part->scope = scope;
	part->info = info;
	part->first = *info;
	part->offer = find_offer(worker, info);
	if (part->offer != NULL && worker->swapping)
		turn_offer(part->offer);
	worker->swapping = false;
	worker->contract->opened++;
	enter(part, "open");
	act_open(part);
	leave(part);
	*handle = part;
	return TCPFLOW_OK;
}

static int32_t contract_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct part *part = state;
	uint64_t done = part->worker->contract->done;

	enter(part, "data");
	expect_chunk(part, chunk);
	if (part->info->depth > 0)
		part->worker->seen += chunk->len;
	act_data(part, chunk);
	leave(part);
	if (done == 0 || part->bytes[chunk->dir] < done)
		return TCPFLOW_OK;
	/* Every other stream has enough of both. */
	part->done[chunk->dir] = true;
	part->over = part->info->flow_id % 2 == 0;
	return part->over ? TCPFLOW_DONE : TCPFLOW_DONE_DIR;
}

static int32_t contract_gap(void *state, const struct tcpflow_gap *gap)
{
	struct part *part = state;

	enter(part, "gap");
	expect_gap(part, gap);
	act_gap(part, gap);
	leave(part);
	return TCPFLOW_OK;
}

static int32_t contract_eof(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	enter(part, "eof");
	expect_eof(part, end);
	act_eof(part, end);
	leave(part);
	return TCPFLOW_OK;
}

static int32_t contract_wake(void *state, uint64_t ts_ns)
{
	struct part *part = state;
	struct contract *contract = part->worker->contract;

	enter(part, "wake");
	expect_info(part, "wake");
	expect(contract, part->alarm_ns != 0, "wake", part->info,
	    "nobody asked for it");
	expect(contract, ts_ns >= part->alarm_ns, "wake", part->info,
	    "at %" PRIu64 ", for %" PRIu64, ts_ns, part->alarm_ns);
	part->alarm_ns = 0;
	contract->host->count(part->scope, "wakes", 1);
	leave(part);
	return TCPFLOW_OK;
}

static void contract_close(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;
	struct worker *worker = part->worker;

	enter(part, "close");
	expect_close(part, end);
	act_close(part, end);
	leave(part);
	worker->contract->closed++;
	if (part->offer != NULL) {
		forget_offer(worker, part->offer);
		free(part->offer);
	}
	free(part);
}

static void contract_finish(void *instance, const struct tcpflow_run *run)
{
	struct contract *contract = instance;

	in_phase(contract, "finish", PHASE_JOINED);
	contract->phase = PHASE_FINISHED;
	expect(contract, contract->workers == 0, "finish", NULL,
	    "before worker_close");
	expect(contract, contract->opened == contract->closed, "finish", NULL,
	    "%" PRIu64 " streams opened, %" PRIu64 " closed", contract->opened,
	    contract->closed);
	expect_run(contract, run);
	contract->host->count(contract->run, "streams", contract->opened);
	contract->host->count(contract->run, "checked", contract->checked);
}

static void contract_destroy(void *instance)
{
	struct contract *contract = instance;

	expect(contract, contract->workers == 0, "destroy", NULL,
	    "before worker_close");
	free(contract);
}

static const struct tcpflow_param params[] = {
    {.key = "style",
	.form = "take|last|swap|refuse|late",
	.preset = "take",
	.help = "what the probe answers"},
    {.key = "children",
	.form = "DEPTH",
	.preset = "0",
	.help = "open children down to this depth"},
    {.key = "alarm",
	.form = "NS",
	.preset = "0",
	.help = "wake this long after each chunk"},
    {.key = "done",
	.form = "BYTES",
	.preset = "0",
	.help = "have enough behind so many"},
    {.key = "alone",
	.form = "yes|no",
	.preset = "no",
	.help = "nobody else takes our children"},
    {.key = NULL},
};

static const struct tcpflow_plugin contract_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "contract",
    .version = "1",
    .summary = "believes nothing that the host says",
    .params = params,
    .create = contract_create,
    .config = contract_config,
    .ready = contract_ready,
    .finish = contract_finish,
    .destroy = contract_destroy,
    .worker_open = contract_worker_open,
    .worker_close = contract_worker_close,
    .probe = contract_probe,
    .open = contract_open,
    .data = contract_data,
    .gap = contract_gap,
    .eof = contract_eof,
    .wake = contract_wake,
    .close = contract_close,
};

TCPFLOW_PLUGIN(contract_plugin);
