/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow keys and addresses as text. */
#include "core/base/flow_key.h"

#include <arpa/inet.h>
#include <stdio.h>

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
