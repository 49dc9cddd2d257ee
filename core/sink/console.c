/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output for people.  It knows roles and colours, and nothing of what
 * the text says. */
#include "core/sink/console.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/flow_key.h"
#include "core/base/timestamp.h"
#include "core/base/write.h"
#include "core/sink/name.h"
#include "core/sink/parcel.h"

#define BUFFER_MOST 65536u
#define COLOUR_OFF "\033[0m"

/* Flags of a piece. */
#define WANTS_FRESH 0x1u /* it starts on a line of its own  */
#define ENDS_FRESH 0x2u  /* behind it a new line starts     */
#define ENDS_WITHIN 0x4u /* behind it the line goes on      */

struct console {
	struct outlet outlet;
	struct console_config config;
	struct counters *counters;
	struct buffer out;
	struct buffer record; /* of console_put()                */
	uint64_t waiting;     /* records in out                  */
	uint64_t first_ns;    /* where relative time begins      */
	bool fresh;           /* the cursor is at a line's start */
	int error;            /* errno of the write that failed  */
};

static void take(
    struct outlet *outlet, const struct piece *piece, const uint8_t *bytes)
{
	struct console *console = (struct console *)(void *)outlet;
	size_t before = console->out.length;

	if (piece->flags & WANTS_FRESH && !console->fresh)
		buffer_append_byte(&console->out, '\n');
	buffer_append(&console->out, bytes, piece->length);
	if (console->out.failed || console->error != 0) {
		/* Whole or not at all. */
		console->out.failed = false;
		console->out.length = before;
		console->counters->value[COUNTER_CONSOLE_DROPPED]++;
		return;
	}
	if (piece->flags & (ENDS_FRESH | ENDS_WITHIN))
		console->fresh = (piece->flags & ENDS_FRESH) != 0;
	console->waiting++;
	if (console->config.flush || console->out.length >= BUFFER_MOST)
		console_flush(console);
}

struct outlet *console_outlet(struct console *console)
{
	return &console->outlet;
}

struct console *console_open(
    const struct console_config *config, struct counters *counters)
{
	struct console *console = calloc(1, sizeof(*console));

	if (console == NULL)
		return NULL;
	console->outlet.take = take;
	console->config = *config;
	console->counters = counters;
	console->fresh = true;
	return console;
}

void console_begin(struct console *console, uint64_t ts_ns)
{
	console->first_ns = ts_ns;
}

void console_flush(struct console *console)
{
	enum counter outcome;

	if (console->error == 0)
		console->error = write_all(console->config.descriptor,
		    console->out.bytes, console->out.length);
	outcome = console->error == 0 ? COUNTER_CONSOLE_RECORDS
				      : COUNTER_CONSOLE_DROPPED;
	console->counters->value[outcome] += console->waiting;
	console->waiting = 0;
	buffer_reset(&console->out);
}

bool console_failed(const struct console *console)
{
	return console->error != 0;
}

int console_error(const struct console *console)
{
	return console->error;
}

/* Of the 16 that are readable on dark and on light.  As classic, the client's
 * side is blue and the server's red. */
static const char *colour_of(
    const struct console *console, uint32_t role, uint32_t direction)
{
	bool server = direction == TCPFLOW_S2C;

	switch (role) {
	case TCPFLOW_ROLE_META:
		return "\033[2m";
	case TCPFLOW_ROLE_START:
		return server ? "\033[1;31m" : "\033[1;34m";
	case TCPFLOW_ROLE_NAME:
		return server ? "\033[31m" : "\033[34m";
	case TCPFLOW_ROLE_ALERT:
		return "\033[1;35m";
	case TCPFLOW_ROLE_BODY:
		/* A wire shown as it is has nothing else to tell its sides. */
		if (console->config.addresses)
			return server ? "\033[31m" : "\033[34m";
		return NULL;
	default:
		return NULL;
	}
}

static void put_time(
    const struct console *console, struct buffer *out, uint64_t ns)
{
	char text[TIMESTAMP_ROOM];

	switch (console->config.time) {
	case CONSOLE_TIME_NONE:
		return;
	case CONSOLE_TIME_RELATIVE:
		timestamp_relative(text, ns, console->first_ns);
		break;
	case CONSOLE_TIME_LOCAL:
		timestamp_local(text, ns);
		break;
	case CONSOLE_TIME_UTC:
		timestamp_utc(text, ns);
		break;
	case CONSOLE_TIME_EPOCH:
		timestamp_epoch(text, ns);
		break;
	}
	buffer_append_text(out, text);
	buffer_append_byte(out, ' ');
}

static bool has_addresses(
    const struct console *console, const struct console_record *record)
{
	return console->config.addresses && record->source.family != 0;
}

/* Whether anything stands in front of the record. */
static bool has_prefix(
    const struct console *console, const struct console_record *record)
{
	return has_addresses(console, record) ||
	    console->config.time != CONSOLE_TIME_NONE;
}

static void put_prefix(const struct console *console, struct buffer *out,
    const struct console_record *record)
{
	static const char header[] = "%A.%a-%B.%b%V%v";
	const struct name_facts facts = {
	    .source = record->source,
	    .destination = record->destination,
	    .vlan = record->vlan,
	};

	if (console->config.colour)
		buffer_append_text(out,
		    colour_of(console, TCPFLOW_ROLE_META, record->direction));
	put_time(console, out, record->ts_ns);
	if (has_addresses(console, record)) {
		name_expand(out, header, &facts, 0);
		if (!out->failed)
			out->length--; /* the name's NUL */
		buffer_append_text(out, ": ");
	}
	if (console->config.colour)
		buffer_append_text(out, COLOUR_OFF);
}

static void put_span(const struct console *console, struct buffer *out,
    const struct tcpflow_span *span, const char *colour, struct escape *escape,
    bool last)
{
	bool raw = console->config.binary && span->flags & TCPFLOW_SPAN_RAW;

	if (colour != NULL)
		buffer_append_text(out, colour);
	if (raw)
		buffer_append(out, span->ptr, span->len);
	else
		escape_append(escape, out, span->ptr, span->len);
	if (!raw && !(last && span->flags & TCPFLOW_SPAN_CONTINUED))
		escape_finish(escape, out);
	if (colour != NULL)
		buffer_append_text(out, COLOUR_OFF);
}

/* How the text of the spans ends. */
static uint32_t ends(const struct tcpflow_span *spans, size_t count)
{
	while (count > 0 && spans[count - 1].len == 0)
		count--;
	if (count == 0)
		return 0;
	spans += count - 1;
	return ((const uint8_t *)spans->ptr)[spans->len - 1] == '\n'
	    ? ENDS_FRESH
	    : ENDS_WITHIN;
}

uint32_t console_render(const struct console *console, struct buffer *out,
    const struct console_record *record, const struct tcpflow_span *spans,
    size_t count)
{
	struct escape own = {0};
	struct escape *escape = record->carry != NULL ? record->carry : &own;
	uint32_t flags = ends(spans, count);

	if (has_prefix(console, record)) {
		put_prefix(console, out, record);
		flags |= WANTS_FRESH;
	}
	for (size_t i = 0; i < count; i++)
		put_span(console, out, &spans[i],
		    console->config.colour
			? colour_of(console, spans[i].role, record->direction)
			: NULL,
		    escape, i + 1 == count);
	return flags;
}

void console_put(struct console *console, const struct console_record *record,
    const struct tcpflow_span *spans, size_t count)
{
	struct piece piece = {0};

	buffer_reset(&console->record);
	piece.flags = console_render(
	    console, &console->record, record, spans, count);
	piece.length = console->record.length;
	if (console->record.failed)
		console->counters->value[COUNTER_CONSOLE_DROPPED]++;
	else
		take(&console->outlet, &piece, console->record.bytes);
}

void console_close(struct console **handle)
{
	struct console *console = *handle;

	if (console == NULL)
		return;
	*handle = NULL;
	/* A shell's prompt starts on a line of its own. */
	if (!console->fresh && console->config.addresses)
		buffer_append_byte(&console->out, '\n');
	console_flush(console);
	buffer_free(&console->out);
	buffer_free(&console->record);
	free(console);
}
