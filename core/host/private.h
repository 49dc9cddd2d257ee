/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of core/host share behind host.h.
 *
 *	host ----- plugin, plugin...       in -P order, with their instances
 *	  |
 *	worker --- worker_plugin, ...      their worker states and counters
 *	  |
 *	stream --- owner, observers...     each an attachment: scope and state
 *
 * A scope names to the services on whose behalf they are called. */
#ifndef CORE_HOST_PRIVATE_H
#define CORE_HOST_PRIVATE_H

#include <stdatomic.h>
#include <tcpflow/plugin.h>

#include "core/base/heap.h"
#include "core/base/json.h"
#include "core/base/list.h"
#include "core/base/magic.h"
#include "core/base/pool.h"
#include "core/base/thread.h"
#include "core/host/host.h"

#define SCOPE_MAGIC 0x73636f70u
#define STREAM_MAGIC 0x73747265u
#define COUNTERS_MOST 64u
#define LOG_FORMATS_MOST 16u
#define ENVELOPE_KEYS 11u
#define PLUGINS_MOST 64u /* bits of stream.failed           */

enum scope_kind { SCOPE_RUN, SCOPE_WORKER, SCOPE_STREAM };

struct tcpflow_scope {
	uint32_t magic;
	enum scope_kind kind;
	struct plugin *plugin;
	struct host_worker *worker; /* NULL: the run's                 */
	struct stream *stream;      /* NULL: not a stream's            */
	size_t held;                /* bytes, by hold()                */
	struct list sinks;          /* open ones                       */
	struct list children;       /* likewise, oldest first          */
	struct list digests;        /* open ones                       */
	struct escape carry[2];     /* of text on the console, by dir  */
};

/* A counter that a plugin keeps. */
struct plugin_counter {
	char *name;
	uint64_t value;
};

/* How often a message was shown in the second that runs.  The format is
 * compared as a pointer and never read again. */
struct log_limit {
	const char *format;
	int64_t second;
	unsigned shown;
	unsigned suppressed;
};

/* What the services note of one plugin on one thread. */
struct ledger {
	struct plugin_counter counters[COUNTERS_MOST];
	size_t counter_count;
	struct log_limit log_limits[LOG_FORMATS_MOST];
	bool complained; /* it has told the user of an error */
};

struct setting {
	char *plugin; /* -S only                         */
	char *key;
	char *value;
	struct setting *next;
};

struct plugin {
	struct host *host;
	const struct tcpflow_plugin *descriptor;
	void *library; /* of dlopen; NULL: linked in      */
	int file;      /* it was loaded from; -1: linked in */
	char *path;
	void *instance;
	struct tcpflow_scope scope; /* the run's                       */
	struct setting *settings;   /* in the order given              */
	size_t index;
	bool observes;
	bool ready;
	struct ledger ledger;    /* main thread, and closed workers */
	_Atomic unsigned astray; /* services called outside of callbacks */
};

struct host {
	struct host_config config;
	struct tcpflow_host table; /* what plugins get                */
	struct plugin **plugins;
	size_t count;
	size_t observers;         /* that see streams                */
	size_t fallback;          /* the first that takes whatever   */
				  /* reaches it; count: none does    */
	bool has_probes;          /* somebody before the fallback    */
	struct setting *settings; /* -S, until ready                 */
	struct list workers;
	struct lock serial;                /* of all SERIAL plugins           */
	struct host_worker_config outlets; /* for the run's scope: those of  */
					   /* the first worker while they  */
					   /* are there, else all NULL     */
	struct lent_path *lent;            /* to a callback of the run        */
	uint64_t last_ns;                  /* packet time where workers ended */
	atomic_bool stop_asked;            /* by a plugin                     */
};

struct worker_plugin {
	struct tcpflow_scope scope;
	void *state;
	bool open;
	struct ledger ledger;
};

/* The path of a finished sink, lent to a plugin. */
struct lent_path {
	struct lent_path *next;
	char *path;
};

struct host_worker {
	struct host *host;
	struct list link; /* in the host                     */
	struct host_worker_config config;
	struct heap alarms;
	struct pool records; /* of streams                      */
	uint64_t now_ns;     /* of the event in hand            */
	uint64_t packet;
	unsigned nested;        /* child events that run within an event */
	struct lent_path *lent; /* until the callback has returned */
	struct tcpflow_record *builders; /* of records, not in use         */
	struct json json;                /* of flow records                */
	struct buffer text;              /* of what goes to the console    */
	struct digest *sha1;             /* for Community IDs; NULL: none   */
	uint64_t envelope_keys[ENVELOPE_KEYS];
	size_t streams;
	struct worker_plugin plugins[];
};

/* One plugin on one stream. */
struct attachment {
	void *state;
	bool attached;
	bool turned;  /* sees the sides exchanged        */
	bool done[2]; /* DONE_DIR, by the plugin's dir   */
	struct tcpflow_scope scope;
	struct heap_element alarm;
};

/* What the host keeps of a stream for its flow record (flow_record.c). */
struct flow_record;

/* The eof of a direction, for whoever takes the stream later. */
struct past_eof {
	bool there;
	uint32_t reason;
	uint64_t ts_ns;
	uint64_t packet;
};

/* Directions are the flow's own everywhere in here.  Where a probe found that
 * the sides were guessed wrong, they are exchanged on the way to the owner that
 * found it; observers, and who had the stream before, keep their view. */
struct stream {
	_Alignas(CACHE_LINE) uint32_t magic;
	bool offering;    /* somebody may still claim it     */
	bool first_offer; /* nobody has been decided on yet  */
	bool again;       /* is worth more than one offer    */
	bool swapped;     /* the client is the other side    */
	bool claimed;     /* had an owner at some time       */
	uint8_t current;  /* of owner[]                      */
	struct host_worker *worker;
	uint64_t next[2];           /* offset behind the last event    */
	uint64_t last_ns;           /* of the last event               */
	uint64_t last_packet;       /* likewise                        */
	struct probe *probe;        /* withheld events, or NULL        */
	struct past_eof past[2];    /* while it is being offered       */
	unsigned tries;             /* offers after the first          */
	struct attachment owner[2]; /* the other one takes over        */
	struct tcpflow_stream_info info;
	struct tcpflow_stream_info *turned; /* where swapped; or NULL  */
	const struct flow_key *key;
	struct stream *root;        /* depth 0; itself, if it is that  */
	uint32_t descendants;       /* root: opened in all             */
	uint32_t children;          /* open ones                       */
	uint64_t uncovered;         /* root: bytes given to all those  */
	size_t preferred;           /* a plugin to ask first, from 1   */
	uint64_t failed;            /* plugins, by index: not asked    */
	void *facts;                /* what info of a child points at  */
	struct flow_record *record; /* NULL: none is wanted            */
	struct buffer envelope;     /* members of its records, or empty*/
	struct attachment observers[];
};

/* Who talks with whom, as far as is known now. */
static inline const struct tcpflow_stream_info *stream_truth(
    const struct stream *stream)
{
	return stream->swapped ? stream->turned : &stream->info;
}

/* What one plugin was told of the stream. */
static inline const struct tcpflow_stream_info *attachment_info(
    const struct attachment *attachment)
{
	const struct stream *stream = attachment->scope.stream;

	return attachment->turned ? stream->turned : &stream->info;
}

/* Whether the plugin is called for streams at all. */
static inline bool plugin_takes_streams(const struct plugin *plugin)
{
	return plugin->descriptor->open != NULL &&
	    plugin->descriptor->data != NULL;
}

/* A callback that this thread is in: what services hold their callers against,
 * who may be mistaken.  It stands on the stack of who calls the plugin. */
struct plugin_call {
	struct plugin_call *outer; /* a child's callback is within    */
				   /* its decoder's; NULL: none       */
	struct plugin *plugin;
	struct host_worker *worker;     /* whose scopes may be used; NULL: */
					/* no worker's                     */
	bool main;                      /* so may the run's: no worker runs */
	bool probing;                   /* only log and count              */
	struct tcpflow_record *records; /* begun in it, and open           */
};

/* call.c: the innermost one of this thread; NULL: it is in none.  No argument
 * of a service can tell whose thread it runs on. */
extern _Thread_local struct plugin_call *plugin_call_now;

/* Tells the user of a mistake that was noticed, with the plugin and how often;
 * the scope is one that may be used, or NULL.  `what` is a literal. */
void plugin_misuse(
    struct tcpflow_scope *scope, const char *service, const char *what);
/* The same of a scope that may not be used here.  False. */
bool plugin_refuse(const struct tcpflow_scope *scope, const char *service);

static inline bool plugin_lives_here(
    const struct tcpflow_scope *scope, const struct plugin_call *call)
{
	return scope != NULL && call != NULL && scope->magic == SCOPE_MAGIC &&
	    scope->plugin == call->plugin &&
	    (scope->worker == call->worker ||
		(scope->worker == NULL && call->main));
}

/* Whether the service may act for the scope, in the callback that runs; else the
 * user is told. */
static inline bool plugin_may(
    const struct tcpflow_scope *scope, const char *service)
{
	const struct plugin_call *call = plugin_call_now;

	return (plugin_lives_here(scope, call) && !call->probing) ||
	    plugin_refuse(scope, service);
}

/* Likewise, of a service that probe has, too. */
static inline bool plugin_may_anywhere(
    const struct tcpflow_scope *scope, const char *service)
{
	return plugin_lives_here(scope, plugin_call_now) ||
	    plugin_refuse(scope, service);
}

/* service_record.c: those that the callback has forgotten are left out. */
void service_record_forgotten(struct plugin_call *call);

/* A callback stands between enter and leave; on the main thread, where no worker
 * runs, between enter_main and leave. */
static inline void plugin_enter(
    struct plugin_call *call, struct plugin *plugin, struct host_worker *worker)
{
	if (plugin->descriptor->flags & TCPFLOW_P_SERIAL)
		lock_take(&plugin->host->serial);
	*call = (struct plugin_call){
	    .outer = plugin_call_now,
	    .plugin = plugin,
	    .worker = worker,
	};
	plugin_call_now = call;
}

static inline void plugin_enter_main(
    struct plugin_call *call, struct plugin *plugin, struct host_worker *worker)
{
	plugin_enter(call, plugin, worker);
	call->main = true;
}

static inline void plugin_leave(struct plugin_call *call)
{
	if (call->records != NULL)
		service_record_forgotten(call);
	plugin_call_now = call->outer;
	if (call->plugin->descriptor->flags & TCPFLOW_P_SERIAL)
		lock_release(&call->plugin->host->serial);
}

/* trust.c: whether the environment is the user's own; it is not where set-uid
 * or file capabilities gave us rights that the user has not. */
bool trust_environment(void);

/* Opens the file at path, for reading, if it is there and may be trusted; -1:
 * not there, or refused, which is logged.  *found tells that it is there, as
 * far as we may look. */
int trust_open(const struct log *log, const char *path, bool *found);

/* search.c: the file of a plugin, opened and checked, and its path, which is
 * the caller's.  -1: logged. */
int search_open(
    const struct host_config *config, const char *name, char **path);

/* Calls visit once for each name that search_open() would find a file for. */
void search_each(const struct host_config *config,
    void (*visit)(void *context, const char *name), void *context);

/* loader.c: a plugin from its file, checked.  The plugin is not created.
 * NULL: logged. */
struct plugin *loader_open(const struct host_config *config, const char *name);
void loader_close(struct plugin **plugin);

/* NULL: out of memory. */
struct plugin *plugin_new(void);

/* Whether the descriptor can be used; else *problem says why not.  `path` is
 * its file's; NULL: it has none. */
bool loader_check(const struct tcpflow_plugin *descriptor, const char *path,
    const char **problem);

/* settings.c */
struct setting *setting_new(
    const char *plugin, const char *key, size_t key_length, const char *value);
void setting_append(struct setting **list, struct setting *setting);
void settings_free(struct setting **list);

/* Splits "NAME[:k=v,...]": *name is the caller's.  Failures are logged. */
enum host_result specification_parse(const struct log *log, const char *text,
    char **name, struct setting **settings);

/* Passes presets and values to the plugin's config. */
enum host_result settings_apply(struct plugin *plugin);

const struct tcpflow_param *settings_param(
    const struct tcpflow_plugin *descriptor, const char *key);

/* host.c: a plugin that is linked in, for tests. */
enum host_result host_add(
    struct host *host, const struct tcpflow_plugin *descriptor);

/* scope.c */
void scope_init(struct tcpflow_scope *scope, enum scope_kind kind,
    struct plugin *plugin, struct host_worker *worker, struct stream *stream);
/* Finishes what the plugin left open and corrects its balance. */
void scope_end(struct tcpflow_scope *scope);
struct attachment *scope_attachment(struct tcpflow_scope *scope);
struct ledger *scope_ledger(struct tcpflow_scope *scope);

/* The tables of services. */
extern const struct tcpflow_sink_api service_sink;
extern const struct tcpflow_console_api service_console;
extern const struct tcpflow_record_api service_record;
extern const struct tcpflow_digest_api service_digest;
extern const struct tcpflow_child_api service_child;
void service_core_fill(struct tcpflow_host *table);
void service_console_end(struct tcpflow_scope *scope);
void service_sink_end(struct tcpflow_scope *scope);
void service_digest_end(struct tcpflow_scope *scope);

/* service_sink.c: a sink that may be used here; else the user is told. */
bool service_sink_may(const struct tcpflow_sink *sink, const char *service);
/* What is open is removed. */
void service_sink_drop(struct tcpflow_scope *scope);
/* The paths lent to the last callback are taken back. */
void service_sink_take_back(struct lent_path **lent);

/* run_sink.c: a piece for a SHARED sink. */
int32_t service_sink_append(struct tcpflow_sink *sink,
    const struct tcpflow_scope *scope, const struct buffer *piece);
/* Whether the scope's plugin can append to it. */
bool service_sink_is_shared(
    const struct tcpflow_sink *sink, const struct tcpflow_scope *scope);
/* No files are wanted. */
bool service_sink_swallows(const struct tcpflow_sink *sink);

/* service_log.c: of the host itself, with a scope that lives. */
void service_log(struct tcpflow_scope *scope, uint32_t level,
    const char *format, ...) TCPFLOW_PRINTF(3, 4);
/* For plugins. */
void service_log_checked(struct tcpflow_scope *scope, uint32_t level,
    const char *format, ...) TCPFLOW_PRINTF(3, 4);
/* The same, limited by the kind, a literal, in the place of the format. */
void service_log_kind(struct tcpflow_scope *scope, uint32_t level,
    const char *kind, const char *format, ...) TCPFLOW_PRINTF(4, 5);
/* Tells how many messages were left out and not told of yet. */
void service_log_end(struct tcpflow_scope *scope);

/* service_count.c: of the host itself, with a scope that lives. */
void service_count(struct tcpflow_scope *scope, const char *name, uint64_t add);
/* For plugins. */
void service_count_checked(
    struct tcpflow_scope *scope, const char *name, uint64_t add);
/* The plugin's own ledger takes over what a worker's has counted. */
void service_count_end(struct tcpflow_scope *worker_scope);

/* For the order of what is written; 0: of no flow. */
static inline uint64_t scope_flow(const struct tcpflow_scope *scope)
{
	return scope->stream != NULL ? scope->stream->info.flow_id : 0;
}

/* worker.c: brings a copy of the text to an outlet, in its turn.  False: out of
 * memory. */
bool worker_put(struct host_worker *worker, struct outlet *outlet,
    uint64_t flow, uint32_t flags, const struct buffer *text);

/* worker.c: the event in hand, which is also the end of what was lent to the
 * callbacks of the last one. */
static inline void worker_at(
    struct host_worker *worker, uint64_t ts_ns, uint64_t packet)
{
	worker->now_ns = ts_ns;
	worker->packet = packet;
	if (worker->lent != NULL && worker->nested == 0)
		service_sink_take_back(&worker->lent);
}

/* dispatch.c: one plugin on one stream. */
bool attachment_open(struct attachment *attachment, struct stream *stream,
    struct plugin *plugin, bool turned);
void attachment_data(
    struct attachment *attachment, const struct tcpflow_chunk *chunk);
void attachment_gap(
    struct attachment *attachment, const struct tcpflow_gap *gap);
void attachment_eof(
    struct attachment *attachment, const struct tcpflow_end *end);
void attachment_wake(struct attachment *attachment, uint64_t ts_ns);
void attachment_close(
    struct attachment *attachment, const struct tcpflow_end *end);
/* close(DETACHED), with where the directions ended for this plugin. */
void attachment_detach(struct attachment *attachment, const uint64_t length[2]);

/* stream.c: to the owner, if there is one; bytes nobody takes are counted. */
void stream_owner_data(
    struct stream *stream, const struct tcpflow_chunk *chunk);
void stream_owner_gap(struct stream *stream, const struct tcpflow_gap *gap);
void stream_owner_eof(struct stream *stream, const struct tcpflow_end *end);

static inline struct attachment *stream_owner(struct stream *stream)
{
	return &stream->owner[stream->current];
}

/* service_child.c: closes those that are open, newest first. */
void service_child_end(struct tcpflow_scope *scope);

/* stream.c: a record for a stream, offered to all plugins, whose info and root
 * the caller fills in before stream_begin().  NULL: no memory. */
struct stream *stream_new(struct host_worker *worker);
void stream_begin(struct stream *stream);

/* stream.c: what plugins are told of a stream. */
void stream_info_fill(
    struct tcpflow_stream_info *info, const struct flow_facts *facts);

/* envelope.c: appends what every record of the stream begins with: flow,
 * Community ID, the two ends, the layer. */
void envelope_append(struct json *json, struct host_worker *worker,
    const struct tcpflow_stream_info *info, const struct flow_key *key);
/* Hashes of all keys that an envelope can have: nobody else may. */
void envelope_keys_fill(uint64_t keys[ENVELOPE_KEYS]);
/* The same members, kept in the stream for its next record. */
void envelope_append_stream(struct json *json, struct stream *stream);
/* The same for its last record: what is not kept yet need not be. */
void envelope_append_last(struct json *json, const struct stream *stream);

/* flow_record.c: the record of a connection at its end, in memory of so many
 * bytes; every other function takes NULL. */
size_t flow_record_bytes(void);
struct flow_record *flow_record_init(void *memory, unsigned digests);
void flow_record_data(
    struct flow_record *record, const struct tcpflow_chunk *chunk);
void flow_record_gap(struct flow_record *record, const struct tcpflow_gap *gap);
/* The first file that holds bytes of a direction as they came. */
void flow_record_file(
    struct flow_record *record, uint32_t direction, const char *path);
void flow_record_account(
    struct flow_record *record, const struct flow_account *account);
/* Writes it and frees all but the memory that was given. */
void flow_record_close(struct flow_record *record, struct stream *stream);
/* Of a connection that carried nothing. */
void flow_record_silent(
    struct host_worker *worker, const struct flow_account *account);

/* service_record.c: NULL for NULL, and for one that may not be used here. */
struct json *service_record_json(struct tcpflow_record *record);
void service_record_end(struct host_worker *worker);

/* service_digest.c: a member for each digest that is kept. */
void service_digest_append(struct digest *digest, struct json *json);

/* sides.c: makes stream->turned.  False: no memory. */
bool sides_turn(struct stream *stream);
/* Takes it back: nobody was told, or the stream is over. */
void sides_forget(struct stream *stream);

/* probe.c: who takes a stream that is being offered. */
void probe_data(struct stream *stream, const struct tcpflow_chunk *chunk);
void probe_gap(struct stream *stream, const struct tcpflow_gap *gap);
void probe_eof(struct stream *stream, const struct tcpflow_end *end);
void probe_close(struct stream *stream);
/* Opens the stream for the plugin.  False: that failed, and the plugin gets no
 * more of the stream. */
bool probe_open(struct stream *stream, struct attachment *attachment,
    struct plugin *plugin);
/* An alarm goes off, perhaps of an owner from which events are withheld. */
void probe_wake(
    struct stream *stream, struct attachment *attachment, uint64_t ts_ns);

#endif
