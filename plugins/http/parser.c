/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of HTTP/1 through llhttp, which is noisy enough to live behind
 * one file: its errors are final, it knows no gaps, and its versions differ
 * (features are found by configure).
 *
 *	PARSING  -> HOLDING   behind a request that offers to upgrade
 *	         -> LOST      after an error or a gap: up to the next chunk that
 *	                      begins with a start line
 *	         -> TUNNEL    the conversation is no HTTP any more
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "plugins/http/http.h"

#include <llhttp.h>
#include <stdlib.h>

enum state { PARSING, HOLDING, LOST };

struct http_parser {
	llhttp_t llhttp;
	llhttp_settings_t settings;
	struct http_conversation *conversation;
	uint32_t direction;
	enum state state;
	bool filling;      /* the bytes fed stand for a gap   */
	struct bytes held; /* behind an offer to upgrade      */
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
	struct http_message *message = message_of(parser);

	http_message_begin(message, parser->direction == TCPFLOW_S2C,
	    parser->conversation->now_ns);
	if (!message->is_response)
		http_exchange_request(parser->conversation, message);
	return 0;
}

static int on_start_line(llhttp_t *llhttp, const char *at, size_t length)
{
	return http_message_start_line(
		   message_of(parser_of(llhttp)), at, length)
	    ? 0
	    : HPE_USER;
}

static int on_name(llhttp_t *llhttp, const char *at, size_t length)
{
	return http_message_name(message_of(parser_of(llhttp)), at, length)
	    ? 0
	    : HPE_USER;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t length)
{
	return http_message_value(message_of(parser_of(llhttp)), at, length)
	    ? 0
	    : HPE_USER;
}

static int on_value_done(llhttp_t *llhttp)
{
	http_message_name_done(message_of(parser_of(llhttp)));
	return 0;
}

static bool is_interim(unsigned status)
{
	return status >= 100 && status < 200 && status != 101;
}

/* What llhttp wants to hear of a response's body: 0 as its headers say, 1 none,
 * 2 none and no HTTP after it (RFC 9112, section 6.3). */
static int response_body(
    struct http_parser *parser, struct http_message *message)
{
	const struct http_asked *asked;

	message->interim = is_interim(message->status);
	asked = http_exchange_answer(parser->conversation, message);
	message->upgraded = message->status == 101 ||
	    (asked != NULL && asked->connect && message->status >= 200 &&
		message->status < 300);
	if (message->upgraded)
		return 2;
	return message->interim || message->status == 204 ||
		message->status == 304 || (asked != NULL && asked->head)
	    ? 1
	    : 0;
}

static int on_head(llhttp_t *llhttp)
{
	struct http_parser *parser = parser_of(llhttp);
	struct http_message *message = message_of(parser);

	message->major = llhttp->http_major;
	message->minor = llhttp->http_minor;
	message->chunked = (llhttp->flags & F_CHUNKED) != 0;
	http_body_begin(parser->conversation, message);
	if (message->is_response) {
		message->status = llhttp->status_code;
		if (message->status == 206 &&
		    message->body.coding == HTTP_CODING_INFLATE)
			message->body.coding = HTTP_CODING_OTHER;
		return response_body(parser, message);
	}
	message->method = llhttp_method_name((llhttp_method_t)llhttp->method);
	http_exchange_asked(parser->conversation, message,
	    llhttp->method == HTTP_HEAD, llhttp->method == HTTP_CONNECT,
	    llhttp->upgrade != 0);
	return 0;
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
	struct http_message *message = message_of(parser);

	if (!message->active)
		return;
	message->anomalies |= anomalies;
	http_body_end(message);
	if (message->is_response && message->number == 0)
		http_exchange_answer(parser->conversation, message);
	http_text_message(parser->conversation, message);
	http_body_release(parser->conversation, message);
	if (message->is_response)
		http_exchange_done(parser->conversation, message);
	message->active = false;
}

static void drop_held(struct http_parser *parser)
{
	const struct http_conversation *conversation = parser->conversation;

	conversation->http->host->release(
	    conversation->scope, parser->held.length);
	bytes_reset(&parser->held);
}

/* What was held behind the offer is of the other protocol, too. */
static void begin_tunnel(struct http_conversation *conversation)
{
	struct http_parser *client = conversation->parser[TCPFLOW_C2S];

	conversation->tunnel = true;
	conversation->tunnelled[TCPFLOW_C2S] += client->held.length;
	drop_held(client);
}

static int on_complete(llhttp_t *llhttp)
{
	struct http_parser *parser = parser_of(llhttp);
	struct http_message *message = message_of(parser);

	finish(parser, 0);
	if (message->upgraded)
		begin_tunnel(parser->conversation);
	else if (message->is_response && !message->interim &&
	    parser->conversation->queue_count == 0)
		http_parser_resume(parser->conversation->parser[TCPFLOW_C2S]);
	return 0;
}

/* A recorder takes what comes: every leniency that this llhttp has. */
static void start(struct http_parser *parser)
{
	llhttp_t *llhttp = &parser->llhttp;

	llhttp_init(llhttp,
	    parser->direction == TCPFLOW_C2S ? HTTP_REQUEST : HTTP_RESPONSE,
	    &parser->settings);
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
	parser->state = PARSING;
}

struct http_parser *http_parser_open(
    struct http_conversation *conversation, uint32_t direction)
{
	struct http_parser *parser = calloc(1, sizeof(*parser));

	if (parser == NULL)
		return NULL;
	parser->conversation = conversation;
	parser->direction = direction;
	/* Members are set by name: later versions have more of them, and in
	 * another order. */
	llhttp_settings_init(&parser->settings);
	parser->settings.on_message_begin = on_begin;
	parser->settings.on_url = on_start_line;
	parser->settings.on_status = on_start_line;
	parser->settings.on_header_field = on_name;
	parser->settings.on_header_value = on_value;
	parser->settings.on_header_value_complete = on_value_done;
	parser->settings.on_headers_complete = on_head;
	parser->settings.on_body = on_body;
	parser->settings.on_chunk_header = on_chunk;
	parser->settings.on_chunk_complete = on_chunk_done;
	parser->settings.on_message_complete = on_complete;
	start(parser);
	return parser;
}

void http_parser_close(struct http_parser **handle)
{
	struct http_parser *parser = *handle;

	if (parser == NULL)
		return;
	*handle = NULL;
	drop_held(parser);
	bytes_free(&parser->held);
	free(parser);
}

/* Nothing more can be made of the bytes in hand. */
static void lose(struct http_parser *parser, const char *problem)
{
	struct http_message *message = message_of(parser);
	const struct http *http = parser->conversation->http;

	message->problem = problem;
	http->host->count(parser->conversation->scope, "unparsable", 1);
	finish(parser, problem != NULL ? HTTP_UNPARSABLE : HTTP_GAP_IN_HEAD);
	http_exchange_lost(parser->conversation);
	parser->state = LOST;
}

/* Keeps what stands behind an offer to upgrade until it is answered. */
static void hold(struct http_parser *parser, const uint8_t *data, size_t length)
{
	const struct http_conversation *conversation = parser->conversation;

	if (length > HTTP_HELD_MOST - parser->held.length ||
	    conversation->http->host->hold(conversation->scope, length) !=
		TCPFLOW_OK) {
		/* Nobody answers that offer: it is taken as ignored. */
		http_parser_resume(parser);
		http_parser_data(parser, data, length);
		return;
	}
	bytes_append(&parser->held, data, length);
}

/* llhttp stopped at `rest`: the message is complete, and what follows may be
 * another protocol. */
static void stop_at_upgrade(
    struct http_parser *parser, const uint8_t *rest, size_t length)
{
	if (parser->conversation->tunnel) {
		parser->conversation->tunnelled[parser->direction] += length;
		return;
	}
	parser->state = HOLDING;
	if (length > 0)
		hold(parser, rest, length);
}

static void parse(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	llhttp_t *llhttp = &parser->llhttp;
	enum llhttp_errno error = llhttp_execute(
	    llhttp, (const char *)data, length);
	const uint8_t *stop = (const uint8_t *)llhttp_get_error_pos(llhttp);

	if (error == HPE_OK)
		return;
	if (error == HPE_PAUSED_UPGRADE)
		stop_at_upgrade(parser, stop, length - (size_t)(stop - data));
	else
		lose(parser,
		    error == HPE_USER ? "too large"
				      : llhttp_get_error_reason(llhttp));
}

void http_parser_data(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	bool starts;

	if (parser->conversation->tunnel) {
		parser->conversation->tunnelled[parser->direction] += length;
		return;
	}
	if (parser->state == LOST) {
		starts = parser->direction == TCPFLOW_C2S
		    ? http_starts_request(data, length) == 1
		    : http_starts_response(data, length) == 1;
		if (!starts) {
			parser->conversation->http->host->count(
			    parser->conversation->scope, "skipped_bytes",
			    length);
			return;
		}
		start(parser);
	}
	if (parser->state == HOLDING)
		hold(parser, data, length);
	else
		parse(parser, data, length);
}

void http_parser_resume(struct http_parser *parser)
{
	struct bytes held = parser->held;

	if (parser->state != HOLDING || parser->conversation->tunnel)
		return;
	parser->held = (struct bytes){0};
	parser->state = PARSING;
	llhttp_resume_after_upgrade(&parser->llhttp);
	parser->conversation->http->host->release(
	    parser->conversation->scope, held.length);
	if (held.length > 0)
		parse(parser, held.data, held.length);
	bytes_free(&held);
}

/* How much of a gap certainly lies within the body in hand. */
static uint64_t within_body(const struct http_parser *parser, uint64_t length)
{
	const struct http_message *message = message_of(parser);
	uint64_t left = parser->llhttp.content_length;

	if (parser->state != PARSING || !message->active || !message->in_body)
		return 0;
	if (message->chunked && !message->in_chunk)
		return 0;
	/* Up to the end of the connection: any gap is one of the body. */
	if (!message->chunked && !(parser->llhttp.flags & F_CONTENT_LENGTH))
		return length;
	return length < left ? length : left;
}

void http_parser_gap(struct http_parser *parser, uint64_t length)
{
	static const uint8_t filler[16384];
	uint64_t inside = within_body(parser, length);

	if (parser->conversation->tunnel)
		return;
	if (inside > 0)
		http_body_gap(message_of(parser), inside);
	parser->filling = true;
	for (uint64_t left = inside; left > 0 && parser->state == PARSING;) {
		size_t step = left < sizeof(filler) ? (size_t)left
						    : sizeof(filler);

		parse(parser, filler, step);
		left -= step;
	}
	parser->filling = false;
	if (length > inside)
		lose(parser, NULL);
}

void http_parser_eof(struct http_parser *parser)
{
	/* Nobody answered the offer: it may have gone on as HTTP. */
	http_parser_resume(parser);
	if (parser->state != PARSING || !message_of(parser)->active)
		return;
	if (llhttp_finish(&parser->llhttp) != HPE_OK)
		finish(parser, HTTP_INCOMPLETE);
}

void http_parser_cut(struct http_parser *parser)
{
	http_parser_resume(parser);
	finish(parser, HTTP_INCOMPLETE);
}
