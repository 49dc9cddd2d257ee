/* SPDX-License-Identifier: BSD-2-Clause */
/* The output directory: opening it safely, and giving files below it names that
 * nobody has, when they are created and again when they turn out to be
 * incomplete.  Nothing that exists is followed or replaced.  It knows no
 * payload. */
#include "core/sink/output_private.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/magic.h"

#define DIRECTORY_MODE 0700
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY)
#define DESCRIPTORS_SPARE 32u
#define PARTIAL ".partial"

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
	for (unsigned i = 0; i < BUFFER_RANKS; i++)
		list_init(&output->buffered[i]);
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
	free(output);
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
		give_away(output, child);
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

/* The name of an attempt.  False: out of memory. */
static bool expand(
    const struct file *file, struct buffer *path, uint32_t attempt)
{
	buffer_reset(path);
	name_expand(path, file->output->config.template, &file->facts, attempt);
	if (file->partial && !path->failed) {
		path->length--; /* the NUL */
		buffer_append(path, PARTIAL, sizeof(PARTIAL));
	}
	return !path->failed;
}

/* Whether the name of this attempt is taken; memory failing counts as no. */
static bool attempt_taken(
    const struct file *file, struct buffer *path, uint32_t attempt)
{
	struct output *output = file->output;
	struct stat status;
	const char *name;
	bool exists;
	int parent;

	if (!expand(file, path, attempt))
		return false;
	parent = output_open_parent(
	    output, (const char *)path->bytes, false, &name);
	if (parent < 0)
		return false;
	exists = fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
	output_close_parent(output, parent);
	return exists;
}

/* A free attempt behind `taken`: by doubling, then by halves, so that a 4-tuple
 * used ten thousand times costs a few look-ups. */
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

static int create(struct file *file, int parent, const char *name)
{
	struct output *output = file->output;
	mode_t mode = output->config.mode;
	int descriptor = descriptor_open(
	    output, parent, name, O_WRONLY | O_CREAT | O_EXCL, mode);
	int error;

	if (descriptor < 0)
		return errno;
	/* The umask must not narrow what the user asked for. */
	if (mode != 0600 && fchmod(descriptor, mode) != 0) {
		error = errno;
		unlinkat(parent, name, 0);
		close(descriptor);
		return error;
	}
	give_away(output, descriptor);
	descriptor_put(file, descriptor);
	output->counters->value[COUNTER_FILES]++;
	return 0;
}

/* rename() that replaces nothing.  0 or an errno value. */
static int rename_new(
    int from_parent, const char *from, int to_parent, const char *to)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(from_parent, from, to_parent, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
#endif
	/* Systems and file systems without it have hard links. */
	if (linkat(from_parent, from, to_parent, to, 0) != 0 ||
	    unlinkat(from_parent, from, 0) != 0)
		return errno;
	return 0;
}

/* 0, or an errno value: the name is gone, or is now that of another file.  Of a
 * file that failed only as it was closed nobody asked which it is. */
static int still_ours(const struct file *file, int parent, const char *name)
{
	struct stat status;

	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	return file->inode == 0 ||
		(status.st_dev == file->device && status.st_ino == file->inode)
	    ? 0
	    : ESTALE;
}

static int move(struct file *file, int parent, const char *name)
{
	const char *old_name;
	int old_parent = output_open_parent(
	    file->output, file->path, false, &old_name);
	int error;

	if (old_parent < 0)
		return errno;
	error = still_ours(file, old_parent, old_name);
	if (error == 0)
		error = rename_new(old_parent, old_name, parent, name);
	output_close_parent(file->output, old_parent);
	return error;
}

static int take_name(struct file *file, const char *path)
{
	const char *name;
	int parent = output_open_parent(file->output, path, true, &name);
	int error;

	if (parent < 0)
		return errno;
	error = file->path == NULL ? create(file, parent, name)
				   : move(file, parent, name);
	output_close_parent(file->output, parent);
	return error;
}

/* Creates the file, or renames it, under the first name that is free.  0 or an
 * errno value; path then holds the name that failed. */
static int take_free_name(struct file *file, struct buffer *path)
{
	int error;

	for (;;) {
		if (!expand(file, path, file->attempt))
			return ENOMEM;
		error = take_name(file, (const char *)path->bytes);
		if (error != EEXIST)
			break;
		file->attempt = next_free(file, path, file->attempt);
	}
	if (error == 0) {
		free(file->path);
		file->path = (char *)path->bytes;
		*path = (struct buffer){0};
	}
	return error;
}

enum file_result file_create(struct file *file)
{
	enum file_result result = FILE_OK;
	struct buffer path = {0};
	int error = take_free_name(file, &path);

	if (error != 0)
		result = file_fail(file,
		    path.failed ? "" : (const char *)path.bytes,
		    "cannot create", error);
	buffer_free(&path);
	return result;
}

void file_name_again(struct file *file)
{
	struct buffer path = {0};
	int error = take_free_name(file, &path);

	if (error != 0)
		log_write(file->output->log, LOG_LEVEL_WARN, "%s/%s: %s: %s",
		    file->output->config.directory, file->path,
		    file->partial ? "incomplete, but cannot be named " PARTIAL
				  : "cannot have its final name",
		    strerror(error));
	buffer_free(&path);
}

void file_name_partial(struct file *file)
{
	file->partial = true;
	file_name_again(file);
}

bool file_remove(struct file *file)
{
	const char *name;
	int parent = output_open_parent(file->output, file->path, false, &name);
	int error;

	if (parent < 0)
		return errno == ENOENT;
	error = still_ours(file, parent, name);
	if (error == 0 && unlinkat(parent, name, 0) != 0)
		error = errno;
	output_close_parent(file->output, parent);
	errno = error;
	return error == 0 || error == ENOENT;
}
