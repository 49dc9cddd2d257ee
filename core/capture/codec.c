/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the codec of a file. */
#include "core/capture/codec.h"

#include <string.h>

const struct codec *codec_find(const uint8_t *magic, size_t length)
{
	static const struct codec *const all[] = {
	    &codec_gzip, &codec_zstd, &codec_lz4, &codec_xz, &codec_bzip2};
	uint8_t first[CODEC_MAGIC_MOST] = {0};

	memcpy(first, magic, length < sizeof(first) ? length : sizeof(first));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i]->is(first))
			return all[i];
	}
	return NULL;
}
