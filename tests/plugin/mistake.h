/* SPDX-License-Identifier: BSD-2-Clause */
/* Mistakes that the script's plugin makes, one a run, and what the fake host must
 * say of each: it ends the test, or, lenient, answers where the headers have a
 * code for it. */
#ifndef TESTS_PLUGIN_MISTAKE_H
#define TESTS_PLUGIN_MISTAKE_H

#include "tests/plugin/script.h"

#define OK TCPFLOW_OK
#define UNKNOWN_BIT 0x80000000u

struct mistake {
	/* In data of a stream that has a handle of each kind; its result, where
	 * it has one. */
	int32_t (*make)(void);
	const char *said;
	int32_t lenient; /* OK: it ends the test in any case */
};

/* For `make`: services, the stream's scope and handles, and arguments with which
 * there is nothing wrong. */
struct hand {
	const struct tcpflow_host *api;
	struct tcpflow_scope *scope;
	struct tcpflow_sink *sink;
	struct tcpflow_record *record;
	struct tcpflow_digest *digest;
	struct tcpflow_child *child;
	struct tcpflow_chunk chunk;
	struct tcpflow_gap gap;
	struct tcpflow_end end;
	struct tcpflow_sink_spec sink_spec;
	struct tcpflow_record_spec record_spec;
	struct tcpflow_child_spec child_spec;
	struct tcpflow_span span;
};

extern struct hand hand;

void mistakes_end_the_test(const struct mistake *mistakes, size_t count);
void mistakes_are_answered(const struct mistake *mistakes, size_t count);

#endif
