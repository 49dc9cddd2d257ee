/* SPDX-License-Identifier: BSD-2-Clause */
/* How many workers a run gets. */
#ifndef CORE_CLI_WORKERS_H
#define CORE_CLI_WORKERS_H

#include "core/base/log.h"
#include "core/cli/options.h"

/* As many as the user asked for; else one for each processor, or one where the input is
 * small, grows, or is live.  Always one where the names of files do not tell flows apart,
 * since it depends on the order of flows who gets which. */
unsigned workers_choose(
    const struct options *options, bool live, const struct log *log);

#endif
