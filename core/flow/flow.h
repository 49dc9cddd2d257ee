/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of the flow table: all that a half-open flow costs, 64 bytes over
 * IPv4 and as much again for the key of one over IPv6.  What a conversation needs
 * beyond that is its connection, made when there is one. */
#ifndef CORE_FLOW_FLOW_H
#define CORE_FLOW_FLOW_H

#include <stdbool.h>
#include <stddef.h>
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

/* The key of a flow over IPv4, without the empty rest of its addresses. */
struct flow_key_ipv4 {
	uint16_t ip[2][2]; /* as the bytes stand              */
	uint16_t port[2];
	uint16_t vlan;
};

/* Of one over IPv6 there is only room for where it is: the bytes of a pointer,
 * which would not be aligned. */
struct flow_key_ipv6 {
	uint16_t place[sizeof(struct flow_key *) / sizeof(uint16_t)];
};

#define FLOW_NO_SCALE 15u /* larger ones there are not       */
#define FLOW_EARLY_MOST 7u

struct flow {
	struct list link; /* in the wheel of its state; next */
			  /* NULL: no flow stands here       */
	union {
		uint32_t next_free;            /* FREE: the next one */
		uint64_t start_ns;             /* HALF_OPEN          */
		struct connection *connection; /* OPEN and CLOSING   */
		uint32_t end_sequence[2];      /* CLOSED: behind each*/
					       /* end's FIN          */
	};
	uint64_t id : 46;            /* number of its first packet      */
	uint64_t checksums : 2;      /* bit n: end n has sent a good one */
	uint64_t client_window : 16; /* as its SYN has it               */
	uint64_t last_s : 34;        /* of its latest packet, whole seconds */
	/* rounded up; CLOSING and CLOSED: */
	/* of the end                      */
	uint64_t state : 3;
	uint64_t is_ipv6 : 1; /* which key it has                */
	uint64_t client : 1;  /* index of the key's end          */
	uint64_t client_guessed : 1;
	uint64_t syn : 1;     /* the client's SYN was seen       */
	uint64_t syn_ack : 1; /* HALF_OPEN: the server's SYN-ACK was */
	uint64_t client_scale : 4;
	uint64_t server_scale : 4;
	uint64_t early0 : 3; /* packets of each end before the connection */
	uint64_t early1 : 3;
	uint64_t tunnel : 8;      /* of an IPv4 key                  */
	uint32_t client_sequence; /* the SYN's, or one less than the */
				  /* SYN-ACK acknowledges             */
	uint32_t server_sequence; /* the SYN-ACK's                   */
	uint16_t server_window;
	union {
		struct flow_key_ipv4 ipv4;
		struct flow_key_ipv6 ipv6;
	};
};

_Static_assert(sizeof(struct flow) == 64, "a flow is a cache line");

#define FLOW_ID_MOST ((UINT64_C(1) << 46) - 1)
#define FLOW_SECONDS_MOST ((UINT64_C(1) << 34) - 1)

/* Whether a flow stands here: neither nothing, nor the key of another one. */
static inline bool flow_is_there(const struct flow *flow)
{
	return flow->link.next != NULL;
}

/* NULL: it has none. */
static inline struct connection *flow_connection(const struct flow *flow)
{
	return flow->state == FLOW_OPEN || flow->state == FLOW_CLOSING
	    ? flow->connection
	    : NULL;
}

static inline unsigned flow_early(const struct flow *flow, unsigned end)
{
	return end == 0 ? flow->early0 : flow->early1;
}

static inline void flow_set_early(
    struct flow *flow, unsigned end, unsigned packets)
{
	if (end == 0)
		flow->early0 = packets & FLOW_EARLY_MOST;
	else
		flow->early1 = packets & FLOW_EARLY_MOST;
}

/* The key of a flow over IPv6. */
static inline struct flow_key *flow_key_apart(const struct flow *flow)
{
	struct flow_key *key;

	memcpy(&key, flow->ipv6.place, sizeof(key));
	return key;
}

static inline bool flow_has_key(
    const struct flow *flow, const struct flow_key *key)
{
	uint32_t mine[2];
	uint32_t ip[2];

	if (key->family != 4)
		return flow->is_ipv6 &&
		    flow_key_equal(flow_key_apart(flow), key);
	memcpy(&ip[0], key->ip[0], sizeof(ip[0]));
	memcpy(&ip[1], key->ip[1], sizeof(ip[1]));
	memcpy(mine, flow->ipv4.ip, sizeof(mine));
	return !flow->is_ipv6 && mine[0] == ip[0] && mine[1] == ip[1] &&
	    flow->ipv4.port[0] == key->port[0] &&
	    flow->ipv4.port[1] == key->port[1] &&
	    flow->ipv4.vlan == key->vlan && flow->tunnel == key->tunnel;
}

static inline struct flow_key flow_key_of(const struct flow *flow)
{
	struct flow_key key = {.family = 4};

	if (flow->is_ipv6)
		return *flow_key_apart(flow);
	for (unsigned i = 0; i < 2; i++) {
		memcpy(key.ip[i], flow->ipv4.ip[i], sizeof(flow->ipv4.ip[i]));
		key.port[i] = flow->ipv4.port[i];
	}
	key.vlan = flow->ipv4.vlan;
	key.tunnel = flow->tunnel;
	return key;
}

#endif
