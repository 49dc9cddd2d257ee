/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of core/sink share behind output.h.
 *
 *	output.c      the directory and the folders below it
 *	place.c       free names for files in there
 *	descriptor.c  the pool: who has a descriptor, who has to give one up
 *	file.c        buffers, offsets, caps, flushing
 *	block.c       the memory of buffers
 *	finish.c      the end of a file, and the name it keeps */
#ifndef CORE_SINK_OUTPUT_PRIVATE_H
#define CORE_SINK_OUTPUT_PRIVATE_H

#include "core/base/blocks.h"
#include "core/base/digest.h"
#include "core/base/list.h"
#include "core/base/pool.h"
#include "core/sink/output.h"

#define OUTPUT_MAGIC 0x6f757470u
#define FILE_MAGIC 0x66696c65u

struct output {
	uint32_t magic;
	int directory; /* its descriptor                  */
	struct output_config config;
	struct budget *budget;
	struct counters *counters;
	const struct log *log;
	struct list open; /* files with a descriptor, least  */
			  /* recently used first             */
	size_t open_count;
	/* Files with a buffer of this rank, oldest first: so the largest is
	 * found at once. */
	struct list buffered[BLOCK_RANKS];
	struct blocks buffers;
	struct pool files; /* of struct file                  */
	bool failed;
	int told; /* errno of the last message       */
};

/* What each write looks at stands in the first cache line: where thousands of
 * files are open, it is not in the cache. */
struct file {
	_Alignas(CACHE_LINE) uint32_t magic;
	uint32_t flags;
	struct output *output;
	uint8_t *buffer;
	size_t used;
	size_t room;
	uint64_t position;     /* in the file, of buffer[0]       */
	struct digest *digest; /* NULL: not wanted, or no more    */
	bool failed;           /* a write failed: no more of them */
	bool capped;
	bool partial; /* its name says so                */
	bool final;   /* BY_HASH: its stem is the hash   */
	bool duplicate;
	int descriptor;   /* -1: none now                    */
	uint32_t attempt; /* the name's cN                   */
	struct list open;
	struct list buffered;
	uint64_t end;            /* of what is on disk              */
	uint64_t bytes;          /* written                         */
	char *path;              /* NULL: not on disk yet           */
	dev_t device;            /* what it must be when it is      */
	ino_t inode;             /* opened again; 0: not known      */
	struct name_facts facts; /* what it points at are our copies */
};

/* Creates the file under the next free name.  FILE_OK or FILE_FAILED. */
enum file_result file_create(struct file *file);

/* Takes a name again, as its facts and `partial` are now; where that cannot be,
 * it is said and the old one stays.  Of a BY_HASH file, another of the same
 * bytes may have it: then that is the file, and our own is removed. */
void file_name_again(struct file *file);

/* Whether its bytes are there under the name that is their hash, while it is not on
 * disk itself: then that is the file. */
bool file_is_there(struct file *file);

/* Adds ".partial" to its name; where that cannot be, it is said. */
void file_name_partial(struct file *file);

/* Removes it from disk.  False and errno: it may still be there. */
bool file_remove(struct file *file);

/* To whom the user's files belong. */
void output_give_away(const struct output *output, int descriptor);

/* Opens the directory of `path` below the output directory, and makes what is
 * missing if `make`; *name is the last part of path.  -1 and errno; the
 * result goes to output_close_parent(), which leaves errno as it is. */
int output_open_parent(
    struct output *output, const char *path, bool make, const char **name);
void output_close_parent(const struct output *output, int parent);

/* openat() that follows no symlink and, where descriptors have run out, takes
 * them from the pool.  -1 and errno. */
int descriptor_open(struct output *output, int parent, const char *name,
    int flags, mode_t mode);

/* The file's descriptor, opened or reopened; it is now the most recently used.
 * -1 and errno. */
int descriptor_get(struct file *file);

/* Remembers which file it is, while it has a descriptor, so that nobody can put
 * another in its place.  0 or an errno value. */
int descriptor_identify(struct file *file);

/* A new descriptor is open for file. */
void descriptor_put(struct file *file, int descriptor);

/* Closes the least recently used one.  False: there is none. */
bool descriptor_evict(struct output *output);

/* Closes the file's descriptor, if it has one.  0 or an errno value. */
int descriptor_close(struct file *file);

/* Writes the buffer, and `more` behind it, and empties the buffer. */
enum file_result file_flush(
    struct file *file, const void *more, size_t more_length);

/* Gives its buffer back, with what is in it. */
void file_drop_buffer(struct file *file);

/* Frees it with all it has, but for what is on disk. */
void file_free(struct file *file);
/* Frees one of the texts that its facts point at. */
void file_forget(const char **text);

/* The file cannot go on: the first one with this error is told, all are
 * counted.  `path` is relative to the directory.  Returns FILE_FAILED. */
enum file_result file_fail(
    struct file *file, const char *path, const char *what, int error);

#endif
