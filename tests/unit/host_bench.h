/* SPDX-License-Identifier: BSD-2-Clause */
/* A bench for tests of the plugin host: actors, which are plugins that do what
 * a test says and write down what they are called for, and a flow table's side
 * of the streams they see. */
#ifndef TESTS_UNIT_HOST_BENCH_H
#define TESTS_UNIT_HOST_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <tcpflow/plugin.h>

#include "core/base/buffer.h"
#include "core/host/host.h"

enum call {
	CALL_CREATE,
	CALL_CONFIG,
	CALL_READY,
	CALL_FINISH,
	CALL_DESTROY,
	CALL_WORKER_OPEN,
	CALL_WORKER_CLOSE,
	CALL_PROBE,
	CALL_OPEN,
	CALL_DATA,
	CALL_GAP,
	CALL_EOF,
	CALL_WAKE,
	CALL_CLOSE,
	CALL_COUNT
};

/* A plugin of the bench: "a", "b" and "c" have probes, "r" takes everything and
 * "o" only observes. */
struct actor {
	const char *name;
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	struct tcpflow_scope *worker;
	struct tcpflow_scope *stream; /* the latest                      */

	/* Probe: yes where a head starts so, more while it may come. */
	const char *wants;
	bool swapped; /* the yes is SWAPPED              */

	/* What a call answers, from the at-th on; other calls say OK. */
	int32_t answer[CALL_COUNT];
	unsigned at[CALL_COUNT];
	unsigned calls[CALL_COUNT];
	/* Called in each callback before it answers. */
	void (*hook)(struct actor *actor, enum call call);
	bool shows_probes; /* they are written down, too       */
	bool shows_times;  /* and the packets of data          */
	uint32_t flags;    /* of the info, when it opened      */
	uint16_t client;   /* the client's port                */
};

#define STREAMS_MOST 8

struct bench {
	struct host *host;
	struct host_worker *worker;
	struct host_config config;
	struct log log;
	struct memory memory;
	struct counters counters;
	struct output *output;   /* set before bench_ready()         */
	struct console *console; /* as is this                       */
	struct records *records; /* and this, which wants a new host */
	unsigned digests;
	struct buffer events;
	uint64_t now_ns;
	uint64_t packet;
	void *open[STREAMS_MOST]; /* streams                         */
	struct actor a, b, c, r, o;
};

extern struct bench bench;
extern const struct tcpflow_plugin actor_a;
extern const struct tcpflow_plugin actor_b;
extern const struct tcpflow_plugin actor_c;
extern const struct tcpflow_plugin actor_r;
extern const struct tcpflow_plugin actor_o;

/* Before and after each test.  The end checks that no budget is in use. */
int bench_start(void **state);
int bench_end(void **state);

/* A new host, where the old one's descriptors are about to go. */
void bench_renew(void);

void bench_add(const struct tcpflow_plugin *descriptor);
void bench_set(const char *setting);
/* Makes the host ready and opens a worker. */
void bench_ready(void);

/* From here to the end of the test the actor is in a callback in which all of its
 * scopes may be used, as in worker_close; NULL: nobody is in any. */
void bench_act(const struct actor *actor);

/* One stream, as a flow table sees it. */
struct flow {
	void *stream;
	unsigned place; /* in bench.open                   */
	struct flow_key key;
	struct flow_facts facts;
	uint64_t offset[2];
	bool ended[2];
};

void flow_open(struct flow *flow, uint64_t id, bool midstream);
void flow_data(struct flow *flow, uint32_t dir, const char *text);
void flow_bytes(
    struct flow *flow, uint32_t dir, const void *bytes, size_t length);
void flow_gap(struct flow *flow, uint32_t dir, uint64_t length);
void flow_gap_because(
    struct flow *flow, uint32_t dir, uint64_t length, uint32_t reason);
void flow_eof(struct flow *flow, uint32_t dir);
void flow_close(struct flow *flow);

/* What was written down since the last time; and forgets it. */
void expect_events(const char *text);
/* Whether the messages so far hold the text. */
void expect_message(const char *text);
void expect_no_message(const char *text);
void expect_counter(enum counter counter, uint64_t value);
/* A plugin's counter; 0: there is none. */
uint64_t plugin_counter(const char *name);

#endif
