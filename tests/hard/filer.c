/* SPDX-License-Identifier: BSD-2-Clause */
/* filer: files whose fate is known when they are over.  Of a protocol made up for
 * this test each direction is of transfers:
 *
 *	FILE name length [by-hash]
 *	so many bytes
 *	END keep|discard|partial|leave|suffix WORD|hint WORD
 *
 * Each goes to a sink of its own; what became of it is a record and a line of the
 * console, and a line in a file of the worker's. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpflow/plugin.h>

#define LINE_MOST 1024u
#define LABEL_ROOM 64

struct filer { /* one for the run                 */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	char label[LABEL_ROOM];
};

struct worker {
	const struct filer *filer;
	struct tcpflow_scope *scope;
	struct tcpflow_sink *list; /* what was filed, a line each    */
};

enum state { STATE_LINE, STATE_BODY, STATE_END, STATE_LOST };

struct side {
	enum state state;
	char line[LINE_MOST];
	size_t line_length;
	char name[LINE_MOST];
	bool by_hash;
	uint64_t left;   /* of the body                     */
	uint64_t offset; /* in it                           */
	bool full;       /* nothing more is written         */
	struct tcpflow_sink *sink;
	uint64_t first_packet;
	uint64_t start_ns;
};

struct talk { /* one for each stream             */
	struct worker *worker;
	const struct tcpflow_host *host;
	struct tcpflow_scope *scope;
	struct side side[2];
};

static int32_t filer_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct filer *filer = calloc(1, sizeof(*filer));

	if (filer == NULL)
		return TCPFLOW_ENOMEM;
	filer->host = host;
	filer->run = run;
	*instance = filer;
	return TCPFLOW_OK;
}

static void filer_destroy(void *instance)
{
	free(instance);
}

static int32_t filer_config(void *instance, const char *key, const char *value)
{
	struct filer *filer = instance;

	(void)key;
	if (strlen(value) >= sizeof(filer->label))
		return TCPFLOW_EINVAL;
	memcpy(filer->label, value, strlen(value) + 1);
	return TCPFLOW_OK;
}

static int32_t filer_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	const struct filer *filer = instance;
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_UNCAPPED,
	    .dir = TCPFLOW_DIR_NONE,
	    .label = "list",
	    .suffix = ".txt",
	};
	struct worker *worker = calloc(1, sizeof(*worker));

	(void)index;
	if (worker == NULL)
		return TCPFLOW_ENOMEM;
	worker->filer = filer;
	worker->scope = scope;
	if (filer->host->sink->open(scope, &spec, &worker->list) !=
	    TCPFLOW_OK) {
		free(worker);
		return TCPFLOW_ENOMEM;
	}
	*state = worker;
	return TCPFLOW_OK;
}

/* The list is ended by the host, as it stands. */
static void filer_worker_close(void *instance, void *state)
{
	(void)instance;
	free(state);
}

static int32_t filer_probe(void *worker, const struct tcpflow_probe *probe)
{
	int32_t verdict = TCPFLOW_PROBE_MORE;

	(void)worker;
	for (unsigned dir = 0; dir < 2; dir++) {
		size_t length = probe->head[dir].len;

		if (probe->offset[dir] != 0)
			return TCPFLOW_PROBE_NO;
		if (length == 0)
			continue;
		if (memcmp(probe->head[dir].ptr, "FILE ",
			length < 5 ? length : 5) != 0)
			return TCPFLOW_PROBE_NO;
		if (length >= 5)
			verdict = TCPFLOW_PROBE_YES;
	}
	return verdict;
}

static int32_t filer_open(void *state, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **out)
{
	struct worker *worker = state;
	const struct tcpflow_host *host = worker->filer->host;
	struct talk *talk;

	(void)info;
	if (host->hold(scope, sizeof(*talk)) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, sizeof(*talk));
	if (talk == NULL) {
		host->release(scope, sizeof(*talk));
		return TCPFLOW_ENOMEM;
	}
	talk->worker = worker;
	talk->host = host;
	talk->scope = scope;
	*out = talk;
	return TCPFLOW_OK;
}

/* What became of a transfer. */

static void put_record(const struct talk *talk, const struct side *side,
    const char *fate, const struct tcpflow_sink_result *result, uint64_t packet)
{
	const struct tcpflow_record_api *api = talk->host->record;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .ts_ns = side->start_ns,
	    .first_packet = side->first_packet,
	    .last_packet = packet,
	    .type = "file",
	};
	struct tcpflow_record *record = api->begin(talk->scope, &spec);

	api->str(record, "name", side->name, strlen(side->name));
	api->str(record, "fate", fate, strlen(fate));
	if (result->path != NULL)
		api->str(record, "path", result->path, strlen(result->path));
	if (result->flags & TCPFLOW_SINK_HASHED)
		api->hex(
		    record, "sha256", result->sha256, sizeof(result->sha256));
	api->u64(record, "bytes", result->bytes);
	api->boolean(
	    record, "capped", (result->flags & TCPFLOW_SINK_CAPPED) != 0);
	api->boolean(
	    record, "duplicate", (result->flags & TCPFLOW_SINK_DUPLICATE) != 0);
	api->commit(record);
}

/* "keep 1234 cd <digest> path", for people and for the list. */
static void put_line(const struct talk *talk, uint32_t dir, const char *fate,
    const struct tcpflow_sink_result *result)
{
	char text[2 * LINE_MOST];
	char digest[2 * sizeof(result->sha256) + 1] = "-";
	struct tcpflow_span span = {.ptr = text};
	int length;

	for (size_t i = 0;
	     result->flags & TCPFLOW_SINK_HASHED && i < sizeof(result->sha256);
	     i++)
		snprintf(digest + 2 * i, 3, "%02x", result->sha256[i]);
	length = snprintf(text, sizeof(text), "%s %" PRIu64 " %s%s%s %s %s\n",
	    fate, result->bytes, result->flags & TCPFLOW_SINK_CAPPED ? "c" : "",
	    result->flags & TCPFLOW_SINK_DUPLICATE ? "d" : "",
	    result->flags & (TCPFLOW_SINK_CAPPED | TCPFLOW_SINK_DUPLICATE)
		? ""
		: "-",
	    digest, result->path != NULL ? result->path : "-");
	if (length < 0 || (size_t)length >= sizeof(text))
		return;
	span.len = (size_t)length;
	talk->host->console->put(talk->scope, dir, &span, 1);
	talk->host->sink->write(talk->worker->list, text, (size_t)length);
}

static void file_away(struct talk *talk, uint32_t dir, const char *fate,
    const struct tcpflow_sink_finish *how, uint64_t packet)
{
	struct side *side = &talk->side[dir];
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	int32_t status = talk->host->sink->finish(side->sink, how, &result);

	side->sink = NULL;
	if (status != TCPFLOW_OK)
		talk->host->count(talk->scope, "failed", 1);
	talk->host->count(talk->scope, "files", 1);
	put_record(talk, side, fate, &result, packet);
	put_line(talk, dir, fate, &result);
}

/* The host ends it with the stream, as a partial one. */
static void leave(struct talk *talk, struct side *side)
{
	const char *path = talk->host->sink->path(side->sink);

	if (path != NULL)
		talk->host->log(talk->scope, TCPFLOW_LOG_INFO,
		    "%s is left as %s", side->name, path);
	talk->host->count(talk->scope, "left", 1);
	side->sink = NULL;
}

/* False: this is no END. */
static bool end_transfer(struct talk *talk, uint32_t dir, uint64_t packet)
{
	struct side *side = &talk->side[dir];
	struct tcpflow_sink_finish how = {.struct_size = sizeof(how)};
	char fate[16] = "";
	char word[LINE_MOST] = "";

	if (sscanf(side->line, "END %15s %1023s", fate, word) < 1)
		return false;
	if (strcmp(fate, "leave") == 0) {
		leave(talk, side);
		return true;
	}
	if (strcmp(fate, "discard") == 0)
		how.flags = TCPFLOW_SINK_DISCARD;
	else if (strcmp(fate, "partial") == 0)
		how.flags = TCPFLOW_SINK_PARTIAL;
	else if (strcmp(fate, "suffix") == 0)
		how.suffix = word;
	else if (strcmp(fate, "hint") == 0)
		how.name_hint = (struct tcpflow_slice){word, strlen(word)};
	file_away(talk, dir, fate, &how, packet);
	return true;
}

/* False: this is no FILE. */
static bool begin_transfer(struct talk *talk, const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[chunk->dir];
	struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .dir = chunk->dir,
	    .label = talk->worker->filer->label,
	    .suffix = ".bin",
	};
	char how[16] = "";

	if (sscanf(side->line, "FILE %1023s %" SCNu64 " %15s", side->name,
		&side->left, how) < 2)
		return false;
	side->by_hash = strcmp(how, "by-hash") == 0;
	spec.flags = side->by_hash ? TCPFLOW_SINK_HASH | TCPFLOW_SINK_BY_HASH
				   : TCPFLOW_SINK_HASH | TCPFLOW_SINK_SPARSE;
	spec.name_hint = (struct tcpflow_slice){side->name, strlen(side->name)};
	spec.size_hint = side->left;
	side->offset = 0;
	side->full = talk->host->sink->open(talk->scope, &spec, &side->sink) !=
	    TCPFLOW_OK;
	return true;
}

/* A line is there.  False: nothing can be made of it. */
static bool take_line(struct talk *talk, const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[chunk->dir];

	side->line[side->line_length] = '\0';
	side->line_length = 0;
	if (side->state == STATE_END) {
		side->state = STATE_LINE;
		return end_transfer(talk, chunk->dir, chunk->packet);
	}
	side->state = STATE_BODY;
	if (!begin_transfer(talk, chunk))
		return false;
	if (side->left == 0)
		side->state = STATE_END;
	return true;
}

/* The place in the file is the place in the body, but where the file is called
 * by its hash. */
static void store(
    struct talk *talk, struct side *side, const uint8_t *bytes, size_t length)
{
	const struct tcpflow_sink_api *api = talk->host->sink;
	int32_t status = TCPFLOW_OK;

	if (!side->full && side->by_hash)
		status = api->write(side->sink, bytes, length);
	else if (!side->full)
		status = api->pwrite(side->sink, side->offset, bytes, length);
	if (status != TCPFLOW_OK)
		side->full = true;
	side->offset += length;
	side->left -= length;
	if (side->left == 0)
		side->state = STATE_END;
}

static int32_t filer_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	struct side *side = &talk->side[chunk->dir];
	size_t at = 0;

	while (at < chunk->len) {
		size_t length = chunk->len - at;

		if (side->state == STATE_BODY) {
			if (length > side->left)
				length = (size_t)side->left;
			store(talk, side, chunk->bytes + at, length);
			at += length;
			continue;
		}
		if (side->state == STATE_LINE && side->line_length == 0) {
			side->first_packet = chunk->packet;
			side->start_ns = chunk->ts_ns;
		}
		if (side->line_length == LINE_MOST - 1)
			return TCPFLOW_EPROTO;
		side->line[side->line_length++] = (char)chunk->bytes[at++];
		if (side->line[side->line_length - 1] == '\n' &&
		    !take_line(talk, chunk))
			return TCPFLOW_EPROTO;
	}
	return TCPFLOW_OK;
}

static void cut(struct talk *talk, uint32_t dir, uint64_t packet)
{
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .flags = TCPFLOW_SINK_PARTIAL,
	};

	if (talk->side[dir].sink != NULL)
		file_away(talk, dir, "cut", &how, packet);
}

static int32_t filer_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;
	struct side *side = &talk->side[gap->dir];

	if (side->state == STATE_BODY && gap->len > 0 &&
	    gap->len <= side->left) {
		side->offset += gap->len;
		side->left -= gap->len;
		if (side->left == 0)
			side->state = STATE_END;
		return TCPFLOW_OK;
	}
	cut(talk, gap->dir, gap->packet);
	return TCPFLOW_DONE_DIR;
}

static void filer_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;

	cut(talk, TCPFLOW_C2S, end->packet);
	cut(talk, TCPFLOW_S2C, end->packet);
	talk->host->release(talk->scope, sizeof(*talk));
	free(talk);
}

static const struct tcpflow_param params[] = {
    {.key = "label",
	.form = "NAME",
	.preset = "file",
	.help = "what the names of files have behind the flow's"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "filer",
    .version = "1.0",
    .summary = "files whose fate is known when they are over",
    .params = params,
    .create = filer_create,
    .config = filer_config,
    .destroy = filer_destroy,
    .worker_open = filer_worker_open,
    .worker_close = filer_worker_close,
    .probe = filer_probe,
    .open = filer_open,
    .data = filer_data,
    .gap = filer_gap,
    .close = filer_close,
};

TCPFLOW_PLUGIN(plugin);
