/* SPDX-License-Identifier: BSD-2-Clause */
/* Where JSON records go: one object a line, in the order in which they come.  A
 * line is written whole or, once a write has failed, not at all and counted.
 * One for the run; it belongs to one thread. */
#ifndef CORE_SINK_RECORDS_H
#define CORE_SINK_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/counters.h"
#include "core/base/log.h"

struct outlet;
struct records;

struct records_config {
	const char *path; /* "-": standard output            */
	bool flush;       /* each line at once               */
	uid_t owner;      /* of a new file; (uid_t)-1: ours  */
	gid_t group;
};

/* The file is made (0600) or made empty: the user named it.  NULL: logged. */
struct records *records_open(const struct records_config *config,
    struct counters *counters, const struct log *log);

/* Takes a copy of a line, without its newline. */
void records_put(struct records *records, const void *line, size_t length);

/* The same, for pieces of a parcel. */
struct outlet *records_outlet(struct records *records);

void records_flush(struct records *records);

/* The errno of the write that failed; 0: none has. */
int records_error(const struct records *records);
/* For messages: "standard output", or the file. */
const char *records_name(const struct records *records);

/* Writes what is left. */
void records_close(struct records **records);

#endif
