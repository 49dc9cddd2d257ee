/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of core/capture share behind source.h.
 *
 *	source.c       opening, counting, closing
 *	files.c        packets of files, merged by time, in batches
 *	interfaces.c   packets of interfaces, by turns
 *	file.c         opens one file: a reader (reader.h) does the rest
 *	live.c         opens one interface, through libpcap */
#ifndef CORE_CAPTURE_INPUT_H
#define CORE_CAPTURE_INPUT_H

#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/heap.h"
#include "core/capture/filter.h"
#include "core/capture/reader.h"
#include "core/capture/source.h"

#define INTERFACES_MOST 64u
#define BATCH 256u /* packets of files that go up at once */

/* One file or one interface. */
struct input {
	const char *name; /* as the user gave it             */
	char *owned_name; /* where we chose it               */
	uint64_t number;  /* of its latest packet            */
	bool ended;
	bool damaged;
	/* a file's */
	struct reader reader;
	struct heap_element turn; /* merging: when `frame` is due    */
	struct frame frame;
	/* an interface's */
	pcap_t *pcap;
	int link_type;
	bool nanoseconds;
};

struct source {
	const struct source_ops *ops;
	void *context;
	const struct log *log;
	bool live;
	bool stopped;
	uint64_t number;    /* of the latest packet            */
	uint64_t delivered; /* packets that were taken         */
	char *description;
	/* files */
	struct filter *filter; /* NULL: there is none             */
	bool merging;          /* turns holds a frame of each     */
	struct heap turns;
	size_t batched;
	struct packet batch[BATCH];
	/* interfaces */
	struct input *reading; /* whose packets come in now       */
	size_t count;
	struct input inputs[];
};

/* Opens a capture file; "-" is standard input.  Failures are logged. */
enum source_error input_open_file(
    struct input *input, const char *name, const struct log *log);

/* Opens an interface and starts to capture.  Failures are logged. */
enum source_error input_open_live(struct input *input, const char *name,
    const struct source_config *config, const struct log *log);

/* The first interface that is up and not loopback; NULL: none, logged.  The
 * caller frees it. */
char *input_default_interface(const struct log *log);

/* The file ended in damage: says where, once. */
void input_report_damage(const struct input *input, const struct log *log);

void input_close(struct input *input);

/* files.c, interfaces.c: see source_poll(). */
enum source_status files_poll(struct source *source);
enum source_status interfaces_poll(struct source *source);

#endif
