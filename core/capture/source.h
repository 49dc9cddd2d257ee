/* SPDX-License-Identifier: BSD-2-Clause */
/* Where packets come from: capture files, merged by time, or live interfaces.
 * The layers above see packets and a status, never libpcap.
 *
 *	files  ---> merge by time --+
 *	                            +--> ops->packets(context, batch)
 *	interfaces ---> by turns ---+
 *
 * A source belongs to one thread. */
#ifndef CORE_CAPTURE_SOURCE_H
#define CORE_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/log.h"
#include "core/base/packet.h"

struct source;

/* The way up.  Packets come in order; all are borrowed for the call.  It answers
 * how many it took: all, unless it stops the source. */
struct source_ops {
	size_t (*packets)(
	    void *context, const struct packet *packets, size_t count);
};

struct source_config {
	const char *const *names; /* files ("-": stdin), directories */
				  /* of files; or interfaces         */
	size_t count;
	bool live; /* count 0: first that is up       */
	bool promiscuous;
	bool immediate;       /* deliver each packet at once     */
	uint32_t snaplen;     /* bytes of a packet               */
	uint64_t buffer_size; /* bytes of the kernel's ring      */
	const char *filter;   /* BPF expression, or NULL         */
	bool follow;          /* files that grow, directories that */
			      /* gain files: no end but a stop  */
};

enum source_status {
	SOURCE_MORE,    /* go on                           */
	SOURCE_IDLE,    /* no packet for a while           */
	SOURCE_END,     /* of all files; or stopped        */
	SOURCE_DAMAGED, /* END, but a file is damaged      */
	SOURCE_FAILED   /* nothing more can be read        */
};

enum source_error {
	SOURCE_OK,
	SOURCE_USAGE,      /* a bad filter: the user's error  */
	SOURCE_UNREADABLE, /* no such file                    */
	SOURCE_BROKEN,     /* empty, or no capture: all files */
	SOURCE_DENIED      /* permission; no interface        */
};

struct source_counts {
	uint64_t packets;         /* read, before any filter         */
	uint64_t filtered;        /* files: the filter said no       */
	uint64_t lost_kernel;     /* live: pcap_stats ps_drop        */
	uint64_t lost_interface;  /* live: ps_ifdrop                 */
	uint64_t secrets;         /* pcapng's Decryption Secrets     */
	uint64_t secrets_dropped; /* beyond 16 MiB, or damaged    */
};

/* Opens everything at once, so that privileges can be dropped before the first
 * packet is read.  What fails is logged: with the name and what to do. */
enum source_error source_open(struct source **source,
    const struct source_config *config, const struct source_ops *ops,
    void *context, const struct log *log);

/* What several sources share the packets of the same interfaces by. */
struct source_sharing {
	const uint8_t *together; /* protocols within IP, of which all */
	size_t together_count;   /* packets come to the first source  */
};

/* Live: `count` sources, each for a thread of its own, which share the packets of the
 * same interfaces (fanout.h): what has the same two addresses comes to the same one.
 * Their numbers of packets differ: the n-th one of source i is (n - 1) * count + i + 1.
 * Each has its part of the buffer.  Where the system cannot share them out, there is
 * only the first source, the others are NULL, and a warning is logged. */
enum source_error source_open_shares(struct source **sources, unsigned count,
    const struct source_config *config, const struct source_sharing *sharing,
    const struct source_ops *ops, void *const *contexts, const struct log *log);

/* Brings up to some thousand packets; waits at most 100 ms for them. */
enum source_status source_poll(struct source *source);

/* No more packets after the one in hand; may be called from ops->packets. */
void source_stop(struct source *source);

void source_counts_read(struct source *source, struct source_counts *counts);

/* What is read, for messages: "eth0" or "3 files".  Lives with the source. */
const char *source_describe(const struct source *source);

/* Live only: CLOCK_REALTIME is the clock of these packets. */
bool source_is_live(const struct source *source);

void source_close(struct source **source);

/* --list-interfaces: one line each on standard output.  False: logged. */
bool source_list_interfaces(const struct log *log);

/* Whether the filter expression can be used, on Ethernet at least; NULL: there
 * is none. */
enum source_error source_check_filter(
    const char *filter, const struct log *log);

#endif
