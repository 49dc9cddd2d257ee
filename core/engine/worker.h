/* SPDX-License-Identifier: BSD-2-Clause */
/* One worker: its share of the segments in, and all that they lead to.
 *
 *	load -> flow table -> host worker -> plugins -> files
 *	                                            \-> parcel: console, records
 *
 * A worker shares nothing with another but read-only configuration and the loads,
 * which it only reads.  It is on one thread at a time. */
#ifndef CORE_ENGINE_WORKER_H
#define CORE_ENGINE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine/load.h"
#include "core/flow/table.h"

struct worker_config {
	uint32_t index;          /* among all of the run           */
	uint32_t place;          /* among those of its team        */
	size_t memory;           /* bytes, for everything          */
	struct flow_config flow; /* timeouts and limits             */
	const struct output_config *output; /* NULL: no files            */
	struct console *console;            /* NULL: no console          */
	struct records *records;            /* NULL: no records          */
	unsigned digests; /* DIGEST_BIT() of those wanted    */
	struct host *host;
	const struct log *log;
};

struct worker {
	uint32_t place;
	struct memory memory;
	struct counters counters;
	struct flow_table *flows;
	struct host_worker *host;
	struct output *output;
	struct parcel parcel;  /* what it writes for all to see   */
	uint64_t turn;         /* of what is written now          */
	uint64_t now_ns;       /* packet time                     */
	uint64_t packet;       /* number of the latest packet     */
	uint64_t flows_due_ns; /* as flow_table_advance() has it  */
	uint64_t flush_ns;     /* when files are flushed next     */
	struct worker_config config;
};

/* Opens files.  Anything but HOST_OK is logged; the two that close are needed in any
 * case. */
enum host_result worker_open(
    struct worker *worker, const struct worker_config *config);

/* On the thread that will call worker_take(), while no other worker does anything: the
 * workers of plugins begin.  Anything but HOST_OK is logged. */
enum host_result worker_start(struct worker *worker);

/* Does what the load asks for.  What it wrote is in load->parcels then. */
void worker_take(struct worker *worker, struct load *load);

/* No packet came, but packet time goes on. */
void worker_advance(struct worker *worker, uint64_t ts_ns);

/* Files get what was written to them, since somebody may look at them, or kill
 * us: where nothing comes now; else at most once a second. */
void worker_flush(struct worker *worker, bool quiet);

/* Main thread, after LOAD_END: the workers of plugins, which may write to files, then
 * the files. */
void worker_close_plugins(struct worker *worker);
void worker_close(struct worker *worker);

#endif
