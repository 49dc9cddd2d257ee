/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over files, and files in folders: what was found once is
 * looked at by each `make check`, whatever the compiler.
 *
 *	replay FILE|FOLDER...
 *
 * The name of the file in hand goes to standard error before it is run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SIZE_MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned runs;

static void run_file(const char *path)
{
	uint8_t *bytes = malloc(SIZE_MOST);
	FILE *file = fopen(path, "rbe");
	size_t length;
	uint8_t *exact;

	if (bytes == NULL || file == NULL) {
		perror(path);
		exit(2);
	}
	length = fread(bytes, 1, SIZE_MOST, file);
	fclose(file);
	/* Of its own length, so that a sanitizer sees its end. */
	exact = realloc(bytes, length > 0 ? length : 1);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	runs++;
}

static void run_path(const char *path, unsigned depth)
{
	struct dirent **entries;
	struct stat status;
	int count;

	if (stat(path, &status) != 0) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(status.st_mode)) {
		run_file(path);
		return;
	}
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char inner[4096];

		snprintf(
		    inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && depth < 4)
			run_path(inner, depth + 1);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int count, char **names)
{
	for (int i = 1; i < count; i++)
		run_path(names[i], 0);
	fprintf(stderr, "%u files\n", runs);
	return runs > 0 ? 0 : 2;
}
