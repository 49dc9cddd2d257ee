/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the http plugin share.
 *
 *	data, gap, eof -> parser (each direction) -> message -> body
 *	                                                |
 *	                        exchange (pairs them) <-+-> text (console)
 */
#ifndef PLUGINS_HTTP_HTTP_H
#define PLUGINS_HTTP_HTTP_H

#include <tcpflow/plugin.h>

#include <stdbool.h>

#include "plugins/common/bytes.h"
#include "plugins/common/inflate.h"

#define HTTP_HEAD_MOST (64u << 10) /* bytes of start line and headers */
#define HTTP_HEADERS_MOST 1024u
#define HTTP_QUEUE_MOST 1024u      /* requests without an answer      */
#define HTTP_HELD_MOST (64u << 10) /* behind an offer to upgrade      */
#define HTTP_DECODED_MOST (UINT64_C(64) << 20) /* of one body             */

enum http_show { HTTP_SHOW_TEXT, HTTP_SHOW_HEADERS, HTTP_SHOW_NONE };

/* The plugin's instance; read-only once streams come. */
struct http {
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	enum http_show show;
	uint64_t max_body; /* bytes of a body that are shown  */
	bool decode;
};

/* What is odd about a message; each is told behind it. */
enum http_anomaly {
	HTTP_INCOMPLETE = 0x1,     /* cut by the end of the stream    */
	HTTP_UNPARSABLE = 0x2,     /* the parser gave up: `problem`   */
	HTTP_HEAD_TOO_LARGE = 0x4, /* more than HTTP_HEAD_MOST        */
	HTTP_GAP_IN_HEAD = 0x8,
	HTTP_GAP_IN_BODY = 0x10,
	HTTP_UNASKED = 0x20,    /* its request was not captured    */
	HTTP_QUEUE_FULL = 0x40, /* too many without an answer      */
	HTTP_NO_MEMORY = 0x80
};

/* A header's place in message.head. */
struct http_header {
	uint32_t name;
	uint32_t name_length;
	uint32_t value;
	uint32_t value_length;
	bool trailer;
};

enum http_coding {
	HTTP_CODING_NONE,    /* or identity                     */
	HTTP_CODING_INFLATE, /* gzip, x-gzip or deflate         */
	HTTP_CODING_OTHER    /* known by name only              */
};

struct http_body {
	uint64_t encoded; /* bytes without chunk framing     */
	uint64_t decoded;
	uint64_t missing;   /* bytes in gaps                   */
	struct bytes shown; /* the first max_body of decoded   */
	struct inflate *inflate;
	enum http_coding coding;
	size_t held;         /* of shown, as the host knows     */
	bool undecoded;      /* decoding stopped early          */
	const char *problem; /* of the coding; or NULL          */
	bool binary;         /* its bytes are no text           */
};

/* One request or response while it comes in. */
struct http_message {
	bool active;   /* has begun and is not over       */
	bool in_body;  /* its head is complete            */
	bool in_chunk; /* within a chunk's data           */
	bool chunked;
	bool is_response;
	bool interim;  /* 1xx other than 101              */
	bool upgraded; /* 101, or 2xx to CONNECT          */
	uint16_t status;
	uint8_t major;
	uint8_t minor;
	unsigned anomalies;  /* HTTP_...                        */
	const char *problem; /* the parser's words              */
	const char *method;  /* static                          */
	uint64_t number;     /* of its transaction              */
	uint64_t start_ns;
	uint64_t asked_ns;     /* response: when the request began*/
	struct bytes head;     /* target or reason, names, values */
	uint32_t start_length; /* of target or reason             */
	struct http_header *headers;
	size_t header_count;
	size_t header_room;
	struct http_body body;
};

/* A request that waits for its answer. */
struct http_asked {
	uint64_t number;
	uint64_t start_ns;
	bool head; /* HEAD: its answer has no body    */
	bool connect;
	bool upgrade; /* offers to change the protocol   */
};

struct http_parser; /* parser.c                        */

struct http_conversation {
	const struct http *http;
	struct tcpflow_scope *scope;
	const struct tcpflow_stream_info *info;
	struct http_parser *parser[2]; /* by direction                    */
	struct http_message message[2];
	struct http_asked *queue; /* a ring of HTTP_QUEUE_MOST       */
	size_t queue_start;
	size_t queue_count;
	size_t queue_room;
	uint64_t transactions;
	bool unsure;           /* a gap: who answers whom?        */
	bool tunnel;           /* not HTTP any more               */
	uint64_t tunnelled[2]; /* bytes, by direction             */
	struct bytes text;     /* of the record being rendered    */
	struct bytes spans;    /* its runs: struct tcpflow_span   */
	uint64_t now_ns;       /* of the event in hand            */
};

/* probe.c */
int32_t http_probe(void *worker, const struct tcpflow_probe *probe);
/* Whether bytes begin with a start line: -1 no, 0 more are needed, 1 yes. */
int http_starts_request(const uint8_t *data, size_t length);
int http_starts_response(const uint8_t *data, size_t length);

/* parser.c: the only file that knows llhttp. */
struct http_parser *http_parser_open(
    struct http_conversation *conversation, uint32_t direction);
void http_parser_close(struct http_parser **parser);
void http_parser_data(
    struct http_parser *parser, const uint8_t *data, size_t length);
void http_parser_gap(struct http_parser *parser, uint64_t length);
void http_parser_eof(struct http_parser *parser);
/* The answer is there: what was held behind an offer to upgrade is HTTP. */
void http_parser_resume(struct http_parser *parser);
/* The stream is over, whether or not this direction ended. */
void http_parser_cut(struct http_parser *parser);

/* message.c */
void http_message_begin(
    struct http_message *message, bool is_response, uint64_t ts_ns);
void http_message_free(struct http_message *message);
/* Appends to the part in hand; false: too large. */
bool http_message_start_line(
    struct http_message *message, const char *at, size_t length);
bool http_message_name(
    struct http_message *message, const char *at, size_t length);
bool http_message_value(
    struct http_message *message, const char *at, size_t length);
void http_message_name_done(struct http_message *message);
/* The value of a header, compared without case; false: there is none. */
bool http_message_find(const struct http_message *message, const char *name,
    const uint8_t **value, size_t *length);

/* body.c */
void http_body_begin(
    struct http_conversation *conversation, struct http_message *message);
void http_body_data(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length);
void http_body_gap(struct http_message *message, uint64_t length);
/* No more of it: says what was wrong with its coding. */
void http_body_end(struct http_message *message);
/* It has been shown: what was kept is given back. */
void http_body_release(
    struct http_conversation *conversation, struct http_message *message);

/* exchange.c: pairing. */
void http_exchange_request(
    struct http_conversation *conversation, struct http_message *message);
void http_exchange_asked(struct http_conversation *conversation,
    struct http_message *message, bool head, bool connect, bool upgrade);
/* The request that the response in hand answers; NULL: unknown. */
const struct http_asked *http_exchange_answer(
    struct http_conversation *conversation, struct http_message *message);
void http_exchange_done(
    struct http_conversation *conversation, struct http_message *message);
void http_exchange_lost(struct http_conversation *conversation);

/* text.c */
void http_text_message(
    struct http_conversation *conversation, struct http_message *message);
void http_text_tunnel(struct http_conversation *conversation);

#endif
