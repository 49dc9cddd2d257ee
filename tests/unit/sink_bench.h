/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of core/sink stand on: an output below a directory of its own,
 * its log as text, and system calls that can be counted and made to fail.  The
 * programs are linked with the --wrap list of sink.mk. */
#ifndef TESTS_UNIT_SINK_BENCH_H
#define TESTS_UNIT_SINK_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "core/sink/output.h"

struct bench {
	char directory[64];
	struct output_config config;
	struct budget budget;
	struct counters counters;
	struct log log;
	struct output *output;
};

/* A temporary directory, a log and a configuration, but no output yet. */
void bench_make(struct bench *bench);
void bench_open(struct bench *bench); /* output_open(), which must work  */
void bench_free(struct bench *bench); /* closes it, removes all          */

/* A file of the flow between 192.0.2.1:1000 and 192.0.2.2:port. */
struct name_facts bench_facts(uint16_t port);
struct file *bench_file(struct bench *bench, uint16_t port, uint32_t flags);
/* Finishes it; returns its path, or NULL; the caller's. */
char *bench_finish(struct file **file, enum file_result expected);

/* All that was logged; the caller's. */
char *bench_log(const struct bench *bench);
/* "DIRECTORY/name", valid until the next call. */
const char *bench_path(const struct bench *bench, const char *name);
/* The file must hold exactly these bytes. */
void bench_expect(const struct bench *bench, const char *name,
    const void *bytes, size_t length);
bool bench_exists(const struct bench *bench, const char *name);
void bench_write(const struct bench *bench, const char *name, const char *text);

/* Bytes that tell every offset of every file from others. */
void bench_pattern(
    uint8_t *bytes, size_t length, uint64_t offset, uint32_t file);

/* Appends `length` bytes of the pattern of file `number` behind *offset. */
void bench_put(
    struct file *file, uint32_t number, uint64_t *offset, size_t length);
void bench_expect_pattern(const struct bench *bench, const char *name,
    uint32_t number, size_t length);

/* Counts since bench_make(), and faults to come. */
struct calls {
	unsigned openat;
	unsigned write;     /* write, pwrite and pwritev       */
	uint64_t write_end; /* in its file, of the last one    */
	unsigned close;
	unsigned futimens;
	unsigned fstat;
	unsigned lookups; /* fstatat                         */
	unsigned allocations;

	unsigned fail_allocation; /* the n-th from now; 0: none      */
	int write_error;          /* errno of the writes to come     */
	size_t write_room;        /* bytes that go before that       */
	size_t write_most;        /* in one call; 0: any             */
	int write_once;           /* errno of the next write only    */
	int close_error;
	int chmod_error;
	int exempt;               /* descriptor of the log           */
	bool no_exclusive_rename; /* renameat2 says EINVAL           */
};
extern struct calls calls;

#endif
