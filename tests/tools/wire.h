/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a capture (pcap) of TCP connections over IPv4: packets come in the
 * order of the calls, and each one that has ACK acknowledges all that was sent
 * the other way.  It knows no payload. */
#ifndef TESTS_TOOLS_WIRE_H
#define TESTS_TOOLS_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define WIRE_SEGMENT_MOST 1460u
#define WIRE_FIN 0x01u
#define WIRE_SYN 0x02u
#define WIRE_RST 0x04u
#define WIRE_ACK 0x10u
#define WIRE_CLIENT 0u /* sides                           */
#define WIRE_SERVER 1u

struct wire {
	FILE *out;
	uint64_t time_us; /* of the next packet              */
	uint32_t step_us; /* from one packet to the next     */
	uint64_t packets;
	uint64_t bytes;
};

/* The caller fills in who speaks; the rest starts as 0. */
struct wire_connection {
	uint32_t client; /* address                         */
	uint16_t client_port;
	uint16_t server_port;
	uint32_t sent[2]; /* sequence numbers used by side   */
};

/* False: the file cannot be made, which is told. */
bool wire_open(struct wire *wire, const char *path);
bool wire_close(struct wire *wire);

void wire_packet(struct wire *wire, struct wire_connection *connection,
    unsigned side, unsigned flags, const void *payload, uint32_t length);

/* Bytes that are sent and not captured. */
void wire_lose(
    struct wire_connection *connection, unsigned side, uint32_t length);

/* SYN, SYN-ACK, ACK. */
void wire_connect(struct wire *wire, struct wire_connection *connection);

/* FIN of both sides, the client's first, and the last ACK. */
void wire_disconnect(struct wire *wire, struct wire_connection *connection);

#endif
