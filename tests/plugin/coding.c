/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoders of content codings: each kind of input, whole and byte by byte. */
#include "plugins/common/coding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/plugin/coding_samples.h"

#define NO_LIMIT (UINT64_C(1) << 40)

struct output {
	uint8_t bytes[4096];
	uint64_t length; /* counts on when the bytes are full */
};

static void collect(void *context, const uint8_t *data, size_t length)
{
	struct output *output = context;
	uint64_t room = output->length < sizeof(output->bytes)
	    ? sizeof(output->bytes) - output->length
	    : 0;

	assert_true(length > 0);
	if (room > 0)
		memcpy(output->bytes + output->length, data,
		    length < room ? length : (size_t)room);
	output->length += length;
}

/* What the decoder says of the input, fed in pieces of this size. */
static enum coding_state decode(enum coding_kind kind, const uint8_t *data,
    size_t length, size_t piece, uint64_t limit, struct output *output)
{
	const struct coding_call call = {collect, output};
	struct coding *decoder = coding_open(kind, limit);
	enum coding_state state = CODING_MORE;

	assert_non_null(decoder);
	output->length = 0;
	for (size_t at = 0; at < length; at += piece)
		state = coding_feed(decoder, data + at,
		    length - at < piece ? length - at : piece, &call);
	assert_int_equal(coding_state_of(decoder), state);
	state = coding_finish(decoder, &call);
	assert_true(coding_memory(decoder) <= CODING_MEMORY_MOST);
	coding_close(&decoder);
	assert_null(decoder);
	return state;
}

/* In pieces of every size the input gives this text and this state. */
static void check(enum coding_kind kind, const uint8_t *data, size_t length,
    enum coding_state state, const char *text)
{
	struct output output;

	for (size_t piece = 1; piece <= length; piece++) {
		assert_int_equal(
		    decode(kind, data, length, piece, NO_LIMIT, &output),
		    state);
		assert_int_equal(output.length, strlen(text));
		assert_memory_equal(output.bytes, text, strlen(text));
	}
}

static size_t join(uint8_t *to, const uint8_t *first, size_t first_length,
    const void *second, size_t second_length)
{
	memcpy(to, first, first_length);
	memcpy(to + first_length, second, second_length);
	return first_length + second_length;
}

static void gzip_is_decoded(void **state)
{
	(void)state;
	check(
	    CODING_GZIP, gzip_hello, sizeof(gzip_hello), CODING_END, "hello, ");
}

static void all_members_are_decoded(void **state)
{
	uint8_t both[64];
	size_t length = join(both, gzip_hello, sizeof(gzip_hello), gzip_world,
	    sizeof(gzip_world));

	(void)state;
	check(CODING_GZIP, both, length, CODING_END, "hello, world\n");
}

static void junk_behind_gzip_is_told(void **state)
{
	static const struct {
		const char *junk;
		size_t length;
	} rows[] = {
	    {"junk", 4},
	    {"\0\0\0", 3},
	    {"\x1fjunk", 5},
	    {"\x1f\x8b\x07 not deflate", 15},
	};
	uint8_t both[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = join(both, gzip_hello, sizeof(gzip_hello),
		    rows[i].junk, rows[i].length);

		check(CODING_GZIP, both, length, CODING_JUNK, "hello, ");
	}
}

static void deflate_of_both_kinds_is_decoded(void **state)
{
	(void)state;
	check(CODING_DEFLATE, deflate_zlib, sizeof(deflate_zlib), CODING_END,
	    "hello, world\n");
	check(CODING_DEFLATE, deflate_raw, sizeof(deflate_raw), CODING_END,
	    "hello, world\n");
}

static void raw_deflate_may_look_like_zlib(void **state)
{
	(void)state;
	check(CODING_DEFLATE, deflate_raw_like_zlib,
	    sizeof(deflate_raw_like_zlib), CODING_END,
	    "abcdefghijklmnopqrstuvwxyz01\n");
}

/* Only gzip has members: another header behind zlib's end is junk. */
static void nothing_follows_deflate(void **state)
{
	uint8_t both[64];
	size_t length = join(both, deflate_zlib, sizeof(deflate_zlib),
	    gzip_hello, sizeof(gzip_hello));

	(void)state;
	check(CODING_GZIP, both, length, CODING_JUNK, "hello, world\n");
	length = join(both, deflate_raw, sizeof(deflate_raw), gzip_hello,
	    sizeof(gzip_hello));
	check(CODING_GZIP, both, length, CODING_JUNK, "hello, world\n");
}

static void plain_text_is_corrupt(void **state)
{
	static const char text[] = "<html>not compressed at all</html>";

	(void)state;
	check(CODING_GZIP, (const uint8_t *)text, strlen(text), CODING_CORRUPT,
	    "");
}

static void damage_keeps_what_came_before(void **state)
{
	uint8_t damaged[sizeof(gzip_hello)];

	(void)state;
	memcpy(damaged, gzip_hello, sizeof(damaged));
	damaged[20] ^= 1; /* the checksum */
	check(CODING_GZIP, damaged, sizeof(damaged), CODING_CORRUPT, "hello, ");
}

static void an_early_end_wants_more(void **state)
{
	(void)state;
	check(CODING_GZIP, gzip_hello, sizeof(gzip_hello) - 1, CODING_MORE,
	    "hello, ");
	check(CODING_GZIP, gzip_hello, 1, CODING_MORE, "");
}

static void output_is_limited(void **state)
{
	uint8_t data[4 * GZIP_MEGABYTE_LENGTH];
	struct output output;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		gzip_megabyte(data + i * GZIP_MEGABYTE_LENGTH);
	assert_int_equal(decode(CODING_GZIP, data, sizeof(data), sizeof(data),
			     NO_LIMIT, &output),
	    CODING_END);
	assert_int_equal(output.length, 4u << 20);
	for (size_t piece = 1; piece <= sizeof(data); piece *= 7) {
		assert_int_equal(decode(CODING_GZIP, data, sizeof(data), piece,
				     3500000, &output),
		    CODING_LIMIT);
		assert_int_equal(output.length, 3500000);
	}
}

/* What is exactly as long as is allowed is not too long. */
static void the_limit_itself_is_allowed(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(
	    decode(CODING_GZIP, gzip_hello, sizeof(gzip_hello), 4, 7, &output),
	    CODING_END);
	assert_int_equal(
	    decode(CODING_GZIP, gzip_hello, sizeof(gzip_hello), 4, 6, &output),
	    CODING_LIMIT);
	assert_int_equal(output.length, 6);
}

/* Nothing comes out of a decoder that has given up. */
static void bad_states_are_for_good(void **state)
{
	struct output output = {.length = 0};
	const struct coding_call call = {collect, &output};
	struct coding *decoder = coding_open(CODING_GZIP, NO_LIMIT);

	(void)state;
	assert_non_null(decoder);
	assert_int_equal(
	    coding_feed(decoder, (const uint8_t *)"<html>plain", 11, &call),
	    CODING_CORRUPT);
	assert_int_equal(
	    coding_feed(decoder, gzip_hello, sizeof(gzip_hello), &call),
	    CODING_CORRUPT);
	assert_int_equal(output.length, 0);
	coding_close(&decoder);
	coding_close(&decoder);
}

static void zstd_is_decoded(void **state)
{
	uint8_t both[64];
	size_t length = join(both, zstd_hello, sizeof(zstd_hello), zstd_world,
	    sizeof(zstd_world));

	(void)state;
	check(CODING_ZSTD, both, length, CODING_END, "hello, world\n");
	check(CODING_ZSTD, both, length - 1, CODING_MORE, "hello, world");
	check(CODING_ZSTD, zstd_hello, 3, CODING_MORE, "");
	length = join(both, zstd_hello, sizeof(zstd_hello), "junk", 4);
	check(CODING_ZSTD, both, length, CODING_JUNK, "hello, ");
	length = join(both, zstd_hello, sizeof(zstd_hello), "(no frame)", 10);
	check(CODING_ZSTD, both, length, CODING_JUNK, "hello, ");
	length = join(both, zstd_hello, sizeof(zstd_hello), "", 0);
	both[length - 1] ^= 1; /* the checksum */
	check(CODING_ZSTD, both, length, CODING_CORRUPT, "hello, ");
	check(CODING_ZSTD, (const uint8_t *)"plain", 5, CODING_CORRUPT, "");
}

static void brotli_is_decoded(void **state)
{
	uint8_t both[64];
	size_t length = join(
	    both, brotli_hello, sizeof(brotli_hello), "junk", 4);

	(void)state;
	if (!coding_is_built_in(CODING_BROTLI))
		skip();
	check(CODING_BROTLI, brotli_hello, sizeof(brotli_hello), CODING_END,
	    "hello, world\n");
	check(CODING_BROTLI, both, length, CODING_JUNK, "hello, world\n");
	check(CODING_BROTLI, brotli_hello, sizeof(brotli_hello) - 1,
	    CODING_MORE, "hello, world\n");
	check(CODING_BROTLI, brotli_hello, 2, CODING_MORE, "");
	check(CODING_BROTLI, (const uint8_t *)"<html>plain</html>", 18,
	    CODING_CORRUPT, "");
}

/* What needs more than 8 MiB to refer back to is refused before it has them. */
static void windows_are_limited(void **state)
{
	struct output output;

	(void)state;
	check(CODING_ZSTD, zstd_window, sizeof(zstd_window), CODING_WINDOW, "");
	if (coding_is_built_in(CODING_BROTLI))
		assert_int_equal(
		    decode(CODING_BROTLI, brotli_bomb_wide,
			sizeof(brotli_bomb_wide), 7, NO_LIMIT, &output),
		    CODING_WINDOW);
}

static long peak_kilobytes(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* In a process of its own, since a peak stays: by how much it grows while all of
 * a bomb goes off. */
static void assert_peak(
    enum coding_kind kind, const uint8_t *data, size_t length, size_t expected)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct output output;
		long before = peak_kilobytes();

		decode(kind, data, length, 64, NO_LIMIT, &output);
		_exit(output.length != expected ? 1
			: peak_kilobytes() - before >
			    (long)(CODING_MEMORY_MOST >> 10)
			? 2
			: 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void bombs_take_little_memory(void **state)
{
	const size_t megabytes = 100u << 20;
	uint8_t *gzip = malloc(100u * GZIP_MEGABYTE_LENGTH);
	uint8_t zstd[ZSTD_BOMB_LENGTH];

	(void)state;
	assert_non_null(gzip);
	for (size_t i = 0; i < 100; i++)
		gzip_megabyte(gzip + i * GZIP_MEGABYTE_LENGTH);
	assert_peak(CODING_GZIP, gzip, 100u * GZIP_MEGABYTE_LENGTH, megabytes);
	free(gzip);
	zstd_bomb(zstd);
	assert_peak(CODING_ZSTD, zstd, sizeof(zstd), megabytes);
	if (!coding_is_built_in(CODING_BROTLI))
		return;
	assert_peak(CODING_BROTLI, brotli_bomb, sizeof(brotli_bomb), megabytes);
	assert_peak(
	    CODING_BROTLI, brotli_bomb_wide, sizeof(brotli_bomb_wide), 0);
}

static void names_are_found(void **state)
{
	static const struct {
		const char *name;
		enum coding_kind kind;
	} rows[] = {
	    {"gzip", CODING_GZIP},
	    {"X-Gzip", CODING_GZIP},
	    {"DEFLATE", CODING_DEFLATE},
	    {"Br", CODING_BROTLI},
	    {"zstd", CODING_ZSTD},
	    {"identity", CODING_IDENTITY},
	    {"", CODING_IDENTITY},
	    {"gzi", CODING_UNKNOWN},
	    {"brotli", CODING_UNKNOWN},
	    {"compress", CODING_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(coding_of((const uint8_t *)rows[i].name,
				     strlen(rows[i].name)),
		    rows[i].kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gzip_is_decoded),
	    cmocka_unit_test(all_members_are_decoded),
	    cmocka_unit_test(junk_behind_gzip_is_told),
	    cmocka_unit_test(deflate_of_both_kinds_is_decoded),
	    cmocka_unit_test(raw_deflate_may_look_like_zlib),
	    cmocka_unit_test(nothing_follows_deflate),
	    cmocka_unit_test(plain_text_is_corrupt),
	    cmocka_unit_test(damage_keeps_what_came_before),
	    cmocka_unit_test(an_early_end_wants_more),
	    cmocka_unit_test(output_is_limited),
	    cmocka_unit_test(the_limit_itself_is_allowed),
	    cmocka_unit_test(bad_states_are_for_good),
	    cmocka_unit_test(zstd_is_decoded),
	    cmocka_unit_test(brotli_is_decoded),
	    cmocka_unit_test(windows_are_limited),
	    cmocka_unit_test(bombs_take_little_memory),
	    cmocka_unit_test(names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
