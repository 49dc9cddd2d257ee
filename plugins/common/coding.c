/* SPDX-License-Identifier: BSD-2-Clause */
/* Which library takes which coding off, and what they have in common: names and
 * limits.  It knows neither HTTP nor the host, nor any of the libraries. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "plugins/common/coding_library.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct coding {
	const struct coding_library *library;
	void *decoder;
	const struct coding_call *call; /* of the feed in hand             */
	uint64_t limit;
	uint64_t produced;
	enum coding_state state;
};

/* NULL: there is none, or it was not there when this was built. */
static const struct coding_library *library_of(enum coding_kind kind)
{
	switch (kind) {
	case CODING_GZIP:
	case CODING_DEFLATE:
		return &coding_zlib;
#ifdef HAVE_BROTLI
	case CODING_BROTLI:
		return &coding_brotli;
#endif
	case CODING_ZSTD:
		return &coding_zstd;
	default:
		return NULL;
	}
}

enum coding_kind coding_of(const uint8_t *name, size_t length)
{
	static const struct {
		const char *name;
		enum coding_kind kind;
	} names[] = {
	    {"", CODING_IDENTITY},
	    {"identity", CODING_IDENTITY},
	    {"gzip", CODING_GZIP},
	    {"x-gzip", CODING_GZIP},
	    {"deflate", CODING_DEFLATE},
	    {"br", CODING_BROTLI},
	    {"zstd", CODING_ZSTD},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == length &&
		    strncasecmp((const char *)name, names[i].name, length) == 0)
			return names[i].kind;
	}
	return CODING_UNKNOWN;
}

bool coding_is_built_in(enum coding_kind kind)
{
	return kind == CODING_IDENTITY || library_of(kind) != NULL;
}

const char *coding_suffix(enum coding_kind kind)
{
	static const char *const suffixes[] = {
	    [CODING_UNKNOWN] = ".encoded",
	    [CODING_IDENTITY] = "",
	    [CODING_GZIP] = ".gz",
	    [CODING_DEFLATE] = ".deflate",
	    [CODING_BROTLI] = ".br",
	    [CODING_ZSTD] = ".zst",
	};

	return suffixes[kind];
}

struct coding *coding_open(enum coding_kind kind, uint64_t limit)
{
	const struct coding_library *library = library_of(kind);
	struct coding *coding = calloc(1, sizeof(*coding));

	assert(library != NULL);
	if (coding == NULL)
		return NULL;
	coding->library = library;
	coding->limit = limit;
	coding->decoder = library->open();
	if (coding->decoder == NULL) {
		free(coding);
		return NULL;
	}
	return coding;
}

bool coding_emit(struct coding *coding, const uint8_t *data, size_t length)
{
	bool over = length > coding->limit - coding->produced;

	if (over)
		length = (size_t)(coding->limit - coding->produced);
	coding->produced += length;
	if (length > 0)
		coding->call->output(coding->call->context, data, length);
	return !over;
}

enum coding_state coding_feed(struct coding *coding, const uint8_t *data,
    size_t length, const struct coding_call *call)
{
	coding->call = call;
	if (length > 0 && coding->state <= CODING_END)
		coding->state = coding->library->feed(
		    coding->decoder, coding, data, length);
	return coding->state;
}

enum coding_state coding_finish(
    struct coding *coding, const struct coding_call *call)
{
	coding->call = call;
	if (coding->library->finish != NULL && coding->state <= CODING_END)
		coding->state = coding->library->finish(
		    coding->decoder, coding);
	return coding->state;
}

enum coding_state coding_state_of(const struct coding *coding)
{
	return coding->state;
}

size_t coding_memory(const struct coding *coding)
{
	return sizeof(*coding) + coding->library->memory(coding->decoder);
}

void coding_close(struct coding **handle)
{
	struct coding *coding = *handle;

	if (coding == NULL)
		return;
	*handle = NULL;
	coding->library->close(coding->decoder);
	free(coding);
}
