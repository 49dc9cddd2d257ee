/* SPDX-License-Identifier: BSD-2-Clause */
/* Random schedules through the flow table and through the reference:
 *
 *	reassembly            SCHEDULES of them (20,000), from number SEED (1)
 *	reassembly NUMBER     that one, packet by packet
 *
 * Where they differ it says how, and the number. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow/table.h"
#include "tests/property/listener.h"

#define SCHEDULES 20000
#define SIDES ((const char *[]){"client", "server"})

static struct schedule schedule;
static struct listener listener;
static struct counters counters;
static struct memory memory;
static bool verbose;

static void fail(const char *problem)
{
	if (listener.problem == NULL)
		listener.problem = problem;
}

static bool is_exact(void)
{
	return schedule.kind == SCHEDULE_EXACT ||
	    schedule.kind == SCHEDULE_FAR || schedule.kind == SCHEDULE_JOINED;
}

static struct flow_table *open_table(void)
{
	bool tight = schedule.kind == SCHEDULE_TIGHT;
	const struct flow_config config = {
	    .idle_ns = FLOW_IDLE_NS,
	    .half_open_ns = FLOW_HALF_OPEN_NS,
	    .linger_ns = FLOW_LINGER_NS,
	    .reorder_bytes = tight ? 1000 : FLOW_REORDER_BYTES,
	    .reorder_pieces = tight ? 1 + schedule.count % 5
				    : FLOW_REORDER_PIECES,
	    .memory = &memory,
	    .counters = &counters,
	    .events = &listener_events,
	    .context = &listener,
	};

	counters = (struct counters){{0}};
	memory_divide(&memory, 64u << 20);
	return flow_table_open(&config);
}

static struct segment segment_of(
    const struct conversation *about, uint32_t packet)
{
	const struct sent *sent = &schedule.packets[packet];
	struct segment segment = {
	    .key =
		{
		    .ip = {{192, 0, 2, (uint8_t)(1 + sent->side)},
			{192, 0, 2, (uint8_t)(2 - sent->side)}},
		    .port = {sent->side ? 80 : 40000, sent->side ? 40000 : 80},
		    .family = 4,
		},
	    .payload = schedule.pool + sent->at,
	    .length = sent->length,
	    .missing = sent->missing,
	    .ts_ns = sent->ts_ns,
	    .packet = packet + 1,
	    .sequence = about->isn[sent->side] + (uint32_t)sent->offset +
		!(sent->flags & SENT_SYN),
	    .acknowledgement = about->isn[!sent->side] + 1 +
		(uint32_t)sent->ack,
	    .window = sent->window,
	    .flags = sent->flags,
	    .window_scale = SEGMENT_NO_SCALE,
	};

	segment.from = (uint8_t)flow_key_sort(&segment.key);
	return segment;
}

/* What nobody can tell from the truth: before there is a connection, behind an
 * end that all saw, or where a FIN would be that was lost. */
static bool is_ambiguous(uint32_t packet, const struct reference *reference)
{
	const struct sent *sent = &schedule.packets[packet];

	if (sent->kind != SENT_FORGED ||
	    (sent->length == 0 && !(sent->flags & SENT_FIN)))
		return false;
	return packet < reference->first || reference->over || !is_exact() ||
	    (sent->length > 0 &&
		reference->side[sent->side].fin == REFERENCE_NOWHERE);
}

static void print_packet(uint32_t packet)
{
	const struct sent *sent = &schedule.packets[packet];

	fprintf(stderr,
	    "%4u %10.3f ms  %s  %s%s%s%s%s%s at %" PRId64
	    " +%u(+%u) ack %" PRId64 "\n",
	    (unsigned)packet + 1, (double)(sent->ts_ns % 1000000000000) / 1e6,
	    SIDES[sent->side], sent->kind == SENT_FORGED ? "forged " : "",
	    sent->kind == SENT_PAUSE ? "pause" : "",
	    sent->flags & SENT_SYN ? "S" : "",
	    sent->flags & SENT_FIN ? "F" : "",
	    sent->flags & SENT_RST ? "R" : "",
	    sent->flags & SENT_ACK ? "." : "", sent->offset,
	    (unsigned)sent->length, (unsigned)sent->missing, sent->ack);
}

static void print_state(const struct heard *heard)
{
	for (unsigned i = 0; i < 2; i++) {
		fprintf(stderr, "  %s\n", SIDES[i]);
		transcript_print("told", &heard->said[i]);
		transcript_print("true", &heard->reference->side[i].said);
	}
}

/* All that may be told has been told. */
static void compare_now(const struct heard *heard)
{
	const struct reference *reference = heard->reference;
	const struct reference_side *side = reference->side;

	if (!is_exact() || schedule.kind == SCHEDULE_JOINED ||
	    side[0].said.end + side[1].said.end == 0)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (heard->said[i].end != side[i].said.end)
			fail(heard->said[i].end < side[i].said.end
				? "told too little"
				: "told too much");
		if (heard->said[i].ended != side[i].said.ended)
			fail("eof too early or too late");
	}
}

static void compare_side(const struct heard *heard, unsigned i)
{
	const struct reference_side *side = &heard->reference->side[i];
	uint64_t free_from = UINT64_MAX;

	/* Of what was only acknowledged one byte may be a FIN, and it may have
	 * been acknowledged before a connection was known. */
	if (side->fin == REFERENCE_NOWHERE)
		free_from = side->highest;
	else if (schedule.kind == SCHEDULE_JOINED)
		free_from = side->fin;
	if (is_exact() && heard->opened) {
		const char *differs = transcript_differs(
		    &heard->said[i], &side->said, free_from);

		if (differs != NULL)
			fail(differs);
		if (schedule.kind != SCHEDULE_JOINED &&
		    (heard->conflicts[i] > 0) != side->conflict)
			fail(side->conflict ? "a conflict was not told"
					    : "a conflict that is none");
	}
	if (is_exact() && !heard->opened &&
	    (side->said.end > 0 && free_from > 0))
		fail("nothing was told");
	if (side->fin == REFERENCE_NOWHERE &&
	    heard->said[i].end > side->highest &&
	    heard->said[i].end > side->acknowledged &&
	    schedule.kind != SCHEDULE_JOINED)
		fail("more than anybody knows of");
	if (schedule.kind != SCHEDULE_JOINED && is_exact() &&
	    side->fin == REFERENCE_NOWHERE &&
	    heard->said[i].end + 1 < side->acknowledged)
		fail("less than was acknowledged");
	if (heard->said[i].end < side->highest)
		fail("the last bytes are missing");
	if (!heard->said[i].ended && heard->opened &&
	    side->fin != REFERENCE_NOWHERE)
		fail("no eof");
}

static void compare_end(const struct heard *heard, bool last)
{
	const struct reference *reference = heard->reference;

	if (heard->opened != heard->closed)
		fail("not closed");
	if (heard->accounted != reference_has_connection(reference))
		fail("not one book");
	compare_side(heard, 0);
	compare_side(heard, 1);
	if (is_exact() && heard->accounted &&
	    heard->reason !=
		reference_reason(reference,
		    last ? TCPFLOW_CLOSE_EXIT : TCPFLOW_CLOSE_REUSED))
		fail("reason");
}

static void compare_books(void)
{
	const uint64_t *value = counters.value;

	if (value[COUNTER_BYTES_PAYLOAD] !=
	    value[COUNTER_BYTES_DELIVERED] + value[COUNTER_BYTES_DUPLICATE] +
		value[COUNTER_BYTES_OUTSIDE] + value[COUNTER_BYTES_LATE] +
		value[COUNTER_BYTES_SHED])
		fail("bytes do not balance");
	/* Of two copies, the one that was cut may have the only place. */
	if (value[COUNTER_BYTES_SHED] > 0 &&
	    !(schedule.kind == SCHEDULE_TIGHT && schedule.cuts))
		fail("bytes were shed");
	if (value[COUNTER_FLOWS] !=
	    value[COUNTER_CLOSED_FIN] + value[COUNTER_CLOSED_RST] +
		value[COUNTER_CLOSED_IDLE] + value[COUNTER_CLOSED_EVICTED] +
		value[COUNTER_CLOSED_REUSED] + value[COUNTER_CLOSED_EXIT])
		fail("flows do not balance");
	if (memory.reorder.used > 0)
		fail("memory is not given back");
}

static void run_packet(
    struct flow_table *table, const struct heard *heard, uint32_t packet)
{
	const struct sent *sent = &schedule.packets[packet];
	struct segment segment;

	listener.packet = packet;
	if (verbose)
		print_packet(packet);
	if (is_ambiguous(packet, heard->reference))
		return;
	if (sent->kind == SENT_PAUSE) {
		reference_pause(heard->reference);
		flow_table_advance(table, sent->ts_ns, packet + 1);
	} else {
		segment = segment_of(heard->reference->about, packet);
		reference_packet(heard->reference, packet);
		flow_table_segment(table, &segment, NULL, segment.ts_ns);
	}
	compare_now(heard);
	if (verbose)
		print_state(heard);
}

/* NULL, or what was wrong. */
static const char *run(uint64_t seed)
{
	struct flow_table *table;
	struct heard *last;

	schedule_make(&schedule, seed);
	listener_begin(&listener, &schedule);
	last = &listener.heard[schedule.conversations - 1];
	table = open_table();
	if (table == NULL)
		return "out of memory";
	for (uint32_t i = 0; i < schedule.conversations; i++) {
		const struct heard *heard = &listener.heard[i];
		const struct conversation *about = &schedule.conversation[i];

		for (uint32_t packet = about->first;
		     packet < about->behind && listener.problem == NULL;
		     packet++)
			run_packet(table, heard, packet);
	}
	listener.packet = schedule.count;
	flow_table_close(&table);
	for (struct heard *heard = listener.heard;
	     heard <= last && listener.problem == NULL; heard++) {
		reference_end(heard->reference);
		compare_end(heard, heard == last);
		if (verbose || listener.problem != NULL)
			print_state(heard);
	}
	compare_books();
	return listener.problem;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? strtoull(value, NULL, 10) : otherwise;
}

int main(int count, char **words)
{
	uint64_t schedules = number_of("SCHEDULES", SCHEDULES);
	uint64_t first = number_of("SEED", 1);

	if (count > 1) {
		verbose = true;
		schedules = 1;
		first = strtoull(words[1], NULL, 10);
	}
	for (uint64_t i = first; i < first + schedules; i++) {
		const char *problem = run(i);

		if (problem != NULL) {
			printf("schedule %" PRIu64 " (kind %d): %s\n", i,
			    (int)schedule.kind, problem);
			return 1;
		}
	}
	printf("%" PRIu64 " schedules\n", schedules);
	return 0;
}
