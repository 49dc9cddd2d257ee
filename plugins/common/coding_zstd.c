/* SPDX-License-Identifier: BSD-2-Clause */
/* libzstd lives behind this file: what it decoded in a call that fails is lost,
 * and it takes short cuts where it sees all of a frame.  So it is fed as much as
 * it asks for and never more, which is one block. */
#include "plugins/common/coding_library.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* First bytes of a frame, and of those to be skipped.  Formats before RFC 8878,
 * which some builds of the library know, begin otherwise. */
#define FRAME_FIRST_BYTE 0x28u
#define SKIPPABLE_FIRST_BYTE 0x50u
#define SKIPPABLE_MASK 0xf0u

struct unzstd {
	ZSTD_DStream *stream;
	size_t wanted; /* bytes up to the end of the block*/
	bool within;   /* a frame has begun               */
	bool further;  /* not the first frame             */
	bool produced; /* this frame brought something    */
};

static void *unzstd_open(void)
{
	struct unzstd *unzstd = calloc(1, sizeof(*unzstd));

	if (unzstd == NULL)
		return NULL;
	unzstd->stream = ZSTD_createDStream();
	if (unzstd->stream == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(
		unzstd->stream, ZSTD_d_windowLogMax, CODING_WINDOW_LOG))) {
		ZSTD_freeDStream(unzstd->stream);
		free(unzstd);
		return NULL;
	}
	unzstd->wanted = 1;
	return unzstd;
}

static enum coding_state state_of_error(
    const struct unzstd *unzstd, size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return CODING_WINDOW;
	case ZSTD_error_memory_allocation:
		return CODING_NO_MEMORY;
	default:
		/* What looked like one more frame was none. */
		return unzstd->further && !unzstd->produced ? CODING_JUNK
							    : CODING_CORRUPT;
	}
}

/* Whether a frame may begin with this byte. */
static bool begin_frame(struct unzstd *unzstd, uint8_t byte)
{
	if (byte != FRAME_FIRST_BYTE &&
	    (byte & SKIPPABLE_MASK) != SKIPPABLE_FIRST_BYTE)
		return false;
	unzstd->within = true;
	unzstd->produced = false;
	unzstd->wanted = 1;
	return true;
}

/* At most what is left of a block. */
static enum coding_state step(
    struct unzstd *unzstd, struct coding *coding, ZSTD_inBuffer *in)
{
	uint8_t bytes[16384];
	size_t result;
	bool full;

	do {
		ZSTD_outBuffer out = {bytes, sizeof(bytes), 0};

		result = ZSTD_decompressStream(unzstd->stream, &out, in);
		if (ZSTD_isError(result))
			return state_of_error(unzstd, result);
		unzstd->produced = unzstd->produced || out.pos > 0;
		if (!coding_emit(coding, bytes, out.pos))
			return CODING_LIMIT;
		full = out.pos == out.size;
	} while (result > 0 && (full || in->pos < in->size));
	unzstd->wanted = result;
	if (result > 0)
		return CODING_MORE;
	unzstd->within = false;
	unzstd->further = true;
	return CODING_END;
}

static enum coding_state unzstd_feed(
    void *handle, struct coding *coding, const uint8_t *data, size_t length)
{
	struct unzstd *unzstd = handle;
	enum coding_state state = CODING_MORE;

	while (length > 0 && state <= CODING_END) {
		ZSTD_inBuffer in = {data, 0, 0};

		if (!unzstd->within && !begin_frame(unzstd, *data))
			return unzstd->further ? CODING_JUNK : CODING_CORRUPT;
		in.size = length < unzstd->wanted ? length : unzstd->wanted;
		state = step(unzstd, coding, &in);
		data += in.pos;
		length -= in.pos;
	}
	return state;
}

static size_t unzstd_memory(const void *handle)
{
	const struct unzstd *unzstd = handle;

	return sizeof(*unzstd) + ZSTD_sizeof_DStream(unzstd->stream);
}

static void unzstd_close(void *handle)
{
	struct unzstd *unzstd = handle;

	ZSTD_freeDStream(unzstd->stream);
	free(unzstd);
}

const struct coding_library coding_zstd = {
    .open = unzstd_open,
    .feed = unzstd_feed,
    .memory = unzstd_memory,
    .close = unzstd_close,
};
