/* SPDX-License-Identifier: BSD-2-Clause */
/* Holding the first packets of a connection that was joined midway.  It knows
 * where each end begins, and nothing of what the packets carry. */
#include "core/flow/prologue.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/sequence.h"

/* What stands this far in front of the first byte seen does not belong to it. */
#define REACH (INT32_C(1) << 20)

/* A segment with its payload behind it. */
struct held {
	struct list link;
	struct segment segment;
	uint8_t payload[];
};

/* What the held segments say of one end of the key. */
struct end {
	uint32_t lowest;          /* sequence number, where started  */
	uint32_t acknowledgement; /* the latest that it sent */
	bool started;
	bool heard;   /* it sent a packet */
	bool syn;     /* a SYN tells where it begins */
	bool certain; /* by bytes or a SYN, not a bare ACK */
	bool acknowledges;
};

struct prologue {
	struct list link; /* of the environment's, by deadline */
	struct connection *connection;
	struct list held;
	uint64_t deadline_ns;
	uint32_t count;
	uint32_t bytes;
	bool syn;
	struct end end[2]; /* of the key                      */
};

static struct budget *budget_of(const struct connection *connection)
{
	return connection->environment->half.limits.budget;
}

static void count_midstream(const struct connection *connection)
{
	connection->environment->counters->value[COUNTER_FLOWS_MIDSTREAM]++;
}

static struct prologue *begin(struct connection *connection)
{
	struct connection_environment *environment = connection->environment;
	const struct flow *flow = connection->flow;
	struct prologue *prologue = NULL;

	if (budget_take(budget_of(connection), sizeof(*prologue))) {
		prologue = calloc(1, sizeof(*prologue));
		if (prologue == NULL)
			budget_give(budget_of(connection), sizeof(*prologue));
	}
	if (prologue == NULL) {
		count_midstream(connection);
		return NULL;
	}
	prologue->connection = connection;
	prologue->deadline_ns = environment->now_ns + PROLOGUE_NS;
	environment_due(environment, prologue->deadline_ns);
	if (flow->syn) {
		prologue->syn = true;
		prologue->end[flow->client] = (struct end){
		    .lowest = flow->client_sequence + 1,
		    .started = true,
		    .heard = true,
		    .syn = true,
		};
	}
	list_init(&prologue->held);
	list_append(&environment->prologues, &prologue->link);
	connection->prologue = prologue;
	return prologue;
}

/* A keep-alive probe: nothing, or a byte of no meaning, before the next.  A FIN
 * is none. */
static bool is_probe(const struct end *other, const struct segment *segment)
{
	return !(segment->flags & SEGMENT_FIN) && segment->length <= 1 &&
	    other->acknowledges &&
	    other->acknowledgement == segment->sequence + 1;
}

static void note_start(struct end *end, uint32_t first, bool certain)
{
	int32_t before = sequence_distance(first, end->lowest);
	bool near = before > -REACH && before < REACH;

	if (end->syn)
		return;
	if (!end->started || (certain && (near ? before > 0 : !end->certain)))
		end->lowest = first;
	end->started = true;
	end->certain |= certain;
}

static void note(struct prologue *prologue, const struct segment *segment)
{
	struct end *end = &prologue->end[segment->from];
	struct end *other = &prologue->end[!segment->from];
	bool syn = (segment->flags & SEGMENT_SYN) != 0;

	end->heard = true;
	if (segment->flags & SEGMENT_RST)
		return; /* anybody may have sent it */
	if (syn) {
		note_start(end, segment->sequence + 1, true);
		end->syn = true;
	} else if (is_probe(other, segment))
		note_start(end, segment->sequence + 1, false);
	else
		note_start(end, segment->sequence,
		    segment->length > 0 || segment->missing > 0 ||
			(segment->flags & SEGMENT_FIN) != 0);
	prologue->syn |= syn;
	if (!(segment->flags & SEGMENT_ACK))
		return;
	if (syn)
		note_start(other, segment->acknowledgement, true);
	end->acknowledges = true;
	end->acknowledgement = segment->acknowledgement;
}

/* A SYN is what its end sent first. */
static void put(struct prologue *prologue, struct held *held)
{
	if (held->segment.flags & SEGMENT_SYN)
		list_append(prologue->held.next, &held->link);
	else
		list_append(&prologue->held, &held->link);
	prologue->count++;
	prologue->bytes += held->segment.length;
}

/* False: there is no room. */
static bool keep(struct prologue *prologue, const struct segment *segment)
{
	struct budget *budget = budget_of(prologue->connection);
	size_t cost = sizeof(struct held) + segment->length;
	struct held *held;

	if (segment->length > PROLOGUE_BYTES - prologue->bytes ||
	    !budget_take(budget, cost))
		return false;
	held = malloc(cost);
	if (held == NULL) {
		budget_give(budget, cost);
		return false;
	}
	held->segment = *segment;
	held->segment.payload = held->payload;
	if (segment->length > 0)
		memcpy(held->payload, segment->payload, segment->length);
	put(prologue, held);
	return true;
}

bool prologue_hold(struct connection *connection, const struct segment *segment)
{
	struct prologue *prologue = connection->prologue;
	bool kept;

	if (prologue == NULL) {
		if (segment->flags & SEGMENT_SYN)
			return false;
		prologue = begin(connection);
		if (prologue == NULL)
			return false;
	}
	note(prologue, segment);
	kept = keep(prologue, segment);
	if (!kept || prologue->count == PROLOGUE_PACKETS)
		prologue_end(connection);
	return kept;
}

enum connection_match prologue_matches(
    const struct connection *connection, const struct segment *segment)
{
	const struct prologue *prologue = connection->prologue;
	const struct end *end = &prologue->end[segment->from];
	const struct end *other = &prologue->end[!segment->from];
	int32_t distance = 0;

	if (!(segment->flags & SEGMENT_SYN))
		return CONNECTION_MATCH;
	if (end->started)
		distance = sequence_distance(
		    segment->sequence + 1, end->lowest);
	else if (other->acknowledges)
		distance = sequence_distance(
		    segment->sequence + 1, other->acknowledgement);
	if (end->syn)
		return distance == 0 ? CONNECTION_MATCH : CONNECTION_NEW;
	return distance >= 0 && distance < CONNECTION_LATE_SYN
	    ? CONNECTION_MATCH
	    : CONNECTION_NEW;
}

/* Tells the sides where they begin. */
static void start_sides(
    struct connection *connection, const struct prologue *prologue)
{
	for (unsigned from = 0; from < 2; from++) {
		const struct end *end = &prologue->end[from];
		struct side *side =
		    &connection
			 ->side[from == connection->flow->client ? TCPFLOW_C2S
								 : TCPFLOW_S2C];

		if (!end->started)
			continue;
		half_start(&side->half, end->lowest);
		side->captured = end->heard;
	}
}

void prologue_end(struct connection *connection)
{
	struct prologue *prologue = connection->prologue;
	struct budget *budget = budget_of(connection);

	if (prologue == NULL)
		return;
	connection->prologue = NULL;
	list_remove(&prologue->link);
	if (!prologue->syn)
		count_midstream(connection);
	start_sides(connection, prologue);
	while (!list_empty(&prologue->held)) {
		struct held *held = list_entry(
		    prologue->held.next, struct held, link);

		list_remove(&held->link);
		budget_give(budget, sizeof(*held) + held->segment.length);
		connection_receive(connection, &held->segment);
		free(held);
	}
	budget_give(budget, sizeof(*prologue));
	free(prologue);
}

static struct prologue *first(const struct connection_environment *environment)
{
	return list_empty(&environment->prologues)
	    ? NULL
	    : list_entry(environment->prologues.next, struct prologue, link);
}

uint64_t prologue_due(const struct connection_environment *environment)
{
	const struct prologue *prologue = first(environment);

	return prologue != NULL ? prologue->deadline_ns : UINT64_MAX;
}

struct connection *prologue_expire_next(
    struct connection_environment *environment)
{
	const struct prologue *prologue = first(environment);
	struct connection *connection;

	if (prologue == NULL || prologue->deadline_ns > environment->now_ns)
		return NULL;
	connection = prologue->connection;
	prologue_end(connection);
	return connection;
}
