/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files made byte by byte in a directory of their own, and what a
 * source makes of them: packets, messages, status. */
#ifndef TESTS_UNIT_CAPTURE_BENCH_H
#define TESTS_UNIT_CAPTURE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/log.h"
#include "core/capture/source.h"

#define SECOND UINT64_C(1000000000)

#define SEEN_MOST 20000u

/* A classic capture file that is being made. */
struct capture {
	struct buffer bytes;
	bool big_endian;
	bool nanoseconds;
	uint32_t snaplen;
	uint32_t link_type;
};

struct seen {
	struct packet packet;
	uint8_t first; /* byte of it                      */
	uint8_t last;
};

struct bench {
	char directory[64];
	int spare; /* the lowest descriptor that is free */
	struct log log;
	int messages;       /* where they are read             */
	struct buffer said; /* all of them                     */
	unsigned count;     /* how many                        */
	struct source *source;
	size_t stop_at; /* source_stop() at this packet    */
	size_t packets;
	struct seen seen[SEEN_MOST];
};

/* For cmocka: *state is a bench in an empty directory of its own, which is the
 * working directory. */
int bench_set_up(void **state);
int bench_tear_down(void **state);

void capture_begin(struct capture *capture);
/* `captured` bytes of `fill`; `fraction` in the unit of the file. */
void capture_packet(struct capture *capture, uint32_t seconds,
    uint32_t fraction, uint32_t captured, uint32_t length, uint8_t fill);
/* Writes the file and forgets it. */
void capture_write(struct capture *capture, const char *name);

void file_write(const char *name, const void *bytes, size_t length);

/* One or two files; NULL: no second one, no filter. */
enum source_error bench_open(struct bench *bench, const char *first,
    const char *second, const char *filter);
enum source_error bench_open_config(
    struct bench *bench, const struct source_config *config);

/* Polls to the end; the source is closed. */
enum source_status bench_drain(struct bench *bench);

/* Reads the messages that are waiting. */
void bench_listen(struct bench *bench);

/* Exactly one message was written since, and it has this in it. */
void bench_expect_message(struct bench *bench, const char *part);
void bench_expect_silence(struct bench *bench);

#endif
