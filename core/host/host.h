/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugin host: loads plugins, gives them their services, and brings each
 * stream to the plugin that takes it.
 *
 *	host          the run: plugins in -P order, their instances
 *	  worker      one thread's share: worker states, streams, alarms
 *	    stream    one conversation: owner, observers, probe buffer
 *
 * Threads: everything with `struct host` on the main thread; everything with
 * a worker on its thread, but for host_worker_close(), main after the join. */
#ifndef CORE_HOST_HOST_H
#define CORE_HOST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpflow/types.h>

#include "core/base/budget.h"
#include "core/base/counters.h"
#include "core/base/log.h"
#include "core/flow/events.h"
#include "core/sink/console.h"
#include "core/sink/output.h"
#include "core/sink/parcel.h"
#include "core/sink/records.h"

/* The version of the plugin ABI that this host speaks. */
#define HOST_ABI_MAJOR 1
#define HOST_ABI_MINOR 0

struct host;
struct host_worker;

struct host_config {
	const char *plugin_dir; /* --plugin-dir, or NULL           */
	const char *version;    /* of the program                  */
	uint32_t outputs;       /* TCPFLOW_OUT_*                   */
	uint32_t columns;       /* of the terminal; 0: there is none */
	const struct log *log;
};

enum host_result {
	HOST_OK,
	HOST_USAGE, /* the user's mistake: exit 2      */
	HOST_FAILED /* the environment's: exit 1       */
};

/* False: out of memory. */
bool host_create(struct host **host, const struct host_config *config);

/* -P NAME[:k=v[,k=v...]]: finds, checks and loads the plugin, creates its
 * instance and keeps the values for host_ready().  The order of calls is the
 * order in which streams are offered.  Failures are logged. */
enum host_result host_load(struct host *host, const char *specification);

/* -S NAME.key=value, for a plugin that is loaded (or will be, before ready). */
enum host_result host_set(struct host *host, const char *setting);

/* The same for each plugin that has the key.  USAGE: none has. */
enum host_result host_set_all(
    struct host *host, const char *key, const char *value);

/* A plugin wants no more packets. */
bool host_stop_asked(const struct host *host);

/* Presets, values and ready for all plugins, in order. */
enum host_result host_ready(struct host *host);

/* -P list and -P help:NAME, on standard output. */
enum host_result host_list(const struct host_config *config);
enum host_result host_help(const struct host_config *config, const char *name);

/* What each stream takes, in bytes; after host_ready().  Who opens streams counts
 * it among what a connection takes. */
size_t host_stream_bytes(const struct host *host);

/* One thread's share.  What it is given lives until host_finish() or
 * host_abandon(). */
struct host_worker_config {
	uint32_t index;
	struct output *output;   /* NULL: no files are wanted       */
	struct console *console; /* NULL: no console is wanted      */
	struct records *records; /* NULL: no records are wanted     */
	unsigned digests;        /* DIGEST_BIT() of those wanted    */
	struct memory *memory;
	struct counters *counters;
	/* Where what it writes for all to see waits for its turn, which is that of
	 * the packet with the number *packet; NULL: it goes out at once. */
	struct parcel *parcel;
	const uint64_t *packet;
};

/* What the run itself writes to, where that is not what its only worker does: only
 * members up to counters count.  Before the first worker. */
void host_run_outlets(
    struct host *host, const struct host_worker_config *config);

enum host_result host_worker_open(struct host_worker **worker,
    struct host *host, const struct host_worker_config *config);

/* The way up for a flow table on this worker; its context is the worker. */
extern const struct flow_events host_flow_events;

/* Packet time has come to ts_ns, seen at packet number `packet`: alarms that
 * are due go off, in order of time, then of flow. */
void host_worker_advance(
    struct host_worker *worker, uint64_t ts_ns, uint64_t packet);

/* From now on what it writes goes out at once: nobody else writes any more. */
void host_worker_write_through(struct host_worker *worker);

/* When the next alarm is due; UINT64_MAX: none. */
uint64_t host_worker_due(const struct host_worker *worker);

/* Every stream must have been closed. */
void host_worker_close(struct host_worker **worker);

/* The run is over and its workers are closed: finish for each plugin that saw
 * it, where packets were read; then what plugins keep open for the run ends. */
void host_finish(struct host *host, const struct tcpflow_run *run);

/* The outputs go: what plugins still have open for the run is removed.  After
 * host_finish() nothing is. */
void host_abandon(struct host *host);

/* Calls show(context, name, value) for each counter that plugins keep, as
 * "plugin.name", summed over workers, sorted by name. */
void host_counters(const struct host *host,
    void (*show)(void *context, const char *name, uint64_t value),
    void *context);

void host_destroy(struct host **host);

#endif
