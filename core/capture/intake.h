/* SPDX-License-Identifier: BSD-2-Clause */
/* A descriptor to read from, whose first bytes can be looked at beforehand, and
 * on which nobody waits for long: a pipe may be silent, a file may grow. */
#ifndef CORE_CAPTURE_INTAKE_H
#define CORE_CAPTURE_INTAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INTAKE_LATER (-2)
#define INTAKE_HEAD 8u

struct intake {
	int descriptor;
	bool waits;          /* it may be silent: a pipe, a terminal */
	atomic_bool growing; /* its end is not the end          */
	int error;           /* errno of a read that failed     */
	bool shrunk;         /* instead: it was cut while it grew */
	uint8_t head[INTAKE_HEAD];
	size_t head_length;
	size_t head_taken;
};

/* The descriptor is the intake's from now on. */
void intake_open(struct intake *intake, int descriptor, bool growing);

/* Reads the head, as far as there is one.  INTAKE_LATER: not all of it is there
 * yet; ask again.  -1: see intake_problem().  0: it is there. */
int intake_fill_head(struct intake *intake);

/* Up to `room` bytes, at least one; 0: the end; -1: see
 * intake_problem(); INTAKE_LATER:
 * none for 100 ms. */
ssize_t intake_read(struct intake *intake, void *bytes, size_t room);

/* Why there are no more bytes after -1, in words. */
const char *intake_problem(const struct intake *intake);

void intake_close(struct intake *intake);

#endif
