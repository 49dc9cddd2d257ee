/* SPDX-License-Identifier: BSD-2-Clause */
/* What was told of one direction. */
#include "tests/property/transcript.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void transcript_clear(struct transcript *transcript)
{
	transcript->end = 0;
	transcript->ended = false;
	transcript->used = 0;
	transcript->gap_count = 0;
}

void transcript_data(
    struct transcript *transcript, const uint8_t *bytes, size_t length)
{
	if (length > TRANSCRIPT_BYTES - transcript->used)
		abort(); /* the schedules are shorter */
	memcpy(transcript->bytes + transcript->used, bytes, length);
	transcript->used += (uint32_t)length;
	transcript->end += length;
}

void transcript_gap(
    struct transcript *transcript, uint64_t length, uint32_t reason)
{
	struct transcript_gap *last = transcript->gaps + transcript->gap_count -
	    1;

	if (transcript->gap_count > 0 && last->reason == reason &&
	    last->offset + last->length == transcript->end) {
		last->length += length;
	} else {
		if (transcript->gap_count == TRANSCRIPT_GAPS)
			abort();
		transcript->gaps[transcript->gap_count++] =
		    (struct transcript_gap){
			.offset = transcript->end,
			.length = length,
			.reason = reason,
		    };
	}
	transcript->end += length;
}

/* The gaps that begin in front of `end`. */
static uint32_t gaps_before(const struct transcript *transcript, uint64_t end)
{
	uint32_t count = transcript->gap_count;

	while (count > 0 && transcript->gaps[count - 1].offset >= end)
		count--;
	return count;
}

const char *transcript_differs(
    const struct transcript *a, const struct transcript *b, uint64_t free_from)
{
	uint32_t gaps = gaps_before(a, free_from);

	if (a->used != b->used)
		return "number of bytes";
	if (memcmp(a->bytes, b->bytes, a->used) != 0)
		return "bytes";
	if (gaps != gaps_before(b, free_from))
		return "number of gaps";
	for (uint32_t i = 0; i < gaps; i++) {
		const struct transcript_gap *x = &a->gaps[i];
		const struct transcript_gap *y = &b->gaps[i];

		if (x->offset != y->offset)
			return "offset of a gap";
		if (x->length != y->length && x->offset + x->length < free_from)
			return "length of a gap";
		if (x->reason != y->reason)
			return "reason of a gap";
	}
	if (a->end != b->end && (a->end < free_from || b->end < free_from))
		return "end";
	return a->ended != b->ended ? "eof" : NULL;
}

void transcript_print(const char *who, const struct transcript *transcript)
{
	fprintf(stderr, "  %s: %u bytes, end %" PRIu64 "%s, gaps", who,
	    (unsigned)transcript->used, transcript->end,
	    transcript->ended ? " eof" : "");
	for (uint32_t i = 0; i < transcript->gap_count; i++)
		fprintf(stderr, " %" PRIu64 "+%" PRIu64 "(%u)",
		    transcript->gaps[i].offset, transcript->gaps[i].length,
		    (unsigned)transcript->gaps[i].reason);
	fprintf(stderr, "\n");
}
