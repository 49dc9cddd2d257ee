/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text: each kind of value, every byte, nesting, and misuse. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/json.h"

static struct json json;
static bool no_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	return no_memory ? NULL : __real_realloc(old, size);
}

static int begin(void **state)
{
	(void)state;
	no_memory = false;
	json_begin(&json);
	return 0;
}

static int end(void **state)
{
	(void)state;
	json_free(&json);
	return 0;
}

/* The text, once all is closed. */
static void expect(const char *text)
{
	assert_true(json_end_all(&json));
	buffer_append_byte(&json.out, '\0');
	assert_string_equal((char *)json.out.bytes, text);
}

static void nothing_is_an_empty_object(void **state)
{
	(void)state;
	expect("{}");
}

static void values_are_written(void **state)
{
	(void)state;
	json_text(&json, "text", "a");
	json_u64(&json, "zero", 0);
	json_u64(&json, "most", UINT64_MAX);
	json_i64(&json, "least", INT64_MIN);
	json_i64(&json, "minus", -7);
	json_boolean(&json, "yes", true);
	json_boolean(&json, "no", false);
	json_hex(&json, "hex", "\x00\xff\x1a", 3);
	json_hex(&json, "none", NULL, 0);
	json_bytes(&json, "empty", NULL, 0);
	expect("{\"text\":\"a\",\"zero\":0,\"most\":18446744073709551615,"
	       "\"least\":-9223372036854775808,\"minus\":-7,\"yes\":true,"
	       "\"no\":false,\"hex\":\"00ff1a\",\"none\":\"\",\"empty\":\"\"}");
}

static void times_have_nine_decimals(void **state)
{
	(void)state;
	json_time(&json, "a", 1700000000123456789);
	json_time(&json, "b", 1);
	json_time(&json, "c", -1500000000);
	json_time(&json, "d", 0);
	expect("{\"a\":1700000000.123456789,\"b\":0.000000001,"
	       "\"c\":-1.500000000,\"d\":0.000000000}");
}

static void numbers_read_back(void **state)
{
	(void)state;
	json_f64(&json, "a", 0.1);
	json_f64(&json, "b", 1.0 / 3);
	json_f64(&json, "c", -2.5e300);
	json_f64(&json, "nan", (double)NAN);
	json_f64(&json, "infinite", (double)INFINITY);
	expect("{\"a\":0.1,\"b\":0.3333333333333333,\"c\":-2.5e+300}");
}

static void objects_and_arrays_nest(void **state)
{
	(void)state;
	json_array(&json, "a");
	json_u64(&json, NULL, 1);
	json_array(&json, NULL);
	json_end(&json);
	json_object(&json, NULL);
	json_u64(&json, "b", 2);
	json_array(&json, "c");
	json_text(&json, NULL, "x");
	json_end(&json);
	json_end(&json);
	json_u64(&json, NULL, 3);
	json_end(&json);
	json_object(&json, "d");
	json_end(&json);
	json_u64(&json, "e", 4);
	expect("{\"a\":[1,[],{\"b\":2,\"c\":[\"x\"]},3],\"d\":{},\"e\":4}");
}

static void what_is_open_is_closed_at_the_end(void **state)
{
	(void)state;
	json_array(&json, "a");
	json_object(&json, NULL);
	json_array(&json, "b");
	expect("{\"a\":[{\"b\":[]}]}");
}

static void characters_are_escaped(void **state)
{
	(void)state;
	json_bytes(&json, "a", "q\"b\\s/\b\f\n\r\t\v\x1b\x7f\0z", 16);
	expect("{\"a\":\"q\\\"b\\\\s/\\b\\f\\n\\r\\t\\u000b\\u001b\\u007f"
	       "\\u0000z\"}");
}

/* The same string, and no control for who prints it. */
static void controls_beyond_ascii_are_escaped(void **state)
{
	(void)state;
	json_text(&json, "a", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9f");
	json_text(&json, "b",
	    "\xc2\x9b"
	    "2J\xe2\x80\xae");
	json_text(&json, "\n", "key");
	expect("{\"a\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9f\","
	       "\"b\":\"\\u009b2J\\u202e\",\"\\n\":\"key\"}");
}

/* The Latin-1 reading, and the bytes (RFC 4648). */
static void other_bytes_are_kept(void **state)
{
	(void)state;
	json_bytes(&json, "a", "caf\xe9", 4);
	json_bytes(&json, "b", "\xff", 1);
	json_bytes(&json, "c", "\x80\n\"", 3);
	json_bytes(&json, "d", "\xed\xa0\x80\xc0\x80", 5);
	expect("{\"a\":{\"text\":\"caf\xc3\xa9\",\"base64\":\"Y2Fm6Q==\"},"
	       "\"b\":{\"text\":\"\xc3\xbf\",\"base64\":\"/w==\"},"
	       "\"c\":{\"text\":\"\\u0080\\n\\\"\",\"base64\":\"gAoi\"},"
	       "\"d\":{\"text\":\"\xc3\xad\xc2\xa0\\u0080\xc3\x80\\u0080\","
	       "\"base64\":\"7aCAwIA=\"}}");
}

static void cut_characters_are_no_utf8(void **state)
{
	static const char whole[] = "12345678\xf0\x9f\x90\x9f";

	(void)state;
	for (size_t cut = 9; cut < 12; cut++) {
		json_begin(&json);
		json_bytes(&json, "a", whole, cut);
		assert_true(json_end_all(&json));
		assert_non_null(
		    memmem(json.out.bytes, json.out.length, "base64", 6));
	}
}

static void members_may_be_ready(void **state)
{
	(void)state;
	json_u64(&json, "a", 0);
	json_members(&json, "\"v\":1", 5);
	json_members(&json, "", 0);
	json_u64(&json, "b", 2);
	json_object(&json, "c");
	json_members(&json, "\"d\":3", 5);
	expect("{\"a\":0,\"v\":1,\"b\":2,\"c\":{\"d\":3}}");
	json_begin(&json);
	json_array(&json, "a");
	json_members(&json, "\"v\":1", 5);
	assert_false(json_end_all(&json));
}

static void misuse_sticks(void **state)
{
	(void)state;
	json_u64(&json, NULL, 1);
	json_u64(&json, "a", 1);
	assert_false(json_end_all(&json));
	json_begin(&json);
	json_array(&json, "a");
	json_u64(&json, "key", 1);
	assert_false(json_end_all(&json));
	json_begin(&json);
	json_end(&json);
	assert_false(json_end_all(&json));
	json_begin(&json);
	assert_true(json_end_all(&json));
}

static bool is_refused(const char *first, const char *second)
{
	json_begin(&json);
	json_u64(&json, first, 1);
	json_object(&json, second);
	return !json_end_all(&json);
}

static void keys_stand_once_in_their_object(void **state)
{
	(void)state;
	assert_true(is_refused("a", "a"));
	assert_true(is_refused("\xc3\xa9", "\xc3\xa9"));
	assert_false(is_refused("a", "b"));
	json_begin(&json);
	json_u64(&json, "a", 1);
	json_object(&json, "b");
	json_u64(&json, "a", 2);
	json_u64(&json, "b", 3);
	json_end(&json);
	json_array(&json, "c");
	for (unsigned i = 0; i < 2; i++) {
		json_object(&json, NULL);
		json_u64(&json, "a", i);
		json_end(&json);
	}
	json_end(&json);
	expect("{\"a\":1,\"b\":{\"a\":2,\"b\":3},"
	       "\"c\":[{\"a\":0},{\"a\":1}]}");
	/* What stands inside makes nobody forget the outer ones. */
	json_begin(&json);
	json_u64(&json, "a", 1);
	json_object(&json, "b");
	json_u64(&json, "c", 2);
	json_end(&json);
	json_u64(&json, "a", 1);
	assert_false(json_end_all(&json));
}

static void keys_are_utf8_and_not_empty(void **state)
{
	(void)state;
	assert_true(is_refused("a", ""));
	assert_true(is_refused("a", "\xff"));
	assert_true(is_refused("a", "caf\xe9"));
	assert_true(is_refused("a", "\xf0"));
	assert_false(is_refused("a", "\xc3\xa9"));
}

/* More than are known are written, and cost no more. */
static void keys_that_are_known_are_bounded(void **state)
{
	char key[16];

	(void)state;
	for (unsigned i = 0; i < 3 * JSON_KEYS_MOST; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		json_u64(&json, key, i);
	}
	json_object(&json, "inner");
	json_u64(&json, "k0", 0);
	json_end(&json);
	assert_true(json_end_all(&json));
	json_begin(&json);
	for (unsigned i = 0; i < JSON_KEYS_MOST; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		json_u64(&json, key, i);
	}
	json_u64(&json, "k127", 0);
	assert_false(json_end_all(&json));
}

static void keys_may_be_reserved(void **state)
{
	const uint64_t taken[] = {json_key_hash("v"), json_key_hash("w")};

	(void)state;
	json_reserve(&json, taken, 2);
	json_object(&json, "a");
	json_u64(&json, "w", 1);
	json_end(&json);
	expect("{\"a\":{\"w\":1}}");
	json_begin(&json);
	json_reserve(&json, taken, 2);
	json_u64(&json, "w", 1);
	assert_false(json_end_all(&json));
}

static void depth_is_bounded(void **state)
{
	(void)state;
	for (unsigned i = 1; i < JSON_DEPTH_MOST; i++)
		json_object(&json, "a");
	assert_true(json_end_all(&json));
	json_begin(&json);
	for (unsigned i = 0; i < JSON_DEPTH_MOST; i++)
		json_object(&json, "a");
	assert_false(json_end_all(&json));
	json_begin(&json);
	for (unsigned i = 0; i < 1000; i++)
		json_array(&json, i == 0 ? "a" : NULL);
	for (unsigned i = 0; i < 2000; i++)
		json_end(&json);
	assert_false(json_end_all(&json));
}

/* Whatever stands around it, and wherever: bytes are looked at by eight. */
static void every_byte_at_every_place(void **state)
{
	static const char *const around[] = {
	    "        ", "~~~~~~~~", "abcdefgh"};

	(void)state;
	for (unsigned byte = 0; byte < 0x80; byte++) {
		const uint8_t alone = (uint8_t)byte;
		char escaped[16];

		json_begin(&json);
		json_bytes(&json, "a", &alone, 1);
		assert_true(json_end_all(&json));
		snprintf(escaped, sizeof(escaped), "%.*s",
		    (int)json.out.length - 8, (char *)json.out.bytes + 6);
		for (unsigned i = 0; i < 24; i++) {
			char bytes[9];
			char wanted[64];
			int place = (int)i % 8;

			memcpy(bytes, around[i / 8], sizeof(bytes));
			bytes[place] = (char)byte;
			snprintf(wanted, sizeof(wanted), "{\"a\":\"%.*s%s%s\"}",
			    place, bytes, escaped, bytes + place + 1);
			json_begin(&json);
			json_bytes(&json, "a", bytes, 8);
			expect(wanted);
		}
	}
}

/* Members of known keys are the same text as others. */
static void known_members_are_as_others(void **state)
{
	(void)state;
	json_known_u64(&json, JSON_KEY("zero"), 0);
	json_known_u64(&json, JSON_KEY("most"), UINT64_MAX);
	json_known_object(&json, JSON_KEY("o"));
	json_known_text(&json, JSON_KEY("text"), "abc", 2);
	json_known_text(&json, JSON_KEY("empty"), "", 0);
	json_array(&json, "a");
	json_u64(&json, NULL, 1);
	json_end(&json);
	json_known_boolean(&json, JSON_KEY("yes"), true);
	json_end(&json);
	json_known_boolean(&json, JSON_KEY("no"), false);
	json_known_object(&json, JSON_KEY("none"));
	json_end(&json);
	json_known_time(&json, JSON_KEY("now"), 1700000000123456789);
	json_known_time(&json, JSON_KEY("least"), INT64_MIN);
	json_u64(&json, "other", 2);
	expect("{\"zero\":0,\"most\":18446744073709551615,\"o\":{"
	       "\"text\":\"ab\",\"empty\":\"\",\"a\":[1],\"yes\":true},"
	       "\"no\":false,\"none\":{},\"now\":1700000000.123456789,"
	       "\"least\":-9223372036.854775808,\"other\":2}");
}

static void known_objects_are_bounded(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * JSON_DEPTH_MOST; i++)
		json_known_object(&json, JSON_KEY("a"));
	assert_false(json_end_all(&json));
}

static void known_members_without_memory(void **state)
{
	(void)state;
	json_free(&json);
	no_memory = true;
	for (unsigned i = 0; i < 5; i++) {
		json_begin(&json);
		if (i == 0)
			json_known_u64(&json, JSON_KEY("a"), 1);
		else if (i == 1)
			json_known_text(&json, JSON_KEY("a"), "b", 1);
		else if (i == 2)
			json_known_time(&json, JSON_KEY("a"), 1);
		else if (i == 3)
			json_known_boolean(&json, JSON_KEY("a"), true);
		else
			json_known_object(&json, JSON_KEY("a"));
		assert_false(json_end_all(&json));
	}
	no_memory = false;
}

static void without_memory_it_says_so(void **state)
{
	(void)state;
	json_free(&json);
	no_memory = true;
	json_begin(&json);
	json_text(&json, "a", "b");
	assert_false(json_end_all(&json));
	no_memory = false;
	json_begin(&json);
	expect("{}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(nothing_is_an_empty_object),
	    TEST(values_are_written),
	    TEST(times_have_nine_decimals),
	    TEST(numbers_read_back),
	    TEST(objects_and_arrays_nest),
	    TEST(what_is_open_is_closed_at_the_end),
	    TEST(characters_are_escaped),
	    TEST(controls_beyond_ascii_are_escaped),
	    TEST(other_bytes_are_kept),
	    TEST(cut_characters_are_no_utf8),
	    TEST(members_may_be_ready),
	    TEST(misuse_sticks),
	    TEST(keys_stand_once_in_their_object),
	    TEST(keys_are_utf8_and_not_empty),
	    TEST(keys_that_are_known_are_bounded),
	    TEST(keys_may_be_reserved),
	    TEST(depth_is_bounded),
	    TEST(every_byte_at_every_place),
	    TEST(known_members_are_as_others),
	    TEST(known_objects_are_bounded),
	    TEST(known_members_without_memory),
	    TEST(without_memory_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
