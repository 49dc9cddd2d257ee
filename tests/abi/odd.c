/* SPDX-License-Identifier: BSD-2-Clause */
/* odd: a plugin whose descriptor says what the compiler was told, to see which
 * ones are refused. */
#include <tcpflow/plugin.h>

#ifndef SIZE
#define SIZE sizeof(struct tcpflow_plugin)
#endif
#ifndef MAJOR
#define MAJOR TCPFLOW_ABI_MAJOR
#endif
#ifndef MINOR_MIN
#define MINOR_MIN 0
#endif
#ifndef FLAGS
#define FLAGS 0
#endif

static int32_t odd_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	(void)host;
	(void)run;
	*instance = NULL;
	return TCPFLOW_OK;
}

static const struct tcpflow_plugin odd_plugin = {
    .struct_size = (uint32_t)(SIZE),
    .abi_major = MAJOR,
    .abi_minor = TCPFLOW_ABI_MINOR,
    .abi_minor_min = MINOR_MIN,
    .flags = FLAGS,
    .name = "odd",
    .create = odd_create,
};

TCPFLOW_PLUGIN(odd_plugin);
