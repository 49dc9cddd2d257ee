/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of HTTP/1 through llhttp, which is noisy enough to live behind
 * one file: its errors are final, it knows no gaps, and its versions differ
 * (features are found by configure).
 *
 *	PARSING -> HOLDING	behind a request that offers to upgrade, until
 *				it is answered
 *	        -> LOST		after an error or a gap, up to a start line
 *
 * What shall one day repair the bytes that llhttp refuses stands between feed()
 * and parse(). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "plugins/http/http.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

enum state { PARSING, HOLDING, LOST };

struct http_parser {
	llhttp_t llhttp;
	struct http_conversation *conversation;
	uint32_t direction;
	enum state state;
	bool filling;      /* the bytes fed stand for a gap            */
	bool stopped;      /* by us: a limit, or no memory             */
	bool unheeded;     /* offers to upgrade: nobody waits for them */
	struct bytes held; /* HOLDING: all since then                  */
	struct http_moment held_at; /* its first byte          */
	struct http_search search;  /* LOST */
};

static struct http_parser *parser_of(llhttp_t *llhttp)
{
	return llhttp->data;
}

static struct http_message *message_of(const struct http_parser *parser)
{
	return &parser->conversation->message[parser->direction];
}

static int on_begin(llhttp_t *llhttp)
{
	struct http_parser *parser = parser_of(llhttp);
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);
	bool is_response = parser->direction == TCPFLOW_S2C;

	http_message_begin(conversation, message, is_response);
	if (!is_response)
		http_exchange_request(conversation, message);
	return 0;
}

/* What a callback of llhttp returns. */
static int go_on(struct http_parser *parser, bool good)
{
	parser->stopped = !good;
	return good ? 0 : HPE_USER;
}

static int on_target(llhttp_t *llhttp, const char *at, size_t length)
{
	struct http_parser *parser = parser_of(llhttp);
	struct http_message *message = message_of(parser);

	if (message->method_length == 0)
		http_message_method(parser->conversation, message,
		    llhttp_method_name((llhttp_method_t)llhttp->method));
	http_exchange_method(parser->conversation, message,
	    llhttp->method == HTTP_HEAD, llhttp->method == HTTP_CONNECT);
	return go_on(parser,
	    http_message_start_line(parser->conversation, message, at, length));
}

/* What llhttp knows when the start line is over; it says so only indirectly,
 * and not in all versions in the same way. */
static void note_version(struct http_parser *parser)
{
	struct http_message *message = message_of(parser);

	message->has_version = true;
	message->major = parser->llhttp.http_major;
	message->minor = parser->llhttp.http_minor;
	if (message->is_response)
		message->status = parser->llhttp.status_code;
}

static int on_reason(llhttp_t *llhttp, const char *at, size_t length)
{
	struct http_parser *parser = parser_of(llhttp);

	note_version(parser);
	return go_on(parser,
	    http_message_start_line(
		parser->conversation, message_of(parser), at, length));
}

static int on_name(llhttp_t *llhttp, const char *at, size_t length)
{
	struct http_parser *parser = parser_of(llhttp);

	note_version(parser);
	return go_on(parser,
	    http_message_name(
		parser->conversation, message_of(parser), at, length));
}

static int on_value(llhttp_t *llhttp, const char *at, size_t length)
{
	struct http_parser *parser = parser_of(llhttp);

	return go_on(parser,
	    http_message_value(
		parser->conversation, message_of(parser), at, length));
}

static int on_value_done(llhttp_t *llhttp)
{
	struct http_parser *parser = parser_of(llhttp);

	return go_on(parser,
	    http_message_header_done(parser->conversation, message_of(parser)));
}

/* What the connection goes on as. */
static void note_protocol(
    struct http_conversation *conversation, const struct http_message *message)
{
	const uint8_t *value;
	size_t length;

	conversation->connected = message->status != 101;
	if (http_message_find(message, "Upgrade", &value, &length))
		http_keep(conversation, &conversation->protocol, value, length);
}

/* Where a CONNECT leads, for as long as it may be granted. */
static void note_target(
    struct http_conversation *conversation, const struct http_message *message)
{
	const uint8_t *start;
	size_t length;

	http_drop(conversation, &conversation->target);
	start = http_message_start(message, &length);
	http_keep(conversation, &conversation->target, start, length);
}

/* What llhttp wants to hear of a response's body: 0 as its headers say, 1 none,
 * 2 none and no HTTP after it (RFC 9112, section 6.3). */
static int response_body(
    struct http_parser *parser, struct http_message *message)
{
	uint16_t status = message->status;
	const struct http_asked *asked;

	message->interim = status >= 100 && status < 200 && status != 101;
	asked = http_exchange_response(parser->conversation, message);
	message->upgraded = status == 101 ||
	    (asked != NULL && asked->connect && status >= 200 && status < 300);
	if (message->upgraded) {
		note_protocol(parser->conversation, message);
		return 2;
	}
	return message->interim || status == 204 || status == 304 ||
		(asked != NULL && asked->head)
	    ? 1
	    : 0;
}

static int on_head(llhttp_t *llhttp)
{
	const uint16_t both = F_CHUNKED | F_CONTENT_LENGTH;
	struct http_parser *parser = parser_of(llhttp);
	struct http_message *message = message_of(parser);

	note_version(parser);
	message->chunked = (llhttp->flags & F_CHUNKED) != 0;
	if ((llhttp->flags & both) == both)
		message->anomalies |= HTTP_TWO_LENGTHS;
	http_body_begin(parser->conversation, message);
	if (!message->is_response && llhttp->method == HTTP_CONNECT)
		note_target(parser->conversation, message);
	return message->is_response ? response_body(parser, message) : 0;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t length)
{
	struct http_parser *parser = parser_of(llhttp);

	if (!parser->filling)
		http_body_data(parser->conversation, message_of(parser),
		    (const uint8_t *)at, length);
	return 0;
}

static int on_chunk(llhttp_t *llhttp)
{
	message_of(parser_of(llhttp))->in_chunk = llhttp->content_length > 0;
	return 0;
}

static int on_chunk_done(llhttp_t *llhttp)
{
	message_of(parser_of(llhttp))->in_chunk = false;
	return 0;
}

/* The message is over, well or badly. */
static void finish(struct http_parser *parser, unsigned anomalies)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);

	if (!message->active)
		return;
	message->anomalies |= anomalies;
	/* A header that is cut is shown as far as it came. */
	http_message_header_done(conversation, message);
	http_body_end(conversation, message);
	if (message->is_response && message->number == 0)
		http_exchange_response(conversation, message);
	message->end = conversation->now;
	http_text_message(conversation, message);
	http_transaction_message(conversation, message);
	http_message_end(conversation, message);
	if (message->is_response)
		http_exchange_answered(conversation, message);
}

/* What was held behind the offer is of the other protocol, too. */
static void begin_tunnel(struct http_conversation *conversation)
{
	struct http_parser *client = conversation->parser[TCPFLOW_C2S];
	struct http_moment now = conversation->now;

	http_tunnel_begin(conversation);
	if (client->state == HOLDING) {
		conversation->now = client->held_at;
		http_tunnel_data(conversation, TCPFLOW_C2S, client->held.data,
		    client->held.length);
		conversation->now = now;
	}
	http_drop(conversation, &client->held);
}

static int on_complete(llhttp_t *llhttp)
{
	struct http_parser *parser = parser_of(llhttp);
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);

	finish(parser, 0);
	if (message->upgraded)
		begin_tunnel(conversation);
	else if (message->is_response && !message->interim &&
	    conversation->queue_count == 0)
		http_parser_resume(conversation->parser[TCPFLOW_C2S]);
	return 0;
}

/* Members are set by name: later versions have more of them, and in another
 * order. */
static const llhttp_settings_t settings = {
    .on_message_begin = on_begin,
    .on_url = on_target,
    .on_status = on_reason,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_done,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_chunk_header = on_chunk,
    .on_chunk_complete = on_chunk_done,
    .on_message_complete = on_complete,
};

/* A recorder takes what comes: every leniency that this llhttp has. */
static void start(struct http_parser *parser)
{
	llhttp_t *llhttp = &parser->llhttp;

	llhttp_init(llhttp,
	    parser->direction == TCPFLOW_C2S ? HTTP_REQUEST : HTTP_RESPONSE,
	    &settings);
	llhttp->data = parser;
#if HAVE_DECL_LLHTTP_SET_LENIENT_HEADERS
	llhttp_set_lenient_headers(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_CHUNKED_LENGTH
	llhttp_set_lenient_chunked_length(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_KEEP_ALIVE
	llhttp_set_lenient_keep_alive(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_TRANSFER_ENCODING
	llhttp_set_lenient_transfer_encoding(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_VERSION
	llhttp_set_lenient_version(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_DATA_AFTER_CLOSE
	llhttp_set_lenient_data_after_close(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_OPTIONAL_LF_AFTER_CR
	llhttp_set_lenient_optional_lf_after_cr(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_OPTIONAL_CR_BEFORE_LF
	llhttp_set_lenient_optional_cr_before_lf(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_OPTIONAL_CRLF_AFTER_CHUNK
	llhttp_set_lenient_optional_crlf_after_chunk(llhttp, 1);
#endif
#if HAVE_DECL_LLHTTP_SET_LENIENT_SPACES_AFTER_CHUNK_SIZE
	llhttp_set_lenient_spaces_after_chunk_size(llhttp, 1);
#endif
	parser->stopped = false;
	parser->state = PARSING;
}

struct http_parser *http_parser_open(
    struct http_conversation *conversation, uint32_t direction)
{
	const struct tcpflow_host *host = conversation->http->host;
	struct http_parser *parser;

	if (host->hold(conversation->scope, sizeof(*parser)) != TCPFLOW_OK)
		return NULL;
	parser = calloc(1, sizeof(*parser));
	if (parser == NULL) {
		host->release(conversation->scope, sizeof(*parser));
		return NULL;
	}
	parser->conversation = conversation;
	parser->direction = direction;
	start(parser);
	return parser;
}

void http_parser_close(struct http_parser **handle)
{
	struct http_parser *parser = *handle;

	if (parser == NULL)
		return;
	*handle = NULL;
	http_drop(parser->conversation, &parser->held);
	http_drop(parser->conversation, &parser->search.line);
	parser->conversation->http->host->release(
	    parser->conversation->scope, sizeof(*parser));
	free(parser);
}

/* Nothing more can be made of what comes, up to a start line.  Behind bytes
 * that were refused the line in hand is over first; behind a gap only the
 * start of a segment is trusted. */
static void lose(
    struct http_parser *parser, unsigned anomaly, const char *problem)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);

	message->problem = problem;
	/* Without even a method it may be no request: nobody answers it. */
	if (message->active && !message->is_response &&
	    message->method_length == 0)
		http_exchange_forget(conversation, message);
	finish(parser, anomaly);
	http_exchange_lost(conversation, parser->direction);
	http_transaction_settle(conversation);
	conversation->http->host->count(conversation->scope,
	    anomaly == HTTP_GAP_BEHIND ? "gaps" : "unparsable", 1);
	http_drop(conversation, &parser->held);
	http_drop(conversation, &parser->search.line);
	parser->state = LOST;
	parser->search.by_line = anomaly != HTTP_GAP_BEHIND;
	parser->search.at_start = false;
}

/* How much of the bytes was taken: all, or up to an offer to upgrade, or up to
 * what llhttp refused. */
static size_t parse(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	llhttp_t *llhttp = &parser->llhttp;
	enum llhttp_errno error = llhttp_execute(
	    llhttp, (const char *)data, length);
	const uint8_t *stop;

	if (error == HPE_OK)
		return length;
	stop = (const uint8_t *)llhttp_get_error_pos(llhttp);
	if (parser->stopped)
		lose(parser, 0, NULL);
	else if (error != HPE_PAUSED_UPGRADE)
		lose(parser, HTTP_UNPARSABLE, llhttp_get_error_reason(llhttp));
	else if (parser->unheeded && !parser->conversation->tunnel)
		llhttp_resume_after_upgrade(llhttp);
	else
		parser->state = HOLDING;
	return stop >= data && stop <= data + length ? (size_t)(stop - data)
						     : length;
}

/* Keeps what stands behind an offer until it is answered.  Who sends so much
 * does not wait for the answer. */
static size_t hold(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	struct http_conversation *conversation = parser->conversation;

	if (parser->held.length == 0)
		parser->held_at = conversation->now;
	if (length <= HTTP_HELD_MOST - parser->held.length &&
	    http_keep(conversation, &parser->held, data, length))
		return length;
	parser->unheeded = true;
	http_parser_resume(parser);
	return 0;
}

static void feed(
    struct http_parser *parser, const uint8_t *data, size_t length);

/* What was kept is fed as if it came now, but with its own time. */
static void feed_kept(
    struct http_parser *parser, struct bytes *kept, struct http_moment moment)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_moment now = conversation->now;
	struct bytes taken = *kept;

	*kept = (struct bytes){0};
	conversation->now = moment;
	feed(parser, taken.data, taken.length);
	conversation->now = now;
	http_drop(conversation, &taken);
}

/* Behind an error or a gap: up to a start line. */
static size_t search(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	struct http_search *looking = &parser->search;

	switch (http_search(
	    parser->conversation, looking, parser->direction, data, &length)) {
	case HTTP_FOUND_HERE:
		start(parser);
		break;
	case HTTP_FOUND_KEPT:
		start(parser);
		feed_kept(parser, &looking->line, looking->line_at);
		break;
	default:
		break;
	}
	return length;
}

static void feed(struct http_parser *parser, const uint8_t *data, size_t length)
{
	struct http_conversation *conversation = parser->conversation;

	while (length > 0) {
		size_t taken;

		if (conversation->tunnel) {
			http_tunnel_data(
			    conversation, parser->direction, data, length);
			return;
		}
		if (parser->state == LOST)
			taken = search(parser, data, length);
		else if (parser->state == HOLDING)
			taken = hold(parser, data, length);
		else
			taken = parse(parser, data, length);
		data += taken;
		length -= taken;
	}
}

void http_parser_data(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	parser->search.at_start = true;
	feed(parser, data, length);
}

void http_parser_join(struct http_parser *parser, bool gap)
{
	http_exchange_joined(parser->conversation, parser->direction, gap);
	parser->state = LOST;
	parser->search.by_line = false;
}

void http_parser_resume(struct http_parser *parser)
{
	if (parser->state != HOLDING || parser->conversation->tunnel)
		return;
	parser->state = PARSING;
	llhttp_resume_after_upgrade(&parser->llhttp);
	feed_kept(parser, &parser->held, parser->held_at);
}

static bool is_in_body(const struct http_parser *parser)
{
	const struct http_message *message = message_of(parser);

	return parser->state == PARSING && message->active && message->in_body;
}

/* Up to the end of the connection: any gap is one of the body. */
static bool is_in_endless_body(const struct http_parser *parser)
{
	return is_in_body(parser) && !message_of(parser)->chunked &&
	    !(parser->llhttp.flags & F_CONTENT_LENGTH);
}

/* How much of a gap certainly lies within a body, or chunk, of known length. */
static uint64_t within_body(const struct http_parser *parser, uint64_t length)
{
	const struct http_message *message = message_of(parser);
	uint64_t left = parser->llhttp.content_length;

	if (!is_in_body(parser) || (message->chunked && !message->in_chunk))
		return 0;
	return length < left ? length : left;
}

/* llhttp knows no gaps: it is fed as many bytes as are missing. */
static void fill(struct http_parser *parser, uint64_t length)
{
	static const uint8_t filler[65536];

	parser->filling = true;
	while (length > 0 && parser->state == PARSING) {
		size_t step = length < sizeof(filler) ? (size_t)length
						      : sizeof(filler);

		parse(parser, filler, step);
		length -= step;
	}
	parser->filling = false;
}

void http_parser_gap(struct http_parser *parser, uint64_t length)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);
	uint64_t inside;

	if (conversation->tunnel) {
		http_tunnel_gap(conversation, parser->direction, length);
		return;
	}
	if (is_in_endless_body(parser)) {
		http_body_gap(message, length);
		return;
	}
	inside = within_body(parser, length);
	if (inside > 0) {
		http_body_gap(message, inside);
		fill(parser, inside);
	}
	/* If the offer should be accepted, these are its bytes. */
	if (parser->state == HOLDING)
		conversation->tunnelled[parser->direction] +=
		    parser->held.length + length;
	if (length > inside || length == 0)
		lose(parser, HTTP_GAP_BEHIND, NULL);
}

void http_parser_eof(struct http_parser *parser)
{
	/* Nobody answered the offer: it may have gone on as HTTP. */
	parser->unheeded = true;
	http_parser_resume(parser);
	if (parser->state != PARSING || !message_of(parser)->active)
		return;
	if (llhttp_finish(&parser->llhttp) != HPE_OK)
		finish(parser, HTTP_INCOMPLETE);
}

void http_parser_cut(struct http_parser *parser)
{
	parser->unheeded = true;
	http_parser_resume(parser);
	finish(parser, HTTP_INCOMPLETE);
}
