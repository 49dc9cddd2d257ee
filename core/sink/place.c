/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives files names that nobody has: when they are created, and again when they
 * turn out to be incomplete, of another kind, or the same as one that is there.
 * Nothing that exists is followed or replaced.  It knows no payload. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sink/output_private.h"

#define PARTIAL ".partial"

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
	output_give_away(output, descriptor);
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

/* Whether the file at path, whose name is that of our bytes' hash, has them: it
 * was made by us, nobody else may write to it, and it is as long. */
static bool holds_the_same(const struct file *file, const char *path)
{
	const struct output_config *config = &file->output->config;
	uid_t owner = config->owner != (uid_t)-1 ? config->owner : geteuid();
	struct stat status;
	const char *name;
	bool same;
	int parent = output_open_parent(file->output, path, false, &name);

	if (parent < 0)
		return false;
	same = fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(status.st_mode) && status.st_uid == owner &&
	    (status.st_mode & (S_IWGRP | S_IWOTH) & ~config->mode) == 0 &&
	    (uint64_t)status.st_size == file->bytes + file->used;
	output_close_parent(file->output, parent);
	return same;
}

/* The other file is ours now.  False: our own cannot be removed. */
static bool give_up_own(struct file *file)
{
	if (file->path == NULL) {
		file->bytes += file->used;
		file->used = 0;
	} else if (file_remove(file)) {
		file->output->counters->value[COUNTER_FILES]--;
	} else {
		return false;
	}
	file->duplicate = true;
	file->output->counters->value[COUNTER_FILES_DUPLICATE]++;
	return true;
}

bool file_is_there(struct file *file)
{
	struct buffer path = {0};
	bool is_there = file->path == NULL && expand(file, &path, 0) &&
	    holds_the_same(file, (const char *)path.bytes);

	if (is_there && give_up_own(file)) {
		file->path = (char *)path.bytes;
		return true;
	}
	buffer_free(&path);
	return false;
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
		if (file->final &&
		    holds_the_same(file, (const char *)path->bytes)) {
			error = give_up_own(file) ? 0 : errno;
			break;
		}
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
