/* SPDX-License-Identifier: BSD-2-Clause */
/* The output directory: opening it safely, and the folders below it.  It knows
 * neither files' names nor payload. */
#include "core/sink/output_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/magic.h"

#define DIRECTORY_MODE 0700
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY)
#define DESCRIPTORS_SPARE 32u

/* Who besides the owner can prepare names in the directory: nobody (NULL), or
 * whose right to take away.  The group that a user has for himself is that
 * user. */
static const char *strangers(const struct stat *status)
{
	const struct passwd *owner;

	if (status->st_mode & S_ISVTX)
		return NULL;
	if (status->st_mode & S_IWOTH)
		return "o";
	if (!(status->st_mode & S_IWGRP) || status->st_gid == 0)
		return NULL;
	owner = getpwuid(status->st_uid);
	return owner != NULL && owner->pw_gid == status->st_gid ? NULL : "g";
}

/* As root, a directory that others can write to is a trap. */
static bool directory_is_safe(
    int descriptor, const char *name, const struct log *log)
{
	struct stat status;
	const char *whose;

	if (fstat(descriptor, &status) != 0) {
		log_write(log, LOG_LEVEL_ERROR, "output directory %s: %s", name,
		    strerror(errno));
		return false;
	}
	whose = geteuid() == 0 ? strangers(&status) : NULL;
	if (whose == NULL)
		return true;
	log_write(log, LOG_LEVEL_ERROR,
	    "output directory %s: refused, because %s can write to it and this "
	    "runs as root (chmod %s-w %s, or choose another directory with -o)",
	    name, *whose == 'o' ? "everybody" : "its group", whose, name);
	return false;
}

void output_give_away(const struct output *output, int descriptor)
{
	/* Where that is refused the file simply stays ours. */
	if (output->config.owner != (uid_t)-1 &&
	    fchown(descriptor, output->config.owner, output->config.group) != 0)
		errno = 0;
}

static int open_directory(const struct output *output)
{
	const char *name = output->config.directory;
	bool made = mkdir(name, DIRECTORY_MODE) == 0;
	int descriptor;

	if (!made && errno != EEXIST) {
		log_write(output->log, LOG_LEVEL_ERROR,
		    "cannot make output directory %s: %s%s", name,
		    strerror(errno),
		    errno == ENOENT ? " (make the folders above it first)"
				    : "");
		return -1;
	}
	descriptor = open(name, DIRECTORY_FLAGS | O_CLOEXEC);
	if (descriptor < 0) {
		log_write(output->log, LOG_LEVEL_ERROR,
		    "output directory %s: %s", name, strerror(errno));
		return -1;
	}
	if (!directory_is_safe(descriptor, name, output->log)) {
		close(descriptor);
		return -1;
	}
	if (made)
		output_give_away(output, descriptor);
	return descriptor;
}

static size_t descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur <= DESCRIPTORS_SPARE + 1)
		return 1;
	return (size_t)(limit.rlim_cur - DESCRIPTORS_SPARE);
}

bool output_open(struct output **handle, const struct output_config *config,
    struct budget *budget, struct counters *counters, const struct log *log)
{
	struct output *output = malloc(sizeof(*output));

	if (output == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return false;
	}
	*output = (struct output){
	    .magic = OUTPUT_MAGIC,
	    .config = *config,
	    .budget = budget,
	    .counters = counters,
	    .log = log,
	};
	if (output->config.max_descriptors == 0)
		output->config.max_descriptors = descriptor_limit();
	if (config->sharers > 1)
		output->config.max_descriptors =
		    output->config.max_descriptors / config->sharers + 1;
	list_init(&output->open);
	for (unsigned i = 0; i < BLOCK_RANKS; i++)
		list_init(&output->buffered[i]);
	blocks_init(&output->buffers);
	pool_init(&output->files, sizeof(struct file));
	output->directory = open_directory(output);
	if (output->directory < 0) {
		free(output);
		return false;
	}
	*handle = output;
	return true;
}

void output_close(struct output **handle)
{
	struct output *output = *handle;

	if (output == NULL)
		return;
	magic_check(output, OUTPUT_MAGIC);
	assert(list_empty(&output->open));
	*handle = NULL;
	close(output->directory);
	blocks_destroy(&output->buffers);
	pool_destroy(&output->files);
	free(output);
}

uint64_t output_max_bytes(const struct output *output)
{
	return output->config.max_bytes;
}

bool output_failed(const struct output *output)
{
	return output->failed;
}

static int open_part(
    struct output *output, int parent, const char *part, bool make)
{
	bool made;
	int child = descriptor_open(output, parent, part, DIRECTORY_FLAGS, 0);

	if (child >= 0 || errno != ENOENT || !make)
		return child;
	made = mkdirat(parent, part, DIRECTORY_MODE) == 0;
	if (!made && errno != EEXIST)
		return -1;
	child = descriptor_open(output, parent, part, DIRECTORY_FLAGS, 0);
	if (child >= 0 && made)
		output_give_away(output, child);
	return child;
}

int output_open_parent(
    struct output *output, const char *path, bool make, const char **name)
{
	int parent = output->directory;
	const char *slash;

	while ((slash = strchr(path, '/')) != NULL) {
		char *part = strndup(path, (size_t)(slash - path));
		int child = -1;

		if (part != NULL)
			child = open_part(output, parent, part, make);
		else
			errno = ENOMEM;
		output_close_parent(output, parent);
		free(part);
		if (child < 0)
			return -1;
		parent = child;
		path = slash + 1;
	}
	*name = path;
	return parent;
}

void output_close_parent(const struct output *output, int parent)
{
	int error = errno;

	if (parent != output->directory)
		close(parent);
	errno = error;
}
