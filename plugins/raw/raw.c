/* SPDX-License-Identifier: BSD-2-Clause */
/* raw: each direction of a stream as it was sent, into a file of its own, or
 * onto the console where the user wants no files (-c).  It looks at no byte. */
#include <tcpflow/plugin.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_ROOM 64

struct raw {
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
};

struct direction {
	struct tcpflow_sink *sink; /* NULL: nothing came yet          */
	uint64_t written;          /* offset behind its last byte     */
};

struct conversation {
	const struct raw *raw;
	struct tcpflow_scope *scope;
	const struct tcpflow_stream_info *info;
	int to_files;
	struct direction direction[2];
};

static int32_t raw_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct raw *raw = malloc(sizeof(*raw));

	if (raw == NULL)
		return TCPFLOW_ENOMEM;
	*raw = (struct raw){.host = host, .run = run};
	*instance = raw;
	return TCPFLOW_OK;
}

static void raw_destroy(void *instance)
{
	free(instance);
}

static int32_t raw_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct raw *raw = worker;
	struct conversation *conversation = malloc(sizeof(*conversation));

	if (conversation == NULL)
		return TCPFLOW_ENOMEM;
	*conversation = (struct conversation){
	    .raw = raw,
	    .scope = scope,
	    .info = info,
	    .to_files = (raw->host->outputs(scope) & TCPFLOW_OUT_FILES) != 0,
	};
	*state = conversation;
	return TCPFLOW_OK;
}

/* What tells an inner stream's files from those of the one that it is in: the
 * layers down to it, "connect-tls". */
static const char *label_of(
    const struct tcpflow_stream_info *info, char label[LABEL_ROOM])
{
	char rest[LABEL_ROOM] = "";

	if (info->depth == 0)
		return NULL;
	for (; info->depth > 0; info = info->parent) {
		snprintf(label, LABEL_ROOM, "%.31s%s%.31s", info->layer,
		    *rest != '\0' ? "-" : "", rest);
		memcpy(rest, label, LABEL_ROOM);
	}
	return label;
}

static int32_t open_file(struct conversation *conversation, uint32_t dir)
{
	char label[LABEL_ROOM];
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SPARSE,
	    .dir = dir,
	    .label = label_of(conversation->info, label),
	};
	struct direction *direction = &conversation->direction[dir];

	return conversation->raw->host->sink->open(
	    conversation->scope, &spec, &direction->sink);
}

/* The place in the file is the place in the stream: gaps become holes. */
static int32_t store(
    struct conversation *conversation, const struct tcpflow_chunk *chunk)
{
	const struct tcpflow_sink_api *sink = conversation->raw->host->sink;
	struct direction *direction = &conversation->direction[chunk->dir];
	int32_t result;

	if (direction->sink == NULL) {
		result = open_file(conversation, chunk->dir);
		if (result != TCPFLOW_OK)
			return result;
	}
	if (chunk->offset == direction->written)
		result = sink->write(direction->sink, chunk->bytes, chunk->len);
	else
		result = sink->pwrite(
		    direction->sink, chunk->offset, chunk->bytes, chunk->len);
	direction->written = chunk->offset + chunk->len;
	/* At its cap, or on a disk that does not take it (which the host has
	 * told): the rest of this direction is of no use. */
	return result == TCPFLOW_ELIMIT || result == TCPFLOW_EIO
	    ? TCPFLOW_DONE_DIR
	    : result;
}

static int32_t show(
    struct conversation *conversation, const struct tcpflow_chunk *chunk)
{
	const struct tcpflow_span span = {
	    .ptr = chunk->bytes,
	    .len = chunk->len,
	    .role = TCPFLOW_ROLE_BODY,
	    .flags = TCPFLOW_SPAN_RAW | TCPFLOW_SPAN_CONTINUED,
	};

	return conversation->raw->host->console->put(
	    conversation->scope, chunk->dir, &span, 1);
}

static int32_t raw_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct conversation *conversation = state;

	return conversation->to_files ? store(conversation, chunk)
				      : show(conversation, chunk);
}

static const char *reason_of(const struct tcpflow_gap *gap)
{
	switch (gap->reason) {
	case TCPFLOW_GAP_SNAPLEN:
		return "cut by the snap length";
	case TCPFLOW_GAP_BUDGET:
		return "dropped for want of memory";
	case TCPFLOW_GAP_DECODER:
		return "not decoded";
	default:
		return "lost";
	}
}

static int32_t raw_gap(void *state, const struct tcpflow_gap *gap)
{
	struct conversation *conversation = state;
	const struct tcpflow_host *host = conversation->raw->host;
	char text[128];
	struct tcpflow_span span = {
	    .ptr = text,
	    .role = TCPFLOW_ROLE_ALERT,
	};
	int length;

	host->count(conversation->scope, "gaps", 1);
	host->count(conversation->scope, "gap_bytes", gap->len);
	if (conversation->to_files)
		return TCPFLOW_OK;
	length = snprintf(text, sizeof(text),
	    "[gap: %" PRIu64 " bytes %s at offset %" PRIu64 "]\n", gap->len,
	    reason_of(gap), gap->offset);
	span.len = (size_t)length;
	return host->console->put(conversation->scope, gap->dir, &span, 1);
}

static void raw_close(void *state, const struct tcpflow_end *end)
{
	struct conversation *conversation = state;
	const struct tcpflow_sink_api *sink = conversation->raw->host->sink;

	(void)end;
	sink->finish(conversation->direction[TCPFLOW_C2S].sink, NULL, NULL);
	sink->finish(conversation->direction[TCPFLOW_S2C].sink, NULL, NULL);
	free(conversation);
}

static const struct tcpflow_plugin raw_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "raw",
    .version = "2.0.0",
    .summary = "each direction as it was sent, to a file or the console",
    .create = raw_create,
    .destroy = raw_destroy,
    .open = raw_open,
    .data = raw_data,
    .gap = raw_gap,
    .close = raw_close,
};

TCPFLOW_PLUGIN(raw_plugin);
