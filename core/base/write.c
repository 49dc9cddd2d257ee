/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing in full. */
#include "core/base/write.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

static int wait_writable(int descriptor)
{
	struct pollfd wanted = {.fd = descriptor, .events = POLLOUT};

	return poll(&wanted, 1, -1) >= 0 || errno == EINTR ? 0 : errno;
}

int write_all(int descriptor, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	int error = 0;

	while (length > 0 && error == 0) {
		ssize_t written = write(descriptor, at, length);

		if (written >= 0) {
			at += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN) {
			error = wait_writable(descriptor);
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	return error;
}
