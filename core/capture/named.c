/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the files that were named, and those of the directories that were. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/capture/input.h"

#define AWAKE_MOST 16u /* files that stay open from the start */

static enum source_error cannot_open(
    const struct source *source, const char *name)
{
	log_write(source->log, LOG_LEVEL_ERROR, "cannot open %s: %s%s", name,
	    strerror(errno),
	    errno == EMFILE ? " (ulimit -n tells how many can be open)" : "");
	return SOURCE_UNREADABLE;
}

/* Where there are many, one that has not been read from yet sleeps. */
static void rest(const struct source *source, struct input *input)
{
	if (source->count > AWAKE_MOST)
		(void)input_sleep(input);
}

/* The link type's program is made before the capture starts, so that a mistake
 * in the filter shows at once.  False: there is one. */
static bool begun(struct source *source, struct input *input)
{
	if (source->filter != NULL &&
	    !filter_compile(
		source->filter, reader_first(&input->reader)->link_type)) {
		source->misused = true;
		return false;
	}
	if (!input->growing)
		rest(source, input);
	return true;
}

/* Standard input is read through a descriptor of its own, so that it is closed
 * like any file. */
static int open_named(const char *name, bool is_stdin)
{
	return is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			: open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* The name of a file in a directory; NULL: out of memory. */
static char *join(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	bool ends = length > 0 && directory[length - 1] == '/';
	char *path;

	return asprintf(&path, "%s%s%s", directory, ends ? "" : "/", name) < 0
	    ? NULL
	    : path;
}

/* What is no capture is told of once, when the directory was read. */
static void note_foreign(struct directory *directory, const char *name)
{
	if (directory->foreign++ == 0)
		directory->first_foreign = strdup(name);
}

static bool out_of_memory(
    const struct source *source, const struct directory *directory)
{
	log_write(
	    source->log, LOG_LEVEL_ERROR, "%s: out of memory", directory->name);
	return false;
}

/* It is not looked at again.  False: as named_look(). */
static bool saw(
    const struct source *source, struct directory *directory, const char *name)
{
	return directory_saw(directory, name) ||
	    out_of_memory(source, directory);
}

/* One file of a directory.  One without a header is left for the next look.
 * False: as named_look(). */
static bool open_found(
    struct source *source, struct directory *directory, const char *name)
{
	char *path = join(directory->name, name);
	struct input *input;
	enum finding finding;
	int descriptor;

	if (path == NULL)
		return out_of_memory(source, directory);
	descriptor = directory_file(directory, name);
	if (descriptor < 0) {
		cannot_open(source, path);
		free(path);
		source->damaged = true;
		return saw(source, directory, name);
	}
	input = source_add(source);
	if (input == NULL) {
		free(path);
		close(descriptor);
		return false;
	}
	input->growing = source->follow;
	input->directory = directory;
	input->name = input->owned_name = path;
	finding = input_begin_found(
	    input, descriptor, &source->secrets, source->log);
	if (finding == FOUND_CAPTURE) {
		directory->latest = input;
		return saw(source, directory, name) && begun(source, input);
	}
	source_remove(source);
	if (finding == FOUND_TOO_EARLY)
		return true;
	if (finding == FOUND_FOREIGN)
		note_foreign(directory, name);
	else
		source->damaged = true;
	return saw(source, directory, name);
}

/* Behind it another one was found: what is there is all.  `unread`: nothing was
 * read from it yet. */
static void complete(
    const struct source *source, struct input *input, bool unread)
{
	if (!input->growing || input->ended)
		return;
	input->growing = false;
	supply_complete(input->reader.window.supply);
	if (unread)
		rest(source, input);
}

bool named_look(struct source *source, struct directory *directory)
{
	const struct input *before = directory->latest;
	struct names fresh;
	bool good = true;

	if (!directory_scan(directory, &fresh)) {
		log_write(source->log, LOG_LEVEL_ERROR, "cannot read %s: %s",
		    directory->name, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < fresh.count && good; i++) {
		struct input *latest = directory->latest;

		good = open_found(source, directory, fresh.items[i]);
		if (latest != NULL && directory->latest != latest)
			complete(source, latest, latest != before);
	}
	names_free(&fresh);
	return good;
}

static void tell_foreign(
    const struct source *source, const struct directory *directory)
{
	const char *first = directory->first_foreign;

	if (directory->foreign > 0)
		log_write(source->log, LOG_LEVEL_WARN,
		    "%s: passed over %zu file%s without a capture's header "
		    "(%s%s)",
		    directory->name, directory->foreign,
		    directory->foreign == 1 ? "" : "s",
		    first != NULL ? first : "",
		    directory->foreign == 1 ? "" : ", ...");
}

/* Each sleeping file has a descriptor. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum source_error open_directory(
    struct source *source, int descriptor, const char *name)
{
	struct directory *directory = directory_open(descriptor, name);
	size_t count = source->count;

	if (directory == NULL)
		return cannot_open(source, name);
	list_append(&source->directories, &directory->link);
	raise_limit();
	if (!named_look(source, directory))
		return source->misused ? SOURCE_USAGE : SOURCE_UNREADABLE;
	tell_foreign(source, directory);
	if (source->count > count || source->follow)
		return SOURCE_OK;
	log_write(source->log, LOG_LEVEL_ERROR,
	    "%s: no capture file is in this directory", name);
	return SOURCE_UNREADABLE;
}

/* One that is empty or no capture is told of, and the others are read. */
static enum source_error open_file(
    struct source *source, int descriptor, const char *name, bool is_regular)
{
	struct input *input = source_add(source);
	enum source_error error;

	if (input == NULL) {
		close(descriptor);
		return SOURCE_UNREADABLE;
	}
	input->name = name;
	input->growing = source->follow && is_regular;
	error = input_begin_file(
	    input, descriptor, &source->secrets, source->log);
	if (error == SOURCE_BROKEN) {
		source_remove(source);
		source->damaged = true;
		return SOURCE_OK;
	}
	if (error == SOURCE_OK && !begun(source, input))
		error = source->misused ? SOURCE_USAGE : SOURCE_UNREADABLE;
	return error;
}

static enum source_error open_one(struct source *source, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int descriptor = open_named(name, is_stdin);
	const char *shown = is_stdin ? "standard input" : name;
	struct stat status;

	if (descriptor < 0)
		return cannot_open(source, shown);
	if (fstat(descriptor, &status) != 0) {
		close(descriptor);
		return cannot_open(source, shown);
	}
	if (S_ISDIR(status.st_mode))
		return open_directory(source, descriptor, shown);
	return open_file(source, descriptor, shown, S_ISREG(status.st_mode));
}

enum source_error named_open(
    struct source *source, const struct source_config *config)
{
	enum source_error error = SOURCE_OK;

	if (config->count > AWAKE_MOST)
		raise_limit();
	for (size_t i = 0; i < config->count && error == SOURCE_OK; i++)
		error = open_one(source, config->names[i]);
	if (error == SOURCE_OK && source->count == 0 &&
	    list_empty(&source->directories))
		return SOURCE_BROKEN;
	return error;
}
