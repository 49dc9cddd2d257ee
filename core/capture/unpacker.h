/* SPDX-License-Identifier: BSD-2-Clause */
/* Unpacks a file in a thread of its own, a few blocks ahead of who reads.
 *
 *	intake -> codec -> [block][block][block] -> unpacker_read()
 *	\___ the unpacker's thread ___/   \___ the reader's ___/
 */
#ifndef CORE_CAPTURE_UNPACKER_H
#define CORE_CAPTURE_UNPACKER_H

#include "core/capture/codec.h"
#include "core/capture/intake.h"

struct unpacker;

/* The intake is the unpacker's until it is closed, but for what the intake says
 * is atomic.  NULL: *problem says why. */
struct unpacker *unpacker_open(
    const struct codec *codec, struct intake *intake, const char **problem);

/* Up to `room` bytes, at least one; 0: there are no more; -1: see
 * unpacker_problem(); INTAKE_LATER: none for 100 ms. */
ssize_t unpacker_read(struct unpacker *unpacker, void *bytes, size_t room);

/* In words; lives as long as the unpacker. */
const char *unpacker_problem(const struct unpacker *unpacker);

void unpacker_close(struct unpacker **unpacker);

#endif
