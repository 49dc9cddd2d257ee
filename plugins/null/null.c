/* SPDX-License-Identifier: BSD-2-Clause */
/* null: takes every stream and does nothing with it.  What a run costs with
 * this plugin is what the core costs. */
#include <tcpflow/plugin.h>

static int32_t null_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	(void)host;
	(void)run;
	*instance = NULL;
	return TCPFLOW_OK;
}

static int32_t null_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	(void)worker;
	(void)scope;
	(void)info;
	*state = NULL;
	return TCPFLOW_OK;
}

static int32_t null_data(void *state, const struct tcpflow_chunk *chunk)
{
	(void)state;
	(void)chunk;
	return TCPFLOW_OK;
}

static int32_t null_gap(void *state, const struct tcpflow_gap *gap)
{
	(void)state;
	(void)gap;
	return TCPFLOW_OK;
}

static const struct tcpflow_plugin null_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "null",
    .version = "2.0.0",
    .summary = "take every stream and do nothing: for measuring",
    .create = null_create,
    .open = null_open,
    .data = null_data,
    .gap = null_gap,
};

TCPFLOW_PLUGIN(null_plugin);
