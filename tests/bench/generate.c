/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a capture to measure with: the same one for the same arguments.
 *
 *	generate PROFILE MIB OUT
 *
 * http-small: many requests of 300 bytes with answers of 2 KB, ten a
 * connection, 200 connections at a time.  http-bulk: answers of 4 MB, eight
 * connections.  many-flows: one request and answer a connection.  scan: SYNs
 * that nobody answers. */
#include <stdlib.h>
#include <string.h>

#include "tests/tools/wire.h"

struct profile {
	const char *name;
	unsigned open;     /* connections at a time           */
	unsigned requests; /* of a connection                 */
	uint32_t ask;      /* bytes                           */
	uint32_t answer;
};

static const struct profile profiles[] = {
    {"http-small", 200, 10, 300, 2000},
    {"http-bulk", 8, 4, 300, 4000000},
    {"many-flows", 2000, 1, 120, 300},
    {"scan", 0, 0, 0, 0},
};

struct connection {
	struct wire_connection wire;
	uint32_t left; /* of the answer                   */
	unsigned asked;
	unsigned step;
};

struct work {
	struct wire wire;
	const struct profile *profile;
	uint32_t next; /* connection                      */
	uint32_t random;
	uint8_t payload[WIRE_SEGMENT_MOST];
};

static uint32_t random_next(struct work *work)
{
	work->random = work->random * 1664525u + 1013904223u;
	return work->random >> 8;
}

static void send(struct work *work, struct connection *connection,
    unsigned side, unsigned flags, uint32_t length)
{
	wire_packet(
	    &work->wire, &connection->wire, side, flags, work->payload, length);
}

static void begin(struct work *work, struct connection *connection)
{
	uint32_t number = work->next++;

	*connection = (struct connection){
	    .wire =
		{
		    .client = 0x0a000000 + number / 50000,
		    .client_port = (uint16_t)(10000 + number % 50000),
		    .server_port = 80,
		},
	};
	send(work, connection, 0, WIRE_SYN, 0);
}

/* The text of a request or of a response's head, padded to its length. */
static uint32_t message(struct work *work, bool response)
{
	uint32_t want = response ? work->profile->answer : work->profile->ask;
	uint32_t first = want < WIRE_SEGMENT_MOST ? want : WIRE_SEGMENT_MOST;
	int head = response
	    ? snprintf((char *)work->payload, sizeof(work->payload),
		  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		  "Content-Length: %08u\r\n\r\n",
		  want - 71) /* the head's own length */
	    : snprintf((char *)work->payload, sizeof(work->payload),
		  "GET /%06u HTTP/1.1\r\nHost: bench.example\r\nX-Pad: ",
		  random_next(work) % 1000000);

	memset(work->payload + head, 'x', first - (uint32_t)head);
	if (!response)
		memcpy(work->payload + first - 4, "\r\n\r\n", 4);
	return first;
}

/* The next segment of an answer of which so much is left. */
static uint32_t more(struct work *work, uint32_t left)
{
	uint32_t length = left < WIRE_SEGMENT_MOST ? left : WIRE_SEGMENT_MOST;

	memset(work->payload, 'x', length);
	return length;
}

/* One packet of the connection's life; it starts over when it is done. */
static void step(struct work *work, struct connection *connection)
{
	uint32_t length;

	switch (connection->step) {
	case 0:
		begin(work, connection);
		break;
	case 1:
		send(work, connection, 1, WIRE_SYN | WIRE_ACK, 0);
		break;
	case 2:
		send(work, connection, 0, WIRE_ACK, 0);
		break;
	case 3:
		length = message(work, false);
		send(work, connection, 0, WIRE_ACK, length);
		connection->asked++;
		connection->left = work->profile->answer;
		break;
	case 4:
		length = connection->left == work->profile->answer
		    ? message(work, true)
		    : more(work, connection->left);
		send(work, connection, 1, WIRE_ACK, length);
		connection->left -= length;
		if (connection->left > 0)
			return;
		send(work, connection, 0, WIRE_ACK, 0);
		if (connection->asked < work->profile->requests)
			connection->step = 2;
		break;
	case 5:
		send(work, connection, 0, WIRE_ACK | WIRE_FIN, 0);
		break;
	default:
		send(work, connection, 1, WIRE_ACK | WIRE_FIN, 0);
		send(work, connection, 0, WIRE_ACK, 0);
		connection->step = UINT32_MAX;
		break;
	}
	connection->step++;
}

static void fill(struct work *work, uint64_t most)
{
	unsigned open = work->profile->open > 0 ? work->profile->open : 1;
	struct connection *connections = calloc(open, sizeof(*connections));

	while (connections != NULL && work->wire.bytes < most) {
		if (work->profile->open == 0)
			begin(work, connections);
		else
			step(work, &connections[random_next(work) % open]);
	}
	free(connections);
}

int main(int argc, char **argv)
{
	struct work work = {.random = 1};

	for (size_t i = 0;
	     argc == 4 && i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		if (strcmp(argv[1], profiles[i].name) == 0)
			work.profile = &profiles[i];
	}
	if (work.profile == NULL) {
		fputs("usage: generate http-small|http-bulk|many-flows|scan "
		      "MIB OUT\n",
		    stderr);
		return 2;
	}
	if (!wire_open(&work.wire, argv[3]))
		return 1;
	work.wire.step_us = 3;
	fill(&work, strtoull(argv[2], NULL, 10) << 20);
	return wire_close(&work.wire) ? 0 : 1;
}
