/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of the counters. */
#include "core/base/counters.h"

static const char *const names[COUNTER_COUNT] = {
    [COUNTER_PACKETS] = "packets",
    [COUNTER_PACKETS_FILTERED] = "packets.filtered",
    [COUNTER_SKIPPED_LINK_TYPE] = "skipped.link_type",
    [COUNTER_SKIPPED_NOT_IP] = "skipped.not_ip",
    [COUNTER_SKIPPED_NOT_TCP] = "skipped.not_tcp",
    [COUNTER_SKIPPED_FRAGMENT] = "skipped.fragment",
    [COUNTER_SKIPPED_CUT] = "skipped.cut",
    [COUNTER_SKIPPED_MALFORMED] = "skipped.malformed",
    [COUNTER_SEGMENTS] = "segments",
    [COUNTER_BYTES_PAYLOAD] = "bytes.payload",
    [COUNTER_BYTES_DELIVERED] = "bytes.delivered",
    [COUNTER_BYTES_DUPLICATE] = "bytes.duplicate",
    [COUNTER_BYTES_OUTSIDE] = "bytes.outside",
    [COUNTER_BYTES_LATE] = "bytes.late",
    [COUNTER_BYTES_SHED] = "bytes.shed",
    [COUNTER_BYTES_GAP] = "bytes.gap",
    [COUNTER_GAPS_LOST] = "gaps.lost",
    [COUNTER_GAPS_SNAPLEN] = "gaps.snaplen",
    [COUNTER_GAPS_BUDGET] = "gaps.budget",
    [COUNTER_FLOWS] = "flows",
    [COUNTER_FLOWS_HALF_OPEN] = "flows.half_open",
    [COUNTER_FLOWS_MIDSTREAM] = "flows.midstream",
    [COUNTER_FLOWS_DROPPED] = "flows.dropped",
    [COUNTER_CLOSED_FIN] = "closed.fin",
    [COUNTER_CLOSED_RST] = "closed.rst",
    [COUNTER_CLOSED_IDLE] = "closed.idle",
    [COUNTER_CLOSED_EVICTED] = "closed.evicted",
    [COUNTER_CLOSED_REUSED] = "closed.reused",
    [COUNTER_CLOSED_EXIT] = "closed.exit",
    [COUNTER_OUT_OF_ORDER] = "reassembly.out_of_order",
    [COUNTER_OVERLAP_CONFLICTS] = "reassembly.overlap_conflicts",
    [COUNTER_RST_OUTSIDE_WINDOW] = "reassembly.rst_outside_window",
    [COUNTER_FIN_IGNORED] = "reassembly.fin_ignored",
    [COUNTER_REORDER_VISITS] = "reassembly.visits",
    [COUNTER_ACK_WAITS] = "reassembly.ack_waits",
    [COUNTER_STREAMS] = "streams",
    [COUNTER_STREAMS_UNCLAIMED] = "streams.unclaimed",
    [COUNTER_BYTES_UNCLAIMED] = "bytes.unclaimed",
    [COUNTER_BYTES_UNRENDERED] = "bytes.unrendered",
    [COUNTER_PLUGIN_DETACHED] = "plugins.detached",
    [COUNTER_PLUGIN_REFUSED_MEMORY] = "plugins.refused_memory",
    [COUNTER_FILES] = "files",
    [COUNTER_FILE_BYTES] = "files.bytes",
    [COUNTER_FILES_INCOMPLETE] = "files.incomplete",
    [COUNTER_FILES_REOPENED] = "files.reopened",
    [COUNTER_FILES_CAPPED] = "files.capped",
    [COUNTER_CONSOLE_RECORDS] = "console.records",
    [COUNTER_CONSOLE_DROPPED] = "console.dropped",
};

const char *counter_name(enum counter counter)
{
	return names[counter];
}
