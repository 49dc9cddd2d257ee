/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything the program counts, by name: one array a worker, summed at the
 * end.  Nothing that is dropped, skipped or limited goes uncounted. */
#ifndef CORE_BASE_COUNTERS_H
#define CORE_BASE_COUNTERS_H

#include <stdint.h>

enum counter {
	/* packets = filtered + skipped_* + fragments + segments */
	COUNTER_PACKETS,
	COUNTER_PACKETS_FILTERED,
	COUNTER_SKIPPED_LINK_TYPE, /* a link layer we do not know */
	COUNTER_SKIPPED_NOT_IP,
	COUNTER_SKIPPED_NOT_TCP,
	COUNTER_SKIPPED_FRAGMENT,  /* that cannot be, or too much of them */
	COUNTER_SKIPPED_CHECKSUM,  /* --checksums=verify */
	COUNTER_SKIPPED_CUT,       /* headers end beyond the capture */
	COUNTER_SKIPPED_MALFORMED, /* a length field contradicts */
	COUNTER_FRAGMENTS, /* all but those that made a datagram whole */
	COUNTER_SEGMENTS,

	COUNTER_DATAGRAMS,         /* put together from fragments */
	COUNTER_DATAGRAMS_DROPPED, /* that never were complete */
	COUNTER_DATAGRAMS_OVERLAP, /* of IPv6: dropped for their overlaps */

	/* payload = delivered + duplicate + outside + corrupt + late + shed */
	COUNTER_BYTES_PAYLOAD, /* captured in segments */
	COUNTER_BYTES_DELIVERED,
	COUNTER_BYTES_DUPLICATE, /* retransmitted, keep-alive */
	COUNTER_BYTES_OUTSIDE,   /* before the start, behind the FIN, far off */
	COUNTER_BYTES_CORRUPT,   /* in segments with bad checksums */
	COUNTER_BYTES_LATE,      /* of a flow that was over */
	COUNTER_BYTES_SHED,      /* no memory to keep them */

	COUNTER_BYTES_GAP, /* never captured */
	COUNTER_GAPS_LOST,
	COUNTER_GAPS_SNAPLEN,
	COUNTER_GAPS_BUDGET,

	/* flows = closed_* */
	COUNTER_FLOWS,
	COUNTER_FLOWS_HALF_OPEN, /* that stayed half-open */
	COUNTER_FLOWS_MIDSTREAM,
	COUNTER_FLOWS_DROPPED, /* at a packet, for want of memory */
	COUNTER_CLOSED_FIN,
	COUNTER_CLOSED_RST,
	COUNTER_CLOSED_IDLE,
	COUNTER_CLOSED_EVICTED,
	COUNTER_CLOSED_REUSED,
	COUNTER_CLOSED_EXIT,

	COUNTER_OUT_OF_ORDER, /* segments */
	COUNTER_OVERLAP_CONFLICTS,
	COUNTER_BAD_CHECKSUMS, /* segments that were not believed */
	COUNTER_RST_OUTSIDE_WINDOW,
	COUNTER_FIN_IGNORED,    /* outside the window, or a second one */
	COUNTER_REORDER_VISITS, /* tree nodes looked at */
	COUNTER_ACK_WAITS,      /* a byte acknowledged before it was seen */

	COUNTER_STREAMS,           /* conversations with bytes */
	COUNTER_STREAMS_UNCLAIMED, /* no plugin took them */
	COUNTER_STREAMS_DROPPED,   /* for want of memory */
	COUNTER_CHILDREN,          /* inner streams */
	COUNTER_CHILDREN_UNCLAIMED,
	COUNTER_CHILDREN_LIMITED, /* refused or ended at a limit */
	COUNTER_BYTES_UNCLAIMED,
	COUNTER_BYTES_UNRENDERED, /* of an owner that gave up */
	COUNTER_PLUGIN_DETACHED,  /* a callback failed */
	COUNTER_PLUGIN_REFUSED_MEMORY,

	COUNTER_FILES,
	COUNTER_FILE_BYTES,
	COUNTER_FILES_INCOMPLETE, /* a write failed */
	COUNTER_FILES_REOPENED,
	COUNTER_FILES_CAPPED,    /* --max-bytes */
	COUNTER_FILES_DUPLICATE, /* by hash: they were there */
	COUNTER_CONSOLE_RECORDS,
	COUNTER_CONSOLE_DROPPED,
	COUNTER_RECORDS, /* lines of --json */
	COUNTER_RECORDS_DROPPED,
	COUNTER_COUNT
};

struct counters {
	uint64_t value[COUNTER_COUNT];
};

/* The name that --stats shows, e.g. "skipped.not_ip". */
const char *counter_name(enum counter counter);

#endif
