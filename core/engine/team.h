/* SPDX-License-Identifier: BSD-2-Clause */
/* All workers of a lane, as its thread sees them: one, which works as it is told, or
 * several on threads of their own.  What comes out is the same for any number.
 *
 *	packets -> dispatcher -> load -> worker, worker... -> parcels -> outlets
 */
#ifndef CORE_ENGINE_TEAM_H
#define CORE_ENGINE_TEAM_H

#include "core/engine/crew.h"
#include "core/engine/dispatcher.h"
#include "core/engine/outlets.h"

struct team {
	struct dispatcher dispatcher;
	struct worker *workers;
	unsigned count;    /* of workers                      */
	unsigned opened;   /* of these                        */
	struct crew *crew; /* NULL: the only worker is ours   */
	struct load *load; /* and this is its load            */
	struct outlets *outlets;
	size_t memory; /* as in the configuration         */
};

struct team_config {
	unsigned workers; /* 1 to WORKERS_MOST               */
	unsigned first;   /* index of its first worker among */
	unsigned all;     /* so many of the run              */
	size_t memory;    /* bytes, for everything of the run */
	struct flow_config flow;
	struct outlets_config outlets;
	unsigned digests; /* DIGEST_BIT() of those wanted    */
	enum decode_tunnels tunnels;
	enum decode_checksums checksums;
	struct host *host;
	const struct log *log;
};

/* Opens workers and their files.  Anything but HOST_OK is logged; team_close() is needed
 * in any case. */
enum host_result team_open(struct team *team, struct outlets *outlets,
    const struct team_config *config);
/* Workers of plugins begin: where there are several, on threads of their own, which
 * have the rights that are left by then.  False: logged. */
bool team_start(struct team *team, const struct log *log);

/* Packets in their order, which are not needed afterwards. */
void team_packets(
    struct team *team, const struct packet *packets, size_t count);

/* Until all of them are worked on, and what came of it is out. */
void team_rest(struct team *team);

/* Nothing comes: files get what was written to them. */
void team_flush(struct team *team);

/* Live, with one worker: at most once a second; and packet time goes on by the
 * clock. */
void team_flush_sometimes(struct team *team);
void team_advance(struct team *team, uint64_t ts_ns);

/* No more packets: all flows end, then the workers of plugins, in order. */
void team_end_flows(struct team *team);
void team_end_plugins(struct team *team);

/* Adds what was counted; nobody must be working. */
void team_count(const struct team *team, struct counters *counters);
/* A disk has failed. */
bool team_failed(const struct team *team);

void team_close(struct team *team);

#endif
