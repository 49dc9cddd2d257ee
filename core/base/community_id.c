/* SPDX-License-Identifier: BSD-2-Clause */
/* Community ID: SHA-1 over seed, addresses, protocol and ports, the lower end
 * first.  There is one for each record, so it is made without allocating, and
 * libcrypto is called once. */
#include "core/base/community_id.h"

#include <string.h>

#include "core/base/base64.h"

#define PROTOCOL_TCP 6
#define MESSAGE_MOST 40u /* of IPv6                         */

/* What is digested; its length.  A key has its lower end first, as the
 * specification wants it. */
static size_t make_message(
    uint8_t message[MESSAGE_MOST], const struct flow_key *key)
{
	size_t length = key->family == 4 ? 4 : 16;
	uint8_t *at = message;

	*at++ = 0; /* the seed */
	*at++ = 0;
	memcpy(at, key->ip[0], length);
	at += length;
	memcpy(at, key->ip[1], length);
	at += length;
	*at++ = PROTOCOL_TCP;
	*at++ = 0; /* padding */
	for (unsigned i = 0; i < 2; i++) {
		*at++ = (uint8_t)(key->port[i] >> 8);
		*at++ = (uint8_t)key->port[i];
	}
	return (size_t)(at - message);
}

bool community_id(char text[COMMUNITY_ID_ROOM], const struct flow_key *key,
    struct digest *sha1)
{
	uint8_t message[MESSAGE_MOST];
	uint8_t value[DIGEST_MOST];
	size_t length = make_message(message, key);
	size_t count = digest_value_with(
	    sha1, DIGEST_SHA1, message, length, value);

	if (count == 0)
		return false;
	memcpy(text, "1:", 2);
	*base64_write(text + 2, value, count) = '\0';
	return true;
}
