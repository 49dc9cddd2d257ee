/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the window; it knows nothing of what is in it. */
#include "core/capture/window.h"

#include <stdlib.h>
#include <string.h>

bool window_open(struct window *window, struct supply *supply, size_t room)
{
	*window = (struct window){.supply = supply, .room = room};
	window->bytes = malloc(room);
	if (window->bytes != NULL)
		return true;
	supply_close(&window->supply);
	return false;
}

void window_close(struct window *window)
{
	supply_close(&window->supply);
	free(window->bytes);
	*window = (struct window){0};
}

/* What is ready goes to the front, in memory of at least `length` bytes. */
static bool make_room(struct window *window, size_t length)
{
	size_t room = window->room;
	uint8_t *bytes;

	if (window->start > 0)
		memmove(window->bytes, window->bytes + window->start,
		    window_ready(window));
	window->end -= window->start;
	window->start = 0;
	if (length <= room)
		return true;
	while (room < length)
		room *= 2;
	bytes = realloc(window->bytes, room);
	if (bytes == NULL)
		return false;
	window->bytes = bytes;
	window->room = room;
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
