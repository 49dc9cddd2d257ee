/* SPDX-License-Identifier: BSD-2-Clause */
/* The output directory and the files below it.  A file's bytes collect in a
 * buffer that grows to 32 KiB; a short flow costs one openat, one write and one
 * close.  Long flows keep a descriptor from the pool, which closes the least
 * recently used one when it runs out and reopens it on need.
 *
 *	output --- pool of descriptors (least recently used first)
 *	   |
 *	   +------ file: name, buffer, offset, descriptor or none
 *
 * Files are made with O_CREAT|O_EXCL|O_NOFOLLOW below the directory's own
 * descriptor; what exists is never opened, followed or overwritten: the next
 * free name is taken.  An output belongs to one worker. */
#ifndef CORE_SINK_OUTPUT_H
#define CORE_SINK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/budget.h"
#include "core/base/counters.h"
#include "core/base/log.h"
#include "core/sink/name.h"

struct output;
struct file;

struct output_config {
	/* Both live as long as the output. */
	const char *directory;  /* made (0700) if it is not there  */
	const char *template;   /* checked by the caller           */
	uint64_t max_bytes;     /* of a file; 0: no limit          */
	size_t max_descriptors; /* 0: RLIMIT_NOFILE - 32           */
	unsigned sharers;       /* outputs that share those; 0: 1  */
	mode_t mode;            /* 0600 unless the user says so    */
	uid_t owner;            /* (uid_t)-1: leave it             */
	gid_t group;
};

/* Opens the directory; if it is not there it is made, but not the directories
 * above it.  False: logged (cannot be made, not a directory, or we are root and
 * others can write to it: everybody, or a group that is neither root's nor the
 * owner's own, unless it is sticky). */
bool output_open(struct output **output, const struct output_config *config,
    struct budget *budget, struct counters *counters, const struct log *log);

/* Every file must have been finished. */
void output_close(struct output **output);

/* Writes out what buffers hold, so that who looks at the files sees it.  Errors
 * are the files' own: logged, counted, told by their next call. */
void output_flush(struct output *output);

/* Of a file at most; 0: no limit. */
uint64_t output_max_bytes(const struct output *output);

/* True once a write failed (ENOSPC, EIO...): the exit status is not 0. */
bool output_failed(const struct output *output);

#define FILE_SPARSE 0x1u   /* file_write_at may leave holes   */
#define FILE_UNCAPPED 0x2u /* exempt from max_bytes           */
#define FILE_HASH 0x4u     /* its end has the SHA-256         */
#define FILE_BY_HASH 0x8u  /* "by-hash/" and the SHA-256 is its */
			   /* name in the end, and the same   */
			   /* bytes are kept once; until then */
			   /* it is a partial one             */

enum file_result {
	FILE_OK,
	FILE_CAPPED, /* up to the cap, no more after    */
	FILE_FAILED, /* logged, once for each kind of   */
		     /* error; counted; no more writes  */
	FILE_NO_MEMORY
};

/* A file that will hold what comes; it is created on disk when its buffer is
 * full or it is finished, and not at all if it stays empty. */
enum file_result file_open(struct file **file, struct output *output,
    const struct name_facts *facts, uint32_t flags);

/* Where the last write ended. */
enum file_result file_write(
    struct file *file, const void *bytes, size_t length);

/* At an absolute offset.  Behind the end it leaves a hole, for which the file
 * must be FILE_SPARSE; in front of the end it overwrites. */
enum file_result file_write_at(
    struct file *file, uint64_t offset, const void *bytes, size_t length);

/* Relative to the directory; NULL before the file is on disk. */
const char *file_path(const struct file *file);

struct file_finish {
	bool discard;       /* remove it                       */
	bool partial;       /* its name gets ".partial", as    */
			    /* that of one that failed does    */
	uint64_t mtime_ns;  /* 0: now                          */
	const char *suffix; /* instead of those of open; NULL: */
	const char *hint;   /* the same                        */
};

struct file_end {
	bool capped;
	bool duplicate;     /* BY_HASH: the path was there     */
	bool hashed;        /* sha256 is set: not where bytes  */
			    /* were written over               */
	uint8_t sha256[32]; /* of the bytes, without holes     */
	uint64_t bytes;     /* written, without holes          */
	char *path;         /* NULL: nothing on disk; caller's,*/
			    /* free()                          */
};

/* Writes what is left and frees *file, whatever the result. */
enum file_result file_finish(
    struct file **file, const struct file_finish *how, struct file_end *end);

#endif
