/* SPDX-License-Identifier: BSD-2-Clause */
/* Sinks of the run.  Plugins may open them in ready, before there is an output
 * directory: until then bytes are kept.  A SHARED one takes whole pieces from
 * anywhere in its plugin and puts head, between and tail around them. */
#include <stdlib.h>
#include <string.h>

#include "core/host/sink.h"

#define EARLY_MOST (1u << 20) /* bytes before packets are read */

/* What SHARED pieces were asked for so far, in the order of asking. */
struct asked {
	uint64_t bytes; /* with what stands around them    */
	bool any;
	bool full; /* the cap left no room for all    */
};

struct run_sink {
	struct outlet outlet; /* of SHARED pieces                */
	struct tcpflow_sink *sink;
	struct lock lock; /* of asked                        */
	struct asked asked;
	int32_t status;          /* of the last piece; atomic       */
	struct name_facts facts; /* what it points at stands in texts */
	const char *head;
	const char *between;
	const char *tail;
	char hint[NAME_HINT_ROOM];
	struct buffer early;
	bool begun; /* SHARED: the head is written     */
	char texts[];
};

static size_t size_of(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static size_t length_of(const char *text)
{
	return text != NULL ? strlen(text) : 0;
}

static const char *copy(char **at, const char *text)
{
	size_t size = size_of(text);
	char *to = *at;

	if (text == NULL)
		return NULL;
	memcpy(to, text, size);
	*at += size;
	return to;
}

static void take(
    struct outlet *outlet, const struct piece *piece, const uint8_t *bytes);

int32_t run_sink_open(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec)
{
	struct run_sink *run = calloc(1,
	    sizeof(*run) + size_of(spec->label) + size_of(spec->suffix) +
		size_of(spec->head) + size_of(spec->between) +
		size_of(spec->tail));
	char *at;

	if (run == NULL || !lock_init(&run->lock)) {
		free(run);
		return TCPFLOW_ENOMEM;
	}
	run->outlet.take = take;
	run->sink = sink;
	at = run->texts;
	name_hint(run->hint, spec->name_hint.ptr, spec->name_hint.len);
	run->facts = (struct name_facts){
	    .stem = sink->scope->plugin->descriptor->name,
	    .label = copy(&at, spec->label),
	    .hint = run->hint,
	    .suffix = copy(&at, spec->suffix),
	};
	run->head = copy(&at, spec->head);
	run->between = copy(&at, spec->between);
	run->tail = copy(&at, spec->tail);
	sink->run = run;
	return TCPFLOW_OK;
}

int32_t run_sink_prepare(struct tcpflow_sink *sink)
{
	struct output *output = sink->scope->plugin->host->outlets.output;
	struct run_sink *run = sink->run;
	int32_t status;

	if (sink->file != NULL || output == NULL)
		return TCPFLOW_OK;
	status = sink_status(
	    file_open(&sink->file, output, &run->facts, sink_file_flags(sink)));
	if (status != TCPFLOW_OK)
		return status;
	status = sink_status(
	    file_write(sink->file, run->early.bytes, run->early.length));
	buffer_free(&run->early);
	return status;
}

int32_t run_sink_keep(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	struct buffer *early = &sink->run->early;

	if (length > EARLY_MOST || early->length > EARLY_MOST - length)
		return TCPFLOW_ENOMEM;
	buffer_append(early, bytes, length);
	if (!early->failed)
		return TCPFLOW_OK;
	early->failed = false;
	return TCPFLOW_ENOMEM;
}

static int32_t put_text(struct tcpflow_sink *sink, const char *text)
{
	return text != NULL ? sink_write(sink, text, strlen(text)) : TCPFLOW_OK;
}

/* Whether the cap leaves room for one more piece and the tail behind `*bytes`, which
 * it is added to: a piece is never cut, and what is at the end is never missing. */
static bool fits(
    const struct tcpflow_sink *sink, uint64_t *bytes, bool any, size_t length)
{
	const struct run_sink *run = sink->run;
	const struct output *output = sink->scope->plugin->host->outlets.output;
	uint64_t most = output != NULL && !(sink->flags & TCPFLOW_SINK_UNCAPPED)
	    ? output_max_bytes(output)
	    : 0;

	*bytes += length + length_of(any ? run->between : run->head);
	return most == 0 || *bytes + length_of(run->tail) <= most;
}

/* OK, or ELIMIT from the first piece on that does not fit, as far as a worker can
 * know: which piece that is, the turn decides. */
static int32_t ask(struct tcpflow_sink *sink, size_t length)
{
	struct asked *asked = &sink->run->asked;
	bool full;

	lock_take(&sink->run->lock);
	asked->full = asked->full ||
	    !fits(sink, &asked->bytes, asked->any, length);
	asked->any = true;
	full = asked->full;
	lock_release(&sink->run->lock);
	return full ? TCPFLOW_ELIMIT : TCPFLOW_OK;
}

/* A piece and what stands before it, or nothing: while bytes are only kept, what
 * there is no room for leaves no trace.  (A file that fails stays as it is.) */
static int32_t put_piece(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	struct run_sink *run = sink->run;
	size_t kept = run->early.length;
	uint64_t end = sink->end;
	int32_t status = put_text(sink, run->begun ? run->between : run->head);

	if (status == TCPFLOW_OK)
		status = sink_write(sink, bytes, length);
	if (status != TCPFLOW_OK && sink->file == NULL) {
		run->early.length = kept;
		sink->end = end;
		return status;
	}
	run->begun = true;
	return status;
}

/* A piece whose turn has come: only then is it known which is the first that does
 * not fit, whoever wrote it.  None is taken after that. */
static int32_t put_in_turn(
    struct tcpflow_sink *sink, const void *bytes, size_t length)
{
	uint64_t end = sink->end;

	if (!sink->capped && !fits(sink, &end, sink->run->begun, length)) {
		sink->capped = true;
		sink->scope->plugin->host->outlets.counters
		    ->value[COUNTER_FILES_CAPPED]++;
	}
	return sink->capped ? TCPFLOW_ELIMIT : put_piece(sink, bytes, length);
}

static void take(
    struct outlet *outlet, const struct piece *piece, const uint8_t *bytes)
{
	struct run_sink *run = (struct run_sink *)(void *)outlet;

	__atomic_store_n(&run->status,
	    put_in_turn(run->sink, bytes, piece->length), __ATOMIC_RELAXED);
}

/* Also what is asked for too much goes there, as its turn may be before that of
 * another's piece. */
static int32_t append_later(struct tcpflow_sink *sink,
    const struct tcpflow_scope *scope, const struct buffer *piece)
{
	struct run_sink *run = sink->run;
	int32_t asked = ask(sink, piece->length);

	if (__atomic_load_n(&run->status, __ATOMIC_RELAXED) == TCPFLOW_ELIMIT)
		return TCPFLOW_ELIMIT;
	if (!worker_put(
		scope->worker, &run->outlet, scope_flow(scope), 0, piece))
		return TCPFLOW_ENOMEM;
	return asked != TCPFLOW_OK
	    ? asked
	    : __atomic_load_n(&run->status, __ATOMIC_RELAXED);
}

int32_t service_sink_append(struct tcpflow_sink *sink,
    const struct tcpflow_scope *scope, const struct buffer *piece)
{
	int32_t status;

	if (piece->length == 0)
		return TCPFLOW_OK;
	if (sink->run == NULL) {
		__atomic_fetch_add(
		    &sink->bytes, piece->length, __ATOMIC_RELAXED);
		return TCPFLOW_OK;
	}
	if (scope->worker != NULL)
		return append_later(sink, scope, piece);
	status = put_in_turn(sink, piece->bytes, piece->length);
	sink->run->asked = (struct asked){
	    sink->end, sink->run->begun, sink->capped};
	return status;
}

bool service_sink_is_shared(
    const struct tcpflow_sink *sink, const struct tcpflow_scope *scope)
{
	return sink->magic == SINK_MAGIC &&
	    (sink->flags & TCPFLOW_SINK_SHARED) != 0 &&
	    sink->scope->plugin == scope->plugin;
}

bool service_sink_swallows(const struct tcpflow_sink *sink)
{
	return sink->run == NULL;
}

int32_t run_sink_complete(struct tcpflow_sink *sink)
{
	struct run_sink *run = sink->run;
	int32_t status = TCPFLOW_OK;

	if (!(sink->flags & TCPFLOW_SINK_SHARED)) {
		status = run_sink_prepare(sink);
		return status == TCPFLOW_ELIMIT ? TCPFLOW_OK : status;
	}
	if (!run->begun)
		status = put_text(sink, run->head);
	run->begun = true;
	return status == TCPFLOW_OK ? put_text(sink, run->tail) : status;
}

void run_sink_close(struct tcpflow_sink *sink)
{
	if (sink->run == NULL)
		return;
	buffer_free(&sink->run->early);
	lock_destroy(&sink->run->lock);
	free(sink->run);
	sink->run = NULL;
}
