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

#include <stdatomic.h>
#include <stdbool.h>

#include "plugins/common/bytes.h"
#include "plugins/common/coding.h"

#define HTTP_HEAD_MOST (64u << 10) /* bytes of start line and headers */
#define HTTP_HEADERS_MOST 1024u
#define HTTP_QUEUE_MOST 1024u      /* requests without an answer      */
#define HTTP_HELD_MOST (64u << 10) /* behind an offer to upgrade      */
#define HTTP_LINE_MOST (8u << 10)  /* what may become a start line    */
#define HTTP_DECODED_MOST (UINT64_C(64) << 20) /* of one body         */
#define HTTP_CODINGS_MOST 2u                   /* of one body         */

enum http_show {
	HTTP_SHOW_TEXT,
	HTTP_SHOW_LINE,
	HTTP_SHOW_HEADERS,
	HTTP_SHOW_NONE
};

struct http_filter;    /* filter.h */
struct http_redaction; /* redact.h */

/* The plugin's instance; read-only once streams come. */
struct http {
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	enum http_show show;
	uint64_t max_body; /* bytes of a body that are shown  */
	bool decode;
	unsigned bodies;               /* HTTP_BODIES_...                */
	bool dedup;                    /* bodies are stored by hash      */
	struct http_redaction *redact; /* NULL: nothing is secret   */
	bool shows;                    /* somebody looks at the console   */
	bool records;                  /* --json                          */
	/* What follows from the keys of views: view_settings.c. */
	struct http_filter *filter;   /* NULL: all is wanted             */
	struct http_filter *bodiless; /* no-body-types; NULL: none       */
	uint64_t kept_most;           /* bytes of a body, for views      */
	uint32_t columns;             /* of the terminal; 0: there is none */
	bool pairs;                   /* transactions are put together   */
	bool waits;                   /* what is shown waits for that    */
	bool keeps;                   /* with bodies                     */
	bool keeps_binary;            /* also those that are no text     */
	bool forms;                   /* forms=yes                       */
	char *har_name;               /* har=; NULL: none is wanted      */
	struct tcpflow_sink *har;     /* SHARED                          */
	uint64_t most;                /* transactions that are told; 0: all */
	atomic_uint_least64_t *told;  /* so far, by all workers */
};

/* Which bodies are stored: decoded, as they were sent, or both. */
#define HTTP_BODIES_NONE 0x0u
#define HTTP_BODIES_FILES 0x1u
#define HTTP_BODIES_SENT 0x2u

/* What all streams of one worker use in turn. */
struct http_worker {
	const struct http *http;
	struct tcpflow_scope *scope;
	struct bytes text;    /* of the record being rendered    */
	struct bytes spans;   /* its runs: struct tcpflow_span   */
	struct bytes scratch; /* a part of it in the making      */
	struct bytes field;   /* the value of a field, likewise */
};

/* When, by the capture's clock and by its packets. */
struct http_moment {
	uint64_t ns;
	uint64_t packet;
	uint64_t first; /* where a decoder joined packets  */
};

/* What is odd about a message; each is told behind it. */
enum http_anomaly {
	HTTP_INCOMPLETE = 0x1,     /* cut by the end of the stream    */
	HTTP_UNPARSABLE = 0x2,     /* the parser gave up: `problem`   */
	HTTP_HEAD_TOO_LARGE = 0x4, /* a limit on headers              */
	HTTP_GAP_BEHIND = 0x8,     /* cut by a gap outside its body   */
	HTTP_GAP_IN_BODY = 0x10,
	HTTP_UNASKED = 0x20,      /* which request it answers is open*/
	HTTP_QUEUE_FULL = 0x40,   /* too many without an answer      */
	HTTP_NO_MEMORY = 0x80,    /* not all of it could be kept     */
	HTTP_TWO_LENGTHS = 0x100, /* chunked, and Content-Length     */
	/* Of what was read as it is mostly meant. */
	HTTP_EMPTY_BEFORE = 0x200, /* empty lines before it           */
	HTTP_ODD_START = 0x400,    /* blanks in its start line        */
	HTTP_ODD_METHOD = 0x800,   /* lower-case letters in it        */
	HTTP_NO_VERSION = 0x1000,
	HTTP_ODD_VERSION = 0x2000, /* neither HTTP/1.0 nor HTTP/1.1   */
	HTTP_ODD_STATUS = 0x4000,
	HTTP_BARE_LF = 0x8000,
	HTTP_BARE_CR = 0x10000,
	HTTP_NUL = 0x20000,
	HTTP_CONTROL = 0x40000,
	HTTP_FOLDED = 0x80000,
	HTTP_NO_COLON = 0x100000,
	HTTP_BLANK_IN_NAME = 0x200000, /* before the colon            */
	HTTP_ODD_NAME = 0x400000,
	HTTP_ODD_LENGTH = 0x800000, /* Content-Length is no number    */
	HTTP_LENGTH_TWICE = 0x1000000,
	HTTP_LENGTHS_DIFFER = 0x2000000,
	HTTP_ODD_CODING = 0x4000000, /* Transfer-Encoding             */
	HTTP_CHUNK_EXTENSION = 0x8000000,
	HTTP_ODD_CHUNK = 0x10000000,
	HTTP_EARLY = 0x20000000 /* the answer was there before it */
};

/* anomaly.c */
struct http_oddity {
	unsigned anomaly;  /* HTTP_...                          */
	const char *name;  /* in records                        */
	const char *words; /* on the console; NULL: it needs more than words */
};
/* The next of those that `anomalies` has; *place is 0 at first.  NULL: no more. */
const struct http_oddity *http_oddity_next(unsigned anomalies, size_t *place);

/* A header's place in message.head. */
struct http_header {
	uint32_t name;
	uint32_t name_length;
	uint32_t value;
	uint32_t value_length;
	bool trailer;
};

enum http_coding {
	HTTP_CODING_NONE,  /* or identity                     */
	HTTP_CODING_KNOWN, /* taken off                       */
	HTTP_CODING_OTHER  /* left as it is                   */
};

/* A body in a file. */
struct http_file {
	struct tcpflow_sink *sink; /* NULL: not open                 */
	uint64_t end;              /* where the next byte stands     */
	uint64_t bytes;            /* that it has, once it is closed */
	bool stopped;              /* nothing more is written        */
	uint32_t path;             /* in message.head                */
	uint32_t path_length;      /* 0: there is none               */
};

struct http_body {
	struct http_file file;              /* decoded                    */
	struct http_file sent;              /* as it was sent             */
	struct tcpflow_digest *sent_digest; /* of the latter; or NULL     */
	bool ended;                         /* its codings came to an end */
	uint64_t encoded; /* bytes without chunk framing     */
	uint64_t decoded;
	uint64_t missing;   /* bytes in gaps                   */
	struct bytes shown; /* the first max_body of decoded   */
	struct coding *decoder[HTTP_CODINGS_MOST]; /* in this order    */
	enum coding_kind kind[HTTP_CODINGS_MOST];  /* as they were put on */
	unsigned coding_count;
	size_t held;                   /* by the decoders                */
	struct tcpflow_digest *digest; /* of decoded; NULL: none wanted */
	enum http_coding coding;
	bool undecoded;      /* decoding stopped early          */
	bool redacted;       /* what is shown is not what was sent */
	bool unkept;         /* nothing more is kept            */
	bool binary;         /* its bytes are no text           */
	const char *problem; /* of the coding; or NULL          */
};

/* One request or response while it comes in. */
struct http_message {
	bool active;  /* has begun and is not over       */
	bool in_body; /* its head is complete            */
	bool is_response;
	bool interim;     /* 1xx other than 101              */
	bool upgraded;    /* 101, or 2xx to CONNECT          */
	bool has_version; /* the start line came as far      */
	uint16_t status;
	uint8_t major;
	uint8_t minor;
	unsigned anomalies;       /* HTTP_...                        */
	const char *problem;      /* the parser's words              */
	uint64_t number;          /* of its transaction; 0: not yet  */
	struct http_moment start; /* its first byte                  */
	struct http_moment end;   /* what ended it                   */
	uint64_t asked_ns;        /* response: when the request began*/
	struct bytes head;        /* method, target or reason, names, values */
	struct bytes headers;     /* struct http_header              */
	uint32_t method_length;   /* it begins the head; 0: not seen   */
	uint32_t start_at;        /* target or reason, in the head     */
	uint32_t start_length;
	struct http_body body;
};

/* A request that waits for its answer. */
struct http_asked {
	uint64_t number;
	uint64_t start_ns;
	bool head; /* HEAD: its answer has no body    */
	bool connect;
	bool simple; /* its answer may be without a head   */
};

/* Which response is whose is not known any more: until when? */
enum http_doubt {
	HTTP_SURE,
	HTTP_UNTIL_RESPONSE, /* all that is queued is answered,   */
	HTTP_UNTIL_REQUEST   /* and then somebody asks again      */
};

struct http_parser; /* parser.c                        */

struct http_conversation {
	struct http_worker *worker;
	const struct http *http;
	struct tcpflow_scope *scope;
	const struct tcpflow_stream_info *info;
	struct http_parser *parser[2]; /* by direction                    */
	struct http_message message[2];
	struct http_asked *queue; /* a ring, up to HTTP_QUEUE_MOST   */
	size_t queue_start;
	size_t queue_count;
	size_t queue_room;
	uint64_t transactions;
	uint64_t interim_number; /* of an interim response unasked  */
	uint64_t early;          /* number of `unasked', if it is 1 */
	uint64_t unasked;        /* final responses since the last  */
				 /* request that it cannot ask for  */
	bool answers_over;       /* the server ended its direction  */
	enum http_doubt doubt;
	bool awaiting; /* a request came after the last   */
	/* final response                  */
	struct http_asked last;           /* request that began              */
	bool doubted;                     /* bytes were missing, once        */
	bool pipelined;                   /* so it was, once                 */
	bool begun[2];                    /* bytes came                      */
	bool tunnel;                      /* not HTTP any more               */
	bool connected;                   /* by CONNECT                      */
	struct bytes target;              /* of the latest CONNECT           */
	struct bytes protocol;            /* Upgrade of the 101              */
	struct bytes redacted;            /* a value while it is made        */
	struct tcpflow_child *child;      /* tunnel.c; NULL: none            */
	uint64_t tunnelled[2];            /* bytes, by direction             */
	struct http_moment latest[2];     /* bytes, by direction     */
	struct http_moment now;           /* of the bytes in hand            */
	struct http_transaction *pending; /* transaction.c           */
};

/* Where HTTP begins again, in one direction. */
struct http_search {
	bool by_line;               /* each line may be a start line, not  */
				    /* only where a segment begins         */
	bool at_start;              /* of such a line or segment           */
	struct bytes line;          /* what may become a start line        */
	struct http_moment line_at; /* its first byte             */
};

enum http_found {
	HTTP_FOUND_NOTHING,
	HTTP_FOUND_HERE, /* it begins with data                 */
	HTTP_FOUND_KEPT  /* it begins with search->line         */
};

/* probe.c: start lines. */
int32_t http_probe(void *worker, const struct tcpflow_probe *probe);
/* Looks at data, and says in *length how much of it is done with: skipped, or
 * in search->line.  None where HTTP begins here, or search->line was given up. */
enum http_found http_search(struct http_conversation *conversation,
    struct http_search *search, uint32_t direction, const uint8_t *data,
    size_t *length);

/* parser.c */
/* NULL: out of memory. */
struct http_parser *http_parser_open(
    struct http_conversation *conversation, uint32_t direction);
/* Takes the address of your pointer and clears it; NULL in it is fine. */
void http_parser_close(struct http_parser **parser);
void http_parser_data(
    struct http_parser *parser, const uint8_t *data, size_t length);
/* length 0: unknown. */
void http_parser_gap(struct http_parser *parser, uint64_t length);
/* The bytes to come may begin anywhere within a message: behind a gap, or where
 * the capture began. */
void http_parser_join(struct http_parser *parser, bool gap);
void http_parser_eof(struct http_parser *parser);
/* A request that is so far only a line without a version is over: its answer
 * begins, or its direction ends.  False: there is none. */
bool http_parser_end_simple(struct http_parser *parser);
/* The answer is there: what was held behind an offer to upgrade is HTTP. */
void http_parser_resume(struct http_parser *parser);
/* The stream is over, whether or not this direction ended. */
void http_parser_cut(struct http_parser *parser);

/* message.c */
/* Appends what is kept beyond the callback: the host is asked for the room
 * first.  False: it or the allocation failed, nothing was appended. */
bool http_keep(struct http_conversation *conversation, struct bytes *bytes,
    const void *data, size_t length);
/* Gives the room back. */
void http_drop(struct http_conversation *conversation, struct bytes *bytes);
void http_message_begin(struct http_conversation *conversation,
    struct http_message *message, bool is_response);
/* Target or reason. */
const uint8_t *http_message_start(
    const struct http_message *message, size_t *length);
size_t http_message_header_count(const struct http_message *message);
const struct http_header *http_message_header(
    const struct http_message *message, size_t place);
/* The value of a header, compared without case; false: there is none. */
bool http_message_find(const struct http_message *message, const char *name,
    const uint8_t **value, size_t *length);
/* Whether all of it came, and could be read. */
bool http_message_is_complete(const struct http_message *message);
/* Whether a header has this name, without case. */
bool http_header_is(const struct http_message *message,
    const struct http_header *header, const char *name);
/* It has been shown: what was kept of it is given back. */
void http_message_end(
    struct http_conversation *conversation, struct http_message *message);
/* Of one that is not active. */
void http_message_free(
    struct http_conversation *conversation, struct http_message *message);

/* redact.c; the rest is in redact.h. */
/* Name and value are complete, and the last of the head: secrets go. */
void http_redact(struct http_conversation *conversation,
    struct http_message *message, struct http_header *header);

/* body.c */
void http_body_begin(
    struct http_conversation *conversation, struct http_message *message);
void http_body_data(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length);
/* length 0: unknown. */
void http_body_gap(struct http_message *message, uint64_t length);
/* No more of it: says what was wrong with its coding. */
void http_body_end(
    struct http_conversation *conversation, struct http_message *message);
/* Digests that were not told, or were, are closed; or are another's now. */
void http_body_free(
    struct http_conversation *conversation, struct http_body *body);
void http_body_moved(struct http_body *body);

/* The same, once its codings are taken off. */
void http_body_decoded(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length);

/* decode.c: a piece of a header's value. */
struct http_token {
	const uint8_t *at;
	size_t length;
};
/* Where in the headers one is: {0} at first. */
struct http_coding_place {
	unsigned name;
	size_t header;
	size_t offset;
};
/* The next of the codings, in the order in which they were put on.  False: no
 * more. */
bool http_coding_next(const struct http_message *message,
    struct http_coding_place *place, struct http_token *token);
/* Says in message->body what can be done with them. */
void http_decode_begin(struct http_message *message);
/* What comes out goes to http_body_decoded(). */
void http_decode(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length);
/* No more of it: what is wrong goes to body.problem. */
void http_decode_end(
    struct http_conversation *conversation, struct http_message *message);

/* extension.c: what a file of this media type is called, ".html". */
const char *http_extension(const uint8_t *type, size_t length);

/* name.c: appends what the network calls its body; the request, if it is known,
 * is its own or that which it answers.  False: nothing, or no memory. */
bool http_name_append(struct bytes *text, const struct http_message *message,
    const struct http_message *request);

/* store.c: nothing happens where no files are wanted. */
/* Before body.decoded and body.encoded count the bytes. */
void http_store_decoded(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length);
void http_store_sent(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length);
/* The body is over, and what is wrong with it is known. */
void http_store_end(
    struct http_conversation *conversation, struct http_message *message);

/* exchange.c: pairing. */
/* A request begins; as soon as it is known, what its answer depends on. */
void http_exchange_request(
    struct http_conversation *conversation, struct http_message *message);
void http_exchange_method(struct http_conversation *conversation,
    const struct http_message *message, bool simple);
/* It was no request after all. */
void http_exchange_forget(
    struct http_conversation *conversation, const struct http_message *message);
/* The response's head is complete, or will not be: numbers it.  The request
 * by which the length of its body is told; NULL: unknown. */
const struct http_asked *http_exchange_response(
    struct http_conversation *conversation, struct http_message *message);
/* The response is over. */
void http_exchange_answered(
    struct http_conversation *conversation, const struct http_message *message);
/* What came before the first byte is not known: a gap, or before the capture. */
void http_exchange_joined(
    struct http_conversation *conversation, uint32_t direction, bool gap);
/* The server says no more. */
void http_exchange_answers_over(struct http_conversation *conversation);
/* Nobody knows what was in this direction. */
void http_exchange_lost(
    struct http_conversation *conversation, uint32_t direction);

/* Whether a request may still come that this response, unasked, answers. */
bool http_exchange_may_be_early(const struct http_conversation *conversation,
    const struct http_message *response);
/* Whether the next response answers a request without a version. */
bool http_exchange_is_simple(const struct http_conversation *conversation);
/* Whether a response to the request of this number may come. */
bool http_exchange_awaits(
    const struct http_conversation *conversation, uint64_t number);

/* cookie.c: one piece of Cookie or Set-Cookie (RFC 6265): "name=value". */
struct http_cookie {
	const uint8_t *name;
	size_t name_length;
	const uint8_t *value; /* NULL: there was no "="          */
	size_t value_length;
};
/* Takes blanks off both ends. */
void http_trim(const uint8_t **at, size_t *length);
/* Takes the next piece that is not empty off the value.  False: no more. */
bool http_cookie_next(
    const uint8_t **value, size_t *length, struct http_cookie *cookie);

/* view.c: what is told of one transaction; NULL: it is not known. */
struct http_told {
	uint64_t number;
	const struct http_message *request;
	const struct http_message *response;
	const struct http_message *interim;
	size_t interim_count;
};
/* One of request and response is there. */
void http_view_tell(
    struct http_conversation *conversation, const struct http_told *told);
/* record.c */
void http_record_tell(
    struct http_conversation *conversation, const struct http_told *told);

/* transaction.c: nothing happens where nobody wants pairs. */
/* The message is over: it is told, now or with what it belongs to. */
void http_transaction_message(
    struct http_conversation *conversation, struct http_message *message);
/* The request of this number: in hand, or waiting; NULL: it is not there. */
const struct http_message *http_transaction_request(
    struct http_conversation *conversation, uint64_t number);
/* Tells those whose response cannot come any more. */
void http_transaction_settle(struct http_conversation *conversation);
/* Tells all. */
void http_transaction_close(struct http_conversation *conversation);

/* tunnel.c: HTTP is over; the bytes belong to a child stream. */
/* Where a CONNECT leads, for as long as it may be granted. */
void http_tunnel_note_target(
    struct http_conversation *conversation, const struct http_message *request);
/* What the connection goes on as. */
void http_tunnel_note_protocol(struct http_conversation *conversation,
    const struct http_message *response);
void http_tunnel_begin(struct http_conversation *conversation);
void http_tunnel_data(struct http_conversation *conversation,
    uint32_t direction, const uint8_t *data, size_t length);
/* length 0: unknown. */
void http_tunnel_gap(struct http_conversation *conversation, uint32_t direction,
    uint64_t length);
void http_tunnel_eof(
    struct http_conversation *conversation, const struct tcpflow_end *end);
void http_tunnel_close(
    struct http_conversation *conversation, const struct tcpflow_end *end);

/* text.c: a message is over; it is shown, unless that waits for its pair. */
void http_text_message(
    struct http_conversation *conversation, struct http_message *message);
void http_text_show(
    struct http_conversation *conversation, const struct http_message *message);
void http_text_tunnel(struct http_conversation *conversation);

#endif
