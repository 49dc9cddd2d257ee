/* SPDX-License-Identifier: BSD-2-Clause */
/* mux: a decoder of many substreams in one connection.  Of a protocol made up for
 * this test each direction is "MUX\n" and frames: a number (4 bytes), flags (1), a
 * length (3), and so many bytes.  Either side opens substreams.
 *
 *	frame -> substream -> child        bytes are passed on as they are borrowed
 *	                   -> a record of it at its end
 *
 * A substream that cannot be had, by our limit or the host's, is passed over: its
 * frames are counted and its record says so. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <tcpflow/plugin.h>

#define GREETING "MUX\n"
#define GREETING_LENGTH 4u
#define HEAD_LENGTH 8u
#define BUCKETS 1024u

#define FLAG_OPEN 1u
#define FLAG_END 2u     /* of this direction               */
#define FLAG_RESET 4u   /* of both                         */
#define FLAG_MISSING 8u /* the bytes are not in the frame  */
#define FLAGS_KNOWN 15u

struct mux { /* one for the run                 */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	uint64_t most; /* open ones of a connection       */
};

struct substream {
	struct substream *next; /* in its bucket                   */
	struct substream *newer;
	struct substream *older;
	struct tcpflow_child *child; /* NULL: refused, or ended    */
	uint32_t number;
	uint32_t opener; /* direction of the connection     */
	bool refused;
	bool done[2]; /* nobody wants more; by direction */
	bool ended[2];
	uint64_t bytes[2];
	uint64_t missing[2];
	uint64_t start_ns;
	uint64_t packet[2]; /* first and last                  */
};

struct side {
	uint8_t head[HEAD_LENGTH];
	uint32_t greeting; /* bytes of it that came           */
	uint32_t head_length;
	uint32_t left;               /* of the frame              */
	struct substream *substream; /* NULL: not known           */
};

struct talk { /* one for each connection         */
	const struct mux *mux;
	struct tcpflow_scope *scope;
	struct side side[2];
	uint64_t open; /* children                        */
	struct substream *oldest;
	struct substream *newest;
	struct substream *bucket[BUCKETS];
};

static int32_t mux_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct mux *mux = calloc(1, sizeof(*mux));

	if (mux == NULL)
		return TCPFLOW_ENOMEM;
	mux->host = host;
	mux->run = run;
	*instance = mux;
	return TCPFLOW_OK;
}

static void mux_destroy(void *instance)
{
	free(instance);
}

static int32_t mux_config(void *instance, const char *key, const char *value)
{
	struct mux *mux = instance;

	return mux->host->parse_u64(
	    mux->run, key, value, 0, UINT32_MAX, &mux->most);
}

static int32_t mux_probe(void *worker, const struct tcpflow_probe *probe)
{
	int32_t verdict = TCPFLOW_PROBE_MORE;

	(void)worker;
	for (unsigned dir = 0; dir < 2; dir++) {
		size_t length = probe->head[dir].len;

		if (probe->offset[dir] != 0)
			return TCPFLOW_PROBE_NO;
		if (length == 0)
			continue;
		if (length > GREETING_LENGTH)
			length = GREETING_LENGTH;
		if (memcmp(probe->head[dir].ptr, GREETING, length) != 0)
			return TCPFLOW_PROBE_NO;
		if (length == GREETING_LENGTH)
			verdict = TCPFLOW_PROBE_YES;
	}
	return verdict;
}

/* What is kept beyond a callback is asked for first. */
static void *take_memory(
    const struct mux *mux, struct tcpflow_scope *scope, size_t size)
{
	void *memory;

	if (mux->host->hold(scope, size) != TCPFLOW_OK)
		return NULL;
	memory = calloc(1, size);
	if (memory == NULL)
		mux->host->release(scope, size);
	return memory;
}

static int32_t mux_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	struct talk *talk = take_memory(worker, scope, sizeof(*talk));

	(void)info;
	if (talk == NULL)
		return TCPFLOW_ENOMEM;
	talk->mux = worker;
	talk->scope = scope;
	*state = talk;
	return TCPFLOW_OK;
}

/* The table of substreams. */

static struct substream **place_of(struct talk *talk, uint32_t number)
{
	struct substream **place = &talk->bucket[number % BUCKETS];

	while (*place != NULL && (*place)->number != number)
		place = &(*place)->next;
	return place;
}

static struct substream *add(struct talk *talk, uint32_t number)
{
	struct substream **place = place_of(talk, number);
	struct substream *substream = take_memory(
	    talk->mux, talk->scope, sizeof(*substream));

	if (substream == NULL)
		return NULL;
	substream->number = number;
	substream->next = *place;
	*place = substream;
	substream->older = talk->newest;
	if (talk->newest != NULL)
		talk->newest->newer = substream;
	else
		talk->oldest = substream;
	talk->newest = substream;
	return substream;
}

static void drop(struct talk *talk, struct substream *substream)
{
	*place_of(talk, substream->number) = substream->next;
	if (substream->older != NULL)
		substream->older->newer = substream->newer;
	else
		talk->oldest = substream->newer;
	if (substream->newer != NULL)
		substream->newer->older = substream->older;
	else
		talk->newest = substream->older;
	for (unsigned dir = 0; dir < 2; dir++) {
		if (talk->side[dir].substream == substream)
			talk->side[dir].substream = NULL;
	}
	free(substream);
	talk->mux->host->release(talk->scope, sizeof(*substream));
}

/* The record: what its opener sent and received. */

static void put_direction(const struct tcpflow_record_api *api,
    struct tcpflow_record *record, const char *key,
    const struct substream *substream, uint32_t dir)
{
	api->object(record, key);
	api->u64(record, "bytes", substream->bytes[dir]);
	api->u64(record, "missing", substream->missing[dir]);
	api->boolean(record, "ended", substream->ended[dir]);
	api->end(record);
}

static void tell(
    struct talk *talk, const struct substream *substream, const char *end)
{
	const struct tcpflow_record_api *api = talk->mux->host->record;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .ts_ns = substream->start_ns,
	    .first_packet = substream->packet[0],
	    .last_packet = substream->packet[1],
	    .type = "mux",
	};
	struct tcpflow_record *record = api->begin(talk->scope, &spec);

	api->u64(record, "number", substream->number);
	api->boolean(record, "reversed", substream->opener == TCPFLOW_S2C);
	put_direction(api, record, "sent", substream, substream->opener);
	put_direction(api, record, "received", substream, !substream->opener);
	api->str(record, "end", end, strlen(end));
	api->commit(record);
}

/* The end of a substream: FIN where both sides said so, else RST. */
static void finish(struct talk *talk, struct substream *substream,
    const struct tcpflow_chunk *chunk, uint32_t reason)
{
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = TCPFLOW_DIR_NONE,
	    .reason = reason,
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	};

	if (substream->child != NULL) {
		talk->mux->host->child->close(substream->child, &end);
		talk->open--;
	}
	tell(talk, substream,
	    substream->refused                ? "refused"
		: reason == TCPFLOW_CLOSE_FIN ? "closed"
					      : "reset");
	drop(talk, substream);
}

/* The child. */

/* As the child has it: the direction of its opener is its first. */
static uint32_t turned(const struct substream *substream, uint32_t dir)
{
	return dir ^ substream->opener;
}

static void judge(struct talk *talk, struct substream *substream, uint32_t dir,
    int32_t verdict)
{
	if (verdict == TCPFLOW_OK)
		return;
	substream->done[dir] = true;
	if (verdict == TCPFLOW_DONE_DIR)
		return;
	substream->done[!dir] = true;
	if (verdict == TCPFLOW_ELIMIT) {
		talk->mux->host->child->close(substream->child, NULL);
		talk->mux->host->count(talk->scope, "ended_at_limit", 1);
		substream->child = NULL;
		talk->open--;
	}
}

static bool is_wanted(const struct substream *substream, uint32_t dir)
{
	return substream->child != NULL && !substream->done[dir];
}

static void open_child(struct talk *talk, struct substream *substream)
{
	const struct tcpflow_host *host = talk->mux->host;
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = substream->opener == TCPFLOW_S2C ? TCPFLOW_CHILD_REVERSED
						      : 0,
	    .layer = "mux",
	};
	int32_t verdict = TCPFLOW_ELIMIT;

	if (talk->mux->most == 0 || talk->open < talk->mux->most)
		verdict = host->child->open(
		    talk->scope, &spec, &substream->child);
	substream->refused = verdict != TCPFLOW_OK;
	talk->open += !substream->refused;
	host->count(talk->scope, substream->refused ? "refused" : "opened", 1);
	if (verdict == TCPFLOW_ENOMEM)
		host->count(talk->scope, "refused_memory", 1);
}

static void pass_data(struct talk *talk, struct substream *substream,
    const struct tcpflow_chunk *chunk, const uint8_t *bytes, uint32_t length)
{
	const struct tcpflow_chunk part = {
	    .struct_size = sizeof(part),
	    .dir = turned(substream, chunk->dir),
	    .bytes = bytes,
	    .len = length,
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	    .first_packet = chunk->first_packet,
	};

	substream->bytes[chunk->dir] += length;
	substream->packet[1] = chunk->packet;
	if (is_wanted(substream, chunk->dir))
		judge(talk, substream, chunk->dir,
		    talk->mux->host->child->data(substream->child, &part));
}

static void pass_gap(struct talk *talk, struct substream *substream,
    const struct tcpflow_gap *gap)
{
	struct tcpflow_gap part = {
	    .struct_size = sizeof(part),
	    .dir = turned(substream, gap->dir),
	    .len = gap->len,
	    .ts_ns = gap->ts_ns,
	    .packet = gap->packet,
	    .reason = gap->reason,
	};

	substream->missing[gap->dir] += gap->len;
	substream->packet[1] = gap->packet;
	if (is_wanted(substream, gap->dir))
		judge(talk, substream, gap->dir,
		    talk->mux->host->child->gap(substream->child, &part));
}

static void pass_eof(struct talk *talk, struct substream *substream,
    const struct tcpflow_chunk *chunk)
{
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = turned(substream, chunk->dir),
	    .reason = TCPFLOW_CLOSE_FIN,
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	};

	if (substream->ended[chunk->dir])
		return;
	substream->ended[chunk->dir] = true;
	if (is_wanted(substream, chunk->dir))
		judge(talk, substream, chunk->dir,
		    talk->mux->host->child->eof(substream->child, &end));
	if (substream->ended[!chunk->dir])
		finish(talk, substream, chunk, TCPFLOW_CLOSE_FIN);
}

/* The frames. */

static uint32_t read_number(const uint8_t *at, unsigned bytes)
{
	uint32_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

static void end_frame(struct talk *talk, const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[chunk->dir];
	uint32_t flags = side->head[4];

	side->head_length = 0;
	if (side->substream == NULL)
		return;
	if (flags & FLAG_RESET)
		finish(talk, side->substream, chunk, TCPFLOW_CLOSE_RST);
	else if (flags & FLAG_END)
		pass_eof(talk, side->substream, chunk);
}

static void begin_substream(
    struct talk *talk, struct side *side, const struct tcpflow_chunk *chunk)
{
	struct substream *substream = add(talk, read_number(side->head, 4));

	side->substream = substream;
	if (substream == NULL) {
		talk->mux->host->count(talk->scope, "forgotten", 1);
		return;
	}
	substream->opener = chunk->dir;
	substream->start_ns = chunk->ts_ns;
	substream->packet[0] = chunk->packet;
	open_child(talk, substream);
}

/* False: these bytes are no frames. */
static bool begin_frame(struct talk *talk, const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[chunk->dir];
	uint32_t flags = side->head[4];
	struct substream *substream = *place_of(
	    talk, read_number(side->head, 4));

	if (flags & ~FLAGS_KNOWN || (flags & FLAG_OPEN && substream != NULL))
		return false;
	side->substream = substream;
	side->left = read_number(side->head + 5, 3);
	if (flags & FLAG_OPEN)
		begin_substream(talk, side, chunk);
	if (side->substream == NULL) {
		talk->mux->host->count(talk->scope, "frames_of_nobody", 1);
	} else {
		side->substream->packet[1] = chunk->packet;
		if (flags & FLAG_MISSING)
			pass_gap(talk, side->substream,
			    &(struct tcpflow_gap){.dir = chunk->dir,
				.len = side->left,
				.ts_ns = chunk->ts_ns,
				.packet = chunk->packet,
				.reason = TCPFLOW_GAP_DECODER});
	}
	if (flags & FLAG_MISSING)
		side->left = 0;
	if (side->left == 0)
		end_frame(talk, chunk);
	return true;
}

/* How much of the chunk, from at on, was understood; 0: no frames. */
static size_t take(
    struct talk *talk, const struct tcpflow_chunk *chunk, size_t at)
{
	struct side *side = &talk->side[chunk->dir];
	size_t length = chunk->len - at;

	if (side->greeting < GREETING_LENGTH) {
		side->greeting++;
		return 1;
	}
	if (side->head_length < HEAD_LENGTH) {
		side->head[side->head_length++] = chunk->bytes[at];
		return side->head_length < HEAD_LENGTH ||
		    begin_frame(talk, chunk);
	}
	if (length > side->left)
		length = side->left;
	if (side->substream != NULL)
		pass_data(talk, side->substream, chunk, chunk->bytes + at,
		    (uint32_t)length);
	side->left -= (uint32_t)length;
	if (side->left == 0)
		end_frame(talk, chunk);
	return length;
}

static int32_t mux_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	size_t at = 0;

	while (at < chunk->len) {
		size_t taken = take(talk, chunk, at);

		if (taken == 0)
			return TCPFLOW_EPROTO;
		at += taken;
	}
	return TCPFLOW_OK;
}

/* Where a frame is torn, nobody knows whose bytes come next: all lack some. */
static int32_t tear(struct talk *talk, const struct tcpflow_gap *gap)
{
	const struct tcpflow_gap unknown = {
	    .dir = gap->dir,
	    .ts_ns = gap->ts_ns,
	    .packet = gap->packet,
	    .reason = TCPFLOW_GAP_DECODER,
	};

	talk->mux->host->count(talk->scope, "torn", 1);
	for (struct substream *at = talk->oldest; at != NULL; at = at->newer) {
		if (!at->ended[gap->dir])
			pass_gap(talk, at, &unknown);
	}
	return TCPFLOW_DONE_DIR;
}

static int32_t mux_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;
	struct side *side = &talk->side[gap->dir];
	const struct tcpflow_chunk moment = {
	    .dir = gap->dir,
	    .ts_ns = gap->ts_ns,
	    .packet = gap->packet,
	};

	if (side->head_length < HEAD_LENGTH || gap->len == 0 ||
	    gap->len > side->left)
		return tear(talk, gap);
	if (side->substream != NULL)
		pass_gap(talk, side->substream, gap);
	side->left -= (uint32_t)gap->len;
	if (side->left == 0)
		end_frame(talk, &moment);
	return TCPFLOW_OK;
}

/* Children that are open are closed by the host. */
static void mux_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct mux *mux = talk->mux;
	struct tcpflow_scope *scope = talk->scope;

	(void)end;
	while (talk->oldest != NULL) {
		tell(talk, talk->oldest,
		    talk->oldest->refused ? "refused" : "open");
		drop(talk, talk->oldest);
	}
	free(talk);
	mux->host->release(scope, sizeof(*talk));
}

static const struct tcpflow_param params[] = {
    {.key = "most",
	.form = "NUMBER",
	.preset = "0",
	.help = "substreams of a connection that are open at a time; 0: as the "
		"host has it"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "mux",
    .version = "1.0",
    .summary = "many substreams in one connection",
    .params = params,
    .create = mux_create,
    .config = mux_config,
    .destroy = mux_destroy,
    .probe = mux_probe,
    .open = mux_open,
    .data = mux_data,
    .gap = mux_gap,
    .close = mux_close,
};

TCPFLOW_PLUGIN(plugin);
