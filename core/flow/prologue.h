/* SPDX-License-Identifier: BSD-2-Clause */
/* The first packets of a connection of which a SYN or SYN-ACK was not captured
 * when the first data came.  They may have been captured in any order, and only the lowest sequence number of each end
 * tells where its stream begins:
 *
 *	b a c | d    offset 0 is a, though b came first
 *	      ^ the prologue is over
 *
 * So they are held, for 50 ms of packet time or until there are more than a
 * capture shuffles, and then taken in. */
#ifndef CORE_FLOW_PROLOGUE_H
#define CORE_FLOW_PROLOGUE_H

#include "core/flow/connection.h"

#define PROLOGUE_NS UINT64_C(50000000)
#define PROLOGUE_PACKETS 64u
#define PROLOGUE_BYTES (1u << 17)

static inline bool prologue_holds(const struct connection *connection)
{
	return connection->prologue != NULL;
}

/* Whether a segment may be for the prologue. */
static inline bool prologue_wants(const struct connection *connection)
{
	return connection->packets == 0 || connection->prologue != NULL;
}

/* Holds a copy of a segment that matches, and takes it in later.  False: the
 * connection has no prologue, or it has just ended; the segment is for
 * connection_receive(). */
bool prologue_hold(
    struct connection *connection, const struct segment *segment);

/* As connection_matches(), while there is a prologue. */
enum connection_match prologue_matches(
    const struct connection *connection, const struct segment *segment);

/* Takes in what is held, if there is a prologue. */
void prologue_end(struct connection *connection);

/* When the next prologue is over; UINT64_MAX: there is none. */
uint64_t prologue_due(const struct connection_environment *environment);

/* The connection whose prologue is over at packet time, which has been taken
 * in; or NULL. */
struct connection *prologue_expire_next(
    struct connection_environment *environment);

#endif
