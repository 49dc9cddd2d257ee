/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments of IP datagrams, until the datagram is complete.
 *
 *	fragment -> datagram (by addresses, protocol, identification) -> whole
 *
 * In IPv4 the first copy of a byte stands; IPv6 datagrams with fragments that
 * overlap are dropped, with all that still comes of them (RFC 5722).  A datagram
 * may take 30 s of packet time; where memory is short, the oldest goes. */
#ifndef CORE_DECODE_FRAGMENTS_H
#define CORE_DECODE_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/counters.h"
#include "core/base/flow_key.h"
#include "core/base/list.h"

#define FRAGMENTS_NS UINT64_C(30000000000)
#define FRAGMENT_BUCKETS 1024u

struct datagram;

struct fragments {
	struct hash_secret secret;
	struct budget *budget;
	struct counters *counters;
	struct list oldest;   /* datagrams, by their first fragment */
	struct list *buckets; /* by key; NULL: there were none yet */
	struct list given;    /* whole datagrams, until released */
	size_t given_bytes;   /* of their memory                 */
};

/* A piece of a datagram, as its IP header tells. */
struct fragment {
	struct flow_key key; /* addresses as they were sent, ports 0 */
	uint32_t identification;
	uint8_t protocol; /* IPv6: of the fragment header    */
	uint8_t next;     /* what it carries                 */
	bool more;        /* MF: it is not the last          */
	uint32_t offset;  /* of its payload, in bytes        */
	const uint8_t *bytes;
	uint32_t length;
	uint64_t ts_ns;
};

enum fragments_result {
	FRAGMENTS_HELD,  /* the datagram is not complete    */
	FRAGMENTS_WHOLE, /* it is                           */
	FRAGMENTS_BAD    /* the fragment, or its datagram, was dropped */
};

/* What a datagram carries. */
struct fragments_whole {
	const uint8_t *bytes; /* until fragments_release()       */
	uint32_t length;
	uint8_t protocol; /* that its first fragment names   */
};

void fragments_init(struct fragments *fragments, struct budget *budget,
    struct counters *counters);
/* What is incomplete is counted. */
void fragments_free(struct fragments *fragments);

/* The fragment's bytes may be those of the whole that was given out before. */
/* `budget` has what is incomplete; what is whole is the caller's concern. */
enum fragments_result fragments_add(struct fragments *fragments,
    const struct fragment *fragment, struct fragments_whole *whole);

/* Frees what was given out: fragments.given, or what was moved from there. */
void fragments_release(struct list *given);

#endif
