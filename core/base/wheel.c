/* SPDX-License-Identifier: BSD-2-Clause */
/* Timer wheel.  It knows links and seconds, not what is due. */
#include "core/base/wheel.h"

#include <assert.h>

#include "core/base/timestamp.h"

void wheel_init(struct wheel *wheel)
{
	for (unsigned i = 0; i < WHEEL_BUCKETS; i++)
		list_init(&wheel->bucket[i]);
	wheel->tick = 0;
	wheel->count = 0;
}

void wheel_put(struct wheel *wheel, struct list *link, uint64_t due_ns)
{
	uint64_t tick = due_ns / NS_PER_SECOND + (due_ns % NS_PER_SECOND > 0);

	/* Capture time starts anywhere: an empty wheel turns to it at once. */
	if (wheel->count == 0 && tick >= WHEEL_BUCKETS &&
	    tick - (WHEEL_BUCKETS - 1) > wheel->tick)
		wheel->tick = tick - (WHEEL_BUCKETS - 1);
	if (tick < wheel->tick)
		tick = wheel->tick;
	if (tick - wheel->tick >= WHEEL_BUCKETS)
		tick = wheel->tick + WHEEL_BUCKETS - 1;
	list_append(&wheel->bucket[tick % WHEEL_BUCKETS], link);
	wheel->count++;
}

void wheel_remove(struct wheel *wheel, struct list *link)
{
	assert(wheel->count > 0);
	list_remove(link);
	wheel->count--;
}

static struct list *take(struct wheel *wheel)
{
	struct list *link = wheel->bucket[wheel->tick % WHEEL_BUCKETS].next;

	wheel_remove(wheel, link);
	return link;
}

static bool tick_empty(const struct wheel *wheel)
{
	return list_empty(&wheel->bucket[wheel->tick % WHEEL_BUCKETS]);
}

struct list *wheel_take_due(struct wheel *wheel, uint64_t now_ns)
{
	uint64_t now = now_ns / NS_PER_SECOND;

	while (wheel->count > 0 && wheel->tick <= now) {
		if (!tick_empty(wheel))
			return take(wheel);
		wheel->tick++;
	}
	if (wheel->tick < now)
		wheel->tick = now;
	return NULL;
}

struct list *wheel_take_first(struct wheel *wheel)
{
	if (wheel->count == 0)
		return NULL;
	while (tick_empty(wheel))
		wheel->tick++;
	return take(wheel);
}
