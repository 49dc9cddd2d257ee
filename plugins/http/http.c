/* SPDX-License-Identifier: BSD-2-Clause */
/* http: requests and responses of HTTP/1 (RFC 9112) as people want to see them.
 * This file is the plugin's side towards the host; parser.c leads on. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "plugins/http/redact.h"
#include "plugins/http/view.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_BROTLI
#define HTTP_CODINGS "gzip, deflate, br, zstd"
#else
#define HTTP_CODINGS "gzip, deflate, zstd (br is not built in)"
#endif

static int32_t http_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct http *http = calloc(1, sizeof(*http));

	if (http == NULL)
		return TCPFLOW_ENOMEM;
	http->host = host;
	http->run = run;
	*instance = http;
	return TCPFLOW_OK;
}

static void http_destroy(void *instance)
{
	struct http *http = instance;

	http_redaction_free(&http->redact);
	http_view_free(instance);
	free(instance);
}

static int32_t set_redact(struct http *http, const char *value)
{
	int32_t result = http_redaction_parse(value, &http->redact);

	if (result == TCPFLOW_EINVAL)
		http->host->log(http->run, TCPFLOW_LOG_ERROR,
		    "redact=%s: a list of cookie, set-cookie, authorization, "
		    "all, query:NAME, form:NAME and header:NAME is wanted",
		    value);
	if (result == TCPFLOW_EIO)
		http->host->log(http->run, TCPFLOW_LOG_ERROR,
		    "redact=%s: the system gives no random key", value);
	return result;
}

static int32_t set_bodies(struct http *http, const char *value)
{
	static const char *const names[] = {
	    [HTTP_BODIES_NONE] = "none",
	    [HTTP_BODIES_FILES] = "files",
	    [HTTP_BODIES_SENT] = "sent",
	    [HTTP_BODIES_FILES | HTTP_BODIES_SENT] = "both",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			http->bodies = i;
			return TCPFLOW_OK;
		}
	}
	http->host->log(http->run, TCPFLOW_LOG_ERROR,
	    "bodies=%s: none, files, sent or both is wanted", value);
	return TCPFLOW_EINVAL;
}

static int32_t http_config(void *instance, const char *key, const char *value)
{
	struct http *http = instance;
	int32_t flag;
	int32_t result;

	if (http_view_config(http, key, value, &result))
		return result;
	if (strcmp(key, "bodies") == 0)
		return set_bodies(http, value);
	if (strcmp(key, "redact") == 0)
		return set_redact(http, value);
	result = http->host->parse_flag(http->run, key, value, &flag);
	if (result != TCPFLOW_OK)
		return result;
	if (strcmp(key, "dedup") == 0)
		http->dedup = flag != 0;
	else
		http->decode = flag != 0;
	return TCPFLOW_OK;
}

static int32_t http_ready(void *instance)
{
	struct http *http = instance;

	if (!(http->host->outputs(http->run) & TCPFLOW_OUT_FILES))
		http->bodies = HTTP_BODIES_NONE;
	return http_view_ready(http);
}

static int32_t http_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	struct http_worker *worker = calloc(1, sizeof(*worker));

	(void)index;
	if (worker == NULL)
		return TCPFLOW_ENOMEM;
	worker->http = instance;
	worker->scope = scope;
	*state = worker;
	return TCPFLOW_OK;
}

static void http_worker_close(void *instance, void *state)
{
	struct http_worker *worker = state;

	(void)instance;
	bytes_free(&worker->text);
	bytes_free(&worker->spans);
	bytes_free(&worker->scratch);
	bytes_free(&worker->field);
	free(worker);
}

static void free_conversation(struct http_conversation *conversation)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		http_parser_close(&conversation->parser[dir]);
		http_message_free(conversation, &conversation->message[dir]);
	}
	http_drop(conversation, &conversation->target);
	http_drop(conversation, &conversation->protocol);
	http_drop(conversation, &conversation->redacted);
	if (conversation->queue_room > 0)
		conversation->http->host->release(conversation->scope,
		    conversation->queue_room * sizeof(struct http_asked));
	free(conversation->queue);
	conversation->http->host->release(
	    conversation->scope, sizeof(*conversation));
	free(conversation);
}

static int32_t http_open(void *state, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **handle)
{
	struct http_worker *worker = state;
	const struct tcpflow_host *host = worker->http->host;
	struct http_conversation *conversation;

	if (host->hold(scope, sizeof(*conversation)) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	conversation = calloc(1, sizeof(*conversation));
	if (conversation == NULL) {
		host->release(scope, sizeof(*conversation));
		return TCPFLOW_ENOMEM;
	}
	conversation->worker = worker;
	conversation->http = worker->http;
	conversation->scope = scope;
	conversation->info = info;
	for (unsigned dir = 0; dir < 2; dir++) {
		conversation->parser[dir] = http_parser_open(conversation, dir);
		if (conversation->parser[dir] == NULL) {
			free_conversation(conversation);
			return TCPFLOW_ENOMEM;
		}
	}
	*handle = conversation;
	return TCPFLOW_OK;
}

static int32_t http_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct http_conversation *conversation = state;
	uint32_t dir = chunk->dir;

	conversation->now = (struct http_moment){
	    chunk->ts_ns, chunk->packet, chunk->first_packet};
	conversation->latest[dir] = conversation->now;
	if (!conversation->begun[dir]) {
		bool midstream =
		    (conversation->info->flags & TCPFLOW_S_MIDSTREAM) != 0;

		conversation->begun[dir] = true;
		if (midstream || chunk->offset > 0)
			http_parser_join(conversation->parser[dir], !midstream);
	}
	http_parser_data(conversation->parser[dir], chunk->bytes, chunk->len);
	return TCPFLOW_OK;
}

static int32_t http_gap(void *state, const struct tcpflow_gap *gap)
{
	struct http_conversation *conversation = state;

	/* What a gap or an end cuts ended with its last bytes. */
	conversation->now = conversation->latest[gap->dir];
	conversation->begun[gap->dir] = true;
	http_parser_gap(conversation->parser[gap->dir], gap->len);
	return TCPFLOW_OK;
}

static int32_t http_eof(void *state, const struct tcpflow_end *end)
{
	struct http_conversation *conversation = state;

	conversation->now = conversation->latest[end->dir];
	if (conversation->tunnel)
		http_tunnel_eof(conversation, end);
	else
		http_parser_eof(conversation->parser[end->dir]);
	if (end->dir == TCPFLOW_S2C)
		http_exchange_answers_over(conversation);
	return TCPFLOW_OK;
}

static void http_close(void *state, const struct tcpflow_end *end)
{
	struct http_conversation *conversation = state;

	for (unsigned dir = 0; dir < 2; dir++) {
		conversation->now = conversation->latest[dir];
		http_parser_cut(conversation->parser[dir]);
	}
	http_transaction_close(conversation);
	http_tunnel_close(conversation, end);
	if (conversation->tunnel)
		http_text_tunnel(conversation);
	free_conversation(conversation);
}

static const struct tcpflow_param http_params[] = {
    {
	.key = "show",
	.form = "text|line|headers|none",
	.preset = "text",
	.help = "messages, a line a transaction, no bodies, or nothing",
    },
    {
	.key = "max-body",
	.form = "SIZE",
	.preset = "64k",
	.help = "show at most so much of a body; up to 1M",
    },
    {
	.key = "no-body-types",
	.form = "LIST",
	.help = "show no bodies of these types, such as image/*",
    },
    {
	.key = "forms",
	.form = "yes|no",
	.preset = "no",
	.help = "tell the fields of forms, also of multipart ones",
    },
    {
	.key = "method",
	.form = "LIST",
	.help = "only transactions of these methods: GET, or !OPTIONS",
    },
    {
	.key = "host",
	.form = "LIST",
	.help = "only of these hosts: *.example.com",
    },
    {
	.key = "path",
	.form = "LIST",
	.help = "only of these paths: /api/*",
    },
    {
	.key = "status",
	.form = "LIST",
	.help = "only of these: 404, 5xx, 400-499, !304",
    },
    {
	.key = "type",
	.form = "LIST",
	.help = "only where the response is of these types: image/*",
    },
    {
	.key = "transactions",
	.form = "N",
	.help = "end the run after so many",
    },
    {
	.key = "har",
	.form = "NAME",
	.help = "write an HTTP Archive (HAR 1.2), too",
    },
    {
	.key = "decode",
	.form = "yes|no",
	.preset = "yes",
	.help = "take Content-Encoding off: " HTTP_CODINGS,
    },
    {
	.key = "bodies",
	.form = "files|sent|both|none",
	.preset = "none",
	.help = "store bodies decoded, as they were sent, or both",
    },
    {
	.key = "dedup",
	.form = "yes|no",
	.preset = "no",
	.help = "store the same bytes once, as by-hash/SHA256",
    },
    {
	.key = "redact",
	.form = "LIST|all|none",
	.preset = "none",
	.help = "cookie,set-cookie,authorization,query:N,form:N,header:N",
    },
    {.key = NULL},
};

static const struct tcpflow_plugin http_plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "http",
    .version = "2.0.0",
    .summary = "requests and responses of HTTP/1: headers, cookies, bodies",
    .params = http_params,
    .create = http_create,
    .config = http_config,
    .ready = http_ready,
    .destroy = http_destroy,
    .worker_open = http_worker_open,
    .worker_close = http_worker_close,
    .probe = http_probe,
    .open = http_open,
    .data = http_data,
    .gap = http_gap,
    .eof = http_eof,
    .close = http_close,
};

TCPFLOW_PLUGIN(http_plugin);
