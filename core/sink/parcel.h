/* SPDX-License-Identifier: BSD-2-Clause */
/* What workers have written for all to see, until it is its turn.  Each worker
 * collects pieces in a parcel; the parcels of all workers about the same packets are
 * delivered as one:
 *
 *	worker 0: [#4 flow 1][#9 flow 2] --+
 *	                                   +--> #4 #7 #9 #9 ... --> outlets
 *	worker 1: [#7 flow 3][#9 flow 5] --+
 *
 * The order is that of the packet at which a piece was decided, then of its flow, then
 * that in which the flow's pieces were written: so it does not depend on how many
 * workers there are.  A parcel belongs to one thread at a time. */
#ifndef CORE_SINK_PARCEL_H
#define CORE_SINK_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"

#define PARCELS_MOST 64u /* that are delivered as one       */

struct piece;

/* Where pieces go: the console, the file of records, a file of the run.  Embedded in
 * what it stands for. */
struct outlet {
	void (*take)(struct outlet *outlet, const struct piece *piece,
	    const uint8_t *bytes);
};

struct piece {
	struct outlet *outlet;
	uint64_t packet; /* number of the packet at hand    */
	uint64_t flow;   /* its id; 0: of no flow           */
	size_t at;       /* in the parcel's bytes           */
	size_t length;
	uint32_t flags; /* between who writes and the outlet */
};

struct parcel {
	struct buffer bytes;
	struct piece *pieces;
	size_t count;
	size_t room;
	bool shuffled; /* pieces are not in order yet     */
};

/* Adds a copy of the bytes; piece->at and length are set here.  False: out of
 * memory, nothing was added. */
bool parcel_add(struct parcel *parcel, const struct piece *piece,
    const void *bytes, size_t length);

/* Brings all pieces of `count` parcels, at most PARCELS_MOST, to their
 * outlets, and empties them. */
void parcels_deliver(struct parcel *const *parcels, size_t count);

void parcel_free(struct parcel *parcel);

#endif
