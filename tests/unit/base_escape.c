/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network sends becomes safe to show, however it was cut. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/escape.h"

static void escape_all(
    struct buffer *out, const char *text, size_t length, size_t cut)
{
	struct escape escape = {0};

	buffer_reset(out);
	escape_append(&escape, out, text, cut);
	escape_append(&escape, out, text + cut, length - cut);
	escape_finish(&escape, out);
	buffer_append_byte(out, '\0');
	assert_false(out->failed);
}

/* In one piece, and cut in two at every place. */
static void expect_bytes(const char *text, size_t length, const char *expected)
{
	struct buffer out = {0};

	for (size_t cut = 0; cut <= length; cut++) {
		escape_all(&out, text, length, cut);
		assert_string_equal((const char *)out.bytes, expected);
	}
	buffer_free(&out);
}

static void expect(const char *text, const char *expected)
{
	expect_bytes(text, strlen(text), expected);
}

static void text_passes(void **state)
{
	static const char *const texts[] = {"", "GET / HTTP/1.1", "a\tb\nc",
	    "\\x1b is text", "gr\xc3\xbc\xc3\x9f", "\xe6\xbc\xa2\xe5\xad\x97",
	    "\xf0\x9f\x98\x80", "\xc2\xa0", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect(texts[i], texts[i]);
}

static void control_characters_are_escaped(void **state)
{
	(void)state;
	expect("\x1b[2J", "\\x1b[2J");
	expect("\x1b]0;title\x07", "\\x1b]0;title\\x07");
	expect("a\bb\x7f", "a\\x08b\\x7f");
	expect_bytes("\0", 1, "\\x00");
	for (int byte = 1; byte < 0x20; byte++) {
		char text[2] = {(char)byte, 0};
		char escaped[8] = "\\x..";
		static const char digits[] = "0123456789abcdef";

		escaped[2] = digits[byte >> 4];
		escaped[3] = digits[byte & 15];
		if (byte == '\n' || byte == '\t')
			expect(text, text);
		else
			expect(text, byte == '\r' ? "\\r" : escaped);
	}
}

/* A terminal obeys C1 as single bytes and as UTF-8. */
static void c1_is_escaped_in_both_forms(void **state)
{
	(void)state;
	expect("\x9b"
	       "2J",
	    "\\x9b2J");
	expect("\xc2\x9b"
	       "2J",
	    "\\u009b2J");
	expect("\xc2\x80\xc2\x9f", "\\u0080\\u009f");
}

static void what_hides_or_turns_text_is_escaped(void **state)
{
	(void)state;
	expect("a\xe2\x80\xae"
	       "b",
	    "a\\u202eb");
	expect("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad",
	    "\\u202a\\u202b\\u202c\\u202d");
	expect("\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069");
	expect("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c");
	expect("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029");
	expect("\xef\xbb\xbf\xe2\x80\x8b", "\\ufeff\\u200b");
}

static void line_ends_become_newlines(void **state)
{
	(void)state;
	expect("a\r\nb\r\n", "a\nb\n");
	expect("a\rb", "a\\rb");
	expect("a\r\r\nb", "a\\r\nb");
	expect("end\r", "end\\r");
	expect("\r\xc3\xbc", "\\r\xc3\xbc");
	expect("\r\x1b", "\\r\\x1b");
}

static void what_is_not_utf8_is_escaped(void **state)
{
	(void)state;
	expect("\xff\xfe", "\\xff\\xfe");
	expect("\xc3", "\\xc3");
	expect("\xc3(", "\\xc3(");
	expect("\xe2\x82", "\\xe2\\x82");
	expect("\xe2\x82(", "\\xe2\\x82(");
	expect("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
	expect("\xe2\x82\xc3\xbc", "\\xe2\\x82\xc3\xbc");
	expect("\xe2\r\n", "\\xe2\n");
	/* overlong, surrogate, beyond U+10FFFF */
	expect("\xc0\xaf", "\\xc0\\xaf");
	expect("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	expect("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
	expect("\xed\xa0\x80", "\\xed\\xa0\\x80");
	expect("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
}

/* Whatever comes: nothing below a space but newline and tab goes out, no byte
 * twice, and pieces make no difference. */
static void random_bytes_never_drive_a_terminal(void **state)
{
	static const uint8_t likely[] = {0xc2, 0x9b, 0xe2, 0x80, 0xae, 0xf0,
	    0x9f, 0x98, '\r', '\n', 0x1b, 'a', 0xed, 0xa0};
	struct buffer whole = {0};
	struct buffer pieces = {0};
	uint64_t seed = 3;

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct escape escape = {0};
		char text[40];

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			text[i] = (char)((seed >> 60) == 0
				? (uint8_t)(seed >> 40)
				: likely[(seed >> 33) % sizeof(likely)]);
		}
		escape_all(&whole, text, sizeof(text), 0);
		buffer_reset(&pieces);
		for (size_t i = 0; i < sizeof(text); i++)
			escape_append(&escape, &pieces, text + i, 1);
		escape_finish(&escape, &pieces);
		assert_int_equal(pieces.length, whole.length - 1);
		assert_memory_equal(pieces.bytes, whole.bytes, pieces.length);
		for (size_t i = 0; i < pieces.length; i++)
			assert_true(pieces.bytes[i] >= 0x20 ||
			    pieces.bytes[i] == '\n' || pieces.bytes[i] == '\t');
		/* What is safe once is safe for good. */
		escape_all(
		    &whole, (const char *)pieces.bytes, pieces.length, 0);
		assert_int_equal(whole.length - 1, pieces.length);
	}
	buffer_free(&whole);
	buffer_free(&pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_passes),
	    cmocka_unit_test(control_characters_are_escaped),
	    cmocka_unit_test(c1_is_escaped_in_both_forms),
	    cmocka_unit_test(what_hides_or_turns_text_is_escaped),
	    cmocka_unit_test(line_ends_become_newlines),
	    cmocka_unit_test(what_is_not_utf8_is_escaped),
	    cmocka_unit_test(random_bytes_never_drive_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
