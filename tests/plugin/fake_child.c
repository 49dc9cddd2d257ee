/* SPDX-License-Identifier: BSD-2-Clause */
/* Child streams of the fake host: refused, or written down until they close;
 * nobody reads them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/plugin/fake_private.h"

struct tcpflow_child {
	struct fake_host *host;
	struct tcpflow_scope *scope;
	struct tcpflow_child *next;
	struct fake_text head;
	struct fake_text bytes[2];
	bool ended[2];
};

static void check_direction(
    const struct tcpflow_child *child, const char *service, uint32_t direction)
{
	if (child == NULL)
		fake_fail("child->%s: no child", service);
	if (child->host->callback == NULL)
		fake_fail(
		    "child->%s is called outside of any callback", service);
	if (direction > TCPFLOW_S2C)
		fake_fail("child->%s: direction %" PRIu32, service, direction);
	if (child->ended[direction])
		fake_fail(
		    "child->%s: behind the end of its direction", service);
}

static int32_t child_open(struct tcpflow_scope *scope,
    const struct tcpflow_child_spec *spec, struct tcpflow_child **out)
{
	struct fake_host *host = fake_check(scope, "child->open", false);
	struct tcpflow_child *child;

	if (spec->layer == NULL)
		fake_fail("child->open: a child has a layer");
	host->children++;
	*out = NULL;
	if (!host->wants_children)
		return TCPFLOW_ENOSYS;
	child = fake_allocate(sizeof(*child));
	child->host = host;
	child->scope = scope;
	child->next = host->open_children;
	host->open_children = child;
	fake_text_printf(&child->head, "%s", spec->layer);
	if (spec->server_name.len > 0)
		fake_text_printf(&child->head, " to %.*s",
		    (int)spec->server_name.len,
		    (const char *)spec->server_name.ptr);
	if (spec->server != NULL)
		fake_text_printf(&child->head, ":%u", spec->server->port);
	for (size_t i = 0; i < spec->nattrs; i++)
		fake_text_printf(&child->head, " %s=%.*s", spec->attrs[i].key,
		    (int)spec->attrs[i].value.len,
		    (const char *)spec->attrs[i].value.ptr);
	*out = child;
	return TCPFLOW_OK;
}

static int32_t child_data(
    struct tcpflow_child *child, const struct tcpflow_chunk *chunk)
{
	check_direction(child, "data", chunk->dir);
	if (chunk->len == 0 || chunk->bytes == NULL)
		fake_fail("child->data: no bytes");
	if (chunk->first_packet > chunk->packet || chunk->packet == 0)
		fake_fail("child->data: packets %" PRIu64 " to %" PRIu64,
		    chunk->first_packet, chunk->packet);
	fake_text_append(&child->bytes[chunk->dir], chunk->bytes, chunk->len);
	return TCPFLOW_DONE;
}

static int32_t child_gap(
    struct tcpflow_child *child, const struct tcpflow_gap *gap)
{
	check_direction(child, "gap", gap->dir);
	fake_text_printf(&child->bytes[gap->dir], "[%" PRIu64 "]", gap->len);
	return TCPFLOW_DONE;
}

static int32_t child_eof(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	check_direction(child, "eof", end->dir);
	fake_text_append(&child->bytes[end->dir], "$", 1);
	child->ended[end->dir] = true;
	return TCPFLOW_DONE;
}

static void child_close(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	struct tcpflow_child **place;

	if (child == NULL)
		return;
	(void)end;
	if (child->host->callback == NULL)
		fake_fail("child->close is called outside of any callback");
	place = &child->host->open_children;
	while (*place != child)
		place = &(*place)->next;
	*place = child->next;
	fake_text_printf(&child->host->child_story, "%s\n>%s\n<%s\n",
	    child->head.data,
	    child->bytes[0].data != NULL ? child->bytes[0].data : "",
	    child->bytes[1].data != NULL ? child->bytes[1].data : "");
	free(child->head.data);
	free(child->bytes[0].data);
	free(child->bytes[1].data);
	free(child);
}

void fake_children_close(const struct tcpflow_scope *scope)
{
	const struct tcpflow_child *child = scope->host->open_children;

	for (; child != NULL; child = child->next) {
		if (child->scope == scope)
			fake_fail("a child is still open");
	}
}

const struct tcpflow_child_api fake_child_api = {
    .struct_size = sizeof(fake_child_api),
    .open = child_open,
    .data = child_data,
    .gap = child_gap,
    .eof = child_eof,
    .close = child_close,
};
