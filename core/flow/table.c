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
		.overlap = config->overlap,
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
	if (!flow_index_init(
		&table->index, &config->memory->flows, config->secret)) {
		free(table);
		return NULL;
	}
	return table;
}

static void count(struct flow_table *table, enum counter which, uint64_t add)
{
	table->config.counters->value[which] += add;
}

/* Whether a segment brings what has to be kept: only then is a connection
 * made. */
static bool says_something(const struct segment *segment)
{
	return segment->length > 0 || segment->missing > 0 ||
	    segment->flags & SEGMENT_FIN;
}

static unsigned syn_ack_of(const struct segment *segment)
{
	return segment->flags & (SEGMENT_SYN | SEGMENT_ACK);
}

/* Who is the client: who sent the SYN, did not send the SYN-ACK, or, as a
 * guess, has the higher port. */
static void choose_client(struct flow *flow, const struct segment *segment)
{
	const uint16_t *port = segment->key.port;

	if (segment->flags & SEGMENT_SYN) {
		flow->client = segment->flags & SEGMENT_ACK ? !segment->from
							    : segment->from;
		flow->client_guessed = false;
		return;
	}
	flow->client_guessed = true;
	flow->client = port[0] != port[1] ? port[1] > port[0] : segment->from;
}

static unsigned scale_of(const struct segment *segment)
{
	return segment->window_scale & FLOW_NO_SCALE;
}

static void note_syn(struct flow *flow, const struct segment *segment)
{
	flow->syn = true;
	flow->client_sequence = segment->sequence;
	flow->client_scale = scale_of(segment) & FLOW_NO_SCALE;
	flow->client_window = segment->window;
}

static void note_syn_ack(struct flow *flow, const struct segment *segment)
{
	flow->syn_ack = true;
	flow->client_sequence = segment->acknowledgement - 1;
	flow->server_sequence = segment->sequence;
	flow->server_scale = scale_of(segment) & FLOW_NO_SCALE;
	flow->server_window = segment->window;
}

static bool is_same_syn(const struct flow *flow, const struct segment *segment)
{
	return segment->from == flow->client &&
	    segment->sequence == flow->client_sequence;
}

/* The answer to the SYN, for the first time or again. */
static bool is_its_syn_ack(
    const struct flow *flow, const struct segment *segment)
{
	return segment->from != flow->client &&
	    segment->acknowledgement == flow->client_sequence + 1 &&
	    (!flow->syn_ack || segment->sequence == flow->server_sequence);
}

/* Whether it had packets before. */
static bool is_known(const struct flow *flow)
{
	return flow_early(flow, 0) > 0 || flow_early(flow, 1) > 0;
}

/* Takes what belongs to the handshake into a flow that is half open.  False: it
 * is something else, or more than can be counted there. */
static bool note_handshake(struct flow *flow, const struct segment *segment)
{
	unsigned early = flow_early(flow, segment->from);
	bool begun = flow->syn || flow->syn_ack;

	if (early == FLOW_EARLY_MOST || says_something(segment) ||
	    segment->flags & SEGMENT_RST)
		return false;
	switch (syn_ack_of(segment)) {
	case SEGMENT_SYN:
		if (begun ? !is_same_syn(flow, segment) : is_known(flow))
			return false;
		if (!flow->syn)
			note_syn(flow, segment);
		break;
	case SEGMENT_SYN | SEGMENT_ACK:
		if (begun && !is_its_syn_ack(flow, segment))
			return false;
		/* Bare ACKs were a guess; a SYN-ACK knows who is who. */
		if (!begun)
			choose_client(flow, segment);
		if (!flow->syn_ack)
			note_syn_ack(flow, segment);
		break;
	default: /* bare ACKs, of what began before us */
		if (begun)
			return false;
		break;
	}
	flow_set_early(flow, segment->from, early + 1);
	return true;
}

/* What the flow knows of the handshake beyond the SYN goes into its new
 * connection as if it came now. */
static void replay_syn_ack(struct flow *flow, const struct segment *segment)
{
	unsigned server = !flow->client;
	struct segment syn_ack = {
	    .key = segment->key,
	    .ts_ns = segment->ts_ns,
	    .packet = segment->packet,
	    .source = segment->source,
	    .sequence = flow->server_sequence,
	    .acknowledgement = flow->client_sequence + 1,
	    .window = flow->server_window,
	    .flags = SEGMENT_SYN | SEGMENT_ACK,
	    .window_scale = flow->server_scale == FLOW_NO_SCALE
		? SEGMENT_NO_SCALE
		: (uint8_t)flow->server_scale,
	    .from = (uint8_t)server,
	};

	flow_set_early(flow, server, flow_early(flow, server) - 1);
	if (!prologue_hold(flow->connection, &syn_ack))
		connection_receive(flow->connection, &syn_ack);
}

/* Whatever comes next goes to the flow's connection.  False: there is none for
 * want of memory; the flow is gone. */
static bool connect_flow(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	if (!lifetime_connect(table, flow, segment))
		return false;
	if (flow->syn_ack)
		replay_syn_ack(flow, segment);
	return true;
}

static void receive(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	struct connection *connection = flow->connection;

	if (!prologue_wants(connection) || !prologue_hold(connection, segment))
		connection_receive(connection, segment);
	lifetime_update(table, flow);
}

static void begin(struct flow_table *table, const struct segment *segment)
{
	struct flow *flow;

	/* A RST ends what we do not know; what it carries says why (RFC 9293,
	 * section 3.5.3). */
	if (segment->flags & SEGMENT_RST && !says_something(segment))
		return;
	flow = lifetime_begin(table, segment);
	if (flow == NULL)
		return;
	choose_client(flow, segment);
	if (segment->checksum == SEGMENT_GOOD)
		flow->checksums = (1u << segment->from) & 3u;
	if (note_handshake(flow, segment))
		return;
	/* Its data may be for nobody, but the SYN stands. */
	if (syn_ack_of(segment) == SEGMENT_SYN)
		note_syn(flow, segment);
	if (connect_flow(table, flow, segment))
		receive(table, flow, segment);
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

	/* The connection's own SYN, which was captured last. */
	syn_again |= !flow->syn && segment->from == flow->client &&
	    distance >= 0 && distance < CONNECTION_LATE_SYN;

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

/* Whether a SYN begins another connection than the one whose SYN-ACK the flow
 * knows, as connection_matches() says it of one that is connected. */
static bool begins_another(
    const struct flow *flow, const struct segment *segment)
{
	bool from_client = segment->from == flow->client;
	int32_t distance;

	switch (syn_ack_of(segment)) {
	case SEGMENT_SYN:
		distance = sequence_distance(
		    segment->sequence, flow->client_sequence);
		return !from_client ||
		    (distance != 0 &&
			(flow->syn || distance < 0 ||
			    distance >= CONNECTION_LATE_SYN));
	case SEGMENT_SYN | SEGMENT_ACK:
		return segment->acknowledgement !=
		    (from_client ? flow->server_sequence
				 : flow->client_sequence) +
		    1;
	default:
		return false;
	}
}

static void receive_half_open(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	unsigned syn_ack = syn_ack_of(segment);
	bool from_client = segment->from == flow->client;

	if (note_handshake(flow, segment))
		return;
	if (flow->syn_ack) {
		if (begins_another(flow, segment))
			begin_again(table, flow, segment);
		else if (connect_flow(table, flow, segment))
			receive_connected(table, flow, segment);
	} else if (segment->flags & SEGMENT_RST) {
		count(table, COUNTER_BYTES_OUTSIDE, segment->length);
		if (refuses(flow, segment))
			lifetime_end(table, flow, TCPFLOW_CLOSE_RST);
		else
			count(table, COUNTER_RST_OUTSIDE_WINDOW, 1);
	} else if (syn_ack == SEGMENT_SYN && (!flow->syn || from_client) &&
	    segment->sequence != flow->client_sequence) {
		begin_again(table, flow, segment);
	} else if (syn_ack == (SEGMENT_SYN | SEGMENT_ACK) && flow->syn &&
	    from_client) {
		begin_again(table, flow, segment);
	} else {
		if (!flow->syn)
			choose_client(flow, segment);
		if (connect_flow(table, flow, segment))
			receive(table, flow, segment);
	}
}

/* Whether a segment was made so that its receiver drops it.  Who never sent a
 * good checksum leaves them to a network card, and is believed. */
static bool is_corrupt(struct flow *flow, const struct segment *segment)
{
	unsigned sender = 1u << segment->from;

	if (segment->checksum == SEGMENT_GOOD)
		flow->checksums = (flow->checksums | sender) & 3u;
	return segment->checksum == SEGMENT_BAD &&
	    (flow->checksums & sender) != 0;
}

/* Packet time has come to where something may be due, or to another second. */
static void advance(struct flow_table *table)
{
	struct connection_environment *environment = &table->environment;
	uint64_t now = environment->now_ns;

	table->now_s = (now + NS_PER_SECOND - 1) / NS_PER_SECOND;
	environment->due_ns = table->now_s * NS_PER_SECOND + 1;
	lifetime_expire_waits(table);
	if (now >= table->tick_ns) {
		table->tick_ns = (now / NS_PER_SECOND + 1) * NS_PER_SECOND;
		lifetime_expire(table);
	}
	environment_due(environment, table->tick_ns);
	environment_due(environment, waits_due(environment));
	environment_due(environment, prologue_due(environment));
}

/* Inline, for every packet. */
static inline void come_to(
    struct flow_table *table, uint64_t ts_ns, uint64_t packet)
{
	struct connection_environment *environment = &table->environment;

	environment->packet = packet;
	if (ts_ns > environment->now_ns)
		environment->now_ns = ts_ns;
	if (environment->now_ns >= environment->due_ns)
		advance(table);
}

/* The flow of a segment, which need not stand any more where it was expected. */
static inline struct flow *find(struct flow_table *table,
    const struct segment *segment, struct flow *expected)
{
	if (expected != NULL && flow_is_there(expected) &&
	    flow_has_key(expected, &segment->key))
		return expected;
	return flow_index_find(
	    &table->index, &segment->key, flow_table_tag(table, segment));
}

static void receive_any(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	if (segment->checksum != SEGMENT_UNCHECKED &&
	    is_corrupt(flow, segment)) {
		count(table, COUNTER_BAD_CHECKSUMS, 1);
		count(table, COUNTER_BYTES_CORRUPT, segment->length);
		return;
	}
	/* Stragglers make it linger on, as TIME-WAIT does (RFC 9293, 3.6.1). */
	flow->last_s = table->now_s & FLOW_SECONDS_MOST;
	switch (flow->state) {
	case FLOW_HALF_OPEN:
		receive_half_open(table, flow, segment);
		break;
	case FLOW_OPEN:
		if (!connection_receive_next(flow->connection, segment))
			receive_connected(table, flow, segment);
		break;
	case FLOW_CLOSED:
		receive_closed(table, flow, segment);
		break;
	default:
		receive_connected(table, flow, segment);
		break;
	}
}

uint64_t flow_table_segment(struct flow_table *table,
    const struct segment *segment, struct flow *expected, uint64_t now_ns)
{
	struct flow *flow;

	come_to(table, now_ns, segment->packet);
	count(table, COUNTER_SEGMENTS, 1);
	count(table, COUNTER_BYTES_PAYLOAD, segment->length);
	flow = find(table, segment, expected);
	if (flow != NULL)
		receive_any(table, flow, segment);
	else
		begin(table, segment);
	return table->environment.due_ns;
}

uint64_t flow_table_advance(
    struct flow_table *table, uint64_t ts_ns, uint64_t packet)
{
	come_to(table, ts_ns, packet);
	return table->environment.due_ns;
}

uint64_t flow_table_end(struct flow_table *table, uint64_t id)
{
	return lifetime_end_before(table, id);
}

void flow_table_close(struct flow_table **handle)
{
	struct flow_table *table = *handle;

	if (table == NULL)
		return;
	*handle = NULL;
	flow_table_end(table, UINT64_MAX);
	lifetime_forget_ending(table);
	flow_index_destroy(&table->index);
	pool_destroy(&table->connections);
	free(table);
}
