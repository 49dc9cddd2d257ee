/* SPDX-License-Identifier: BSD-2-Clause */
/* har: one file about the whole run, in the manner of HTTP Archives: an entry for
 * each connection, with the first line of either side.  It looks on while others
 * take the streams.
 *
 *	mode=shared  entries go to a SHARED sink as connections end; nothing is kept
 *	mode=list    entries are kept by worker, joined when workers close, and
 *	             written at the end of the run; what there is no room for is
 *	             left out, and counted */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tcpflow/plugin.h>

#define LINE_MOST 200u
#define PIECE_ROOM 2048u
#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

#define HEAD \
	"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"har\"," \
	"\"version\":\"1.0\"},\"entries\":[\n"
#define BETWEEN ",\n"
#define TAIL "\n]}}\n"

struct entry {
	struct entry *next;
	uint64_t flow;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t bytes[2];
	uint64_t missing[2];
	char server[INET6_ADDRSTRLEN];
	uint16_t port; /* the client's                    */
	char line[2][LINE_MOST + 1];
	size_t line_length[2];
	bool line_ended[2];
};

struct list {
	struct entry *first;
	struct entry *last;
	size_t count;
};

struct har { /* one for the run                 */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	bool shared;
	uint64_t room;             /* bytes of a worker's list        */
	struct tcpflow_sink *sink; /* SHARED                          */
	struct list list;
};

struct worker {
	struct har *har;
	struct tcpflow_scope *scope;
	struct list list;
};

struct talk { /* one for each stream             */
	struct worker *worker;
	struct tcpflow_scope *scope;
	struct entry *entry;
};

static int32_t har_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct har *har = calloc(1, sizeof(*har));

	if (har == NULL)
		return TCPFLOW_ENOMEM;
	har->host = host;
	har->run = run;
	*instance = har;
	return TCPFLOW_OK;
}

static void drop(struct list *list, const struct tcpflow_host *host,
    struct tcpflow_scope *scope)
{
	while (list->first != NULL) {
		struct entry *entry = list->first;

		list->first = entry->next;
		free(entry);
		host->release(scope, sizeof(*entry));
	}
	*list = (struct list){0};
}

static void har_destroy(void *instance)
{
	struct har *har = instance;

	drop(&har->list, har->host, har->run);
	free(har);
}

static int32_t har_config(void *instance, const char *key, const char *value)
{
	struct har *har = instance;

	if (strcmp(key, "room") == 0)
		return har->host->parse_u64(
		    har->run, key, value, 0, UINT64_C(1) << 40, &har->room);
	har->shared = strcmp(value, "shared") == 0;
	if (har->shared || strcmp(value, "list") == 0)
		return TCPFLOW_OK;
	har->host->log(har->run, TCPFLOW_LOG_ERROR,
	    "%s=%s: shared or list is wanted", key, value);
	return TCPFLOW_EINVAL;
}

static int32_t har_ready(void *instance)
{
	struct har *har = instance;
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SHARED,
	    .dir = TCPFLOW_DIR_NONE,
	    .suffix = ".json",
	    .head = HEAD,
	    .between = BETWEEN,
	    .tail = TAIL,
	};

	return har->shared ? har->host->sink->open(har->run, &spec, &har->sink)
			   : TCPFLOW_OK;
}

static int32_t har_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	(void)index;
	if (worker == NULL)
		return TCPFLOW_ENOMEM;
	worker->har = instance;
	worker->scope = scope;
	*state = worker;
	return TCPFLOW_OK;
}

/* The entries are the run's from now on, and so is what they hold. */
static void har_worker_close(void *instance, void *state)
{
	struct har *har = instance;
	struct worker *worker = state;
	size_t bytes = worker->list.count * sizeof(struct entry);

	har->host->release(worker->scope, bytes);
	if (har->host->hold(har->run, bytes) != TCPFLOW_OK)
		har->host->log(har->run, TCPFLOW_LOG_WARN, "no room to join");
	if (har->list.last != NULL)
		har->list.last->next = worker->list.first;
	else
		har->list.first = worker->list.first;
	if (worker->list.last != NULL)
		har->list.last = worker->list.last;
	har->list.count += worker->list.count;
	free(worker);
}

static int32_t har_open(void *state, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **out)
{
	struct worker *worker = state;
	const struct tcpflow_host *host = worker->har->host;
	const size_t bytes = sizeof(struct talk) + sizeof(struct entry);
	struct talk *talk;

	if (host->hold(scope, bytes) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, sizeof(*talk));
	if (talk != NULL)
		talk->entry = calloc(1, sizeof(*talk->entry));
	if (talk == NULL || talk->entry == NULL) {
		free(talk);
		host->release(scope, bytes);
		return TCPFLOW_ENOMEM;
	}
	talk->worker = worker;
	talk->scope = scope;
	talk->entry->flow = info->flow_id;
	talk->entry->start_ns = info->start_ns;
	talk->entry->port = info->client.port;
	inet_ntop(info->server.family == 6 ? AF_INET6 : AF_INET,
	    info->server.ip, talk->entry->server, sizeof(talk->entry->server));
	*out = talk;
	return TCPFLOW_OK;
}

/* The first line as far as it is text: then either mode writes it alike. */
static void take_line(
    struct entry *entry, uint32_t dir, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length && !entry->line_ended[dir]; i++) {
		char *at = &entry->line[dir][entry->line_length[dir]];

		*at = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '?';
		entry->line_ended[dir] = bytes[i] == '\n' || bytes[i] == '\r' ||
		    entry->line_length[dir] == LINE_MOST;
		entry->line_length[dir] += !entry->line_ended[dir];
	}
}

static int32_t har_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	struct entry *entry = talk->entry;

	take_line(entry, chunk->dir, chunk->bytes, chunk->len);
	entry->bytes[chunk->dir] += chunk->len;
	entry->end_ns = chunk->ts_ns;
	return TCPFLOW_OK;
}

static int32_t har_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;

	talk->entry->line_ended[gap->dir] = true;
	talk->entry->missing[gap->dir] += gap->len;
	return TCPFLOW_OK;
}

/* ISO 8601, as HAR has it. */
static void write_date(char *text, size_t room, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	char date[32];

	if (gmtime_r(&seconds, &parts) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts) == 0)
		date[0] = '\0';
	snprintf(text, room, "%s.%03uZ", date,
	    (unsigned)(ns % NS_PER_SECOND / NS_PER_MS));
}

static uint64_t duration_ms(const struct entry *entry)
{
	return (entry->end_ns - entry->start_ns) / NS_PER_MS;
}

/* Through the host: a bare record, which is the piece. */

static void put_side(const struct tcpflow_record_api *api,
    struct tcpflow_record *record, const char *key, const struct entry *entry,
    uint32_t dir)
{
	api->object(record, key);
	api->str(record, "line", entry->line[dir], entry->line_length[dir]);
	api->u64(record, "bytes", entry->bytes[dir]);
	api->u64(record, "missing", entry->missing[dir]);
	api->end(record);
}

static void share(const struct talk *talk)
{
	const struct har *har = talk->worker->har;
	const struct tcpflow_record_api *api = har->host->record;
	const struct entry *entry = talk->entry;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_RECORD_BARE,
	    .into = har->sink,
	};
	struct tcpflow_record *record = api->begin(talk->scope, &spec);
	char date[48];

	write_date(date, sizeof(date), entry->start_ns);
	api->str(record, "startedDateTime", date, strlen(date));
	api->u64(record, "time", duration_ms(entry));
	api->u64(record, "_flow", entry->flow);
	api->str(
	    record, "serverIPAddress", entry->server, strlen(entry->server));
	api->u64(record, "connection", entry->port);
	put_side(api, record, "request", entry, TCPFLOW_C2S);
	put_side(api, record, "response", entry, TCPFLOW_S2C);
	har->host->count(talk->scope,
	    api->commit(record) == TCPFLOW_OK ? "entries" : "left_out", 1);
}

/* By hand: sinks that are not SHARED take no records. */

/* A JSON string of bytes from ' ' to '~'; NULL: no room. */
static char *write_string(
    char *at, const char *end, const char *bytes, size_t length)
{
	if (at == NULL || (size_t)(end - at) < 2 * length + 3)
		return NULL;
	*at++ = '"';
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			*at++ = '\\';
		*at++ = bytes[i];
	}
	*at++ = '"';
	return at;
}

static char *write_format(char *at, const char *end, const char *format, ...)
    TCPFLOW_PRINTF(3, 4);

static char *write_format(char *at, const char *end, const char *format, ...)
{
	va_list arguments;
	int length;

	if (at == NULL)
		return NULL;
	va_start(arguments, format);
	length = vsnprintf(at, (size_t)(end - at), format, arguments);
	va_end(arguments);
	return length >= 0 && length < end - at ? at + length : NULL;
}

static char *write_side(char *at, const char *end, const char *key,
    const struct entry *entry, uint32_t dir)
{
	at = write_format(at, end, ",\"%s\":{\"line\":", key);
	at = write_string(at, end, entry->line[dir], entry->line_length[dir]);
	return write_format(at, end,
	    ",\"bytes\":%" PRIu64 ",\"missing\":%" PRIu64 "}",
	    entry->bytes[dir], entry->missing[dir]);
}

static void write_entry(
    const struct har *har, struct tcpflow_sink *sink, const struct entry *entry)
{
	char piece[PIECE_ROOM];
	const char *end = piece + sizeof(piece);
	char date[48];
	char *at;

	write_date(date, sizeof(date), entry->start_ns);
	at = write_format(piece, end,
	    "{\"startedDateTime\":\"%s\",\"time\":%" PRIu64
	    ",\"_flow\":%" PRIu64
	    ",\"serverIPAddress\":\"%s\",\"connection\":%u",
	    date, duration_ms(entry), entry->flow, entry->server, entry->port);
	at = write_side(at, end, "request", entry, TCPFLOW_C2S);
	at = write_side(at, end, "response", entry, TCPFLOW_S2C);
	at = write_format(at, end, "}%s", entry->next != NULL ? BETWEEN : "");
	if (at != NULL)
		har->host->sink->write(sink, piece, (size_t)(at - piece));
}

/* A file that a cap had cut would be no JSON. */
static void har_finish(void *instance, const struct tcpflow_run *run)
{
	struct har *har = instance;
	const struct tcpflow_sink_api *api = har->host->sink;
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_UNCAPPED,
	    .dir = TCPFLOW_DIR_NONE,
	    .suffix = ".json",
	};
	struct tcpflow_sink *sink;

	(void)run;
	if (har->shared || api->open(har->run, &spec, &sink) != TCPFLOW_OK)
		return;
	api->write(sink, HEAD, strlen(HEAD));
	for (const struct entry *at = har->list.first; at != NULL;
	     at = at->next)
		write_entry(har, sink, at);
	api->write(sink, TAIL, strlen(TAIL));
	if (api->finish(sink, NULL, NULL) != TCPFLOW_OK)
		har->host->log(
		    har->run, TCPFLOW_LOG_ERROR, "the list is incomplete");
}

/* The worker keeps the entry, if there is room for it.  The host would let a list
 * grow until no plugin can hold anything: it must have a limit of its own. */
static bool keep(struct talk *talk)
{
	struct worker *worker = talk->worker;
	struct list *list = &worker->list;

	if (list->count >= worker->har->room / sizeof(*talk->entry) ||
	    worker->har->host->hold(worker->scope, sizeof(*talk->entry)) !=
		TCPFLOW_OK)
		return false;
	if (list->last != NULL)
		list->last->next = talk->entry;
	else
		list->first = talk->entry;
	list->last = talk->entry;
	list->count++;
	return true;
}

static void har_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct har *har = talk->worker->har;
	const struct tcpflow_host *host = har->host;
	bool kept = false;

	(void)end;
	host->release(talk->scope, sizeof(*talk) + sizeof(*talk->entry));
	if (har->shared) {
		share(talk);
	} else {
		kept = keep(talk);
		host->count(talk->scope, kept ? "entries" : "left_out", 1);
	}
	if (!kept)
		free(talk->entry);
	free(talk);
}

static const struct tcpflow_param params[] = {
    {.key = "mode",
	.form = "shared|list",
	.preset = "shared",
	.help = "write entries as they come, or all at the end"},
    {.key = "room",
	.form = "SIZE",
	.preset = "16M",
	.help = "for the list; what comes when it is full is left out"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, TCPFLOW_P_OBSERVER),
    .name = "har",
    .version = "1.0",
    .summary = "one file about all connections of the run",
    .params = params,
    .create = har_create,
    .config = har_config,
    .ready = har_ready,
    .finish = har_finish,
    .destroy = har_destroy,
    .worker_open = har_worker_open,
    .worker_close = har_worker_close,
    .open = har_open,
    .data = har_data,
    .gap = har_gap,
    .close = har_close,
};

TCPFLOW_PLUGIN(plugin);
