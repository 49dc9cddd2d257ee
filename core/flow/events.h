/* SPDX-License-Identifier: BSD-2-Clause */
/* The way up from a connection: what it tells whoever renders or stores it.
 *
 * For each connection that carried anything: open, then data and gap, which
 * tile each direction from offset 0, at most one eof a direction, and close.
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

struct flow_events {
	/* Returns the stream that the other calls get, or NULL: nothing of
	 * this connection is wanted, or memory is short (counted there). */
	void *(*open)(void *context, const struct flow_facts *facts);
	void (*data)(void *stream, const struct tcpflow_chunk *chunk);
	void (*gap)(void *stream, const struct tcpflow_gap *gap);
	void (*eof)(void *stream, const struct tcpflow_end *end);
	void (*close)(void *stream, const struct tcpflow_end *end);
};

#endif
