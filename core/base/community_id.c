/* SPDX-License-Identifier: BSD-2-Clause */
/* Community ID: SHA-1 over seed, addresses, protocol and ports, the lower end
 * first. */
#include "core/base/community_id.h"

#include <stdio.h>

#include "core/base/base64.h"

#define PROTOCOL_TCP 6

bool community_id(char text[COMMUNITY_ID_ROOM], const struct flow_key *key,
    struct digest *sha1)
{
	static const uint8_t seed[2] = {0, 0};
	static const uint8_t protocol[2] = {PROTOCOL_TCP, 0};
	size_t length = key->family == 4 ? 4 : 16;
	const uint8_t ports[4] = {
	    (uint8_t)(key->port[0] >> 8),
	    (uint8_t)key->port[0],
	    (uint8_t)(key->port[1] >> 8),
	    (uint8_t)key->port[1],
	};
	uint8_t value[DIGEST_MOST];
	struct buffer out = {0};
	size_t count;
	bool done;

	/* A key has its lower end first, as the specification wants it. */
	digest_reset(sha1);
	digest_update(sha1, seed, sizeof(seed));
	digest_update(sha1, key->ip[0], length);
	digest_update(sha1, key->ip[1], length);
	digest_update(sha1, protocol, sizeof(protocol));
	digest_update(sha1, ports, sizeof(ports));
	count = digest_value(sha1, DIGEST_SHA1, value);
	if (count == 0)
		return false;
	base64_append(&out, value, count);
	done = !out.failed;
	if (done)
		snprintf(text, COMMUNITY_ID_ROOM, "1:%.*s", (int)out.length,
		    (const char *)out.bytes);
	buffer_free(&out);
	return done;
}
