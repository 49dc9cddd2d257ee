/* SPDX-License-Identifier: BSD-2-Clause */
/* late OUT PLAIN AFTER SEED [lose] [half] [tear]: HTTP in the frames of
 * late-key.c, whose key is sent when the client has sent AFTER bytes.
 *
 * PLAIN is the truth: packet for packet the same conversation, with the HTTP of
 * each packet alone.  lose: packets that have of bodies alone are not captured,
 * some of them.  half: the client ends its side before the key.  tear: behind it a
 * packet with the head of a frame is lost. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hard/generate.h"
#include "tests/tools/wire.h"

#define PENDING_MOST (1u << 17)
#define MESSAGE_MOST 8000u
#define FRAME_MOST 3000u
#define ROUNDS_BEHIND 12u

static const char key[] = "a key of some bytes, in clear";

struct byte {
	uint8_t sent;
	uint8_t plain;
	bool is_data;
	bool is_body; /* of a message                    */
};

struct late {
	struct wire wire[2]; /* what is captured; the truth     */
	struct wire_connection connection[2];
	uint32_t random;
	bool loses;
	bool tears;                        /* what comes, whatever it is      */
	uint64_t position[2];              /* bytes of data by side           */
	struct byte pending[PENDING_MOST]; /* of one side, not cut yet */
	size_t length;
	unsigned requests;
	unsigned responses;
};

static uint32_t below(struct late *late, uint32_t limit)
{
	return random_below(&late->random, limit);
}

static void put(struct late *late, const struct byte *byte)
{
	if (late->length == PENDING_MOST)
		abort();
	late->pending[late->length++] = *byte;
}

static void put_clear(struct late *late, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		put(late, &(struct byte){.sent = (uint8_t)bytes[i]});
}

static void put_head(struct late *late, char letter, size_t length)
{
	const char head[4] = {
	    letter, (char)(length >> 16), (char)(length >> 8), (char)length};

	put_clear(late, head, sizeof(head));
}

/* Frames end anywhere in the messages, which have a body behind their head. */
static void put_data(struct late *late, unsigned side, const char *bytes,
    size_t head, size_t length)
{
	const char *body = bytes + head;

	while (length > 0) {
		size_t frame = 1 + below(late, FRAME_MOST);

		frame = frame < length ? frame : length;
		put_head(late, 'd', frame);
		for (size_t i = 0; i < frame; i++) {
			uint8_t plain = (uint8_t)bytes[i];
			size_t at = late->position[side]++ % (sizeof(key) - 1);

			put(late,
			    &(struct byte){.sent = plain ^ (uint8_t)key[at],
				.plain = plain,
				.is_data = true,
				.is_body = bytes + i >= body});
		}
		bytes += frame;
		length -= frame;
	}
}

/* Sends a segment, of which the truth has what is data. */
static void send_segment(
    struct late *late, unsigned side, const struct byte *bytes, uint32_t length)
{
	uint8_t payload[2][WIRE_SEGMENT_MOST] = {{0}};
	uint32_t lengths[2] = {length, 0};
	bool lost = late->loses && below(late, 25) == 0;

	for (uint32_t i = 0; i < length; i++) {
		payload[0][i] = bytes[i].sent;
		lost = lost && bytes[i].is_body;
		if (bytes[i].is_data)
			payload[1][lengths[1]++] = bytes[i].plain;
	}
	if (late->tears && bytes[0].is_data && lengths[1] < length) {
		late->tears = false;
		lost = true;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (lost)
			wire_lose(&late->connection[i], side, lengths[i]);
		else
			wire_packet(&late->wire[i], &late->connection[i], side,
			    WIRE_ACK, payload[i], lengths[i]);
	}
}

static void flush(struct late *late, unsigned side)
{
	size_t at = 0;

	while (at < late->length) {
		uint32_t most = below(late, 4) > 0 ? WIRE_SEGMENT_MOST : 12;
		size_t length = 1 + below(late, most);

		if (length > late->length - at)
			length = late->length - at;
		send_segment(late, side, late->pending + at, (uint32_t)length);
		at += length;
	}
	late->length = 0;
}

/* Text of so many bytes, each line of which says where it is. */
static size_t put_text(char *at, const char *what, unsigned number, size_t most)
{
	size_t length = 0;

	for (unsigned line = 0; length + 40 < most; line++)
		length += (size_t)snprintf(at + length, most - length,
		    "%s %u line %u\n", what, number, line);
	return length;
}

static void put_request(struct late *late)
{
	char text[MESSAGE_MOST];
	char body[MESSAGE_MOST / 2];
	unsigned number = ++late->requests;
	size_t length = put_text(body, "request", number,
	    below(late, 3) > 0 ? below(late, sizeof(body)) : 0);
	int head = length > 0
	    ? snprintf(text, sizeof(text),
		  "POST /late/%u HTTP/1.1\r\nHost: late.example\r\n"
		  "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
		  number, length)
	    : snprintf(text, sizeof(text),
		  "GET /late/%u HTTP/1.1\r\nHost: late.example\r\n"
		  "Cookie: n=%u\r\n\r\n",
		  number, number);

	memcpy(text + head, body, length);
	put_data(late, WIRE_CLIENT, text, (size_t)head, (size_t)head + length);
}

static void put_response(struct late *late)
{
	char text[MESSAGE_MOST];
	char body[MESSAGE_MOST / 2];
	unsigned number = ++late->responses;
	size_t length = put_text(
	    body, "response", number, below(late, sizeof(body)));
	const char *status = number % 7 == 0 ? "404 Not Found" : "200 OK";
	int head = number % 3 == 0
	    ? snprintf(text, sizeof(text),
		  "HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
		  status, length)
	    : snprintf(text, sizeof(text),
		  "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", status, length);

	/* A chunk of 0 bytes is the last one. */
	if (number % 3 == 0 && length == 0)
		head -= 3;
	memcpy(text + head, body, length);
	put_data(late, WIRE_SERVER, text, (size_t)head, (size_t)head + length);
	if (number % 3 == 0) {
		const char *last = length > 0 ? "\r\n0\r\n\r\n" : "0\r\n\r\n";

		put_data(late, WIRE_SERVER, last, strlen(last), strlen(last));
	}
}

static void ask(struct late *late)
{
	for (unsigned i = below(late, 4) + 1; i > 0; i--)
		put_request(late);
	flush(late, WIRE_CLIENT);
}

/* All that was asked, but for the last so many. */
static void answer(struct late *late, unsigned behind)
{
	while (late->responses + behind < late->requests)
		put_response(late);
}

static void end_side(struct late *late, unsigned side)
{
	for (unsigned i = 0; i < 2; i++)
		wire_packet(&late->wire[i], &late->connection[i], side,
		    WIRE_ACK | WIRE_FIN, NULL, 0);
}

static void talk(struct late *late, uint64_t after, bool half, bool tear)
{
	for (unsigned side = 0; side < 2; side++) {
		put_clear(late, "LATEKEY\n", 8);
		flush(late, side);
	}
	while (late->position[WIRE_CLIENT] < after) {
		ask(late);
		answer(late, below(late, 2));
		flush(late, WIRE_SERVER);
	}
	ask(late);
	if (half)
		end_side(late, WIRE_CLIENT);
	answer(late, 1);
	put_head(late, 'k', sizeof(key) - 1);
	put_clear(late, key, sizeof(key) - 1);
	answer(late, 0);
	flush(late, WIRE_SERVER);
	for (unsigned i = 0; i < ROUNDS_BEHIND && !half; i++) {
		late->tears |= tear && i == ROUNDS_BEHIND / 2;
		ask(late);
		answer(late, 0);
		flush(late, WIRE_SERVER);
	}
	if (!half)
		end_side(late, WIRE_CLIENT);
	end_side(late, WIRE_SERVER);
}

bool generate_late(int count, char **arguments)
{
	static struct late late;
	bool half = false;
	bool tear = false;

	late.random = (uint32_t)strtoul(arguments[3], NULL, 10);
	for (int i = 4; i < count; i++) {
		late.loses |= strcmp(arguments[i], "lose") == 0;
		half |= strcmp(arguments[i], "half") == 0;
		tear |= strcmp(arguments[i], "tear") == 0;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (!wire_open(&late.wire[i], arguments[i]))
			return false;
		late.connection[i] = (struct wire_connection){
		    .client = 0xc0000201,
		    .client_port = 40000,
		    .server_port = 4000,
		};
		wire_connect(&late.wire[i], &late.connection[i]);
	}
	talk(&late, strtoull(arguments[2], NULL, 10), half, tear);
	return wire_close(&late.wire[0]) && wire_close(&late.wire[1]);
}
