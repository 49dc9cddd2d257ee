/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the bytes of a file come from: the file, or what unpacks it. */
#include "core/capture/supply.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/capture/codec.h"
#include "core/capture/intake.h"
#include "core/capture/unpacker.h"

struct supply {
	struct intake intake;
	bool known;                /* whether and how it is packed    */
	const struct codec *codec; /* NULL: it is not                 */
	struct unpacker *unpacker;
	const char *problem; /* NULL: ask the part that failed  */
};

struct supply *supply_open(int descriptor, bool growing)
{
	struct supply *supply = calloc(1, sizeof(*supply));

	if (supply == NULL) {
		close(descriptor);
		return NULL;
	}
	intake_open(&supply->intake, descriptor, growing);
	return supply;
}

/* Its first bytes tell how it is packed.  0: that is known now; else as
 * supply_read(). */
static int find_packing(struct supply *supply)
{
	struct intake *intake = &supply->intake;
	int result = intake_fill_head(intake);

	if (result != 0)
		return result;
	supply->codec = codec_find(intake->head, intake->head_length);
	if (supply->codec != NULL) {
		supply->unpacker = unpacker_open(
		    supply->codec, intake, &supply->problem);
		if (supply->unpacker == NULL)
			return -1;
	}
	supply->known = true;
	return 0;
}

ssize_t supply_read(struct supply *supply, void *bytes, size_t room)
{
	if (!supply->known) {
		int result = find_packing(supply);

		if (result != 0)
			return result;
	}
	return supply->unpacker != NULL
	    ? unpacker_read(supply->unpacker, bytes, room)
	    : intake_read(&supply->intake, bytes, room);
}

const char *supply_problem(const struct supply *supply)
{
	if (supply->problem != NULL)
		return supply->problem;
	return supply->unpacker != NULL ? unpacker_problem(supply->unpacker)
					: intake_problem(&supply->intake);
}

const char *supply_packing(const struct supply *supply)
{
	return supply->codec != NULL ? supply->codec->name : NULL;
}

int supply_again(const struct supply *supply)
{
	return supply->intake.waits
	    ? -1
	    : fcntl(supply->intake.descriptor, F_DUPFD_CLOEXEC, 0);
}

void supply_complete(struct supply *supply)
{
	atomic_store(&supply->intake.growing, false);
}

void supply_close(struct supply **handle)
{
	struct supply *supply = *handle;

	if (supply == NULL)
		return;
	*handle = NULL;
	unpacker_close(&supply->unpacker);
	intake_close(&supply->intake);
	free(supply);
}
