/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: what is written arrives at its offset, with few system calls and in
 * bounded memory. */
#include "tests/unit/sink_bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KIB 1024u

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

/* --- system calls ------------------------------------------------------- */

static void test_short_flow_costs_four_calls(void **state)
{
	struct bench *bench = *state;
	const struct file_finish how = {
	    .mtime_ns = UINT64_C(1700000000500000000)};
	struct file *file;
	struct stat status;

	bench_open(bench);
	calls = (struct calls){0};
	file = bench_file(bench, 80, 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(file_write(file, "0123456789", 10), FILE_OK);
	assert_null(file_path(file));
	assert_int_equal(file_finish(&file, &how, NULL), FILE_OK);
	assert_int_equal(calls.openat, 1);
	assert_int_equal(calls.write, 1);
	assert_int_equal(calls.futimens, 1);
	assert_int_equal(calls.close, 1);
	assert_int_equal(calls.fstat + calls.lookups, 0);
	assert_int_equal(stat(bench_path(bench, "f00080"), &status), 0);
	assert_int_equal(status.st_size, 100);
	assert_int_equal(status.st_mtim.tv_sec, 1700000000);
	assert_int_equal(status.st_mtim.tv_nsec, 500000000);
	assert_int_equal(counted(bench, COUNTER_FILES), 1);
	assert_int_equal(counted(bench, COUNTER_FILE_BYTES), 100);
}

static void test_long_flow_writes_32_kib_at_a_time(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	uint64_t offset = 0;

	bench_open(bench);
	file = bench_file(bench, 80, 0);
	while (offset < KIB * KIB)
		bench_put(file, 1, &offset, 1448);
	free(bench_finish(&file, FILE_OK));
	bench_expect_pattern(bench, "f00080", 1, (size_t)offset);
	assert_in_range(calls.write, 1, KIB * KIB / (32 * KIB) + 1);
}

/* So that no page of the file is written in two pieces. */
static void test_writes_end_where_pages_end(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	uint64_t offset = 0;

	bench_open(bench);
	file = bench_file(bench, 80, 0);
	for (size_t length = 1; length < 3000; length++) {
		bench_put(file, 1, &offset, length);
		assert_int_equal(calls.write_end % (4 * KIB), 0);
		assert_in_range(offset - calls.write_end, 0, 32 * KIB);
	}
	free(bench_finish(&file, FILE_OK));
	assert_int_equal(calls.write_end, offset);
	bench_expect_pattern(bench, "f00080", 1, (size_t)offset);
}

static size_t allocations_of_a_file(struct bench *bench, uint16_t port)
{
	unsigned before = calls.allocations;
	struct file *file = bench_file(bench, port, 0);
	uint64_t offset = 0;

	for (unsigned i = 0; i < 20; i++)
		bench_put(file, port, &offset, KIB);
	free(bench_finish(&file, FILE_OK));
	return calls.allocations - before;
}

/* Of the second one only the name is allocated. */
static void test_next_file_has_the_memory_of_the_last(void **state)
{
	struct bench *bench = *state;

	bench_open(bench);
	/* Files and buffers have theirs in large pieces. */
	assert_int_equal(allocations_of_a_file(bench, 1), 3);
	assert_int_equal(allocations_of_a_file(bench, 2), 1);
}

/* More than the buffer goes out with what is in it, without a copy. */
static void test_large_piece_is_one_write(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	uint64_t offset = 0;

	bench_open(bench);
	file = bench_file(bench, 80, 0);
	bench_put(file, 1, &offset, 100);
	bench_put(file, 1, &offset, 100 * KIB);
	assert_int_equal(calls.write, 1);
	assert_int_equal(bench->budget.peak, KIB);
	free(bench_finish(&file, FILE_OK));
	bench_expect_pattern(bench, "f00080", 1, (size_t)offset);
}

static void test_no_bytes_no_file(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "", 0), FILE_OK);
	assert_null(bench_finish(&file, FILE_OK));
	assert_int_equal(calls.openat, 0);
	assert_int_equal(counted(bench, COUNTER_FILES), 0);
}

static void test_discard(void **state)
{
	struct bench *bench = *state;
	const struct file_finish how = {.discard = true};
	struct file *buffered;
	struct file *on_disk;
	struct file_end end;
	uint64_t offset = 0;

	bench_open(bench);
	buffered = bench_file(bench, 1, 0);
	assert_int_equal(file_write(buffered, "x", 1), FILE_OK);
	assert_int_equal(file_finish(&buffered, &how, NULL), FILE_OK);
	assert_int_equal(calls.openat, 0);
	on_disk = bench_file(bench, 2, 0);
	bench_put(on_disk, 1, &offset, 40 * KIB);
	assert_string_equal(file_path(on_disk), "f00002");
	assert_int_equal(file_finish(&on_disk, &how, &end), FILE_OK);
	assert_null(end.path);
	assert_false(bench_exists(bench, "f00002"));
	assert_int_equal(counted(bench, COUNTER_FILES), 0);
}

/* --- offsets ------------------------------------------------------------ */

static void test_hole(void **state)
{
	struct bench *bench = *state;
	uint8_t expected[10] = "abc\0\0\0\0xyz";
	struct file *file;
	struct file_end end;
	const struct file_finish how = {0};

	bench_open(bench);
	file = bench_file(bench, 80, FILE_SPARSE);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	assert_int_equal(file_write_at(file, 7, "x", 1), FILE_OK);
	assert_int_equal(file_write(file, "yz", 2), FILE_OK);
	assert_int_equal(file_finish(&file, &how, &end), FILE_OK);
	assert_int_equal(end.bytes, 6);
	free(end.path);
	bench_expect(bench, "f00080", expected, sizeof(expected));
}

static void test_hole_takes_no_room(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	struct stat status;

	bench_open(bench);
	file = bench_file(bench, 80, FILE_SPARSE);
	assert_int_equal(
	    file_write_at(file, UINT64_C(5) << 30, "x", 1), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	assert_int_equal(stat(bench_path(bench, "f00080"), &status), 0);
	assert_int_equal(status.st_size, (INT64_C(5) << 30) + 1);
	assert_true(status.st_blocks < 1000);
	assert_int_equal(counted(bench, COUNTER_FILE_BYTES), 1);
}

static void test_hole_at_the_end_is_not_stored(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 80, FILE_SPARSE);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	assert_int_equal(file_write_at(file, 100, "", 0), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00080", "abc", 3);
}

static void test_overwrite(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "0123456789", 10), FILE_OK);
	assert_int_equal(file_write_at(file, 2, "ab", 2), FILE_OK);
	assert_int_equal(file_write_at(file, 10, "end", 3), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00080", "01ab456789end", 13);
}

static void test_hole_that_was_not_asked_for(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	assert_int_equal(file_write_at(file, 4, "x", 1), FILE_FAILED);
	free(bench_finish(&file, FILE_FAILED));
	bench_expect(bench, "f00080.partial", "abc", 3);
}

static void test_offset_beyond_every_file(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench_open(bench);
	file = bench_file(bench, 80, FILE_SPARSE);
	assert_int_equal(file_write_at(file, UINT64_MAX, "x", 1), FILE_FAILED);
	assert_null(bench_finish(&file, FILE_FAILED));
}

/* --- caps --------------------------------------------------------------- */

static void test_cap(void **state)
{
	struct bench *bench = *state;
	const struct file_finish how = {0};
	struct file *file;
	struct file_end end;

	bench->config.max_bytes = 5;
	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	assert_int_equal(file_write(file, "defg", 4), FILE_CAPPED);
	assert_int_equal(file_write(file, "h", 1), FILE_CAPPED);
	assert_int_equal(file_finish(&file, &how, &end), FILE_OK);
	assert_true(end.capped);
	assert_int_equal(end.bytes, 5);
	free(end.path);
	bench_expect(bench, "f00080", "abcde", 5);
	assert_int_equal(counted(bench, COUNTER_FILES_CAPPED), 1);
}

static void test_cap_exactly_reached(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench->config.max_bytes = 3;
	bench_open(bench);
	file = bench_file(bench, 80, 0);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	assert_int_equal(file_write(file, "", 0), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	assert_int_equal(counted(bench, COUNTER_FILES_CAPPED), 0);
}

static void test_cap_counts_holes(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench->config.max_bytes = 10;
	bench_open(bench);
	file = bench_file(bench, 80, FILE_SPARSE);
	assert_int_equal(file_write_at(file, 8, "abc", 3), FILE_CAPPED);
	assert_int_equal(file_write_at(file, 50, "x", 1), FILE_CAPPED);
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00080", "\0\0\0\0\0\0\0\0ab", 10);
}

static void test_uncapped(void **state)
{
	struct bench *bench = *state;
	struct file *file;

	bench->config.max_bytes = 1;
	bench_open(bench);
	file = bench_file(bench, 80, FILE_UNCAPPED);
	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	free(bench_finish(&file, FILE_OK));
	bench_expect(bench, "f00080", "abc", 3);
}

/* --- the last word on the name ------------------------------------------- */

static void finish_as(
    struct bench *bench, uint16_t port, size_t length, const char *suffix)
{
	const struct file_finish how = {.suffix = suffix};
	struct file *file = bench_file(bench, port, 0);
	struct file_end end;
	uint64_t offset = 0;

	bench_put(file, port, &offset, length);
	assert_int_equal(file_finish(&file, &how, &end), FILE_OK);
	assert_non_null(end.path);
	assert_non_null(strstr(end.path, ".html"));
	free(end.path);
}

/* Whether it is on disk by then or not; and what is there stays. */
static void test_suffix_may_come_last(void **state)
{
	struct bench *bench = *state;

	bench_open(bench);
	finish_as(bench, 1, 100, ".html");
	finish_as(bench, 2, 100 * KIB, ".html");
	bench_expect_pattern(bench, "f00001.html", 1, 100);
	bench_expect_pattern(bench, "f00002.html", 2, 100 * KIB);
	assert_false(bench_exists(bench, "f00001"));
	assert_false(bench_exists(bench, "f00002"));
	bench_write(bench, "f00003.html", "mine");
	finish_as(bench, 3, 100 * KIB, ".html");
	bench_expect(bench, "f00003.html", "mine", 4);
	assert_false(bench_exists(bench, "f00003"));
	/* The number of a name that was taken goes with that name. */
	bench_write(bench, "f00004", "mine");
	finish_as(bench, 4, 100 * KIB, ".html");
	bench_expect_pattern(bench, "f00004.html", 4, 100 * KIB);
}

/* --- flushing ------------------------------------------------------------ */

static void test_flush(void **state)
{
	struct bench *bench = *state;
	struct file *one;
	struct file *two;
	uint64_t offset = 0;

	bench_open(bench);
	one = bench_file(bench, 1, 0);
	two = bench_file(bench, 2, 0);
	assert_int_equal(file_write(one, "abc", 3), FILE_OK);
	bench_put(two, 2, &offset, 5 * KIB);
	output_flush(bench->output);
	bench_expect(bench, "f00001", "abc", 3);
	bench_expect_pattern(bench, "f00002", 2, (size_t)offset);
	assert_int_equal(bench->budget.used, 0);
	output_flush(bench->output); /* there is nothing */
	assert_int_equal(file_write(one, "def", 3), FILE_OK);
	bench_expect(bench, "f00001", "abc", 3);
	free(bench_finish(&one, FILE_OK));
	free(bench_finish(&two, FILE_OK));
	bench_expect(bench, "f00001", "abcdef", 6);
	bench_expect_pattern(bench, "f00002", 2, (size_t)offset);
}

/* --- memory ------------------------------------------------------------- */

static void test_largest_buffer_goes_first(void **state)
{
	struct bench *bench = *state;
	struct file *small;
	struct file *large;
	struct file *next;
	uint64_t offset = 0;

	bench->budget.limit = 17 * KIB;
	bench_open(bench);
	small = bench_file(bench, 1, 0);
	assert_int_equal(file_write(small, "x", 1), FILE_OK);
	large = bench_file(bench, 2, 0);
	bench_put(large, 2, &offset, 16 * KIB);
	next = bench_file(bench, 3, 0);
	assert_int_equal(file_write(next, "y", 1), FILE_OK);
	assert_null(file_path(small));
	assert_string_equal(file_path(large), "f00002");
	assert_null(file_path(next));
	assert_int_equal(bench->budget.used, 2 * KIB);
	bench_put(large, 2, &offset, 100);
	free(bench_finish(&small, FILE_OK));
	free(bench_finish(&large, FILE_OK));
	free(bench_finish(&next, FILE_OK));
	bench_expect(bench, "f00001", "x", 1);
	bench_expect_pattern(bench, "f00002", 2, (size_t)offset);
	bench_expect(bench, "f00003", "y", 1);
	assert_in_range(bench->budget.peak, 1, 17 * KIB);
}

/* The largest is the one that wants more: it writes instead. */
static void test_own_buffer_is_written_instead_of_growing(void **state)
{
	struct bench *bench = *state;
	struct file *small;
	struct file *large;
	uint64_t offset = 0;

	bench->budget.limit = 3 * KIB;
	bench_open(bench);
	small = bench_file(bench, 1, 0);
	assert_int_equal(file_write(small, "x", 1), FILE_OK);
	large = bench_file(bench, 2, 0);
	bench_put(large, 2, &offset, 2 * KIB);
	bench_put(large, 2, &offset, 1);
	assert_string_equal(file_path(large), "f00002");
	assert_null(file_path(small));
	free(bench_finish(&small, FILE_OK));
	free(bench_finish(&large, FILE_OK));
	bench_expect_pattern(bench, "f00002", 2, (size_t)offset);
}

static void test_no_memory_for_buffers_at_all(void **state)
{
	struct bench *bench = *state;
	struct file *file;
	uint64_t offset = 0;

	bench->budget.limit = 0;
	bench_open(bench);
	file = bench_file(bench, 80, 0);
	for (unsigned i = 0; i < 10; i++)
		bench_put(file, 1, &offset, 33);
	free(bench_finish(&file, FILE_OK));
	bench_expect_pattern(bench, "f00080", 1, (size_t)offset);
	assert_int_equal(bench->budget.peak, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_short_flow_costs_four_calls),
	    TEST(test_long_flow_writes_32_kib_at_a_time),
	    TEST(test_writes_end_where_pages_end),
	    TEST(test_next_file_has_the_memory_of_the_last),
	    TEST(test_large_piece_is_one_write),
	    TEST(test_no_bytes_no_file),
	    TEST(test_discard),
	    TEST(test_hole),
	    TEST(test_hole_takes_no_room),
	    TEST(test_hole_at_the_end_is_not_stored),
	    TEST(test_overwrite),
	    TEST(test_hole_that_was_not_asked_for),
	    TEST(test_offset_beyond_every_file),
	    TEST(test_cap),
	    TEST(test_cap_exactly_reached),
	    TEST(test_cap_counts_holes),
	    TEST(test_uncapped),
	    TEST(test_suffix_may_come_last),
	    TEST(test_flush),
	    TEST(test_largest_buffer_goes_first),
	    TEST(test_own_buffer_is_written_instead_of_growing),
	    TEST(test_no_memory_for_buffers_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
