/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the contract plugin share.
 *
 *	contract.c   the plugin: its life, and each callback
 *	expect.c     what must hold of what the host says
 *	act.c        what it asks of the host meanwhile */
#ifndef TESTS_CONTRACT_CONTRACT_H
#define TESTS_CONTRACT_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpflow/plugin.h>

#define HEAD_KEPT 65536u /* bytes of a probe's head         */

enum style {
	STYLE_TAKE,   /* yes at once                     */
	STYLE_LAST,   /* more, until there is no more    */
	STYLE_SWAP,   /* yes, and the sides are wrong    */
	STYLE_REFUSE, /* no                              */
	STYLE_LATE    /* no, but where it is asked again */
};

enum phase { PHASE_CREATED, PHASE_READY, PHASE_JOINED, PHASE_FINISHED };

/* Of the run. */
struct contract {
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	enum phase phase;
	enum style style;
	uint64_t children; /* depth to which they are opened  */
	uint64_t alarm_ns; /* after each event; 0: none       */
	uint64_t done;     /* DONE_DIR at this byte; 0: never  */
	int32_t alone;     /* all that is fed comes back       */
	uint64_t workers;  /* open                            */
	/* All workers count these. */
	_Atomic uint64_t checked; /* invariants                   */
	_Atomic uint64_t opened;
	_Atomic uint64_t closed;
	struct tcpflow_sink *report; /* SHARED                          */
};

/* The last offer of a stream that nobody has taken. */
struct offer {
	struct offer *next;
	uint64_t flow_id;
	uint32_t stream_index;
	unsigned tries;
	bool refused; /* by us                           */
	uint64_t offset[2];
	size_t length[2];
	uint8_t head[2][HEAD_KEPT];
};

struct worker {
	struct contract *contract;
	struct tcpflow_scope *scope;
	uint32_t index;
	const void *thread; /* see on_thread()                 */
	bool swapping;      /* we said so of the stream in hand */
	struct offer *offers;
	struct part *inside; /* whose callback runs             */
	uint64_t fed;        /* bytes, to children               */
	uint64_t seen;       /* by ourselves, of those           */
};

/* One stream. */
struct part {
	struct worker *worker;
	struct tcpflow_scope *scope;
	const struct tcpflow_stream_info *info;
	struct tcpflow_stream_info first; /* as it was at open               */
	struct part *outer;               /* whose callback we are inside    */
	struct offer *offer;              /* what was seen before            */
	uint64_t next[2];
	uint64_t bytes[2];
	uint64_t sum[2]; /* of the bytes                    */
	bool started[2];
	bool done[2];
	bool ended[2];
	bool closed;
	bool over; /* we said DONE or failed          */
	uint64_t alarm_ns;
	size_t held;
	struct tcpflow_child *child;
	struct tcpflow_sink *sink;
};

/* Whether this is the thread that the worker was opened on. */
bool on_thread(const struct worker *worker);

/* Ends the test with a line where `holds` is false. */
void expect(struct contract *contract, bool holds, const char *callback,
    const struct tcpflow_stream_info *info, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* expect.c */
void expect_info(struct part *part, const char *callback);
void expect_fresh_info(
    struct worker *worker, const struct tcpflow_stream_info *info);
void expect_chunk(struct part *part, const struct tcpflow_chunk *chunk);
void expect_gap(struct part *part, const struct tcpflow_gap *gap);
void expect_eof(struct part *part, const struct tcpflow_end *end);
void expect_close(struct part *part, const struct tcpflow_end *end);
/* Keeps the heads of an offer; they must go on from those of the last one. */
struct offer *expect_probe(
    struct worker *worker, const struct tcpflow_probe *probe);
void forget_offer(struct worker *worker, struct offer *offer);
struct offer *find_offer(
    struct worker *worker, const struct tcpflow_stream_info *info);
void expect_run(struct contract *contract, const struct tcpflow_run *run);
void expect_host(struct contract *contract, const struct tcpflow_host *host);

/* act.c: each is what a plugin may do in that callback. */
void act_open(struct part *part);
void act_data(struct part *part, const struct tcpflow_chunk *chunk);
void act_gap(struct part *part, const struct tcpflow_gap *gap);
void act_eof(struct part *part, const struct tcpflow_end *end);
void act_close(struct part *part, const struct tcpflow_end *end);

#endif
