/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP connection from its segments (RFC 9293): which half each belongs to,
 * what it acknowledges, whether FIN and RST are to be believed, and the order
 * of delivery across both halves.  It knows neither tables nor timeouts. */
#include "core/flow/connection.h"

#include "core/base/sequence.h"
#include "core/flow/waits.h"

/* Data this far from where it is expected belongs to another connection. */
#define FAR_OFF (INT64_C(1) << 30)
/* What stands together is no further apart. */
#define NEARBY (INT32_C(1) << 20)
#define WINDOW_LEAST 65535u
/* What may have been granted by ACKs that were not captured. */
#define WINDOW_UNSEEN (1u << 20)
#define SCALE_MOST 14u /* RFC 7323, section 2.3 */

static uint64_t *counter(
    const struct connection *connection, enum counter which)
{
	return &connection->environment->counters->value[which];
}

static unsigned direction_of(
    const struct connection *connection, const struct segment *segment)
{
	return segment->from == connection->flow->client ? TCPFLOW_C2S
							 : TCPFLOW_S2C;
}

static uint8_t scale_of(unsigned scale)
{
	return scale == FLOW_NO_SCALE ? SEGMENT_NO_SCALE : (uint8_t)scale;
}

static uint32_t window_at_least(uint32_t window)
{
	return window > WINDOW_LEAST ? window : WINDOW_LEAST;
}

void connection_init(struct connection *connection,
    struct connection_environment *environment, struct flow *flow,
    const char *source)
{
	struct side *client = &connection->side[TCPFLOW_C2S];

	*connection = (struct connection){
	    .environment = environment,
	    .flow = flow,
	    .key = flow_key_of(flow),
	    .start_ns = flow->start_ns,
	    .source = source,
	};
	for (unsigned i = 0; i < 2; i++) {
		half_init(&connection->side[i].half, &environment->half,
		    connection, i);
		connection->side[i].scale = SEGMENT_NO_SCALE;
		connection->side[i].window = WINDOW_LEAST;
		connection->side[i].doubtful_fin = HALF_NOWHERE;
	}
	if (flow->syn) {
		half_start(&client->half, flow->client_sequence + 1);
		client->scale = scale_of(flow->client_scale);
		client->window = window_at_least(flow->client_window);
		client->syn = true;
		client->captured = true;
	}
}

/* Whether a segment at `offset` lies near what was seen and acknowledged: within
 * `window` of it. */
static bool is_near(const struct side *side, const struct side *other,
    int64_t offset, uint32_t window)
{
	uint64_t high = side->half.highest > side->acknowledged
	    ? side->half.highest
	    : side->acknowledged;
	uint64_t low = side->half.next < side->acknowledged || !other->captured
	    ? side->half.next
	    : side->acknowledged;

	return offset >= (int64_t)low - (int64_t)window &&
	    offset <= (int64_t)(high + window);
}

/* Whether what a segment says may be believed.  The window that the receiver
 * granted is not always known: its ACKs may not have been captured. */
static bool is_believable(
    const struct side *side, const struct side *other, int64_t offset)
{
	return is_near(side, other, offset,
	    other->window > WINDOW_UNSEEN ? other->window : WINDOW_UNSEEN);
}

/* Whether a SYN whose first byte has this sequence number was captured behind
 * what it began. */
static bool is_late_syn(const struct side *side, uint32_t first)
{
	int32_t distance = sequence_distance(first, side->half.first);

	return distance > 0 && distance < CONNECTION_LATE_SYN;
}

/* A copy of the client's SYN, which need not be where its bytes begin: that may
 * have come late. */
static bool is_known_syn(
    const struct connection *connection, const struct segment *segment)
{
	const struct flow *flow = connection->flow;

	return flow->syn && segment->from == flow->client &&
	    !(segment->flags & SEGMENT_ACK) &&
	    segment->sequence == flow->client_sequence;
}

/* A SYN-ACK of which the other side's SYN is known, or can be guessed. */
static enum connection_match match_syn_ack(const struct side *side,
    const struct side *other, uint32_t first, uint32_t acknowledgement)
{
	int64_t offset = sequence_offset(
	    other->half.first, other->half.next, acknowledgement);
	bool acknowledges_ours = other->half.started && offset >= 0 &&
	    (uint64_t)offset <= other->half.highest;

	if (!side->half.started)
		return !other->half.started || acknowledges_ours
		    ? CONNECTION_MATCH
		    : CONNECTION_NEW;
	if (!acknowledges_ours)
		return CONNECTION_NEW;
	if (!side->syn && is_late_syn(side, first))
		return CONNECTION_MATCH;
	return side->syn || side->half.highest > 0 ? CONNECTION_STALE
						   : CONNECTION_NEW;
}

/* Whether a byte of the connection can stand at `offset`, if only behind a hole or
 * as a copy. */
static bool is_possible(const struct side *side, int64_t offset)
{
	int64_t ahead = offset - (int64_t)side->half.next;

	return offset >= -NEARBY && ahead <= FAR_OFF && ahead >= -FAR_OFF;
}

/* Whether what a segment brings stands where nothing of this connection can. */
static bool is_foreign(const struct side *side, const struct side *other,
    const struct segment *segment, int64_t offset)
{
	if (!is_possible(side, offset))
		return true;
	return !is_believable(side, other, offset) &&
	    segment->flags & SEGMENT_ACK && other->half.started &&
	    !is_possible(other,
		sequence_offset(other->half.first, other->half.next,
		    segment->acknowledgement));
}

/* Whether a segment is of another connection, whose SYN was not captured.
 * Anybody may send what is foreign: the other side has to acknowledge it there,
 * or, where nothing of that was captured, more has to follow. */
static bool is_of_another(const struct side *side, const struct side *other,
    const struct segment *segment)
{
	int32_t distance;

	if (segment->length + segment->missing == 0 ||
	    segment->flags & SEGMENT_RST || !side->half.started ||
	    !is_foreign(side, other, segment,
		sequence_offset(
		    side->half.first, side->half.next, segment->sequence)))
		return false;
	if (!other->captured)
		return side->strayed && side->stray == segment->sequence;
	distance = sequence_distance(
	    segment->sequence, other->last_acknowledgement);
	return other->has_acknowledgement && distance > -NEARBY &&
	    distance < NEARBY;
}

/* Nothing but the SYN, or what was taken for it, tells where the side begins. */
static bool is_untouched(const struct side *side)
{
	return side->half.highest == 0 && side->half.next == 0 &&
	    side->half.fin == HALF_NOWHERE && side->acknowledged == 0;
}

enum connection_match connection_matches(
    const struct connection *connection, const struct segment *segment)
{
	unsigned direction = direction_of(connection, segment);
	const struct side *side = &connection->side[direction];
	const struct side *other = &connection->side[!direction];
	uint32_t first = segment->sequence + 1;
	int32_t distance;

	if (!(segment->flags & SEGMENT_SYN)) {
		/* What is next is nothing else: nearly all there is. */
		if (segment->sequence ==
		    side->half.first + (uint32_t)side->half.next)
			return CONNECTION_MATCH;
		return is_of_another(side, other, segment) &&
			!is_untouched(side)
		    ? CONNECTION_NEW
		    : CONNECTION_MATCH;
	}
	if ((side->half.started && side->half.first == first) ||
	    is_known_syn(connection, segment))
		return CONNECTION_MATCH;
	if (segment->flags & SEGMENT_ACK)
		return match_syn_ack(
		    side, other, first, segment->acknowledgement);
	if (side->half.started)
		return !side->syn && is_late_syn(side, first) ? CONNECTION_MATCH
							      : CONNECTION_NEW;
	if (other->has_acknowledgement) {
		distance = sequence_distance(
		    first, other->last_acknowledgement);
		return distance >= 0 && distance < CONNECTION_LATE_SYN
		    ? CONNECTION_MATCH
		    : CONNECTION_NEW;
	}
	/* Both sides open (RFC 9293, section 3.5), or a split handshake. */
	return other->syn && other->half.highest == 0 ? CONNECTION_MATCH
						      : CONNECTION_NEW;
}

/* The window that a segment grants, in bytes.  Both sides must have offered to
 * scale (RFC 7323, section 2.2); what was not seen may have been an offer. */
static uint32_t window_of(const struct side *side, const struct side *other,
    const struct segment *segment)
{
	uint32_t window = segment->window;

	if (!(segment->flags & SEGMENT_SYN) &&
	    !(side->syn && side->scale == SEGMENT_NO_SCALE) &&
	    !(other->syn && other->scale == SEGMENT_NO_SCALE))
		window <<= side->syn ? side->scale : SCALE_MOST;
	return window_at_least(window);
}

static void start(
    struct side *side, const struct side *other, const struct segment *segment)
{
	uint32_t first = segment->sequence;

	if (segment->flags & SEGMENT_SYN)
		first++;
	else if (segment->length <= 1 && !(segment->flags & SEGMENT_FIN) &&
	    other->has_acknowledgement &&
	    other->last_acknowledgement == first + 1)
		first++; /* a keep-alive probe: one byte before the next */
	half_start(&side->half, first);
}

/* The SYN that told where the side begins was another's, or somebody's play. */
static void start_anew(
    struct side *side, const struct side *other, const struct segment *segment)
{
	uint32_t first = segment->sequence;

	if (other->captured &&
	    sequence_distance(first, other->last_acknowledgement) < 0)
		first = other->last_acknowledgement;
	half_start(&side->half, first);
}

/* A RST counts from the first byte that the other side has not acknowledged to
 * the end of its window (RFC 9293, section 3.10.7.4). */
static bool reset_valid(
    const struct side *side, const struct side *other, int64_t offset)
{
	uint64_t low = side->half.next;

	if (other->captured && side->acknowledged < low)
		low = side->acknowledged;
	return offset >= (int64_t)low &&
	    is_near(side, other, offset, other->window);
}

/* Whether a FIN's receiver would take it, as far as can be known.  Where it lies
 * outside of the window, either it is forged, or more than a window was not
 * captured: then its acknowledgement will be. */
static bool fin_valid(struct side *side, const struct side *other,
    const struct half_segment *received)
{
	if (!other->captured)
		return is_believable(side, other, received->offset);
	if (is_near(side, other, received->offset, other->window))
		return true;
	if (received->offset > (int64_t)side->half.next) {
		side->doubtful_fin = (uint64_t)received->offset +
		    received->length + received->missing;
		side->doubtful_awaits = received->awaits;
	}
	return false;
}

/* The segment may acknowledge a FIN that was doubtful until now. */
static void confirm_fin(
    const struct side *side, struct side *other, const struct segment *segment)
{
	struct half_segment received = {
	    .offset = (int64_t)other->doubtful_fin,
	    .fin = true,
	    .awaits = other->doubtful_awaits,
	    .ts_ns = segment->ts_ns,
	    .packet = segment->packet,
	};

	if (other->doubtful_fin == HALF_NOWHERE ||
	    !(segment->flags & SEGMENT_ACK) ||
	    sequence_offset(other->half.first, other->half.next,
		segment->acknowledgement) != received.offset + 1)
		return;
	other->doubtful_fin = HALF_NOWHERE;
	half_receive(&other->half, &received, half_reached(&side->half));
}

/* What the segment acknowledges, as an offset of the other half; 0: nothing,
 * or nothing that can be believed. */
static uint64_t acknowledged_by(const struct side *side,
    const struct side *other, const struct segment *segment)
{
	int64_t offset;

	if (!(segment->flags & SEGMENT_ACK) || !other->captured)
		return 0;
	offset = sequence_offset(
	    other->half.first, other->half.next, segment->acknowledgement);
	if (offset <= 0 ||
	    (uint64_t)offset > other->half.highest + 1 + side->window)
		return 0;
	if (other->half.fin != HALF_NOWHERE &&
	    (uint64_t)offset > other->half.fin + 1)
		return other->half.fin + 1;
	return (uint64_t)offset;
}

/* Notes what a segment says of its own side. */
static void side_update(
    struct side *side, struct side *other, const struct segment *segment)
{
	side->captured = true;
	if (segment->flags & SEGMENT_SYN) {
		side->syn = true;
		side->scale = segment->window_scale;
	}
	side->window = window_of(side, other, segment);
	if (!side->half.started)
		start(side, other, segment);
	if ((segment->flags & (SEGMENT_SYN | SEGMENT_ACK)) ==
		(SEGMENT_SYN | SEGMENT_ACK) &&
	    !other->half.started)
		half_start(&other->half, segment->acknowledgement);
	if (segment->flags & SEGMENT_ACK) {
		side->has_acknowledgement = true;
		side->last_acknowledgement = segment->acknowledgement;
	}
}

void connection_settle(struct connection *connection)
{
	struct half *client = &connection->side[TCPFLOW_C2S].half;
	struct half *server = &connection->side[TCPFLOW_S2C].half;
	bool delivered;

	do {
		delivered = half_drain(client, half_reached(server));
		delivered |= half_drain(server, half_reached(client));
	} while (delivered);
}

/* Whatever may still change by itself: then no short way is taken. */
static bool is_settled(const struct side *side)
{
	return side->captured && side->wait.upto == 0;
}

static void count_packet(struct connection *connection, struct side *side,
    const struct segment *segment)
{
	connection->packets++;
	side->packets++;
	if (segment->ts_ns > connection->last_ns)
		connection->last_ns = segment->ts_ns;
}

/* Header prediction (V. Jacobson, 1990): the segment that nearly always comes is
 * the next one of its side, acknowledges what was delivered, and nothing waits
 * for anything.  It takes a short way to the same end as connection_receive(). */
bool connection_receive_next(
    struct connection *connection, const struct segment *segment)
{
	unsigned direction = direction_of(connection, segment);
	struct side *side = &connection->side[direction];
	struct side *other = &connection->side[!direction];
	struct half *half = &side->half;
	int64_t acknowledged;

	if ((segment->flags &
		(SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST | SEGMENT_ACK)) !=
		SEGMENT_ACK ||
	    segment->missing > 0 || connection->prologue != NULL ||
	    segment->sequence != half->first + (uint32_t)half->next ||
	    !half_is_plain(half) || !is_settled(side) || !is_settled(other))
		return false;
	acknowledged = sequence_offset(
	    other->half.first, other->half.next, segment->acknowledgement);
	if (acknowledged > (int64_t)other->half.next)
		return false;
	if (acknowledged > (int64_t)other->acknowledged)
		other->acknowledged = (uint64_t)acknowledged;
	count_packet(connection, side, segment);
	side->window = window_of(side, other, segment);
	side->has_acknowledgement = true;
	side->last_acknowledgement = segment->acknowledgement;
	if (segment->length > 0)
		half_receive_next(half, segment->payload, segment->length,
		    segment->ts_ns, segment->packet);
	return true;
}

static void receive(struct connection *connection, unsigned direction,
    const struct segment *segment)
{
	struct side *side = &connection->side[direction];
	struct side *other = &connection->side[!direction];
	struct half *half = &side->half;
	struct half_segment received = {
	    .bytes = segment->payload,
	    .length = segment->length,
	    .missing = segment->missing,
	    .ts_ns = segment->ts_ns,
	    .packet = segment->packet,
	};
	uint32_t sequence = segment->sequence +
	    ((segment->flags & SEGMENT_SYN) != 0);
	bool valid;

	side_update(side, other, segment);
	if (is_untouched(side) && is_of_another(side, other, segment))
		start_anew(side, other, segment);
	received.offset = sequence_offset(half->first, half->next, sequence);
	valid = is_believable(side, other, received.offset);

	if (segment->flags & SEGMENT_RST) {
		if (!reset_valid(side, other, received.offset)) {
			*counter(connection, COUNTER_RST_OUTSIDE_WINDOW) += 1;
			*counter(connection, COUNTER_BYTES_OUTSIDE) +=
			    segment->length;
			return;
		}
		connection->reset = true;
	}
	if (is_foreign(side, other, segment, received.offset)) {
		*counter(connection, COUNTER_BYTES_OUTSIDE) += segment->length;
		side->strayed = true;
		side->stray = sequence + segment->length + segment->missing;
		return;
	}
	if (valid) {
		confirm_fin(side, other, segment);
		received.awaits = acknowledged_by(side, other, segment);
		if (received.awaits > other->acknowledged)
			other->acknowledged = received.awaits;
	}
	if (segment->flags & SEGMENT_FIN) {
		received.fin = fin_valid(side, other, &received);
		*counter(connection, COUNTER_FIN_IGNORED) += !received.fin;
	}
	half_receive(half, &received, half_reached(&other->half));
	if (half_pending(&other->half) || half_pending(half))
		connection_settle(connection);
	waits_update(connection);
}

void connection_receive(
    struct connection *connection, const struct segment *segment)
{
	unsigned direction = direction_of(connection, segment);

	count_packet(connection, &connection->side[direction], segment);
	receive(connection, direction, segment);
}

enum flow_state connection_state(const struct connection *connection)
{
	const struct side *client = &connection->side[TCPFLOW_C2S];
	const struct side *server = &connection->side[TCPFLOW_S2C];

	if (client->half.ended && server->half.ended)
		return FLOW_CLOSED;
	if (connection->reset ||
	    ((client->half.fin != HALF_NOWHERE || !client->captured) &&
		(server->half.fin != HALF_NOWHERE || !server->captured)))
		return FLOW_CLOSING;
	return FLOW_OPEN;
}

void connection_ends(
    const struct connection *connection, uint32_t end_sequence[2])
{
	for (unsigned direction = 0; direction < 2; direction++) {
		const struct half *half = &connection->side[direction].half;
		unsigned from = direction == TCPFLOW_C2S
		    ? connection->flow->client
		    : !connection->flow->client;

		end_sequence[from] = half->first + (uint32_t)half->next +
		    half->ended;
	}
}

/* Bytes at the very end that were acknowledged and never seen. */
static void declare_tail(struct connection *connection, struct side *side)
{
	const struct connection_environment *environment =
	    connection->environment;
	struct half *half = &side->half;

	if (half->fin == HALF_NOWHERE && side->acknowledged > half->next + 1)
		half_skip(half, side->acknowledged, environment->now_ns,
		    environment->packet);
}

void connection_close(struct connection *connection, uint32_t reason)
{
	const struct connection_environment *environment =
	    connection->environment;
	struct side *client = &connection->side[TCPFLOW_C2S];
	struct side *server = &connection->side[TCPFLOW_S2C];
	struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = TCPFLOW_DIR_NONE,
	    .reason = reason,
	    .ts_ns = environment->now_ns,
	};

	waits_cancel(connection);
	connection_settle(connection);
	while (waits_force(connection))
		connection_settle(connection);
	declare_tail(connection, client);
	declare_tail(connection, server);
	half_clear(&client->half);
	half_clear(&server->half);

	connection_account(connection, reason);
	if (connection->stream == NULL)
		return;
	if (reason == TCPFLOW_CLOSE_FIN || reason == TCPFLOW_CLOSE_RST ||
	    reason == TCPFLOW_CLOSE_REUSED)
		end.packet = environment->packet;
	end.length[TCPFLOW_C2S] = client->half.next;
	end.length[TCPFLOW_S2C] = server->half.next;
	environment->events->close(connection->stream, &end);
	connection->stream = NULL;
}
