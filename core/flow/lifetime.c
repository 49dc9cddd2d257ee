/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of flows within time and memory.  It knows states and deadlines, and
 * nothing of segments beyond the key. */
#include "core/flow/lifetime.h"

#include <stdlib.h>

#include "core/base/timestamp.h"

static void count(struct flow_table *table, enum counter which)
{
	table->config.counters->value[which]++;
}

static struct wheel *wheel_of(struct flow_table *table, const struct flow *flow)
{
	switch (flow->state) {
	case FLOW_HALF_OPEN:
		return &table->half_open;
	case FLOW_OPEN:
		return &table->open;
	case FLOW_CLOSING:
		return &table->closing;
	default:
		return &table->closed;
	}
}

static uint64_t due_of(const struct flow_table *table, const struct flow *flow)
{
	uint64_t last_ns = flow->last_s * NS_PER_SECOND;

	switch (flow->state) {
	case FLOW_HALF_OPEN:
		return last_ns + table->config.half_open_ns;
	case FLOW_OPEN:
		return last_ns + table->config.idle_ns;
	default:
		return last_ns + table->config.linger_ns;
	}
}

static void put(struct flow_table *table, struct flow *flow)
{
	wheel_put(wheel_of(table, flow), &flow->link, due_of(table, flow));
}

static void take(struct flow_table *table, struct flow *flow)
{
	wheel_remove(wheel_of(table, flow), &flow->link);
}

static void count_end(
    struct flow_table *table, const struct flow *flow, uint32_t reason)
{
	static const enum counter of_reason[] = {
	    [TCPFLOW_CLOSE_FIN] = COUNTER_CLOSED_FIN,
	    [TCPFLOW_CLOSE_RST] = COUNTER_CLOSED_RST,
	    [TCPFLOW_CLOSE_IDLE] = COUNTER_CLOSED_IDLE,
	    [TCPFLOW_CLOSE_EVICTED] = COUNTER_CLOSED_EVICTED,
	    [TCPFLOW_CLOSE_REUSED] = COUNTER_CLOSED_REUSED,
	    [TCPFLOW_CLOSE_EXIT] = COUNTER_CLOSED_EXIT,
	};

	count(table, of_reason[reason]);
	if (flow->state == FLOW_HALF_OPEN)
		count(table, COUNTER_FLOWS_HALF_OPEN);
}

/* What a connection takes of the budget, with its stream. */
static size_t connection_bytes(const struct flow_table *table)
{
	return sizeof(struct connection) + table->config.stream_bytes;
}

/* Delivers what is left; the flow stays, without a connection. */
static void disconnect(
    struct flow_table *table, struct connection *connection, uint32_t reason)
{
	connection_close(connection, reason);
	pool_give(&table->connections, connection);
	budget_give(
	    &table->config.memory->connections, connection_bytes(table));
}

static uint32_t reason_of(const struct connection *connection)
{
	return connection->reset ? TCPFLOW_CLOSE_RST : TCPFLOW_CLOSE_FIN;
}

/* `flow` is in no wheel.  Who is closing has a better reason already. */
static void end(struct flow_table *table, struct flow *flow, uint32_t reason)
{
	struct connection *connection = flow_connection(flow);

	/* What is held may end it in another way. */
	if (connection != NULL && prologue_holds(connection)) {
		prologue_end(connection);
		if (connection_state(connection) != FLOW_OPEN)
			reason = reason_of(connection);
	}
	if (flow->state == FLOW_CLOSING)
		reason = reason_of(connection);
	/* A CLOSED flow was counted when it was. */
	if (flow->state != FLOW_CLOSED)
		count_end(table, flow, reason);
	if (connection != NULL)
		disconnect(table, connection, reason);
	flow_index_remove(&table->index, flow);
}

void lifetime_end(struct flow_table *table, struct flow *flow, uint32_t reason)
{
	take(table, flow);
	end(table, flow, reason);
}

static struct flow *flow_of(struct list *link)
{
	return list_entry(link, struct flow, link);
}

/* The flow that was idle longest: wheels are lazy, so who is found first may
 * have to go back. */
static struct flow *take_idlest(struct flow_table *table)
{
	struct list *link;

	while ((link = wheel_take_first(&table->open)) != NULL) {
		struct flow *flow = flow_of(link);
		uint64_t due = due_of(table, flow);

		if (due <= (table->open.tick + 1) * NS_PER_SECOND)
			return flow;
		wheel_put(&table->open, link, due);
	}
	return NULL;
}

/* Ends one flow with a connection, to make room.  False: there is none. */
static bool evict_connection(struct flow_table *table)
{
	struct list *link = wheel_take_first(&table->closing);
	struct flow *flow = link != NULL ? flow_of(link) : take_idlest(table);

	if (flow != NULL)
		end(table, flow, TCPFLOW_CLOSE_EVICTED);
	return flow != NULL;
}

/* Ends one flow to make room.  False: there is none. */
static bool evict_flow(struct flow_table *table)
{
	struct list *link = wheel_take_first(&table->closed);

	if (link == NULL)
		link = wheel_take_first(&table->closing);
	if (link == NULL)
		link = wheel_take_first(&table->half_open);
	if (link == NULL)
		return evict_connection(table);
	end(table, flow_of(link), TCPFLOW_CLOSE_EVICTED);
	return true;
}

struct flow *lifetime_begin(
    struct flow_table *table, const struct segment *segment)
{
	uint32_t tag = flow_table_tag(table, segment);
	struct flow *flow;

	while ((flow = flow_index_add(&table->index, &segment->key, tag)) ==
	    NULL) {
		if (!evict_flow(table)) {
			count(table, COUNTER_FLOWS_DROPPED);
			table->config.counters->value[COUNTER_BYTES_SHED] +=
			    segment->length;
			return NULL;
		}
	}
	flow->state = FLOW_HALF_OPEN;
	flow->id = segment->packet & FLOW_ID_MOST;
	flow->start_ns = segment->ts_ns;
	flow->last_s = table->now_s & FLOW_SECONDS_MOST;
	put(table, flow);
	count(table, COUNTER_FLOWS);
	return flow;
}

bool lifetime_connect(
    struct flow_table *table, struct flow *flow, const struct segment *segment)
{
	struct budget *budget = &table->config.memory->connections;
	struct connection *connection = NULL;
	bool granted;

	/* Out of its wheel, so that it is not evicted for its own sake. */
	take(table, flow);
	do
		granted = budget_take(budget, connection_bytes(table));
	while (!granted && evict_connection(table));
	if (granted)
		connection = pool_take(&table->connections);
	if (connection == NULL) {
		if (granted)
			budget_give(budget, connection_bytes(table));
		count(table, COUNTER_FLOWS_DROPPED);
		table->config.counters->value[COUNTER_BYTES_SHED] +=
		    segment->length;
		end(table, flow, TCPFLOW_CLOSE_EVICTED);
		return false;
	}
	connection_init(connection, &table->environment, flow, segment->source);
	flow->connection = connection;
	flow->state = FLOW_OPEN;
	put(table, flow);
	return true;
}

void lifetime_update(struct flow_table *table, struct flow *flow)
{
	struct connection *connection = flow->connection;
	enum flow_state state = connection_state(connection);
	uint32_t reason = reason_of(connection);

	if (state == flow->state || prologue_holds(connection))
		return;
	/* From CLOSING to OPEN: a side that nobody had seen speaks after all. */
	if (flow->state == FLOW_OPEN)
		flow->last_s = table->now_s & FLOW_SECONDS_MOST;
	take(table, flow);
	flow->state = state;
	put(table, flow);
	if (state == FLOW_CLOSED) {
		count_end(table, flow, reason);
		connection_ends(connection, flow->end_sequence);
		disconnect(table, connection, reason);
	}
}

void lifetime_expire_waits(struct flow_table *table)
{
	struct connection *connection;

	while ((connection = prologue_expire_next(&table->environment)) != NULL)
		lifetime_update(table, connection->flow);
	while ((connection = waits_expire_next(&table->environment)) != NULL)
		lifetime_update(table, connection->flow);
}

static void expire_wheel(struct flow_table *table, struct wheel *wheel)
{
	uint64_t now = table->environment.now_ns;
	struct list *link;

	while ((link = wheel_take_due(wheel, now)) != NULL) {
		struct flow *flow = flow_of(link);

		if (due_of(table, flow) > now)
			put(table, flow);
		else
			end(table, flow, TCPFLOW_CLOSE_IDLE);
	}
}

void lifetime_expire(struct flow_table *table)
{
	expire_wheel(table, &table->closed);
	expire_wheel(table, &table->closing);
	expire_wheel(table, &table->half_open);
	expire_wheel(table, &table->open);
}

static void count_connection(void *context, struct flow *flow)
{
	struct ending *ending = context;

	ending->count += flow_connection(flow) != NULL;
}

/* Nothing is told of those without a connection, and nothing of them must be
 * freed; what is CLOSED was counted when it was. */
static void collect(void *context, struct flow *flow)
{
	struct flow_table *table = context;
	struct ending *ending = &table->ending;

	if (flow_connection(flow) != NULL)
		ending->flows[ending->count++] = flow;
	else if (flow->state == FLOW_HALF_OPEN)
		count_end(table, flow, TCPFLOW_CLOSE_EXIT);
}

static int by_id(const void *a, const void *b)
{
	const struct flow *x = *(struct flow *const *)a;
	const struct flow *y = *(struct flow *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static void end_one(void *context, struct flow *flow)
{
	lifetime_end(context, flow, TCPFLOW_CLOSE_EXIT);
}

/* False: without memory for the order, any order will do, and all have ended. */
static bool begin_to_end(struct flow_table *table)
{
	struct ending *ending = &table->ending;

	flow_index_each(&table->index, count_connection, ending);
	ending->flows = malloc((ending->count + 1) * sizeof(struct flow *));
	ending->count = 0;
	if (ending->flows == NULL) {
		flow_index_each(&table->index, end_one, table);
		return false;
	}
	flow_index_each(&table->index, collect, table);
	qsort(ending->flows, ending->count, sizeof(*ending->flows), by_id);
	return true;
}

uint64_t lifetime_end_before(struct flow_table *table, uint64_t id)
{
	struct ending *ending = &table->ending;

	if (ending->flows == NULL && !begin_to_end(table))
		return UINT64_MAX;
	while (ending->next < ending->count &&
	    ending->flows[ending->next]->id < id)
		end_one(table, ending->flows[ending->next++]);
	return ending->count - ending->next > FLOWS_ENDED_MOST
	    ? ending->flows[ending->next + FLOWS_ENDED_MOST]->id
	    : UINT64_MAX;
}

void lifetime_forget_ending(struct flow_table *table)
{
	free(table->ending.flows);
	table->ending = (struct ending){0};
}
