/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib lives behind this file, as its stream struct and its return codes are
 * not for others to know. */
#include "plugins/common/inflate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#define WINDOW_GZIP_OR_ZLIB 47
#define WINDOW_RAW (-15)

struct inflate {
	z_stream stream;
	const struct inflate_call *call; /* of the feed in hand     */
	uint64_t limit;
	uint64_t produced;
	enum inflate_state state;
	bool raw;             /* deflate without a header        */
	uint8_t start[2];     /* what has been fed so far, up to */
	uint8_t start_length; /* where it can be tried as raw    */
};

struct inflate *inflate_open(uint64_t limit)
{
	struct inflate *decoder = calloc(1, sizeof(*decoder));

	if (decoder == NULL)
		return NULL;
	decoder->limit = limit;
	if (inflateInit2(&decoder->stream, WINDOW_GZIP_OR_ZLIB) != Z_OK) {
		free(decoder);
		return NULL;
	}
	return decoder;
}

/* Hands on what came out; false when that is more than is allowed. */
static bool emit(struct inflate *decoder, const uint8_t *data, size_t length)
{
	bool over = length > decoder->limit - decoder->produced;

	if (over)
		length = (size_t)(decoder->limit - decoder->produced);
	decoder->produced += length;
	if (length > 0)
		decoder->call->output(decoder->call->context, data, length);
	return !over;
}

/* zlib's code after as much of the input as it took, all output handed on. */
static int run(struct inflate *decoder)
{
	uint8_t out[16384];
	int code;

	do {
		decoder->stream.next_out = out;
		decoder->stream.avail_out = sizeof(out);
		code = inflate(&decoder->stream, Z_NO_FLUSH);
		if (!emit(decoder, out,
			sizeof(out) - decoder->stream.avail_out)) {
			decoder->state = INFLATE_LIMIT;
			return Z_STREAM_END;
		}
	} while (code == Z_OK && decoder->stream.avail_out == 0);
	return code;
}

/* No header of gzip or zlib: the bytes may be deflate without one. */
static bool try_raw(struct inflate *decoder, const uint8_t *data, size_t length)
{
	if (decoder->raw || decoder->produced > 0 ||
	    decoder->stream.total_in > 2 ||
	    inflateReset2(&decoder->stream, WINDOW_RAW) != Z_OK)
		return false;
	decoder->raw = true;
	decoder->state = INFLATE_MORE;
	if (decoder->start_length > 0)
		inflate_feed(decoder, decoder->start, decoder->start_length,
		    decoder->call);
	inflate_feed(decoder, data, length, decoder->call);
	return true;
}

enum inflate_state inflate_feed(struct inflate *decoder, const uint8_t *data,
    size_t length, const struct inflate_call *call)
{
	const uint8_t *from = data;
	size_t whole = length;

	decoder->call = call;
	while (length > 0 && decoder->state <= INFLATE_END) {
		uInt step = length < UINT32_MAX / 2 ? (uInt)length
						    : UINT32_MAX / 2;
		int code;

		/* Behind a member of gzip, another may start. */
		if (decoder->state == INFLATE_END) {
			if (decoder->raw || *data != 0x1f) {
				decoder->state = INFLATE_JUNK;
				break;
			}
			inflateReset(&decoder->stream);
			decoder->state = INFLATE_MORE;
		}
		decoder->stream.next_in = (Bytef *)(uintptr_t)data;
		decoder->stream.avail_in = step;
		code = run(decoder);
		if (decoder->state == INFLATE_LIMIT)
			break;
		data += step - decoder->stream.avail_in;
		length -= step - decoder->stream.avail_in;
		if (code == Z_STREAM_END) {
			decoder->state = INFLATE_END;
		} else if (code != Z_OK && code != Z_BUF_ERROR) {
			if (try_raw(decoder, from, whole))
				break;
			decoder->state = decoder->stream.total_in <= 2 &&
				decoder->produced > 0
			    ? INFLATE_JUNK
			    : INFLATE_CORRUPT;
		}
	}
	for (size_t i = 0; i < whole && !decoder->raw &&
	     decoder->start_length < sizeof(decoder->start);
	     i++)
		decoder->start[decoder->start_length++] = from[i];
	return decoder->state;
}

enum inflate_state inflate_state_of(const struct inflate *decoder)
{
	return decoder->state;
}

void inflate_close(struct inflate **handle)
{
	struct inflate *decoder = *handle;

	if (decoder == NULL)
		return;
	*handle = NULL;
	inflateEnd(&decoder->stream);
	free(decoder);
}
