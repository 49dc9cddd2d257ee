/* SPDX-License-Identifier: BSD-2-Clause */
/* What is loaded as a plugin, and what is refused for which reason (BAD_INPUT
 * 49).  Who may own and write a file is tested in host_trust.c. */
#include "tests/unit/host_bench.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/host/private.h"
#include "tests/unit/host_folder.h"

/* By which name a library was opened first, and whether /proc is there. */
static char opened[FOLDER_PATH_ROOM];
static bool without_proc;

void *__wrap_dlopen(const char *name, int flags);
void *__real_dlopen(const char *name, int flags);
int __wrap_access(const char *name, int mode);
int __real_access(const char *name, int mode);

void *__wrap_dlopen(const char *name, int flags)
{
	if (*opened == '\0')
		snprintf(opened, sizeof(opened), "%s", name);
	return __real_dlopen(name, flags);
}

int __wrap_access(const char *name, int mode)
{
	return without_proc ? -1 : __real_access(name, mode);
}

static char path[FOLDER_PATH_ROOM];

static int start(void **state)
{
	bench_start(state);
	without_proc = false;
	*opened = '\0';
	folder_make();
	folder_path(path, "");
	bench.config.plugin_dir = path;
	bench_renew();
	return 0;
}

static int end(void **state)
{
	bench_end(state);
	folder_remove();
	return 0;
}

static void expect_refused(const char *name, const char *why)
{
	char text[FOLDER_PATH_ROOM + 128];

	assert_int_equal(host_load(bench.host, name), HOST_USAGE);
	snprintf(text, sizeof(text),
	    "plugin %s/%s.so: found but refused, because %s", path, name, why);
	expect_message(text);
}

static void plugin_is_loaded_by_name(void **state)
{
	(void)state;
	folder_copy("good", "good.so");
	assert_int_equal(host_load(bench.host, "good:file=x"), HOST_OK);
	assert_int_equal(host_load(bench.host, "good"), HOST_USAGE);
	expect_message("-P good is given twice");
}

static void file_that_was_checked_is_the_one_loaded(void **state)
{
	(void)state;
	folder_copy("good", "good.so");
	assert_int_equal(host_load(bench.host, "good:file=x"), HOST_OK);
	assert_int_equal(strncmp(opened, "/proc/self/fd/", 14), 0);
}

static void without_proc_the_path_has_to_do(void **state)
{
	char text[FOLDER_PATH_ROOM];

	(void)state;
	without_proc = true;
	folder_copy("good", "good.so");
	folder_path(text, "good.so");
	assert_int_equal(host_load(bench.host, "good:file=x"), HOST_OK);
	assert_string_equal(opened, text);
	folder_write("junk.so", "nothing", 0755);
	expect_refused("junk", "");
}

static void plugin_is_loaded_by_path(void **state)
{
	char text[FOLDER_PATH_ROOM];

	(void)state;
	folder_copy("good", "good.so");
	folder_path(text, "good.so");
	assert_int_equal(host_load(bench.host, text), HOST_OK);
}

static void path_that_leads_nowhere_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(host_load(bench.host, "./no/good.so"), HOST_USAGE);
	expect_message("plugin ./no/good.so: not found: there is no such file");
}

static void other_major_is_refused(void **state)
{
	(void)state;
	folder_copy("other-major", "other-major.so");
	expect_refused("other-major", "it was built for another major version");
}

static void missing_symbol_is_refused(void **state)
{
	(void)state;
	folder_copy("silent", "silent.so");
	expect_refused("silent", "it has no symbol tcpflow_plugin_entry");
}

static void other_name_than_the_file_is_refused(void **state)
{
	(void)state;
	folder_copy("good", "bad.so");
	expect_refused("bad", "its name is not that of its file");
	folder_copy("good", "goo.so");
	expect_refused("goo", "its name is not that of its file");
	folder_copy("good", "good.so.so");
	expect_refused("good.so", "its name is not that of its file");
}

static void file_that_is_no_library_is_refused(void **state)
{
	(void)state;
	folder_write("junk.so",
	    "no library at all, and long enough to be "
	    "looked at: 0123456789 0123456789",
	    0755);
	expect_refused("junk", "");
	expect_no_message("/proc/self/fd");
	folder_write("empty.so", "", 0755);
	expect_refused("empty", "");
}

/* The checks of the descriptor, without files. */

static int32_t create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	(void)host;
	(void)run;
	(void)instance;
	return TCPFLOW_OK;
}

static const struct tcpflow_plugin right = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "right-1",
    .create = create,
};

static void expect_verdict(
    const struct tcpflow_plugin *descriptor, const char *expected)
{
	const char *problem;

	assert_int_equal(loader_check(descriptor, "/x/right-1.so", &problem),
	    expected == NULL);
	if (expected != NULL)
		assert_non_null(strstr(problem, expected));
	else
		assert_null(problem);
}

static void right_descriptor_passes(void **state)
{
	struct tcpflow_plugin later = right;

	(void)state;
	expect_verdict(&right, NULL);
	/* Of a later minor, with members that we do not know. */
	later.struct_size += 64;
	later.abi_minor = 7;
	expect_verdict(&later, NULL);
}

static void wrong_descriptors_do_not(void **state)
{
	static const struct tcpflow_param unknown[] = {
	    {.key = "a", .flags = TCPFLOW_PARAM_SECRET},
	    {.key = "b", .flags = 0x8},
	    {.key = NULL},
	};
	struct tcpflow_plugin d;

	(void)state;
	expect_verdict(NULL, "no descriptor");
	d = right;
	d.struct_size = 8;
	expect_verdict(&d, "too small");
	d = right;
	d.struct_size -= (uint32_t)sizeof(d.close);
	expect_verdict(&d, "lacks members");
	d = right;
	d.abi_major = 0;
	expect_verdict(&d, "another major");
	d = right;
	d.abi_minor_min = TCPFLOW_ABI_MINOR + 1;
	expect_verdict(&d, "needs a later version");
	d = right;
	d.flags = 0x8;
	expect_verdict(&d, "it sets flags that this tcpflow does not know");
	d = right;
	d.params = unknown;
	expect_verdict(&d, "a key of it has flags");
	d = right;
	d.name = "right_1";
	expect_verdict(&d, "not of [a-z0-9-]");
	d.name = "";
	expect_verdict(&d, "not of [a-z0-9-]");
	d.name = NULL;
	expect_verdict(&d, "not of [a-z0-9-]");
	d.name = "right";
	expect_verdict(&d, "not that of its file");
	d = right;
	d.create = NULL;
	expect_verdict(&d, "no create function");
}

/* What a program that is run writes to standard output; caller frees. */
static struct buffer capture_output(
    enum host_result (*run)(const struct host_config *config))
{
	struct buffer text = {0};
	int saved = dup(STDOUT_FILENO);
	FILE *file = tmpfile();
	ssize_t length;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	assert_int_equal(run(&bench.config), HOST_OK);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	length = pread(fileno(file), buffer_reserve(&text, 4096), 4095, 0);
	assert_true(length >= 0);
	text.bytes[length] = '\0';
	fclose(file);
	return text;
}

/* A library that stays keeps its name, which is that of its descriptor: the
 * next plugin once was taken for it. */
static void list_shows_what_would_be_loaded(void **state)
{
	struct buffer text;

	(void)state;
	folder_copy("lingering", "a-link.so");
	folder_copy("lingering", "lingering.so");
	folder_copy("good", "z-bad.so");
	folder_copy("good", "good.so");
	folder_write("notes.txt", "", 0644);
	text = capture_output(host_list);
	assert_non_null(strstr((const char *)text.bytes,
	    "good         1.2      does nothing wrong\n"
	    "lingering    1        stays in memory\n"));
	expect_message("a-link.so: found but refused, because its name");
	expect_message("z-bad.so: found but refused, because its name");
	buffer_free(&text);
	assert_int_equal(host_load(bench.host, "lingering"), HOST_OK);
	assert_int_equal(host_load(bench.host, "good:file=x"), HOST_OK);
}

static enum host_result help_good(const struct host_config *config)
{
	return host_help(config, "good");
}

static void help_shows_the_keys(void **state)
{
	struct buffer text;

	(void)state;
	folder_copy("good", "good.so");
	text = capture_output(help_good);
	assert_non_null(strstr(
	    (const char *)text.bytes, "good 1.2 - does nothing wrong\n"));
	assert_non_null(strstr(
	    (const char *)text.bytes, "  size=SIZE\n      how much (4k)\n"));
	assert_non_null(strstr((const char *)text.bytes,
	    "  file=VALUE\n      where to (required) (may be repeated)\n"));
	assert_non_null(strstr((const char *)text.bytes, "  observe=yes|no\n"));
	buffer_free(&text);
	assert_int_equal(host_help(&bench.config, "none"), HOST_USAGE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
	    TEST(plugin_is_loaded_by_name),
	    TEST(file_that_was_checked_is_the_one_loaded),
	    TEST(without_proc_the_path_has_to_do),
	    TEST(plugin_is_loaded_by_path),
	    TEST(path_that_leads_nowhere_is_not_found),
	    TEST(other_major_is_refused),
	    TEST(missing_symbol_is_refused),
	    TEST(other_name_than_the_file_is_refused),
	    TEST(file_that_is_no_library_is_refused),
	    TEST(right_descriptor_passes),
	    TEST(wrong_descriptors_do_not),
	    TEST(list_shows_what_would_be_loaded),
	    TEST(help_shows_the_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
