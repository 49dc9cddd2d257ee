/* SPDX-License-Identifier: BSD-2-Clause */
/* xz (The .xz File Format, version 1.2), by liblzma. */
#include "core/capture/codec.h"

#include <lzma.h>
#include <stdlib.h>

#define MEMORY_MOST (UINT64_C(256) << 20) /* xz -9 wants 65 MiB */

static bool xz_reset(void *state)
{
	return lzma_stream_decoder(state, MEMORY_MOST, 0) == LZMA_OK;
}

static void *xz_open(void)
{
	lzma_stream *stream = malloc(sizeof(*stream));

	if (stream == NULL)
		return NULL;
	*stream = (lzma_stream)LZMA_STREAM_INIT;
	if (!xz_reset(stream)) {
		free(stream);
		return NULL;
	}
	return stream;
}

static const char *xz_problem(lzma_ret result)
{
	switch (result) {
	case LZMA_MEM_ERROR:
		return "out of memory";
	case LZMA_MEMLIMIT_ERROR:
		return "wants more than 256 MiB of memory";
	case LZMA_OPTIONS_ERROR:
		return "an option that liblzma does not know";
	default:
		return "corrupt data";
	}
}

static enum codec_result xz_step(void *state, struct codec_step *step)
{
	lzma_stream *stream = state;
	lzma_ret result;

	stream->next_in = step->in;
	stream->avail_in = step->in_length;
	stream->next_out = step->out;
	stream->avail_out = step->out_room;
	result = lzma_code(stream, LZMA_RUN);
	step->in = stream->next_in;
	step->in_length = stream->avail_in;
	step->out = stream->next_out;
	step->out_room = stream->avail_out;
	switch (result) {
	case LZMA_STREAM_END:
		return CODEC_END;
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return CODEC_MORE;
	default:
		step->problem = xz_problem(result);
		return CODEC_BAD;
	}
}

static void xz_close(void *state)
{
	lzma_end(state);
	free(state);
}

static bool xz_is(const uint8_t magic[CODEC_MAGIC_MOST])
{
	return magic[0] == 0xfd && magic[1] == '7' && magic[2] == 'z' &&
	    magic[3] == 'X' && magic[4] == 'Z' && magic[5] == 0;
}

const struct codec codec_xz = {
    .name = "xz",
    .is = xz_is,
    .open = xz_open,
    .step = xz_step,
    .reset = xz_reset,
    .close = xz_close,
};
