/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets as bytes.  Checksums are left out: a capture on the sending host has
 * none either. */
#include "tests/tools/wire.h"

#include <string.h>

#define HEAD_LENGTH 54u /* Ethernet, IPv4, TCP             */
#define SERVER 0xc0000202u

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

bool wire_open(struct wire *wire, const char *path)
{
	static const uint32_t head[6] = {
	    0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};

	*wire = (struct wire){
	    .out = fopen(path, "wb"),
	    .time_us = UINT64_C(1700000000000000),
	    .step_us = 1000,
	};
	if (wire->out == NULL) {
		perror(path);
		return false;
	}
	fwrite(head, sizeof(head), 1, wire->out);
	return true;
}

bool wire_close(struct wire *wire)
{
	bool failed = ferror(wire->out) != 0;

	if (fclose(wire->out) != 0 || failed) {
		perror("cannot write the capture");
		return false;
	}
	return true;
}

void wire_packet(struct wire *wire, struct wire_connection *connection,
    unsigned side, unsigned flags, const void *payload, uint32_t length)
{
	const uint32_t total = HEAD_LENGTH + length;
	const uint32_t record[4] = {(uint32_t)(wire->time_us / 1000000),
	    (uint32_t)(wire->time_us % 1000000), total, total};
	uint32_t client = connection->client;
	bool from_server = side == WIRE_SERVER;
	uint8_t head[HEAD_LENGTH] = {0};

	wire->time_us += wire->step_us;
	put_u16(head + 12, 0x0800);
	head[14] = 0x45;
	put_u16(head + 16, total - 14);
	head[22] = 64;
	head[23] = 6;
	put_u32(head + 26, from_server ? SERVER : client);
	put_u32(head + 30, from_server ? client : SERVER);
	put_u16(head + 34,
	    from_server ? connection->server_port : connection->client_port);
	put_u16(head + 36,
	    from_server ? connection->client_port : connection->server_port);
	put_u32(head + 38, client + connection->sent[side]);
	put_u32(
	    head + 42, flags & WIRE_ACK ? client + connection->sent[!side] : 0);
	head[46] = 0x50;
	head[47] = (uint8_t)flags;
	put_u16(head + 48, 60000);
	wire_lose(
	    connection, side, length + ((flags & (WIRE_SYN | WIRE_FIN)) != 0));
	fwrite(record, sizeof(record), 1, wire->out);
	fwrite(head, sizeof(head), 1, wire->out);
	if (length > 0)
		fwrite(payload, length, 1, wire->out);
	wire->bytes += sizeof(record) + total;
	wire->packets++;
}

void wire_lose(
    struct wire_connection *connection, unsigned side, uint32_t length)
{
	connection->sent[side] += length;
}

void wire_connect(struct wire *wire, struct wire_connection *connection)
{
	wire_packet(wire, connection, WIRE_CLIENT, WIRE_SYN, NULL, 0);
	wire_packet(
	    wire, connection, WIRE_SERVER, WIRE_SYN | WIRE_ACK, NULL, 0);
	wire_packet(wire, connection, WIRE_CLIENT, WIRE_ACK, NULL, 0);
}

void wire_disconnect(struct wire *wire, struct wire_connection *connection)
{
	wire_packet(
	    wire, connection, WIRE_CLIENT, WIRE_ACK | WIRE_FIN, NULL, 0);
	wire_packet(
	    wire, connection, WIRE_SERVER, WIRE_ACK | WIRE_FIN, NULL, 0);
	wire_packet(wire, connection, WIRE_CLIENT, WIRE_ACK, NULL, 0);
}
