/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a run in words: what was read, what came of it, what is missing
 * and why.  The books balance:
 *
 *	packets = filtered + each kind of skipped + segments
 *	payload = delivered + duplicate + outside + corrupt + late + shed
 */
#ifndef CORE_ENGINE_SUMMARY_H
#define CORE_ENGINE_SUMMARY_H

#include <stdio.h>

#include "core/base/counters.h"
#include "core/base/log.h"
#include "core/capture/source.h"
#include "core/host/host.h"

/* A few lines for people, as messages. */
void summary_log(const struct counters *counters,
    const struct source_counts *source, const struct host *host,
    const struct log *log);

/* Every counter that is not 0, one "name value" a line. */
void summary_counters(FILE *out, const struct counters *counters,
    const struct source_counts *source, const struct host *host);

/* The same as one JSON object, with those that are 0: name and value.  False:
 * out of memory. */
bool summary_json(FILE *out, const struct counters *counters,
    const struct source_counts *source, const struct host *host);

#endif
