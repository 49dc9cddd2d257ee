/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes on threads of their own: a live run with several workers.  The main thread
 * waits for them, and may have all of them rest. */
#ifndef CORE_ENGINE_LANES_H
#define CORE_ENGINE_LANES_H

#include "core/engine/lane.h"

struct lanes;

/* A thread for each lane, on which its worker begins, one after the other, and then all
 * of them run.  NULL: logged. */
struct lanes *lanes_start(
    struct lane *lane, unsigned count, const struct log *log);

/* Waits for a moment; true: all are over, with their flows at an end. */
bool lanes_wait(struct lanes *lanes);

/* From one to the other nobody works, and what lanes have may be looked at. */
void lanes_rest(struct lanes *lanes);
void lanes_go_on(struct lanes *lanes);

/* When all are over. */
void lanes_join(struct lanes **lanes);

#endif
