/* SPDX-License-Identifier: BSD-2-Clause */
/* From packets to loads: decodes, and says whose each segment is.  Both directions of a
 * connection are one worker's, and so are all with the same two ends, since their
 * files share a name.  Belongs to the thread that reads. */
#ifndef CORE_ENGINE_DISPATCHER_H
#define CORE_ENGINE_DISPATCHER_H

#include "core/base/hash.h"
#include "core/engine/load.h"

struct dispatcher {
	struct decoder decoder;
	struct budget fragments;
	struct counters counters;
	struct hash_multipliers secret; /* of the workers' flow tables */
	struct hash_multipliers ends;   /* by which they share     */
	unsigned workers;
	uint64_t now_ns; /* packet time                     */
	bool foreign;    /* a link type was not known       */
	const struct log *log;
};

struct dispatcher_config {
	enum decode_tunnels tunnels;
	enum decode_checksums checksums;
	size_t memory; /* bytes, for fragments            */
	unsigned workers;
	const struct log *log;
};

void dispatcher_open(
    struct dispatcher *dispatcher, const struct dispatcher_config *config);
void dispatcher_close(struct dispatcher *dispatcher);

/* Makes a load of packets, at most LOAD_MOST.  `keep`: it outlasts the call that
 * brought them, so that it holds their regions. */
void dispatcher_fill(struct dispatcher *dispatcher, struct load *load,
    const struct packet *packets, size_t count, bool keep);

/* All that the load's segments point at is let go. */
void load_release(struct load *load);

#endif
