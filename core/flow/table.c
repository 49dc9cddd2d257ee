/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow table: which flow a segment belongs to, and what state that flow is
 * in.  It knows no payload; connections do. */
#include "core/flow/table.h"

#include <stdlib.h>

#include "core/base/sequence.h"
#include "core/base/timestamp.h"
#include "core/flow/lifetime.h"

/* How far back a copy of a closed connection's data may reach. */
#define STRAGGLER_MOST (INT32_C(1) << 26)

struct flow_table *flow_table_open(const struct flow_config *config)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	table->config = *config;
	table->environment = (struct connection_environment){
	    .half = connection_half_environment(&(struct store_limits){
		.bytes = config->reorder_bytes,
		.pieces = config->reorder_pieces,
		.budget = &config->memory->reorder,
		.counters = config->counters,
	    }),
	    .events = config->events,
	    .context = config->context,
	    .counters = config->counters,
	};
	pool_init(&table->connections, sizeof(struct connection));
	list_init(&table->environment.waits);
	list_init(&table->environment.prologues);
	wheel_init(&table->half_open);
	wheel_init(&table->open);
	wheel_init(&table->closing);
	wheel_init(&table->closed);
	if (!flow_index_init(&table->index, &config->memory->flows)) {
		free(table);
		return NULL;
	}
	return table;
}

static void count(struct flow_table *table, enum counter which, uint64_t add)
{
	table->config.counters->value[which] += add;
}

/* Whether a segment of an unknown 4-tuple tells more than that somebody is
 * there: only then is a connection made. */
static bool says_something(const struct segment *segment)
{
	return segment->length > 0 || segment->missing > 0 ||
	    segment->flags & SEGMENT_FIN ||
	    (segment->flags & (SEGMENT_SYN | SEGMENT_ACK)) ==
	    (SEGMENT_SYN | SEGMENT_ACK);
}

/* Who is the client: who sent the SYN, did not send the SYN-ACK, or, as a
 * guess, has the higher port. */
static void choose_client(struct flow *flow, const struct segment *segment)
{
	const uint16_t *port = flow->key.port;

	if (segment->flags & SEGMENT_SYN) {
		flow->client = segment->flags & SEGMENT_ACK ? !segment->from
							    : segment->from;
		flow->client_guessed = false;
		return;
	}
	flow->client_guessed = true;
	flow->client = port[0] != port[1] ? port[1] > port[0] : segment->from;
}

static void note_syn(struct flow *flow, const struct segment *segment)
{
	flow->syn = true;
	flow->client_sequence = segment->sequence;
	flow->client_scale = segment->window_scale;
	flow->client_window = segment->window;
}

static void receive(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	bool changed;

	if (flow->connection == NULL && !lifetime_connect(table, flow, segment))
		return;
	changed = prologue_wants(flow->connection);
	if (!changed || !prologue_hold(flow->connection, segment))
		changed |= connection_receive(flow->connection, segment);
	if (changed)
		lifetime_update(table, flow);
}

static void begin(struct flow_table *table, const struct segment *segment)
{
	struct flow *flow;

	if (segment->flags & SEGMENT_RST) {
		count(table, COUNTER_BYTES_OUTSIDE, segment->length);
		return;
	}
	flow = lifetime_begin(table, segment);
	if (flow == NULL)
		return;
	choose_client(flow, segment);
	if ((segment->flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN)
		note_syn(flow, segment);
	if (says_something(segment))
		receive(table, flow, segment);
	else
		flow->early[segment->from]++;
}

/* The 4-tuple is used for another connection. */
static void begin_again(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	lifetime_end(table, flow, TCPFLOW_CLOSE_REUSED);
	begin(table, segment);
}

/* A RST against a SYN acknowledges it, or comes from who sent it (RFC 9293,
 * section 3.10.7.3). */
static bool refuses(const struct flow *flow, const struct segment *segment)
{
	uint32_t first = flow->client_sequence + 1;

	if (!flow->syn)
		return true;
	if (segment->from == flow->client)
		return segment->sequence == first ||
		    segment->sequence == flow->client_sequence;
	return segment->flags & SEGMENT_ACK &&
	    segment->acknowledgement == first;
}

static void receive_half_open(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	unsigned syn_ack = segment->flags & (SEGMENT_SYN | SEGMENT_ACK);
	bool from_client = segment->from == flow->client;

	if (segment->flags & SEGMENT_RST) {
		count(table, COUNTER_BYTES_OUTSIDE, segment->length);
		if (refuses(flow, segment))
			lifetime_end(table, flow, TCPFLOW_CLOSE_RST);
		else
			count(table, COUNTER_RST_OUTSIDE_WINDOW, 1);
	} else if (syn_ack == SEGMENT_SYN && from_client && flow->syn &&
	    segment->sequence == flow->client_sequence &&
	    segment->length == 0) {
		flow->early[segment->from]++; /* sent again */
	} else if (syn_ack == SEGMENT_SYN && (!flow->syn || from_client) &&
	    segment->sequence != flow->client_sequence) {
		begin_again(table, flow, segment);
	} else if (syn_ack == (SEGMENT_SYN | SEGMENT_ACK) && flow->syn &&
	    from_client) {
		begin_again(table, flow, segment);
	} else if (flow->syn || says_something(segment)) {
		/* Bare ACKs were a guess; a SYN-ACK knows who is who. */
		if (!flow->syn)
			choose_client(flow, segment);
		receive(table, flow, segment);
	} else {
		flow->early[segment->from]++;
	}
}

/* All was delivered: what still comes is a copy, or of a new connection, whose
 * SYN may have been lost. */
static void receive_closed(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	unsigned syn_ack = segment->flags & (SEGMENT_SYN | SEGMENT_ACK);
	int32_t distance = sequence_distance(
	    segment->sequence, flow->end_sequence[segment->from]);
	bool syn_again = flow->syn && segment->from == flow->client &&
	    segment->sequence == flow->client_sequence;
	bool copy = distance >= 0 && distance < STRAGGLER_MOST;

	if (syn_ack == SEGMENT_SYN ? !syn_again
				   : says_something(segment) && !copy)
		begin_again(table, flow, segment);
	else
		count(table, COUNTER_BYTES_LATE, segment->length);
}

/* A SYN of a connection that is there: it was captured late, or is a copy.  The
 * client may have been a guess that nobody has heard of yet. */
static void note_late_syn(struct flow *flow, const struct segment *segment)
{
	if (prologue_holds(flow->connection))
		choose_client(flow, segment);
	if (!(segment->flags & SEGMENT_ACK) && segment->from == flow->client)
		note_syn(flow, segment);
}

static void receive_connected(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	const struct connection *connection = flow->connection;

	switch (prologue_holds(connection)
		? prologue_matches(connection, segment)
		: connection_matches(connection, segment)) {
	case CONNECTION_MATCH:
		if (segment->flags & SEGMENT_SYN)
			note_late_syn(flow, segment);
		receive(table, flow, segment);
		break;
	case CONNECTION_NEW:
		begin_again(table, flow, segment);
		break;
	case CONNECTION_STALE:
		count(table, COUNTER_BYTES_OUTSIDE, segment->length);
		break;
	}
}

void flow_table_segment(struct flow_table *table, const struct segment *segment)
{
	struct flow *flow;

	flow_table_advance(table, segment->ts_ns, segment->packet);
	count(table, COUNTER_SEGMENTS, 1);
	count(table, COUNTER_BYTES_PAYLOAD, segment->length);
	flow = flow_index_find(&table->index, &segment->key);
	if (flow == NULL) {
		begin(table, segment);
		return;
	}
	/* Stragglers make it linger on, as TIME-WAIT does (RFC 9293, 3.6.1). */
	flow->last_ns = table->environment.now_ns;
	switch (flow->state) {
	case FLOW_HALF_OPEN:
		receive_half_open(table, flow, segment);
		break;
	case FLOW_CLOSED:
		receive_closed(table, flow, segment);
		break;
	default:
		receive_connected(table, flow, segment);
		break;
	}
}

/* Something that waited has waited long enough. */
static bool is_over(const struct connection_environment *environment)
{
	uint64_t now = environment->now_ns;

	return (!list_empty(&environment->waits) &&
		   waits_due(environment) <= now) ||
	    (!list_empty(&environment->prologues) &&
		prologue_due(environment) <= now);
}

void flow_table_advance(
    struct flow_table *table, uint64_t ts_ns, uint64_t packet)
{
	struct connection_environment *environment = &table->environment;

	environment->packet = packet;
	if (ts_ns <= environment->now_ns)
		return;
	environment->now_ns = ts_ns;
	if (is_over(environment))
		lifetime_expire_waits(table);
	if (ts_ns >= table->tick_ns) {
		table->tick_ns = (ts_ns / NS_PER_SECOND + 1) * NS_PER_SECOND;
		lifetime_expire(table);
	}
}

void flow_table_close(struct flow_table **handle)
{
	struct flow_table *table = *handle;

	if (table == NULL)
		return;
	*handle = NULL;
	lifetime_end_all(table);
	flow_index_destroy(&table->index);
	pool_destroy(&table->connections);
	free(table);
}
