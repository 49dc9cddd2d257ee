/* SPDX-License-Identifier: BSD-2-Clause */
/* Files named by their SHA-256: the same bytes are kept once, and nobody can put
 * others in their place.  Expected values are those of sha256sum. */
#include "tests/unit/sink_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABC \
	"by-hash/" \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MUCH 100000u

static int setup(void **state)
{
	static struct bench bench;

	bench_make(&bench);
	bench.config.template = "f%b%C%c";
	bench_open(&bench);
	*state = &bench;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	return 0;
}

static struct file_end finish(
    struct file **file, bool partial, enum file_result expected)
{
	const struct file_finish how = {.partial = partial};
	struct file_end end;

	assert_int_equal(file_finish(file, &how, &end), expected);
	return end;
}

/* "abc", in a file of the given flags. */
static struct file_end store(struct bench *bench, uint32_t flags, bool partial)
{
	struct file *file = bench_file(bench, 80, flags);

	assert_int_equal(file_write(file, "ab", 2), FILE_OK);
	assert_int_equal(file_write(file, "c", 1), FILE_OK);
	return finish(&file, partial, FILE_OK);
}

static void expect_end(struct file_end *end, const char *path, bool duplicate)
{
	assert_string_equal(end->path, path);
	assert_int_equal(end->duplicate, duplicate);
	assert_true(end->hashed);
	assert_int_equal(end->bytes, 3);
	free(end->path);
}

static void test_hash_of_a_plain_file(void **state)
{
	static const uint8_t start[] = {0xba, 0x78, 0x16, 0xbf};
	struct file_end end = store(*state, FILE_HASH, false);

	assert_true(end.hashed);
	assert_memory_equal(end.sha256, start, sizeof(start));
	assert_string_equal(end.path, "f00080");
	assert_false(end.duplicate);
	free(end.path);
	end = store(*state, 0, false);
	assert_false(end.hashed);
	free(end.path);
}

static void test_no_hash_of_what_was_written_over(void **state)
{
	struct file *file = bench_file(*state, 80, FILE_HASH | FILE_SPARSE);
	struct file_end end;

	assert_int_equal(file_write_at(file, 5, "abc", 3), FILE_OK);
	assert_int_equal(file_write_at(file, 6, "x", 1), FILE_OK);
	end = finish(&file, false, FILE_OK);
	assert_false(end.hashed);
	free(end.path);
}

static void test_holes_are_not_hashed(void **state)
{
	static const uint8_t start[] = {0xba, 0x78, 0x16, 0xbf};
	struct file *file = bench_file(*state, 80, FILE_HASH | FILE_SPARSE);
	struct file_end end;

	assert_int_equal(file_write_at(file, 5, "ab", 2), FILE_OK);
	assert_int_equal(file_write_at(file, 9, "c", 1), FILE_OK);
	end = finish(&file, false, FILE_OK);
	assert_true(end.hashed);
	assert_memory_equal(end.sha256, start, sizeof(start));
	free(end.path);
}

static void test_same_bytes_are_kept_once(void **state)
{
	struct bench *bench = *state;
	struct file_end end = store(bench, FILE_BY_HASH, false);

	expect_end(&end, ABC, false);
	bench_expect(bench, ABC, "abc", 3);
	end = store(bench, FILE_BY_HASH, false);
	expect_end(&end, ABC, true);
	bench_expect(bench, ABC, "abc", 3);
	assert_false(bench_exists(bench, ABC "c1"));
	assert_int_equal(bench->counters.value[COUNTER_FILES], 1);
	assert_int_equal(bench->counters.value[COUNTER_FILE_BYTES], 3);
	assert_int_equal(bench->counters.value[COUNTER_FILES_DUPLICATE], 1);
}

/* What is longer than a buffer is on disk before its hash is known. */
static void test_long_files_are_named_in_the_end(void **state)
{
	struct bench *bench = *state;
	char *first = NULL;

	for (unsigned i = 0; i < 2; i++) {
		struct file *file = bench_file(bench, 80, FILE_BY_HASH);
		uint64_t offset = 0;
		struct file_end end;

		bench_put(file, 1, &offset, MUCH / 2);
		assert_string_equal(file_path(file), "f00080.partial");
		bench_put(file, 1, &offset, MUCH / 2);
		end = finish(&file, false, FILE_OK);
		assert_memory_equal(end.path, "by-hash/", 8);
		assert_int_equal(strlen(end.path), 8 + 64);
		assert_int_equal(end.duplicate, i);
		assert_int_equal(end.bytes, MUCH);
		bench_expect_pattern(bench, end.path, 1, MUCH);
		assert_false(bench_exists(bench, "f00080.partial"));
		if (i > 0)
			assert_string_equal(end.path, first);
		free(first);
		first = end.path;
	}
	free(first);
	assert_int_equal(bench->counters.value[COUNTER_FILES], 1);
}

static void test_partial_ones_have_names_of_their_own(void **state)
{
	struct file_end end = store(*state, FILE_BY_HASH, true);

	expect_end(&end, ABC ".partial", false);
	end = store(*state, FILE_BY_HASH, false);
	expect_end(&end, ABC, false);
	end = store(*state, FILE_BY_HASH, true);
	expect_end(&end, ABC ".partial", true);
}

static void test_discarded_one_leaves_nothing(void **state)
{
	const struct file_finish how = {.discard = true};
	struct bench *bench = *state;
	struct file *file = bench_file(bench, 80, FILE_BY_HASH);
	uint64_t offset = 0;

	bench_put(file, 1, &offset, MUCH);
	assert_int_equal(file_finish(&file, &how, NULL), FILE_OK);
	assert_false(bench_exists(bench, "f00080.partial"));
	assert_false(bench_exists(bench, "by-hash"));
	assert_int_equal(bench->counters.value[COUNTER_FILES], 0);
}

static void test_empty_one_is_none(void **state)
{
	struct bench *bench = *state;
	struct file *file = bench_file(bench, 80, FILE_BY_HASH);
	struct file_end end = finish(&file, false, FILE_OK);

	assert_null(end.path);
	assert_false(end.duplicate);
	assert_false(bench_exists(bench, "by-hash"));
}

/* Somebody prepared what has our name.  Is it taken for ours? */
static void expect_not_taken(struct bench *bench)
{
	struct file_end end = store(bench, FILE_BY_HASH, false);

	expect_end(&end, ABC "c1", false);
	bench_expect(bench, ABC "c1", "abc", 3);
}

static void prepare_folder(struct bench *bench)
{
	assert_int_equal(mkdir(bench_path(bench, "by-hash"), 0700), 0);
}

static void test_other_length_is_not_the_same(void **state)
{
	prepare_folder(*state);
	bench_write(*state, ABC, "abcd");
	expect_not_taken(*state);
	bench_expect(*state, ABC, "abcd", 4);
}

static void test_what_others_can_write_is_not_the_same(void **state)
{
	prepare_folder(*state);
	bench_write(*state, ABC, "xyz");
	assert_int_equal(chmod(bench_path(*state, ABC), 0622), 0);
	expect_not_taken(*state);
}

static void test_what_others_made_is_not_the_same(void **state)
{
	if (geteuid() != 0)
		skip();
	prepare_folder(*state);
	bench_write(*state, ABC, "xyz");
	assert_int_equal(chown(bench_path(*state, ABC), 65534, 0), 0);
	expect_not_taken(*state);
}

static void test_link_is_not_the_same(void **state)
{
	prepare_folder(*state);
	bench_write(*state, "elsewhere", "abc");
	assert_int_equal(symlink("../elsewhere", bench_path(*state, ABC)), 0);
	expect_not_taken(*state);
}

static void test_no_memory_for_the_hash(void **state)
{
	struct bench *bench = *state;
	const struct name_facts facts = bench_facts(80);
	struct file *file;
	unsigned n = 0;

	for (;;) {
		enum file_result result;

		calls.fail_allocation = ++n;
		result = file_open(&file, bench->output, &facts, FILE_BY_HASH);
		if (result == FILE_OK)
			break;
		assert_int_equal(result, FILE_NO_MEMORY);
	}
	assert_true(n > 1);
	calls.fail_allocation = 0;
	assert_null(finish(&file, false, FILE_OK).path);
}

/* The final name wants memory: the file stays, as a partial one. */
static void test_no_memory_for_the_name(void **state)
{
	struct bench *bench = *state;
	struct file *file = bench_file(bench, 80, FILE_BY_HASH);
	uint64_t offset = 0;
	struct file_end end;

	bench_put(file, 1, &offset, MUCH);
	calls.fail_allocation = 1;
	end = finish(&file, false, FILE_OK);
	calls.fail_allocation = 0;
	assert_string_equal(end.path, "f00080.partial");
	bench_expect_pattern(bench, end.path, 1, MUCH);
	free(end.path);
}

static void test_full_disk(void **state)
{
	struct bench *bench = *state;
	struct file *file = bench_file(bench, 80, FILE_BY_HASH);
	struct file_end end;

	assert_int_equal(file_write(file, "abc", 3), FILE_OK);
	calls.write_error = 28; /* ENOSPC */
	end = finish(&file, false, FILE_FAILED);
	assert_false(end.hashed);
	free(end.path);
	calls.write_error = 0;
	assert_false(bench_exists(bench, ABC));
}

/* What failed half-way has bytes that its hash is not of. */
static void test_disk_full_half_way(void **state)
{
	struct bench *bench = *state;
	struct file *file = bench_file(bench, 80, FILE_BY_HASH);
	uint64_t offset = 0;
	struct file_end end;

	bench_put(file, 1, &offset, MUCH);
	calls.write_error = 28;
	assert_int_equal(
	    file_write(file, (uint8_t[MUCH]){0}, MUCH), FILE_FAILED);
	calls.write_error = 0;
	end = finish(&file, false, FILE_FAILED);
	assert_string_equal(end.path, "f00080.partial");
	free(end.path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_hash_of_a_plain_file),
	    TEST(test_no_hash_of_what_was_written_over),
	    TEST(test_holes_are_not_hashed),
	    TEST(test_same_bytes_are_kept_once),
	    TEST(test_long_files_are_named_in_the_end),
	    TEST(test_partial_ones_have_names_of_their_own),
	    TEST(test_discarded_one_leaves_nothing),
	    TEST(test_empty_one_is_none),
	    TEST(test_other_length_is_not_the_same),
	    TEST(test_what_others_can_write_is_not_the_same),
	    TEST(test_what_others_made_is_not_the_same),
	    TEST(test_link_is_not_the_same),
	    TEST(test_no_memory_for_the_hash),
	    TEST(test_no_memory_for_the_name),
	    TEST(test_full_disk),
	    TEST(test_disk_full_half_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
