/* SPDX-License-Identifier: BSD-2-Clause */
/* --follow: files that grow, and directories that gain files.  Nothing tells
 * when a file is complete but the next one in its directory: then what is there
 * is all. */
#include <time.h>

#include "core/base/timestamp.h"
#include "core/capture/input.h"

static uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* Once a second.  False: logged. */
static bool look_into_directories(struct source *source)
{
	uint64_t now = clock_now();

	if (now < source->look_ns)
		return true;
	source->look_ns = now + NS_PER_SECOND;
	for (struct list *link = source->directories.next;
	     link != &source->directories; link = link->next) {
		if (!named_look(
			source, list_entry(link, struct directory, link)))
			return false;
	}
	return true;
}

/* Those that have more leave the quiet.  False: as AHEAD_STOP. */
static bool ask_quiet(struct source *source)
{
	struct list *link = source->quiet.next;

	while (link != &source->quiet) {
		struct input *input = list_entry(link, struct input, link);

		link = link->next;
		switch (files_read_ahead(source, input)) {
		case AHEAD_LATER:
			break;
		case AHEAD_STOP:
			return false;
		default:
			list_remove(&input->link);
			break;
		}
	}
	return true;
}

enum ahead growth_look(struct source *source)
{
	if (!ask_quiet(source) || !look_into_directories(source))
		return AHEAD_STOP;
	if (heap_first(&source->turns) != NULL ||
	    source->merged < source->count)
		return AHEAD_READY;
	return !list_empty(&source->quiet) || !list_empty(&source->directories)
	    ? AHEAD_LATER
	    : AHEAD_ENDED;
}
