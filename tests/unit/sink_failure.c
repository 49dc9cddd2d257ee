/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks that say no, writes that stop half-way, and memory that runs out: one
 * file suffers, it is told and counted, and the others go on. */
#include "tests/unit/sink_bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB 1024u
#define LENGTH (100 * KIB)

static uint8_t pattern[LENGTH];

static int setup(void **state)
{
	static struct bench bench;

	bench_make(&bench);
	bench.config.template = "f%b%C%c";
	bench_pattern(pattern, LENGTH, 0, 0);
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

static unsigned lines_of(const char *text)
{
	unsigned lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* The disk takes `room` bytes of a file and then fails with `error`. */
static void disk_fails(
    struct bench *bench, int error, size_t room, const char *remedy)
{
	struct file *file;
	char *log;

	bench_open(bench);
	file = bench_file(bench, 1, 0);
	calls.write_error = error;
	calls.write_room = room;
	assert_int_equal(file_write(file, pattern, LENGTH), FILE_FAILED);
	calls.write_error = 0;
	assert_int_equal(file_write(file, "more", 4), FILE_FAILED);
	assert_int_equal(file_write_at(file, 0, "more", 4), FILE_FAILED);
	free(bench_finish(&file, FILE_FAILED));
	/* What got there is kept, and marked. */
	bench_expect(bench, "f00001.partial", pattern, room);
	assert_int_equal(counted(bench, COUNTER_FILES_INCOMPLETE), 1);
	assert_int_equal(counted(bench, COUNTER_FILE_BYTES), room);
	assert_true(output_failed(bench->output));

	file = bench_file(bench, 2, 0);
	assert_int_equal(file_write(file, pattern, LENGTH), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00002", pattern, LENGTH);

	log = bench_log(bench);
	assert_int_equal(lines_of(log), 1);
	assert_non_null(strstr(log, "/f00001: cannot write: "));
	assert_non_null(strstr(log, strerror(error)));
	assert_non_null(strstr(log, remedy));
	free(log);
}

static void test_disk_full(void **state)
{
	disk_fails(*state, ENOSPC, 0, "(make room, or choose another");
}

static void test_disk_full_half_way(void **state)
{
	disk_fails(*state, ENOSPC, 5000, "(make room, or choose another");
}

static void test_quota(void **state)
{
	disk_fails(*state, EDQUOT, 1, "(make room, or choose another");
}

static void test_damaged_disk(void **state)
{
	disk_fails(*state, EIO, 32 * KIB, "the file is incomplete");
}

/* The system's own limit rather than a pretended one. */
static void test_limit_of_file_size(void **state)
{
	struct bench *bench = *state;
	const struct rlimit small = {
	    .rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
	struct rlimit old;
	struct file *file;
	char *log;

	bench_open(bench);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	file = bench_file(bench, 1, 0);
	assert_int_equal(file_write(file, pattern, LENGTH), FILE_FAILED);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	free(bench_finish(&file, FILE_FAILED));
	bench_expect(bench, "f00001.partial", pattern, 4096);
	log = bench_log(bench);
	assert_non_null(strstr(log, "--max-bytes"));
	free(log);
}

/* A hundred flows on a full disk are one line, and a hundred by the counter. */
static void test_full_disk_is_told_once(void **state)
{
	struct bench *bench = *state;
	char *log;

	bench_open(bench);
	calls.write_error = ENOSPC;
	for (uint16_t i = 0; i < 100; i++) {
		struct file *file = bench_file(bench, i, 0);

		assert_int_equal(file_write(file, "x", 1), FILE_OK);
		free(bench_finish(&file, FILE_FAILED));
	}
	log = bench_log(bench);
	assert_int_equal(lines_of(log), 1);
	free(log);
	assert_int_equal(counted(bench, COUNTER_FILES_INCOMPLETE), 100);
}

static void test_short_writes_are_continued(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	calls.write_most = 7;
	file = bench_file(bench, 1, 0);
	assert_int_equal(file_write(file, pattern, 1000), FILE_OK);
	assert_int_equal(
	    file_write(file, pattern + 1000, 40 * KIB - 1000), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00001", pattern, 40 * KIB);
}

static void test_interrupted_write_is_repeated(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 1, 0);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	calls.write_once = EINTR;
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00001", "abc", 3);
	assert_int_equal(calls.write, 2);
}

/* File systems over a network tell of a full disk when a file is closed. */
static void test_close_fails(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	char *log;

	bench_open(bench);
	file = bench_file(bench, 1, 0);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	calls.close_error = EDQUOT;
	free(bench_finish(&file, FILE_FAILED));
	calls.close_error = 0;
	bench_expect(bench, "f00001.partial", "abc", 3);
	log = bench_log(bench);
	assert_non_null(strstr(log, "f00001: cannot close: "));
	free(log);
}

/* One file needs memory; the other is written out for it and its descriptor is
 * closed to make room for a third one's; that close fails. */
static void test_close_fails_while_another_is_served(void **state)
{
	struct bench *bench = *state;
	struct file *first;
	struct file *second;

	bench->config.max_descriptors = 1;
	bench->budget.limit = 3 * KIB;
	bench_open(bench);
	first = bench_file(bench, 1, 0);
	assert_int_equal(file_write(first, pattern, 40 * KIB), FILE_OK);
	assert_int_equal(file_write(first, pattern, KIB), FILE_OK);
	second = bench_file(bench, 2, 0);
	assert_int_equal(file_write(second, pattern, 2 * KIB), FILE_OK);
	calls.close_error = EIO;
	/* first wants 1 KiB more: second is created, and takes the only
	 * descriptor, which is that of first. */
	assert_int_equal(file_write(first, pattern, KIB), FILE_FAILED);
	calls.close_error = 0;
	assert_int_equal(bench->budget.used, 0);
	free(bench_finish(&first, FILE_FAILED));
	free(bench_finish(&second, FILE_OK));
	bench_expect(bench, "f00002", pattern, 2 * KIB);
	bench_expect(bench, "f00001.partial", pattern, 40 * KIB);
}

static void test_discard_of_a_failed_file(void **state)
{
	struct bench *bench = *state;
	const struct file_finish how = {.discard = true};
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 1, 0);
	calls.write_error = ENOSPC;
	assert_int_equal(file_write(file, pattern, LENGTH), FILE_FAILED);
	assert_int_equal(file_finish(&file, &how, NULL), FILE_OK);
	assert_false(bench_exists(bench, "f00001"));
	assert_false(bench_exists(bench, "f00001.partial"));
}

/* --- memory ------------------------------------------------------------- */

/* All that a file can ask memory for: copies of its facts, its buffer, names
 * and directories; and again for a name that is taken. */
static enum file_result life_of_a_file(struct bench *bench)
{
	struct name_facts facts = bench_facts(80);
	const struct file_finish how = {.partial = true};
	enum file_result result;
	struct file *file;

	facts.label = "label";
	facts.suffix = ".suffix";
	result = file_open(&file, bench->output, &facts, FILE_SPARSE);
	if (result != FILE_OK)
		return result;
	file_write(file, pattern, 3000);
	file_write(file, pattern, 3000);
	file_write_at(file, 10000, pattern, 40 * KIB);
	return file_finish(&file, &how, NULL);
}

static void test_every_allocation_fails_once(void **state)
{
	struct bench *bench = *state;
	unsigned needed;

	bench->config.template = "d/e/f%C%c";
	bench->log.most = LOG_LEVEL_ERROR;
	bench_open(bench);
	assert_int_equal(life_of_a_file(bench), FILE_OK);
	calls.allocations = 0;
	assert_int_equal(life_of_a_file(bench), FILE_OK);
	needed = calls.allocations;
	assert_in_range(needed, 10, 200);
	for (unsigned n = 1; n <= needed; n++) {
		calls.fail_allocation = n;
		life_of_a_file(bench);
		assert_int_equal(bench->budget.used, 0);
		calls.fail_allocation = 0;
		/* The process lives, and the next flow gets its file. */
		assert_int_equal(life_of_a_file(bench), FILE_OK);
	}
}

static void test_no_memory_for_a_buffer_loses_no_byte(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 1, 0);
	assert_int_equal(file_write(file, pattern, 100), FILE_OK);
	calls.fail_allocation = 1;
	assert_int_equal(file_write(file, pattern + 100, 3000), FILE_OK);
	calls.fail_allocation = 0;
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00001", pattern, 3100);
}

static void test_no_memory_for_the_output(void **state)
{
	struct bench *bench = *state;

	calls.fail_allocation = 1;
	assert_false(output_open(&bench->output, &bench->config, &bench->budget,
	    &bench->counters, &bench->log));
	assert_null(bench->output);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_disk_full),
	    TEST(test_disk_full_half_way),
	    TEST(test_quota),
	    TEST(test_damaged_disk),
	    TEST(test_limit_of_file_size),
	    TEST(test_full_disk_is_told_once),
	    TEST(test_short_writes_are_continued),
	    TEST(test_interrupted_write_is_repeated),
	    TEST(test_close_fails),
	    TEST(test_close_fails_while_another_is_served),
	    TEST(test_discard_of_a_failed_file),
	    TEST(test_every_allocation_fails_once),
	    TEST(test_no_memory_for_a_buffer_loses_no_byte),
	    TEST(test_no_memory_for_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
