/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a capture to measure with: the same one for the same arguments.
 *
 *	generate PROFILE MIB OUT
 *
 * http-small: many requests of 300 bytes with answers of 2 KB, ten a
 * connection, 200 connections at a time.  http-bulk: answers of 4 MB, eight
 * connections.  many-flows: one request and answer a connection.  scan: SYNs
 * that nobody answers. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_MOST 1460u
#define SYN 0x02u
#define ACK 0x10u
#define FIN 0x01u

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
	uint32_t client; /* address                         */
	uint16_t port;
	uint32_t sent[2];
	uint32_t left; /* of the answer                   */
	unsigned asked;
	unsigned step;
};

struct work {
	FILE *out;
	const struct profile *profile;
	uint64_t bytes;
	uint64_t time_us;
	uint32_t next; /* connection                      */
	uint32_t random;
	uint8_t payload[SEGMENT_MOST];
};

static uint32_t random_next(struct work *work)
{
	work->random = work->random * 1664525u + 1013904223u;
	return work->random >> 8;
}

static void put_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at + 2, value & 0xffff);
}

static void write_packet(struct work *work, struct connection *connection,
    unsigned side, unsigned flags, uint32_t length)
{
	uint8_t head[54] = {0};
	uint32_t record[4] = {(uint32_t)(work->time_us / 1000000),
	    (uint32_t)(work->time_us % 1000000), 54 + length, 54 + length};
	uint32_t server = 0xc0000202;

	work->time_us += 3;
	put_u16(head + 12, 0x0800);
	head[14] = 0x45;
	put_u16(head + 16, 40 + length);
	head[22] = 64;
	head[23] = 6;
	put_u32(head + 26, side == 0 ? connection->client : server);
	put_u32(head + 30, side == 0 ? server : connection->client);
	put_u16(head + 34, side == 0 ? connection->port : 80);
	put_u16(head + 36, side == 0 ? 80 : connection->port);
	put_u32(head + 38, connection->client + connection->sent[side]);
	put_u32(head + 42,
	    flags & ACK ? connection->client + connection->sent[!side] : 0);
	head[46] = 0x50;
	head[47] = (uint8_t)flags;
	put_u16(head + 48, 60000);
	connection->sent[side] += length + ((flags & (SYN | FIN)) != 0);
	fwrite(record, sizeof(record), 1, work->out);
	fwrite(head, sizeof(head), 1, work->out);
	fwrite(work->payload, length, 1, work->out);
	work->bytes += sizeof(record) + sizeof(head) + length;
}

static void begin(struct work *work, struct connection *connection)
{
	uint32_t number = work->next++;

	*connection = (struct connection){
	    .client = 0x0a000000 + number / 50000,
	    .port = (uint16_t)(10000 + number % 50000),
	};
	write_packet(work, connection, 0, SYN, 0);
}

/* The text of a request or of a response's head, padded to its length. */
static uint32_t message(struct work *work, bool response)
{
	uint32_t want = response ? work->profile->answer : work->profile->ask;
	uint32_t first = want < SEGMENT_MOST ? want : SEGMENT_MOST;
	int head = response
	    ? snprintf((char *)work->payload, sizeof(work->payload),
		  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		  "Content-Length: %08u\r\n\r\n",
		  want - 79)
	    : snprintf((char *)work->payload, sizeof(work->payload),
		  "GET /%06u HTTP/1.1\r\nHost: bench.example\r\nX-Pad: ",
		  random_next(work) % 1000000);

	memset(work->payload + head, 'x', first - (uint32_t)head);
	if (!response)
		memcpy(work->payload + first - 4, "\r\n\r\n", 4);
	return first;
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
		write_packet(work, connection, 1, SYN | ACK, 0);
		break;
	case 2:
		write_packet(work, connection, 0, ACK, 0);
		break;
	case 3:
		length = message(work, false);
		write_packet(work, connection, 0, ACK, length);
		connection->asked++;
		connection->left = work->profile->answer;
		break;
	case 4:
		length = connection->left == work->profile->answer
		    ? message(work, true)
		    : connection->left < SEGMENT_MOST ? connection->left
						      : SEGMENT_MOST;
		write_packet(work, connection, 1, ACK, length);
		connection->left -= length;
		if (connection->left > 0)
			return;
		write_packet(work, connection, 0, ACK, 0);
		if (connection->asked < work->profile->requests)
			connection->step = 2;
		break;
	case 5:
		write_packet(work, connection, 0, ACK | FIN, 0);
		break;
	default:
		write_packet(work, connection, 1, ACK | FIN, 0);
		write_packet(work, connection, 0, ACK, 0);
		connection->step = UINT32_MAX;
		break;
	}
	connection->step++;
}

static void fill(struct work *work, uint64_t most)
{
	unsigned open = work->profile->open > 0 ? work->profile->open : 1;
	struct connection *connections = calloc(open, sizeof(*connections));

	while (connections != NULL && work->bytes < most) {
		if (work->profile->open == 0)
			begin(work, connections);
		else
			step(work, &connections[random_next(work) % open]);
	}
	free(connections);
}

int main(int argc, char **argv)
{
	static const uint32_t head[6] = {
	    0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
	struct work work = {.time_us = UINT64_C(1700000000000000), .random = 1};

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
	work.out = fopen(argv[3], "wb");
	if (work.out == NULL) {
		perror(argv[3]);
		return 1;
	}
	fwrite(head, sizeof(head), 1, work.out);
	fill(&work, strtoull(argv[2], NULL, 10) << 20);
	if (fclose(work.out) != 0) {
		perror(argv[3]);
		return 1;
	}
	return 0;
}
