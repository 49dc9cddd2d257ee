/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies in files: decoded, and as they were sent.  Where files are to be had
 * decoded, what was sent is written beside it and goes when nothing was wrong, so
 * that no damage loses bytes.  It knows sinks, and no codings. */
#include "plugins/http/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL_ROOM 96
#define SUFFIX_ROOM 48

/* What was wrong with a message whose body is not all there. */
#define CUT \
	(HTTP_INCOMPLETE | HTTP_UNPARSABLE | HTTP_GAP_BEHIND | \
	    HTTP_HEAD_TOO_LARGE | HTTP_NO_MEMORY)

/* The layers down to this stream and the transaction: "HTTPBODY-001", or
 * "connect-HTTPBODY-001". */
static void make_label(const struct http_conversation *conversation,
    const struct http_message *message, char label[LABEL_ROOM])
{
	const struct tcpflow_stream_info *info = conversation->info;
	char rest[LABEL_ROOM];

	snprintf(label, LABEL_ROOM, "HTTPBODY-%03" PRIu64, message->number);
	for (; info->depth > 0 && info->parent != NULL; info = info->parent) {
		memcpy(rest, label, LABEL_ROOM);
		snprintf(label, LABEL_ROOM, "%.24s-%.68s", info->layer, rest);
	}
}

/* ".html"; with the codings that are still on, ".html.gz". */
static void make_suffix(
    const struct http_message *message, bool encoded, char suffix[SUFFIX_ROOM])
{
	const struct http_body *body = &message->body;
	const uint8_t *type = NULL;
	size_t length = 0;
	size_t end;

	http_message_find(message, "Content-Type", &type, &length);
	end = (size_t)snprintf(
	    suffix, SUFFIX_ROOM, "%s", http_extension(type, length));
	for (unsigned i = 0; encoded && i < body->coding_count; i++)
		end += (size_t)snprintf(suffix + end, SUFFIX_ROOM - end, "%s",
		    coding_suffix(body->kind[i]));
}

static void open_file(struct http_conversation *conversation,
    struct http_message *message, struct http_file *file, bool encoded)
{
	char label[LABEL_ROOM];
	char suffix[SUFFIX_ROOM];
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = conversation->http->dedup ? TCPFLOW_SINK_BY_HASH
					       : TCPFLOW_SINK_SPARSE,
	    .dir = message->is_response ? TCPFLOW_S2C : TCPFLOW_C2S,
	    .label = label,
	    .suffix = suffix,
	};

	if (http_view_judge(conversation, message) == HTTP_NO) {
		file->stopped = true;
		return;
	}
	make_label(conversation, message, label);
	make_suffix(message, encoded, suffix);
	if (conversation->http->host->sink->open(
		conversation->scope, &spec, &file->sink) == TCPFLOW_OK)
		return;
	file->sink = NULL;
	file->stopped = true;
	message->anomalies |= HTTP_NO_MEMORY;
}

/* At the cap, or on a disk that does not take it (which the host has told),
 * the rest is of no use.  Files called by their hash have no holes. */
static void put(struct http_conversation *conversation, struct http_file *file,
    uint64_t offset, const uint8_t *data, size_t length)
{
	const struct tcpflow_sink_api *sink = conversation->http->host->sink;
	int32_t result;

	if (offset == file->end)
		result = sink->write(file->sink, data, length);
	else if (!conversation->http->dedup)
		result = sink->pwrite(file->sink, offset, data, length);
	else
		result = TCPFLOW_ELIMIT;
	file->end = offset + length;
	file->stopped = result != TCPFLOW_OK;
}

static void store(struct http_conversation *conversation,
    struct http_message *message, struct http_file *file, bool encoded,
    uint64_t offset, const uint8_t *data, size_t length)
{
	if (file->sink == NULL && !file->stopped)
		open_file(conversation, message, file, encoded);
	if (!file->stopped)
		put(conversation, file, offset, data, length);
}

void http_store_decoded(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	bool plain = body->coding == HTTP_CODING_NONE;

	if (conversation->http->bodies & HTTP_BODIES_FILES)
		store(conversation, message, &body->file, plain,
		    body->decoded + (plain ? body->missing : 0), data, length);
}

void http_store_sent(struct http_conversation *conversation,
    struct http_message *message, const uint8_t *data, size_t length)
{
	struct http_body *body = &message->body;
	bool wanted = body->coding == HTTP_CODING_NONE
	    ? conversation->http->bodies == HTTP_BODIES_SENT
	    : conversation->http->bodies != HTTP_BODIES_NONE;

	if (!wanted)
		return;
	if (conversation->http->records && body->sent_digest == NULL &&
	    body->sent.sink == NULL)
		body->sent_digest = conversation->http->host->digest->open(
		    conversation->scope);
	if (body->sent_digest != NULL)
		conversation->http->host->digest->update(
		    body->sent_digest, data, length);
	store(conversation, message, &body->sent, true,
	    body->encoded + body->missing, data, length);
}

/* Where it is, behind the head: it is kept as long. */
static void note_path(struct http_conversation *conversation,
    struct http_message *message, struct http_file *file, const char *path)
{
	size_t at = message->head.length;
	size_t length = strlen(path);

	if (!http_keep(conversation, &message->head, path, length)) {
		message->anomalies |= HTTP_NO_MEMORY;
		return;
	}
	file->path = (uint32_t)at;
	file->path_length = (uint32_t)length;
}

static void close_file(struct http_conversation *conversation,
    struct http_message *message, struct http_file *file, uint32_t how)
{
	const struct tcpflow_sink_finish finish = {
	    .struct_size = sizeof(finish),
	    .flags = how,
	};
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};

	if (file->sink == NULL)
		return;
	conversation->http->host->sink->finish(file->sink, &finish, &result);
	file->sink = NULL;
	file->bytes = result.bytes;
	if (result.path != NULL && !(how & TCPFLOW_SINK_DISCARD))
		note_path(conversation, message, file, result.path);
}

void http_store_end(
    struct http_conversation *conversation, struct http_message *message)
{
	struct http_body *body = &message->body;
	bool decoded = body->coding == HTTP_CODING_KNOWN;
	bool cut = (message->anomalies & CUT) != 0;
	bool whole = !cut && !(message->anomalies & HTTP_GAP_IN_BODY) &&
	    body->problem == NULL && body->ended && !body->file.stopped;
	bool short_of = decoded && body->problem != NULL && !body->ended;

	close_file(conversation, message, &body->file,
	    cut || short_of || body->file.stopped ? TCPFLOW_SINK_PARTIAL : 0);
	if (decoded && whole &&
	    !(conversation->http->bodies & HTTP_BODIES_SENT))
		close_file(
		    conversation, message, &body->sent, TCPFLOW_SINK_DISCARD);
	else
		close_file(conversation, message, &body->sent,
		    cut || body->sent.stopped ? TCPFLOW_SINK_PARTIAL : 0);
}
