/* SPDX-License-Identifier: BSD-2-Clause */
/* What names a TCP connection: two ends and the VLAN between them.  Plain data
 * with the ends sorted, so that both directions have the same key. */
#ifndef CORE_BASE_FLOW_KEY_H
#define CORE_BASE_FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <tcpflow/types.h>

#include "core/base/hash.h"

struct flow_key {
	uint8_t ip[2][16]; /* IPv4: first four bytes, rest 0  */
	uint16_t port[2];  /* host byte order                 */
	uint16_t vlan;     /* innermost id, 0: untagged       */
	uint8_t family;    /* 4 or 6                          */
	uint8_t tunnel;    /* tells tunnels apart; 0: in none */
};

/* Keys are compared and hashed as bytes: no padding. */
_Static_assert(sizeof(struct flow_key) == 40, "flow_key has no padding");

/* Below, at or above 0 as memcmp, for which the compiler would make a call. */
static inline int flow_key_compare_ends(const struct flow_key *key)
{
	uint32_t a;
	uint32_t b;

	if (key->family != 4)
		return memcmp(key->ip[0], key->ip[1], sizeof(key->ip[0]));
	memcpy(&a, key->ip[0], sizeof(a));
	memcpy(&b, key->ip[1], sizeof(b));
	return (a > b) - (a < b); /* any order will do */
}

/* How the address of one end compares to that of the other, in order of their
 * bytes. */
static inline int flow_key_compare_ip(const struct flow_key *key)
{
	uint32_t ip[2];

	if (key->family != 4)
		return memcmp(key->ip[0], key->ip[1], sizeof(key->ip[0]));
	for (unsigned i = 0; i < 2; i++)
		ip[i] = (uint32_t)key->ip[i][0] << 24 |
		    (uint32_t)key->ip[i][1] << 16 |
		    (uint32_t)key->ip[i][2] << 8 | key->ip[i][3];
	return (ip[0] > ip[1]) - (ip[0] < ip[1]);
}

static inline void flow_key_swap_ip(struct flow_key *key, size_t length)
{
	uint8_t ip[16];

	memcpy(ip, key->ip[0], length);
	memcpy(key->ip[0], key->ip[1], length);
	memcpy(key->ip[1], ip, length);
}

/* Puts the lower end first.  Returns where the end that was first is now: 0 or
 * 1.  Inline, as it runs for every packet. */
static inline unsigned flow_key_sort(struct flow_key *key)
{
	int order = flow_key_compare_ip(key);
	uint16_t port;

	if (order < 0 || (order == 0 && key->port[0] <= key->port[1]))
		return 0;
	if (key->family == 4)
		flow_key_swap_ip(key, 4);
	else
		flow_key_swap_ip(key, sizeof(key->ip[0]));
	port = key->port[0];
	key->port[0] = key->port[1];
	key->port[1] = port;
	return 1;
}

/* Inline, as it runs for every packet. */
static inline uint32_t flow_key_hash(
    const struct hash_multipliers *secret, const struct flow_key *key)
{
	uint32_t words[sizeof(*key) / sizeof(uint32_t)];

	/* IPv4 needs four of ten.  They are put together in registers: a word
	 * that is read where its parts were just written has to wait. */
	if (key->family == 4) {
		memcpy(&words[0], key->ip[0], sizeof(words[0]));
		memcpy(&words[1], key->ip[1], sizeof(words[1]));
		words[2] = (uint32_t)key->port[0] << 16 | key->port[1];
		words[3] = (uint32_t)key->tunnel << 16 | key->vlan;
		return hash_halves(secret, words, 4);
	}
	memcpy(words, key, sizeof(words));
	return hash_halves(secret, words, sizeof(words) / sizeof(words[0]));
}

/* What a flow table with this secret finds a key by: never 0, so that a segment can
 * be without one. */
static inline uint32_t flow_key_tag(
    const struct hash_multipliers *secret, const struct flow_key *key)
{
	return flow_key_hash(secret, key) | 1u << 31;
}

/* Inline, as it runs for every packet; the compiler would call memcmp, and a
 * wide read of what was just written in parts has to wait. */
static inline bool flow_key_equal(
    const struct flow_key *a, const struct flow_key *b)
{
	uint32_t x[2];
	uint32_t y[2];

	if (a->port[0] != b->port[0] || a->port[1] != b->port[1] ||
	    a->vlan != b->vlan || a->family != b->family ||
	    a->tunnel != b->tunnel)
		return false;
	if (a->family != 4)
		return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
	memcpy(&x[0], a->ip[0], sizeof(x[0]));
	memcpy(&x[1], a->ip[1], sizeof(x[1]));
	memcpy(&y[0], b->ip[0], sizeof(y[0]));
	memcpy(&y[1], b->ip[1], sizeof(y[1]));
	return x[0] == y[0] && x[1] == y[1];
}

/* One end in the form that plugins know. */
struct tcpflow_addr flow_key_end(const struct flow_key *key, unsigned end);

#define ADDRESS_ROOM 64 /* INET6_ADDRSTRLEN and a scope, with NUL */

/* "192.0.2.1" or "2001:db8::1", with its NUL */
void address_text(char text[ADDRESS_ROOM], const struct tcpflow_addr *address);

/* The same where ADDRESS_ROOM bytes are.  Returns what is behind the text, where
 * a NUL may be or not. */
char *address_write(char *at, const struct tcpflow_addr *address);
/* "192.000.002.001", as classic tcpflow names files; IPv6 as above */
char *address_write_padded(char *at, const struct tcpflow_addr *address);

#endif
