/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a descriptor. */
#include "core/capture/intake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 100

void intake_open(struct intake *intake, int descriptor, bool growing)
{
	struct stat status;

	*intake = (struct intake){.descriptor = descriptor};
	atomic_init(&intake->growing, growing);
	intake->waits = fstat(descriptor, &status) != 0 ||
	    !S_ISREG(status.st_mode);
}

/* A signal ends the wait, too: who reads looks after it. */
static bool is_silent(const struct intake *intake)
{
	struct pollfd waiting = {.fd = intake->descriptor, .events = POLLIN};

	return intake->waits && poll(&waiting, 1, WAIT_MS) <= 0;
}

/* What comes instead does not go on where we stand. */
static bool has_shrunk(const struct intake *intake)
{
	struct stat status;

	return fstat(intake->descriptor, &status) == 0 &&
	    lseek(intake->descriptor, 0, SEEK_CUR) > status.st_size;
}

static ssize_t take(struct intake *intake, void *bytes, size_t room)
{
	ssize_t length;

	if (is_silent(intake))
		return INTAKE_LATER;
	length = read(intake->descriptor, bytes, room);
	if (length > 0)
		return length;
	if (length < 0 && (errno == EINTR || errno == EAGAIN))
		return INTAKE_LATER;
	if (length < 0) {
		intake->error = errno;
		return -1;
	}
	if (!atomic_load(&intake->growing))
		return 0;
	intake->shrunk = has_shrunk(intake);
	return intake->shrunk ? -1 : INTAKE_LATER;
}

int intake_fill_head(struct intake *intake)
{
	while (intake->head_length < INTAKE_HEAD) {
		ssize_t length = take(intake,
		    intake->head + intake->head_length,
		    INTAKE_HEAD - intake->head_length);

		if (length == 0)
			return 0;
		if (length < 0)
			return (int)length;
		intake->head_length += (size_t)length;
	}
	return 0;
}

ssize_t intake_read(struct intake *intake, void *bytes, size_t room)
{
	size_t length = intake->head_length - intake->head_taken;

	if (length == 0)
		return take(intake, bytes, room);
	if (length > room)
		length = room;
	memcpy(bytes, intake->head + intake->head_taken, length);
	intake->head_taken += length;
	return (ssize_t)length;
}

const char *intake_problem(const struct intake *intake)
{
	return intake->shrunk ? "it was cut off while it grew"
			      : strerror(intake->error);
}

void intake_close(struct intake *intake)
{
	close(intake->descriptor);
}
