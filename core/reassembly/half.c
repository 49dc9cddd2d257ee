/* SPDX-License-Identifier: BSD-2-Clause */
/* Reassembly of one direction.  It reads no clock, does no I/O, and knows
 * neither plugins nor the other direction. */
#include "core/reassembly/half.h"

#include <stddef.h>

static uint64_t *counter(const struct half *half, enum counter which)
{
	return &half->environment->limits.counters->value[which];
}

void half_init(struct half *half, const struct half_environment *environment,
    void *context, uint32_t direction)
{
	*half = (struct half){
	    .environment = environment,
	    .context = context,
	    .fin = HALF_NOWHERE,
	    .direction = (uint8_t)direction,
	};
}

void half_start(struct half *half, uint32_t first)
{
	half->first = first;
	half->started = true;
}

static void deliver(struct half *half, const uint8_t *bytes, uint64_t length,
    uint64_t ts_ns, uint64_t packet)
{
	const struct tcpflow_chunk chunk = {
	    .struct_size = sizeof(chunk),
	    .dir = half->direction,
	    .bytes = bytes,
	    .len = (size_t)length,
	    .offset = half->next,
	    .ts_ns = ts_ns,
	    .packet = packet,
	    .first_packet = packet,
	};

	half->next += length;
	*counter(half, COUNTER_BYTES_DELIVERED) += length;
	half->environment->data(half->context, &chunk);
}

static void declare_gap(struct half *half, uint64_t length, uint32_t reason,
    uint64_t ts_ns, uint64_t packet)
{
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = half->direction,
	    .offset = half->next,
	    .len = length,
	    .ts_ns = ts_ns,
	    .packet = packet,
	    .reason = reason,
	};

	half->next += length;
	*counter(half, COUNTER_BYTES_GAP) += length;
	*counter(half,
	    reason == TCPFLOW_GAP_SNAPLEN      ? COUNTER_GAPS_SNAPLEN
		: reason == TCPFLOW_GAP_BUDGET ? COUNTER_GAPS_BUDGET
					       : COUNTER_GAPS_LOST) += 1;
	half->environment->gap(half->context, &gap);
}

/* Delivers the first `length` bytes of extent, which stand at `next`. */
static void deliver_extent(
    struct half *half, struct extent *extent, uint64_t length)
{
	if (extent->bytes != NULL)
		deliver(
		    half, extent->bytes, length, extent->ts_ns, extent->packet);
	else
		declare_gap(half, length, TCPFLOW_GAP_SNAPLEN, extent->ts_ns,
		    extent->packet);
	extent_advance(extent, length);
}

/* Delivers the first piece, which stands at `next`. */
static void deliver_first(struct half *half, struct piece *piece)
{
	struct extent extent = {
	    .offset = piece->node.key,
	    .length = piece->length,
	    .bytes = piece->captured ? piece->bytes : NULL,
	    .ts_ns = piece->ts_ns,
	    .packet = piece->packet,
	};

	deliver_extent(half, &extent, extent.length);
	store_drop(&half->store, &half->environment->limits, piece);
}

bool half_drain(struct half *half, uint64_t reached)
{
	bool delivered = false;
	struct piece *piece;

	while ((piece = store_first(&half->store)) != NULL &&
	    piece->node.key == half->next && piece->awaits <= reached) {
		deliver_first(half, piece);
		delivered = true;
	}
	if (half->fin == half->next && !half->ended &&
	    half->fin_awaits <= reached) {
		half->ended = true;
		half->environment->eof(half->context, half);
		delivered = true;
	}
	return delivered;
}

bool half_skip(
    struct half *half, uint64_t upto, uint64_t ts_ns, uint64_t packet)
{
	const struct piece *piece = store_first(&half->store);

	if (piece != NULL && piece->node.key < upto)
		upto = piece->node.key;
	if (half->fin < upto)
		upto = half->fin;
	if (upto <= half->next)
		return false;
	declare_gap(half, upto - half->next, TCPFLOW_GAP_LOST, ts_ns, packet);
	return true;
}

uint64_t half_wants(const struct half *half)
{
	const struct piece *piece = store_first(&half->store);

	if (piece != NULL)
		return piece->node.key == half->next ? piece->awaits : 0;
	return half->fin == half->next && !half->ended ? half->fin_awaits : 0;
}

void half_concede(struct half *half, uint64_t reached)
{
	struct piece *piece = store_first(&half->store);

	if (piece != NULL && piece->node.key == half->next) {
		if (piece->awaits > reached)
			piece->awaits = reached;
	} else if (half->fin == half->next && half->fin_awaits > reached) {
		half->fin_awaits = reached;
	}
}

/* A limit is reached: the oldest hole becomes a gap and all that stands behind
 * it is delivered, whatever it waited for. */
static void relieve(struct half *half, uint64_t ts_ns, uint64_t packet)
{
	struct piece *piece = store_first(&half->store);

	if (piece->node.key > half->next)
		declare_gap(half, piece->node.key - half->next,
		    TCPFLOW_GAP_BUDGET, ts_ns, packet);
	while (piece != NULL && piece->node.key == half->next) {
		deliver_first(half, piece);
		piece = store_first(&half->store);
	}
}

/* Passes over what lies before `next`, which is a duplicate. */
static void trim_delivered(struct half *half, struct extent *extent)
{
	uint64_t length;

	if (extent->offset >= half->next)
		return;
	length = half->next - extent->offset;
	if (length > extent->length)
		length = extent->length;
	if (extent->bytes != NULL) {
		*counter(half, COUNTER_BYTES_DUPLICATE) += length;
		half->duplicate += length;
	}
	extent_advance(extent, length);
}

/* Stores the extent, making room until it fits.  A store that is empty and
 * still takes nothing has no memory at all: then the bytes are delivered. */
static void keep(struct half *half, struct extent *extent)
{
	while (!store_add(&half->store, &half->environment->limits, extent)) {
		if (store_first(&half->store) != NULL) {
			relieve(half, extent->ts_ns, extent->packet);
			trim_delivered(half, extent);
			continue;
		}
		if (extent->offset > half->next)
			declare_gap(half, extent->offset - half->next,
			    TCPFLOW_GAP_BUDGET, extent->ts_ns, extent->packet);
		deliver_extent(half, extent, extent->length);
	}
}

void half_receive_next(struct half *half, const uint8_t *bytes, uint32_t length,
    uint64_t ts_ns, uint64_t packet)
{
	if (half->highest < half->next + length)
		half->highest = half->next + length;
	deliver(half, bytes, length, ts_ns, packet);
}

/* In order and wanted: no copy.  Only what overlaps a stored piece is left. */
static void deliver_in_order(
    struct half *half, struct extent *extent, uint64_t reached)
{
	const struct piece *piece = store_first(&half->store);
	uint64_t length = extent->length;

	if (extent->offset != half->next || extent->awaits > reached)
		return;
	if (piece != NULL && piece->node.key - half->next < length)
		length = piece->node.key - half->next;
	if (length > 0)
		deliver_extent(half, extent, length);
}

static void receive_extent(
    struct half *half, struct extent *extent, uint64_t reached)
{
	trim_delivered(half, extent);
	if (extent->length == 0)
		return;
	if (extent->offset > half->next && extent->bytes != NULL) {
		*counter(half, COUNTER_OUT_OF_ORDER) += 1;
		half->out_of_order++;
	}
	if (extent->offset + extent->length > half->highest)
		half->highest = extent->offset + extent->length;

	extent->segment = (struct overlap_range){
	    extent->offset, extent->offset + extent->length};
	deliver_in_order(half, extent, reached);
	if (extent->length > 0)
		keep(half, extent);
}

/* A FIN at `offset`: the first one stands, unless data was seen behind it.  It
 * may come after its place was given up: then the direction ends here. */
static void receive_fin(
    struct half *half, uint64_t offset, const struct half_segment *segment)
{
	if (offset >= half->highest && offset < half->next)
		offset = half->next;
	if (half->fin != HALF_NOWHERE || offset < half->highest) {
		if (half->fin != offset)
			*counter(half, COUNTER_FIN_IGNORED) += 1;
		else if (segment->awaits < half->fin_awaits)
			half->fin_awaits = segment->awaits;
		return;
	}
	half->fin = offset;
	half->fin_awaits = segment->awaits;
	half->fin_ts_ns = segment->ts_ns;
	half->fin_packet = segment->packet;
	half->highest = offset;
}

/* The part of [offset, offset + length) that lies in front of offset 0 or
 * behind the FIN is passed over and counted. */
static void trim_outside(
    struct half *half, int64_t *offset, struct extent *extent)
{
	uint64_t outside = 0;

	if (*offset < 0) {
		outside = (uint64_t) - *offset;
		if (outside > extent->length)
			outside = extent->length;
		if (extent->bytes != NULL)
			extent->bytes += outside;
		extent->length -= outside;
		*offset += (int64_t)outside;
	}
	extent->offset = (uint64_t)*offset;
	if (extent->length > 0 && half->fin != HALF_NOWHERE &&
	    extent->offset + extent->length > half->fin) {
		uint64_t keep_length =
		    extent->offset < half->fin ? half->fin - extent->offset : 0;

		outside += extent->length - keep_length;
		extent->length = keep_length;
	}
	if (extent->bytes != NULL)
		*counter(half, COUNTER_BYTES_OUTSIDE) += outside;
}

void half_receive(
    struct half *half, const struct half_segment *segment, uint64_t reached)
{
	int64_t offset = segment->offset;
	struct extent extent = {
	    .length = segment->length,
	    .bytes = segment->bytes,
	    .awaits = segment->awaits,
	    .ts_ns = segment->ts_ns,
	    .packet = segment->packet,
	    .single = segment->length + segment->missing == 1,
	};

	if (segment->length > 0) {
		trim_outside(half, &offset, &extent);
		receive_extent(half, &extent, reached);
	}
	if (segment->missing > 0) {
		offset = segment->offset + segment->length;
		extent.bytes = NULL;
		extent.length = segment->missing;
		trim_outside(half, &offset, &extent);
		receive_extent(half, &extent, reached);
	}
	if (segment->fin) {
		offset = segment->offset + segment->length + segment->missing;
		if (offset >= 0)
			receive_fin(half, (uint64_t)offset, segment);
	}
	half_drain(half, reached);
}

void half_clear(struct half *half)
{
	store_clear(&half->store, &half->environment->limits);
}
