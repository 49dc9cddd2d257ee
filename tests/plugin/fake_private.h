/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the fake host share; tests include fake_host.h alone.
 *
 *	fake_host -> fake_service, fake_sink (the tables)
 *	fake_stream -> probe, data, gap, eof, close of the plugin
 */
#ifndef TESTS_PLUGIN_FAKE_PRIVATE_H
#define TESTS_PLUGIN_FAKE_PRIVATE_H

#include "tests/plugin/fake_host.h"

struct fake_text {
	char *data; /* always terminated               */
	size_t length;
	size_t room;
};

enum fake_scope_kind { FAKE_RUN, FAKE_WORKER, FAKE_STREAM };

struct tcpflow_scope {
	struct fake_host *host;
	struct fake_stream *stream; /* FAKE_STREAM                     */
	enum fake_scope_kind kind;
	bool live;
	size_t held;
};

struct fake_counter {
	char name[64];
	uint64_t value;
};

#define FAKE_COUNTERS_MOST 64

struct fake_host {
	struct tcpflow_host table;
	const struct tcpflow_plugin *plugin;
	void *instance;
	void *worker;
	bool created;
	bool started;
	bool worker_opened;
	struct tcpflow_scope run;
	struct tcpflow_scope worker_scope;
	const char *callback; /* the plugin is in it; NULL: in none */
	bool probing;
	uint64_t now_ns;
	uint64_t packet;
	uint32_t outputs;
	size_t hold_most;
	uint64_t refuse_hold;
	uint64_t holds_refused;
	size_t held;
	size_t held_most;
	bool show_roles;
	int32_t sink_result;
	struct fake_text console;
	struct fake_text log;
	uint64_t console_records;
	uint64_t records;
	struct fake_text lines; /* records that were committed     */
	struct tcpflow_record *open_records;
	uint64_t digests;
	uint64_t digests_open;
	bool wants_digests;
	uint64_t children;
	bool wants_children;
	struct tcpflow_child *open_children;
	struct fake_text child_story;
	uint64_t flows;
	struct fake_counter counters[FAKE_COUNTERS_MOST];
	size_t counter_count;
	struct tcpflow_sink *sinks;  /* newest first                    */
	uint64_t max_bytes;          /* of a file; 0: no limit          */
	struct fake_path *paths;     /* lent to the callback in hand    */
	struct fake_stream *streams; /* newest first                    */
};

/* The test ends here: whoever wrote the plugin reads why. */
void fake_fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
void *fake_allocate(size_t size); /* zeroed, never NULL              */
/* What a plugin may look at during a call only: a copy of exactly this length,
 * and its end, behind which nothing of it is left. */
void *fake_lend(const void *bytes, size_t size);
void fake_take_back(void *lent, size_t size);
void fake_text_append(struct fake_text *text, const void *bytes, size_t length);
void fake_text_printf(struct fake_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The plugin is called between the two. */
void fake_enter(struct fake_host *host, const char *callback);
void fake_leave(struct fake_host *host);
/* A result that only data, gap, eof and wake may have is told from others. */
void fake_check_result(
    const struct fake_host *host, const char *callback, int32_t result);

/* fake_record.c */
extern const struct tcpflow_record_api fake_record_api;
extern const struct tcpflow_digest_api fake_digest_api;
void fake_records_check(const struct fake_host *host, const char *callback);

/* fake_child.c */
extern const struct tcpflow_child_api fake_child_api;
/* None of the scope's may be open. */
void fake_children_close(const struct tcpflow_scope *scope);

/* fake_service.c: a service is called with this scope; the test ends where it
 * must not be. */
struct fake_host *fake_check(
    struct tcpflow_scope *scope, const char *service, bool in_probe);
void fake_service_fill(struct fake_host *host);
void fake_scope_open(struct tcpflow_scope *scope, struct fake_host *host,
    enum fake_scope_kind kind, struct fake_stream *stream);
/* Holds are balanced, sinks closed; the scope is dead. */
void fake_scope_close(struct tcpflow_scope *scope);
/* Who calls what from where.  In probe only log and count may be called. */
struct fake_host *fake_check(
    struct tcpflow_scope *scope, const char *service, bool in_probe);

/* fake_sink.c */
extern const struct tcpflow_sink_api fake_sink_api;
int32_t fake_sink_append(struct tcpflow_sink *sink, struct tcpflow_scope *scope,
    const void *bytes, size_t length);
bool fake_sink_is_shared(const struct tcpflow_sink *sink);
/* A copy of the path that is gone when the callback has returned. */
const char *fake_lend_path(struct fake_host *host, const char *path);
void fake_paths_take_back(struct fake_host *host);
/* Those that the plugin left open. */
void fake_sinks_close(const struct tcpflow_scope *scope);
void fake_sinks_free(struct fake_host *host);

/* fake_stream.c */
void fake_stream_set_alarm(struct fake_stream *stream, uint64_t ts_ns);

#endif
