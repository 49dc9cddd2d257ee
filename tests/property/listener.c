/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract of flow events, checked event by event. */
#include "tests/property/listener.h"

static void check(const struct heard *heard, bool holds, const char *problem)
{
	if (!holds && heard->listener->problem == NULL)
		heard->listener->problem = problem;
}

void listener_begin(struct listener *listener, const struct schedule *schedule)
{
	listener->schedule = schedule;
	listener->problem = NULL;
	for (uint32_t i = 0; i < schedule->conversations; i++) {
		struct heard *heard = &listener->heard[i];

		heard->reference = &listener->reference[i];
		heard->listener = listener;
		heard->opened = 0;
		heard->closed = 0;
		heard->accounted = 0;
		heard->reason = 0;
		transcript_clear(&heard->said[0]);
		transcript_clear(&heard->said[1]);
		reference_begin(
		    heard->reference, schedule, &schedule->conversation[i]);
	}
}

/* The conversation a flow belongs to: packets are numbered from 1. */
static struct heard *heard_of(
    struct listener *listener, const struct flow_facts *facts)
{
	const struct schedule *schedule = listener->schedule;

	for (uint32_t i = 0; i < schedule->conversations; i++) {
		if (facts->flow_id > schedule->conversation[i].first &&
		    facts->flow_id <= schedule->conversation[i].behind)
			return &listener->heard[i];
	}
	if (listener->problem == NULL)
		listener->problem = "a flow without a first packet";
	return &listener->heard[0];
}

static void *on_open(void *context, const struct flow_facts *facts)
{
	struct heard *heard = heard_of(context, facts);

	check(heard, heard->opened++ == 0, "opened twice");
	check(heard, facts->key->port[facts->client] == 40000,
	    "the wrong client");
	return heard;
}

/* What the segment of these bytes acknowledges went up before; the byte behind
 * the last one may have been a FIN. */
static bool is_causal(
    const struct heard *heard, unsigned side, uint64_t from, uint64_t offset)
{
	uint64_t awaits = reference_awaits(
	    &heard->reference->side[side], offset, heard->listener->packet);
	const struct transcript *other = &heard->said[!side];
	uint64_t reached = other->end + other->ended;

	uint64_t back = reference_awaits(&heard->reference->side[!side],
	    other->end, heard->listener->packet - 1);

	/* Each of both acknowledges the other: copies were lost that did not. */
	if (back != REFERENCE_NOWHERE && back > from)
		return true;
	return reached >= awaits ||
	    (reached + 1 == awaits &&
		!reference_has(&heard->reference->side[!side], other->end,
		    awaits, heard->listener->packet));
}

static void on_data(void *stream, const struct tcpflow_chunk *chunk)
{
	struct heard *heard = stream;
	struct transcript *said = &heard->said[chunk->dir];
	const struct reference_side *side = &heard->reference->side[chunk->dir];

	check(heard, heard->closed == 0, "data behind close");
	check(heard, !said->ended, "data behind eof");
	check(heard, chunk->offset == said->end, "data elsewhere");
	check(heard, chunk->len > 0, "no data");
	for (size_t i = 0; i < chunk->len; i++) {
		check(heard,
		    reference_said(side, said->end + i, chunk->bytes[i],
			heard->listener->packet),
		    "a byte that nobody said there");
		if (heard->listener->schedule->kind != SCHEDULE_TIGHT)
			check(heard,
			    is_causal(heard, chunk->dir, chunk->offset,
				chunk->offset + i),
			    "an answer before its question");
	}
	transcript_data(said, chunk->bytes, chunk->len);
}

static void on_gap(void *stream, const struct tcpflow_gap *gap)
{
	struct heard *heard = stream;
	struct transcript *said = &heard->said[gap->dir];

	check(heard, heard->closed == 0, "a gap behind close");
	check(heard, !said->ended, "a gap behind eof");
	check(heard, gap->offset == said->end, "a gap elsewhere");
	check(heard, gap->len > 0, "no gap");
	if (gap->reason != TCPFLOW_GAP_SNAPLEN)
		check(heard,
		    !reference_has(&heard->reference->side[gap->dir],
			gap->offset, gap->offset + gap->len,
			heard->listener->packet),
		    "a gap where bytes were captured");
	if (heard->listener->schedule->kind != SCHEDULE_TIGHT)
		check(heard, gap->reason != TCPFLOW_GAP_BUDGET,
		    "a gap for want of memory");
	transcript_gap(said, gap->len, gap->reason);
}

static void on_eof(void *stream, const struct tcpflow_end *end)
{
	struct heard *heard = stream;
	struct transcript *said = &heard->said[end->dir];

	check(heard, heard->closed == 0, "eof behind close");
	check(heard, !said->ended, "eof twice");
	check(heard,
	    end->length[0] == heard->said[0].end &&
		end->length[1] == heard->said[1].end,
	    "eof elsewhere");
	check(heard, said->end >= heard->reference->side[end->dir].fin,
	    "eof before the FIN");
	said->ended = true;
}

static void on_account(
    void *context, void *stream, const struct flow_account *account)
{
	struct heard *heard = heard_of(context, account->facts);

	check(heard, stream == NULL || stream == heard, "another's books");
	check(heard, heard->accounted++ == 0, "two books");
	check(heard, heard->closed == 0, "books behind close");
	heard->reason = account->reason;
	for (unsigned i = 0; i < 2; i++)
		heard->conflicts[i] = account->tally[i].overlap_conflicts;
}

static void on_close(void *stream, const struct tcpflow_end *end)
{
	struct heard *heard = stream;

	check(heard, heard->closed++ == 0, "closed twice");
	check(heard,
	    end->length[0] == heard->said[0].end &&
		end->length[1] == heard->said[1].end,
	    "closed elsewhere");
	check(heard, end->reason == heard->reason, "two reasons");
}

const struct flow_events listener_events = {
    .open = on_open,
    .data = on_data,
    .gap = on_gap,
    .eof = on_eof,
    .account = on_account,
    .close = on_close,
};
