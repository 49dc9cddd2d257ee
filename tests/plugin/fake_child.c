/* SPDX-License-Identifier: BSD-2-Clause */
/* Child streams of the fake host: refused, written down, or offered to the
 * plugin again, depth first and at once, as a host does.
 *
 *	decoder's data -> child->data -> stream -> probe, give
 *	               <- OK, DONE_DIR, DONE, ELIMIT */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_FLAGS \
	(TCPFLOW_CHILD_CERTAIN | TCPFLOW_CHILD_REVERSED | \
	    TCPFLOW_CHILD_SYNTHETIC)
#define EXPANSION_MOST 1000u /* bytes uncovered for one that was fed */
#define EXPANSION_FREE (1u << 20)

struct tcpflow_child {
	struct tcpflow_child *older; /* of all                          */
	struct fake_host *host;
	struct tcpflow_scope *scope; /* the decoder's                   */
	struct fake_stream *stream;  /* NULL: at a limit, or over       */
	bool open;
	bool ended[2];
	struct fake_text head; /* what is written down            */
	struct fake_text bytes[2];
};

static int32_t check_spec(
    const struct tcpflow_scope *scope, const struct tcpflow_child_spec *spec)
{
	struct fake_host *host = scope->host;

	if (!TCPFLOW_HAS(spec, struct tcpflow_child_spec, nattrs))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "child->open: struct_size is not set");
	if (scope->kind != FAKE_STREAM)
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "child->open: only a stream has children");
	if (spec->layer == NULL || *spec->layer == '\0')
		return fake_misuse(
		    host, TCPFLOW_EINVAL, "child->open: a child has a layer");
	if (spec->flags & ~KNOWN_FLAGS)
		return fake_misuse(host, TCPFLOW_ENOSYS,
		    "child->open: unknown flags 0x%" PRIx32, spec->flags);
	if (spec->server_name.ptr == NULL && spec->server_name.len > 0)
		fake_fail("child->open: a server_name without bytes");
	for (size_t i = 0; i < spec->nattrs; i++) {
		if (!fake_name_is_valid(spec->attrs[i].key, "_"))
			fake_fail("child->open: the key of attribute %zu is "
				  "not [a-z0-9_]+",
			    i);
		if (spec->attrs[i].value.ptr == NULL &&
		    spec->attrs[i].value.len > 0)
			fake_fail("child->open: attribute %s has no bytes",
			    spec->attrs[i].key);
	}
	return TCPFLOW_OK;
}

/* The first line of its story. */
static void tell_spec(
    struct tcpflow_child *child, const struct tcpflow_child_spec *spec)
{
	struct fake_text *head = &child->head;

	fake_text_printf(head, "%s", spec->layer);
	if (spec->server_name.len > 0) {
		fake_text_append(head, " to ", 4);
		fake_text_append(
		    head, spec->server_name.ptr, spec->server_name.len);
	}
	if (spec->server != NULL)
		fake_text_printf(head, ":%u", spec->server->port);
	for (size_t i = 0; i < spec->nattrs; i++) {
		fake_text_printf(head, " %s=", spec->attrs[i].key);
		fake_text_append(
		    head, spec->attrs[i].value.ptr, spec->attrs[i].value.len);
	}
}

/* In order of opening, from that of the root on: of a root that a test made an
 * inner stream it is not 0. */
static uint32_t next_index(struct fake_stream *root)
{
	return root->facts.stream_index + ++root->descendants;
}

/* As the sides are that the decoder was told of. */
static struct tcpflow_stream_info facts_of(
    const struct fake_stream *parent, const struct tcpflow_child_spec *spec)
{
	const struct tcpflow_stream_info *outer = parent->info;
	const struct fake_moment *moment = &parent->host->moment;
	bool reversed = (spec->flags & TCPFLOW_CHILD_REVERSED) != 0;
	bool named_ends = spec->client != NULL || spec->server != NULL;
	struct tcpflow_stream_info info = {
	    .struct_size = sizeof(info),
	    .flags = (named_ends ? 0 : outer->flags & TCPFLOW_S_DIR_GUESSED) |
		(reversed ? TCPFLOW_S_REVERSED : 0) |
		(spec->flags & TCPFLOW_CHILD_SYNTHETIC ? TCPFLOW_S_SYNTHETIC
						       : 0),
	    .flow_id = outer->flow_id,
	    .stream_index = next_index(parent->root),
	    .depth = outer->depth + 1,
	    .start_ns = moment->ns,
	    .start_packet = moment->packet != 0 ? moment->packet
						: outer->start_packet,
	    .client = reversed ? outer->server : outer->client,
	    .server = reversed ? outer->client : outer->server,
	    .vlan = outer->vlan,
	    .parent = outer,
	    .layer = spec->layer,
	    .protocol = spec->protocol,
	    .source = outer->source,
	    .server_name = spec->server_name.len > 0 ? spec->server_name
						     : outer->server_name,
	    .attrs = spec->attrs,
	    .nattrs = spec->nattrs,
	};

	if (spec->client != NULL)
		info.client = *spec->client;
	if (spec->server != NULL)
		info.server = *spec->server;
	return info;
}

static struct fake_stream *make_stream(
    struct fake_stream *parent, const struct tcpflow_child_spec *spec)
{
	struct fake_stream *stream = fake_stream_new(
	    parent->host, parent->worker);
	const struct tcpflow_stream_info facts = facts_of(parent, spec);
	struct tcpflow_stream_info *copy = fake_info_lend(
	    &facts, &stream->facts_size);

	stream->facts_block = copy;
	stream->facts = *copy;
	stream->begun = true;
	stream->parent = parent;
	stream->root = parent->root;
	parent->children++;
	return stream;
}

/* The plugin that was named gets it without being asked. */
static void choose(
    struct fake_stream *stream, const struct tcpflow_child_spec *spec)
{
	const struct tcpflow_plugin *plugin = stream->host->plugin;

	if (!(spec->flags & TCPFLOW_CHILD_CERTAIN) || spec->protocol == NULL ||
	    strcmp(spec->protocol, plugin->name) != 0 || plugin->open == NULL ||
	    plugin->data == NULL)
		return;
	if (fake_give_open(stream, false)) {
		stream->offering = false;
		stream->first_offer = false;
	}
}

static int32_t check_limits(const struct tcpflow_scope *scope)
{
	const struct fake_stream *parent = scope->stream;
	struct fake_host *host = scope->host;

	if (!host->takes_children)
		return TCPFLOW_ENOMEM;
	if (parent->facts.depth == FAKE_DEPTH_MOST ||
	    parent->children >= host->children_most)
		return TCPFLOW_ELIMIT;
	return fake_trap(&host->calls) ? TCPFLOW_ENOMEM : TCPFLOW_OK;
}

static int32_t child_open(struct tcpflow_scope *scope,
    const struct tcpflow_child_spec *spec, struct tcpflow_child **out)
{
	struct fake_host *host = fake_check(scope, "child->open", false);
	struct fake_moment moment = host->moment;
	struct tcpflow_child *child;
	int32_t result;

	if (spec == NULL || out == NULL)
		fake_fail("child->open: no spec, or no place for the child");
	*out = NULL;
	result = check_spec(scope, spec);
	if (result != TCPFLOW_OK)
		return result;
	host->children++;
	result = check_limits(scope);
	if (result != TCPFLOW_OK)
		return result;
	child = fake_allocate(sizeof(*child));
	child->host = host;
	child->scope = scope;
	child->open = true;
	child->older = host->child_handles;
	host->child_handles = child;
	tell_spec(child, spec);
	child->stream = make_stream(scope->stream, spec);
	*out = child;
	if (host->reads_children)
		choose(child->stream, spec);
	host->moment = moment;
	return TCPFLOW_OK;
}

/* The handle is good, and its stream is not in a callback: that would run within
 * itself. */
static void check_child(const struct tcpflow_child *child, const char *service)
{
	if (child == NULL)
		fake_fail("child->%s: no child", service);
	if (!child->open)
		fake_fail("child->%s: the child is closed", service);
	fake_check(child->scope, service, false);
	if (child->stream != NULL && child->stream->busy)
		fake_fail(
		    "child->%s: from within a callback of the child", service);
}

/* What ends; it was fed for the last time. */
static void end_stream(
    struct tcpflow_child *child, const struct tcpflow_end *given)
{
	struct fake_host *host = child->host;
	struct fake_stream *stream = child->stream;
	struct fake_moment moment = host->moment;

	if (host->reads_children)
		fake_stream_end(stream,
		    given != NULL ? given->reason : TCPFLOW_CLOSE_PARENT,
		    given != NULL ? given->ts_ns : moment.ns,
		    given != NULL ? given->packet : moment.packet);
	stream->parent->children--;
	fake_stream_free(stream);
	child->stream = NULL;
	host->moment = moment;
}

/* Whether anybody reads on. */
static int32_t verdict_of(const struct tcpflow_child *child, uint32_t direction)
{
	const struct fake_stream *stream = child->stream;

	if (!child->host->reads_children)
		return TCPFLOW_DONE;
	if (stream->offering)
		return TCPFLOW_OK;
	if (!stream->attached)
		return TCPFLOW_DONE;
	return stream->done[direction ^ (stream->turned ? 1u : 0u)]
	    ? TCPFLOW_DONE_DIR
	    : TCPFLOW_OK;
}

static int32_t happen(
    struct tcpflow_child *child, const struct fake_event *event)
{
	struct fake_host *host = child->host;
	struct fake_moment moment = host->moment;

	if (host->reads_children) {
		fake_stream_happen(child->stream, event);
		host->moment = moment;
	} else {
		child->stream->next[event->direction] += event->length;
	}
	return verdict_of(child, event->direction);
}

static int32_t check_direction(
    const struct tcpflow_child *child, const char *service, uint32_t direction)
{
	if (direction > TCPFLOW_S2C)
		return fake_misuse(child->host, TCPFLOW_EINVAL,
		    "child->%s: direction %" PRIu32, service, direction);
	if (child->ended[direction])
		return fake_misuse(child->host, TCPFLOW_EINVAL,
		    "child->%s: behind the end of its direction", service);
	return TCPFLOW_OK;
}

static struct fake_event event_of(const struct tcpflow_child *child,
    enum fake_event_kind kind, uint32_t direction)
{
	return (struct fake_event){
	    .kind = kind,
	    .direction = direction,
	    .offset = child->stream->next[direction],
	    .other = child->stream->next[!direction],
	};
}

/* A bomb: a few bytes of the wire that become many. */
static bool expands_too_much(struct fake_stream *stream, uint64_t more)
{
	struct fake_stream *root = stream->root;

	root->uncovered += more;
	return root->uncovered > EXPANSION_FREE &&
	    root->uncovered / EXPANSION_MOST > root->next[0] + root->next[1];
}

static int32_t check_chunk(
    const struct tcpflow_child *child, const struct tcpflow_chunk *chunk)
{
	struct fake_host *host = child->host;

	if (!TCPFLOW_HAS(chunk, struct tcpflow_chunk, first_packet))
		return fake_misuse(host, TCPFLOW_EINVAL,
		    "child->data: struct_size is not set");
	if (chunk->len == 0 || chunk->bytes == NULL)
		return fake_misuse(
		    host, TCPFLOW_EINVAL, "child->data: no bytes");
	if (chunk->first_packet > chunk->packet || chunk->first_packet == 0)
		fake_fail("child->data: packets %" PRIu64 " to %" PRIu64,
		    chunk->first_packet, chunk->packet);
	return check_direction(child, "data", chunk->dir);
}

static int32_t child_data(
    struct tcpflow_child *child, const struct tcpflow_chunk *chunk)
{
	struct fake_event event;
	int32_t result;

	check_child(child, "data");
	result = check_chunk(child, chunk);
	if (result != TCPFLOW_OK)
		return result;
	if (child->stream == NULL)
		return TCPFLOW_ELIMIT;
	if (expands_too_much(child->stream, chunk->len) ||
	    fake_trap(&child->host->calls)) {
		end_stream(child, NULL);
		return TCPFLOW_ELIMIT;
	}
	fake_text_append(&child->bytes[chunk->dir], chunk->bytes, chunk->len);
	event = event_of(child, FAKE_DATA, chunk->dir);
	event.length = chunk->len;
	event.bytes = chunk->bytes;
	event.ts_ns = chunk->ts_ns;
	event.packet = chunk->packet;
	event.first_packet = chunk->first_packet;
	return happen(child, &event);
}

static int32_t child_gap(
    struct tcpflow_child *child, const struct tcpflow_gap *gap)
{
	struct fake_event event;
	int32_t result = TCPFLOW_OK;

	check_child(child, "gap");
	if (!TCPFLOW_HAS(gap, struct tcpflow_gap, zero))
		return fake_misuse(child->host, TCPFLOW_EINVAL,
		    "child->gap: struct_size is not set");
	result = check_direction(child, "gap", gap->dir);
	if (result != TCPFLOW_OK)
		return result;
	if (gap->zero != 0)
		fake_fail("child->gap: zero is not 0");
	if (gap->reason < TCPFLOW_GAP_LOST || gap->reason > TCPFLOW_GAP_DECODER)
		fake_fail("child->gap: reason %" PRIu32, gap->reason);
	if (child->stream == NULL)
		return TCPFLOW_ELIMIT;
	fake_text_printf(&child->bytes[gap->dir], "[%" PRIu64 "]", gap->len);
	event = event_of(child, FAKE_GAP, gap->dir);
	event.length = gap->len;
	event.ts_ns = gap->ts_ns;
	event.packet = gap->packet;
	event.reason = gap->reason;
	return happen(child, &event);
}

static int32_t check_end(const struct tcpflow_child *child,
    const struct tcpflow_end *end, const char *service)
{
	if (!TCPFLOW_HAS(end, struct tcpflow_end, length))
		return fake_misuse(child->host, TCPFLOW_EINVAL,
		    "child->%s: struct_size is not set", service);
	if (end->zero != 0)
		fake_fail("child->%s: zero is not 0", service);
	if (end->reason < TCPFLOW_CLOSE_FIN || end->reason > TCPFLOW_CLOSE_EXIT)
		fake_fail("child->%s: reason %" PRIu32, service, end->reason);
	return TCPFLOW_OK;
}

static int32_t child_eof(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	struct fake_event event;
	int32_t result;

	check_child(child, "eof");
	result = check_end(child, end, "eof");
	if (result == TCPFLOW_OK)
		result = check_direction(child, "eof", end->dir);
	if (result != TCPFLOW_OK)
		return result;
	child->ended[end->dir] = true;
	if (child->stream == NULL)
		return TCPFLOW_ELIMIT;
	fake_text_append(&child->bytes[end->dir], "$", 1);
	event = event_of(child, FAKE_EOF, end->dir);
	event.ts_ns = end->ts_ns;
	event.packet = end->packet;
	event.reason = end->reason;
	return happen(child, &event);
}

static void tell(struct tcpflow_child *child)
{
	struct fake_text *story = &child->host->child_story;

	fake_text_append(story, child->head.data, child->head.length);
	for (unsigned i = 0; i < 2; i++) {
		fake_text_append(story, i == 0 ? "\n>" : "\n<", 2);
		fake_text_append(
		    story, child->bytes[i].data, child->bytes[i].length);
		fake_text_free(&child->bytes[i]);
	}
	fake_text_append(story, "\n", 1);
	fake_text_free(&child->head);
}

static void close_child(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	if (child->stream != NULL)
		end_stream(child, end);
	child->open = false;
	tell(child);
}

static void child_close(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	if (child == NULL)
		return;
	check_child(child, "close");
	if (end != NULL && check_end(child, end, "close") != TCPFLOW_OK)
		end = NULL;
	close_child(child, end);
}

void fake_children_close(const struct tcpflow_scope *scope)
{
	struct tcpflow_child *child = scope->host->child_handles;

	while (child != NULL) {
		if (!child->open || child->scope != scope) {
			child = child->older;
			continue;
		}
		close_child(child, NULL);
		/* Whoever read it may have opened others. */
		child = scope->host->child_handles;
	}
}

void fake_children_free(struct fake_host *host)
{
	while (host->child_handles != NULL) {
		struct tcpflow_child *child = host->child_handles;

		host->child_handles = child->older;
		fake_take_back(child, sizeof(*child));
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
