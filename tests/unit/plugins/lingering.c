/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin whose library stays when it is closed (-z nodelete), for tests of
 * the loader: the next file must not be taken for it. */
#include <tcpflow/plugin.h>

static int32_t lingering_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	(void)host;
	(void)run;
	*instance = NULL;
	return TCPFLOW_OK;
}

static const struct tcpflow_plugin lingering_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "lingering",
    .version = "1",
    .summary = "stays in memory",
    .create = lingering_create,
};

TCPFLOW_PLUGIN(lingering_plugin);
