/* SPDX-License-Identifier: BSD-2-Clause */
/* skeleton: one line a stream.  The smallest plugin that is of use; copy it to
 * start one of your own.  See tcpflow-plugin(3) for what each member may do.
 *
 * One struct lives as long as the plugin (the host's services), one as long as
 * a stream.  All calls for a stream come on one thread. */
#include <tcpflow/plugin.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct skeleton {
	const struct tcpflow_host *host;
};

struct conversation {
	const struct tcpflow_host *host;
	struct tcpflow_scope *scope; /* names this stream to services   */
	const struct tcpflow_stream_info *info;
	uint64_t bytes[2]; /* by direction                    */
	uint64_t missing;
};

static int32_t skeleton_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct skeleton *skeleton = malloc(sizeof(*skeleton));

	(void)run;
	if (skeleton == NULL)
		return TCPFLOW_ENOMEM;
	skeleton->host = host;
	*instance = skeleton;
	return TCPFLOW_OK;
}

static void skeleton_destroy(void *instance)
{
	free(instance);
}

/* There is no worker_open: `worker` is the instance. */
static int32_t skeleton_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct skeleton *skeleton = worker;
	struct conversation *conversation = calloc(1, sizeof(*conversation));

	if (conversation == NULL)
		return TCPFLOW_ENOMEM;
	conversation->host = skeleton->host;
	conversation->scope = scope;
	conversation->info = info;
	*state = conversation;
	return TCPFLOW_OK;
}

static int32_t skeleton_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct conversation *conversation = state;

	conversation->bytes[chunk->dir] += chunk->len;
	return TCPFLOW_OK;
}

static int32_t skeleton_gap(void *state, const struct tcpflow_gap *gap)
{
	struct conversation *conversation = state;

	conversation->missing += gap->len;
	return TCPFLOW_OK;
}

static void skeleton_close(void *state, const struct tcpflow_end *end)
{
	struct conversation *conversation = state;
	char line[160];
	int length = snprintf(line, sizeof(line),
	    "flow %" PRIu64 ": port %u to %u, %" PRIu64 " bytes sent, %" PRIu64
	    " received, %" PRIu64 " missing\n",
	    conversation->info->flow_id, conversation->info->client.port,
	    conversation->info->server.port, conversation->bytes[TCPFLOW_C2S],
	    conversation->bytes[TCPFLOW_S2C], conversation->missing);
	const struct tcpflow_span span = {
	    .ptr = line,
	    .len = (size_t)length,
	    .role = TCPFLOW_ROLE_TEXT,
	};

	(void)end;
	conversation->host->console->put(
	    conversation->scope, TCPFLOW_DIR_NONE, &span, 1);
	free(conversation);
}

static const struct tcpflow_plugin skeleton_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "skeleton",
    .version = "2.0.0",
    .summary = "one line a stream: to copy for a plugin of your own",
    .create = skeleton_create,
    .destroy = skeleton_destroy,
    .open = skeleton_open,
    .data = skeleton_data,
    .gap = skeleton_gap,
    .close = skeleton_close,
};

TCPFLOW_PLUGIN(skeleton_plugin);
