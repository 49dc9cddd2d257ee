/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool of descriptors: files that are written to keep theirs until another
 * needs it.  A file that comes back must be the one that was left. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sink/output_private.h"

int descriptor_open(
    struct output *output, int parent, const char *name, int flags, mode_t mode)
{
	int descriptor;

	do
		descriptor = openat(
		    parent, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	while (descriptor < 0 &&
	    (errno == EINTR ||
		((errno == EMFILE || errno == ENFILE) &&
		    descriptor_evict(output))));
	return descriptor;
}

int descriptor_close(struct file *file)
{
	int descriptor = file->descriptor;

	if (descriptor < 0)
		return 0;
	file->descriptor = -1;
	list_remove(&file->open);
	file->output->open_count--;
	return close(descriptor) == 0 || errno == EINTR ? 0 : errno;
}

int descriptor_identify(struct file *file)
{
	struct stat status;

	if (file->descriptor < 0)
		return 0;
	if (fstat(file->descriptor, &status) != 0)
		return errno;
	file->device = status.st_dev;
	file->inode = status.st_ino;
	return 0;
}

bool descriptor_evict(struct output *output)
{
	struct file *file;
	int error;
	int close_error;

	if (list_empty(&output->open))
		return false;
	file = list_entry(output->open.next, struct file, open);
	error = descriptor_identify(file);
	close_error = descriptor_close(file);
	if (error == 0)
		error = close_error;
	if (error != 0)
		file_fail(file, file->path, "cannot close", error);
	return true;
}

void descriptor_put(struct file *file, int descriptor)
{
	struct output *output = file->output;

	while (output->open_count >= output->config.max_descriptors &&
	    descriptor_evict(output))
		;
	file->descriptor = descriptor;
	list_append(&output->open, &file->open);
	output->open_count++;
}

static int reopen(struct file *file)
{
	struct output *output = file->output;
	struct stat status;
	const char *name;
	int parent = output_open_parent(output, file->path, false, &name);
	int descriptor;

	if (parent < 0)
		return -1;
	/* Whoever put a FIFO there must not make us wait for its reader. */
	descriptor = descriptor_open(
	    output, parent, name, O_WRONLY | O_NONBLOCK, 0);
	output_close_parent(output, parent);
	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &status) != 0 || status.st_dev != file->device ||
	    status.st_ino != file->inode) {
		close(descriptor);
		errno = ESTALE;
		return -1;
	}
	output->counters->value[COUNTER_FILES_REOPENED]++;
	descriptor_put(file, descriptor);
	return descriptor;
}

int descriptor_get(struct file *file)
{
	if (file->descriptor < 0)
		return reopen(file);
	list_remove(&file->open);
	list_append(&file->output->open, &file->open);
	return file->descriptor;
}
