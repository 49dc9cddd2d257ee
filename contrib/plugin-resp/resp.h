/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the plugin resp share.
 *
 *	resp.c     the plugin; commands, their replies, what is shown of them
 *	value.c    from bytes to values
 *	probe.c    whose bytes these are */
#ifndef RESP_H
#define RESP_H

#include <stddef.h>
#include <stdint.h>

#include <tcpflow/plugin.h>

#define DEPTH_MOST 16    /* arrays in arrays                */
#define LINE_MOST 128    /* of a type line: a number, ...   */
#define PENDING_MOST 256 /* commands without a reply       */
#define WORDS_MOST 3     /* of a command are looked at      */
#define WORD_ROOM 32

struct resp {
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	uint64_t most; /* bytes of a value that are shown */
	int32_t shows;
	int32_t redacts;
};

/* One value at the top level, while it comes in. */
struct value {
	int active;
	char type;      /* of its first line               */
	uint64_t ts_ns; /* where it began                  */
	uint64_t first; /* packets                         */
	uint64_t last;
	uint64_t bytes;    /* of all bulk strings and lines   */
	uint64_t elements; /* that are no aggregates          */
	size_t length;     /* of text                         */
	int secret;        /* the rest is not shown           */
	int cut;
	unsigned words; /* of a command, kept below        */
	char word[WORDS_MOST][WORD_ROOM];
	char *text; /* resp->most bytes of room        */
};

enum expects { A_LINE, A_BULK, A_BULKS_END };

struct side {
	enum expects expects;
	int lost; /* where a value begins is not known */
	int line_start;
	int inline_command;
	char line[LINE_MOST];
	size_t line_length;
	uint64_t bulk;     /* bytes that are still to come    */
	unsigned bulk_end; /* of CR LF                        */
	uint64_t word_at;  /* bytes of the bulk string so far */
	unsigned depth;
	uint64_t left[DEPTH_MOST]; /* elements, innermost last */
	struct value value;
};

struct pending {
	uint64_t ts_ns;
	uint64_t first;
	uint64_t last;
	char name[WORDS_MOST * WORD_ROOM];
};

struct talk {
	const struct resp *resp;
	struct tcpflow_scope *scope;
	size_t size;
	struct side side[2];
	struct pending *pending;
	size_t start;
	size_t count;
	int subscribed;
	int unpaired; /* nobody knows which reply is whose */
	uint64_t number;
};

/* probe.c */
int32_t resp_probe(void *worker, const struct tcpflow_probe *probe);

/* value.c */
int32_t resp_data(void *state, const struct tcpflow_chunk *chunk);
int32_t resp_gap(void *state, const struct tcpflow_gap *gap);

/* resp.c: a whole value came. */
void resp_value(struct talk *talk, uint32_t dir);

#endif
