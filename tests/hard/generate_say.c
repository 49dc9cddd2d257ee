/* SPDX-License-Identifier: BSD-2-Clause */
/* say OUT: a capture of what standard input says, line by line:
 *
 *	open N [PORT]     connection N begins; what follows is of it
 *	join N [PORT]     the same, without a handshake
 *	use N             what follows is of connection N
 *	c TEXT, s TEXT    client, server: \r \n \t \0 \\ \xHH are bytes
 *	c* COUNT TEXT     so many times, and so s*
 *	c! TEXT, s! TEXT  sent, but not captured
 *	c. s.             FIN
 *	c# s#             RST
 *	wait MS           so much time passes */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hard/generate.h"
#include "tests/tools/wire.h"

#define CONNECTIONS_MOST 16384u
#define LINE_MOST 65536u

struct say {
	struct wire wire;
	struct wire_connection connections[CONNECTIONS_MOST];
	unsigned current;
	uint8_t *text; /* unescaped, and repeated         */
	size_t length;
};

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit != '\0' ? strchr(digits, digit) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* What stands behind a backslash; how much of it was taken. */
static size_t unescape(const char *at, uint8_t *byte)
{
	static const char letters[] = "rnt0\\";
	static const char bytes[] = "\r\n\t\0\\";
	const char *letter = strchr(letters, *at);

	if (*at == 'x' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
		*byte = (uint8_t)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
		return 3;
	}
	if (*at == '\0' || letter == NULL)
		return 0;
	*byte = (uint8_t)bytes[letter - letters];
	return 1;
}

/* False: an escape is wrong. */
static bool set_text(struct say *say, const char *from, size_t times)
{
	size_t once = 0;

	say->text = must(realloc(say->text, strlen(from) * times + 1));
	while (*from != '\0') {
		size_t taken = 0;

		if (*from == '\\') {
			taken = unescape(from + 1, &say->text[once]);
			if (taken == 0)
				return false;
		} else {
			say->text[once] = (uint8_t)*from;
		}
		once++;
		from += 1 + taken;
	}
	for (size_t i = 1; i < times; i++)
		memcpy(say->text + i * once, say->text, once);
	say->length = once * times;
	return true;
}

static void send_text(struct say *say, unsigned side, bool lost)
{
	struct wire_connection *connection = &say->connections[say->current];

	for (size_t at = 0; at < say->length;) {
		size_t length = say->length - at;

		if (length > WIRE_SEGMENT_MOST)
			length = WIRE_SEGMENT_MOST;
		if (lost)
			wire_lose(connection, side, (uint32_t)length);
		else
			wire_packet(&say->wire, connection, side, WIRE_ACK,
			    say->text + at, (uint32_t)length);
		at += length;
	}
}

/* "c text" and its like.  False: there is no such thing. */
static bool speak(struct say *say, const char *line)
{
	struct wire_connection *connection = &say->connections[say->current];
	unsigned side = line[0] == 'c' ? WIRE_CLIENT : WIRE_SERVER;
	unsigned long times = 1;
	char *end;

	switch (line[1]) {
	case '.':
		wire_packet(
		    &say->wire, connection, side, WIRE_ACK | WIRE_FIN, NULL, 0);
		return true;
	case '#':
		wire_packet(
		    &say->wire, connection, side, WIRE_ACK | WIRE_RST, NULL, 0);
		return true;
	case '*':
		times = strtoul(line + 2, &end, 10);
		if (*end != ' ' || !set_text(say, end + 1, times))
			return false;
		break;
	case '!':
		if (line[2] != ' ' || !set_text(say, line + 3, 1))
			return false;
		break;
	default:
		if (line[1] != ' ' || !set_text(say, line + 2, 1))
			return false;
		break;
	}
	send_text(say, side, line[1] == '!');
	return true;
}

static void begin(struct say *say, unsigned port, bool handshake)
{
	struct wire_connection *connection = &say->connections[say->current];

	*connection = (struct wire_connection){
	    .client = 0xc0000201,
	    .client_port = (uint16_t)(40000 + say->current),
	    .server_port = (uint16_t)port,
	};
	if (handshake)
		wire_connect(&say->wire, connection);
}

static bool obey(struct say *say, const char *line)
{
	char verb[8];
	unsigned number;
	unsigned port = 4000;

	if (line[0] == '\0')
		return true;
	if ((line[0] == 'c' || line[0] == 's') && strchr(" .#*!", line[1]))
		return speak(say, line);
	if (sscanf(line, "%7s %u %u", verb, &number, &port) < 2)
		return false;
	if (strcmp(verb, "wait") == 0) {
		say->wire.time_us += UINT64_C(1000) * number;
		return true;
	}
	if (number >= CONNECTIONS_MOST)
		return false;
	say->current = number;
	if (strcmp(verb, "open") == 0 || strcmp(verb, "join") == 0)
		begin(say, port, verb[0] == 'o');
	else
		return strcmp(verb, "use") == 0;
	return true;
}

bool generate_say(int count, char **arguments)
{
	static struct say say;
	static char line[LINE_MOST];
	bool good = true;

	(void)count;
	if (!wire_open(&say.wire, arguments[0]))
		return false;
	while (good && fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		good = obey(&say, line);
		if (!good)
			fprintf(stderr, "generate say: %s?\n", line);
	}
	free(say.text);
	return wire_close(&say.wire) && good;
}
