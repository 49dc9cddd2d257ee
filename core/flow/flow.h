/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of the flow table: all that a half-open flow costs.  What a
 * conversation needs beyond that is its connection, made when there is one. */
#ifndef CORE_FLOW_FLOW_H
#define CORE_FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/flow_key.h"
#include "core/base/list.h"

struct connection;

enum flow_state {
	FLOW_FREE,
	FLOW_HALF_OPEN, /* a SYN, or bare ACKs; no connection */
	FLOW_OPEN,
	FLOW_CLOSING, /* ended; waits for stragglers     */
	FLOW_CLOSED   /* all was delivered: no connection */
};

struct flow {
	/* The first cache line is what each packet needs. */
	_Alignas(128) struct flow_key key;
	struct connection *connection;
	uint64_t last_ns; /* CLOSING and CLOSED: since when  */
	uint8_t state;
	uint8_t client; /* index of the key's end          */
	bool client_guessed;
	bool syn;             /* the client's SYN was seen       */
	uint8_t client_scale; /* its window scale, or NO_SCALE   */
	uint8_t reason;       /* CLOSING: TCPFLOW_CLOSE_*        */
	uint16_t client_window;

	struct list link; /* in the wheel of its state       */
	uint64_t id;      /* number of its first packet      */
	uint64_t start_ns;
	const char *source;
	uint32_t end_sequence[2]; /* CLOSED: behind each end's FIN */
	uint32_t client_sequence; /* the SYN's, where syn is set     */
	uint32_t next_free;       /* FREE: the next one              */
	uint32_t early[2];        /* packets before its connection   */
};

_Static_assert(sizeof(struct flow) == 128, "a flow is two cache lines");

#endif
