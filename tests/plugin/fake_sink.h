/* SPDX-License-Identifier: BSD-2-Clause */
/* A sink of the fake host, as the two files that make sinks see it.
 *
 *	fake_sink.c   the service: what may be called when
 *	fake_file.c   the file in memory: names, bytes, hashes */
#ifndef TESTS_PLUGIN_FAKE_SINK_H
#define TESTS_PLUGIN_FAKE_SINK_H

#include "tests/plugin/fake_private.h"

struct tcpflow_sink {
	struct tcpflow_sink *older;
	struct tcpflow_scope *scope;
	size_t number; /* from 1, as they were opened     */
	uint32_t flags;
	uint32_t direction;
	uint64_t size_hint;
	char *label; /* NULL: none; so these all        */
	char *suffix;
	char *hint; /* harmless                        */
	char *head;
	char *between;
	char *tail;
	char *path; /* by the facts it has now         */
	char *lent; /* what path() gave, until finish  */
	struct fake_text bytes;
	uint64_t written; /* without holes                   */
	uint64_t sum;     /* of these, in order              */
	bool wanted;      /* else it swallows                */
	bool open;
	bool begun;     /* SHARED: the head is written     */
	bool went_back; /* pwrite changed what was there   */
	bool capped;
	bool discarded;
	bool partial;
	bool duplicate; /* BY_HASH: another has its bytes  */
};

/* The facts of a new one; all are copied. */
void fake_file_begin(
    struct tcpflow_sink *sink, const struct tcpflow_sink_spec *spec);
/* Facts that came late; NULL and none: they stay. */
void fake_file_rename(struct tcpflow_sink *sink, const char *suffix,
    struct tcpflow_slice name_hint);
/* The name by what is known now. */
void fake_file_name(struct tcpflow_sink *sink);
/* The last name; of a BY_HASH one, that of its bytes. */
void fake_file_settle(struct tcpflow_sink *sink);
/* Bytes at an offset; a hole is left where that is behind the end. */
void fake_file_put(struct tcpflow_sink *sink, uint64_t offset,
    const void *bytes, size_t length);
/* Whether there is such a file now. */
bool fake_file_exists(const struct tcpflow_sink *sink);
/* Stands for a SHA-256: other bytes have another one, nearly always. */
void fake_file_hash(const struct tcpflow_sink *sink, uint8_t sha256[32]);
void fake_file_free(struct tcpflow_sink *sink);

#endif
