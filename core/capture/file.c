/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens capture files, and says what is wrong with those that cannot be read or
 * end in damage. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/capture/input.h"

/* Standard input is read through a descriptor of its own, so that it is closed
 * like any file. */
static int open_descriptor(const char *name, bool is_stdin)
{
	return is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			: open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static bool is_directory(int descriptor)
{
	struct stat status;

	return fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
}

/* " of what is in the gzip file" */
static void name_packing(const struct input *input, char *text, size_t room)
{
	const char *packing = input->reader.window.supply != NULL
	    ? supply_packing(input->reader.window.supply)
	    : NULL;

	*text = '\0';
	if (packing != NULL)
		snprintf(text, room, " of what the %s file holds", packing);
}

enum source_error input_open_file(
    struct input *input, const char *name, const struct log *log)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int descriptor = open_descriptor(name, is_stdin);
	const char *problem = NULL;
	struct supply *supply;
	char packing[64];

	*input = (struct input){.name = is_stdin ? "standard input" : name};
	if (descriptor < 0) {
		log_write(log, LOG_LEVEL_ERROR, "cannot open %s: %s",
		    input->name, strerror(errno));
		return SOURCE_UNREADABLE;
	}
	if (is_directory(descriptor)) {
		log_write(log, LOG_LEVEL_ERROR,
		    "%s is a directory: name the capture files in it", name);
		close(descriptor);
		return SOURCE_UNREADABLE;
	}
	supply = supply_open(descriptor, &problem);
	if (supply == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "%s: %s", input->name, problem);
		return SOURCE_UNREADABLE;
	}
	if (!reader_open(&input->reader, supply)) {
		name_packing(input, packing, sizeof(packing));
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: cannot be read: at byte offset %" PRIu64 "%s, %s",
		    input->name, input->reader.window.offset, packing,
		    input->reader.problem);
		return SOURCE_UNREADABLE;
	}
	return SOURCE_OK;
}

void input_report_damage(const struct input *input, const struct log *log)
{
	char packing[64];

	name_packing(input, packing, sizeof(packing));
	log_write(log, LOG_LEVEL_ERROR,
	    "%s: damaged at byte offset %" PRIu64 "%s, behind packet %" PRIu64
	    ": %s; what stands before it was read",
	    input->name, input->reader.window.offset, packing, input->number,
	    input->reader.problem);
}

void input_close(struct input *input)
{
	if (input->pcap != NULL)
		pcap_close(input->pcap);
	reader_close(&input->reader);
	free(input->owned_name);
	*input = (struct input){0};
}
