/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers on threads of their own.  Loads go round in a ring: filled by the main thread,
 * worked on by all workers, delivered by the main thread in the order in which they
 * were sent, and filled again.
 *
 *	        delivered      taken by worker 1   by worker 0   sent
 *	ring  [ free ........ | done ... | ......... | ...... | free ]
 *
 * Only the main thread calls these. */
#ifndef CORE_ENGINE_CREW_H
#define CORE_ENGINE_CREW_H

#include "core/engine/worker.h"

struct crew;

/* Starts a thread for each worker, on which its plugins begin; they live as long as the
 * crew.  What its loads hold may have so many bytes.  NULL: logged. */
struct crew *crew_open(struct worker *workers, unsigned count,
    size_t bytes_most, const struct log *log);

/* A load to be filled.  Where all are in use, or have too many bytes, waits for the
 * oldest one. */
struct load *crew_load(struct crew *crew);

/* The load that crew_load() has given is for all workers. */
void crew_send(struct crew *crew);

/* Waits until all that was sent is done and delivered.  Then nobody works, and
 * what workers have may be looked at. */
void crew_rest(struct crew *crew);

/* Ends the threads, behind all that was sent. */
void crew_close(struct crew **crew);

#endif
