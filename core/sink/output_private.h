/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of core/sink share behind output.h.
 *
 *	output.c      the directory, creating files below it by free names
 *	descriptor.c  the pool: who has a descriptor, who has to give one up
 *	file.c        buffers, offsets, caps, and the end of a file */
#ifndef CORE_SINK_OUTPUT_PRIVATE_H
#define CORE_SINK_OUTPUT_PRIVATE_H

#include "core/base/list.h"
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
	struct list buffered; /* files with a buffer, oldest first */
	bool failed;
};

struct file {
	uint32_t magic;
	uint32_t flags;
	struct output *output;
	struct list open;
	struct list buffered;
	struct name_facts facts; /* label and suffix are our copies */
	char *path;              /* NULL: not on disk yet           */
	int descriptor;          /* -1: none now                    */
	dev_t device;            /* what a reopened file must be    */
	ino_t inode;
	uint64_t position; /* in the file, of buffer[0]       */
	uint64_t bytes;    /* written                         */
	uint8_t *buffer;
	size_t used;
	size_t room;
	bool capped;
	bool failed; /* a write failed: no more of them */
};

/* Creates the file under the next free name.  0 or an errno value. */
int output_create(struct file *file);

/* Opens the file's directory below the output directory, making what is
 * missing; *name is the last part of path.  -1 and errno; the caller closes
 * what is not output->directory. */
int output_open_parent(
    const struct output *output, const char *path, const char **name);

/* The file's descriptor, opened or reopened; it is now the most recently used.
 * -1 and errno. */
int descriptor_get(struct file *file);

/* A new descriptor is open for file. */
void descriptor_put(struct file *file, int descriptor);

/* Closes the least recently used one.  False: there is none. */
bool descriptor_evict(struct output *output);

/* Closes the file's descriptor, if it has one.  0 or an errno value. */
int descriptor_close(struct file *file);

/* Writes the buffer, and `more` behind it, and empties the buffer. */
enum file_result file_flush(
    struct file *file, const void *more, size_t more_length);

/* The file's disk does not take it: said once, counted. */
enum file_result file_fail(struct file *file, const char *what, int error);

#endif
