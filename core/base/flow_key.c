/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow keys and addresses as text. */
#include "core/base/flow_key.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/base/decimal.h"

struct tcpflow_addr flow_key_end(const struct flow_key *key, unsigned end)
{
	struct tcpflow_addr address = {
	    .port = key->port[end],
	    .family = key->family,
	};

	memcpy(address.ip, key->ip[end], sizeof(address.ip));
	return address;
}

char *address_write(char *at, const struct tcpflow_addr *address)
{
	const uint8_t *ip = address->ip;

	if (address->family != 4) {
		if (inet_ntop(AF_INET6, ip, at, ADDRESS_ROOM) == NULL)
			return at;
		return at + strlen(at);
	}
	at = decimal_write(at, ip[0]);
	for (unsigned i = 1; i < 4; i++) {
		*at++ = '.';
		at = decimal_write(at, ip[i]);
	}
	return at;
}

/* Three digits. */
static char *write_octet(char *at, uint8_t octet)
{
	at[0] = (char)('0' + octet / 100);
	at[1] = (char)('0' + octet / 10 % 10);
	at[2] = (char)('0' + octet % 10);
	return at + 3;
}

char *address_write_padded(char *at, const struct tcpflow_addr *address)
{
	const uint8_t *ip = address->ip;

	if (address->family != 4)
		return address_write(at, address);
	at = write_octet(at, ip[0]);
	for (unsigned i = 1; i < 4; i++) {
		*at++ = '.';
		at = write_octet(at, ip[i]);
	}
	return at;
}

void address_text(char text[ADDRESS_ROOM], const struct tcpflow_addr *address)
{
	*address_write(text, address) = '\0';
}
