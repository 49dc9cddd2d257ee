/* SPDX-License-Identifier: BSD-2-Clause */
/* resp: commands of Redis and their replies (RESP2 and RESP3), as text and as
 * records.  It was written from tcpflow-plugin(3) and an installed tcpflow alone.
 * Values are read as they come, in pieces of any size; of each only the beginning
 * is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "resp.h"

static int32_t resp_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct resp *resp = calloc(1, sizeof(*resp));

	if (resp == NULL)
		return TCPFLOW_ENOMEM;
	resp->host = host;
	resp->run = run;
	*instance = resp;
	return TCPFLOW_OK;
}

static void resp_destroy(void *instance)
{
	free(instance);
}

static int32_t resp_config(void *instance, const char *key, const char *value)
{
	struct resp *resp = instance;

	if (strcmp(key, "max-value") == 0)
		return resp->host->parse_u64(
		    resp->run, key, value, 16, 65536, &resp->most);
	if (strcmp(key, "show") == 0)
		return resp->host->parse_flag(
		    resp->run, key, value, &resp->shows);
	return resp->host->parse_flag(resp->run, key, value, &resp->redacts);
}

static int32_t resp_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	const struct resp *resp = worker; /* there is no worker_open */
	size_t size = sizeof(struct talk) + 2 * (size_t)resp->most +
	    PENDING_MOST * sizeof(struct pending);
	struct talk *talk;

	if (resp->host->hold(scope, size) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, size);
	if (talk == NULL) {
		resp->host->release(scope, size);
		return TCPFLOW_ENOMEM;
	}
	talk->resp = resp;
	talk->scope = scope;
	talk->size = size;
	talk->pending = (struct pending *)(talk + 1);
	talk->side[0].value.text = (char *)(talk->pending + PENDING_MOST);
	talk->side[1].value.text = talk->side[0].value.text + resp->most;
	talk->unpaired = (info->flags & TCPFLOW_S_MIDSTREAM) != 0;
	for (unsigned dir = 0; dir < 2; dir++) {
		talk->side[dir].line_start = 1;
		talk->side[dir].lost = talk->unpaired;
	}
	*state = talk;
	return TCPFLOW_OK;
}

static void put_span(
    struct tcpflow_span *span, const void *ptr, size_t len, uint32_t role)
{
	*span = (struct tcpflow_span){.ptr = ptr, .len = len, .role = role};
}

static void show(struct talk *talk, uint32_t dir, const char *mark,
    const struct value *value, const char *note)
{
	struct tcpflow_span spans[4];
	char start[64];
	int length;

	if (!talk->resp->shows)
		return;
	length = snprintf(start, sizeof(start), "%s ", mark);
	put_span(&spans[0], start, (size_t)length, TCPFLOW_ROLE_META);
	put_span(&spans[1], value->text, value->length,
	    value->type == '-' || value->type == '!' ? TCPFLOW_ROLE_ALERT
						     : TCPFLOW_ROLE_BODY);
	put_span(&spans[2], note, strlen(note), TCPFLOW_ROLE_META);
	put_span(&spans[3], "\n", 1, TCPFLOW_ROLE_TEXT);
	talk->resp->host->console->put(talk->scope, dir, spans, 4);
}

static const char *type_name(char type)
{
	switch (type) {
	case '+':
		return "simple";
	case '-':
	case '!':
		return "error";
	case ':':
	case '(':
		return "integer";
	case '$':
		return "bulk";
	case '*':
		return "array";
	case '%':
		return "map";
	case '~':
		return "set";
	case '>':
		return "push";
	case '_':
		return "null";
	case ',':
		return "double";
	case '#':
		return "boolean";
	case '=':
		return "verbatim";
	default:
		return "inline";
	}
}

static void tell(
    struct talk *talk, const struct pending *command, const struct value *reply)
{
	const struct tcpflow_record_api *record = talk->resp->host->record;
	const struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .type = "resp",
	    .ts_ns = command != NULL ? command->ts_ns : reply->ts_ns,
	    .first_packet = command != NULL ? command->first : reply->first,
	    .last_packet = reply != NULL ? reply->last : command->last,
	};
	struct tcpflow_record *one = record->begin(talk->scope, &spec);

	record->u64(one, "number", ++talk->number);
	if (command != NULL)
		record->str(
		    one, "command", command->name, strlen(command->name));
	if (reply != NULL) {
		record->object(one, "reply");
		record->str(one, "type", type_name(reply->type),
		    strlen(type_name(reply->type)));
		record->u64(one, "bytes", reply->bytes);
		if (reply->type == '-' || reply->type == '!')
			record->str(one, "error", reply->text, reply->length);
		record->end(one);
	}
	if (command != NULL && reply != NULL)
		record->time(one, "took",
		    (int64_t)reply->ts_ns - (int64_t)command->ts_ns);
	record->commit(one);
}

static void command_done(struct talk *talk, struct value *value)
{
	struct pending *pending;

	talk->resp->host->count(talk->scope, "commands", 1);
	show(talk, TCPFLOW_C2S, ">", value, value->cut ? " ..." : "");
	if (value->words > 0 &&
	    (strcasecmp(value->word[0], "SUBSCRIBE") == 0 ||
		strcasecmp(value->word[0], "PSUBSCRIBE") == 0 ||
		strcasecmp(value->word[0], "MONITOR") == 0))
		talk->subscribed = 1;
	if (talk->unpaired && talk->count == 0)
		talk->unpaired = 0; /* what is asked from here on is known */
	if (talk->count == PENDING_MOST) {
		talk->resp->host->count(talk->scope, "queue_full", 1);
		return;
	}
	pending = &talk->pending[(talk->start + talk->count++) % PENDING_MOST];
	*pending = (struct pending){
	    .ts_ns = value->ts_ns, .first = value->first, .last = value->last};
	for (unsigned i = 0; i < value->words && i < 2; i++)
		if (i == 0 || !value->secret)
			snprintf(pending->name + strlen(pending->name),
			    sizeof(pending->name) - strlen(pending->name),
			    "%s%s", i > 0 ? " " : "", value->word[i]);
}

static void reply_done(struct talk *talk, struct value *value)
{
	const struct pending *command = NULL;
	char note[64] = "";
	int is_push = value->type == '>' ||
	    (talk->subscribed && talk->count == 0);

	talk->resp->host->count(talk->scope, is_push ? "pushes" : "replies", 1);
	if (!is_push && !talk->unpaired && talk->count > 0) {
		command = &talk->pending[talk->start];
		talk->start = (talk->start + 1) % PENDING_MOST;
		talk->count--;
		snprintf(note, sizeof(note), "%s (%.3f ms)",
		    value->cut ? " ..." : "",
		    (double)(value->ts_ns - command->ts_ns) / 1e6);
	}
	show(talk, TCPFLOW_S2C, is_push ? "!" : "<", value, note);
	tell(talk, command, value);
}

void resp_value(struct talk *talk, uint32_t dir)
{
	struct value *value = &talk->side[dir].value;

	if (dir == TCPFLOW_C2S)
		command_done(talk, value);
	else
		reply_done(talk, value);
	value->active = 0;
}

static void resp_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct resp *resp = talk->resp;

	(void)end;
	while (talk->count > 0 && !talk->unpaired) {
		tell(talk, &talk->pending[talk->start], NULL);
		talk->start = (talk->start + 1) % PENDING_MOST;
		talk->count--;
	}
	for (uint32_t dir = 0; dir < 2; dir++) {
		if (talk->side[dir].value.active)
			show(talk, dir, dir == TCPFLOW_C2S ? ">" : "<",
			    &talk->side[dir].value, " [cut]");
	}
	resp->host->release(talk->scope, talk->size);
	free(talk);
}

static const struct tcpflow_param params[] = {
    {.key = "show",
	.form = "yes|no",
	.preset = "yes",
	.help = "commands and replies on the console"},
    {.key = "max-value",
	.form = "SIZE",
	.preset = "200",
	.help = "show at most so much of a value"},
    {.key = "redact",
	.form = "yes|no",
	.preset = "yes",
	.help = "hide passwords"},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "resp",
    .version = "1.0",
    .summary = "commands of Redis and their replies",
    .params = params,
    .create = resp_create,
    .config = resp_config,
    .destroy = resp_destroy,
    .probe = resp_probe,
    .open = resp_open,
    .data = resp_data,
    .gap = resp_gap,
    .close = resp_close,
};

TCPFLOW_PLUGIN(plugin);
