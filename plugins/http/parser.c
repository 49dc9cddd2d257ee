/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of HTTP/1: what of its bytes is head, body or neither.
 *
 *	IDLE -> HEAD -> IDLE		a message without a body
 *	             -> BODY -> IDLE	head.c reads heads and trailers, body.c
 *	             -> SIZE -> BODY	bodies, and framing.h says which comes
 *	             -> CLOSE -> IDLE	next
 *	HOLDING		behind a request that offers another protocol, until
 *			it is answered
 *	LOST		after bytes of which nothing can be made, or a gap, up
 *			to a start line */
#include "plugins/http/framing.h"
#include "plugins/http/head.h"
#include "plugins/http/http.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_LINE_MOST 256u /* of the line that begins a chunk     */

enum state { IDLE, HEAD, BODY, SIZE, CLOSE, HOLDING, LOST };

struct http_parser {
	struct http_framing framing;
	struct http_head head;
	struct http_conversation *conversation;
	uint32_t direction;
	enum state state;
	bool empty_lines;           /* IDLE: some came                       */
	bool behind_chunk;          /* SIZE: an empty line ends its data     */
	bool unheeded;              /* offers to upgrade: nobody waits       */
	struct bytes line;          /* SIZE: as far as it came               */
	struct bytes held;          /* HOLDING: all since then               */
	struct http_moment held_at; /* its first byte               */
	struct http_search search;  /* LOST                         */
};

static struct http_message *message_of(const struct http_parser *parser)
{
	return &parser->conversation->message[parser->direction];
}

static void start(struct http_parser *parser)
{
	http_framing_start(&parser->framing, parser->direction == TCPFLOW_S2C);
	parser->state = IDLE;
	parser->empty_lines = false;
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
	http_head_end(parser->conversation, &parser->head);
	http_drop(parser->conversation, &parser->line);
	http_drop(parser->conversation, &parser->held);
	http_drop(parser->conversation, &parser->search.line);
	parser->conversation->http->host->release(
	    parser->conversation->scope, sizeof(*parser));
	free(parser);
}

/* The message is over, well or badly. */
static void finish(struct http_parser *parser, unsigned anomalies)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);

	if (!message->active)
		return;
	/* A line that is cut is shown as far as it came. */
	if (parser->state == HEAD)
		http_head_cut(conversation, message, &parser->head);
	message->anomalies |= anomalies;
	http_body_end(conversation, message);
	if (message->is_response && message->number == 0)
		http_exchange_response(conversation, message);
	message->end = conversation->now;
	http_text_message(conversation, message);
	http_transaction_message(conversation, message);
	http_message_end(conversation, message);
	if (message->is_response)
		http_exchange_answered(conversation, message);
	http_head_end(conversation, &parser->head);
	http_drop(conversation, &parser->line);
	parser->state = IDLE;
}

/* Nothing more can be made of what comes, up to a start line.  Behind bytes
 * that say nothing the line in hand is over first; behind a gap only the start
 * of a segment is trusted. */
static void lose(
    struct http_parser *parser, unsigned anomaly, const char *problem)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);

	message->problem = problem;
	/* Without even a method it may be no request: nobody answers it. */
	if (message->active && !message->is_response &&
	    message->method_length == 0 &&
	    (parser->state != HEAD || message->head.length == 0 ||
		anomaly == HTTP_UNPARSABLE))
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

/* What an answer that is over means for its request. */
static void note_answer(
    struct http_conversation *conversation, const struct http_message *response)
{
	if (response->upgraded)
		begin_tunnel(conversation);
	else if (!response->interim && conversation->queue_count == 0)
		http_parser_resume(conversation->parser[TCPFLOW_C2S]);
}

static void go_on(struct http_parser *parser, enum http_next next)
{
	struct http_message *message = message_of(parser);

	switch (next) {
	case HTTP_NEXT_MESSAGE:
	case HTTP_NEXT_OTHER:
		finish(parser, 0);
		if (message->is_response)
			note_answer(parser->conversation, message);
		else if (next == HTTP_NEXT_OTHER && !parser->unheeded)
			parser->state = HOLDING;
		if (next == HTTP_NEXT_OTHER && parser->state == IDLE)
			http_framing_resume(&parser->framing);
		break;
	case HTTP_NEXT_BODY:
		parser->state = BODY;
		break;
	case HTTP_NEXT_SIZE:
		parser->behind_chunk = parser->state == BODY;
		parser->state = SIZE;
		break;
	case HTTP_NEXT_TRAILERS:
		http_head_begin_trailers(&parser->head, message);
		parser->state = HEAD;
		break;
	case HTTP_NEXT_CLOSE:
		parser->state = CLOSE;
		break;
	case HTTP_NEXT_REFUSED:
		lose(parser, HTTP_UNPARSABLE, "llhttp refuses it");
		break;
	}
}

static void begin(struct http_parser *parser)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);
	bool is_response = parser->direction == TCPFLOW_S2C;

	if (is_response)
		http_parser_end_simple(conversation->parser[TCPFLOW_C2S]);
	http_message_begin(conversation, message, is_response);
	if (parser->empty_lines)
		message->anomalies |= HTTP_EMPTY_BEFORE;
	if (!is_response)
		http_exchange_request(conversation, message);
	http_head_begin(&parser->head);
	parser->empty_lines = false;
	parser->state = HEAD;
}

/* Whether what is no status line is all body. */
static bool may_lack_head(const struct http_parser *parser)
{
	return parser->direction == TCPFLOW_S2C && !parser->head.trailers &&
	    http_exchange_is_simple(parser->conversation);
}

/* Empty lines may stand before a message (RFC 9112, section 2.2). */
static size_t idle(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	size_t at = 0;

	while (at < length && (data[at] == '\r' || data[at] == '\n') &&
	    !may_lack_head(parser))
		at++;
	parser->empty_lines |= at > 0;
	if (at < length)
		begin(parser);
	return at;
}

/* What a response's status and its request say of its body (RFC 9112, section
 * 6.3). */
static void extent_of_response(
    struct http_parser *parser, struct http_extent *extent)
{
	struct http_message *message = message_of(parser);
	uint16_t status = message->status;
	const struct http_asked *asked;

	message->interim = status >= 100 && status < 200 && status != 101;
	asked = http_exchange_response(parser->conversation, message);
	message->upgraded = status == 101 ||
	    (asked != NULL && asked->connect && status >= 200 && status < 300);
	extent->becomes = message->upgraded;
	extent->none = message->interim || status == 204 || status == 304 ||
	    (asked != NULL && asked->head);
	if (message->upgraded)
		http_tunnel_note_protocol(parser->conversation, message);
}

static void head_over(struct http_parser *parser)
{
	struct http_message *message = message_of(parser);
	const struct http_head *head = &parser->head;
	struct http_extent extent = {
	    .chunked = head->chunked,
	    .has_length = head->has_length,
	    .length = head->length,
	};

	if (head->chunked && head->has_length)
		message->anomalies |= HTTP_TWO_LENGTHS;
	http_body_begin(parser->conversation, message);
	if (message->is_response) {
		extent_of_response(parser, &extent);
	} else {
		extent.none = head->connects;
		extent.offers = head->connects ||
		    (head->upgrades && head->protocol);
		if (head->connects)
			http_tunnel_note_target(parser->conversation, message);
	}
	go_on(parser, http_framing_head(&parser->framing, &extent));
}

/* An answer without a head, as HTTP/0.9 has it: all is body. */
static void answer_without_head(struct http_parser *parser)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);
	const struct http_extent extent = {0};
	struct bytes text = message->head;

	message->head = (struct bytes){0};
	message->start_at = 0;
	message->start_length = 0;
	message->anomalies = HTTP_NO_VERSION;
	http_body_begin(conversation, message);
	http_exchange_response(conversation, message);
	go_on(parser, http_framing_head(&parser->framing, &extent));
	http_body_data(conversation, message, text.data, text.length);
	http_drop(conversation, &text);
}

static void feed_kept(
    struct http_parser *parser, struct bytes *kept, struct http_moment moment);

/* A line in the place of a start line, of which nothing can be made; the next
 * message may begin within it. */
static void lose_line(struct http_parser *parser)
{
	struct http_conversation *conversation = parser->conversation;
	const struct http_message *message = message_of(parser);
	struct bytes line = {0};

	http_keep(
	    conversation, &line, message->head.data, message->head.length);
	lose(parser, HTTP_UNPARSABLE, "no start line");
	feed_kept(parser, &line, conversation->now);
}

static size_t read_head(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	struct http_conversation *conversation = parser->conversation;
	struct http_message *message = message_of(parser);
	struct http_head *head = &parser->head;
	bool started = head->started;
	enum http_head_state state = http_head_read(
	    conversation, message, head, data, &length);

	if (!started && head->started && !message->is_response)
		http_exchange_method(conversation, message, head->simple);
	switch (state) {
	case HTTP_HEAD_MORE:
		break;
	case HTTP_HEAD_OVER:
		if (head->trailers)
			go_on(parser,
			    http_framing_trailers_over(&parser->framing));
		else
			head_over(parser);
		break;
	case HTTP_HEAD_NO_START:
		if (may_lack_head(parser))
			answer_without_head(parser);
		else
			lose_line(parser);
		break;
	case HTTP_HEAD_ENDLESS:
	case HTTP_HEAD_NO_MEMORY:
		lose(parser, 0, NULL);
		break;
	}
	return length;
}

static size_t read_body(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	uint64_t left = http_framing_left(&parser->framing);

	if (parser->state == BODY && length > left)
		length = (size_t)left;
	http_body_data(parser->conversation, message_of(parser), data, length);
	if (parser->state == BODY)
		go_on(parser, http_framing_body(&parser->framing, length));
	return length;
}

/* The line that begins a chunk is complete, or as much as is kept of it. */
static void size_over(struct http_parser *parser)
{
	struct http_message *message = message_of(parser);
	uint8_t *line = parser->line.data;
	size_t length = parser->line.length;
	uint64_t size = 0;

	if (length > 0 && line[length - 1] == '\r')
		length--;
	else if (length < SIZE_LINE_MOST)
		message->anomalies |= HTTP_BARE_LF;
	bytes_reset(&parser->line);
	if (length == 0 && parser->behind_chunk) {
		parser->behind_chunk = false;
		return;
	}
	/* The newline behind the chunk before is missing. */
	if (parser->behind_chunk)
		message->anomalies |= HTTP_ODD_CHUNK;
	if (length > 0 && http_extent_chunk(message, line, length, &size))
		go_on(parser, http_framing_chunk(&parser->framing, size));
	else
		lose(parser, HTTP_UNPARSABLE, "no chunk size");
}

static size_t read_size(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	const uint8_t *newline = memchr(data, '\n', length);
	size_t piece = newline != NULL ? (size_t)(newline - data) : length;
	size_t room = SIZE_LINE_MOST - parser->line.length;

	if (!http_keep(parser->conversation, &parser->line, data,
		piece < room ? piece : room)) {
		message_of(parser)->anomalies |= HTTP_NO_MEMORY;
		lose(parser, 0, NULL);
		return length;
	}
	if (newline == NULL)
		return length;
	size_over(parser);
	return piece + 1;
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

/* Up to a start line. */
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

static size_t take(
    struct http_parser *parser, const uint8_t *data, size_t length)
{
	switch (parser->state) {
	case IDLE:
		return idle(parser, data, length);
	case HEAD:
		return read_head(parser, data, length);
	case BODY:
	case CLOSE:
		return read_body(parser, data, length);
	case SIZE:
		return read_size(parser, data, length);
	case HOLDING:
		return hold(parser, data, length);
	default:
		return search(parser, data, length);
	}
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
		taken = take(parser, data, length);
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
	parser->state = IDLE;
	http_framing_resume(&parser->framing);
	feed_kept(parser, &parser->held, parser->held_at);
}

bool http_parser_end_simple(struct http_parser *parser)
{
	if (parser->state != HEAD || !parser->head.bare)
		return false;
	head_over(parser);
	return true;
}

/* How much of a gap certainly lies within a body, or chunk, of known length. */
static uint64_t within_body(const struct http_parser *parser, uint64_t length)
{
	uint64_t left = http_framing_left(&parser->framing);

	if (parser->state != BODY)
		return 0;
	return length < left ? length : left;
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
	/* Up to the end of the connection: any gap is one of the body. */
	if (parser->state == CLOSE) {
		http_body_gap(message, length);
		return;
	}
	inside = within_body(parser, length);
	if (inside > 0) {
		http_body_gap(message, inside);
		go_on(parser, http_framing_body(&parser->framing, inside));
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
	if (parser->state == HEAD && !parser->head.started &&
	    may_lack_head(parser))
		answer_without_head(parser);
	if (parser->state == CLOSE)
		go_on(parser, http_framing_close(&parser->framing));
	else if (!http_parser_end_simple(parser))
		finish(parser, HTTP_INCOMPLETE);
}

void http_parser_cut(struct http_parser *parser)
{
	parser->unheeded = true;
	http_parser_resume(parser);
	http_parser_end_simple(parser);
	finish(parser, HTTP_INCOMPLETE);
}
