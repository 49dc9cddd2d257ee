/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib lives behind this file, as its stream struct and its return codes are
 * not for others to know.  It knows neither HTTP nor the host. */
#include "plugins/common/coding_library.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define WINDOW_GZIP_OR_ZLIB 47
#define WINDOW_RAW (-15)
#define GZIP_FIRST_BYTE 0x1fu

/* What zlib itself may allocate: the window and the tables. */
#define ZLIB_MEMORY (47u << 10)

/* How far a header of zlib by chance may lead astray before raw deflate is
 * tried: beyond any block header. */
#define START_MOST 512u

struct inflater {
	z_stream stream;
	struct coding *coding; /* of the feed in hand             */
	uint64_t produced;
	uint64_t before; /* produced by the members before  */
	enum coding_state state;
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

static void *zlib_open(void)
{
	struct inflater *inflater = calloc(1, sizeof(*inflater));

	if (inflater == NULL)
		return NULL;
	inflater->stream.zalloc = take_memory;
	inflater->stream.zfree = give_memory;
	if (inflateInit2(&inflater->stream, WINDOW_GZIP_OR_ZLIB) != Z_OK) {
		free(inflater);
		return NULL;
	}
	return inflater;
}

/* zlib's code after as much of the input as it took, all output handed on. */
static int run(struct inflater *inflater)
{
	uint8_t out[16384];
	size_t length;
	int code;

	do {
		inflater->stream.next_out = out;
		inflater->stream.avail_out = sizeof(out);
		code = inflate(&inflater->stream, Z_NO_FLUSH);
		length = sizeof(out) - inflater->stream.avail_out;
		inflater->produced += length;
		if (!coding_emit(inflater->coding, out, length)) {
			inflater->state = CODING_LIMIT;
			return code;
		}
	} while (code == Z_OK && inflater->stream.avail_out == 0);
	return code;
}

/* At the end of a member: whether the byte that follows may begin another. */
static void begin_member(struct inflater *inflater, uint8_t byte)
{
	if (inflater->raw || inflater->start[0] != GZIP_FIRST_BYTE ||
	    byte != GZIP_FIRST_BYTE ||
	    inflateReset(&inflater->stream) != Z_OK) {
		inflater->state = CODING_JUNK;
		return;
	}
	inflater->state = CODING_MORE;
	inflater->further = true;
	inflater->before = inflater->produced;
}

/* What zlib's code means for the state. */
static enum coding_state state_after(const struct inflater *inflater, int code)
{
	switch (code) {
	case Z_OK:
	case Z_BUF_ERROR:
		return CODING_MORE;
	case Z_STREAM_END:
		return CODING_END;
	case Z_MEM_ERROR:
		return CODING_NO_MEMORY;
	default:
		/* What looked like one more member was none. */
		return inflater->further &&
			inflater->produced == inflater->before
		    ? CODING_JUNK
		    : CODING_CORRUPT;
	}
}

static void feed(struct inflater *inflater, const uint8_t *data, size_t length)
{
	while (length > 0 && inflater->state <= CODING_END) {
		uInt step = length < UINT32_MAX / 2 ? (uInt)length
						    : UINT32_MAX / 2;
		int code;

		if (inflater->state == CODING_END)
			begin_member(inflater, *data);
		if (inflater->state != CODING_MORE)
			return;
		inflater->stream.next_in = (Bytef *)(uintptr_t)data;
		inflater->stream.avail_in = step;
		code = run(inflater);
		if (inflater->state == CODING_LIMIT)
			return;
		inflater->state = state_after(inflater, code);
		data += step - inflater->stream.avail_in;
		length -= step - inflater->stream.avail_in;
	}
}

/* Nothing came out, and the bytes are not what their start promised: they may
 * be deflate without a header (RFC 9110, section 8.4.1.2). */
static bool can_be_raw(const struct inflater *inflater)
{
	return inflater->state == CODING_CORRUPT && !inflater->raw &&
	    !inflater->further && inflater->produced == 0 &&
	    inflater->stream.total_in <= START_MOST;
}

static enum coding_state zlib_feed(
    void *handle, struct coding *coding, const uint8_t *data, size_t length)
{
	struct inflater *inflater = handle;
	size_t before = inflater->start_length;
	size_t more = length < START_MOST - before ? length
						   : START_MOST - before;

	if (more > 0)
		memcpy(inflater->start + before, data, more);
	inflater->start_length += more;
	inflater->coding = coding;
	feed(inflater, data, length);
	if (can_be_raw(inflater) &&
	    inflateReset2(&inflater->stream, WINDOW_RAW) == Z_OK) {
		inflater->raw = true;
		inflater->state = CODING_MORE;
		feed(inflater, inflater->start, before);
		feed(inflater, data, length);
	}
	return inflater->state;
}

static size_t zlib_memory(const void *handle)
{
	(void)handle;
	return sizeof(struct inflater) + ZLIB_MEMORY;
}

static void zlib_close(void *handle)
{
	struct inflater *inflater = handle;

	inflateEnd(&inflater->stream);
	free(inflater);
}

const struct coding_library coding_zlib = {
    .open = zlib_open,
    .feed = zlib_feed,
    .memory = zlib_memory,
    .close = zlib_close,
};
