/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib lives behind this file, as its stream struct and its return codes are
 * not for others to know.  It knows neither HTTP nor the host. */
#include "plugins/common/inflate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define WINDOW_GZIP_OR_ZLIB 47
#define WINDOW_RAW (-15)
#define GZIP_FIRST_BYTE 0x1fu

/* How far a header of zlib by chance may lead astray before raw deflate is
 * tried: beyond any block header. */
#define START_MOST 512u

struct inflate {
	z_stream stream;
	const struct inflate_call *call; /* of the feed in hand             */
	uint64_t limit;
	uint64_t produced;
	uint64_t before; /* produced by the members before  */
	enum inflate_state state;
	bool raw;     /* deflate without a header        */
	bool further; /* not the first member            */
	size_t start_length;
	uint8_t start[START_MOST]; /* of the input, to try it as raw  */
};

/* The C library's, whose failures a test can bring about. */
static voidpf take_memory(voidpf context, uInt items, uInt size)
{
	(void)context;
	return calloc(items, size);
}

static void give_memory(voidpf context, voidpf memory)
{
	(void)context;
	free(memory);
}

struct inflate *inflate_open(uint64_t limit)
{
	struct inflate *decoder = calloc(1, sizeof(*decoder));

	if (decoder == NULL)
		return NULL;
	decoder->limit = limit;
	decoder->stream.zalloc = take_memory;
	decoder->stream.zfree = give_memory;
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
			return code;
		}
	} while (code == Z_OK && decoder->stream.avail_out == 0);
	return code;
}

/* At the end of a member: whether the byte that follows may begin another. */
static void begin_member(struct inflate *decoder, uint8_t byte)
{
	if (decoder->raw || decoder->start[0] != GZIP_FIRST_BYTE ||
	    byte != GZIP_FIRST_BYTE || inflateReset(&decoder->stream) != Z_OK) {
		decoder->state = INFLATE_JUNK;
		return;
	}
	decoder->state = INFLATE_MORE;
	decoder->further = true;
	decoder->before = decoder->produced;
}

/* What zlib's code means for the state. */
static enum inflate_state state_after(const struct inflate *decoder, int code)
{
	switch (code) {
	case Z_OK:
	case Z_BUF_ERROR:
		return INFLATE_MORE;
	case Z_STREAM_END:
		return INFLATE_END;
	case Z_MEM_ERROR:
		return INFLATE_NO_MEMORY;
	default:
		/* What looked like one more member was none. */
		return decoder->further && decoder->produced == decoder->before
		    ? INFLATE_JUNK
		    : INFLATE_CORRUPT;
	}
}

static void feed(struct inflate *decoder, const uint8_t *data, size_t length)
{
	while (length > 0 && decoder->state <= INFLATE_END) {
		uInt step = length < UINT32_MAX / 2 ? (uInt)length
						    : UINT32_MAX / 2;
		int code;

		if (decoder->state == INFLATE_END)
			begin_member(decoder, *data);
		if (decoder->state != INFLATE_MORE)
			return;
		decoder->stream.next_in = (Bytef *)(uintptr_t)data;
		decoder->stream.avail_in = step;
		code = run(decoder);
		if (decoder->state == INFLATE_LIMIT)
			return;
		decoder->state = state_after(decoder, code);
		data += step - decoder->stream.avail_in;
		length -= step - decoder->stream.avail_in;
	}
}

/* Nothing came out, and the bytes are not what their start promised: they may
 * be deflate without a header (RFC 9110, section 8.4.1.2). */
static bool can_be_raw(const struct inflate *decoder)
{
	return decoder->state == INFLATE_CORRUPT && !decoder->raw &&
	    !decoder->further && decoder->produced == 0 &&
	    decoder->stream.total_in <= START_MOST;
}

enum inflate_state inflate_feed(struct inflate *decoder, const uint8_t *data,
    size_t length, const struct inflate_call *call)
{
	size_t before = decoder->start_length;
	size_t more = length < START_MOST - before ? length
						   : START_MOST - before;

	if (more > 0)
		memcpy(decoder->start + before, data, more);
	decoder->start_length += more;
	decoder->call = call;
	feed(decoder, data, length);
	if (can_be_raw(decoder) &&
	    inflateReset2(&decoder->stream, WINDOW_RAW) == Z_OK) {
		decoder->raw = true;
		decoder->state = INFLATE_MORE;
		feed(decoder, decoder->start, before);
		feed(decoder, data, length);
	}
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
