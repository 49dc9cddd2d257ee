/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the input is a capture file, packed or not. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/capture/reader.h"
#include "tests/fuzz/input.h"

#define ROOM 4096u /* a small window moves often */
#define UNPACKED_MOST (UINT64_C(8) << 20)

/* A descriptor with these bytes. */
static int file_of(const uint8_t *data, size_t size)
{
	int descriptor = memfd_create("capture", MFD_CLOEXEC);

	if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size ||
	    lseek(descriptor, 0, SEEK_SET) != 0)
		abort();
	return descriptor;
}

/* All of a frame can be read. */
static uint64_t look_at(const struct frame *frame)
{
	if (frame->captured > FRAME_MOST)
		abort();
	read_all(frame->bytes, frame->captured);
	return frame->captured + 1u;
}

static enum reading read_frames(struct reader *reader)
{
	uint64_t unpacked = 0;
	enum reading reading = reader_begin(reader);
	struct frame frame;

	while (reading == READING_LATER)
		reading = reader_begin(reader);
	if (reading != READING_FRAME)
		return reading;
	do {
		reading = reader_next(reader, &frame);
		if (reading == READING_MORE)
			reading = reader_fill(reader);
		else if (reading == READING_FRAME)
			unpacked += look_at(&frame);
	} while (reading != READING_END && reading != READING_DAMAGED &&
	    unpacked < UNPACKED_MOST);
	return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct supply *supply = supply_open(file_of(data, size), false);
	struct secrets secrets;
	struct reader reader;

	secrets_init(&secrets);
	if (supply == NULL || !reader_open(&reader, supply, ROOM, &secrets))
		abort();
	if (read_frames(&reader) == READING_DAMAGED && reader.problem == NULL)
		abort();
	reader_close(&reader);
	secrets_clear(&secrets);
	return 0;
}
