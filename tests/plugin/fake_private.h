/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the fake host share; tests include fake_host.h alone.
 *
 *	host ---- worker, worker...      started and ended by fake_host.c
 *	            |
 *	          stream ---- child...   fed by fake_stream.c, or by the plugin
 *	            |                    through fake_child.c
 *	          probe -> give          who is called with what
 *
 * The plugin is inside of host->call, and of those around it where a child
 * runs within its decoder's callback.  What it may use is a scope; scopes and
 * handles stay in memory, dead, until the host is freed, so that each use
 * behind their end is told by name. */
#ifndef TESTS_PLUGIN_FAKE_PRIVATE_H
#define TESTS_PLUGIN_FAKE_PRIVATE_H

#include "tests/plugin/fake_host.h"

#define FAKE_COUNTERS_MOST 64
#define FAKE_HEAD_MOST 8192u /* bytes of a direction that a probe sees */
#define FAKE_OFFERS_MOST 64u /* behind the first one                   */
#define FAKE_DEPTH_MOST 8u

struct fake_text {
	char *data; /* always terminated, once something was appended */
	size_t length;
	size_t room;
};

enum fake_scope_kind { FAKE_RUN, FAKE_WORKER, FAKE_STREAM };

struct tcpflow_scope {
	struct tcpflow_scope *next; /* all of the host, dead ones too  */
	struct fake_host *host;
	struct fake_worker *worker; /* NULL: the run's                 */
	struct fake_stream *stream; /* FAKE_STREAM                     */
	enum fake_scope_kind kind;
	bool live;
	size_t held;
};

struct fake_worker {
	struct tcpflow_scope *scope;
	void *state;
	bool open;
};

/* A callback that the plugin is in. */
struct fake_call {
	struct fake_call *outer;
	const char *name;
	struct fake_worker *worker; /* whose thread; NULL: main        */
	struct fake_worker *joined; /* worker_close: whose             */
	struct fake_stream *stream; /* whose callback; NULL: none's    */
	bool probing;
	unsigned records;        /* that it began and that are open */
	struct fake_path *paths; /* lent until it returns           */
};

/* The event in hand. */
struct fake_moment {
	uint64_t ns;
	uint64_t packet;
};

struct fake_counter {
	char name[65];
	uint64_t value;
};

/* What is counted to make the n-th fail. */
struct fake_trap {
	uint64_t left;  /* calls until then; 0: none is to fail */
	uint64_t calls; /* all so far                      */
};

struct fake_host {
	struct tcpflow_host *table; /* lent until destroy has returned */
	const struct tcpflow_plugin *plugin;
	void *instance;
	bool created;
	bool begun;   /* all workers opened: packets may come */
	bool running; /* and none is closed                   */
	bool finished;
	struct tcpflow_scope *run;
	struct tcpflow_scope *scopes;
	struct fake_worker *workers;
	size_t worker_count;
	struct fake_call *call;    /* the innermost; NULL: none       */
	struct fake_moment moment; /* of the event in hand            */
	uint64_t now_ns;
	uint64_t packet;
	uint64_t flows;
	struct fake_stream *streams; /* newest first, children too      */

	uint32_t outputs;
	uint32_t columns;
	bool stop_asked;
	bool lenient;
	struct fake_text misuses;
	struct fake_trap holds;
	struct fake_trap calls;
	size_t hold_most;
	uint64_t holds_refused;
	size_t held;
	size_t held_most;
	uint64_t max_bytes; /* of a file; 0: no limit          */
	int32_t sink_result;
	bool show_roles;
	bool wants_digests;
	bool takes_children; /* else they are refused           */
	bool reads_children; /* and offered to the plugin       */
	size_t children_most;

	struct fake_text console;
	uint64_t console_records;
	struct fake_text log;
	struct fake_text lines; /* records that were committed     */
	struct fake_text child_story;
	uint64_t records;
	uint64_t digests;
	uint64_t children;
	struct fake_counter counters[FAKE_COUNTERS_MOST];
	size_t counter_count;

	/* All handles, newest first, those too that are over. */
	struct tcpflow_sink *sinks;
	struct tcpflow_record *record_handles;
	struct tcpflow_digest *digest_handles;
	struct tcpflow_child *child_handles;
};

enum fake_event_kind { FAKE_DATA, FAKE_GAP, FAKE_EOF };

/* What happens on a stream, in its own directions. */
struct fake_event {
	enum fake_event_kind kind;
	uint32_t direction;
	uint64_t offset;
	uint64_t other; /* where the other direction is    */
	uint64_t length;
	uint64_t ts_ns;
	uint64_t packet;
	uint64_t first_packet; /* DATA                            */
	uint32_t reason;       /* GAP, EOF                        */
	const uint8_t *bytes;  /* DATA; what is withheld has its  */
			       /* own copy                        */
};

struct fake_stream {
	struct fake_stream *older;
	struct fake_host *host;
	struct fake_worker *worker;
	struct fake_stream_spec spec;
	struct tcpflow_stream_info facts; /* the test's and the host's  */
	void *facts_block;                /* of a child: what they      */
	size_t facts_size;                /* point at                   */
	uint64_t next[2];                 /* offset behind the last event */
	bool ended[2];
	bool begun; /* an event came                   */
	bool busy;  /* the plugin is in a callback of it */

	/* The plugin's part of it (fake_give.c). */
	bool attached;
	bool detached;
	bool turned; /* it sees the sides exchanged     */
	bool done[2];
	void *state;
	struct tcpflow_scope *scope;
	struct tcpflow_stream_info *info; /* lent until close has returned */
	size_t info_size;
	uint64_t alarm_ns;
	int32_t verdict; /* the last since the test fed it  */

	/* Who takes it (fake_probe.c). */
	bool offering;
	bool first_offer;
	bool again; /* is worth more than one offer    */
	bool withholding;
	unsigned tries;
	struct fake_text head[2];
	uint64_t head_offset[2];
	bool head_ended[2];
	struct fake_event *events;
	size_t event_count;
	size_t event_room;

	/* Children (fake_child.c). */
	struct fake_stream *parent; /* NULL: none                      */
	struct fake_stream *root;   /* itself, if it is no child       */
	uint32_t descendants;       /* root: opened in all             */
	size_t children;            /* open ones                       */
	uint64_t uncovered;         /* root: bytes given to all those  */
};

/* fake_base.c */
/* The test ends here: whoever wrote the plugin reads why. */
void fake_fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
/* The same, unless the test wants to see what a plugin makes of the code that
 * the headers name for it. */
int32_t fake_misuse(struct fake_host *host, int32_t code, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void *fake_allocate(size_t size); /* zeroed, never NULL              */
/* What a plugin may look at for a time: a copy of exactly this length, and its
 * end, behind which nothing of it is left. */
void *fake_lend(const void *bytes, size_t size);
void fake_take_back(void *lent, size_t size);
void fake_text_append(struct fake_text *text, const void *bytes, size_t length);
void fake_text_printf(struct fake_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fake_text_free(struct fake_text *text);
/* Whether this is the call that the test wants to fail. */
bool fake_trap(struct fake_trap *trap);
/* [a-z0-9] and `others`, at least one. */
bool fake_name_is_valid(const char *name, const char *others);

/* fake_call.c: the plugin is called between the two. */
void fake_enter(struct fake_host *host, struct fake_call *call);
void fake_leave(struct fake_host *host);
/* A result that only data, gap, eof and wake may have is told from others. */
void fake_check_result(
    const struct fake_host *host, const char *callback, int32_t result);
struct tcpflow_scope *fake_scope_open(struct fake_host *host,
    enum fake_scope_kind kind, struct fake_worker *worker,
    struct fake_stream *stream);
/* Children and sinks are closed, holds balanced; the scope is dead. */
void fake_scope_close(struct tcpflow_scope *scope);
/* A service is called with this scope: the test ends where it must not be.  In
 * probe only log and count may be called. */
struct fake_host *fake_check(
    const struct tcpflow_scope *scope, const char *service, bool in_probe);
/* A service that has no scope: it is called within a callback. */
void fake_check_inside(const struct fake_host *host, const char *service);

/* fake_setting.c */
void fake_descriptor_check(const struct tcpflow_plugin *plugin);
/* config for presets and settings. */
int32_t fake_settings_apply(
    struct fake_host *host, const char *const *settings);

/* fake_service.c */
void fake_service_fill(struct tcpflow_host *table);

/* fake_sink.c: the service.  SHARED sinks take whole pieces. */
extern const struct tcpflow_sink_api fake_sink_api;
bool fake_sink_is_shared(const struct tcpflow_sink *sink);
bool fake_sink_swallows(const struct tcpflow_sink *sink);
int32_t fake_sink_append(struct tcpflow_sink *sink, struct tcpflow_scope *scope,
    const void *bytes, size_t length);
/* Those that the plugin left open end; or they are not wanted at all. */
void fake_sinks_close(const struct tcpflow_scope *scope);
void fake_sinks_discard(const struct tcpflow_scope *scope);
void fake_sinks_free(struct fake_host *host);
/* What was lent to the callback in hand. */
void fake_paths_take_back(struct fake_call *call);

/* fake_json.c: values. */
void fake_json_string(struct fake_text *text, const void *bytes, size_t length);
bool fake_json_is_utf8(const void *bytes, size_t length);

/* fake_record.c */
extern const struct tcpflow_record_api fake_record_api;
void fake_records_free(struct fake_host *host);
/* A member of the object in hand, with this text as its value. */
void fake_record_put(
    struct tcpflow_record *record, const char *key, const char *text);

/* fake_digest.c */
extern const struct tcpflow_digest_api fake_digest_api;
void fake_digests_check(const struct tcpflow_scope *scope);
void fake_digests_free(struct fake_host *host);

/* fake_child.c */
extern const struct tcpflow_child_api fake_child_api;
/* Those that the decoder left open end, newest first. */
void fake_children_close(const struct tcpflow_scope *scope);
void fake_children_free(struct fake_host *host);

/* fake_info.c */
struct tcpflow_addr fake_address(const char *text);
/* A copy, with all that it points at but parent, in one piece of memory. */
struct tcpflow_stream_info *fake_info_lend(
    const struct tcpflow_stream_info *info, size_t *size);
/* What the plugin is told of a stream whose sides may be exchanged. */
struct tcpflow_stream_info fake_info_of(
    const struct fake_stream *stream, bool turned);

/* fake_stream.c: the part that does not depend on who feeds it. */
struct fake_stream *fake_stream_new(
    struct fake_host *host, struct fake_worker *worker);
void fake_stream_free(struct fake_stream *stream);
/* It happens now: it is shown to whoever has the stream or may get it. */
void fake_stream_happen(
    struct fake_stream *stream, const struct fake_event *event);
/* The last offer, and close.  `packet` 0: none caused it. */
void fake_stream_end(struct fake_stream *stream, uint32_t reason,
    uint64_t ts_ns, uint64_t packet);

/* fake_probe.c */
void fake_probe_event(
    struct fake_stream *stream, const struct fake_event *event);
/* The last offer, if one is due. */
void fake_probe_close(struct fake_stream *stream);

/* fake_give.c: the plugin, if it has the stream and has not had enough. */
bool fake_give_open(struct fake_stream *stream, bool turned);
void fake_give(struct fake_stream *stream, const struct fake_event *event);
void fake_give_close(struct fake_stream *stream, uint32_t reason);
/* Alarms that are due. */
void fake_ring(struct fake_host *host);

#endif
