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

#include <tcpflow/plugin.h>

#include "core/base/heap.h"
#include "core/base/list.h"
#include "core/base/magic.h"
#include "core/host/host.h"

#define SCOPE_MAGIC 0x73636f70u
#define STREAM_MAGIC 0x73747265u
#define COUNTERS_MOST 64u
#define LOG_FORMATS_MOST 16u

enum scope_kind { SCOPE_RUN, SCOPE_WORKER, SCOPE_STREAM };

struct tcpflow_scope {
	uint32_t magic;
	enum scope_kind kind;
	struct plugin *plugin;
	struct host_worker *worker; /* NULL: the run's                 */
	struct stream *stream;      /* NULL: not a stream's            */
	size_t held;                /* bytes, by hold()                */
	struct list sinks;          /* open ones                       */
	struct escape carry[2];     /* of text on the console, by dir  */
};

/* A counter that a plugin keeps. */
struct plugin_counter {
	char *name;
	uint64_t value;
};

/* How often a message was shown in the second that runs. */
struct log_limit {
	const char *format;
	int64_t second;
	unsigned shown;
	unsigned suppressed;
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
	void *library; /* of dlopen; NULL: built in       */
	int file;      /* descriptor it was loaded from   */
	char *path;
	void *instance;
	struct tcpflow_scope scope; /* the run's                       */
	struct setting *settings;   /* in the order given              */
	size_t index;
	bool observes;
	bool created;
	bool ready;
	struct plugin_counter counters[COUNTERS_MOST];
	size_t counter_count;
	struct log_limit log_limits[LOG_FORMATS_MOST];
};

struct host {
	struct host_config config;
	struct tcpflow_host table; /* what plugins get                */
	struct plugin **plugins;
	size_t count;
	size_t observers;
	bool has_probes;
	struct setting *settings; /* -S, until ready                 */
};

struct worker_plugin {
	struct tcpflow_scope scope;
	void *state;
	char *last_path; /* of the sink finished last       */
	bool open;
};

struct host_worker {
	struct host *host;
	struct host_worker_config config;
	struct heap alarms;
	uint64_t now_ns; /* of the event in hand            */
	uint64_t packet;
	size_t streams;
	struct worker_plugin plugins[];
};

/* One plugin on one stream. */
struct attachment {
	struct tcpflow_scope scope;
	struct heap_element alarm;
	void *state;
	bool attached;
	bool done[2]; /* DONE_DIR, by the stream's dir   */
};

struct stream {
	uint32_t magic;
	struct host_worker *worker;
	struct tcpflow_stream_info info;
	struct probe *probe;        /* withheld events, or NULL        */
	uint64_t next[2];           /* offset behind the last event    */
	uint64_t last_ns;           /* of the last event               */
	unsigned tries;             /* offers after the first          */
	bool offering;              /* somebody may still claim it     */
	bool first_offer;           /* nobody has been decided on yet  */
	bool again;                 /* is worth more than one offer    */
	bool swapped;               /* sides exchanged by a probe      */
	bool claimed;               /* had an owner at some time       */
	uint8_t current;            /* of owner[]                      */
	struct attachment owner[2]; /* the other one takes over        */
	struct attachment observers[];
};

/* search.c: the file of a plugin, opened and checked; -1: logged.  *path is
 * the caller's. */
int search_open(const struct host_config *config, const char *name,
    bool report_missing, char **path);

/* Calls visit for each plugin that a search would find. */
void search_each(const struct host_config *config,
    void (*visit)(void *context, const char *name), void *context);

/* loader.c: a plugin from its file, checked.  The plugin is not created.
 * NULL: logged. */
struct plugin *loader_open(const struct host_config *config, const char *name);
void loader_close(struct plugin **plugin);

/* Whether the descriptor can be used; else *problem says why not. */
bool loader_check(const struct tcpflow_plugin *descriptor, const char *name,
    const char **problem);

/* settings.c */
struct setting *setting_new(
    const char *plugin, const char *key, size_t key_length, const char *value);
void setting_append(struct setting **list, struct setting *setting);
void settings_free(struct setting **list);

/* Splits "NAME[:k=v,...]": *name is the caller's.  False: logged. */
bool specification_parse(const struct log *log, const char *text, char **name,
    struct setting **settings);

/* Passes presets and values to the plugin's config. */
enum host_result settings_apply(struct plugin *plugin);

/* host.c: for tests, a plugin that is linked in. */
enum host_result host_add(
    struct host *host, const struct tcpflow_plugin *descriptor);

/* scope.c */
void scope_init(struct tcpflow_scope *scope, enum scope_kind kind,
    struct plugin *plugin, struct host_worker *worker, struct stream *stream);
/* Finishes what the plugin left open and checks its balance. */
void scope_end(struct tcpflow_scope *scope);
struct attachment *scope_attachment(struct tcpflow_scope *scope);

/* The tables of services. */
extern const struct tcpflow_sink_api service_sink;
extern const struct tcpflow_console_api service_console;
extern const struct tcpflow_record_api service_record;
extern const struct tcpflow_digest_api service_digest;
extern const struct tcpflow_child_api service_child;
void service_core_fill(struct tcpflow_host *table);
void service_console_end(struct tcpflow_scope *scope);
void service_sink_end(struct tcpflow_scope *scope);
void service_log(struct tcpflow_scope *scope, uint32_t level,
    const char *format, ...) TCPFLOW_PRINTF(3, 4);

/* dispatch.c: one plugin on one stream. */
bool attachment_open(struct attachment *attachment, struct stream *stream,
    struct plugin *plugin);
void attachment_data(
    struct attachment *attachment, const struct tcpflow_chunk *chunk);
void attachment_gap(
    struct attachment *attachment, const struct tcpflow_gap *gap);
void attachment_eof(
    struct attachment *attachment, const struct tcpflow_end *end);
void attachment_wake(struct attachment *attachment, uint64_t ts_ns);
void attachment_close(
    struct attachment *attachment, const struct tcpflow_end *end);
void attachment_detach(struct attachment *attachment);

/* stream.c: to the owner, whoever that is; uncounted bytes there are none. */
void stream_owner_data(
    struct stream *stream, const struct tcpflow_chunk *chunk);
void stream_owner_gap(struct stream *stream, const struct tcpflow_gap *gap);
void stream_owner_eof(struct stream *stream, const struct tcpflow_end *end);

static inline struct attachment *stream_owner(struct stream *stream)
{
	return &stream->owner[stream->current];
}

/* probe.c: who takes a stream that is being offered. */
void probe_data(struct stream *stream, const struct tcpflow_chunk *chunk);
void probe_gap(struct stream *stream, const struct tcpflow_gap *gap);
void probe_eof(struct stream *stream, const struct tcpflow_end *end);
void probe_close(struct stream *stream);

#endif
