/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a capture file as they were captured, whatever they are packed
 * in.  It knows no packets.
 *
 *	descriptor ---> (codec) ---> supply_read()
 */
#ifndef CORE_CAPTURE_SUPPLY_H
#define CORE_CAPTURE_SUPPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct supply;

/* Takes the descriptor over, whatever the result.  NULL: *problem says why. */
struct supply *supply_open(int descriptor, const char **problem);

/* Up to `room` bytes, at least one; 0: there are no more; -1: supply_problem()
 * tells why there are none. */
ssize_t supply_read(struct supply *supply, void *bytes, size_t room);

/* In words; lives as long as the supply. */
const char *supply_problem(const struct supply *supply);

/* What it is packed in, "gzip"; NULL: nothing.  Offsets of damage are then those
 * of what is inside. */
const char *supply_packing(const struct supply *supply);

void supply_close(struct supply **supply);

#endif
