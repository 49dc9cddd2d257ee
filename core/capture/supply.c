/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the bytes of a file come from. */
#include "core/capture/supply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct supply {
	int descriptor;
	int error;
};

struct supply *supply_open(int descriptor, const char **problem)
{
	struct supply *supply = calloc(1, sizeof(*supply));

	if (supply == NULL) {
		*problem = "out of memory";
		close(descriptor);
		return NULL;
	}
	supply->descriptor = descriptor;
	return supply;
}

ssize_t supply_read(struct supply *supply, void *bytes, size_t room)
{
	ssize_t length;

	do {
		length = read(supply->descriptor, bytes, room);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		supply->error = errno;
	return length;
}

const char *supply_problem(const struct supply *supply)
{
	return strerror(supply->error);
}

const char *supply_packing(const struct supply *supply)
{
	(void)supply;
	return NULL;
}

void supply_close(struct supply **handle)
{
	struct supply *supply = *handle;

	if (supply == NULL)
		return;
	*handle = NULL;
	close(supply->descriptor);
	free(supply);
}
