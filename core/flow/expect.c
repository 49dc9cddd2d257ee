/* SPDX-License-Identifier: BSD-2-Clause */
/* What the next segments will need of the table is brought into the cache
 * before it is needed.  Each round only asks for what the round before has had
 * the time to bring, so that memory works while we do:
 *
 *	tag -> slot | flow | connection and its halves | stream
 *
 * Nothing is changed, and nothing is relied upon: until a segment's turn comes, its
 * flow may have gone, and another may stand there. */
#include <assert.h>

#include "core/flow/lifetime.h"

/* The lines that each packet needs (connection.h). */
static void fetch_side(const struct side *side)
{
	__builtin_prefetch(side);
	__builtin_prefetch(&side->acknowledged);
}

/* All of it: the connection ends. */
static void fetch_whole(const struct connection *connection)
{
	const char *bytes = (const char *)connection;

	for (size_t at = 0; at < sizeof(*connection); at += CACHE_LINE)
		__builtin_prefetch(bytes + at);
}

static void fetch_connection(
    const struct connection *connection, const struct segment *segment)
{
	if (segment->flags & SEGMENT_FIN) {
		fetch_whole(connection);
		return;
	}
	__builtin_prefetch(connection);
	fetch_side(&connection->side[0]);
	fetch_side(&connection->side[1]);
}

void flow_table_expect(const struct flow_table *table,
    const struct segment *const *segments, struct flow **flows, size_t count)
{
	uint32_t tags[FLOW_EXPECTED_MOST];

	assert(count <= FLOW_EXPECTED_MOST);
	for (size_t i = 0; i < count; i++) {
		tags[i] = flow_table_tag(table, segments[i]);
		flow_index_fetch(&table->index, tags[i]);
	}
	for (size_t i = 0; i < count; i++) {
		flows[i] = flow_index_expect(&table->index, tags[i]);
		__builtin_prefetch(flows[i]);
	}
	for (size_t i = 0; i < count; i++) {
		if (flows[i] != NULL && flow_connection(flows[i]) != NULL)
			fetch_connection(
			    flow_connection(flows[i]), segments[i]);
	}
	for (size_t i = 0; i < count; i++) {
		const struct connection *connection =
		    flows[i] != NULL ? flow_connection(flows[i]) : NULL;

		if (connection != NULL && connection->stream != NULL)
			table->config.events->expect(connection->stream,
			    segments[i]->flags & SEGMENT_FIN);
	}
}
