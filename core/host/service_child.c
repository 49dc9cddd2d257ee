/* SPDX-License-Identifier: BSD-2-Clause */
/* Child streams are not offered yet: open says so, and nothing else can be
 * called without what open gives. */
#include "core/host/private.h"

static int32_t child_open(struct tcpflow_scope *parent,
    const struct tcpflow_child_spec *spec, struct tcpflow_child **child)
{
	(void)spec;
	magic_check(parent, SCOPE_MAGIC);
	*child = NULL;
	return TCPFLOW_ENOSYS;
}

static int32_t child_data(
    struct tcpflow_child *child, const struct tcpflow_chunk *chunk)
{
	(void)chunk;
	assert(child == NULL);
	return TCPFLOW_EINVAL;
}

static int32_t child_gap(
    struct tcpflow_child *child, const struct tcpflow_gap *gap)
{
	(void)gap;
	assert(child == NULL);
	return TCPFLOW_EINVAL;
}

static int32_t child_eof(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	(void)end;
	assert(child == NULL);
	return TCPFLOW_EINVAL;
}

static void child_close(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	(void)end;
	assert(child == NULL);
}

const struct tcpflow_child_api service_child = {
    .struct_size = sizeof(service_child),
    .open = child_open,
    .data = child_data,
    .gap = child_gap,
    .eof = child_eof,
    .close = child_close,
};
