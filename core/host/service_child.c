/* SPDX-License-Identifier: BSD-2-Clause */
/* Child streams: what a decoder uncovered is a stream like any other, fed from
 * within the decoder's callback.
 *
 *	decoder's data -> child->data -> stream -> probe, owner, observers
 *	               <- OK, DONE_DIR, DONE, ELIMIT
 *
 * Depth first and at once: when the call returns, everybody has seen the bytes.
 * The event in hand is the decoder's again then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

#define CHILD_MAGIC 0x6368696cu
#define DEPTH_MOST 8u
#define OPEN_MOST 4096u
#define EXPANSION_MOST 1000u /* bytes uncovered for one that was captured */
#define EXPANSION_FREE (1u << 20)
#define KNOWN_FLAGS \
	(TCPFLOW_CHILD_CERTAIN | TCPFLOW_CHILD_REVERSED | \
	    TCPFLOW_CHILD_SYNTHETIC)

struct tcpflow_child {
	uint32_t magic;
	struct tcpflow_scope *scope; /* the decoder's                   */
	struct list link;            /* in it                           */
	struct stream *stream;       /* NULL: ended at a limit          */
	bool busy;                   /* its plugins are being called    */
	bool ended[2];
};

static struct counters *counters_of(const struct tcpflow_scope *scope)
{
	return scope->worker->config.counters;
}

/* Copies a text to *at, which moves on. */
static const char *copy_text(char **at, const char *text)
{
	size_t size = text != NULL ? strlen(text) + 1 : 0;
	char *copy = *at;

	if (text == NULL)
		return NULL;
	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static struct tcpflow_slice copy_slice(char **at, struct tcpflow_slice slice)
{
	struct tcpflow_slice copy = {*at, slice.len};

	if (slice.len > 0)
		memcpy(*at, slice.ptr, slice.len);
	*at += slice.len;
	return copy;
}

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static size_t facts_size(const struct tcpflow_child_spec *spec)
{
	size_t size = spec->nattrs * sizeof(struct tcpflow_attr) +
	    text_size(spec->layer) + text_size(spec->protocol) +
	    spec->server_name.len;

	for (size_t i = 0; i < spec->nattrs; i++)
		size += text_size(spec->attrs[i].key) +
		    spec->attrs[i].value.len;
	return size;
}

/* Everything that info points at is copied into one piece of memory. */
static bool copy_facts(
    struct stream *stream, const struct tcpflow_child_spec *spec)
{
	struct tcpflow_stream_info *info = &stream->info;
	struct tcpflow_attr *attrs = malloc(facts_size(spec));
	char *at;

	if (attrs == NULL)
		return false;
	at = (char *)(attrs + spec->nattrs);
	stream->facts = attrs;
	info->layer = copy_text(&at, spec->layer);
	info->protocol = copy_text(&at, spec->protocol);
	info->server_name = spec->server_name.len > 0
	    ? copy_slice(&at, spec->server_name)
	    : info->parent->server_name;
	for (size_t i = 0; i < spec->nattrs; i++) {
		attrs[i].key = copy_text(&at, spec->attrs[i].key);
		attrs[i].value = copy_slice(&at, spec->attrs[i].value);
	}
	info->attrs = attrs;
	info->nattrs = spec->nattrs;
	return true;
}

/* The sides of the parent are those that the decoder was told of. */
static void fill_info(struct stream *stream, struct tcpflow_scope *scope,
    const struct tcpflow_child_spec *spec)
{
	struct stream *parent = scope->stream;
	struct tcpflow_stream_info *info = &stream->info;
	bool reversed = (spec->flags & TCPFLOW_CHILD_REVERSED) != 0;
	const struct tcpflow_stream_info *outer = attachment_info(
	    scope_attachment(scope));
	uint64_t packet = stream->worker->packet;
	/* Who names an end knows them. */
	bool named_ends = spec->client != NULL || spec->server != NULL;

	*info = (struct tcpflow_stream_info){
	    .struct_size = sizeof(*info),
	    .flags = (named_ends ? 0 : outer->flags & TCPFLOW_S_DIR_GUESSED) |
		(reversed ? TCPFLOW_S_REVERSED : 0) |
		(spec->flags & TCPFLOW_CHILD_SYNTHETIC ? TCPFLOW_S_SYNTHETIC
						       : 0),
	    .flow_id = outer->flow_id,
	    .stream_index = ++parent->root->descendants,
	    .depth = outer->depth + 1,
	    .start_ns = stream->worker->now_ns,
	    /* In a close that no packet caused: what its parent had last. */
	    .start_packet = packet != 0 ? packet : parent->last_packet,
	    .client = reversed ? outer->server : outer->client,
	    .server = reversed ? outer->client : outer->server,
	    .vlan = outer->vlan,
	    .parent = outer,
	    .source = outer->source,
	};
	if (spec->client != NULL)
		info->client = *spec->client;
	if (spec->server != NULL)
		info->server = *spec->server;
	stream->root = parent->root;
	stream->key = parent->key;
}

/* The plugin that was named, if it takes streams as an owner. */
static struct plugin *named(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->count && name != NULL; i++) {
		struct plugin *plugin = host->plugins[i];

		if (!plugin->observes && plugin_takes_streams(plugin) &&
		    strcmp(plugin->descriptor->name, name) == 0)
			return plugin;
	}
	return NULL;
}

/* Who is to have it, where that is known: at once, or as the first to be
 * asked. */
static void choose(struct stream *stream, uint32_t flags)
{
	struct plugin *plugin = named(
	    stream->worker->host, stream->info.protocol);

	if (plugin == NULL)
		return;
	if (!(flags & TCPFLOW_CHILD_CERTAIN)) {
		stream->preferred = plugin->index + 1;
		return;
	}
	if (probe_open(stream, stream_owner(stream), plugin)) {
		stream->claimed = true;
		stream->offering = false;
		stream->first_offer = false;
	}
}

static bool has_bytes(struct tcpflow_slice slice)
{
	return slice.ptr != NULL || slice.len == 0;
}

/* What the headers do not allow; NULL: nothing. */
static const char *mistake(const struct tcpflow_scope *scope,
    const struct tcpflow_child_spec *spec, struct tcpflow_child **out)
{
	if (out == NULL)
		return "no place for the child";
	if (!TCPFLOW_HAS(spec, struct tcpflow_child_spec, nattrs))
		return "no spec, or one without struct_size";
	if (scope->stream == NULL)
		return "only a stream has children";
	if (spec->layer == NULL || *spec->layer == '\0')
		return "a child has a layer";
	if (!has_bytes(spec->server_name))
		return "a server_name without bytes";
	if (spec->attrs == NULL && spec->nattrs > 0)
		return "no attributes";
	for (size_t i = 0; i < spec->nattrs; i++) {
		if (spec->attrs[i].key == NULL ||
		    !has_bytes(spec->attrs[i].value))
			return "an attribute without key or bytes";
	}
	return NULL;
}

static int32_t check(
    const struct tcpflow_scope *scope, const struct tcpflow_child_spec *spec)
{
	if (spec->flags & ~KNOWN_FLAGS)
		return TCPFLOW_ENOSYS;
	if (scope->stream->info.depth == DEPTH_MOST ||
	    scope->stream->children == OPEN_MOST) {
		counters_of(scope)->value[COUNTER_CHILDREN_LIMITED]++;
		return TCPFLOW_ELIMIT;
	}
	return TCPFLOW_OK;
}

static size_t cost(const struct host *host)
{
	return sizeof(struct tcpflow_child) + host_stream_bytes(host);
}

static struct tcpflow_child *make(
    struct tcpflow_scope *scope, const struct tcpflow_child_spec *spec)
{
	struct tcpflow_child *child = calloc(1, sizeof(*child));
	struct stream *stream = child != NULL ? stream_new(scope->worker)
					      : NULL;

	if (stream != NULL) {
		fill_info(stream, scope, spec);
		if (!copy_facts(stream, spec)) {
			pool_give(&scope->worker->records, stream);
			stream = NULL;
		}
	}
	if (stream == NULL) {
		free(child);
		return NULL;
	}
	child->magic = CHILD_MAGIC;
	child->scope = scope;
	child->stream = stream;
	list_append(&scope->children, &child->link);
	return child;
}

static int32_t child_open(struct tcpflow_scope *scope,
    const struct tcpflow_child_spec *spec, struct tcpflow_child **out)
{
	struct budget *budget;
	const char *wrong;
	int32_t result;

	if (out != NULL)
		*out = NULL;
	if (!plugin_may(scope, "child->open"))
		return TCPFLOW_EINVAL;
	wrong = mistake(scope, spec, out);
	if (wrong != NULL) {
		plugin_misuse(scope, "child->open", wrong);
		return TCPFLOW_EINVAL;
	}
	result = check(scope, spec);
	if (result != TCPFLOW_OK)
		return result;
	budget = &scope->worker->config.memory->held;
	if (!budget_take(budget, cost(scope->worker->host))) {
		counters_of(scope)->value[COUNTER_PLUGIN_REFUSED_MEMORY]++;
		return TCPFLOW_ENOMEM;
	}
	*out = make(scope, spec);
	if (*out == NULL) {
		budget_give(budget, cost(scope->worker->host));
		return TCPFLOW_ENOMEM;
	}
	counters_of(scope)->value[COUNTER_CHILDREN]++;
	scope->stream->children++;
	(*out)->busy = true;
	scope->worker->nested++;
	stream_begin((*out)->stream);
	choose((*out)->stream, spec->flags);
	scope->worker->nested--;
	(*out)->busy = false;
	return TCPFLOW_OK;
}

/* The event in hand, while another one is. */
struct moment {
	uint64_t now_ns;
	uint64_t packet;
};

static struct moment enter(struct tcpflow_child *child)
{
	struct host_worker *worker = child->scope->worker;

	child->busy = true;
	worker->nested++;
	return (struct moment){worker->now_ns, worker->packet};
}

static void leave(struct tcpflow_child *child, struct moment moment)
{
	struct host_worker *worker = child->scope->worker;

	worker_at(worker, moment.now_ns, moment.packet);
	worker->nested--;
	child->busy = false;
}

/* The child may be used; else the user is told. */
static bool may(const struct tcpflow_child *child, const char *service)
{
	if (child == NULL || child->magic != CHILD_MAGIC) {
		if (plugin_call_now != NULL)
			plugin_misuse(
			    NULL, service, "no child, or one that is closed");
		return false;
	}
	if (!plugin_may(child->scope, service))
		return false;
	/* It would run, or end, within itself. */
	if (child->busy)
		plugin_misuse(child->scope, service,
		    "called within a callback of the child itself");
	return !child->busy;
}

/* The direction may go on. */
static bool goes_on(
    const struct tcpflow_child *child, const char *service, uint32_t direction)
{
	if (direction <= TCPFLOW_S2C && !child->ended[direction])
		return true;
	plugin_misuse(child->scope, service,
	    direction <= TCPFLOW_S2C ? "behind the eof of the direction"
				     : "there is no such direction");
	return false;
}

/* Counts by layer: "child.websocket.bytes".  A layer may have any name; that of a
 * counter may not. */
static void count_by_layer(struct tcpflow_scope *scope, const char *layer,
    const char *what, uint64_t add)
{
	char name[64];

	snprintf(name, sizeof(name), "child.%.32s.%s", layer, what);
	for (char *at = name; *at != '\0'; at++) {
		if (!(*at >= 'a' && *at <= 'z') &&
		    !(*at >= '0' && *at <= '9') && *at != '.')
			*at = '_';
	}
	service_count(scope, name, add);
}

/* What nobody took: "http.child.websocket.unclaimed". */
static void count_unclaimed(
    struct tcpflow_scope *scope, const struct stream *stream)
{
	const char *layer = stream->info.layer;

	counters_of(scope)->value[COUNTER_CHILDREN_UNCLAIMED]++;
	count_by_layer(scope, layer, "unclaimed", 1);
	count_by_layer(
	    scope, layer, "bytes", stream->next[0] + stream->next[1]);
}

static void end_stream(
    struct tcpflow_child *child, const struct tcpflow_end *given)
{
	struct stream *stream = child->stream;
	struct host_worker *worker = child->scope->worker;
	struct moment moment = enter(child);
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = TCPFLOW_DIR_NONE,
	    .reason = given != NULL ? given->reason : TCPFLOW_CLOSE_PARENT,
	    .ts_ns = given != NULL ? given->ts_ns : moment.now_ns,
	    .packet = given != NULL ? given->packet : moment.packet,
	    .length = {stream->next[0], stream->next[1]},
	};
	void *facts = stream->facts;

	child->stream = NULL;
	/* What is withheld is decided now; then it is known whose it was. */
	worker_at(worker, end.ts_ns, end.packet);
	if (stream->offering)
		probe_close(stream);
	if (!stream->claimed)
		count_unclaimed(child->scope, stream);
	host_flow_events.close(stream, &end);
	free(facts);
	leave(child, moment);
	child->scope->stream->children--;
	budget_give(&worker->config.memory->held, cost(worker->host));
}

/* Whether anybody reads on. */
static int32_t verdict_of(const struct stream *stream, uint32_t direction)
{
	const struct attachment *owner = &stream->owner[stream->current];
	bool reads = stream->offering || owner->attached;
	bool wants = stream->offering ||
	    (owner->attached && !owner->done[direction ^ owner->turned]);

	for (size_t i = 0; i < stream->worker->host->observers; i++) {
		const struct attachment *observer = &stream->observers[i];

		reads |= observer->attached;
		wants |= observer->attached && !observer->done[direction];
	}
	if (!reads)
		return TCPFLOW_DONE;
	return wants ? TCPFLOW_OK : TCPFLOW_DONE_DIR;
}

/* A bomb: a few bytes of the wire that become many. */
static bool expands_too_much(const struct stream *stream, uint64_t more)
{
	struct stream *root = stream->root;
	uint64_t captured = root->next[0] + root->next[1];

	root->uncovered += more;
	return root->uncovered > EXPANSION_FREE &&
	    root->uncovered / EXPANSION_MOST > captured;
}

static int32_t child_data(
    struct tcpflow_child *child, const struct tcpflow_chunk *given)
{
	struct tcpflow_chunk chunk;
	struct moment moment;
	struct stream *stream;

	if (!may(child, "child->data"))
		return TCPFLOW_EINVAL;
	if (!TCPFLOW_HAS(given, struct tcpflow_chunk, first_packet) ||
	    given->len == 0 || given->bytes == NULL) {
		plugin_misuse(child->scope, "child->data",
		    "no bytes, or a chunk without struct_size");
		return TCPFLOW_EINVAL;
	}
	if (!goes_on(child, "child->data", given->dir))
		return TCPFLOW_EINVAL;
	stream = child->stream;
	if (stream == NULL)
		return TCPFLOW_ELIMIT;
	if (expands_too_much(stream, given->len)) {
		counters_of(child->scope)->value[COUNTER_CHILDREN_LIMITED]++;
		service_log(child->scope, TCPFLOW_LOG_WARN,
		    "an inner stream ends here: more than %u bytes came of "
		    "each one captured",
		    EXPANSION_MOST);
		end_stream(child, NULL);
		return TCPFLOW_ELIMIT;
	}
	chunk = (struct tcpflow_chunk){
	    .struct_size = sizeof(chunk),
	    .dir = given->dir,
	    .bytes = given->bytes,
	    .len = given->len,
	    .offset = stream->next[given->dir],
	    .ts_ns = given->ts_ns,
	    .packet = given->packet,
	    .first_packet = given->first_packet,
	};
	moment = enter(child);
	host_flow_events.data(stream, &chunk);
	leave(child, moment);
	return verdict_of(stream, given->dir);
}

static int32_t child_gap(
    struct tcpflow_child *child, const struct tcpflow_gap *given)
{
	struct tcpflow_gap gap;
	struct moment moment;
	struct stream *stream;

	if (!may(child, "child->gap"))
		return TCPFLOW_EINVAL;
	if (!TCPFLOW_HAS(given, struct tcpflow_gap, zero)) {
		plugin_misuse(child->scope, "child->gap",
		    "no gap, or one without struct_size");
		return TCPFLOW_EINVAL;
	}
	if (!goes_on(child, "child->gap", given->dir))
		return TCPFLOW_EINVAL;
	stream = child->stream;
	if (stream == NULL)
		return TCPFLOW_ELIMIT;
	gap = (struct tcpflow_gap){
	    .struct_size = sizeof(gap),
	    .dir = given->dir,
	    .offset = stream->next[given->dir],
	    .len = given->len,
	    .ts_ns = given->ts_ns,
	    .packet = given->packet,
	    .reason = given->reason,
	};
	moment = enter(child);
	host_flow_events.gap(stream, &gap);
	leave(child, moment);
	return verdict_of(stream, given->dir);
}

static int32_t child_eof(
    struct tcpflow_child *child, const struct tcpflow_end *given)
{
	struct tcpflow_end end;
	struct moment moment;
	struct stream *stream;

	if (!may(child, "child->eof"))
		return TCPFLOW_EINVAL;
	if (!TCPFLOW_HAS(given, struct tcpflow_end, length)) {
		plugin_misuse(child->scope, "child->eof",
		    "no end, or one without struct_size");
		return TCPFLOW_EINVAL;
	}
	if (!goes_on(child, "child->eof", given->dir))
		return TCPFLOW_EINVAL;
	child->ended[given->dir] = true;
	stream = child->stream;
	if (stream == NULL)
		return TCPFLOW_ELIMIT;
	end = (struct tcpflow_end){
	    .struct_size = sizeof(end),
	    .dir = given->dir,
	    .reason = given->reason,
	    .ts_ns = given->ts_ns,
	    .packet = given->packet,
	    .length = {stream->next[0], stream->next[1]},
	};
	moment = enter(child);
	host_flow_events.eof(stream, &end);
	leave(child, moment);
	return verdict_of(stream, given->dir);
}

static void close_child(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	if (child->stream != NULL)
		end_stream(child, end);
	list_remove(&child->link);
	child->magic = 0;
	free(child);
}

static void child_close(
    struct tcpflow_child *child, const struct tcpflow_end *end)
{
	if (child == NULL || !may(child, "child->close"))
		return;
	if (end != NULL && !TCPFLOW_HAS(end, struct tcpflow_end, length)) {
		plugin_misuse(child->scope, "child->close",
		    "an end without struct_size; it is closed as PARENT");
		end = NULL;
	}
	close_child(child, end);
}

void service_child_end(struct tcpflow_scope *scope)
{
	while (!list_empty(&scope->children))
		close_child(list_entry(scope->children.prev,
				struct tcpflow_child, link),
		    NULL);
}

const struct tcpflow_child_api service_child = {
    .struct_size = sizeof(service_child),
    .open = child_open,
    .data = child_data,
    .gap = child_gap,
    .eof = child_eof,
    .close = child_close,
};
