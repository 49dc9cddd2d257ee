/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes from the one who reads to the workers: some packets, decoded, and for each
 * worker which segments are its own.  Every worker gets every load, in the same
 * order, since packet time goes on for all of them; while they work on it, a load
 * is only read.
 *
 *	moments   [#1][#2][#3][#4]...     every packet, whatever it is
 *	segments  [  ][  ][  ]            those of TCP, which point into regions
 *
 * The parcels come back with what each worker wrote. */
#ifndef CORE_ENGINE_LOAD_H
#define CORE_ENGINE_LOAD_H

#include <stdint.h>

#include "core/base/region.h"
#include "core/decode/decoder.h"
#include "core/host/host.h"
#include "core/sink/parcel.h"

#define LOAD_MOST 128u
#define WORKERS_MOST PARCELS_MOST

enum load_kind {
	LOAD_PACKETS,
	LOAD_FLUSH, /* files get what was written to them */
	LOAD_END    /* no more packets: flows end        */
};

/* Packet time is that of the latest packet until then. */
struct moment {
	uint64_t now_ns;
	uint64_t packet; /* its number                     */
};

struct load {
	enum load_kind kind;
	uint64_t end_before; /* LOAD_END: flows that began there */
	size_t moment_count;
	size_t segment_count;
	struct moment moments[LOAD_MOST];
	struct segment segments[LOAD_MOST];
	uint8_t moment_of[LOAD_MOST]; /* of each segment            */
	uint8_t worker_of[LOAD_MOST]; /* likewise                   */
	/* Of the one who reads. */
	struct region *regions[LOAD_MOST]; /* that segments point into */
	size_t region_count;
	struct list datagrams; /* likewise                        */
	size_t bytes;          /* of memory that it alone holds   */
	/* Of the worker with that index, until all are done. */
	struct parcel parcels[WORKERS_MOST];
	uint64_t end_next[WORKERS_MOST]; /* LOAD_END: what is due next */
	unsigned pending; /* workers that are not done (crew.c) */
};

#endif
