/* SPDX-License-Identifier: BSD-2-Clause */
/* bzip2, by libbz2. */
#include "core/capture/codec.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

static void *bzip2_open(void)
{
	bz_stream *stream = calloc(1, sizeof(*stream));

	if (stream != NULL && BZ2_bzDecompressInit(stream, 0, 0) != BZ_OK) {
		free(stream);
		return NULL;
	}
	return stream;
}

static unsigned bounded(size_t length)
{
	return length < UINT_MAX ? (unsigned)length : UINT_MAX;
}

static const char *bzip2_problem(int result)
{
	switch (result) {
	case BZ_MEM_ERROR:
		return "out of memory";
	case BZ_DATA_ERROR_MAGIC:
		return "no magic number of bzip2";
	default:
		return "corrupt data";
	}
}

static enum codec_result bzip2_step(void *state, struct codec_step *step)
{
	bz_stream *stream = state;
	int result;

	/* The library only reads what is there; its type is older than const. */
	stream->next_in = (char *)(uintptr_t)step->in;
	stream->avail_in = bounded(step->in_length);
	stream->next_out = (char *)step->out;
	stream->avail_out = bounded(step->out_room);
	result = BZ2_bzDecompress(stream);
	step->in = (const uint8_t *)stream->next_in;
	step->in_length -= bounded(step->in_length) - stream->avail_in;
	step->out = (uint8_t *)stream->next_out;
	step->out_room -= bounded(step->out_room) - stream->avail_out;
	switch (result) {
	case BZ_STREAM_END:
		return CODEC_END;
	case BZ_OK:
		return CODEC_MORE;
	default:
		step->problem = bzip2_problem(result);
		return CODEC_BAD;
	}
}

static bool bzip2_reset(void *state)
{
	bz_stream *stream = state;

	BZ2_bzDecompressEnd(stream);
	*stream = (bz_stream){0};
	return BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK;
}

static void bzip2_close(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

static bool bzip2_is(const uint8_t magic[CODEC_MAGIC_MOST])
{
	return magic[0] == 'B' && magic[1] == 'Z' && magic[2] == 'h' &&
	    magic[3] >= '1' && magic[3] <= '9';
}

const struct codec codec_bzip2 = {
    .name = "bzip2",
    .is = bzip2_is,
    .open = bzip2_open,
    .step = bzip2_step,
    .reset = bzip2_reset,
    .close = bzip2_close,
};
