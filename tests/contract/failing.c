/* SPDX-License-Identifier: BSD-2-Clause */
/* failing: a plugin that fails once.  The n-th call of one callback answers what
 * the test says; from then on that stream must be told close(DETACHED) and
 * nothing else.  It counts its calls, so that a test knows when it has been
 * through all of them. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpflow/plugin.h>

struct failing {
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	char callback[16];
	uint64_t at;     /* the n-th call of it fails       */
	uint64_t calls;  /* of it                           */
	uint64_t answer; /* what it says, as -answer        */
	int32_t positive;
	int32_t children;
};

struct part {
	struct failing *failing;
	struct tcpflow_scope *scope;
	struct tcpflow_child *child;
	bool failed;
};

/* What this call answers. */
static int32_t say(struct failing *failing, const char *callback)
{
	if (strcmp(failing->callback, callback) != 0 ||
	    ++failing->calls != failing->at)
		return TCPFLOW_OK;
	return failing->positive ? (int32_t)failing->answer
				 : -(int32_t)failing->answer;
}

static int32_t say_of(struct part *part, const char *callback)
{
	int32_t answer;

	if (part->failed) {
		fprintf(stderr, "failing: %s behind a failure\n", callback);
		abort();
	}
	answer = say(part->failing, callback);
	part->failed = answer != TCPFLOW_OK;
	return answer;
}

static int32_t failing_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	const char *callback = getenv("FAILING");
	struct failing *failing = calloc(1, sizeof(*failing));

	if (failing == NULL)
		return TCPFLOW_ENOMEM;
	failing->host = host;
	failing->run = run;
	if (callback != NULL && strcmp(callback, "create") == 0) {
		free(failing);
		return TCPFLOW_EPROTO;
	}
	*instance = failing;
	return TCPFLOW_OK;
}

static void failing_destroy(void *instance)
{
	free(instance);
}

static int32_t failing_config(
    void *instance, const char *key, const char *value)
{
	struct failing *failing = instance;
	const struct tcpflow_host *host = failing->host;

	if (strcmp(key, "callback") == 0) {
		snprintf(
		    failing->callback, sizeof(failing->callback), "%s", value);
		return say(failing, "config");
	}
	if (strcmp(key, "at") == 0)
		return host->parse_u64(
		    failing->run, key, value, 0, UINT32_MAX, &failing->at);
	if (strcmp(key, "answer") == 0)
		return host->parse_u64(
		    failing->run, key, value, 1, 99, &failing->answer);
	if (strcmp(key, "positive") == 0)
		return host->parse_flag(
		    failing->run, key, value, &failing->positive);
	return host->parse_flag(failing->run, key, value, &failing->children);
}

static int32_t failing_ready(void *instance)
{
	return say(instance, "ready");
}

static int32_t failing_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	(void)scope;
	(void)index;
	*state = instance;
	return say(instance, "worker_open");
}

static int32_t failing_probe(void *worker, const struct tcpflow_probe *probe)
{
	int32_t answer = say(worker, "probe");

	(void)probe;
	return answer != TCPFLOW_OK ? answer : TCPFLOW_PROBE_YES;
}

static int32_t failing_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "inner",
	};
	struct failing *failing = worker;
	int32_t answer = say(failing, "open");
	struct part *part;

	if (answer < TCPFLOW_OK)
		return answer;
	part = calloc(1, sizeof(*part));
	if (part == NULL)
		return TCPFLOW_ENOMEM;
	part->failing = failing;
	part->scope = scope;
	if (failing->children && info->depth < 3 &&
	    failing->host->child->open(scope, &spec, &part->child) !=
		TCPFLOW_OK)
		part->child = NULL;
	*state = part;
	if (answer == TCPFLOW_OK)
		return TCPFLOW_OK;
	/* It is no verdict of open's: nothing may stay behind. */
	failing->host->child->close(part->child, NULL);
	free(part);
	return answer;
}

static int32_t failing_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct part *part = state;
	struct tcpflow_chunk inner = *chunk;

	inner.struct_size = sizeof(inner);
	if (part->child != NULL)
		part->failing->host->child->data(part->child, &inner);
	part->failing->host->wake_at(part->scope, chunk->ts_ns + 1);
	return say_of(part, "data");
}

static int32_t failing_gap(void *state, const struct tcpflow_gap *gap)
{
	struct part *part = state;

	if (part->child != NULL)
		part->failing->host->child->gap(part->child, gap);
	return say_of(part, "gap");
}

static int32_t failing_eof(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	if (part->child != NULL)
		part->failing->host->child->eof(part->child, end);
	return say_of(part, "eof");
}

static int32_t failing_wake(void *state, uint64_t ts_ns)
{
	(void)ts_ns;
	return say_of(state, "wake");
}

static void failing_close(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	if (part->failed && end->reason != TCPFLOW_CLOSE_DETACHED) {
		fprintf(
		    stderr, "failing: closed for %" PRIu32 "\n", end->reason);
		abort();
	}
	free(part); /* the child is left to the host */
}

static void failing_finish(void *instance, const struct tcpflow_run *run)
{
	struct failing *failing = instance;

	(void)run;
	failing->host->count(failing->run, "calls", failing->calls);
}

static const struct tcpflow_param params[] = {
    {.key = "at", .form = "N", .preset = "0", .help = "which call fails"},
    {.key = "answer", .form = "N", .preset = "5", .help = "what it says"},
    {.key = "positive", .form = "yes|no", .preset = "no", .help = "above 0"},
    {.key = "children", .form = "yes|no", .preset = "no", .help = "nested"},
    {.key = "callback", .form = "NAME", .preset = "none", .help = "of which"},
    {.key = NULL},
};

static const struct tcpflow_plugin failing_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "failing",
    .version = "1",
    .summary = "fails once",
    .params = params,
    .create = failing_create,
    .config = failing_config,
    .ready = failing_ready,
    .finish = failing_finish,
    .destroy = failing_destroy,
    .worker_open = failing_worker_open,
    .probe = failing_probe,
    .open = failing_open,
    .data = failing_data,
    .gap = failing_gap,
    .eof = failing_eof,
    .wake = failing_wake,
    .close = failing_close,
};

TCPFLOW_PLUGIN(failing_plugin);
