/* SPDX-License-Identifier: BSD-2-Clause */
/* A plugin that does in each callback what a test says, and keeps a diary of
 * them: for the tests of the fake host itself. */
#ifndef TESTS_PLUGIN_SCRIPT_H
#define TESTS_PLUGIN_SCRIPT_H

#include "tests/plugin/fake_host.h"

/* One stream. */
struct part {
	struct tcpflow_scope *scope;
	const struct tcpflow_stream_info *info;
	struct tcpflow_child *child; /* for the test                    */
	struct tcpflow_sink *sink;   /* likewise                        */
};

struct script {
	/* What the plugin was given; `part' is the latest stream. */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	struct tcpflow_scope *worker[2];
	struct part *part;

	/* What it does; NULL: nothing, and it answers OK, or YES. */
	int32_t (*create)(void);
	int32_t (*config)(const char *key, const char *value);
	int32_t (*ready)(void);
	int32_t (*worker_open)(uint32_t index);
	void (*worker_close)(uint32_t index);
	void (*finish)(const struct tcpflow_run *run);
	void (*destroy)(void);
	int32_t (*probe)(const struct tcpflow_probe *probe);
	int32_t (*open)(struct part *part);
	int32_t (*data)(struct part *part, const struct tcpflow_chunk *chunk);
	int32_t (*gap)(struct part *part, const struct tcpflow_gap *gap);
	int32_t (*eof)(struct part *part, const struct tcpflow_end *end);
	int32_t (*wake)(struct part *part);
	void (*close)(struct part *part, const struct tcpflow_end *end);

	/* A word for each callback: "open:0" and "close:0(1)" with the stream's
	 * index and the reason, "data:0>hello" from the client, "<" from the
	 * server, "gap:0>5@1" with length and offset, "eof:0>5" with where it
	 * ended, "wake:0", "probe:0>hel", with the head that has bytes and "!"
	 * for LAST; "create", "config:k=v", "ready", "worker0", "joined0",
	 * "finish", "destroy". */
	char diary[16384];
};

extern struct script script;

/* Its descriptor; a test may change it before a host is made of it. */
extern struct tcpflow_plugin script_plugin;

/* Everything as it is at first. */
void script_reset(void);
const struct tcpflow_plugin *script_entry(void);

/* The diary since the last look is these words, or the test fails. */
void script_expect(const char *diary);

/* What `act` leads to in a process of its own: it must end by a signal or a
 * status that is not 0, and must have said `said`. */
void script_expect_end(void (*act)(void), const char *said);

#endif
