/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests against published values (RFC 1321, FIPS 180-4), in pieces too. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/base/digest.h"

static bool no_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_memory ? NULL : __real_calloc(count, size);
}

#define ALL \
	(DIGEST_BIT(DIGEST_MD5) | DIGEST_BIT(DIGEST_SHA1) | \
	    DIGEST_BIT(DIGEST_SHA256))

static void expect(
    struct digest *digest, enum digest_kind kind, const char *wanted)
{
	uint8_t value[DIGEST_MOST];
	char text[2 * DIGEST_MOST + 1] = "";
	size_t length = digest_value(digest, kind, value);

	for (size_t i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", value[i]);
	assert_string_equal(text, wanted);
}

static void expect_abc(struct digest *digest)
{
	expect(digest, DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72");
	expect(digest, DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d");
	expect(digest, DIGEST_SHA256,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void all_kinds_at_once(void **state)
{
	struct digest *digest = digest_open(ALL);

	(void)state;
	assert_non_null(digest);
	expect(digest, DIGEST_MD5, "d41d8cd98f00b204e9800998ecf8427e");
	digest_update(digest, "abc", 3);
	expect_abc(digest);
	expect_abc(digest); /* and still so */
	digest_close(&digest);
	assert_null(digest);
}

static void pieces(void **state)
{
	struct digest *digest = digest_open(ALL);

	(void)state;
	digest_update(digest, "a", 1);
	digest_update(digest, "", 0);
	digest_update(digest, "bc", 2);
	expect_abc(digest);
	digest_close(&digest);
}

/* Asked with more bytes than were added, and what was added stays. */
static void a_value_with_more(void **state)
{
	static const uint8_t sha1_of_abc[20] = {0xa9, 0x99, 0x3e, 0x36, 0x47,
	    0x06, 0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c,
	    0x9c, 0xd0, 0xd8, 0x9d};
	struct digest *digest = digest_open(ALL);
	uint8_t value[DIGEST_MOST];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
		    digest_value_with(digest, DIGEST_SHA1, "abc", 3, value),
		    sizeof(sha1_of_abc));
		assert_memory_equal(value, sha1_of_abc, sizeof(sha1_of_abc));
	}
	digest_update(digest, "a", 1);
	assert_int_equal(digest_value_with(digest, DIGEST_SHA1, "bc", 2, value),
	    sizeof(sha1_of_abc));
	assert_memory_equal(value, sha1_of_abc, sizeof(sha1_of_abc));
	digest_update(digest, "bc", 2);
	expect_abc(digest);
	digest_close(&digest);
}

static void a_kind_that_is_not_kept(void **state)
{
	struct digest *digest = digest_open(DIGEST_BIT(DIGEST_SHA1));

	(void)state;
	digest_update(digest, "abc", 3);
	expect(digest, DIGEST_MD5, "");
	expect(digest, DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d");
	digest_close(&digest);
}

static void lists_are_strict(void **state)
{
	static const char *const wrong[] = {
	    "", ",", "md5,", ",md5", "md4", "MD5", "md5 ", "md5,,sha1"};
	unsigned kinds;

	(void)state;
	assert_true(digest_parse("sha256", &kinds));
	assert_int_equal(kinds, DIGEST_BIT(DIGEST_SHA256));
	assert_true(digest_parse("md5,sha1,sha256,md5", &kinds));
	assert_int_equal(kinds, ALL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(digest_parse(wrong[i], &kinds));
	assert_string_equal(digest_name(DIGEST_SHA1), "sha1");
}

static void without_memory_there_is_none(void **state)
{
	(void)state;
	no_memory = true;
	assert_null(digest_open(ALL));
	no_memory = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_kinds_at_once),
	    cmocka_unit_test(pieces),
	    cmocka_unit_test(a_value_with_more),
	    cmocka_unit_test(a_kind_that_is_not_kept),
	    cmocka_unit_test(lists_are_strict),
	    cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
