/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench with outputs.  It knows no tests. */
#include "tests/unit/host_outputs.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/host_folder.h"

static int screen;

int outputs_start(void **state)
{
	bench_start(state);
	folder_make();
	screen = memfd_create("screen", MFD_CLOEXEC);
	assert_true(screen >= 0);
	return 0;
}

int outputs_end(void **state)
{
	bench_end(state);
	close(screen);
	folder_remove();
	return 0;
}

void outputs_open(uint64_t max_bytes, enum console_time time)
{
	static char directory[FOLDER_PATH_ROOM]; /* as long as the output */
	const struct output_config output = {
	    .directory = directory,
	    .template = NAME_TEMPLATE_CLASSIC,
	    .max_bytes = max_bytes,
	    .mode = 0600,
	    .owner = (uid_t)-1,
	    .group = (gid_t)-1,
	};
	const struct console_config console = {
	    .descriptor = screen,
	    .flush = true,
	    .time = time,
	};

	folder_path(directory, "");
	assert_true(output_open(&bench.output, &output, &bench.memory.files,
	    &bench.counters, &bench.log));
	bench.console = console_open(&console, &bench.counters);
	assert_non_null(bench.console);
	console_begin(bench.console, 1000);
}

void expect_screen(const char *text)
{
	char found[512];
	ssize_t length = pread(screen, found, sizeof(found) - 1, 0);

	assert_true(length >= 0);
	found[length] = '\0';
	assert_string_equal(found, text);
}

void expect_file(const char *name, const char *bytes, size_t length)
{
	char path[FOLDER_PATH_ROOM];
	char found[256];
	FILE *file;

	folder_path(path, name);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("no file %s", path);
	assert_int_equal(fread(found, 1, sizeof(found), file), length);
	assert_memory_equal(found, bytes, length);
	fclose(file);
}

void expect_no_file(const char *name)
{
	char path[FOLDER_PATH_ROOM];

	folder_path(path, name);
	assert_int_equal(access(path, F_OK), -1);
}
