/* SPDX-License-Identifier: BSD-2-Clause */
/* One output file while it is written: a buffer that grows to 32 KiB, where its
 * bytes belong, and what happens when the disk says no.  Names, descriptors and
 * its end are elsewhere. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/magic.h"
#include "core/sink/output_private.h"

#define PAGE 4096u

static void count(struct file *file, enum counter which, uint64_t add)
{
	file->output->counters->value[which] += add;
}

/* Makes *text a copy of itself.  False: out of memory. */
static bool keep(const char **text)
{
	if (*text == NULL)
		return true;
	*text = strdup(*text);
	return *text != NULL;
}

void file_forget(const char **text)
{
	free((char *)(uintptr_t)*text);
	*text = NULL;
}

void file_free(struct file *file)
{
	file_forget(&file->facts.stem);
	file_forget(&file->facts.label);
	file_forget(&file->facts.hint);
	file_forget(&file->facts.suffix);
	digest_close(&file->digest);
	free(file->path);
	file->magic = 0;
	pool_give(&file->output->files, file);
}

enum file_result file_open(struct file **handle, struct output *output,
    const struct name_facts *facts, uint32_t flags)
{
	struct file *file;
	bool kept;

	magic_check(output, OUTPUT_MAGIC);
	file = pool_take(&output->files);
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
	/* Each is either a copy or NULL, so that all can be let go. */
	kept = keep(&file->facts.stem);
	kept &= keep(&file->facts.label);
	kept &= keep(&file->facts.hint);
	kept &= keep(&file->facts.suffix);
	if (flags & (FILE_HASH | FILE_BY_HASH)) {
		file->digest = digest_open(DIGEST_BIT(DIGEST_SHA256));
		kept &= file->digest != NULL;
	}
	file->partial = (flags & FILE_BY_HASH) != 0;
	if (!kept) {
		file_free(file);
		return FILE_NO_MEMORY;
	}
	*handle = file;
	return FILE_OK;
}

/* Of the smallest buffer for so many bytes. */
static unsigned rank_of(size_t bytes)
{
	unsigned rank = 0;

	while (BLOCK_LEAST << rank < bytes)
		rank++;
	return rank;
}

void file_drop_buffer(struct file *file)
{
	if (file->buffer == NULL)
		return;
	list_remove(&file->buffered);
	budget_give(file->output->budget, file->room);
	blocks_give(&file->output->buffers, file->buffer);
	file->buffer = NULL;
	file->used = 0;
	file->room = 0;
}

static const char *remedy(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return " (make room, or choose another directory with -o)";
	case EFBIG:
		return " (limit the size of files with --max-bytes)";
	case ENAMETOOLONG:
		return " (choose a shorter template with -T)";
	case EACCES:
	case EPERM:
	case EROFS:
		return " (choose another directory with -o)";
	case ESTALE:
	case ELOOP:
		return " (somebody else put another file there)";
	default:
		return "";
	}
}

enum file_result file_fail(
    struct file *file, const char *path, const char *what, int error)
{
	struct output *output = file->output;

	if (file->failed)
		return FILE_FAILED;
	/* A full disk has one message, not one for each flow. */
	log_write(output->log,
	    error == output->told ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR,
	    "%s/%s: %s: %s; the file is incomplete%s", output->config.directory,
	    path, what, strerror(error), remedy(error));
	file->failed = true;
	output->failed = true;
	output->told = error;
	count(file, COUNTER_FILES_INCOMPLETE, 1);
	file_drop_buffer(file);
	return FILE_FAILED;
}

/* Passes over `written` bytes of a list of two. */
static void advance(struct iovec parts[2], size_t written)
{
	for (unsigned i = 0; i < 2; i++) {
		size_t step = written < parts[i].iov_len ? written
							 : parts[i].iov_len;

		if (step > 0)
			parts[i].iov_base = (uint8_t *)parts[i].iov_base + step;
		parts[i].iov_len -= step;
		written -= step;
	}
}

/* As pwritev(), which costs the system more where there is one part. */
static ssize_t write_some(
    int descriptor, const struct iovec parts[2], uint64_t position)
{
	const struct iovec *one = parts[0].iov_len > 0 ? parts : parts + 1;

	if (parts[0].iov_len > 0 && parts[1].iov_len > 0)
		return pwritev(descriptor, parts, 2, (off_t)position);
	return pwrite(descriptor, one->iov_base, one->iov_len, (off_t)position);
}

/* 0 or an errno value; file->position moves with what was written. */
static int write_parts(struct file *file, int descriptor, struct iovec parts[2])
{
	while (parts[0].iov_len + parts[1].iov_len > 0) {
		ssize_t written = write_some(descriptor, parts, file->position);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? errno : EIO;
		advance(parts, (size_t)written);
		file->position += (uint64_t)written;
		file->bytes += (uint64_t)written;
		count(file, COUNTER_FILE_BYTES, (uint64_t)written);
		if (file->position > file->end)
			file->end = file->position;
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

	if (file->failed)
		return FILE_FAILED;
	if (file->used + more_length == 0)
		return FILE_OK;
	if (file->path == NULL && file_create(file) != FILE_OK)
		return FILE_FAILED;
	if (file->duplicate)
		return FILE_OK;
	descriptor = descriptor_get(file);
	if (descriptor < 0)
		return file_fail(
		    file, file->path, "cannot open it again", errno);
	error = write_parts(file, descriptor, parts);
	if (error != 0)
		return file_fail(file, file->path, "cannot write", error);
	file->used = 0;
	return FILE_OK;
}

/* The file with the largest buffer; of several the one that has had it for the
 * longest time.  NULL: no file has one. */
static struct file *largest_buffer(const struct output *output)
{
	for (unsigned rank = BLOCK_RANKS; rank-- > 0;) {
		const struct list *files = &output->buffered[rank];

		if (!list_empty(files))
			return list_entry(files->next, struct file, buffered);
	}
	return NULL;
}

void output_flush(struct output *output)
{
	struct file *file;

	magic_check(output, OUTPUT_MAGIC);
	while ((file = largest_buffer(output)) != NULL) {
		file_flush(file, NULL, 0);
		file_drop_buffer(file);
	}
}

/* Takes `bytes` from the files' budget; where that is used up the largest
 * buffer is written out and given back.  False: that would be our own. */
static bool make_room(struct file *file, size_t bytes)
{
	struct output *output = file->output;

	while (!budget_take(output->budget, bytes)) {
		struct file *largest = largest_buffer(output);

		if (largest == NULL || largest == file)
			return false;
		file_flush(largest, NULL, 0);
		file_drop_buffer(largest);
	}
	return true;
}

/* True: the buffer has room for `length` bytes more. */
static bool grow_buffer(struct file *file, size_t length)
{
	struct output *output = file->output;
	size_t wanted = file->used + length;
	unsigned rank;
	size_t more;
	uint8_t *buffer;

	if (wanted <= file->room)
		return true;
	if (wanted > BLOCK_MOST)
		return false;
	rank = rank_of(wanted);
	more = (BLOCK_LEAST << rank) - file->room;
	if (!make_room(file, more))
		return false;
	/* To write others out, our descriptor may have been closed, and that
	 * may have been when the disk said no. */
	buffer = file->failed ? NULL : blocks_take(&output->buffers, rank);
	if (buffer == NULL) {
		budget_give(output->budget, more);
		return false;
	}
	if (file->buffer != NULL) {
		memcpy(buffer, file->buffer, file->used);
		blocks_give(&output->buffers, file->buffer);
	}
	list_remove(&file->buffered);
	list_append(&output->buffered[rank], &file->buffered);
	file->buffer = buffer;
	file->room = BLOCK_LEAST << rank;
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

/* Writes out the buffer and `length` bytes that it has no room for, up to where
 * a page of the file ends, so that the system need not touch that twice; the
 * rest begins the buffer anew. */
static enum file_result overflow(
    struct file *file, const uint8_t *bytes, size_t length)
{
	uint64_t end = file->position + file->used + length;
	size_t rest = end % PAGE;
	enum file_result result;

	if (rest >= length || rest > file->room)
		rest = 0;
	result = file_flush(file, bytes, length - rest);
	if (result == FILE_OK && rest > 0) {
		memcpy(file->buffer, bytes + length - rest, rest);
		file->used = rest;
	}
	return result;
}

static enum file_result append(
    struct file *file, const void *bytes, size_t length)
{
	enum file_result result = FILE_OK;
	size_t fits;

	if (file->failed)
		return FILE_FAILED;
	fits = allowed(file, file->position + file->used, length);
	if (fits == 0)
		return length == 0 ? FILE_OK : FILE_CAPPED;
	if (grow_buffer(file, fits)) {
		memcpy(file->buffer + file->used, bytes, fits);
		file->used += fits;
	} else {
		result = overflow(file, bytes, fits);
	}
	if (file->digest != NULL)
		digest_update(file->digest, bytes, fits);
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
	magic_check(file, FILE_MAGIC);
	if (offset != file->position + file->used) {
		/* Bytes that were digested are written over. */
		if (offset < file->position + file->used || offset < file->end)
			digest_close(&file->digest);
		if (file_flush(file, NULL, 0) != FILE_OK)
			return FILE_FAILED;
		if (offset > INT64_MAX - length ||
		    (offset > file->end && !(file->flags & FILE_SPARSE)))
			return file_fail(file,
			    file->path != NULL ? file->path : "",
			    "no file can have such an offset", EINVAL);
		file->position = offset;
	}
	return append(file, bytes, length);
}

const char *file_path(const struct file *file)
{
	return file->path;
}
