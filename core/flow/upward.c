/* SPDX-License-Identifier: BSD-2-Clause */
/* From the halves of a connection to its events: opens the stream at the first
 * byte or gap, so conversations that carried nothing cost nothing above. */
#include "core/flow/lifetime.h"

/* `client` and `server`: where the directions stand for who hears it. */
static void tell_eof(struct connection *connection, const struct half *half,
    uint64_t client, uint64_t server)
{
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = half->direction,
	    .reason = TCPFLOW_CLOSE_FIN,
	    .ts_ns = half->fin_ts_ns,
	    .packet = half->fin_packet,
	    .length = {client, server},
	};

	connection->environment->events->eof(connection->stream, &end);
}

static struct flow_facts facts_of(const struct connection *connection)
{
	const struct flow *flow = connection->flow;
	const struct side *side = connection->side;

	return (struct flow_facts){
	    .key = &connection->key,
	    .client = flow->client,
	    .client_guessed = flow->client_guessed,
	    .midstream = !side[0].syn && !side[1].syn,
	    .flow_id = flow->id,
	    .start_ns = connection->start_ns,
	    .source = connection->source,
	};
}

static void open_stream(struct connection *connection)
{
	const struct connection_environment *environment =
	    connection->environment;
	const struct flow_facts facts = facts_of(connection);
	const struct side *side = connection->side;

	connection->opened = true;
	connection->stream = environment->events->open(
	    environment->context, &facts);
	/* A side that ended before anything was said did so silently; what the
	 * other one is about to say was not told yet. */
	for (unsigned i = 0; i < 2 && connection->stream != NULL; i++) {
		if (side[i].half.ended)
			tell_eof(connection, &side[i].half, 0, 0);
	}
}

void connection_account(const struct connection *connection, uint32_t reason)
{
	const struct connection_environment *environment =
	    connection->environment;
	const struct flow_facts facts = facts_of(connection);
	struct flow_account account = {
	    .facts = &facts,
	    .reason = reason,
	    .end_ns = connection->last_ns,
	};

	for (unsigned i = 0; i < 2; i++) {
		const struct side *side = &connection->side[i];

		account.tally[i] = (struct flow_tally){
		    .packets = side->packets +
			flow_early(connection->flow,
			    i == TCPFLOW_C2S ? connection->flow->client
					     : !connection->flow->client),
		    .retransmitted = side->half.duplicate +
			side->half.store.duplicate,
		    .out_of_order = side->half.out_of_order,
		    .overlap_conflicts = side->half.store.conflicts,
		};
	}
	environment->events->account(
	    environment->context, connection->stream, &account);
}

static void on_data(void *context, const struct tcpflow_chunk *chunk)
{
	struct connection *connection = context;

	if (!connection->opened)
		open_stream(connection);
	if (connection->stream != NULL)
		connection->environment->events->data(
		    connection->stream, chunk);
	else
		connection->environment->counters
		    ->value[COUNTER_BYTES_UNCLAIMED] += chunk->len;
}

static void on_gap(void *context, const struct tcpflow_gap *gap)
{
	struct connection *connection = context;

	if (!connection->opened)
		open_stream(connection);
	if (connection->stream != NULL)
		connection->environment->events->gap(connection->stream, gap);
}

static void on_eof(void *context, const struct half *half)
{
	struct connection *connection = context;

	if (connection->stream != NULL)
		tell_eof(connection, half,
		    connection->side[TCPFLOW_C2S].half.next,
		    connection->side[TCPFLOW_S2C].half.next);
}

struct half_environment connection_half_environment(
    const struct store_limits *limits)
{
	return (struct half_environment){
	    .limits = *limits,
	    .data = on_data,
	    .gap = on_gap,
	    .eof = on_eof,
	};
}
