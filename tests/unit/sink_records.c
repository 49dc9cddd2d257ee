/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of records: whole lines or none, where the user said. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sink/records.h"
#include "tests/unit/sink_bench.h"

static int setup(void **state)
{
	struct bench *bench = malloc(sizeof(*bench));

	bench_make(bench);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	bench_free(*state);
	free(*state);
	return 0;
}

static struct records *open_at(
    struct bench *bench, const char *path, bool flush)
{
	const struct records_config config = {
	    .path = path,
	    .flush = flush,
	    .owner = (uid_t)-1,
	    .group = (gid_t)-1,
	};

	return records_open(&config, &bench->counters, &bench->log);
}

static void lines_are_written_at_the_end(void **state)
{
	struct bench *bench = *state;
	char *path = strdup(bench_path(bench, "records"));
	struct records *records = open_at(bench, path, false);

	assert_non_null(records);
	records_put(records, "{\"a\":1}", 7);
	records_put(records, "{}", 2);
	bench_expect(bench, "records", "", 0);
	records_close(&records);
	assert_null(records);
	bench_expect(bench, "records", "{\"a\":1}\n{}\n", 11);
	assert_int_equal(bench->counters.value[COUNTER_RECORDS], 2);
	free(path);
}

static void each_at_once_where_somebody_looks(void **state)
{
	struct bench *bench = *state;
	char *path = strdup(bench_path(bench, "records"));
	struct records *records = open_at(bench, path, true);

	records_put(records, "{}", 2);
	bench_expect(bench, "records", "{}\n", 3);
	records_close(&records);
	free(path);
}

static void a_file_is_made_private_and_emptied(void **state)
{
	struct bench *bench = *state;
	char *path = strdup(bench_path(bench, "records"));
	struct records *records = open_at(bench, path, false);
	struct stat status;

	records_close(&records);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	bench_write(bench, "records", "what was there");
	records = open_at(bench, path, false);
	records_close(&records);
	bench_expect(bench, "records", "", 0);
	free(path);
}

static void what_cannot_be_opened_is_told(void **state)
{
	struct bench *bench = *state;
	char *path = strdup(bench_path(bench, "none/records"));
	char *said;

	assert_null(open_at(bench, path, false));
	said = bench_log(bench);
	assert_non_null(strstr(said, "--json "));
	assert_non_null(strstr(said, "none/records: cannot write: "));
	free(said);
	free(path);
}

static void a_full_disk_drops_lines_and_counts_them(void **state)
{
	struct bench *bench = *state;
	struct records *records;

	if (access("/dev/full", W_OK) != 0)
		skip();
	records = open_at(bench, "/dev/full", true);
	assert_non_null(records);
	records_put(records, "{}", 2);
	assert_int_equal(records_error(records), ENOSPC);
	records_put(records, "{}", 2);
	records_close(&records);
	assert_int_equal(bench->counters.value[COUNTER_RECORDS], 0);
	assert_int_equal(bench->counters.value[COUNTER_RECORDS_DROPPED], 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(lines_are_written_at_the_end),
	    TEST(each_at_once_where_somebody_looks),
	    TEST(a_file_is_made_private_and_emptied),
	    TEST(what_cannot_be_opened_is_told),
	    TEST(a_full_disk_drops_lines_and_counts_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
