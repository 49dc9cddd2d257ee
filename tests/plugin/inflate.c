/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder of gzip and deflate: each kind of input, whole and byte by byte. */
#include "plugins/common/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

#include "tests/plugin/inflate_samples.h"

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
static enum inflate_state decode(const uint8_t *data, size_t length,
    size_t piece, uint64_t limit, struct output *output)
{
	const struct inflate_call call = {collect, output};
	struct inflate *decoder = inflate_open(limit);
	enum inflate_state state = INFLATE_MORE;

	assert_non_null(decoder);
	output->length = 0;
	for (size_t at = 0; at < length; at += piece)
		state = inflate_feed(decoder, data + at,
		    length - at < piece ? length - at : piece, &call);
	assert_int_equal(inflate_state_of(decoder), state);
	inflate_close(&decoder);
	assert_null(decoder);
	return state;
}

/* In pieces of every size the input gives this text and this state. */
static void check(const uint8_t *data, size_t length, enum inflate_state state,
    const char *text)
{
	struct output output;

	for (size_t piece = 1; piece <= length; piece++) {
		assert_int_equal(
		    decode(data, length, piece, NO_LIMIT, &output), state);
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
	check(gzip_hello, sizeof(gzip_hello), INFLATE_END, "hello, ");
}

static void all_members_are_decoded(void **state)
{
	uint8_t both[64];
	size_t length = join(both, gzip_hello, sizeof(gzip_hello), gzip_world,
	    sizeof(gzip_world));

	(void)state;
	check(both, length, INFLATE_END, "hello, world\n");
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

		check(both, length, INFLATE_JUNK, "hello, ");
	}
}

static void deflate_of_both_kinds_is_decoded(void **state)
{
	(void)state;
	check(
	    deflate_zlib, sizeof(deflate_zlib), INFLATE_END, "hello, world\n");
	check(deflate_raw, sizeof(deflate_raw), INFLATE_END, "hello, world\n");
}

static void raw_deflate_may_look_like_zlib(void **state)
{
	(void)state;
	check(deflate_raw_like_zlib, sizeof(deflate_raw_like_zlib), INFLATE_END,
	    "abcdefghijklmnopqrstuvwxyz01\n");
}

/* Only gzip has members: another header behind zlib's end is junk. */
static void nothing_follows_deflate(void **state)
{
	uint8_t both[64];
	size_t length = join(both, deflate_zlib, sizeof(deflate_zlib),
	    gzip_hello, sizeof(gzip_hello));

	(void)state;
	check(both, length, INFLATE_JUNK, "hello, world\n");
	length = join(both, deflate_raw, sizeof(deflate_raw), gzip_hello,
	    sizeof(gzip_hello));
	check(both, length, INFLATE_JUNK, "hello, world\n");
}

static void plain_text_is_corrupt(void **state)
{
	static const char text[] = "<html>not compressed at all</html>";

	(void)state;
	check((const uint8_t *)text, strlen(text), INFLATE_CORRUPT, "");
}

static void damage_keeps_what_came_before(void **state)
{
	uint8_t damaged[sizeof(gzip_hello)];

	(void)state;
	memcpy(damaged, gzip_hello, sizeof(damaged));
	damaged[20] ^= 1; /* the checksum */
	check(damaged, sizeof(damaged), INFLATE_CORRUPT, "hello, ");
}

static void an_early_end_wants_more(void **state)
{
	(void)state;
	check(gzip_hello, sizeof(gzip_hello) - 1, INFLATE_MORE, "hello, ");
	check(gzip_hello, 1, INFLATE_MORE, "");
}

static void output_is_limited(void **state)
{
	uint8_t data[4 * GZIP_MEGABYTE_LENGTH];
	struct output output;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		gzip_megabyte(data + i * GZIP_MEGABYTE_LENGTH);
	assert_int_equal(
	    decode(data, sizeof(data), sizeof(data), NO_LIMIT, &output),
	    INFLATE_END);
	assert_int_equal(output.length, 4u << 20);
	for (size_t piece = 1; piece <= sizeof(data); piece *= 7) {
		assert_int_equal(
		    decode(data, sizeof(data), piece, 3500000, &output),
		    INFLATE_LIMIT);
		assert_int_equal(output.length, 3500000);
	}
}

/* What is exactly as long as is allowed is not too long. */
static void the_limit_itself_is_allowed(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(
	    decode(gzip_hello, sizeof(gzip_hello), 4, 7, &output), INFLATE_END);
	assert_int_equal(decode(gzip_hello, sizeof(gzip_hello), 4, 6, &output),
	    INFLATE_LIMIT);
	assert_int_equal(output.length, 6);
}

/* Nothing comes out of a decoder that has given up. */
static void bad_states_are_for_good(void **state)
{
	struct output output = {.length = 0};
	const struct inflate_call call = {collect, &output};
	struct inflate *decoder = inflate_open(NO_LIMIT);

	(void)state;
	assert_non_null(decoder);
	assert_int_equal(
	    inflate_feed(decoder, (const uint8_t *)"<html>plain", 11, &call),
	    INFLATE_CORRUPT);
	assert_int_equal(
	    inflate_feed(decoder, gzip_hello, sizeof(gzip_hello), &call),
	    INFLATE_CORRUPT);
	assert_int_equal(output.length, 0);
	inflate_close(&decoder);
	inflate_close(&decoder);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
