/* SPDX-License-Identifier: BSD-2-Clause */
/* A temporary folder for tests that need files.  It knows no tests. */
#include "tests/unit/host_folder.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];

void folder_make(void)
{
	strcpy(folder, "/tmp/tcpflow-host-XXXXXX");
	assert_non_null(mkdtemp(folder));
}

static int remove_one(
    const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void folder_remove(void)
{
	assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void folder_path(char path[FOLDER_PATH_ROOM], const char *name)
{
	snprintf(path, FOLDER_PATH_ROOM, "%s%s%s", folder,
	    *name != '\0' ? "/" : "", name);
}

void folder_chmod(const char *name, mode_t mode)
{
	char path[FOLDER_PATH_ROOM];

	folder_path(path, name);
	assert_int_equal(chmod(path, mode), 0);
}

void folder_add(const char *name, mode_t mode)
{
	char path[FOLDER_PATH_ROOM];

	folder_path(path, name);
	assert_int_equal(mkdir(path, 0700), 0);
	folder_chmod(name, mode);
}

static int create(const char *name)
{
	char path[FOLDER_PATH_ROOM];
	int file;

	folder_path(path, name);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	return file;
}

void folder_write(const char *name, const char *text, mode_t mode)
{
	int file = create(name);

	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	folder_chmod(name, mode);
}

void folder_copy(const char *plugin, const char *name)
{
	char from[FOLDER_PATH_ROOM];
	char bytes[4096];
	ssize_t count;
	int in;
	int out;

	snprintf(from, sizeof(from), "%s/%s.so", TEST_PLUGINS, plugin);
	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		fail_msg("no plugin at %s", from);
	out = create(name);
	while ((count = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)count), count);
	close(in);
	close(out);
	folder_chmod(name, 0755);
}
