/* SPDX-License-Identifier: BSD-2-Clause */
/* lines: each line of a line protocol as it is said, by whom.  A template: it
 * has one of everything that most plugins need, a setting, a probe, bytes that
 * are kept beyond a callback, the console, and a counter.
 *
 *	tcpflow -P ./lines.so:most=200 -r capture.pcap */
#include <stdlib.h>
#include <string.h>

#include <tcpflow/plugin.h>

struct lines { /* one for the run                 */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	uint64_t most; /* bytes of a line that are shown  */
};

struct side {
	char *line; /* what came of it, `most` at most */
	size_t length;
};

struct talk { /* one for each stream             */
	const struct lines *lines;
	struct tcpflow_scope *scope;
	struct side side[2]; /* by direction                    */
};

static int32_t lines_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (lines == NULL)
		return TCPFLOW_ENOMEM;
	lines->host = host;
	lines->run = run;
	*instance = lines;
	return TCPFLOW_OK;
}

static void lines_destroy(void *instance)
{
	free(instance);
}

static int32_t lines_config(void *instance, const char *key, const char *value)
{
	struct lines *lines = instance;

	/* Keys that params does not list never get here. */
	return lines->host->parse_u64(
	    lines->run, key, value, 1, 65536, &lines->most);
}

/* Text, or a start of it, from whoever speaks first. */
static int32_t lines_probe(void *worker, const struct tcpflow_probe *probe)
{
	(void)worker;
	for (int dir = 0; dir < 2; dir++) {
		const unsigned char *at = probe->head[dir].ptr;
		size_t length = probe->head[dir].len;

		for (size_t i = 0; i < length; i++) {
			if (at[i] == '\n')
				return TCPFLOW_PROBE_YES;
			if (at[i] < ' ' && at[i] != '\t' && at[i] != '\r')
				return TCPFLOW_PROBE_NO;
		}
	}
	return TCPFLOW_PROBE_MORE;
}

static int32_t lines_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct lines *lines = worker; /* there is no worker_open */
	size_t size = sizeof(struct talk) + 2 * (size_t)lines->most;
	struct talk *talk;

	(void)info;
	/* What is kept beyond a callback is asked for first. */
	if (lines->host->hold(scope, size) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, size);
	if (talk == NULL) {
		lines->host->release(scope, size);
		return TCPFLOW_ENOMEM;
	}
	talk->lines = lines;
	talk->scope = scope;
	talk->side[0].line = (char *)(talk + 1);
	talk->side[1].line = talk->side[0].line + lines->most;
	*state = talk;
	return TCPFLOW_OK;
}

/* The host escapes what is in spans: bytes of the network may stay as they
 * are. */
static void show(struct talk *talk, uint32_t dir, const char *note)
{
	struct side *side = &talk->side[dir];
	const struct tcpflow_span spans[] = {
	    {.ptr = dir == TCPFLOW_C2S ? "> " : "< ",
		.len = 2,
		.role = TCPFLOW_ROLE_META},
	    {.ptr = side->line, .len = side->length, .role = TCPFLOW_ROLE_BODY},
	    {.ptr = note, .len = strlen(note), .role = TCPFLOW_ROLE_ALERT},
	    {.ptr = "\n", .len = 1},
	};

	talk->lines->host->console->put(talk->scope, dir, spans, 4);
	talk->lines->host->count(talk->scope, "lines", 1);
	side->length = 0;
}

static int32_t lines_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	struct side *side = &talk->side[chunk->dir];

	for (size_t i = 0; i < chunk->len; i++) {
		if (chunk->bytes[i] == '\n')
			show(talk, chunk->dir, "");
		else if (side->length < talk->lines->most &&
		    chunk->bytes[i] != '\r')
			side->line[side->length++] = (char)chunk->bytes[i];
	}
	return TCPFLOW_OK;
}

static int32_t lines_gap(void *state, const struct tcpflow_gap *gap)
{
	show(state, gap->dir, " [bytes are missing]");
	return TCPFLOW_OK;
}

static void lines_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct lines *lines = talk->lines;

	(void)end;
	for (uint32_t dir = 0; dir < 2; dir++) {
		if (talk->side[dir].length > 0)
			show(talk, dir, " [cut]");
	}
	lines->host->release(
	    talk->scope, sizeof(*talk) + 2 * (size_t)lines->most);
	free(talk);
}

static const struct tcpflow_param params[] = {
    {.key = "most",
	.form = "SIZE",
	.preset = "1k",
	.help = "show at most so much of a line"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "lines",
    .version = "1.0",
    .summary = "each line of a line protocol, by who says it",
    .params = params,
    .create = lines_create,
    .config = lines_config,
    .destroy = lines_destroy,
    .probe = lines_probe,
    .open = lines_open,
    .data = lines_data,
    .gap = lines_gap,
    .close = lines_close,
};

TCPFLOW_PLUGIN(plugin);
