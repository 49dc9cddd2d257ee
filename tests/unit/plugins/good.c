/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin that is as it should be, for tests of the loader. */
#include <tcpflow/plugin.h>

static int32_t good_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	(void)run;
	*instance = NULL;
	return host->abi_major == TCPFLOW_ABI_MAJOR ? TCPFLOW_OK
						    : TCPFLOW_EINVAL;
}

static int32_t good_config(void *instance, const char *key, const char *value)
{
	(void)instance;
	(void)key;
	(void)value;
	return TCPFLOW_OK;
}

static const struct tcpflow_param good_params[] = {
    {.key = "size", .form = "SIZE", .preset = "4k", .help = "how much"},
    {.key = "file",
	.help = "where to",
	.flags = TCPFLOW_PARAM_REQUIRED | TCPFLOW_PARAM_REPEAT},
    {0},
};

static const struct tcpflow_plugin good_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "good",
    .version = "1.2",
    .summary = "does nothing wrong",
    .params = good_params,
    .create = good_create,
    .config = good_config,
};

TCPFLOW_PLUGIN(good_plugin);
