/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin as every C and C++ takes it, to compile the macros of our headers:
 * without designated initialisers, which C++ has had since 2020 only. */
#include <tcpflow/plugin.h>

static int32_t macros_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	(void)run;
	*instance = NULL;
	return TCPFLOW_CAN(host, struct tcpflow_host, outputs) &&
		TCPFLOW_HAS(host->sink, struct tcpflow_sink_api, finish)
	    ? TCPFLOW_OK
	    : TCPFLOW_ENOSYS;
}

static const struct tcpflow_plugin macros_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, TCPFLOW_P_OBSERVER | TCPFLOW_P_ANY_KEY),
    "macros",
    "1",
    "compiles",
    NULL,
    macros_create,
};

TCPFLOW_PLUGIN(macros_plugin);
