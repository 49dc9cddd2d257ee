/* SPDX-License-Identifier: BSD-2-Clause */
/* The witness's callbacks: everything that the host tells is told on. */
#include "tests/abi/witness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_ROOM 512
#define EARLY_ROOM 1024
#define SHOWN_ENOUGH 16  /* bytes that probe wants to see   */
#define READS_ON 1000    /* bytes, of an inner stream       */
#define MICROSECOND 1000 /* ns                              */
#define PORT_NOT_MINE 8001

struct witness {
	struct voice voice;
	char early[EARLY_ROOM]; /* told before there is a console  */
	size_t early_length;
	uint64_t number;
	int32_t flag;
};

struct worker {
	struct voice voice;
	uint64_t streams;
	uint64_t probes;
	uint64_t shown; /* sum of all that probe was shown */
};

struct conversation {
	struct voice voice;
	const struct tcpflow_stream_info *info;
	struct tcpflow_sink *sink[2];
	struct tcpflow_digest *digest;
	struct tcpflow_child *child;
	uint64_t bytes[2];
};

void tell(const struct voice *voice, uint32_t dir, const char *format, ...)
{
	char line[LINE_ROOM];
	struct tcpflow_span span[2] = {
	    {"| ", 2, TCPFLOW_ROLE_META, 0},
	    {line, 0, TCPFLOW_ROLE_TEXT, TCPFLOW_SPAN_CONTINUED},
	};
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	span[1].len = strlen(line);
	line[span[1].len++] = '\n';
	voice->host->console->put(voice->scope, dir, span, 2);
}

void expect(const struct voice *voice, int right, const char *what)
{
	if (!right)
		tell(voice, TCPFLOW_DIR_NONE, "WRONG: %s", what);
}

uint64_t sum_bytes(uint64_t sum, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ at[i]) * 0x100000001b3u;
	return sum;
}

uint64_t sum_number(uint64_t sum, uint64_t number)
{
	for (int i = 0; i < 8; i++, number >>= 8)
		sum = (sum ^ (number & 0xff)) * 0x100000001b3u;
	return sum;
}

/* The main thread, before there is a console. */

static void early(struct witness *witness, const char *format, ...)
    TCPFLOW_PRINTF(2, 3);
static void early(struct witness *witness, const char *format, ...)
{
	size_t room = EARLY_ROOM - witness->early_length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(
	    witness->early + witness->early_length, room, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < room)
		witness->early_length += (size_t)length;
}

static int32_t witness_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct witness *witness = calloc(1, sizeof(*witness));
	const char *missing = missing_service(host);

	if (witness == NULL)
		return TCPFLOW_ENOMEM;
	witness->voice = (struct voice){host, run};
	if (missing != NULL) {
		host->log(run, TCPFLOW_LOG_ERROR, "WRONG: no %s", missing);
		free(witness);
		return TCPFLOW_EINVAL;
	}
	early(witness, "create: ABI %u, outputs %x, later services: %s\n",
	    host->abi_major, host->outputs(run),
	    offers_later(host) ? "yes" : "no");
	*instance = witness;
	return TCPFLOW_OK;
}

static int32_t witness_config(
    void *instance, const char *key, const char *value)
{
	struct witness *witness = instance;

	early(witness, "config: %s=%s\n", key, value);
	if (strcmp(key, "word") != 0)
		try_parsers(&witness->voice, key, value, &witness->number,
		    &witness->flag);
	return TCPFLOW_OK;
}

static int32_t witness_ready(void *instance)
{
	struct witness *witness = instance;
	const struct tcpflow_host *host = witness->voice.host;
	struct tcpflow_scope *run = witness->voice.scope;

	early(witness, "ready: number %" PRIu64 ", flag %" PRId32 "\n",
	    witness->number, witness->flag);
	host->count(run, "ready", 1);
	early(witness, "hold: %" PRId32 "\n", host->hold(run, 1000));
	host->release(run, 1000);
	return TCPFLOW_OK;
}

static int32_t witness_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	const struct witness *witness = instance;
	struct worker *worker = calloc(1, sizeof(*worker));

	if (worker == NULL)
		return TCPFLOW_ENOMEM;
	worker->voice = (struct voice){witness->voice.host, scope};
	worker->shown = SUM_START;
	tell(&worker->voice, TCPFLOW_DIR_NONE, "%s| worker_open: %" PRIu32,
	    witness->early, index);
	*state = worker;
	return TCPFLOW_OK;
}

static void witness_worker_close(void *instance, void *state)
{
	struct worker *worker = state;

	(void)instance;
	tell(&worker->voice, TCPFLOW_DIR_NONE,
	    "worker_close: %" PRIu64 " streams; %" PRIu64
	    " probes were shown %016" PRIx64,
	    worker->streams, worker->probes, worker->shown);
	free(worker);
}

static void witness_finish(void *instance, const struct tcpflow_run *run)
{
	const struct witness *witness = instance;
	const struct voice *voice = &witness->voice;

	WHOLE(voice, run, tcpflow_run, flows);
	tell(voice, TCPFLOW_DIR_NONE,
	    "finish: reason %" PRIu32 ", from %" PRIu64 " to %" PRIu64
	    ", %" PRIu64 " packets, %" PRIu64 " skipped, %" PRIu64
	    " lost, %" PRIu64 " flows",
	    run->reason, run->first_ns, run->last_ns, run->packets,
	    run->skipped, run->lost, run->flows);
	put_record(voice, run->last_ns, run->packets, NULL);
}

static void witness_destroy(void *instance)
{
	struct witness *witness = instance;

	witness->voice.host->log(witness->voice.scope, TCPFLOW_LOG_INFO,
	    "destroy, after %s and %d", "words", 42);
	free(witness);
}

/* Streams. */

static uint64_t sum_probe(uint64_t sum, const struct tcpflow_probe *probe)
{
	sum = sum_number(sum, probe->flags);
	sum = sum_number(sum, probe->info->flow_id);
	for (unsigned dir = 0; dir < 2; dir++) {
		sum = sum_number(sum, probe->offset[dir]);
		sum = sum_bytes(
		    sum, probe->head[dir].ptr, probe->head[dir].len);
	}
	return sum;
}

static int32_t witness_probe(void *state, const struct tcpflow_probe *probe)
{
	struct worker *worker = state;
	const struct tcpflow_stream_info *info = probe->info;

	worker->voice.host->count(worker->voice.scope, "probes", 1);
	/* No console here. */
	if (!TCPFLOW_HAS(probe, struct tcpflow_probe, offset) ||
	    !TCPFLOW_HAS(info, struct tcpflow_stream_info, nattrs))
		return TCPFLOW_EPROTO;
	worker->probes++;
	worker->shown = sum_probe(worker->shown, probe);
	if (info->server.port == PORT_NOT_MINE)
		return TCPFLOW_PROBE_NO;
	if (!(probe->flags & TCPFLOW_PROBE_LAST) &&
	    (probe->head[0].len < SHOWN_ENOUGH ||
		probe->head[1].len < SHOWN_ENOUGH))
		return TCPFLOW_PROBE_MORE;
	return info->flags & TCPFLOW_S_DIR_GUESSED &&
		info->client.port < info->server.port
	    ? TCPFLOW_PROBE_SWAPPED
	    : TCPFLOW_PROBE_YES;
}

static uint64_t sum_address(const struct tcpflow_addr *address)
{
	uint64_t sum = sum_bytes(SUM_START, address->ip, sizeof(address->ip));

	sum = sum_number(sum, address->scope_id);
	sum = sum_number(sum, address->port);
	return sum_number(sum, address->family);
}

static const char *text(const char *text)
{
	return text != NULL ? text : "-";
}

static void tell_info(
    const struct voice *voice, const struct tcpflow_stream_info *info)
{
	WHOLE(voice, info, tcpflow_stream_info, nattrs);
	tell(voice, TCPFLOW_DIR_NONE,
	    "open: flow %" PRIu64 ".%" PRIu32 ", flags %" PRIx32
	    ", depth %" PRIu32 ", since %" PRIu64 ", packet %" PRIu64
	    ", vlan %" PRIu32,
	    info->flow_id, info->stream_index, info->flags, info->depth,
	    info->start_ns, info->start_packet, info->vlan);
	tell(voice, TCPFLOW_DIR_NONE,
	    "  from %016" PRIx64 " to %016" PRIx64
	    ", layer %s, protocol %s, name %.*s, in %s, parent %" PRIu64,
	    sum_address(&info->client), sum_address(&info->server),
	    text(info->layer), text(info->protocol), (int)info->server_name.len,
	    info->server_name.len > 0 ? (const char *)info->server_name.ptr
				      : "",
	    text(info->source),
	    info->parent != NULL ? info->parent->flow_id : 0);
	for (size_t i = 0; i < info->nattrs; i++)
		tell(voice, TCPFLOW_DIR_NONE, "  %s = %.*s", info->attrs[i].key,
		    (int)info->attrs[i].value.len,
		    (const char *)info->attrs[i].value.ptr);
}

static int32_t witness_open(void *state, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **stream)
{
	struct worker *worker = state;
	struct conversation *conversation = calloc(1, sizeof(*conversation));
	const struct tcpflow_host *host = worker->voice.host;
	const struct voice *voice;

	if (conversation == NULL)
		return TCPFLOW_ENOMEM;
	conversation->voice = (struct voice){host, scope};
	conversation->info = info;
	voice = &conversation->voice;
	tell_info(voice, info);
	if (worker->streams++ == 0)
		try_unknown_flags(voice);
	tell(voice, TCPFLOW_DIR_NONE, "hold: %" PRId32 ", too much: %" PRId32,
	    host->hold(scope, 100), host->hold(scope, SIZE_MAX / 2));
	tell(voice, TCPFLOW_DIR_NONE, "wake_at: %" PRId32,
	    host->wake_at(scope, info->start_ns + MICROSECOND));
	conversation->digest = host->digest->open(scope);
	if (info->depth == 0)
		conversation->child = open_child(voice, info);
	*stream = conversation;
	return TCPFLOW_OK;
}

static int32_t witness_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct conversation *conversation = state;
	const struct voice *voice = &conversation->voice;
	uint32_t dir = chunk->dir;

	WHOLE(voice, chunk, tcpflow_chunk, first_packet);
	tell(voice, dir,
	    "data %" PRIu32 ": %zu at %" PRIu64 ", sum %016" PRIx64
	    ", at %" PRIu64 ", packets %" PRIu64 " to %" PRIu64,
	    dir, chunk->len, chunk->offset,
	    sum_bytes(SUM_START, chunk->bytes, chunk->len), chunk->ts_ns,
	    chunk->first_packet, chunk->packet);
	voice->host->count(voice->scope, "bytes", chunk->len);
	voice->host->digest->update(
	    conversation->digest, chunk->bytes, chunk->len);
	conversation->bytes[dir] += chunk->len;
	if (conversation->info->depth > 0) {
		if (conversation->bytes[dir] < READS_ON)
			return TCPFLOW_OK;
		return dir == TCPFLOW_S2C ? TCPFLOW_DONE_DIR : TCPFLOW_DONE;
	}
	if (conversation->sink[dir] == NULL)
		conversation->sink[dir] = open_sink(voice, dir);
	store(voice, conversation->sink[dir], chunk);
	feed_data(voice, conversation->child, chunk);
	return TCPFLOW_OK;
}

static int32_t witness_gap(void *state, const struct tcpflow_gap *gap)
{
	const struct conversation *conversation = state;
	const struct voice *voice = &conversation->voice;

	WHOLE(voice, gap, tcpflow_gap, zero);
	tell(voice, gap->dir,
	    "gap %" PRIu32 ": %" PRIu64 " at %" PRIu64 ", at %" PRIu64
	    ", packet %" PRIu64 ", reason %" PRIu32,
	    gap->dir, gap->len, gap->offset, gap->ts_ns, gap->packet,
	    gap->reason);
	return TCPFLOW_OK;
}

static void tell_end(
    const struct voice *voice, const char *word, const struct tcpflow_end *end)
{
	WHOLE(voice, end, tcpflow_end, length);
	tell(voice, end->dir,
	    "%s %" PRId32 ": reason %" PRIu32 ", at %" PRIu64
	    ", packet %" PRIu64 ", length %" PRIu64 " and %" PRIu64,
	    word, (int32_t)end->dir, end->reason, end->ts_ns, end->packet,
	    end->length[0], end->length[1]);
}

static int32_t witness_eof(void *state, const struct tcpflow_end *end)
{
	const struct conversation *conversation = state;
	const struct voice *voice = &conversation->voice;

	tell_end(voice, "eof", end);
	feed_end(voice, conversation->child, end);
	return TCPFLOW_OK;
}

static int32_t witness_wake(void *state, uint64_t ts_ns)
{
	const struct conversation *conversation = state;
	const struct voice *voice = &conversation->voice;

	tell(voice, TCPFLOW_DIR_NONE, "wake: %" PRIu64, ts_ns);
	return TCPFLOW_OK;
}

static void witness_close(void *state, const struct tcpflow_end *end)
{
	struct conversation *conversation = state;
	const struct voice *voice = &conversation->voice;

	tell_end(voice, "close", end);
	close_child(voice, conversation->child, end);
	for (uint32_t dir = 0; dir < 2; dir++)
		finish_sink(voice, conversation->sink[dir], dir);
	put_record(voice, end->ts_ns, end->packet, conversation->digest);
	voice->host->digest->close(conversation->digest);
	voice->host->release(voice->scope, 100);
	free(conversation);
}

#ifdef LATER
static int32_t witness_later(void *a, const void *b, size_t c)
{
	(void)a;
	(void)b;
	(void)c;
	abort(); /* no host knows it */
}
#endif

static const struct tcpflow_param witness_params[] = {
    {"number", "SIZE", "3k", "a number", 0, 0},
    {"flag", "yes|no", "yes", "a flag", 0, 0},
    {"word", "TEXT", NULL, "any number of words", TCPFLOW_PARAM_REPEAT, 0},
    {NULL, NULL, NULL, NULL, 0, 0},
};

static const struct tcpflow_plugin witness_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "witness",
    .version = "1",
    .summary = "tells what it saw: for tests of the ABI",
    .params = witness_params,
    .create = witness_create,
    .config = witness_config,
    .ready = witness_ready,
    .finish = witness_finish,
    .destroy = witness_destroy,
    .worker_open = witness_worker_open,
    .worker_close = witness_worker_close,
    .probe = witness_probe,
    .open = witness_open,
    .data = witness_data,
    .gap = witness_gap,
    .eof = witness_eof,
    .wake = witness_wake,
    .close = witness_close,
#ifdef LATER
    .later = witness_later,
#endif
};

TCPFLOW_PLUGIN(witness_plugin);
