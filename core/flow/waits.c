/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for acknowledged bytes, and what happens when they do not come.  It
 * knows halves and deadlines, and nothing of TCP's flags. */
#include "core/flow/waits.h"

static void cancel(struct wait *wait)
{
	if (wait->upto != 0) {
		list_remove(&wait->link);
		wait->upto = 0;
	}
}

static void begin(struct connection *connection, struct side *side)
{
	struct connection_environment *environment = connection->environment;
	struct wait *wait = &side->wait;

	wait->upto = side->acknowledged;
	wait->deadline_ns = environment->now_ns + WAIT_NS;
	wait->deadline_packets = connection->packets + WAIT_PACKETS;
	list_append(&environment->waits, &wait->link);
	environment_due(environment, wait->deadline_ns);
	environment->counters->value[COUNTER_ACK_WAITS]++;
}

/* The bytes of `side` up to `upto` are given up, as far as they are missing.
 * False: none are missing at `next`. */
static bool give_up(
    struct connection *connection, struct side *side, uint64_t upto)
{
	const struct connection_environment *environment =
	    connection->environment;
	struct half *half = &side->half;

	/* Only the byte after the last one seen is missing.  It may be the FIN,
	 * which acknowledgements count: no gap, unless later data proves one.
	 */
	if (half->fin == HALF_NOWHERE && half->next == half->highest &&
	    upto == half->highest + 1) {
		if (half->waived >= upto)
			return false;
		half->waived = upto;
		return true;
	}
	return half_skip(half, upto, environment->now_ns, environment->packet);
}

/* What `side` waited for did not come. */
static void expire(struct connection *connection, struct side *side)
{
	struct side *other = &connection->side[!side->half.direction];
	uint64_t upto = side->wait.upto;

	cancel(&side->wait);
	while (half_reached(&side->half) < upto) {
		uint64_t wants = half_wants(&side->half);

		if (!give_up(connection, side, upto)) {
			/* No hole: its order holds it back.  The other side
			 * goes first if it waits for a hole of its own; where
			 * each holds the other, the order cannot be true. */
			if (other->wait.upto != 0 &&
			    half_wants(&other->half) <=
				half_reached(&side->half))
				break;
			if (wants <= half_reached(&other->half))
				break;
			half_concede(&side->half, half_reached(&other->half));
		}
		connection_settle(connection);
	}
}

/* A wait that is over is followed by the next at once: the other side's may be
 * over at the same packet, and must see that this one still waits. */
static void update(struct connection *connection, struct side *side)
{
	struct wait *wait = &side->wait;

	if (wait->upto != 0 && half_reached(&side->half) >= wait->upto)
		cancel(wait);
	else if (wait->upto != 0 &&
	    connection->packets >= wait->deadline_packets)
		expire(connection, side);
	if (wait->upto == 0 && side->acknowledged > half_reached(&side->half))
		begin(connection, side);
}

void waits_update(struct connection *connection)
{
	update(connection, &connection->side[0]);
	update(connection, &connection->side[1]);
}

static struct wait *first_wait(const struct connection_environment *environment)
{
	return list_empty(&environment->waits)
	    ? NULL
	    : list_entry(environment->waits.next, struct wait, link);
}

uint64_t waits_due(const struct connection_environment *environment)
{
	const struct wait *wait = first_wait(environment);

	return wait != NULL ? wait->deadline_ns : UINT64_MAX;
}

struct connection *waits_expire_next(struct connection_environment *environment)
{
	struct wait *wait = first_wait(environment);
	struct connection *connection;
	struct side *side;

	if (wait == NULL || wait->deadline_ns > environment->now_ns)
		return NULL;
	side = list_entry(wait, struct side, wait);
	connection = side->half.context;
	expire(connection, side);
	waits_update(connection);
	return connection;
}

void waits_cancel(struct connection *connection)
{
	cancel(&connection->side[0].wait);
	cancel(&connection->side[1].wait);
}

/* The packet of what stands first in the half. */
static uint64_t first_packet(const struct half *half)
{
	const struct piece *piece = store_first(&half->store);

	return piece != NULL ? piece->packet : half->fin_packet;
}

bool waits_force(struct connection *connection)
{
	struct side *side = &connection->side[0];
	struct side *other = &connection->side[1];

	if (!half_pending(&side->half) && !half_pending(&other->half))
		return false;
	if (!half_pending(&side->half) ||
	    (half_pending(&other->half) &&
		first_packet(&other->half) < first_packet(&side->half))) {
		side = &connection->side[1];
		other = &connection->side[0];
	}
	/* What came first goes first: over a hole of its own, over one that it
	 * has to wait for, or in spite of its order. */
	if (!give_up(connection, side, HALF_NOWHERE) &&
	    !give_up(connection, other, half_wants(&side->half)))
		half_concede(&side->half, half_reached(&other->half));
	return true;
}
