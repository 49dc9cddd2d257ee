/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin of another major version of the ABI, for tests of the loader. */
#include <tcpflow/plugin.h>

static const struct tcpflow_plugin other_plugin = {
    .struct_size = sizeof(struct tcpflow_plugin),
    .abi_major = TCPFLOW_ABI_MAJOR + 1,
    .name = "other-major",
};

TCPFLOW_PLUGIN(other_plugin);
