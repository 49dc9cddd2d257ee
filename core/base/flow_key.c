/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow keys and addresses as text. */
#include "core/base/flow_key.h"

#include <arpa/inet.h>
#include <stdio.h>

uint64_t flow_key_hash(
    const struct hash_secret *secret, const struct flow_key *key)
{
	uint64_t words[5];
	uint32_t ip[2];

	/* IPv4 needs two words of five.  They are put together in registers: a
	 * word that is read where its parts were just written has to wait. */
	if (key->family == 4) {
		memcpy(&ip[0], key->ip[0], sizeof(ip[0]));
		memcpy(&ip[1], key->ip[1], sizeof(ip[1]));
		words[0] = (uint64_t)ip[0] << 32 | ip[1];
		words[1] = (uint64_t)key->tunnel << 48 |
		    (uint64_t)key->port[0] << 32 |
		    (uint64_t)key->port[1] << 16 | key->vlan;
		return hash_words(secret, words, 2);
	}
	memcpy(words, key, sizeof(words));
	return hash_words(secret, words, 5);
}

struct tcpflow_addr flow_key_end(const struct flow_key *key, unsigned end)
{
	struct tcpflow_addr address = {
	    .port = key->port[end],
	    .family = key->family,
	};

	memcpy(address.ip, key->ip[end], sizeof(address.ip));
	return address;
}

void address_text(char text[ADDRESS_ROOM], const struct tcpflow_addr *address)
{
	int family = address->family == 4 ? AF_INET : AF_INET6;

	if (inet_ntop(family, address->ip, text, ADDRESS_ROOM) == NULL)
		text[0] = '\0';
}

void address_text_padded(
    char text[ADDRESS_ROOM], const struct tcpflow_addr *address)
{
	const uint8_t *ip = address->ip;

	if (address->family == 4)
		snprintf(text, ADDRESS_ROOM, "%03u.%03u.%03u.%03u", ip[0],
		    ip[1], ip[2], ip[3]);
	else
		address_text(text, address);
}
