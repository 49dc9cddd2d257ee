/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the window; it knows nothing of what is in it. */
#include "core/capture/window.h"

#include <string.h>

static void use(struct window *window, struct region *region)
{
	window->region = region;
	window->bytes = region->bytes;
	window->room = region->room;
}

bool window_open(struct window *window, struct supply *supply, size_t room)
{
	struct region *region = region_new(room);

	*window = (struct window){.supply = supply};
	if (region == NULL) {
		supply_close(&window->supply);
		return false;
	}
	use(window, region);
	return true;
}

void window_close(struct window *window)
{
	supply_close(&window->supply);
	region_release(window->region);
	*window = (struct window){0};
}

/* What is ready goes to the front of memory of at least `length` bytes: another
 * region, where this one is too small, or must stay as it is. */
static bool make_room(struct window *window, size_t length)
{
	struct region *old = window->region;
	struct region *region = old;
	size_t room = window->room;

	while (room < length)
		room *= 2;
	if (room > window->room || region_is_shared(old))
		region = region_new(room);
	if (region == NULL)
		return false;
	memmove(
	    region->bytes, window->bytes + window->start, window_ready(window));
	window->end -= window->start;
	window->start = 0;
	if (region != old) {
		use(window, region);
		region_release(old);
	}
	return true;
}

enum window_filling window_fill(struct window *window, size_t length)
{
	if (window_ready(window) >= length)
		return WINDOW_READY;
	if (!window->ended && !make_room(window, length)) {
		window->ended = true;
		window->problem = "out of memory";
	}
	while (!window->ended && window->end < length) {
		ssize_t more = supply_read(window->supply,
		    window->bytes + window->end, window->room - window->end);

		if (more == INTAKE_LATER)
			return WINDOW_LATER;
		if (more > 0) {
			window->end += (size_t)more;
			continue;
		}
		window->ended = true;
		if (more < 0)
			window->problem = supply_problem(window->supply);
	}
	return window_ready(window) >= length ? WINDOW_READY : WINDOW_ENDED;
}
