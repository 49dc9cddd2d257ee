/* SPDX-License-Identifier: BSD-2-Clause */
/* A source, and the team that works on what it brings.  A run has one, or live as many
 * as workers, which share only what is in `traffic`.
 *
 *	source -> lane -> team
 *
 * A lane is on one thread at a time. */
#ifndef CORE_ENGINE_LANE_H
#define CORE_ENGINE_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/capture/source.h"
#include "core/engine/team.h"

/* What all lanes of a run have in common. */
struct traffic {
	uint64_t packets_most; /* after the filter; 0: all        */
	uint64_t duration_ns;  /* of packet time; 0: no end       */
	struct outlets *outlets;
	const struct host *host;  /* whose plugins may want the end  */
	_Atomic uint64_t taken;   /* packets behind the filter       */
	atomic_bool stopped;      /* before the sources' end    */
	_Atomic uint64_t stop_ns; /* live: when somebody asked  */
				  /* for the end; 0: nobody has */
};

struct lane {
	struct traffic *traffic;
	struct source *source; /* opened with lane_source_ops and this */
	struct team team;
	bool begun;        /* a packet has come               */
	uint64_t first_ns; /* then: of the run's first one    */
	bool failed;       /* the source has                  */
	bool damaged;      /* or is, or of an unknown kind    */
};

extern const struct source_ops lane_source_ops;

/* Somebody asks for the end: files are left where they are; live, what the kernel has
 * captured until now is taken, for some seconds at most. */
void traffic_end(struct traffic *traffic, bool live);

/* Brings some packets to the team, or waits for them at most 100 ms.  False: no more
 * come. */
bool lane_step(struct lane *lane);

#endif
