/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of records.  It knows lines, and nothing of what they say. */
#include "core/sink/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/write.h"
#include "core/sink/parcel.h"

#define BUFFER_MOST 65536u

struct records {
	struct outlet outlet;
	struct records_config config;
	struct counters *counters;
	struct buffer out;
	uint64_t waiting; /* lines in out                    */
	int descriptor;
	int error;
};

static bool open_file(struct records *records, const struct log *log)
{
	const struct records_config *config = &records->config;
	struct stat status;

	if (strcmp(config->path, "-") == 0) {
		records->descriptor = STDOUT_FILENO;
		return true;
	}
	records->descriptor = open(config->path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
	if (records->descriptor < 0) {
		log_write(log, LOG_LEVEL_ERROR, "--json %s: cannot write: %s",
		    config->path, strerror(errno));
		return false;
	}
	if (config->owner != (uid_t)-1 &&
	    fstat(records->descriptor, &status) == 0 &&
	    S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    fchown(records->descriptor, config->owner, config->group) != 0)
		log_write(log, LOG_LEVEL_WARN,
		    "--json %s: cannot give it to you: %s", config->path,
		    strerror(errno));
	return true;
}

/* A piece is a line. */
static void take(
    struct outlet *outlet, const struct piece *piece, const uint8_t *bytes)
{
	struct records *records = (struct records *)(void *)outlet;

	records_put(records, bytes, piece->length);
}

struct outlet *records_outlet(struct records *records)
{
	return &records->outlet;
}

struct records *records_open(const struct records_config *config,
    struct counters *counters, const struct log *log)
{
	struct records *records = calloc(1, sizeof(*records));

	if (records == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return NULL;
	}
	records->outlet.take = take;
	records->config = *config;
	records->counters = counters;
	if (!open_file(records, log)) {
		free(records);
		return NULL;
	}
	return records;
}

void records_flush(struct records *records)
{
	if (records->error == 0)
		records->error = write_all(records->descriptor,
		    records->out.bytes, records->out.length);
	records->counters->value[records->error == 0
		? COUNTER_RECORDS
		: COUNTER_RECORDS_DROPPED] += records->waiting;
	records->waiting = 0;
	buffer_reset(&records->out);
}

void records_put(struct records *records, const void *line, size_t length)
{
	size_t before = records->out.length;

	buffer_append(&records->out, line, length);
	buffer_append_byte(&records->out, '\n');
	if (records->out.failed || records->error != 0) {
		records->out.failed = false;
		records->out.length = before;
		records->counters->value[COUNTER_RECORDS_DROPPED]++;
		return;
	}
	records->waiting++;
	if (records->config.flush || records->out.length >= BUFFER_MOST)
		records_flush(records);
}

int records_error(const struct records *records)
{
	return records->error;
}

const char *records_name(const struct records *records)
{
	return records->descriptor == STDOUT_FILENO ? "standard output"
						    : records->config.path;
}

void records_close(struct records **handle)
{
	struct records *records = *handle;

	if (records == NULL)
		return;
	*handle = NULL;
	records_flush(records);
	if (records->descriptor != STDOUT_FILENO)
		close(records->descriptor);
	buffer_free(&records->out);
	free(records);
}
