/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool of descriptors: many files with few of them, and files that are no
 * longer what they were when they get one again. */
#include "tests/unit/sink_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB 1024u
#define MANY 200u

static int setup(void **state)
{
	static struct bench bench;

	bench_make(&bench);
	bench.config.template = "f%b%C%c";
	*state = &bench;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static uint64_t counted(const struct bench *bench, enum counter counter)
{
	return bench->counters.value[counter];
}

/* Writes MANY files by turns and checks every byte of each. */
static void write_many(struct bench *bench, const char *format)
{
	struct file *files[MANY];
	uint64_t offsets[MANY] = {0};
	char name[64];

	for (uint16_t i = 0; i < MANY; i++)
		files[i] = bench_file(bench, i, 0);
	for (unsigned turn = 0; turn < 5; turn++) {
		for (unsigned i = 0; i < MANY; i++)
			bench_put(files[i], i, &offsets[i], 3000 + 17 * i);
	}
	for (unsigned i = 0; i < MANY; i++)
		free(bench_finish(&files[i], FILE_OK));
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), format, i);
		bench_expect_pattern(bench, name, i, (size_t)offsets[i]);
	}
	assert_int_equal(counted(bench, COUNTER_FILES), MANY);
	assert_int_equal(counted(bench, COUNTER_FILES_INCOMPLETE), 0);
	assert_true(counted(bench, COUNTER_FILES_REOPENED) > 0);
	assert_false(output_failed(bench->output));
}

static void test_pool_of_three(void **state)
{
	struct bench *bench = *state;

	bench->config.max_descriptors = 3;
	bench->budget.limit = 16 * KIB;
	bench_open(bench);
	write_many(bench, "f%05u");
}

/* Who has just written keeps the descriptor. */
static void test_least_recently_used_is_closed(void **state)
{
	struct bench *bench = *state;
	struct file *files[3];
	uint64_t offsets[3] = {0};

	bench->config.max_descriptors = 2;
	bench->budget.limit = 0;
	bench_open(bench);
	for (uint16_t i = 0; i < 3; i++)
		files[i] = bench_file(bench, i, 0);
	bench_put(files[0], 0, &offsets[0], 10);
	bench_put(files[1], 1, &offsets[1], 10);
	bench_put(files[0], 0, &offsets[0], 10);
	bench_put(files[2], 2, &offsets[2], 10);
	bench_put(files[0], 0, &offsets[0], 10);
	assert_int_equal(counted(bench, COUNTER_FILES_REOPENED), 0);
	bench_put(files[1], 1, &offsets[1], 10);
	assert_int_equal(counted(bench, COUNTER_FILES_REOPENED), 1);
	for (unsigned i = 0; i < 3; i++)
		free(bench_finish(&files[i], FILE_OK));
	bench_expect_pattern(bench, "f00000", 0, 30);
	bench_expect_pattern(bench, "f00001", 1, 20);
}

static void test_small_limit_of_the_system(void **state)
{
	struct bench *bench = *state;
	struct rlimit old;
	struct rlimit few;

	bench->budget.limit = 16 * KIB;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){.rlim_cur = 40, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	bench_open(bench);
	write_many(bench, "f%05u");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

/* The pool believes it may have them, and the system says EMFILE: for files and
 * for the directories of the template. */
static void test_system_runs_out_before_the_pool(void **state)
{
	struct bench *bench = *state;
	struct rlimit old;
	struct rlimit few;

	bench->config.max_descriptors = 1000;
	bench->config.template = "a/b/%b";
	bench->budget.limit = 16 * KIB;
	bench_open(bench);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){.rlim_cur = 16, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	write_many(bench, "a/b/%05u");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

/* A file that was closed for want of descriptors, and then `act` happened to
 * it: nothing may be written to what is there now. */
static void come_back_to(
    struct bench *bench, void (*act)(const struct bench *), const char *reason)
{
	struct file *left;
	struct file *other;
	uint64_t offset = 0;
	char moved[128];
	char *log;

	bench->config.max_descriptors = 1;
	bench_open(bench);
	left = bench_file(bench, 1, 0);
	bench_put(left, 1, &offset, 40 * KIB);
	other = bench_file(bench, 2, 0);
	offset = 0;
	bench_put(other, 2, &offset, 40 * KIB);
	snprintf(moved, sizeof(moved), "%s/moved", bench->directory);
	assert_int_equal(rename(bench_path(bench, "f00001"), moved), 0);
	act(bench);
	assert_int_equal(file_write(left, "more", 4), FILE_OK);
	free(bench_finish(&left, FILE_FAILED));
	free(bench_finish(&other, FILE_OK));
	assert_false(bench_exists(bench, "f00001.partial"));
	assert_int_equal(counted(bench, COUNTER_FILES_INCOMPLETE), 1);
	log = bench_log(bench);
	if (strstr(log, "f00001: cannot open it again") == NULL ||
	    strstr(log, reason) == NULL)
		fail_msg("%s", log);
	free(log);
	bench_expect_pattern(bench, "f00002", 2, 40 * KIB);
}

static void put_other_file(const struct bench *bench)
{
	bench_write(bench, "f00001", "foreign");
}

static void test_file_was_replaced(void **state)
{
	struct bench *bench = *state;

	come_back_to(bench, put_other_file, "somebody else put another file");
	bench_expect(bench, "f00001", "foreign", 7);
}

static void put_symlink(const struct bench *bench)
{
	char target[128];

	snprintf(target, sizeof(target), "%s/victim", bench->directory);
	bench_write(bench, "victim", "foreign");
	assert_int_equal(symlink(target, bench_path(bench, "f00001")), 0);
}

static void test_file_was_replaced_by_a_symlink(void **state)
{
	struct bench *bench = *state;

	come_back_to(bench, put_symlink, "somebody else put another file");
	bench_expect(bench, "victim", "foreign", 7);
}

static void put_fifo(const struct bench *bench)
{
	assert_int_equal(mkfifo(bench_path(bench, "f00001"), 0600), 0);
}

static void test_file_was_replaced_by_a_fifo(void **state)
{
	/* A pool that waits for the FIFO's reader dies instead of hanging. */
	alarm(20);
	come_back_to(*state, put_fifo, "f00001");
	alarm(0);
}

/* Neither is what others put there removed. */
static void test_discard_of_a_replaced_file(void **state)
{
	struct bench *bench = *state;
	const struct file_finish how = {.discard = true};
	struct file *file;
	uint64_t offset = 0;

	bench_open(bench);
	file = bench_file(bench, 1, 0);
	bench_put(file, 1, &offset, 40 * KIB);
	assert_int_equal(unlink(bench_path(bench, "f00001")), 0);
	put_other_file(bench);
	assert_int_equal(file_finish(&file, &how, NULL), FILE_FAILED);
	bench_expect(bench, "f00001", "foreign", 7);
}

static void put_nothing(const struct bench *bench)
{
	(void)bench;
}

static void test_file_was_removed(void **state)
{
	come_back_to(*state, put_nothing, "No such file");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_pool_of_three),
	    TEST(test_least_recently_used_is_closed),
	    TEST(test_small_limit_of_the_system),
	    TEST(test_system_runs_out_before_the_pool),
	    TEST(test_file_was_replaced),
	    TEST(test_file_was_replaced_by_a_symlink),
	    TEST(test_file_was_replaced_by_a_fifo),
	    TEST(test_discard_of_a_replaced_file),
	    TEST(test_file_was_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
