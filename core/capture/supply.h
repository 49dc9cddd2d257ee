/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a capture file as they were captured, whatever they are packed
 * in.  It knows no packets.
 *
 *	descriptor ------------------> supply_read()
 *	descriptor ---> unpacker ----> supply_read()    in a thread of its own
 */
#ifndef CORE_CAPTURE_SUPPLY_H
#define CORE_CAPTURE_SUPPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/capture/intake.h"

struct supply;

/* Takes the descriptor over, whatever the result.  A growing file has no end.
 * NULL: out of memory. */
struct supply *supply_open(int descriptor, bool growing);

/* Up to `room` bytes, at least one; 0: there are no more; -1: supply_problem()
 * tells why there are none; or INTAKE_LATER:
 * nothing has come for a while, more may. */
ssize_t supply_read(struct supply *supply, void *bytes, size_t room);

/* In words; lives as long as the supply. */
const char *supply_problem(const struct supply *supply);

/* What it is packed in, "gzip"; NULL: nothing.  Offsets of damage are then those
 * of what is inside. */
const char *supply_packing(const struct supply *supply);

/* A descriptor by which the file can be read again, from its beginning; -1: that
 * cannot be. */
int supply_again(const struct supply *supply);

/* It grows no more: what is there is all. */
void supply_complete(struct supply *supply);

void supply_close(struct supply **supply);

#endif
