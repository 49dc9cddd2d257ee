/* SPDX-License-Identifier: BSD-2-Clause */
/* Published vectors of Community ID, and both directions of a flow. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "core/base/community_id.h"

static bool no_memory;

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	return no_memory ? NULL : __real_realloc(old, size);
}

static struct flow_key key_of(
    const char *a, uint16_t a_port, const char *b, uint16_t b_port)
{
	bool four = strchr(a, ':') == NULL;
	struct flow_key key = {
	    .port = {a_port, b_port},
	    .family = four ? 4 : 6,
	};

	assert_int_equal(inet_pton(four ? AF_INET : AF_INET6, a, key.ip[0]), 1);
	assert_int_equal(inet_pton(four ? AF_INET : AF_INET6, b, key.ip[1]), 1);
	flow_key_sort(&key);
	return key;
}

static void expect(const char *a, uint16_t a_port, const char *b,
    uint16_t b_port, const char *wanted)
{
	struct flow_key there = key_of(a, a_port, b, b_port);
	struct flow_key back = key_of(b, b_port, a, a_port);
	struct digest *sha1 = digest_open(DIGEST_BIT(DIGEST_SHA1));
	char text[COMMUNITY_ID_ROOM];

	assert_non_null(sha1);
	assert_true(community_id(text, &there, sha1));
	assert_string_equal(text, wanted);
	assert_true(community_id(text, &back, sha1));
	assert_string_equal(text, wanted);
	digest_close(&sha1);
}

static void published_vectors(void **state)
{
	(void)state;
	expect("128.232.110.120", 34855, "66.35.250.204", 80,
	    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
	expect(
	    "1.2.3.4", 1122, "5.6.7.8", 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
	expect("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
	    "2607:f8b0:400c:c03::1a", 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=");
}

static void no_memory_is_needed(void **state)
{
	struct flow_key key = key_of("1.2.3.4", 1122, "5.6.7.8", 3344);
	struct digest *sha1 = digest_open(DIGEST_BIT(DIGEST_SHA1));
	char text[COMMUNITY_ID_ROOM];

	(void)state;
	no_memory = true;
	assert_true(community_id(text, &key, sha1));
	no_memory = false;
	assert_string_equal(text, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
	digest_close(&sha1);
}

static void without_sha1_there_is_none(void **state)
{
	struct flow_key key = key_of("1.2.3.4", 1122, "5.6.7.8", 3344);
	struct digest *other = digest_open(DIGEST_BIT(DIGEST_SHA256));
	char text[COMMUNITY_ID_ROOM];

	(void)state;
	assert_false(community_id(text, &key, other));
	digest_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors),
	    cmocka_unit_test(no_memory_is_needed),
	    cmocka_unit_test(without_sha1_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
