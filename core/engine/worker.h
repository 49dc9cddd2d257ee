/* SPDX-License-Identifier: BSD-2-Clause */
/* One worker: packets in, and all that they lead to.
 *
 *	packet -> decode -> flow table -> host worker -> plugins -> sinks
 *
 * A worker shares nothing with another but read-only configuration. */
#ifndef CORE_ENGINE_WORKER_H
#define CORE_ENGINE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/counters.h"
#include "core/base/packet.h"
#include "core/decode/decoder.h"
#include "core/flow/table.h"
#include "core/host/host.h"

struct worker {
	struct memory memory;
	struct counters counters;
	struct decoder decoder;
	struct flow_table *flows;
	struct host *plugins;
	struct host_worker *host;
	struct output *output;
	struct console *console;
	struct records *records;
	const struct log *log;
	bool foreign;      /* a link type was not known       */
	uint64_t now_ns;   /* packet time                     */
	uint64_t packet;   /* number of the latest packet     */
	uint64_t flush_ns; /* when files are flushed next     */
};

struct worker_config {
	uint32_t index;
	size_t memory;           /* bytes, for everything           */
	struct flow_config flow; /* timeouts and limits             */
	const struct output_config *output;   /* NULL: no files          */
	const struct console_config *console; /* NULL: no console        */
	const struct records_config *records; /* NULL: no records        */
	unsigned digests;                     /* DIGEST_BIT() of those wanted */
	enum decode_tunnels tunnels;
	enum decode_checksums checksums;
	struct host *host;
	const struct log *log;
};

/* Opens outputs and workers of plugins.  Anything but HOST_OK is logged. */
enum host_result worker_open(
    struct worker *worker, const struct worker_config *config);

/* Packets in their order. */
void worker_packets(
    struct worker *worker, const struct packet *packets, size_t count);

/* No packet came, but packet time goes on. */
void worker_advance(struct worker *worker, uint64_t ts_ns);

/* Files get what was written to them, since somebody may look at them, or kill
 * us: where nothing comes now; else at most once a second. */
void worker_flush(struct worker *worker, bool quiet);

/* Ends all flows: everything is delivered and closed. */
void worker_finish(struct worker *worker);

/* Closes outputs.  Main thread, after worker_finish(). */
void worker_close(struct worker *worker);

#endif
