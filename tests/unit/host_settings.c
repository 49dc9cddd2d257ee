/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user writes for plugins: -P taken apart, keys checked and passed, the
 * host's own key, and one line for each mistake. */
#include "tests/unit/host_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

/* "NAME k=v|k=v" of a -P text. */
static void expect_parsed(const char *text, const char *expected)
{
	struct setting *settings;
	struct buffer out = {0};
	char *name;

	assert_int_equal(
	    specification_parse(&bench.log, text, &name, &settings), HOST_OK);
	buffer_append_text(&out, name);
	for (const struct setting *s = settings; s != NULL; s = s->next)
		buffer_printf(&out, "%s%s=%s", s == settings ? " " : "|",
		    s->key, s->value);
	buffer_append_byte(&out, '\0');
	assert_string_equal((const char *)out.bytes, expected);
	buffer_free(&out);
	settings_free(&settings);
	free(name);
}

static void specifications_are_taken_apart(void **state)
{
	(void)state;
	expect_parsed("http", "http");
	expect_parsed("http:", "http");
	expect_parsed("http:a", "http a=yes");
	expect_parsed("http:a=1,b,c=", "http a=1|b=yes|c=");
	expect_parsed("http:a=x=y", "http a=x=y");
	expect_parsed("http:a=x:y", "http a=x:y");
	expect_parsed("http:a=x\\,y\\:z\\n", "http a=x,y:z\\n");
	expect_parsed("./dir/http.so:a=1", "./dir/http.so a=1");
	expect_parsed("./a\\:b/http.so:a", "./a:b/http.so a=yes");
}

static void specification_needs_a_name(void **state)
{
	struct setting *settings;
	char *name;

	(void)state;
	assert_int_equal(
	    specification_parse(&bench.log, ":a=hunter2", &name, &settings),
	    HOST_USAGE);
	expect_message("-P :a: a plugin's name comes first");
	expect_no_message("hunter2");
	assert_int_equal(
	    specification_parse(&bench.log, "", &name, &settings), HOST_USAGE);
}

static void presets_come_where_the_user_is_silent(void **state)
{
	(void)state;
	bench_add(&actor_a);
	assert_int_equal(host_ready(bench.host), HOST_OK);
	expect_events("a config size=4k\n");
}

static void last_value_of_a_key_counts(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_set("a.size=1");
	bench_set("a.secret=x");
	bench_set("a.size=2");
	assert_int_equal(host_ready(bench.host), HOST_OK);
	expect_events("a config secret=x\n"
		      "a config size=2\n");
}

static void repeated_key_is_passed_each_time(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_set("a.list=1,2");
	bench_set("a.list=3");
	bench_set("a.list");
	assert_int_equal(host_ready(bench.host), HOST_OK);
	expect_events("a config size=4k\n"
		      "a config list=1,2\n"
		      "a config list=3\n"
		      "a config list=yes\n");
}

static void unknown_key_is_refused_with_those_known(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_set("a.sise=1");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a has no key 'sise'; it has: size list secret "
		       "observe");
}

static void any_key_reaches_who_asks_for_it(void **state)
{
	struct tcpflow_plugin open = actor_a;

	(void)state;
	open.flags |= TCPFLOW_P_ANY_KEY;
	bench_add(&open);
	bench_set("a.sise=1");
	assert_int_equal(host_ready(bench.host), HOST_OK);
	expect_events("a config size=4k\n"
		      "a config sise=1\n");
	bench_renew();
}

static const struct tcpflow_param needed[] = {
    {.key = "file", .form = "FILE", .flags = TCPFLOW_PARAM_REQUIRED},
    {0},
};

static void required_key_is_asked_for(void **state)
{
	struct tcpflow_plugin needy = actor_a;

	(void)state;
	needy.params = needed;
	bench_add(&needy);
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a needs the key file: -P a:file=FILE");
	bench_renew();
}

static void refused_value_is_told_in_one_line(void **state)
{
	(void)state;
	bench.a.answer[CALL_CONFIG] = TCPFLOW_EINVAL;
	bench_add(&actor_a);
	bench_set("a.size=big");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a does not take size=big (tcpflow -P help:a)");
}

static void parse_size_value(struct actor *actor, enum call call)
{
	uint64_t value;

	if (call == CALL_CONFIG)
		actor->host->parse_u64(
		    actor->run, "size", "big", 1, 1000, &value);
}

static void plugin_that_told_why_has_the_word(void **state)
{
	(void)state;
	bench.a.answer[CALL_CONFIG] = TCPFLOW_EINVAL;
	bench.a.hook = parse_size_value;
	bench_add(&actor_a);
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a: size=big: a number from 1 to 1000");
	expect_no_message("does not take");
}

static void parse_secret(struct actor *actor, enum call call)
{
	uint64_t value;
	int32_t flag;

	if (call != CALL_CONFIG)
		return;
	actor->host->parse_u64(
	    actor->run, "secret", "hunter2", 1, 1000, &value);
	actor->host->parse_flag(actor->run, "secret", "hunter2", &flag);
}

static void secret_is_never_told(void **state)
{
	(void)state;
	bench.a.answer[CALL_CONFIG] = TCPFLOW_EINVAL;
	bench.a.at[CALL_CONFIG] = 2;
	bench_add(&actor_a);
	bench_set("a.secret=hunter2");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a does not take secret=...");
	bench_renew();
	bench.a.hook = parse_secret;
	bench_add(&actor_a);
	bench_set("a.secret=hunter2");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a: secret=...: a number");
	expect_message("plugin a: secret=...: say yes or no");
	expect_no_message("hunter2");
}

static void observe_takes_yes_and_no_only(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_set("a.observe=perhaps");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin a: observe=perhaps: say yes or no");
}

static void born_observer_can_do_nothing_else(void **state)
{
	(void)state;
	bench_add(&actor_o);
	bench_set("o.observe=no");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("plugin o: observe=no: it can do nothing else");
}

static void setting_needs_a_plugin_and_a_key(void **state)
{
	(void)state;
	assert_int_equal(host_set(bench.host, "size=1"), HOST_USAGE);
	assert_int_equal(host_set(bench.host, "a.=1"), HOST_USAGE);
	assert_int_equal(host_set(bench.host, ".size=1"), HOST_USAGE);
	assert_int_equal(host_set(bench.host, "a."), HOST_USAGE);
	assert_int_equal(host_set(bench.host, "x=a.size"), HOST_USAGE);
	expect_message("-S x: it takes NAME.key=value");
	expect_no_message("a.size");
}

static void setting_for_a_plugin_not_in_use_is_refused(void **state)
{
	(void)state;
	bench_add(&actor_a);
	bench_set("b.size=1");
	assert_int_equal(host_ready(bench.host), HOST_USAGE);
	expect_message("-S b.size: plugin b is not in use (-P b)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_start, bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(specifications_are_taken_apart),
	    TEST(specification_needs_a_name),
	    TEST(presets_come_where_the_user_is_silent),
	    TEST(last_value_of_a_key_counts),
	    TEST(repeated_key_is_passed_each_time),
	    TEST(unknown_key_is_refused_with_those_known),
	    TEST(any_key_reaches_who_asks_for_it),
	    TEST(required_key_is_asked_for),
	    TEST(refused_value_is_told_in_one_line),
	    TEST(plugin_that_told_why_has_the_word),
	    TEST(secret_is_never_told),
	    TEST(observe_takes_yes_and_no_only),
	    TEST(born_observer_can_do_nothing_else),
	    TEST(setting_needs_a_plugin_and_a_key),
	    TEST(setting_for_a_plugin_not_in_use_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
