/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin's sink, as the two files that make sinks see it.
 *
 *	service_sink.c   every sink: its file, what is written, how it ends
 *	run_sink.c       sinks of the run: they may be older than the output
 *	                 directory, and take whole pieces where they are SHARED */
#ifndef CORE_HOST_SINK_H
#define CORE_HOST_SINK_H

#include "core/host/private.h"

#define SINK_MAGIC 0x73696e6bu

struct run_sink;

/* What each write looks at stands in front. */
struct tcpflow_sink {
	uint32_t magic;
	uint32_t flags; /* as it was opened                */
	struct tcpflow_scope *scope;
	struct file *file;    /* NULL: swallows, or comes later  */
	struct run_sink *run; /* the run's, where files are      */
	/* wanted; else NULL               */
	uint64_t end;       /* behind the last byte            */
	bool capped;        /* nothing ever after              */
	bool verbatim;      /* holds a direction as it came    */
	uint32_t direction; /* where verbatim                  */
	struct list link;   /* in the scope                    */
	uint64_t bytes;     /* swallowed                       */
};

int32_t sink_status(enum file_result result);
uint32_t sink_file_flags(const struct tcpflow_sink *sink);

/* Keeps what is needed to make the file later.  OK or ENOMEM. */
int32_t run_sink_open(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec);

/* The file is made, where the outputs are there by now, and gets what came
 * before; else sink->file stays NULL. */
int32_t run_sink_prepare(struct tcpflow_sink *sink);

/* Bytes that cannot have a file yet.  OK or ENOMEM. */
int32_t run_sink_keep(
    struct tcpflow_sink *sink, const void *bytes, size_t length);

/* What stands at the end of a SHARED file, and at the beginning where no piece
 * came. */
int32_t run_sink_complete(struct tcpflow_sink *sink);
void run_sink_close(struct tcpflow_sink *sink);

/* service_sink.c: behind all that was written. */
int32_t sink_write(struct tcpflow_sink *sink, const void *bytes, size_t length);

#endif
