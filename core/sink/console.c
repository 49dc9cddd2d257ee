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

#define BUFFER_MOST 65536u
#define COLOUR_OFF "\033[0m"

struct console {
	struct console_config config;
	struct counters *counters;
	struct buffer out;
	uint64_t waiting;  /* records in out                  */
	uint64_t first_ns; /* of the first record             */
	bool started;      /* first_ns is set                 */
	bool fresh;        /* the cursor is at a line's start */
	int error;         /* errno of the write that failed  */
};

struct console *console_open(
    const struct console_config *config, struct counters *counters)
{
	struct console *console = calloc(1, sizeof(*console));

	if (console == NULL)
		return NULL;
	console->config = *config;
	console->counters = counters;
	console->fresh = true;
	return console;
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

static void put_time(struct console *console, uint64_t ns)
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
	buffer_append_text(&console->out, text);
	buffer_append_byte(&console->out, ' ');
}

/* What stands in front of a record, if the user wants anything there. */
static void put_prefix(
    struct console *console, const struct console_record *record)
{
	static const char header[] = "%A.%a-%B.%b%V%v";
	const struct name_facts facts = {
	    .source = record->source,
	    .destination = record->destination,
	    .vlan = record->vlan,
	};
	bool addresses = console->config.addresses &&
	    record->source.family != 0;

	if (!addresses && console->config.time == CONSOLE_TIME_NONE)
		return;
	if (!console->fresh)
		buffer_append_byte(&console->out, '\n');
	if (console->config.colour)
		buffer_append_text(&console->out,
		    colour_of(console, TCPFLOW_ROLE_META, record->direction));
	put_time(console, record->ts_ns);
	if (addresses) {
		name_expand(&console->out, header, &facts, 0);
		if (!console->out.failed)
			console->out.length--; /* the name's NUL */
		buffer_append_text(&console->out, ": ");
	}
	if (console->config.colour)
		buffer_append_text(&console->out, COLOUR_OFF);
}

static void put_span(struct console *console, const struct tcpflow_span *span,
    const char *colour, struct escape *escape, bool last)
{
	bool raw = console->config.binary && span->flags & TCPFLOW_SPAN_RAW;

	if (colour != NULL)
		buffer_append_text(&console->out, colour);
	if (raw)
		buffer_append(&console->out, span->ptr, span->len);
	else
		escape_append(escape, &console->out, span->ptr, span->len);
	if (!raw && !(last && span->flags & TCPFLOW_SPAN_CONTINUED))
		escape_finish(escape, &console->out);
	if (colour != NULL)
		buffer_append_text(&console->out, COLOUR_OFF);
	if (span->len > 0)
		console->fresh = ((const uint8_t *)span->ptr)[span->len - 1] ==
		    '\n';
}

void console_put(struct console *console, const struct console_record *record,
    const struct tcpflow_span *spans, size_t count)
{
	struct escape own = {0};
	struct escape *escape = record->carry != NULL ? record->carry : &own;
	size_t before = console->out.length;
	bool fresh = console->fresh;

	if (!console->started) {
		console->started = true;
		console->first_ns = record->ts_ns;
	}
	put_prefix(console, record);
	for (size_t i = 0; i < count; i++)
		put_span(console, &spans[i],
		    console->config.colour
			? colour_of(console, spans[i].role, record->direction)
			: NULL,
		    escape, i + 1 == count);
	if (console->out.failed || console->error != 0) {
		/* Whole or not at all. */
		console->out.failed = false;
		console->out.length = before;
		console->fresh = fresh;
		console->counters->value[COUNTER_CONSOLE_DROPPED]++;
		return;
	}
	console->waiting++;
	if (console->config.flush || console->out.length >= BUFFER_MOST)
		console_flush(console);
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
	free(console);
}
