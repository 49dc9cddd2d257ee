/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at processors, at the size of the input and at the template. */
#include "core/cli/workers.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sink/name.h"

/* Below, starting threads costs more than they save. */
#define LARGE_BYTES (INT64_C(32) << 20)

static unsigned processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	if (count < 1)
		return 1;
	return count < OPTIONS_WORKERS_MOST ? (unsigned)count
					    : OPTIONS_WORKERS_MOST;
}

/* What is no file may have any number of bytes. */
static bool is_large(const struct options *options)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < options->files.count; i++) {
		const char *name = options->files.items[i];
		struct stat status;
		int result = strcmp(name, "-") == 0
		    ? fstat(STDIN_FILENO, &status)
		    : stat(name, &status);

		if (result != 0)
			continue;
		if (!S_ISREG(status.st_mode))
			return true;
		bytes += status.st_size;
	}
	return bytes >= LARGE_BYTES;
}

unsigned workers_choose(
    const struct options *options, bool live, const struct log *log)
{
	unsigned asked = options->workers;

	if (options->transactions > 0) {
		if (asked > 1)
			log_write(log, LOG_LEVEL_WARN,
			    "--workers %u: one, since which transactions come "
			    "first depends on the order of work",
			    asked);
		return 1;
	}
	if (!name_tells_flows(options->template)) {
		if (asked > 1)
			log_write(log, LOG_LEVEL_WARN,
			    "--workers %u: one, since the names that -T %s "
			    "makes "
			    "depend on the order of flows (with %%A %%a %%B "
			    "%%b "
			    "they do not)",
			    asked, options->template);
		return 1;
	}
	if (asked > 0)
		return asked;
	return live || options->follow || !is_large(options) ? 1 : processors();
}
