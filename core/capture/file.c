/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files through libpcap: opening them, and saying what is wrong with
 * those that cannot be read or end in damage. */
#include "core/capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BLOCK (128u << 10)

/* What the first bytes of a file say it is, where that helps. */
static const char *guess_format(const uint8_t *magic, size_t length)
{
	static const struct {
		uint8_t bytes[6];
		uint8_t length;
		const char *name;
	} known[] = {
	    {{0x1f, 0x8b}, 2,
		"gzip: decompress it first (zcat FILE | tcpflow -r -)"},
	    {{0x28, 0xb5, 0x2f, 0xfd}, 4,
		"zstd: decompress it first (zstdcat FILE | tcpflow -r -)"},
	    {{0xfd, '7', 'z', 'X', 'Z'}, 5,
		"xz: decompress it first (xzcat FILE | tcpflow -r -)"},
	    {{'B', 'Z', 'h'}, 3,
		"bzip2: decompress it first (bzcat FILE | tcpflow -r -)"},
	    {{0x04, 0x22, 0x4d, 0x18}, 4,
		"lz4: decompress it first (lz4cat FILE | tcpflow -r -)"},
	    {{'s', 'n', 'o', 'o', 'p'}, 5,
		"snoop: convert it first (editcap -F pcap FILE NEW)"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (length >= known[i].length &&
		    memcmp(magic, known[i].bytes, known[i].length) == 0)
			return known[i].name;
	}
	return "neither pcap nor pcapng (capinfos FILE may tell what it is)";
}

/* libpcap does not say what it found: looks again at the first bytes. */
static void report_unreadable(
    FILE *file, const char *name, const char *why, const struct log *log)
{
	uint8_t magic[6];
	size_t length;

	if (fseek(file, 0, SEEK_SET) != 0) { /* a pipe */
		log_write(log, LOG_LEVEL_ERROR, "%s: not a capture file: %s",
		    name, why);
		return;
	}
	length = fread(magic, 1, sizeof(magic), file);
	if (length == 0)
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: the file is empty, byte offset 0", name);
	else if (length < 4)
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: ends at byte offset %zu, within the magic number",
		    name, length);
	else if (strstr(why, "truncated") != NULL)
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: ends within the file header: %s", name, why);
	else
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: magic number %02x%02x%02x%02x at byte offset 0: %s",
		    name, magic[0], magic[1], magic[2], magic[3],
		    guess_format(magic, length));
}

/* A file is filtered here, packet by packet, so that packets can be numbered
 * before the filter. */
enum source_error input_compile_filter(
    struct input *input, const char *filter, const struct log *log)
{
	if (filter == NULL)
		return SOURCE_OK;
	if (pcap_compile(input->pcap, &input->filter, filter, 1,
		PCAP_NETMASK_UNKNOWN) != 0) {
		log_write(log, LOG_LEVEL_ERROR,
		    "filter '%s': %s (see pcap-filter(7))", filter,
		    pcap_geterr(input->pcap));
		return SOURCE_USAGE;
	}
	input->filtered = true;
	return SOURCE_OK;
}

/* Standard input is read through a descriptor of its own, so that it is closed
 * and its buffer freed like those of any file. */
static FILE *open_file(const char *name, bool is_stdin)
{
	int descriptor;
	FILE *file;

	if (!is_stdin)
		return fopen(name, "rbe");
	descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (descriptor < 0)
		return NULL;
	file = fdopen(descriptor, "rb");
	if (file == NULL)
		close(descriptor);
	return file;
}

enum source_error input_open_file(struct input *input, const char *name,
    const char *filter, const struct log *log)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	bool is_stdin = strcmp(name, "-") == 0;
	FILE *file = open_file(name, is_stdin);
	struct stat status;

	*input = (struct input){
	    .name = is_stdin ? "standard input" : name,
	    .nanoseconds = true,
	};
	if (file == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "cannot open %s: %s",
		    input->name, strerror(errno));
		return SOURCE_UNREADABLE;
	}
	/* Reading by blocks of 4096 bytes would cost more than all the rest. */
	input->block = malloc(READ_BLOCK);
	if (input->block != NULL)
		setvbuf(file, input->block, _IOFBF, READ_BLOCK);
	/* And only one thread reads it. */
	__fsetlocking(file, FSETLOCKING_BYCALLER);
	if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
		log_write(log, LOG_LEVEL_ERROR,
		    "%s is a directory: name the capture files in it", name);
		fclose(file);
		return SOURCE_UNREADABLE;
	}
	input->pcap = pcap_fopen_offline_with_tstamp_precision(
	    file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (input->pcap == NULL) {
		report_unreadable(file, input->name, why, log);
		fclose(file);
		return SOURCE_UNREADABLE;
	}
	input->link_type = pcap_datalink(input->pcap);
	return input_compile_filter(input, filter, log);
}

void input_report_damage(const struct input *input, const struct log *log)
{
	off_t offset = ftello(pcap_file(input->pcap));
	char place[64] = "";

	/* A pipe has no offset. */
	if (offset >= 0)
		snprintf(place, sizeof(place), " at byte offset %" PRIu64 ",",
		    (uint64_t)offset);
	log_write(log, LOG_LEVEL_ERROR,
	    "%s: damaged%s behind packet %" PRIu64
	    ": %s; what stands before it was read",
	    input->name, place, input->number, pcap_geterr(input->pcap));
}

void input_close(struct input *input)
{
	if (input->filtered)
		pcap_freecode(&input->filter);
	if (input->pcap != NULL)
		pcap_close(input->pcap);
	free(input->block); /* after the file that used it */
	free(input->owned_name);
	*input = (struct input){0};
}
