/* SPDX-License-Identifier: BSD-2-Clause */
/* mux OUT TRUTH COUNT OPEN MOST SEED [lose] [burst]: COUNT substreams for mux.c in
 * one connection, of up to MOST bytes a direction, OPEN at a time (and those that
 * nobody ends).  lose: some packets are not captured.  burst: all are opened
 * before any goes on.
 *
 * The folder TRUTH gets a file of each direction, NUMBER.client or NUMBER.server
 * by who sent it, where what is missing is a hole, and two lists: `substreams`
 * in the order of opening, as the plugin's records have them, and `http`. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/hard/generate.h"
#include "tests/tools/wire.h"

#define PENDING_MOST (1u << 16)
#define FRAME_MOST 2000u
#define TEXT_MOST (1u << 16)

#define FLAG_OPEN 1u
#define FLAG_END 2u
#define FLAG_RESET 4u
#define FLAG_MISSING 8u

enum fate { FATE_CLOSED, FATE_HALF, FATE_RESET, FATE_OPEN };

/* One direction of a substream. */
struct stretch {
	char *text;
	char *kept; /* what of it was captured         */
	size_t length;
	size_t sent;
	size_t end; /* of what is kept                 */
	size_t bytes;
	size_t missing;
	bool ended;
	bool ends; /* it shall                        */
};

struct substream {
	uint32_t number;
	unsigned opener; /* side                            */
	bool is_http;
	bool opened;
	bool over;
	enum fate fate;
	struct stretch side[2];
	uint64_t packet[2]; /* first and last that is told     */
	size_t body[2];     /* of HTTP, by side                */
};

struct byte {
	uint8_t sent;
	bool ends_head;
	struct substream *substream; /* NULL: of a head, before its end */
	size_t position;
};

struct mux {
	struct wire wire;
	struct wire_connection connection;
	const char *folder;
	uint32_t random;
	bool loses;
	size_t most;
	struct substream *substreams;
	size_t count;
	size_t opened;
	struct substream **active;
	size_t active_count;
	unsigned side; /* whose bytes are pending         */
	struct byte pending[PENDING_MOST];
	size_t length;
};

static uint32_t below(struct mux *mux, uint32_t limit)
{
	return random_below(&mux->random, limit);
}

/* Lines that tell which substream they are of. */
static size_t put_lines(char *at, const struct substream *substream,
    unsigned side, size_t least, size_t most)
{
	size_t length = 0;

	for (unsigned line = 0; length < least && length + 64 < most; line++)
		length += (size_t)snprintf(at + length, most - length,
		    "substream %u of side %u, line %u\n", substream->number,
		    side, line);
	return length;
}

static void write_http(struct mux *mux, struct substream *substream)
{
	for (unsigned side = 0; side < 2; side++) {
		struct stretch *stretch = &substream->side[side];
		bool asks = side == substream->opener;
		char body[TEXT_MOST];
		size_t length = put_lines(body, substream, side,
		    below(mux, (uint32_t)mux->most), mux->most + 128);
		int head = asks
		    ? snprintf(stretch->text, TEXT_MOST,
			  "POST /mux/%u HTTP/1.1\r\nHost: mux.example\r\n"
			  "Content-Length: %zu\r\n\r\n",
			  substream->number, length)
		    : snprintf(stretch->text, TEXT_MOST,
			  "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
			  length);

		memcpy(stretch->text + head, body, length);
		stretch->length = (size_t)head + length;
		stretch->ends = true;
		substream->body[side] = length;
	}
}

static void write_lines(struct mux *mux, struct substream *substream)
{
	for (unsigned side = 0; side < 2; side++) {
		struct stretch *stretch = &substream->side[side];

		stretch->length = put_lines(stretch->text, substream, side,
		    below(mux, (uint32_t)mux->most), mux->most + 128);
		stretch->ends = substream->fate == FATE_CLOSED ||
		    (substream->fate == FATE_HALF && side == 0);
	}
}

static void prepare(struct mux *mux, struct substream *substream, size_t index)
{
	static const enum fate fates[] = {FATE_CLOSED, FATE_CLOSED, FATE_CLOSED,
	    FATE_CLOSED, FATE_CLOSED, FATE_CLOSED, FATE_CLOSED, FATE_HALF,
	    FATE_RESET, FATE_OPEN};

	substream->opener = below(mux, 3) == 0;
	substream->number = 2 * (uint32_t)index + 1 + substream->opener;
	substream->is_http = below(mux, 5) == 0;
	substream->fate = substream->is_http ? FATE_CLOSED
					     : fates[below(mux, 10)];
	for (unsigned side = 0; side < 2; side++)
		substream->side[side].text = must(malloc(TEXT_MOST));
	if (substream->is_http)
		write_http(mux, substream);
	else
		write_lines(mux, substream);
	for (unsigned side = 0; side < 2; side++) {
		struct stretch *stretch = &substream->side[side];

		stretch->text = must(
		    realloc(stretch->text, stretch->length + 1));
		stretch->kept = must(calloc(1, stretch->length + 1));
	}
}

/* What came of a packet, and what did not. */
static void note(struct mux *mux, const struct byte *byte, bool lost)
{
	struct substream *substream = byte->substream;
	struct stretch *stretch;

	if (substream == NULL)
		return;
	stretch = &substream->side[mux->side];
	substream->packet[1] = mux->wire.packets;
	if (substream->packet[0] == 0)
		substream->packet[0] = mux->wire.packets;
	if (byte->ends_head)
		return;
	stretch->missing += lost;
	if (lost)
		return;
	stretch->bytes++;
	stretch->kept[byte->position] = (char)byte->sent;
	stretch->end = byte->position + 1;
}

/* Only what is of one substream, and is no HTTP, may be lost. */
static bool may_be_lost(const struct byte *bytes, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		if (bytes[i].substream == NULL || bytes[i].ends_head ||
		    bytes[i].substream->is_http)
			return false;
	}
	return true;
}

static void send_segment(
    struct mux *mux, const struct byte *bytes, uint32_t length)
{
	uint8_t payload[WIRE_SEGMENT_MOST] = {0};
	bool lost = mux->loses && below(mux, 40) == 0 &&
	    may_be_lost(bytes, length);

	for (uint32_t i = 0; i < length; i++)
		payload[i] = bytes[i].sent;
	if (lost)
		wire_lose(&mux->connection, mux->side, length);
	else
		wire_packet(&mux->wire, &mux->connection, mux->side, WIRE_ACK,
		    payload, length);
	for (uint32_t i = 0; i < length; i++)
		note(mux, &bytes[i], lost);
}

static void flush(struct mux *mux)
{
	size_t at = 0;

	while (at < mux->length) {
		uint32_t most = below(mux, 4) > 0 ? WIRE_SEGMENT_MOST : 12;
		size_t length = 1 + below(mux, most);

		if (length > mux->length - at)
			length = mux->length - at;
		send_segment(mux, mux->pending + at, (uint32_t)length);
		at += length;
	}
	mux->length = 0;
}

/* A frame of what comes next of a direction. */
static void put_frame(struct mux *mux, struct substream *substream,
    unsigned side, uint32_t flags, size_t length)
{
	struct stretch *stretch = &substream->side[side];
	uint32_t number = substream->number;
	const uint8_t head[8] = {(uint8_t)(number >> 24),
	    (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number,
	    (uint8_t)flags, (uint8_t)(length >> 16), (uint8_t)(length >> 8),
	    (uint8_t)length};

	if (mux->side != side || mux->length > PENDING_MOST / 2)
		flush(mux);
	mux->side = side;
	for (size_t i = 0; i < sizeof(head); i++)
		mux->pending[mux->length++] = (struct byte){.sent = head[i]};
	mux->pending[mux->length - 1].ends_head = true;
	mux->pending[mux->length - 1].substream = substream;
	for (size_t i = 0; i < length && !(flags & FLAG_MISSING); i++)
		mux->pending[mux->length++] = (struct byte){
		    .sent = (uint8_t)stretch->text[stretch->sent + i],
		    .substream = substream,
		    .position = stretch->sent + i,
		};
	stretch->sent += length;
	stretch->missing += flags & FLAG_MISSING ? length : 0;
	stretch->ended |= (flags & FLAG_END) != 0;
	substream->over |= (flags & FLAG_RESET) != 0;
	substream->opened = true;
}

static bool is_done(const struct stretch *stretch)
{
	return stretch->sent == stretch->length &&
	    stretch->ended == stretch->ends;
}

static void go_on(struct mux *mux, struct substream *substream)
{
	unsigned side = substream->opened ? below(mux, 2) : substream->opener;
	struct stretch *stretch = &substream->side[side];
	uint32_t flags = substream->opened ? 0 : FLAG_OPEN;
	size_t left = stretch->length - stretch->sent;
	size_t length = left < FRAME_MOST ? left : FRAME_MOST;
	bool may_end = substream->side[!side].sent > 0 || below(mux, 3) == 0;

	/* A response does not come before its request. */
	if (substream->is_http && side != substream->opener &&
	    substream->side[!side].sent < substream->side[!side].length)
		return;
	if (length > 0)
		length = 1 + below(mux, (uint32_t)length);
	if (substream->fate == FATE_RESET && substream->opened &&
	    (below(mux, 12) == 0 || left == 0)) {
		flags |= FLAG_RESET;
		length = 0;
	} else if (length == left && stretch->ends && may_end) {
		flags |= FLAG_END;
	}
	if (length > 0 && !substream->is_http && below(mux, 30) == 0)
		flags |= FLAG_MISSING;
	if (flags != 0 || length > 0)
		put_frame(mux, substream, side, flags, length);
	substream->over |= substream->fate != FATE_RESET &&
	    is_done(&substream->side[0]) && is_done(&substream->side[1]);
}

static void open_next(struct mux *mux)
{
	struct substream *substream = &mux->substreams[mux->opened];

	prepare(mux, substream, mux->opened++);
	mux->active[mux->active_count++] = substream;
}

static void talk(struct mux *mux, size_t open, bool burst)
{
	while (mux->opened < mux->count || mux->active_count > 0) {
		uint32_t which;

		if (mux->opened < mux->count && mux->active_count < open) {
			open_next(mux);
			if (!burst)
				continue;
			put_frame(mux, &mux->substreams[mux->opened - 1],
			    mux->substreams[mux->opened - 1].opener, FLAG_OPEN,
			    0);
			continue;
		}
		which = below(mux, (uint32_t)mux->active_count);
		go_on(mux, mux->active[which]);
		if (mux->active[which]->over)
			mux->active[which] = mux->active[--mux->active_count];
	}
	flush(mux);
}

static FILE *create(const struct mux *mux, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", mux->folder, name);
	return must(fopen(path, "wb"));
}

static void write_stretch(
    const struct mux *mux, const struct substream *substream, unsigned side)
{
	const struct stretch *stretch = &substream->side[side];
	char name[64];
	FILE *file;

	if (stretch->end == 0)
		return;
	snprintf(name, sizeof(name), "%u.%s", substream->number,
	    side == WIRE_CLIENT ? "client" : "server");
	file = create(mux, name);
	fwrite(stretch->kept, stretch->end, 1, file);
	fclose(file);
}

static void write_line(FILE *file, const struct substream *substream)
{
	const struct stretch *sent = &substream->side[substream->opener];
	const struct stretch *received = &substream->side[!substream->opener];
	const char *end = substream->fate == FATE_CLOSED ? "closed"
	    : substream->fate == FATE_RESET              ? "reset"
							 : "open";

	fprintf(file, "%u %s %zu %zu %s %zu %zu %s %s %llu %llu\n",
	    substream->number, substream->opener ? "true" : "false",
	    sent->bytes, sent->missing, sent->ended ? "true" : "false",
	    received->bytes, received->missing,
	    received->ended ? "true" : "false", end,
	    (unsigned long long)substream->packet[0],
	    (unsigned long long)substream->packet[1]);
}

static void write_truth(struct mux *mux)
{
	FILE *list;
	FILE *http;

	mkdir(mux->folder, 0777);
	list = create(mux, "substreams");
	http = create(mux, "http");
	for (size_t i = 0; i < mux->count; i++) {
		const struct substream *substream = &mux->substreams[i];

		write_stretch(mux, substream, WIRE_CLIENT);
		write_stretch(mux, substream, WIRE_SERVER);
		write_line(list, substream);
		if (substream->is_http)
			fprintf(http, "%u %s %zu %zu\n", substream->number,
			    substream->opener ? "true" : "false",
			    substream->body[substream->opener],
			    substream->body[!substream->opener]);
	}
	fclose(list);
	fclose(http);
}

bool generate_mux(int count, char **arguments)
{
	static struct mux mux;
	bool burst = false;

	mux.folder = arguments[1];
	mux.count = (size_t)strtoul(arguments[2], NULL, 10);
	mux.most = (size_t)strtoul(arguments[4], NULL, 10);
	mux.random = (uint32_t)strtoul(arguments[5], NULL, 10);
	for (int i = 6; i < count; i++) {
		mux.loses |= strcmp(arguments[i], "lose") == 0;
		burst |= strcmp(arguments[i], "burst") == 0;
	}
	if (mux.most > TEXT_MOST / 2)
		return false;
	mux.substreams = must(calloc(mux.count, sizeof(*mux.substreams)));
	mux.active = must(calloc(mux.count, sizeof(struct substream *)));
	mux.connection = (struct wire_connection){
	    .client = 0xc0000201,
	    .client_port = 40000,
	    .server_port = 4000,
	};
	if (!wire_open(&mux.wire, arguments[0]))
		return false;
	wire_connect(&mux.wire, &mux.connection);
	for (unsigned side = 0; side < 2; side++)
		wire_packet(
		    &mux.wire, &mux.connection, side, WIRE_ACK, "MUX\n", 4);
	talk(&mux, burst ? mux.count : strtoul(arguments[3], NULL, 10), burst);
	wire_disconnect(&mux.wire, &mux.connection);
	write_truth(&mux);
	return wire_close(&mux.wire);
}
