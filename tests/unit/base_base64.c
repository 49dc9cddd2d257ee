/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 as RFC 4648, section 10, has it, and every byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/base64.h"

static void expect(const void *bytes, size_t length, const char *text)
{
	struct buffer out = {0};

	base64_append(&out, bytes, length);
	assert_int_equal(out.length, strlen(text));
	if (out.length > 0)
		assert_memory_equal(out.bytes, text, out.length);
	buffer_free(&out);
}

static void the_vectors_of_the_rfc(void **state)
{
	(void)state;
	expect("", 0, "");
	expect("f", 1, "Zg==");
	expect("fo", 2, "Zm8=");
	expect("foo", 3, "Zm9v");
	expect("foob", 4, "Zm9vYg==");
	expect("fooba", 5, "Zm9vYmE=");
	expect("foobar", 6, "Zm9vYmFy");
}

static void all_digits(void **state)
{
	(void)state;
	expect("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\xfb\xff", 14,
	    "ABCDEFGHIJKLMNOP+/8=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_vectors_of_the_rfc),
	    cmocka_unit_test(all_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
