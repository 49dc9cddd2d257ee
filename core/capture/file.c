/* SPDX-License-Identifier: BSD-2-Clause */
/* One capture file: opens it, says what is wrong where it cannot be read or ends
 * in damage, and lets it sleep until its first packet is due. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/capture/input.h"

#define WINDOW_ROOM (512u << 10)
#define WINDOW_ROOM_WOKEN (64u << 10) /* where there are many */
#define NAP_NS 100000000

/* " of what is in the gzip file" */
static void name_packing(const struct input *input, char *text, size_t room)
{
	const struct supply *supply = input->reader.window.supply;
	const char *packing = supply != NULL ? supply_packing(supply) : NULL;

	*text = '\0';
	if (packing != NULL)
		snprintf(text, room, " of what the %s file holds", packing);
}

/* Waits for a header as long as it takes: nothing was captured yet, and a signal
 * just ends the program. */
static enum reading begin_patiently(struct reader *reader)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};
	enum reading reading;

	while ((reading = reader_begin(reader)) == READING_LATER)
		nanosleep(&nap, NULL);
	return reading;
}

static bool open_reader(
    struct input *input, int descriptor, size_t room, struct secrets *secrets)
{
	struct supply *supply = supply_open(descriptor, input->growing);

	return supply != NULL &&
	    reader_open(&input->reader, supply, room, secrets);
}

static void report_no_memory(const struct input *input, const struct log *log)
{
	log_write(log, LOG_LEVEL_ERROR, "%s: out of memory", input->name);
}

static void report_no_header(const struct input *input, const struct log *log)
{
	char packing[64];

	name_packing(input, packing, sizeof(packing));
	log_write(log, LOG_LEVEL_ERROR,
	    "%s: cannot be read: at byte offset %" PRIu64 "%s, %s", input->name,
	    input->reader.window.offset, packing, input->reader.problem);
}

enum source_error input_begin_file(struct input *input, int descriptor,
    struct secrets *secrets, const struct log *log)
{
	if (!open_reader(input, descriptor, WINDOW_ROOM, secrets)) {
		report_no_memory(input, log);
		return SOURCE_UNREADABLE;
	}
	if (begin_patiently(&input->reader) == READING_FRAME)
		return SOURCE_OK;
	report_no_header(input, log);
	return SOURCE_BROKEN;
}

enum finding input_begin_found(struct input *input, int descriptor,
    struct secrets *secrets, const struct log *log)
{
	struct reader *reader = &input->reader;
	enum reading reading;
	enum finding finding;

	if (!open_reader(input, descriptor, WINDOW_ROOM, secrets)) {
		report_no_memory(input, log);
		return FOUND_UNREADABLE;
	}
	reading = input->growing ? reader_begin(reader)
				 : begin_patiently(reader);
	if (reading == READING_FRAME)
		return FOUND_CAPTURE;
	if (reading == READING_LATER)
		finding = FOUND_TOO_EARLY;
	else
		finding = reader->window.problem == NULL ? FOUND_FOREIGN
							 : FOUND_UNREADABLE;
	if (finding == FOUND_UNREADABLE)
		report_no_header(input, log);
	reader_close(reader);
	return finding;
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

static bool has_first_packet(struct input *input)
{
	struct reader *reader = &input->reader;
	enum reading reading;

	do {
		reading = reader_next(reader, &input->frame);
	} while (
	    reading == READING_MORE && reader_fill(reader) == READING_FRAME);
	return reading == READING_FRAME;
}

/* What has no first packet yet is due at once: then more will be known. */
bool input_sleep(struct input *input)
{
	int descriptor = supply_again(input->reader.window.supply);

	if (descriptor < 0)
		return false;
	input->due_ns = has_first_packet(input) ? input->frame.ts_ns : 0;
	input->secrets_known = input->reader.secrets_seen;
	reader_close(&input->reader);
	input->descriptor = descriptor;
	input->asleep = true;
	return true;
}

enum reading input_wake(struct input *input, struct secrets *secrets)
{
	input->asleep = false;
	lseek(input->descriptor, 0, SEEK_SET);
	if (!open_reader(input, input->descriptor, WINDOW_ROOM_WOKEN, secrets))
		return reader_damaged(&input->reader, "out of memory");
	input->reader.secrets_known = input->secrets_known;
	return begin_patiently(&input->reader);
}

void input_close(struct input *input)
{
	if (input->pcap != NULL)
		pcap_close(input->pcap);
	reader_close(&input->reader);
	if (input->asleep)
		close(input->descriptor);
	free(input->owned_name);
	*input = (struct input){0};
}
