/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written for all to see: the console, the file of records, and the files of the
 * run itself.  Parcels may come from several threads, one at a time; all else is the
 * main thread's, while no other is at work. */
#ifndef CORE_ENGINE_OUTLETS_H
#define CORE_ENGINE_OUTLETS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/thread.h"
#include "core/host/host.h"
#include "core/sink/console.h"
#include "core/sink/output.h"
#include "core/sink/records.h"

/* Of all memory, for the run's own files where there are several workers. */
#define OUTLETS_SHARE 16u

struct outlets_config {
	const struct output_config *output;   /* NULL: no files          */
	const struct console_config *console; /* NULL: no console        */
	const struct records_config *records; /* NULL: no records        */
	const struct log *log;
};

struct outlets {
	struct lock lock; /* of what is delivered            */
	bool has_lock;
	bool begun;              /* a packet has come               */
	uint64_t first_ns;       /* its time                        */
	struct console *console; /* NULL: none is wanted            */
	struct records *records; /* likewise                        */
	struct output *output;   /* likewise; the run's own         */
	struct memory memory;
	struct counters counters;
	const struct log *log;
};

/* Anything but HOST_OK is logged; outlets_close() is needed in any case. */
enum host_result outlets_open(
    struct outlets *outlets, const struct outlets_config *config);
/* Of the run's own files, with memory for so many bytes; where there is only one
 * worker, it has them. */
enum host_result outlets_open_files(struct outlets *outlets,
    const struct outlets_config *config, size_t memory);
void outlets_close(struct outlets *outlets);

/* Writes what is left.  False: something that was to be written has not got out: it is
 * told.  Who reads us and has had enough is no failure of ours. */
bool outlets_flush(struct outlets *outlets);

/* Any thread: the first packet has come, at that time, unless one had; the time of the
 * first. */
uint64_t outlets_begin(struct outlets *outlets, uint64_t ts_ns);

/* Any thread: as parcels_deliver(). */
void outlets_deliver(
    struct outlets *outlets, struct parcel *const *parcels, size_t count);

/* Any thread: nothing more can be written where we write: who reads us went away, or the disk is
 * full. */
bool outlets_ended(struct outlets *outlets);

/* A disk has failed until now, or whoever reads us. */
bool outlets_failed(const struct outlets *outlets);

#endif
