/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output for people: whole records of spans, coloured by their role,
 * with everything that could drive a terminal escaped.  One record is never
 * mixed with another. */
#ifndef CORE_SINK_CONSOLE_H
#define CORE_SINK_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpflow/host.h>

#include "core/base/counters.h"
#include "core/base/escape.h"

struct console;
struct outlet;

enum console_time {
	CONSOLE_TIME_NONE,
	CONSOLE_TIME_RELATIVE, /* to the first packet             */
	CONSOLE_TIME_LOCAL,
	CONSOLE_TIME_UTC,
	CONSOLE_TIME_EPOCH
};

struct console_config {
	int descriptor;
	bool colour;
	bool binary;    /* RAW spans go out as they are    */
	bool addresses; /* "SRC-DST: " before each record  */
	bool flush;     /* each record at once             */
	enum console_time time;
};

/* About one record. */
struct console_record {
	struct tcpflow_addr source;
	struct tcpflow_addr destination;
	uint32_t vlan;
	uint32_t direction; /* TCPFLOW_C2S, S2C or DIR_NONE    */
	uint64_t ts_ns;
	struct escape *carry; /* for text that goes on in the    */
			      /* next record; NULL: none         */
};

/* NULL: out of memory. */
struct console *console_open(
    const struct console_config *config, struct counters *counters);

/* Where CONSOLE_TIME_RELATIVE begins; before the first record. */
void console_begin(struct console *console, uint64_t ts_ns);

/* Appends the record as it is shown; out->failed: out of memory.  Changes nothing of
 * the console, so that any thread may call it.  Returns flags of a piece for
 * console_outlet(). */
uint32_t console_render(const struct console *console, struct buffer *out,
    const struct console_record *record, const struct tcpflow_span *spans,
    size_t count);
struct outlet *console_outlet(struct console *console);

/* Both at once.  Always takes the record: what cannot be written is counted as
 * dropped. */
void console_put(struct console *console, const struct console_record *record,
    const struct tcpflow_span *spans, size_t count);

void console_flush(struct console *console);

/* The reader went away (EPIPE) or a write failed; nothing more is written. */
bool console_failed(const struct console *console);

/* errno of that failure. */
int console_error(const struct console *console);

void console_close(struct console **console);

#endif
