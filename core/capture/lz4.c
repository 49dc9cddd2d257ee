/* SPDX-License-Identifier: BSD-2-Clause */
/* LZ4 frames (lz4_Frame_format.md of the lz4 project), by liblz4. */
#include "core/capture/codec.h"

#include <lz4frame.h>

static void *lz4_open(void)
{
	LZ4F_dctx *context = NULL;

	if (LZ4F_isError(
		LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return NULL;
	return context;
}

static enum codec_result lz4_step(void *state, struct codec_step *step)
{
	size_t taken = step->in_length;
	size_t made = step->out_room;
	size_t result = LZ4F_decompress(
	    state, step->out, &made, step->in, &taken, NULL);

	if (LZ4F_isError(result)) {
		step->problem = LZ4F_getErrorName(result);
		return CODEC_BAD;
	}
	step->in += taken;
	step->in_length -= taken;
	step->out += made;
	step->out_room -= made;
	return result == 0 ? CODEC_END : CODEC_MORE;
}

static bool lz4_reset(void *state)
{
	LZ4F_resetDecompressionContext(state);
	return true;
}

static void lz4_close(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

static bool lz4_is(const uint8_t magic[CODEC_MAGIC_MOST])
{
	return magic[0] == 0x04 && magic[1] == 0x22 && magic[2] == 0x4d &&
	    magic[3] == 0x18;
}

const struct codec codec_lz4 = {
    .name = "lz4",
    .is = lz4_is,
    .open = lz4_open,
    .step = lz4_step,
    .reset = lz4_reset,
    .close = lz4_close,
};
