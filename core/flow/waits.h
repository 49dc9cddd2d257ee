/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for bytes that were acknowledged before they were seen: late capture
 * brings them within 500 ms of packet time or 256 packets of the connection, or
 * they are lost. */
#ifndef CORE_FLOW_WAITS_H
#define CORE_FLOW_WAITS_H

#include "core/flow/connection.h"

#define WAIT_NS UINT64_C(500000000)
#define WAIT_PACKETS 256u

/* Ends and begins the waits of a connection after each change; what waited for
 * too many packets is declared lost. */
void waits_update(struct connection *connection);

/* The connection whose wait is over at packet time, or NULL; what it waited
 * for has been declared lost. */
struct connection *waits_expire_next(
    struct connection_environment *environment);

/* When the next wait is over; UINT64_MAX: none. */
uint64_t waits_due(const struct connection_environment *environment);

/* The connection goes away. */
void waits_cancel(struct connection *connection);

/* Nothing more will come: makes one step where the connection stands still, by
 * declaring a hole lost or waiving an order.  False: nothing is pending. */
bool waits_force(struct connection *connection);

#endif
