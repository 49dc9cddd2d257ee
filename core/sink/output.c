/* SPDX-License-Identifier: BSD-2-Clause */
/* The output directory: opening it safely and creating files below it under
 * names that nobody has.  It knows no payload. */
#include "core/sink/output_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/magic.h"

#define DIRECTORY_MODE 0700
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define DESCRIPTORS_SPARE 32u

/* Whether the directory may be written to by us.  As root, a directory that
 * everybody can write to is a trap: names in it can be prepared. */
static bool directory_is_safe(
    int descriptor, const char *name, const struct log *log)
{
	struct stat status;

	if (fstat(descriptor, &status) != 0) {
		log_write(log, LOG_LEVEL_ERROR, "output directory %s: %s", name,
		    strerror(errno));
		return false;
	}
	if (geteuid() == 0 && status.st_mode & S_IWOTH &&
	    !(status.st_mode & S_ISVTX)) {
		log_write(log, LOG_LEVEL_ERROR,
		    "output directory %s: refused, because everybody can write "
		    "to it and this runs as root (chmod o-w %s, or run as "
		    "another user)",
		    name, name);
		return false;
	}
	return true;
}

static void give_away(const struct output *output, int descriptor)
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
	descriptor = open(name, DIRECTORY_FLAGS);
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
		give_away(output, descriptor);
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
	list_init(&output->open);
	list_init(&output->buffered);
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
	assert(list_empty(&output->open) && list_empty(&output->buffered));
	*handle = NULL;
	close(output->directory);
	free(output);
}

bool output_failed(const struct output *output)
{
	return output->failed;
}

int output_open_parent(
    const struct output *output, const char *path, const char **name)
{
	int parent = output->directory;
	const char *slash;

	while ((slash = strchr(path, '/')) != NULL) {
		char *part = strndup(path, (size_t)(slash - path));
		int child = -1;
		int error;

		if (part == NULL) {
			errno = ENOMEM;
		} else {
			bool made = mkdirat(parent, part, DIRECTORY_MODE) == 0;

			child = openat(
			    parent, part, DIRECTORY_FLAGS | O_NOFOLLOW);
			if (child >= 0 && made)
				give_away(output, child);
		}
		error = errno;
		free(part);
		if (parent != output->directory)
			close(parent);
		if (child < 0) {
			errno = error;
			return -1;
		}
		parent = child;
		path = slash + 1;
	}
	*name = path;
	return parent;
}

/* Opens `path` if nobody has it; -1 and errno otherwise. */
static int create_exclusive(struct file *file, const char *path)
{
	struct output *output = file->output;
	const char *name;
	int parent = output_open_parent(output, path, &name);
	int descriptor;
	int error;

	if (parent < 0)
		return -1;
	do
		descriptor = openat(parent, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    output->config.mode);
	while (descriptor < 0 && (errno == EMFILE || errno == ENFILE) &&
	    descriptor_evict(output));
	error = errno;
	if (parent != output->directory)
		close(parent);
	errno = error;
	return descriptor;
}

static bool name_exists(const struct output *output, const char *path)
{
	struct stat status;
	const char *name;
	int parent = output_open_parent(output, path, &name);
	bool exists;

	if (parent < 0)
		return false;
	exists = fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
	if (parent != output->directory)
		close(parent);
	return exists;
}

/* Whether the name of this attempt is taken; memory failing counts as no. */
static bool attempt_taken(
    const struct file *file, struct buffer *path, uint32_t attempt)
{
	buffer_reset(path);
	name_expand(path, file->output->config.template, &file->facts, attempt);
	return !path->failed &&
	    name_exists(file->output, (const char *)path->bytes);
}

/* The first free attempt behind `taken`: by doubling, then by halves, so that a
 * 4-tuple used ten thousand times costs a few look-ups. */
static uint32_t next_free(
    const struct file *file, struct buffer *path, uint32_t taken)
{
	uint32_t step = 1;
	uint32_t free_at;

	while (attempt_taken(file, path, taken + step)) {
		taken += step;
		step *= 2;
	}
	free_at = taken + step;
	while (free_at - taken > 1) {
		uint32_t middle = taken + (free_at - taken) / 2;

		if (attempt_taken(file, path, middle))
			taken = middle;
		else
			free_at = middle;
	}
	return free_at;
}

static int remember(struct file *file, int descriptor, struct buffer *path)
{
	const struct output *output = file->output;
	struct stat status;

	if (fstat(descriptor, &status) != 0)
		return errno;
	/* The umask must not narrow what the user asked for. */
	if (output->config.mode != 0600 &&
	    fchmod(descriptor, output->config.mode) != 0)
		return errno;
	give_away(output, descriptor);
	file->device = status.st_dev;
	file->inode = status.st_ino;
	file->path = (char *)path->bytes;
	*path = (struct buffer){0};
	return 0;
}

int output_create(struct file *file)
{
	struct output *output = file->output;
	struct buffer path = {0};
	uint32_t attempt = 0;
	int descriptor;
	int error;

	do {
		buffer_reset(&path);
		name_expand(
		    &path, output->config.template, &file->facts, attempt);
		if (path.failed) {
			buffer_free(&path);
			return ENOMEM;
		}
		descriptor = create_exclusive(file, (const char *)path.bytes);
		error = errno;
		if (descriptor < 0 && error == EEXIST)
			attempt = next_free(file, &path, attempt);
	} while (descriptor < 0 && error == EEXIST);
	if (descriptor < 0) {
		buffer_free(&path);
		return error;
	}
	error = remember(file, descriptor, &path);
	buffer_free(&path);
	descriptor_put(file, descriptor);
	output->counters->value[COUNTER_FILES]++;
	return error;
}
