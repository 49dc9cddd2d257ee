/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists a directory, again and again. */
#include "core/capture/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Where the name is, or would be. */
static size_t place_of(const struct names *names, const char *name)
{
	size_t low = 0;
	size_t high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->items[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* At `place`.  False: out of memory. */
static bool names_add(struct names *names, size_t place, const char *name)
{
	char *copy;

	if (names->count == names->room) {
		size_t room = names->room > 0 ? 2 * names->room : 16;
		char **items = realloc(names->items, room * sizeof(*items));

		if (items == NULL)
			return false;
		names->items = items;
		names->room = room;
	}
	copy = strdup(name);
	if (copy == NULL)
		return false;
	memmove(names->items + place + 1, names->items + place,
	    (names->count - place) * sizeof(*names->items));
	names->items[place] = copy;
	names->count++;
	return true;
}

static void names_sort(struct names *names)
{
	if (names->count > 1)
		qsort(
		    names->items, names->count, sizeof(*names->items), by_name);
}

static bool names_have(const struct names *names, const char *name)
{
	size_t place = place_of(names, name);

	return place < names->count && strcmp(names->items[place], name) == 0;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){0};
}

struct directory *directory_open(int descriptor, const char *name)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL) {
		close(descriptor);
		return NULL;
	}
	directory->name = name;
	directory->stream = fdopendir(descriptor);
	if (directory->stream == NULL) {
		close(descriptor);
		free(directory);
		return NULL;
	}
	return directory;
}

void directory_close(struct directory *directory)
{
	closedir(directory->stream);
	names_free(&directory->seen);
	free(directory->first_foreign);
	free(directory);
}

static bool is_regular(const struct directory *directory, const char *name)
{
	struct stat status;

	return fstatat(dirfd(directory->stream), name, &status, 0) == 0 &&
	    S_ISREG(status.st_mode);
}

bool directory_scan(struct directory *directory, struct names *fresh)
{
	const struct dirent *entry;

	*fresh = (struct names){0};
	rewinddir(directory->stream);
	while (errno = 0, (entry = readdir(directory->stream)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.' || names_have(&directory->seen, name) ||
		    !is_regular(directory, name))
			continue;
		if (!names_add(fresh, fresh->count, name)) {
			errno = ENOMEM;
			break;
		}
	}
	if (errno != 0) {
		names_free(fresh);
		return false;
	}
	names_sort(fresh);
	return true;
}

bool directory_saw(struct directory *directory, const char *name)
{
	struct names *seen = &directory->seen;

	/* They come in order: nearly always it is the last. */
	return names_add(seen, place_of(seen, name), name);
}

/* It may have been replaced since: nobody waits for a pipe. */
int directory_file(const struct directory *directory, const char *name)
{
	return openat(dirfd(directory->stream), name,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}
