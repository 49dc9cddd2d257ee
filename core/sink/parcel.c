/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces in order.  It knows nothing of what they say, nor of threads. */
#include "core/sink/parcel.h"

#include <stdlib.h>

#define FIRST_ROOM 64u
#define BYTES_KEPT (1u << 20) /* for the next pieces             */

/* Below, at or above 0: which of two pieces comes first. */
static int compare(const struct piece *a, const struct piece *b)
{
	if (a->packet != b->packet)
		return a->packet < b->packet ? -1 : 1;
	return (a->flow > b->flow) - (a->flow < b->flow);
}

static bool grow(struct parcel *parcel)
{
	size_t room = parcel->room > 0 ? 2 * parcel->room : FIRST_ROOM;
	struct piece *pieces;

	if (parcel->count < parcel->room)
		return true;
	pieces = realloc(parcel->pieces, room * sizeof(*pieces));
	if (pieces == NULL)
		return false;
	parcel->pieces = pieces;
	parcel->room = room;
	return true;
}

bool parcel_add(struct parcel *parcel, const struct piece *piece,
    const void *bytes, size_t length)
{
	size_t at = parcel->bytes.length;
	struct piece *added;

	if (!grow(parcel))
		return false;
	buffer_append(&parcel->bytes, bytes, length);
	if (parcel->bytes.failed) {
		parcel->bytes.failed = false;
		return false;
	}
	added = &parcel->pieces[parcel->count++];
	*added = *piece;
	added->at = at;
	added->length = length;
	if (parcel->count > 1 && compare(added - 1, added) > 0)
		parcel->shuffled = true;
	return true;
}

/* As compare(), and in the order of writing. */
static int compare_stably(const void *a, const void *b)
{
	const struct piece *x = a;
	const struct piece *y = b;
	int order = compare(x, y);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static void sort(struct parcel *parcel)
{
	if (parcel->shuffled)
		qsort(parcel->pieces, parcel->count, sizeof(*parcel->pieces),
		    compare_stably);
	parcel->shuffled = false;
}

static void empty(struct parcel *parcel)
{
	parcel->count = 0;
	if (parcel->bytes.room > BYTES_KEPT)
		buffer_free(&parcel->bytes);
	buffer_reset(&parcel->bytes);
}

static void take(const struct parcel *parcel, const struct piece *piece)
{
	piece->outlet->take(
	    piece->outlet, piece, parcel->bytes.bytes + piece->at);
}

/* The parcel with the first piece of all, where next[i] is the next of the i'th;
 * count: all are empty. */
static size_t first_of(
    struct parcel *const *parcels, const size_t *next, size_t count)
{
	size_t first = count;

	for (size_t i = 0; i < count; i++) {
		if (next[i] < parcels[i]->count &&
		    (first == count ||
			compare(&parcels[i]->pieces[next[i]],
			    &parcels[first]->pieces[next[first]]) < 0))
			first = i;
	}
	return first;
}

static void merge(struct parcel *const *parcels, size_t count)
{
	size_t next[PARCELS_MOST] = {0};
	size_t first;

	while ((first = first_of(parcels, next, count)) < count)
		take(parcels[first], &parcels[first]->pieces[next[first]++]);
}

void parcels_deliver(struct parcel *const *parcels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sort(parcels[i]);
	if (count == 1) {
		for (size_t i = 0; i < parcels[0]->count; i++)
			take(parcels[0], &parcels[0]->pieces[i]);
	} else {
		merge(parcels, count);
	}
	for (size_t i = 0; i < count; i++)
		empty(parcels[i]);
}

void parcel_free(struct parcel *parcel)
{
	buffer_free(&parcel->bytes);
	free(parcel->pieces);
	*parcel = (struct parcel){0};
}
