/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip (RFC 1952), by zlib. */
#include "core/capture/codec.h"

#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST /* what it only reads is const */
#include <zlib.h>

#define GZIP_ONLY (15 + 16) /* inflateInit2: with a gzip header */

static void *gzip_open(void)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	if (stream != NULL && inflateInit2(stream, GZIP_ONLY) != Z_OK) {
		free(stream);
		return NULL;
	}
	return stream;
}

static unsigned bounded(size_t length)
{
	return length < UINT_MAX ? (unsigned)length : UINT_MAX;
}

static enum codec_result gzip_step(void *state, struct codec_step *step)
{
	z_stream *stream = state;
	int result;

	stream->next_in = step->in;
	stream->avail_in = bounded(step->in_length);
	stream->next_out = step->out;
	stream->avail_out = bounded(step->out_room);
	result = inflate(stream, Z_NO_FLUSH);
	step->in_length -= (size_t)(stream->next_in - step->in);
	step->in = stream->next_in;
	step->out_room -= (size_t)(stream->next_out - step->out);
	step->out = stream->next_out;
	switch (result) {
	case Z_STREAM_END:
		return CODEC_END;
	case Z_OK:
	case Z_BUF_ERROR:
		return CODEC_MORE;
	default:
		step->problem = stream->msg != NULL ? stream->msg
						    : zError(result);
		return CODEC_BAD;
	}
}

static bool gzip_reset(void *state)
{
	return inflateReset(state) == Z_OK;
}

static void gzip_close(void *state)
{
	inflateEnd(state);
	free(state);
}

static bool gzip_is(const uint8_t magic[CODEC_MAGIC_MOST])
{
	return magic[0] == 0x1f && magic[1] == 0x8b;
}

const struct codec codec_gzip = {
    .name = "gzip",
    .is = gzip_is,
    .open = gzip_open,
    .step = gzip_step,
    .reset = gzip_reset,
    .close = gzip_close,
};
