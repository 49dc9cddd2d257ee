/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench of the sink tests.  It knows core/sink by its public headers. */
#include "tests/unit/sink_bench.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void bench_make(struct bench *bench)
{
	*bench = (struct bench){
	    .directory = "/tmp/tcpflow-sink-XXXXXX",
	    .budget = {.limit = 1 << 20},
	    .log = {.most = LOG_LEVEL_INFO, .descriptor = -1},
	};
	assert_non_null(mkdtemp(bench->directory));
	bench->log.descriptor = open(
	    bench->directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	assert_true(bench->log.descriptor >= 0);
	bench->config = (struct output_config){
	    .directory = bench->directory,
	    .template = NAME_TEMPLATE_CLASSIC,
	    .mode = 0600,
	    .owner = (uid_t)-1,
	    .group = (gid_t)-1,
	};
	calls = (struct calls){.exempt = bench->log.descriptor};
}

void bench_open(struct bench *bench)
{
	assert_true(output_open(&bench->output, &bench->config, &bench->budget,
	    &bench->counters, &bench->log));
}

static int remove_one(
    const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void bench_free(struct bench *bench)
{
	size_t used = bench->budget.used;

	calls = (struct calls){0};
	output_close(&bench->output);
	close(bench->log.descriptor);
	nftw(bench->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	assert_int_equal(used, 0);
}

struct name_facts bench_facts(uint16_t port)
{
	return (struct name_facts){
	    .source = {.ip = {192, 0, 2, 1}, .port = 1000, .family = 4},
	    .destination = {.ip = {192, 0, 2, 2}, .port = port, .family = 4},
	    .start_ns = UINT64_C(1700000000500000000),
	};
}

struct file *bench_file(struct bench *bench, uint16_t port, uint32_t flags)
{
	const struct name_facts facts = bench_facts(port);
	struct file *file = NULL;

	assert_int_equal(
	    file_open(&file, bench->output, &facts, flags), FILE_OK);
	return file;
}

char *bench_finish(struct file **file, enum file_result expected)
{
	const struct file_finish how = {0};
	struct file_end end;

	assert_int_equal(file_finish(file, &how, &end), expected);
	assert_null(*file);
	return end.path;
}

/* All of an open file, NUL-terminated. */
static char *read_all(int descriptor, size_t *length)
{
	struct stat status;
	char *text;

	assert_int_equal(fstat(descriptor, &status), 0);
	*length = (size_t)status.st_size;
	text = malloc(*length + 1);
	assert_non_null(text);
	assert_int_equal(pread(descriptor, text, *length, 0), *length);
	text[*length] = '\0';
	return text;
}

char *bench_log(const struct bench *bench)
{
	size_t length;

	return read_all(bench->log.descriptor, &length);
}

const char *bench_path(const struct bench *bench, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", bench->directory, name);
	return path;
}

void bench_expect(const struct bench *bench, const char *name,
    const void *bytes, size_t length)
{
	int descriptor = open(bench_path(bench, name), O_RDONLY | O_CLOEXEC);
	size_t found;
	char *text;

	if (descriptor < 0)
		fail_msg("%s: not there", name);
	text = read_all(descriptor, &found);
	close(descriptor);
	assert_int_equal(found, length);
	assert_memory_equal(text, bytes, length);
	free(text);
}

bool bench_exists(const struct bench *bench, const char *name)
{
	struct stat status;

	return lstat(bench_path(bench, name), &status) == 0;
}

void bench_write(const struct bench *bench, const char *name, const char *text)
{
	FILE *file = fopen(bench_path(bench, name), "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

void bench_pattern(
    uint8_t *bytes, size_t length, uint64_t offset, uint32_t file)
{
	for (size_t i = 0; i < length; i++) {
		uint64_t at = offset + i;

		bytes[i] = (uint8_t)(at * 31 + (at >> 8) * 7 + file * 101);
	}
}

void bench_put(
    struct file *file, uint32_t number, uint64_t *offset, size_t length)
{
	uint8_t *bytes = test_malloc(length);

	bench_pattern(bytes, length, *offset, number);
	assert_int_equal(file_write(file, bytes, length), FILE_OK);
	*offset += length;
	test_free(bytes);
}

void bench_expect_pattern(
    const struct bench *bench, const char *name, uint32_t number, size_t length)
{
	uint8_t *bytes = test_malloc(length + 1);

	bench_pattern(bytes, length, 0, number);
	bench_expect(bench, name, bytes, length);
	test_free(bytes);
}
