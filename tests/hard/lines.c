/* SPDX-License-Identifier: BSD-2-Clause */
/* lines: each line of a line protocol, by whom, when, and how it ended.
 *
 *	crlf, lf   as lines do
 *	timeout    nothing came for a while: a prompt; the line goes on in the next
 *	gap        its end is missing in the capture
 *	eof, cut   the direction ended, or stopped, within it
 *
 * Of a line `most' bytes are kept, and of those that memory is there for; it is
 * told how many there were.  A line whose start nobody saw says so. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpflow/plugin.h>

#define ROOM_FIRST 256u
#define NS_PER_MS UINT64_C(1000000)

struct lines { /* one for the run                 */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	uint64_t most;
	uint64_t timeout_ns; /* 0: none                        */
};

struct side {
	char *text;
	size_t length;
	size_t room;       /* held                            */
	uint64_t bytes;    /* of the line, without its end    */
	bool begun;        /* something of it came            */
	bool after_cr;     /* which is of its end, if LF follows */
	bool headless;     /* its start was not seen          */
	bool continues;    /* the one before ended by timeout */
	uint64_t start_ns; /* of its first byte               */
	uint64_t last_ns;
	uint64_t packet[2]; /* first and last                  */
};

struct talk { /* one for each stream             */
	const struct lines *lines;
	struct tcpflow_scope *scope;
	struct side side[2];
};

static int32_t lines_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct lines *lines = calloc(1, sizeof(*lines));

	if (lines == NULL)
		return TCPFLOW_ENOMEM;
	lines->host = host;
	lines->run = run;
	*instance = lines;
	return TCPFLOW_OK;
}

static void lines_destroy(void *instance)
{
	free(instance);
}

static int32_t lines_config(void *instance, const char *key, const char *value)
{
	struct lines *lines = instance;
	const struct tcpflow_host *host = lines->host;
	uint64_t ms;

	if (strcmp(key, "most") == 0)
		return host->parse_u64(
		    lines->run, key, value, 1, 1u << 20, &lines->most);
	if (host->parse_u64(lines->run, key, value, 0, UINT32_MAX, &ms) !=
	    TCPFLOW_OK)
		return TCPFLOW_EINVAL;
	lines->timeout_ns = ms * NS_PER_MS;
	return TCPFLOW_OK;
}

/* Who are they?  Only first lines count: what stands behind them in the same
 * segment is chance. */

enum first { FIRST_NONE, FIRST_PART, FIRST_TEXT, FIRST_REPLY, FIRST_OTHER };

/* Three digits in front, as only servers say (RFC 959, section 4.2). */
static bool is_reply(const uint8_t *at, size_t length)
{
	return length >= 4 && at[0] >= '0' && at[0] <= '9' && at[1] >= '0' &&
	    at[1] <= '9' && at[2] >= '0' && at[2] <= '9' &&
	    (at[3] == ' ' || at[3] == '-');
}

static enum first first_line(const struct tcpflow_slice *head)
{
	const uint8_t *at = head->ptr;

	for (size_t i = 0; i < head->len; i++) {
		if (at[i] == '\n')
			return is_reply(at, i) ? FIRST_REPLY : FIRST_TEXT;
		if (at[i] < ' ' && at[i] != '\t' && at[i] != '\r')
			return FIRST_OTHER;
	}
	return head->len > 0 ? FIRST_PART : FIRST_NONE;
}

static int32_t lines_probe(void *worker, const struct tcpflow_probe *probe)
{
	enum first client = first_line(&probe->head[TCPFLOW_C2S]);
	enum first server = first_line(&probe->head[TCPFLOW_S2C]);
	bool guessed = (probe->info->flags & TCPFLOW_S_DIR_GUESSED) != 0;
	bool last = (probe->flags & TCPFLOW_PROBE_LAST) != 0;

	(void)worker;
	if (client == FIRST_OTHER || server == FIRST_OTHER)
		return TCPFLOW_PROBE_NO;
	if (guessed && client == FIRST_REPLY && server != FIRST_REPLY)
		return TCPFLOW_PROBE_SWAPPED;
	if (client == FIRST_REPLY || server == FIRST_REPLY || last)
		return TCPFLOW_PROBE_YES;
	/* Of a guess only a reply makes sure. */
	return !guessed && (client == FIRST_TEXT || server == FIRST_TEXT)
	    ? TCPFLOW_PROBE_YES
	    : TCPFLOW_PROBE_MORE;
}

static int32_t lines_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct lines *lines = worker;
	struct talk *talk;

	if (lines->host->hold(scope, sizeof(*talk)) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, sizeof(*talk));
	if (talk == NULL) {
		lines->host->release(scope, sizeof(*talk));
		return TCPFLOW_ENOMEM;
	}
	talk->lines = lines;
	talk->scope = scope;
	for (unsigned dir = 0; dir < 2; dir++)
		talk->side[dir].headless =
		    (info->flags & TCPFLOW_S_MIDSTREAM) != 0;
	*state = talk;
	return TCPFLOW_OK;
}

/* Telling. */

static void put_record(struct talk *talk, uint32_t dir, const char *end)
{
	const struct tcpflow_record_api *api = talk->lines->host->record;
	const struct side *side = &talk->side[dir];
	const char *from = dir == TCPFLOW_C2S ? "client" : "server";
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .ts_ns = side->start_ns,
	    .first_packet = side->packet[0],
	    .last_packet = side->packet[1],
	    .type = "line",
	};
	struct tcpflow_record *record = api->begin(talk->scope, &spec);

	api->str(record, "from", from, strlen(from));
	api->str(record, "text", side->text, side->length);
	api->u64(record, "bytes", side->bytes);
	api->str(record, "end", end, strlen(end));
	if (side->headless)
		api->boolean(record, "headless", 1);
	if (side->continues)
		api->boolean(record, "continues", 1);
	api->commit(record);
}

/* "> text [gap] [100 bytes]" */
static void put_line(struct talk *talk, uint32_t dir, const char *end)
{
	const struct side *side = &talk->side[dir];
	bool plain = strcmp(end, "crlf") == 0 || strcmp(end, "lf") == 0;
	char note[64] = "";
	char size[64] = "";
	struct tcpflow_span spans[] = {
	    {.ptr = dir == TCPFLOW_C2S ? "> " : "< ",
		.len = 2,
		.role = TCPFLOW_ROLE_META},
	    {.ptr = "... ",
		.len = side->headless || side->continues ? 4 : 0,
		.role = TCPFLOW_ROLE_META},
	    {.ptr = side->text, .len = side->length, .role = TCPFLOW_ROLE_BODY},
	    {.ptr = note, .role = TCPFLOW_ROLE_ALERT},
	    {.ptr = size, .role = TCPFLOW_ROLE_ALERT},
	    {.ptr = "\n", .len = 1},
	};

	if (!plain)
		spans[3].len = (size_t)snprintf(
		    note, sizeof(note), " [%s]", end);
	if (side->length < side->bytes)
		spans[4].len = (size_t)snprintf(
		    size, sizeof(size), " [%" PRIu64 " bytes]", side->bytes);
	talk->lines->host->console->put(
	    talk->scope, dir, spans, sizeof(spans) / sizeof(spans[0]));
}

static void forget(struct talk *talk, struct side *side)
{
	free(side->text);
	if (side->room > 0)
		talk->lines->host->release(talk->scope, side->room);
	side->text = NULL;
	side->room = 0;
}

/* A large line's memory is not kept for the next. */
static void tell(struct talk *talk, uint32_t dir, const char *end)
{
	struct side *side = &talk->side[dir];

	put_record(talk, dir, end);
	put_line(talk, dir, end);
	talk->lines->host->count(talk->scope, "lines", 1);
	if (side->length < side->bytes)
		talk->lines->host->count(talk->scope, "shortened", 1);
	if (side->room > ROOM_FIRST)
		forget(talk, side);
	side->length = 0;
	side->bytes = 0;
	side->begun = false;
	side->after_cr = false;
	side->headless = false;
	side->continues = false;
}

/* Lines. */

/* Room for one more byte, up to `most' and to what the host grants. */
static bool make_room(struct talk *talk, struct side *side)
{
	const struct lines *lines = talk->lines;
	size_t room = side->room > 0 ? 2 * side->room : ROOM_FIRST;
	char *text;

	if (side->length < side->room && side->length < lines->most)
		return true;
	/* Once a byte is left out, so are all behind it. */
	if (side->length >= lines->most || side->length < side->bytes)
		return false;
	if (lines->host->hold(talk->scope, room - side->room) != TCPFLOW_OK)
		return false;
	text = realloc(side->text, room);
	if (text == NULL) {
		lines->host->release(talk->scope, room - side->room);
		return false;
	}
	side->text = text;
	side->room = room;
	return true;
}

static void add(struct talk *talk, struct side *side, char byte)
{
	if (side->length == side->bytes && make_room(talk, side))
		side->text[side->length++] = byte;
	side->bytes++;
}

static void take(struct talk *talk, struct side *side, uint32_t dir, char byte)
{
	if (byte == '\n') {
		tell(talk, dir, side->after_cr ? "crlf" : "lf");
		return;
	}
	/* It was no part of an end. */
	if (side->after_cr)
		add(talk, side, '\r');
	side->after_cr = byte == '\r';
	if (!side->after_cr)
		add(talk, side, byte);
}

/* What may be told before its end comes.  A CR alone may yet become an end. */
static bool may_time_out(const struct side *side)
{
	return side->begun && !side->after_cr;
}

/* One alarm for both directions: for the one that has been silent for longer. */
static void set_alarm(struct talk *talk)
{
	const struct lines *lines = talk->lines;
	uint64_t due_ns = 0;

	if (lines->timeout_ns == 0)
		return;
	for (unsigned dir = 0; dir < 2; dir++) {
		const struct side *side = &talk->side[dir];
		uint64_t mine = side->last_ns + lines->timeout_ns;

		if (may_time_out(side) && (due_ns == 0 || mine < due_ns))
			due_ns = mine;
	}
	lines->host->wake_at(talk->scope, due_ns);
}

static int32_t lines_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	struct side *side = &talk->side[chunk->dir];

	for (size_t i = 0; i < chunk->len; i++) {
		if (!side->begun) {
			side->begun = true;
			side->start_ns = chunk->ts_ns;
			side->packet[0] = chunk->first_packet;
		}
		side->packet[1] = chunk->packet;
		take(talk, side, chunk->dir, (char)chunk->bytes[i]);
	}
	side->last_ns = chunk->ts_ns;
	set_alarm(talk);
	return TCPFLOW_OK;
}

static void end_line(struct talk *talk, uint32_t dir, const char *end)
{
	struct side *side = &talk->side[dir];

	if (!side->begun)
		return;
	if (side->after_cr)
		add(talk, side, '\r');
	tell(talk, dir, end);
}

static int32_t lines_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;

	end_line(talk, gap->dir, "gap");
	talk->side[gap->dir].headless = true;
	set_alarm(talk);
	return TCPFLOW_OK;
}

static int32_t lines_wake(void *state, uint64_t ts_ns)
{
	struct talk *talk = state;

	for (uint32_t dir = 0; dir < 2; dir++) {
		struct side *side = &talk->side[dir];

		if (!may_time_out(side) ||
		    side->last_ns + talk->lines->timeout_ns > ts_ns)
			continue;
		end_line(talk, dir, "timeout");
		side->continues = true;
	}
	set_alarm(talk);
	return TCPFLOW_OK;
}

static int32_t lines_eof(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;

	end_line(talk, end->dir, "eof");
	talk->lines->host->count(talk->scope, "ended", 1);
	return TCPFLOW_OK;
}

static void lines_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct tcpflow_host *host = talk->lines->host;

	(void)end;
	for (uint32_t dir = 0; dir < 2; dir++) {
		end_line(talk, dir, "cut");
		forget(talk, &talk->side[dir]);
	}
	host->release(talk->scope, sizeof(*talk));
	free(talk);
}

static const struct tcpflow_param params[] = {
    {.key = "most",
	.form = "SIZE",
	.preset = "64k",
	.help = "keep at most so much of a line; up to 1M"},
    {.key = "timeout",
	.form = "MS",
	.preset = "2000",
	.help = "what is no line by then is told as it is; 0: never"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "lines",
    .version = "1.0",
    .summary = "each line of a line protocol, by who says it",
    .params = params,
    .create = lines_create,
    .config = lines_config,
    .destroy = lines_destroy,
    .probe = lines_probe,
    .open = lines_open,
    .data = lines_data,
    .gap = lines_gap,
    .eof = lines_eof,
    .wake = lines_wake,
    .close = lines_close,
};

TCPFLOW_PLUGIN(plugin);
