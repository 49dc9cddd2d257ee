/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of files.  What tcpflow 1.6.1 wrote for the same flows is what is
 * expected here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/sink/name.h"

#define SECOND UINT64_C(1000000000)

static struct name_facts facts_v4(uint32_t vlan)
{
	return (struct name_facts){
	    .source = {.ip = {192, 0, 2, 1}, .port = 1000, .family = 4},
	    .destination = {.ip = {192, 0, 2, 2}, .port = 80, .family = 4},
	    .vlan = vlan,
	    .start_ns = 1700000000 * SECOND + 999999999,
	};
}

static void expect_name(const char *template, const struct name_facts *facts,
    uint32_t attempt, const char *expected)
{
	struct buffer out = {0};

	name_expand(&out, template, facts, attempt);
	assert_false(out.failed);
	assert_string_equal((const char *)out.bytes, expected);
	assert_int_equal(out.length, strlen(expected) + 1);
	buffer_free(&out);
}

static void test_classic_default(void **state)
{
	struct name_facts facts = facts_v4(0);

	(void)state;
	expect_name(NAME_TEMPLATE_CLASSIC, &facts, 0,
	    "192.000.002.001.01000-192.000.002.002.00080");
	expect_name(NAME_TEMPLATE_CLASSIC, &facts, 2,
	    "192.000.002.001.01000-192.000.002.002.00080c2");
	facts.vlan = 7;
	expect_name(NAME_TEMPLATE_CLASSIC, &facts, 1,
	    "192.000.002.001.01000-192.000.002.002.00080--7c1");
}

static void test_each_letter(void **state)
{
	static const char every[] = "%A_%a_%B_%b_%V_%v_%C_%c_%T_%t_%#_%%";
	struct name_facts facts = facts_v4(7);

	(void)state;
	expect_name(every, &facts, 1,
	    "192.000.002.001_01000_192.000.002.002_00080_--_7_c_1_"
	    "2023-11-14T22:13:20Z_1700000000_1_%");
	facts.vlan = 0;
	expect_name(every, &facts, 0,
	    "192.000.002.001_01000_192.000.002.002_00080_____"
	    "2023-11-14T22:13:20Z_1700000000_0_%");
}

static void test_ipv6(void **state)
{
	struct name_facts facts = {
	    .source = {.ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
		.port = 65535,
		.family = 6},
	    .destination = {.ip = {[15] = 1}, .port = 1, .family = 6},
	};

	(void)state;
	expect_name(
	    NAME_TEMPLATE_CLASSIC, &facts, 0, "2001:db8::1.65535-::1.00001");
}

static void test_template_without_counter(void **state)
{
	const struct name_facts facts = facts_v4(0);

	(void)state;
	expect_name("all", &facts, 0, "all");
	expect_name("all", &facts, 3, "allc3");
	expect_name("n%#", &facts, 3, "n3");
}

static void test_label_and_suffix(void **state)
{
	struct name_facts facts = facts_v4(0);

	(void)state;
	facts.label = "HTTPBODY-001";
	facts.suffix = ".html";
	expect_name("f%C%c", &facts, 1, "fc1-HTTPBODY-001.html");
}

/* What a plugin passes on from the network cannot change the directory, hide
 * the name, or make it too long. */
static void test_hostile_label(void **state)
{
	struct name_facts facts = facts_v4(0);
	char wide[4096];
	struct buffer out = {0};

	(void)state;
	facts.label = "../../etc/x";
	expect_name("f", &facts, 0, "f-.._.._etc_x");
	facts.label = "-rf";
	facts.suffix = "/\x1b[2J\n\xe2\x80\xae";
	expect_name("f", &facts, 0, "f--rf___2J____");
	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	facts.label = wide;
	facts.suffix = wide;
	name_expand(&out, NAME_TEMPLATE_CLASSIC, &facts, UINT32_MAX);
	assert_in_range(out.length, 1, 255);
	buffer_free(&out);
}

static void test_impossible_time(void **state)
{
	struct name_facts facts = facts_v4(0);

	(void)state;
	facts.start_ns = UINT64_MAX;
	expect_name("%T", &facts, 0, "2554-07-21T23:34:33Z");
}

static void test_templates_accepted(void **state)
{
	static const char *const good[] = {NAME_TEMPLATE_CLASSIC, "%%", "%#",
	    "a/b/c", "%A/%B/%a-%b%C%c", "...", "%T", "x%V%v", ".%a", "..%t",
	    ".hidden", "%v.x"};
	const char *problem;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!name_template_check(good[i], &problem))
			fail_msg("%s: %s", good[i], problem);
	}
}

static void test_templates_refused(void **state)
{
	static const char *const bad[] = {"", "/", "/etc/x", "a//b", "a/", "..",
	    ".", "../x", "a/../b", "a/.", "%", "a%", "%E", "%N", "%Z", "%/x",
	    "%A%",
	    /* These are empty, "." or ".." for an untagged flow, or for the
	     * first of its 4-tuple. */
	    "%v", "%V%v/%A", "a/%C%c", ".%v", "..%C%c/x", "%v./%A", ".%c./x"};
	const char *problem;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		problem = NULL;
		if (name_template_check(bad[i], &problem))
			fail_msg("%s: accepted", bad[i]);
		assert_non_null(problem);
	}
}

static void test_error_sticks(void **state)
{
	const struct name_facts facts = facts_v4(0);
	struct buffer out = {.failed = true};

	(void)state;
	name_expand(&out, NAME_TEMPLATE_CLASSIC, &facts, 0);
	assert_true(out.failed);
	assert_int_equal(out.length, 0);
}

static void test_stem_instead_of_the_template(void **state)
{
	struct name_facts facts = {.stem = "har", .suffix = ".har"};

	(void)state;
	expect_name("%A/%B", &facts, 0, "har.har");
	expect_name("%A/%c", &facts, 2, "harc2.har");
	facts.label = "all";
	expect_name("%A", &facts, 0, "har-all.har");
}

static void test_hint(void **state)
{
	struct name_facts facts = facts_v4(0);

	(void)state;
	facts.label = "body";
	facts.hint = "index.HTML";
	facts.suffix = ".html";
	expect_name("%b", &facts, 0, "00080-body-index.html");
	facts.suffix = ".gz";
	expect_name("%b", &facts, 1, "00080c1-body-index.HTML.gz");
	facts.suffix = NULL;
	expect_name("%b", &facts, 0, "00080-body-index.HTML");
	facts.hint = ".html";
	facts.suffix = ".html";
	expect_name("%b", &facts, 0, "00080-body.html");
	facts.hint = "";
	expect_name("%b", &facts, 0, "00080-body.html");
}

static void expect_hint(const void *bytes, size_t length, const char *expected)
{
	char text[NAME_HINT_ROOM];

	memset(text, 'x', sizeof(text));
	name_hint(text, bytes, length);
	assert_string_equal(text, expected);
}

static void test_hostile_hint(void **state)
{
	char many[300];

	(void)state;
	expect_hint("../../etc/passwd", 16, "passwd");
	expect_hint("C:\\a\\boot.ini", 13, "boot.ini");
	expect_hint("..", 2, "");
	expect_hint("a/..", 4, "");
	expect_hint("a/", 2, "");
	expect_hint(NULL, 0, "");
	expect_hint(".bashrc", 7, "bashrc");
	expect_hint("a\0b\033[2J c;$(x)", 14, "a_b__2J_c___x_");
	expect_hint("\xe2\x80\xaegpj.exe", 10, "___gpj.exe");
	memset(many, 'a', sizeof(many));
	name_hint(many, many, sizeof(many));
	assert_int_equal(strlen(many), 48);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classic_default),
	    cmocka_unit_test(test_each_letter),
	    cmocka_unit_test(test_ipv6),
	    cmocka_unit_test(test_template_without_counter),
	    cmocka_unit_test(test_label_and_suffix),
	    cmocka_unit_test(test_hostile_label),
	    cmocka_unit_test(test_stem_instead_of_the_template),
	    cmocka_unit_test(test_hint),
	    cmocka_unit_test(test_hostile_hint),
	    cmocka_unit_test(test_impossible_time),
	    cmocka_unit_test(test_templates_accepted),
	    cmocka_unit_test(test_templates_refused),
	    cmocka_unit_test(test_error_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
