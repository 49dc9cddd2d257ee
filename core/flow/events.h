/* SPDX-License-Identifier: BSD-2-Clause */
/* The way up from a connection: what it tells whoever renders or stores it.
 *
 * For each connection that carried anything: open, then data and gap, which
 * tile each direction from offset 0, at most one eof a direction, account and
 * close.
 * Delivery is causal (HACKING.md, "Causal delivery").  Everything is borrowed
 * for the call, on the connection's own worker. */
#ifndef CORE_FLOW_EVENTS_H
#define CORE_FLOW_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpflow/types.h>

#include "core/base/flow_key.h"

/* What a connection is, when its stream opens. */
struct flow_facts {
	const struct flow_key *key; /* lives as long as the stream     */
	uint8_t client;             /* index of the key's end          */
	bool client_guessed;
	bool midstream;     /* neither SYN nor SYN-ACK seen    */
	uint64_t flow_id;   /* number of its first packet      */
	uint64_t start_ns;  /* time of its first packet        */
	const char *source; /* interface or capture file       */
};

/* What its packets were, in one direction. */
struct flow_tally {
	uint64_t packets;
	uint64_t retransmitted; /* bytes that were there already   */
	uint64_t out_of_order;  /* segments                        */
	uint64_t overlap_conflicts;
};

/* The books of a connection when it ends. */
struct flow_account {
	const struct flow_facts *facts;
	uint32_t reason;            /* TCPFLOW_CLOSE_*                 */
	uint64_t end_ns;            /* time of its last packet         */
	struct flow_tally tally[2]; /* TCPFLOW_C2S, TCPFLOW_S2C        */
};

struct flow_events {
	/* Something of the stream comes next, `last` if it may be the last: what
	 * that needs may be fetched into the cache.  NULL: nobody does. */
	void (*expect)(const void *stream, bool last);
	/* Returns the stream that the other calls get, or NULL: nothing of
	 * this connection is wanted, or memory is short (counted there). */
	void *(*open)(void *context, const struct flow_facts *facts);
	void (*data)(void *stream, const struct tcpflow_chunk *chunk);
	void (*gap)(void *stream, const struct tcpflow_gap *gap);
	void (*eof)(void *stream, const struct tcpflow_end *end);
	/* Before close, and for connections that carried nothing, too: then
	 * stream is NULL, as it is where open answered so. */
	void (*account)(
	    void *context, void *stream, const struct flow_account *account);
	void (*close)(void *stream, const struct tcpflow_end *end);
};

#endif
