/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of core/capture share behind source.h.
 *
 *	source.c       opening, counting, closing
 *	named.c        opens what was named: files, directories of files
 *	files.c        packets of files, merged by time, in batches
 *	growth.c       --follow: what to do where all files are at their ends
 *	file.c         one file: a reader (reader.h) does the rest
 *	interfaces.c   packets of interfaces, by turns
 *	live.c         opens one interface, through libpcap */
#ifndef CORE_CAPTURE_INPUT_H
#define CORE_CAPTURE_INPUT_H

#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/heap.h"
#include "core/base/list.h"
#include "core/capture/directory.h"
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
	/* a file's */
	struct reader reader;
	struct heap_element turn; /* merging: when `frame` is due    */
	struct frame frame;
	bool asleep;                 /* only its descriptor is open     */
	int descriptor;              /* asleep: to read it again        */
	uint64_t due_ns;             /* asleep: its first packet's time */
	uint64_t secrets_known;      /* asleep: what was read of them   */
	bool growing;                /* --follow                        */
	struct directory *directory; /* where it was found, or NULL */
	struct list link;            /* in source.quiet             */
	/* an interface's */
	pcap_t *pcap;
	bool closed; /* nothing passes yet (fanout.h)   */
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
	uint64_t first;     /* live: of the first packet, and the step */
	uint64_t step;      /* from one to the next                    */
	uint64_t delivered; /* packets that were taken         */
	char *description;
	struct input **inputs;
	size_t count;
	size_t room;
	/* files */
	bool follow;
	bool damaged;          /* one of them was                 */
	bool misused;          /* the filter is no good           */
	struct filter *filter; /* NULL: there is none             */
	struct secrets secrets;
	struct heap turns;     /* inputs with a frame             */
	size_t merged;         /* inputs that take part so far    */
	struct input *awaited; /* whose next packet is not there yet */
	size_t batched;
	struct packet batch[BATCH];
	/* --follow */
	struct list quiet;       /* files at their ends for now     */
	struct list directories; /* that were named                 */
	uint64_t look_ns;        /* when to look at them again      */
	/* interfaces */
	struct input *reading; /* whose packets come in now       */
};

/* source.c: source_open(), of which interfaces may be closed at first. */
enum source_error source_open_closed(struct source **source,
    const struct source_config *config, const struct source_ops *ops,
    void *context, bool closed, const struct log *log);

/* source.c: one more input, zeroed; NULL: out of memory, logged. */
struct input *source_add(struct source *source);
/* Closes the latest one again. */
void source_remove(struct source *source);

/* file.c: begins to read a file by its descriptor, which is taken over.  A header
 * that is not there yet is waited for.  Failures are logged. */
enum source_error input_begin_file(struct input *input, int descriptor,
    struct secrets *secrets, const struct log *log);

/* One found in a directory.  It is closed again where it is no capture. */
enum finding {
	FOUND_CAPTURE,
	FOUND_TOO_EARLY, /* it has no header yet            */
	FOUND_FOREIGN,   /* it is something else            */
	FOUND_UNREADABLE /* what it is could not be read: logged */
};
enum finding input_begin_found(struct input *input, int descriptor,
    struct secrets *secrets, const struct log *log);

/* Of many files only a descriptor and the time of the first packet are kept,
 * until that is due.  False: it cannot sleep; a pipe does not. */
bool input_sleep(struct input *input);
/* As reader_begin(). */
enum reading input_wake(struct input *input, struct secrets *secrets);

/* The file ended in damage: says where, once. */
void input_report_damage(const struct input *input, const struct log *log);

void input_close(struct input *input);

/* live.c: opens an interface and starts to capture, at first `closed` or through the
 * filter.  Failures are logged. */
enum source_error input_open_live(struct input *input, const char *name,
    const struct source_config *config, bool closed, const struct log *log);
/* What passes the filter comes from now on; NULL: everything. */
enum source_error input_open_door(
    struct input *input, const char *filter, const struct log *log);

/* The first interface that is up and not loopback; NULL: none, logged.  The
 * caller frees it. */
char *input_default_interface(const struct log *log);

/* named.c: failures are logged. */
enum source_error named_open(
    struct source *source, const struct source_config *config);
/* Files that a directory has gained.  False: logged. */
bool named_look(struct source *source, struct directory *directory);

/* files.c: the input's next packet takes its turn among those of the others. */
enum ahead {
	AHEAD_READY,
	AHEAD_LATER, /* none is there yet               */
	AHEAD_ENDED, /* there are no more               */
	AHEAD_STOP   /* stopped, or failed: logged      */
};
enum ahead files_read_ahead(struct source *source, struct input *input);

/* growth.c: what came since all files were at their ends takes its turn; looks
 * about once for it, without waiting.  ENDED: nothing can come any more. */
enum ahead growth_look(struct source *source);

/* files.c, interfaces.c: see source_poll(). */
enum source_status files_poll(struct source *source);
enum source_status interfaces_poll(struct source *source);

#endif
