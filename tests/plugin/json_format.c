/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON for people: where lines and blanks go, however it is cut, and that nothing
 * is lost of what is no JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/common/bytes.h"
#include "plugins/common/json_format.h"

static void on_output(
    void *context, enum json_part part, const void *data, size_t length)
{
	struct bytes *out = context;

	if (part == JSON_NAME)
		bytes_text(out, "~");
	bytes_append(out, data, length);
}

static void format(const char *text, size_t piece, struct bytes *out)
{
	const struct json_format_call call = {on_output, out};
	struct json_format state = {0};
	size_t length = strlen(text);

	bytes_reset(out);
	for (size_t i = 0; i < length; i += piece)
		json_format_feed(&state, text + i,
		    length - i < piece ? length - i : piece, &call);
	bytes_append(out, "", 1);
}

static void lines_are_made(void **state)
{
	static const struct {
		const char *text;
		const char *lines;
	} cases[] = {
	    {"{}", "{}"},
	    {"[ ]", "[]"},
	    {"[{},[]]", "[\n  {},\n  []\n]"},
	    {"[1,true,\"a b\"]", "[\n  1,\n  true,\n  \"a b\"\n]"},
	    {" { \"a\" : 1 } ", "{\n  \"a\": 1\n}"},
	    {"{\"a\\\"{,\":[{\"b\":null}]}",
		"{\n  \"a\\\"{,\": [\n    {\n      \"b\": null\n    }\n  ]\n}"},
	    {"{\"a\":1}\n{\"b\":2}", "{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}"},
	    {"1 2", "1\n2"},
	    {"\"\\\\\" 3", "\"\\\\\"\n3"},
	    {"{\"a", "{\n  \"a"},
	    {"}]x", "\n}\n]\nx"},
	};
	struct bytes out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes plain = {0};

		format(cases[i].text, SIZE_MAX / 2, &out);
		for (size_t n = 0; n < out.length; n++) {
			if (out.data[n] != '~')
				bytes_append(&plain, out.data + n, 1);
		}
		assert_string_equal((char *)plain.data, cases[i].lines);
		bytes_free(&plain);
	}
	bytes_free(&out);
}

static void names_are_told_from_values(void **state)
{
	struct bytes out = {0};

	(void)state;
	format("{\"a\":\"b\",\"c\":[\"d\",{\"e\":\"f\"}],\"g\":{}}",
	    SIZE_MAX / 2, &out);
	assert_non_null(strstr((char *)out.data, "~\"~a\": \"b\",\n"));
	assert_non_null(strstr((char *)out.data, "\n    \"d\",\n"));
	assert_non_null(strstr((char *)out.data, "~\"~e\": \"f\"\n"));
	assert_non_null(strstr((char *)out.data, "~\"~g\": {}"));
	bytes_free(&out);
}

static void cuts_make_no_difference(void **state)
{
	static const char text[] =
	    "[{\"a\\\\\\\"b\":-1.5e3,\"c\" : [\"\\u00e9\"]}, true , {}]";
	struct bytes whole = {0};
	struct bytes out = {0};
	struct bytes plain[2] = {{0}};

	(void)state;
	format(text, SIZE_MAX / 2, &whole);
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		const struct bytes *both[2] = {&whole, &out};

		format(text, piece, &out);
		for (size_t n = 0; n < 2; n++) {
			bytes_reset(&plain[n]);
			for (size_t i = 0; i < both[n]->length; i++) {
				if (both[n]->data[i] != '~')
					bytes_append(
					    &plain[n], both[n]->data + i, 1);
			}
		}
		assert_string_equal(
		    (char *)plain[0].data, (char *)plain[1].data);
	}
	bytes_free(&whole);
	bytes_free(&out);
	bytes_free(&plain[0]);
	bytes_free(&plain[1]);
}

/* Any depth, and never more than so many bytes for one. */
static void output_is_bounded(void **state)
{
	const size_t length = 100000;
	char *text = malloc(length + 1);
	struct bytes out = {0};

	(void)state;
	assert_non_null(text);
	memset(text, '[', length);
	text[length] = '\0';
	format(text, 7, &out);
	assert_true(out.length <= length * (JSON_INDENT_MOST + 2) + 1);
	memset(text, ']', length);
	format(text, 7, &out);
	assert_true(out.length <= length * (JSON_INDENT_MOST + 2) + 1);
	free(text);
	bytes_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_made),
	    cmocka_unit_test(names_are_told_from_values),
	    cmocka_unit_test(cuts_make_no_difference),
	    cmocka_unit_test(output_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
