/* SPDX-License-Identifier: BSD-2-Clause */
/* libbrotlidec lives behind this file: what it decoded in a call that fails is
 * lost, so that it is fed in pieces that begin at the same places however the
 * bytes came; and it allocates what the bytes ask for, so that memory is
 * counted, and an end set to it, here. */
#include "plugins/common/coding_library.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 256u

struct unbrotli {
	BrotliDecoderState *state;
	size_t memory; /* all that it has now             */
	bool refused;  /* it wanted more than is allowed  */
	bool ended;
	size_t length; /* of piece                        */
	uint8_t piece[PIECE];
};

/* In front of what the library is given: its size, so that it can be counted. */
union block {
	size_t size;
	max_align_t align;
};

static void *take_memory(void *context, size_t size)
{
	struct unbrotli *unbrotli = context;
	union block *block;

	if (size > CODING_MEMORY_MOST - sizeof(*block) - unbrotli->memory) {
		unbrotli->refused = true;
		return NULL;
	}
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->size = sizeof(*block) + size;
	unbrotli->memory += block->size;
	return block + 1;
}

static void give_memory(void *context, void *memory)
{
	struct unbrotli *unbrotli = context;
	union block *block = memory;

	if (block == NULL)
		return;
	block--;
	unbrotli->memory -= block->size;
	free(block);
}

static void *unbrotli_open(void)
{
	struct unbrotli *unbrotli = calloc(1, sizeof(*unbrotli));

	if (unbrotli == NULL)
		return NULL;
	unbrotli->memory = sizeof(*unbrotli);
	unbrotli->state = BrotliDecoderCreateInstance(
	    take_memory, give_memory, unbrotli);
	if (unbrotli->state == NULL) {
		free(unbrotli);
		return NULL;
	}
	return unbrotli;
}

static enum coding_state state_of_error(const struct unbrotli *unbrotli)
{
	BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(
	    unbrotli->state);

	if (unbrotli->refused)
		return CODING_WINDOW;
	return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
		code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
	    ? CODING_NO_MEMORY
	    : CODING_CORRUPT;
}

/* All that is there to be had.  False: more than is allowed. */
static bool take_output(struct unbrotli *unbrotli, struct coding *coding)
{
	while (BrotliDecoderHasMoreOutput(unbrotli->state)) {
		size_t length = 0;
		const uint8_t *bytes = BrotliDecoderTakeOutput(
		    unbrotli->state, &length);

		if (!coding_emit(coding, bytes, length))
			return false;
	}
	return true;
}

/* Decodes what is in piece. */
static enum coding_state decode(
    struct unbrotli *unbrotli, struct coding *coding)
{
	const uint8_t *next = unbrotli->piece;
	size_t left = unbrotli->length;
	BrotliDecoderResult result;

	unbrotli->length = 0;
	do {
		size_t none = 0;

		result = BrotliDecoderDecompressStream(
		    unbrotli->state, &left, &next, &none, NULL, NULL);
		if (result == BROTLI_DECODER_RESULT_ERROR)
			return state_of_error(unbrotli);
		if (!take_output(unbrotli, coding))
			return CODING_LIMIT;
	} while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
	if (result != BROTLI_DECODER_RESULT_SUCCESS)
		return CODING_MORE;
	unbrotli->ended = true;
	return left > 0 ? CODING_JUNK : CODING_END;
}

static enum coding_state unbrotli_feed(
    void *handle, struct coding *coding, const uint8_t *data, size_t length)
{
	struct unbrotli *unbrotli = handle;
	enum coding_state state = CODING_MORE;

	if (unbrotli->ended)
		return CODING_JUNK;
	while (length > 0 && state == CODING_MORE) {
		size_t room = PIECE - unbrotli->length;
		size_t more = length < room ? length : room;

		memcpy(unbrotli->piece + unbrotli->length, data, more);
		unbrotli->length += more;
		data += more;
		length -= more;
		if (unbrotli->length == PIECE)
			state = decode(unbrotli, coding);
	}
	return state == CODING_END && length > 0 ? CODING_JUNK : state;
}

static enum coding_state unbrotli_finish(void *handle, struct coding *coding)
{
	struct unbrotli *unbrotli = handle;

	if (unbrotli->ended)
		return CODING_END;
	return unbrotli->length > 0 ? decode(unbrotli, coding) : CODING_MORE;
}

static size_t unbrotli_memory(const void *handle)
{
	const struct unbrotli *unbrotli = handle;

	return unbrotli->memory;
}

static void unbrotli_close(void *handle)
{
	struct unbrotli *unbrotli = handle;

	BrotliDecoderDestroyInstance(unbrotli->state);
	free(unbrotli);
}

const struct coding_library coding_brotli = {
    .open = unbrotli_open,
    .feed = unbrotli_feed,
    .finish = unbrotli_finish,
    .memory = unbrotli_memory,
    .close = unbrotli_close,
};
