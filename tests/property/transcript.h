/* SPDX-License-Identifier: BSD-2-Clause */
/* What was told of one direction, in order: its bytes, its gaps and its end.
 * It knows neither segments nor who told. */
#ifndef TESTS_PROPERTY_TRANSCRIPT_H
#define TESTS_PROPERTY_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSCRIPT_BYTES (1u << 15)
#define TRANSCRIPT_GAPS 1024u

struct transcript_gap {
	uint64_t offset;
	uint64_t length;
	uint32_t reason; /* TCPFLOW_GAP_*                   */
};

struct transcript {
	uint64_t end; /* behind the last byte or gap     */
	bool ended;
	uint32_t used;
	uint32_t gap_count;
	struct transcript_gap gaps[TRANSCRIPT_GAPS];
	uint8_t bytes[TRANSCRIPT_BYTES]; /* without the gaps */
};

void transcript_clear(struct transcript *transcript);

/* Bytes or a gap stand at the end so far.  Gaps that touch and have the same
 * reason are one. */
void transcript_data(
    struct transcript *transcript, const uint8_t *bytes, size_t length);
void transcript_gap(
    struct transcript *transcript, uint64_t length, uint32_t reason);

/* NULL: both say the same; else in which way they differ.  What stands behind
 * `free_from` in one alone, and is a gap, is no difference. */
const char *transcript_differs(
    const struct transcript *a, const struct transcript *b, uint64_t free_from);

/* On standard error, a line. */
void transcript_print(const char *who, const struct transcript *transcript);

#endif
