/* SPDX-License-Identifier: BSD-2-Clause */
/* What signals ask for.  INT and TERM end the run cleanly, even where they were
 * inherited as ignored; a second INT ends it at once.  HUP ends it cleanly, too,
 * unless it was ignored.  USR1 asks for the counters.  PIPE and XFSZ are ignored:
 * writes report them. */
#ifndef CORE_ENGINE_SIGNALS_H
#define CORE_ENGINE_SIGNALS_H

#include <stdbool.h>

void signals_install(void);

/* Somebody asked to stop. */
bool signals_stop_asked(void);

/* Somebody asked for the counters since the last call. */
bool signals_counters_asked(void);

#endif
