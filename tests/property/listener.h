/* SPDX-License-Identifier: BSD-2-Clause */
/* Hears what the flow table tells of a schedule, and holds each event against
 * the contract of core/flow/events.h while it is told: tiling, order, ends, no
 * byte that nobody said, no gap where bytes were captured. */
#ifndef TESTS_PROPERTY_LISTENER_H
#define TESTS_PROPERTY_LISTENER_H

#include "core/flow/events.h"
#include "tests/property/reference.h"

/* What was told of one conversation. */
struct heard {
	struct reference *reference;
	struct listener *listener;
	unsigned opened;
	unsigned closed;
	unsigned accounted;
	uint32_t reason;
	uint64_t conflicts[2];
	struct transcript said[2];
};

struct listener {
	const struct schedule *schedule;
	uint32_t packet;     /* the one in hand, by its place   */
	const char *problem; /* the first one, or NULL          */
	struct heard heard[SCHEDULE_CONVERSATIONS];
	struct reference reference[SCHEDULE_CONVERSATIONS];
};

extern const struct flow_events listener_events;

void listener_begin(struct listener *listener, const struct schedule *schedule);

#endif
