/* SPDX-License-Identifier: BSD-2-Clause */
/* Zstandard (RFC 8878), by libzstd. */
#include "core/capture/codec.h"

#include <zstd.h>

static void *zstd_open(void)
{
	return ZSTD_createDStream();
}

static enum codec_result zstd_step(void *state, struct codec_step *step)
{
	ZSTD_inBuffer in = {.src = step->in, .size = step->in_length};
	ZSTD_outBuffer out = {.dst = step->out, .size = step->out_room};
	size_t result = ZSTD_decompressStream(state, &out, &in);

	step->in += in.pos;
	step->in_length -= in.pos;
	step->out += out.pos;
	step->out_room -= out.pos;
	if (ZSTD_isError(result)) {
		/* Windows up to 128 MiB: what zstd packs without --long=. */
		step->problem = ZSTD_getErrorName(result);
		return CODEC_BAD;
	}
	return result == 0 ? CODEC_END : CODEC_MORE;
}

static bool zstd_reset(void *state)
{
	return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static void zstd_close(void *state)
{
	ZSTD_freeDStream(state);
}

/* A frame, or one that is to be skipped, as parallel packers put in front. */
static bool zstd_is(const uint8_t magic[CODEC_MAGIC_MOST])
{
	return (magic[0] == 0x28 && magic[1] == 0xb5 && magic[2] == 0x2f &&
		   magic[3] == 0xfd) ||
	    ((magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a &&
		magic[2] == 0x4d && magic[3] == 0x18);
}

const struct codec codec_zstd = {
    .name = "zstd",
    .is = zstd_is,
    .open = zstd_open,
    .step = zstd_step,
    .reset = zstd_reset,
    .close = zstd_close,
};
