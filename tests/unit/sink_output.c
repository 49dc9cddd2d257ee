/* SPDX-License-Identifier: BSD-2-Clause */
/* The output directory, and the names that files get in it. */
#include "tests/unit/sink_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FLOW "192.000.002.001.01000-192.000.002.002.00080"
#define NOBODY 65534

static int setup(void **state)
{
	static struct bench bench;

	bench_make(&bench);
	umask(022);
	*state = &bench;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	umask(022);
	return 0;
}

static void need_root(void)
{
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
}

static mode_t mode_of(const struct bench *bench, const char *name)
{
	struct stat status;

	assert_int_equal(lstat(bench_path(bench, name), &status), 0);
	return status.st_mode & 07777;
}

/* Writes "text" as a flow's file and returns its path; the caller's. */
static char *store(struct bench *bench, const char *text)
{
	struct file *file = bench_file(bench, 80, 0);

	assert_int_equal(file_write(file, text, strlen(text)), FILE_OK);
	return bench_finish(&file, FILE_OK);
}

static void expect_stored(
    struct bench *bench, const char *text, const char *name)
{
	char *path = store(bench, text);

	assert_string_equal(path, name);
	bench_expect(bench, name, text, strlen(text));
	free(path);
}

static void expect_refused(struct bench *bench, const char *reason)
{
	char *log;

	assert_false(output_open(&bench->output, &bench->config, &bench->budget,
	    &bench->counters, &bench->log));
	assert_null(bench->output);
	log = bench_log(bench);
	if (strstr(log, reason) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", reason, log);
	/* One line. */
	assert_ptr_equal(strchr(log, '\n'), log + strlen(log) - 1);
	free(log);
}

/* --- the directory ------------------------------------------------------ */

static void test_directory_is_made(void **state)
{
	struct bench *bench = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/new", bench->directory);
	bench->config.directory = path;
	umask(0);
	bench_open(bench);
	assert_int_equal(mode_of(bench, "new"), 0700);
}

static void test_directory_above_is_missing(void **state)
{
	struct bench *bench = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/no/new", bench->directory);
	bench->config.directory = path;
	expect_refused(bench, "make the folders above it first");
}

static void test_directory_is_a_file(void **state)
{
	struct bench *bench = *state;
	char path[128];

	bench_write(bench, "file", "");
	snprintf(path, sizeof(path), "%s/file", bench->directory);
	bench->config.directory = path;
	expect_refused(bench, "Not a directory");
}

static void test_root_refuses_what_all_can_write_to(void **state)
{
	struct bench *bench = *state;

	need_root();
	assert_int_equal(chmod(bench->directory, 0777), 0);
	expect_refused(bench, "because everybody can write to it");
}

static void test_root_refuses_what_a_group_can_write_to(void **state)
{
	struct bench *bench = *state;

	need_root();
	assert_int_equal(chown(bench->directory, 0, NOBODY), 0);
	assert_int_equal(chmod(bench->directory, 0770), 0);
	expect_refused(bench, "because its group can write to it");
}

static void test_root_takes_what_is_sticky(void **state)
{
	struct bench *bench = *state;

	need_root();
	assert_int_equal(chmod(bench->directory, 01777), 0);
	bench_open(bench);
}

static void test_root_takes_a_group_that_is_root_or_the_owner(void **state)
{
	struct bench *bench = *state;

	need_root();
	assert_int_equal(chmod(bench->directory, 0770), 0);
	bench_open(bench);
	output_close(&bench->output);
	/* nobody's own group is nogroup. */
	assert_int_equal(chown(bench->directory, NOBODY, NOBODY), 0);
	bench_open(bench);
}

/* In a child that is nobody: its exit status is what `act` returns. */
static int as_nobody(int (*act)(struct bench *), struct bench *bench)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(99);
		_exit(act(bench));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int open_output(struct bench *bench)
{
	return output_open(&bench->output, &bench->config, &bench->budget,
		   &bench->counters, &bench->log)
	    ? 0
	    : 1;
}

static void test_others_may_choose_any_directory(void **state)
{
	struct bench *bench = *state;

	need_root();
	assert_int_equal(chmod(bench->directory, 0777), 0);
	assert_int_equal(as_nobody(open_output, bench), 0);
}

static int store_unwritable(struct bench *bench)
{
	const struct name_facts facts = bench_facts(80);
	const struct file_finish how = {0};
	struct file *file;

	if (open_output(bench) != 0 ||
	    file_open(&file, bench->output, &facts, 0) != FILE_OK ||
	    file_write(file, "x", 1) != FILE_OK)
		return 1;
	return file_finish(&file, &how, NULL) == FILE_FAILED &&
		output_failed(bench->output)
	    ? 0
	    : 2;
}

static void test_directory_that_takes_no_files(void **state)
{
	struct bench *bench = *state;
	char *log;

	need_root();
	assert_int_equal(chmod(bench->directory, 0755), 0);
	assert_int_equal(as_nobody(store_unwritable, bench), 0);
	log = bench_log(bench);
	assert_non_null(strstr(log, FLOW ": cannot create: Permission denied"));
	assert_non_null(strstr(log, "choose another directory with -o"));
	free(log);
}

/* --- modes and owners --------------------------------------------------- */

static void test_modes_under_umask_zero(void **state)
{
	struct bench *bench = *state;

	bench->config.template = "d/f";
	bench_open(bench);
	umask(0);
	expect_stored(bench, "x", "d/f");
	assert_int_equal(mode_of(bench, "d"), 0700);
	assert_int_equal(mode_of(bench, "d/f"), 0600);
}

static void test_mode_that_the_umask_would_narrow(void **state)
{
	struct bench *bench = *state;

	bench->config.mode = 0664;
	bench->config.template = "f";
	bench_open(bench);
	umask(077);
	expect_stored(bench, "x", "f");
	assert_int_equal(mode_of(bench, "f"), 0664);
}

/* What does not get its mode is not left behind with another. */
static void test_mode_that_cannot_be_set(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	char *path;

	bench->config.mode = 0640;
	bench->config.template = "f";
	bench_open(bench);
	calls.chmod_error = EPERM;
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "x", 1), FILE_OK);
	path = bench_finish(&file, FILE_FAILED);
	assert_null(path);
	assert_false(bench_exists(bench, "f"));
	assert_int_equal(bench->counters.value[COUNTER_FILES], 0);
}

static void test_owner(void **state)
{
	struct bench *bench = *state;
	struct stat status;

	need_root();
	bench->config.owner = NOBODY;
	bench->config.group = NOBODY;
	bench->config.template = "d/f";
	bench_open(bench);
	expect_stored(bench, "x", "d/f");
	assert_int_equal(stat(bench_path(bench, "d"), &status), 0);
	assert_int_equal(status.st_uid, NOBODY);
	assert_int_equal(stat(bench_path(bench, "d/f"), &status), 0);
	assert_int_equal(status.st_uid, NOBODY);
	assert_int_equal(status.st_gid, NOBODY);
}

/* --- names that are taken ----------------------------------------------- */

static void test_existing_file_stays(void **state)
{
	struct bench *bench = *state;

	bench_write(bench, FLOW, "before");
	bench_open(bench);
	expect_stored(bench, "new", FLOW "c1");
	bench_expect(bench, FLOW, "before", 6);
}

static void test_symlink_is_not_followed(void **state)
{
	struct bench *bench = *state;

	bench_write(bench, "victim", "before");
	assert_int_equal(symlink("victim", bench_path(bench, FLOW)), 0);
	assert_int_equal(symlink("absent", bench_path(bench, FLOW "c1")), 0);
	bench_open(bench);
	expect_stored(bench, "new", FLOW "c2");
	bench_expect(bench, "victim", "before", 6);
	assert_false(bench_exists(bench, "absent"));
}

static void test_fifo_does_not_hang(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(mkfifo(bench_path(bench, FLOW), 0666), 0);
	bench_open(bench);
	expect_stored(bench, "new", FLOW "c1");
}

static void test_directory_in_the_way(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(mkdir(bench_path(bench, FLOW), 0700), 0);
	bench_open(bench);
	expect_stored(bench, "new", FLOW "c1");
}

static void test_reuse_of_a_flow(void **state)
{
	struct bench *bench = *state;

	bench_open(bench);
	expect_stored(bench, "first", FLOW);
	expect_stored(bench, "second", FLOW "c1");
	expect_stored(bench, "third", FLOW "c2");
	bench_expect(bench, FLOW, "first", 5);
}

/* Ten thousand files of one 4-tuple: the next one costs look-ups by the
 * logarithm. */
static void test_many_reuses_are_cheap(void **state)
{
	struct bench *bench = *state;
	char name[32];

	bench->config.template = "f";
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), i > 0 ? "fc%u" : "f", i);
		assert_int_equal(
		    mknod(bench_path(bench, name), S_IFREG | 0600, 0), 0);
	}
	bench_open(bench);
	calls.lookups = 0;
	expect_stored(bench, "new", "fc10000");
	assert_in_range(calls.lookups, 1, 2 * 14 + 2);
}

/* --- directories of the template ---------------------------------------- */

static void test_template_makes_directories(void **state)
{
	struct bench *bench = *state;

	bench->config.template = "%t/%a/%b";
	bench_open(bench);
	expect_stored(bench, "one", "1700000000/01000/00080");
	expect_stored(bench, "two", "1700000000/01000/00080c1");
}

static void test_counter_in_a_directory(void **state)
{
	struct bench *bench = *state;

	bench->config.template = "d%c/f";
	bench_open(bench);
	expect_stored(bench, "one", "d/f");
	expect_stored(bench, "two", "d1/f");
}

static void test_directory_that_is_a_symlink(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	char *log;

	assert_int_equal(mkdir(bench_path(bench, "elsewhere"), 0700), 0);
	assert_int_equal(symlink("elsewhere", bench_path(bench, "d")), 0);
	bench->config.template = "d/f";
	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "x", 1), FILE_OK);
	assert_null(bench_finish(&file, FILE_FAILED));
	assert_false(bench_exists(bench, "elsewhere/f"));
	assert_int_equal(bench->counters.value[COUNTER_FILES_INCOMPLETE], 1);
	log = bench_log(bench);
	assert_non_null(strstr(log, "d/f: cannot create: "));
	free(log);
}

/* The output directory is the one that was opened, whatever its name means
 * now. */
static void test_directory_that_is_replaced(void **state)
{
	struct bench *bench = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/out", bench->directory);
	bench->config.directory = path;
	bench->config.template = "f";
	bench_open(bench);
	assert_int_equal(mkdir(bench_path(bench, "trap"), 0700), 0);
	assert_int_equal(
	    renameat(AT_FDCWD, path, AT_FDCWD, bench_path(bench, "moved")), 0);
	assert_int_equal(symlink("trap", path), 0);
	free(store(bench, "x"));
	assert_true(bench_exists(bench, "moved/f"));
	assert_false(bench_exists(bench, "trap/f"));
}

static void test_name_too_long(void **state)
{
	struct bench *bench = *state;
	char template[300];
	struct file *file;
	char *log;

	memset(template, 'x', sizeof(template) - 1);
	template[sizeof(template) - 1] = '\0';
	bench->config.template = template;
	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "x", 1), FILE_OK);
	assert_null(bench_finish(&file, FILE_FAILED));
	log = bench_log(bench);
	assert_non_null(strstr(log, "choose a shorter template with -T"));
	free(log);
}

/* --- partial files ------------------------------------------------------ */

static void expect_partial(
    struct bench *bench, const char *text, const char *name)
{
	const struct file_finish how = {.partial = true};
	struct file *file = bench_file(bench, 80, 0);
	struct file_end end;

	assert_int_equal(file_write(file, text, strlen(text)), FILE_OK);
	assert_int_equal(file_finish(&file, &how, &end), FILE_OK);
	assert_string_equal(end.path, name);
	bench_expect(bench, name, text, strlen(text));
	free(end.path);
}

static void test_partial_name(void **state)
{
	struct bench *bench = *state;

	bench->config.template = "d/f";
	bench_open(bench);
	expect_partial(bench, "one", "d/f.partial");
	assert_false(bench_exists(bench, "d/f"));
	/* Nothing is replaced by that either. */
	expect_partial(bench, "two", "d/fc1.partial");
	expect_stored(bench, "three", "d/f");
	expect_partial(bench, "four", "d/fc2.partial");
	bench_expect(bench, "d/f.partial", "one", 3);
	bench_expect(bench, "d/fc1.partial", "two", 3);
}

static void test_partial_name_without_exclusive_rename(void **state)
{
	struct bench *bench = *state;

	bench->config.template = "f";
	bench_open(bench);
	calls.no_exclusive_rename = true;
	expect_partial(bench, "one", "f.partial");
	expect_partial(bench, "two", "fc1.partial");
	assert_false(bench_exists(bench, "f"));
	bench_expect(bench, "f.partial", "one", 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_directory_is_made),
	    TEST(test_directory_above_is_missing),
	    TEST(test_directory_is_a_file),
	    TEST(test_root_refuses_what_all_can_write_to),
	    TEST(test_root_refuses_what_a_group_can_write_to),
	    TEST(test_root_takes_what_is_sticky),
	    TEST(test_root_takes_a_group_that_is_root_or_the_owner),
	    TEST(test_others_may_choose_any_directory),
	    TEST(test_directory_that_takes_no_files),
	    TEST(test_modes_under_umask_zero),
	    TEST(test_mode_that_the_umask_would_narrow),
	    TEST(test_mode_that_cannot_be_set),
	    TEST(test_owner),
	    TEST(test_existing_file_stays),
	    TEST(test_symlink_is_not_followed),
	    TEST(test_fifo_does_not_hang),
	    TEST(test_directory_in_the_way),
	    TEST(test_reuse_of_a_flow),
	    TEST(test_many_reuses_are_cheap),
	    TEST(test_template_makes_directories),
	    TEST(test_counter_in_a_directory),
	    TEST(test_directory_that_is_a_symlink),
	    TEST(test_directory_that_is_replaced),
	    TEST(test_name_too_long),
	    TEST(test_partial_name),
	    TEST(test_partial_name_without_exclusive_rename),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
