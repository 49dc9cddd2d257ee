/* SPDX-License-Identifier: BSD-2-Clause */
/* late-key: a decoder whose key comes late.  Of a protocol made up for this test
 * each direction is "LATEKEY\n" and frames: a letter, three bytes of length, and
 * so many bytes, which are data (d) under a key, or the key (k) in clear, sent by
 * the server when it has read enough.
 *
 *	until then   data is held on a tape, with the packets that carried it
 *	the key      a child stream opens and gets the tape, in its order
 *	from then on data is decoded as it comes
 *
 * Where no more can be held the tape ends, and what it lacks is a gap. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hard/tape.h"

#define GREETING "LATEKEY\n"
#define GREETING_LENGTH 8u
#define HEAD_LENGTH 4u
#define KEY_MOST 64u
#define PIECE_MOST 4096u
#define NAME_ROOM 64

struct late { /* one for the run                 */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	uint64_t most; /* bytes of a stream that are held */
	char protocol[NAME_ROOM];
	int32_t certain;
};

struct side {
	uint8_t head[HEAD_LENGTH];
	uint32_t greeting; /* bytes of it that came           */
	uint32_t head_length;
	uint32_t left;     /* of the frame                    */
	uint64_t position; /* data bytes decoded, or missing  */
	bool done;         /* nobody wants more of it         */
};

struct talk { /* one for each stream             */
	const struct late *late;
	struct tcpflow_scope *scope;
	struct tcpflow_child *child;
	struct side side[2];
	uint8_t key[KEY_MOST];
	uint32_t key_length;
	bool decoding; /* the key is there                */
	bool done;     /* nobody reads on                 */
	struct tape tape;
};

static int32_t late_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct late *late = calloc(1, sizeof(*late));

	if (late == NULL)
		return TCPFLOW_ENOMEM;
	late->host = host;
	late->run = run;
	*instance = late;
	return TCPFLOW_OK;
}

static void late_destroy(void *instance)
{
	free(instance);
}

static int32_t late_config(void *instance, const char *key, const char *value)
{
	struct late *late = instance;
	const struct tcpflow_host *host = late->host;

	if (strcmp(key, "hold") == 0)
		return host->parse_u64(
		    late->run, key, value, 0, UINT64_C(1) << 32, &late->most);
	if (strcmp(key, "certain") == 0)
		return host->parse_flag(late->run, key, value, &late->certain);
	if (strlen(value) >= sizeof(late->protocol))
		return TCPFLOW_EINVAL;
	memcpy(late->protocol, value, strlen(value) + 1);
	return TCPFLOW_OK;
}

static int32_t late_probe(void *worker, const struct tcpflow_probe *probe)
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

static int32_t late_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct late *late = worker;
	struct talk *talk;

	(void)info;
	if (late->host->hold(scope, sizeof(*talk)) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, sizeof(*talk));
	if (talk == NULL) {
		late->host->release(scope, sizeof(*talk));
		return TCPFLOW_ENOMEM;
	}
	talk->late = late;
	talk->scope = scope;
	talk->tape = (struct tape){
	    .host = late->host,
	    .scope = scope,
	    .most = late->most,
	};
	*state = talk;
	return TCPFLOW_OK;
}

/* The child. */

static void judge(struct talk *talk, uint32_t dir, int32_t verdict)
{
	if (verdict == TCPFLOW_DONE_DIR)
		talk->side[dir].done = true;
	else if (verdict != TCPFLOW_OK) /* DONE, or a limit of the host's */
		talk->done = true;
}

static void open_child(struct talk *talk)
{
	const struct late *late = talk->late;
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = late->certain ? TCPFLOW_CHILD_CERTAIN : 0,
	    .layer = "late-key",
	    .protocol = late->protocol[0] != '\0' ? late->protocol : NULL,
	};

	talk->decoding = true;
	tape_make_room(&talk->tape);
	if (late->host->child->open(talk->scope, &spec, &talk->child) !=
	    TCPFLOW_OK)
		talk->done = true;
}

/* Decoded piece by piece: what came is borrowed. */
static void pass_data(
    struct talk *talk, const struct tape_event *event, const uint8_t *bytes)
{
	const struct tcpflow_child_api *api = talk->late->host->child;
	uint64_t position = talk->side[event->dir].position;
	uint8_t plain[PIECE_MOST];

	for (uint64_t at = 0; at < event->length && !talk->done;) {
		struct tcpflow_chunk chunk = {
		    .struct_size = sizeof(chunk),
		    .dir = event->dir,
		    .bytes = plain,
		    .ts_ns = event->ts_ns,
		    .packet = event->packet,
		    .first_packet = event->first_packet,
		};

		while (chunk.len < PIECE_MOST && at < event->length)
			plain[chunk.len++] = bytes[at++] ^
			    talk->key[position++ % talk->key_length];
		judge(talk, event->dir, api->data(talk->child, &chunk));
	}
}

static void pass_gap(struct talk *talk, const struct tape_event *event)
{
	const struct tcpflow_gap gap = {
	    .struct_size = sizeof(gap),
	    .dir = event->dir,
	    .len = event->length,
	    .ts_ns = event->ts_ns,
	    .packet = event->packet,
	    .reason = event->reason,
	};

	if (!talk->done)
		judge(talk, gap.dir,
		    talk->late->host->child->gap(talk->child, &gap));
}

static void pass_eof(struct talk *talk, const struct tape_event *event)
{
	const struct tcpflow_end end = {
	    .struct_size = sizeof(end),
	    .dir = event->dir,
	    .reason = event->reason,
	    .ts_ns = event->ts_ns,
	    .packet = event->packet,
	};

	if (!talk->done)
		judge(talk, end.dir,
		    talk->late->host->child->eof(talk->child, &end));
}

static void pass(
    void *context, const struct tape_event *event, const uint8_t *bytes)
{
	struct talk *talk = context;

	switch (event->kind) {
	case TAPE_DATA:
		pass_data(talk, event, bytes);
		break;
	case TAPE_GAP:
		pass_gap(talk, event);
		break;
	default:
		pass_eof(talk, event);
		break;
	}
	talk->side[event->dir].position += event->length;
}

static void handle(
    struct talk *talk, const struct tape_event *event, const uint8_t *bytes)
{
	if (talk->decoding)
		pass(talk, event, bytes);
	else
		tape_record(&talk->tape, event, bytes);
}

/* The frames. */

static void take_key(
    struct talk *talk, struct side *side, const uint8_t *bytes, size_t length)
{
	memcpy(talk->key + talk->key_length, bytes, length);
	talk->key_length += (uint32_t)length;
	if (side->left > length)
		return;
	talk->late->host->count(talk->scope, "held_bytes", talk->tape.held);
	open_child(talk);
	tape_play(&talk->tape, pass, talk);
}

/* False: these bytes are no frames. */
static bool take_head(struct talk *talk, struct side *side, uint8_t byte)
{
	const uint8_t *head = side->head;

	side->head[side->head_length++] = byte;
	if (side->head_length < HEAD_LENGTH)
		return true;
	side->left = (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
	if (side->left == 0)
		side->head_length = 0;
	return head[0] == 'd' ||
	    (head[0] == 'k' && side == &talk->side[TCPFLOW_S2C] &&
		!talk->decoding && side->left > 0 && side->left <= KEY_MOST);
}

static void take_body(struct talk *talk, const struct tcpflow_chunk *chunk,
    const uint8_t *bytes, uint32_t length)
{
	struct side *side = &talk->side[chunk->dir];
	const struct tape_event event = {
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	    .first_packet = chunk->first_packet,
	    .length = length,
	    .dir = chunk->dir,
	    .kind = TAPE_DATA,
	};

	if (side->head[0] == 'k')
		take_key(talk, side, bytes, length);
	else
		handle(talk, &event, bytes);
	side->left -= length;
	if (side->left == 0)
		side->head_length = 0;
}

static int32_t verdict_of(const struct talk *talk, uint32_t dir)
{
	if (talk->done)
		return TCPFLOW_DONE;
	return talk->side[dir].done ? TCPFLOW_DONE_DIR : TCPFLOW_OK;
}

static int32_t late_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	struct side *side = &talk->side[chunk->dir];
	size_t at = 0;

	while (at < chunk->len && !talk->done && !side->done) {
		size_t length = chunk->len - at;

		if (side->greeting < GREETING_LENGTH) {
			side->greeting++;
			at++;
		} else if (side->head_length < HEAD_LENGTH) {
			if (!take_head(talk, side, chunk->bytes[at++]))
				return TCPFLOW_EPROTO;
		} else {
			if (length > side->left)
				length = side->left;
			take_body(
			    talk, chunk, chunk->bytes + at, (uint32_t)length);
			at += length;
		}
	}
	return verdict_of(talk, chunk->dir);
}

/* Within a frame of data the place of what follows is known; else nothing can
 * be made of what follows, and without a key, of what is held. */
static int32_t late_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;
	struct side *side = &talk->side[gap->dir];
	bool inside = side->head_length == HEAD_LENGTH && side->head[0] == 'd';
	struct tape_event event = {
	    .ts_ns = gap->ts_ns,
	    .packet = gap->packet,
	    .length = gap->len,
	    .dir = gap->dir,
	    .reason = gap->reason,
	    .kind = TAPE_GAP,
	};

	if (inside && gap->len > 0 && gap->len <= side->left) {
		handle(talk, &event, NULL);
		side->left -= (uint32_t)gap->len;
		if (side->left == 0)
			side->head_length = 0;
		return verdict_of(talk, gap->dir);
	}
	event.length = 0;
	event.reason = TCPFLOW_GAP_DECODER;
	handle(talk, &event, NULL);
	talk->late->host->count(talk->scope, "frames_lost", 1);
	if (!talk->decoding && gap->dir == TCPFLOW_S2C)
		return TCPFLOW_DONE;
	return TCPFLOW_DONE_DIR;
}

static int32_t late_eof(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct tape_event event = {
	    .ts_ns = end->ts_ns,
	    .packet = end->packet,
	    .dir = end->dir,
	    .reason = end->reason,
	    .kind = TAPE_EOF,
	};

	handle(talk, &event, NULL);
	return talk->done ? TCPFLOW_DONE : TCPFLOW_OK;
}

static void late_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct tcpflow_host *host = talk->late->host;

	host->count(talk->scope, talk->decoding ? "decoded" : "keyless", 1);
	if (talk->child != NULL)
		host->child->close(talk->child, end);
	tape_free(&talk->tape);
	host->release(talk->scope, sizeof(*talk));
	free(talk);
}

static const struct tcpflow_param params[] = {
    {.key = "hold",
	.form = "SIZE",
	.preset = "3M",
	.help = "hold at most so much of a stream until its key comes"},
    {.key = "protocol",
	.form = "NAME",
	.preset = "",
	.help = "the plugin to ask first for what is inside"},
    {.key = "certain",
	.form = "yes|no",
	.preset = "no",
	.help = "it need not be asked"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "late-key",
    .version = "1.0",
    .summary = "data under a key that comes behind it",
    .params = params,
    .create = late_create,
    .config = late_config,
    .destroy = late_destroy,
    .probe = late_probe,
    .open = late_open,
    .data = late_data,
    .gap = late_gap,
    .eof = late_eof,
    .close = late_close,
};

TCPFLOW_PLUGIN(plugin);
