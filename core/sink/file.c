/* SPDX-License-Identifier: BSD-2-Clause */
/* One output file: a buffer that grows to 32 KiB, the place it belongs to, and
 * what happens when the disk says no.  Names and descriptors are elsewhere. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdio.h>

#include "core/base/magic.h"
#include "core/base/timestamp.h"
#include "core/sink/output_private.h"

#define BUFFER_FIRST 1024u
#define BUFFER_MOST 32768u
#define PARTIAL ".partial"

static void count(struct file *file, enum counter which, uint64_t add)
{
	file->output->counters->value[which] += add;
}

static const char *copy_of(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

enum file_result file_open(struct file **handle, struct output *output,
    const struct name_facts *facts, uint32_t flags)
{
	struct file *file = malloc(sizeof(*file));

	magic_check(output, OUTPUT_MAGIC);
	if (file == NULL)
		return FILE_NO_MEMORY;
	*file = (struct file){
	    .magic = FILE_MAGIC,
	    .flags = flags,
	    .output = output,
	    .facts = *facts,
	    .descriptor = -1,
	};
	list_init(&file->open);
	list_init(&file->buffered);
	file->facts.label = copy_of(facts->label);
	file->facts.suffix = copy_of(facts->suffix);
	if ((facts->label != NULL && file->facts.label == NULL) ||
	    (facts->suffix != NULL && file->facts.suffix == NULL)) {
		free((char *)file->facts.label);
		free((char *)file->facts.suffix);
		free(file);
		return FILE_NO_MEMORY;
	}
	*handle = file;
	return FILE_OK;
}

static void drop_buffer(struct file *file)
{
	if (file->buffer == NULL)
		return;
	list_remove(&file->buffered);
	budget_give(file->output->budget, file->room);
	free(file->buffer);
	file->buffer = NULL;
	file->used = 0;
	file->room = 0;
}

enum file_result file_fail(struct file *file, const char *what, int error)
{
	const char *hint = "";

	if (file->failed)
		return FILE_FAILED;
	if (error == ENOSPC || error == EDQUOT)
		hint = ": make room, or choose another directory with -o";
	else if (error == EFBIG)
		hint = ": limit the size of files with --max-bytes";
	log_write(file->output->log, LOG_LEVEL_ERROR,
	    "%s: %s: %s%s; the file is incomplete",
	    file->path != NULL ? file->path : file->output->config.directory,
	    what, strerror(error), hint);
	file->failed = true;
	file->output->failed = true;
	count(file, COUNTER_FILES_INCOMPLETE, 1);
	drop_buffer(file);
	return FILE_FAILED;
}

/* Passes over `written` bytes of a list of two. */
static void advance(struct iovec parts[2], size_t written)
{
	for (unsigned i = 0; i < 2; i++) {
		size_t step = written < parts[i].iov_len ? written
							 : parts[i].iov_len;

		parts[i].iov_base = (uint8_t *)parts[i].iov_base + step;
		parts[i].iov_len -= step;
		written -= step;
	}
}

/* 0 or an errno value; file->position moves with what was written. */
static int write_parts(struct file *file, int descriptor, struct iovec parts[2])
{
	while (parts[0].iov_len + parts[1].iov_len > 0) {
		struct iovec *from = parts[0].iov_len > 0 ? parts : parts + 1;
		int parts_left = parts[0].iov_len > 0 ? 2 : 1;
		ssize_t written = pwritev(
		    descriptor, from, parts_left, (off_t)file->position);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? errno : EIO;
		advance(parts, (size_t)written);
		file->position += (uint64_t)written;
		file->bytes += (uint64_t)written;
		count(file, COUNTER_FILE_BYTES, (uint64_t)written);
	}
	return 0;
}

enum file_result file_flush(
    struct file *file, const void *more, size_t more_length)
{
	struct iovec parts[2] = {
	    {file->buffer, file->used},
	    {(void *)(uintptr_t)more, more_length},
	};
	int descriptor;
	int error;

	if (file->used + more_length == 0)
		return FILE_OK;
	if (file->path == NULL) {
		error = output_create(file);
		if (error != 0)
			return file_fail(file, "cannot create a file", error);
	}
	descriptor = descriptor_get(file);
	if (descriptor < 0)
		return file_fail(file, "cannot open it again", errno);
	error = write_parts(file, descriptor, parts);
	if (error != 0)
		return file_fail(file, "cannot write", error);
	file->used = 0;
	return FILE_OK;
}

/* Makes room in the files' budget: whoever has been buffered longest is
 * written out. */
static bool make_room(struct file *file, size_t bytes)
{
	struct output *output = file->output;

	while (!budget_take(output->budget, bytes)) {
		struct file *oldest;

		if (list_empty(&output->buffered))
			return false;
		oldest = list_entry(
		    output->buffered.next, struct file, buffered);
		if (oldest == file)
			return false;
		if (file_flush(oldest, NULL, 0) == FILE_OK)
			drop_buffer(oldest);
	}
	return true;
}

/* True: the buffer has room for `length` bytes more. */
static bool grow_buffer(struct file *file, size_t length)
{
	size_t wanted = file->used + length;
	size_t room = file->room > 0 ? file->room : BUFFER_FIRST;
	uint8_t *buffer;

	if (wanted <= file->room)
		return true;
	if (wanted > BUFFER_MOST)
		return false;
	while (room < wanted)
		room *= 2;
	if (!make_room(file, room - file->room))
		return false;
	buffer = realloc(file->buffer, room);
	if (buffer == NULL) {
		budget_give(file->output->budget, room - file->room);
		return false;
	}
	if (file->buffer == NULL)
		list_append(&file->output->buffered, &file->buffered);
	file->buffer = buffer;
	file->room = room;
	return true;
}

/* How many of `length` bytes at `offset` the cap allows. */
static size_t allowed(struct file *file, uint64_t offset, size_t length)
{
	uint64_t most = file->output->config.max_bytes;

	if (most == 0 || file->flags & FILE_UNCAPPED || length == 0)
		return length;
	if (offset >= most)
		length = 0;
	else if (length > most - offset)
		length = (size_t)(most - offset);
	else
		return length;
	if (!file->capped)
		count(file, COUNTER_FILES_CAPPED, 1);
	file->capped = true;
	return length;
}

static enum file_result append(
    struct file *file, const void *bytes, size_t length)
{
	size_t fits = allowed(file, file->position + file->used, length);
	enum file_result result = FILE_OK;

	if (file->failed)
		return FILE_FAILED;
	if (fits == 0)
		return length == 0 ? FILE_OK : FILE_CAPPED;
	if (grow_buffer(file, fits)) {
		memcpy(file->buffer + file->used, bytes, fits);
		file->used += fits;
	} else {
		result = file_flush(file, bytes, fits);
	}
	return result == FILE_OK && fits < length ? FILE_CAPPED : result;
}

enum file_result file_write(struct file *file, const void *bytes, size_t length)
{
	magic_check(file, FILE_MAGIC);
	return append(file, bytes, length);
}

enum file_result file_write_at(
    struct file *file, uint64_t offset, const void *bytes, size_t length)
{
	enum file_result result;

	magic_check(file, FILE_MAGIC);
	if (offset > INT64_MAX - length)
		return FILE_FAILED;
	if (offset != file->position + file->used) {
		result = file->failed ? FILE_FAILED : file_flush(file, NULL, 0);
		if (result != FILE_OK)
			return result;
		file->position = offset;
	}
	return append(file, bytes, length);
}

const char *file_path(const struct file *file)
{
	return file->path;
}

static void set_time(struct file *file, uint64_t ns)
{
	const struct timespec time = {
	    .tv_sec = (time_t)(ns / NS_PER_SECOND),
	    .tv_nsec = (long)(ns % NS_PER_SECOND),
	};
	const struct timespec times[2] = {time, time};
	int descriptor = descriptor_get(file);

	/* A time that a file system cannot hold is no reason to fail. */
	if (descriptor >= 0 && futimens(descriptor, times) != 0)
		errno = 0;
}

/* A name of its own for a file that was cut short, if nobody has it. */
static void name_partial(struct file *file)
{
	struct buffer path = {0};
	const char *name;
	const char *partial_name;
	int parent = output_open_parent(file->output, file->path, &name);

	buffer_printf(&path, "%s" PARTIAL, file->path);
	buffer_append_byte(&path, '\0');
	if (parent >= 0 && !path.failed) {
		partial_name = strrchr((const char *)path.bytes, '/');
		partial_name = partial_name != NULL ? partial_name + 1
						    : (const char *)path.bytes;
		if (renameat2(parent, name, parent, partial_name,
			RENAME_NOREPLACE) == 0) {
			free(file->path);
			file->path = (char *)path.bytes;
			path = (struct buffer){0};
		}
	}
	if (parent >= 0 && parent != file->output->directory)
		close(parent);
	buffer_free(&path);
}

static void remove_file(struct file *file)
{
	const char *name;
	int parent = output_open_parent(file->output, file->path, &name);

	if (parent >= 0 && unlinkat(parent, name, 0) == 0)
		count(file, COUNTER_FILES, (uint64_t)-1);
	if (parent >= 0 && parent != file->output->directory)
		close(parent);
	free(file->path);
	file->path = NULL;
}

enum file_result file_finish(
    struct file **handle, const struct file_finish *how, struct file_end *end)
{
	struct file *file = *handle;
	enum file_result result = FILE_OK;
	int error;

	magic_check(file, FILE_MAGIC);
	*handle = NULL;
	if (!how->discard)
		result = file->failed ? FILE_FAILED : file_flush(file, NULL, 0);
	drop_buffer(file);
	if (file->path != NULL) {
		if (how->discard)
			remove_file(file);
		else if (how->partial)
			name_partial(file);
		if (how->mtime_ns != 0 && file->path != NULL)
			set_time(file, how->mtime_ns);
		error = descriptor_close(file);
		if (error != 0 && !how->discard)
			result = file_fail(file, "cannot close", error);
	}
	if (end != NULL) {
		*end = (struct file_end){
		    .capped = file->capped,
		    .bytes = file->bytes,
		    .path = file->path,
		};
		file->path = NULL;
	}
	free((char *)file->facts.label);
	free((char *)file->facts.suffix);
	free(file->path);
	free(file);
	return result;
}
