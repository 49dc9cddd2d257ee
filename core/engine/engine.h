/* SPDX-License-Identifier: BSD-2-Clause */
/* A run from its first packet to its summary: one lane (lane.h) for files, which feeds a
 * team of workers; live one for each worker. */
#ifndef CORE_ENGINE_ENGINE_H
#define CORE_ENGINE_ENGINE_H

#include "core/capture/source.h"
#include "core/engine/team.h"

struct engine_config {
	struct source_config source;
	struct team_config team;
	const char *user;       /* -U, or NULL                     */
	uint64_t count;         /* packets after the filter; 0: all*/
	uint64_t duration_ns;   /* of packet time; 0: no end       */
	bool stats;             /* all counters at the end,        */
	const char *stats_file; /* there, or on standard error     */
	bool summary;           /* in words, on standard error     */
};

/* Exit codes of the program. */
enum engine_exit {
	ENGINE_OK = 0,
	ENGINE_FAILED = 1,
	ENGINE_USAGE = 2,
	ENGINE_DAMAGED = 3
};

/* Runs until the source ends or somebody stops it.  The host has its plugins;
 * it becomes ready here and is finished here, and is the caller's to destroy. */
enum engine_exit engine_run(const struct engine_config *config);

#endif
