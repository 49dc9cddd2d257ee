/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of an output file: its last bytes, its time, and the name that it
 * keeps.  How names are taken is elsewhere (place.c). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/magic.h"
#include "core/base/timestamp.h"
#include "core/sink/output_private.h"

/* A time that a file system cannot hold is no reason to fail. */
static void set_time(struct file *file, uint64_t ns)
{
	const struct timespec time = {
	    .tv_sec = (time_t)(ns / NS_PER_SECOND),
	    .tv_nsec = (long)(ns % NS_PER_SECOND),
	};
	const struct timespec times[2] = {time, time};
	int descriptor = descriptor_get(file);

	if (descriptor >= 0)
		(void)!futimens(descriptor, times);
}

/* Makes *fact a copy of `text`.  True: it is another one now; none is as good as
 * an empty one. */
static bool change(const char **fact, const char *text)
{
	char *copy;

	if (text == NULL || strcmp(*fact != NULL ? *fact : "", text) == 0)
		return false;
	copy = strdup(text);
	if (copy == NULL)
		return false;
	file_forget(fact);
	*fact = copy;
	return true;
}

/* The facts of its last name.  True: they are others now. */
static bool change_facts(struct file *file, const struct file_finish *how)
{
	bool changed = change(&file->facts.suffix, how->suffix);

	changed |= change(&file->facts.hint, how->hint);
	if (changed)
		file->attempt = 0;
	return changed;
}

/* The name of a BY_HASH file from now on.  False: no memory, it stays a partial
 * one. */
static bool take_hash_name(
    struct file *file, bool partial, const uint8_t sha256[DIGEST_MOST])
{
	static const char folder[] = "by-hash/";
	char stem[sizeof(folder) + 2 * DIGEST_MOST];
	char *at = stem + sizeof(folder) - 1;

	memcpy(stem, folder, sizeof(folder));
	for (unsigned i = 0; i < DIGEST_MOST; i++)
		at += snprintf(at, 3, "%02x", sha256[i]);
	if (!change(&file->facts.stem, stem))
		return false;
	file_forget(&file->facts.label);
	file_forget(&file->facts.hint);
	file_forget(&file->facts.suffix);
	file->attempt = 0;
	file->partial = partial;
	file->final = true;
	return true;
}

/* What has a hash for its name is whole from the first moment on, since another worker
 * may be about to find its own bytes there: it is written under a partial name and
 * renamed. */
static bool take_hash(struct file *file, const struct file_finish *how,
    const uint8_t sha256[DIGEST_MOST])
{
	if (!take_hash_name(file, how->partial, sha256))
		return false;
	if (how->partial || file_is_there(file))
		return true;
	file->partial = true;
	file->final = false;
	if (file_flush(file, NULL, 0) != FILE_OK)
		return false;
	file->partial = false;
	file->final = true;
	file->attempt = 0;
	return true;
}

/* Removes a file that is not wanted. */
static void discard(struct file *file)
{
	if (!file_remove(file)) {
		file_fail(file, file->path, "cannot remove", errno);
		return;
	}
	file->output->counters->value[COUNTER_FILES]--;
	free(file->path);
	file->path = NULL;
}

/* The file is on disk and all is written: closes it and settles its name. */
static void settle(
    struct file *file, const struct file_finish *how, bool renamed)
{
	int identify_error = 0;
	int error;

	if (how->mtime_ns != 0 && !how->discard)
		set_time(file, how->mtime_ns);
	if (how->discard || how->partial || file->failed || renamed)
		identify_error = descriptor_identify(file);
	error = descriptor_close(file);
	if (error == 0)
		error = identify_error;
	if (how->discard) {
		discard(file);
		return;
	}
	if (error != 0)
		file_fail(file, file->path, "cannot close", error);
	if ((how->partial || file->failed) && !file->partial)
		file_name_partial(file);
	else if (renamed)
		file_name_again(file);
}

/* Its last bytes and its last name. */
static void complete(struct file *file, const struct file_finish *how,
    const uint8_t sha256[DIGEST_MOST])
{
	bool on_disk;
	bool renamed;

	renamed = file->flags & FILE_BY_HASH ? sha256 != NULL &&
		!file->failed && !how->discard && take_hash(file, how, sha256)
					     : change_facts(file, how);
	on_disk = file->path != NULL;
	/* Of what is not wanted the same is told, wherever it got to. */
	if (how->discard)
		file->bytes += file->used;
	else
		file_flush(file, NULL, 0);
	file_drop_buffer(file);
	if (file->path != NULL && !file->duplicate)
		settle(file, how, renamed && on_disk);
}

enum file_result file_finish(
    struct file **handle, const struct file_finish *how, struct file_end *end)
{
	struct file *file = *handle;
	uint8_t sha256[DIGEST_MOST];
	enum file_result result;
	bool hashed;

	magic_check(file, FILE_MAGIC);
	*handle = NULL;
	hashed = file->digest != NULL &&
	    digest_value(file->digest, DIGEST_SHA256, sha256) == DIGEST_MOST;
	complete(file, how, hashed ? sha256 : NULL);
	/* What was not wanted and is gone has not failed. */
	result = file->failed && !(how->discard && file->path == NULL)
	    ? FILE_FAILED
	    : FILE_OK;
	if (end != NULL) {
		*end = (struct file_end){
		    .capped = file->capped,
		    .duplicate = file->duplicate,
		    .hashed = hashed && !file->failed,
		    .bytes = file->bytes,
		    .path = file->path,
		};
		if (end->hashed)
			memcpy(end->sha256, sha256, sizeof(end->sha256));
		file->path = NULL;
	}
	file_free(file);
	return result;
}
