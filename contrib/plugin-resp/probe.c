/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether somebody speaks RESP.  A client's first bytes prove it; a server's
 * alone do only where they are well known. */
#include <string.h>
#include <strings.h>

#include "resp.h"

static const char *const inline_names[] = {"PING", "AUTH", "GET", "SET", "QUIT",
    "INFO", "SELECT", "HELLO", "COMMAND", "ECHO", "MONITOR"};

/* NO, MORE or YES: a client's first bytes. */
static int32_t like_a_client(const unsigned char *at, size_t length)
{
	size_t i = 1;

	if (at[0] != '*') {
		for (size_t n = 0;
		     n < sizeof(inline_names) / sizeof(inline_names[0]); n++) {
			size_t want = strlen(inline_names[n]);
			size_t have = length < want ? length : want;

			if (strncasecmp(
				(const char *)at, inline_names[n], have) != 0)
				continue;
			if (length <= want + 1)
				return TCPFLOW_PROBE_MORE;
			/* "GET / HTTP/1.1" is somebody else's. */
			if (at[want] == '\r' && at[want + 1] == '\n')
				return TCPFLOW_PROBE_YES;
			if (at[want] == ' ' && at[want + 1] != '/' &&
			    memchr(at, '\n', length) != NULL)
				return memmem(at, length, "HTTP/", 5) == NULL
				    ? TCPFLOW_PROBE_YES
				    : TCPFLOW_PROBE_NO;
			if (at[want] == ' ' && at[want + 1] != '/' &&
			    length < 512)
				return TCPFLOW_PROBE_MORE;
		}
		return TCPFLOW_PROBE_NO;
	}
	while (i < length && at[i] >= '0' && at[i] <= '9')
		i++;
	if (i == length)
		return i < 8 ? TCPFLOW_PROBE_MORE : TCPFLOW_PROBE_NO;
	if (i == 1 || at[i] != '\r')
		return TCPFLOW_PROBE_NO;
	if (length < i + 3)
		return TCPFLOW_PROBE_MORE;
	return at[i + 1] == '\n' && at[i + 2] == '$' ? TCPFLOW_PROBE_YES
						     : TCPFLOW_PROBE_NO;
}

/* Replies alone are less sure: only well-known first lines count. */
static int32_t like_a_server(const unsigned char *at, size_t length)
{
	static const char *const lines[] = {"+OK\r\n", "+PONG\r\n", "-ERR ",
	    "-NOAUTH ", "-WRONGPASS ", "-WRONGTYPE ", "$-1\r\n", "+QUEUED\r\n"};

	for (size_t n = 0; n < sizeof(lines) / sizeof(lines[0]); n++) {
		size_t want = strlen(lines[n]);

		if (length >= want && memcmp(at, lines[n], want) == 0)
			return TCPFLOW_PROBE_YES;
		if (length < want && memcmp(at, lines[n], length) == 0)
			return TCPFLOW_PROBE_MORE;
	}
	return TCPFLOW_PROBE_NO;
}

int32_t resp_probe(void *worker, const struct tcpflow_probe *probe)
{
	int guessed = (probe->info->flags & TCPFLOW_S_DIR_GUESSED) != 0;
	int32_t best = TCPFLOW_PROBE_NO;

	(void)worker;
	for (unsigned dir = 0; dir < 2; dir++) {
		const unsigned char *at = probe->head[dir].ptr;
		size_t length = probe->head[dir].len;
		int32_t client;
		int32_t server;

		if (length == 0)
			continue;
		client = like_a_client(at, length);
		server = like_a_server(at, length);
		if (client == TCPFLOW_PROBE_YES && dir == TCPFLOW_S2C)
			return guessed ? TCPFLOW_PROBE_SWAPPED
				       : TCPFLOW_PROBE_NO;
		if (server == TCPFLOW_PROBE_YES && dir == TCPFLOW_C2S &&
		    guessed)
			return TCPFLOW_PROBE_SWAPPED;
		if (dir == TCPFLOW_C2S ? client == TCPFLOW_PROBE_YES
				       : server == TCPFLOW_PROBE_YES)
			return TCPFLOW_PROBE_YES;
		if (client == TCPFLOW_PROBE_MORE ||
		    server == TCPFLOW_PROBE_MORE)
			best = TCPFLOW_PROBE_MORE;
	}
	return best;
}
