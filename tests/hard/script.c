/* SPDX-License-Identifier: BSD-2-Clause */
/* script: a host of rules that the user writes, as one of a real language would be:
 * SERIAL, so that rules may change what all streams share.
 *
 *	on.EVENT[.ANYTHING]=ACTION     as many as wanted: keys that it does not list
 *	rule=on.EVENT ACTION           the same, for keys may not be given twice
 *	token=SECRET                   for `login'
 *
 * Events: open, data, gap, eof, wake, close.  Actions:
 *
 *	print TEXT   data: lines that begin with it; else TEXT itself
 *	count WORD   data: told of at the end of the run
 *	login        data: counts lines that are "LOGIN " and the token
 *	wake MS      open, wake: so much later there is a wake
 *	wrap         open: the stream is handed on as an inner one */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tcpflow/plugin.h>

#define LINE_MOST 512u
#define WORD_MOST 64u
#define TOKEN_LEAST 4u
#define NS_PER_MS UINT64_C(1000000)

enum event {
	EVENT_OPEN,
	EVENT_DATA,
	EVENT_GAP,
	EVENT_EOF,
	EVENT_WAKE,
	EVENT_CLOSE,
	EVENT_COUNT
};

enum verb {
	VERB_PRINT,
	VERB_COUNT,
	VERB_LOGIN,
	VERB_WAKE,
	VERB_WRAP,
	VERB_NUMBER
};

static const char *const event_names[EVENT_COUNT] = {
    "open", "data", "gap", "eof", "wake", "close"};

static const struct {
	const char *name;
	unsigned events; /* it makes sense for              */
} verbs[VERB_NUMBER] = {
    {"print", (1u << EVENT_COUNT) - 1},
    {"count", 1u << EVENT_DATA},
    {"login", 1u << EVENT_DATA},
    {"wake", 1u << EVENT_OPEN | 1u << EVENT_WAKE},
    {"wrap", 1u << EVENT_OPEN},
};

struct rule {
	struct rule *next;
	char *key; /* as the user wrote it            */
	char *value;
	/* Made of them in ready. */
	enum event event;
	enum verb verb;
	const char *text; /* behind the verb                 */
	size_t length;
	uint64_t ms;
	size_t place;           /* among those that count          */
	size_t back[WORD_MOST]; /* count: how much of a word that
	                         * failed is the start of another  */
	uint64_t total;
};

struct script { /* one for the run, under the lock */
	const struct tcpflow_host *host;
	struct tcpflow_scope *run;
	struct rule *rules;
	struct rule **end;
	size_t counting; /* rules that count                */
	char *token;
};

struct side {
	char line[LINE_MOST];
	size_t length;
	bool torn; /* what comes is not the start of one */
};

struct talk { /* one for each stream             */
	struct script *script;
	struct tcpflow_scope *scope;
	struct tcpflow_child *child;
	size_t bytes; /* held                            */
	uint64_t now_ns;
	struct side side[2];
	size_t matched[]; /* by direction and rule           */
};

/* Rules. */

static int32_t script_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	struct script *script = calloc(1, sizeof(*script));

	if (script == NULL)
		return TCPFLOW_ENOMEM;
	script->host = host;
	script->run = run;
	script->end = &script->rules;
	*instance = script;
	return TCPFLOW_OK;
}

static void script_destroy(void *instance)
{
	struct script *script = instance;

	while (script->rules != NULL) {
		struct rule *rule = script->rules;

		script->rules = rule->next;
		free(rule->key);
		free(rule->value);
		free(rule);
	}
	free(script->token);
	free(script);
}

static int32_t set_token(struct script *script, const char *value)
{
	free(script->token);
	script->token = NULL;
	/* The host says what it does not take, and that without the value. */
	if (strlen(value) < TOKEN_LEAST)
		return TCPFLOW_EINVAL;
	script->token = strdup(value);
	return script->token != NULL ? TCPFLOW_OK : TCPFLOW_ENOMEM;
}

/* A rule is kept as it is: only in ready all are there. */
static int32_t script_config(void *instance, const char *key, const char *value)
{
	struct script *script = instance;
	const char *blank = NULL;
	struct rule *rule;

	if (strcmp(key, "token") == 0)
		return set_token(script, value);
	if (strcmp(key, "rule") == 0) {
		blank = strchr(value, ' ');
		if (blank == NULL)
			return TCPFLOW_EINVAL;
	}
	rule = calloc(1, sizeof(*rule));
	if (rule == NULL)
		return TCPFLOW_ENOMEM;
	*script->end = rule;
	script->end = &rule->next;
	rule->key = blank != NULL ? strndup(value, (size_t)(blank - value))
				  : strdup(key);
	rule->value = strdup(blank != NULL ? blank + 1 : value);
	return rule->key != NULL && rule->value != NULL ? TCPFLOW_OK
							: TCPFLOW_ENOMEM;
}

/* Whether text is name, or goes on behind it with `mark'; *rest is what is there. */
static bool begins(
    const char *text, const char *name, char mark, const char **rest)
{
	size_t length = strlen(name);

	if (strncmp(text, name, length) != 0 ||
	    (text[length] != '\0' && text[length] != mark))
		return false;
	*rest = text + length + (text[length] == mark);
	return true;
}

static bool find_event(struct rule *rule)
{
	const char *rest;

	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		if (strncmp(rule->key, "on.", 3) == 0 &&
		    begins(rule->key + 3, event_names[i], '.', &rest)) {
			rule->event = (enum event)i;
			return true;
		}
	}
	return false;
}

static bool find_verb(struct rule *rule)
{
	for (unsigned i = 0; i < VERB_NUMBER; i++) {
		if (begins(rule->value, verbs[i].name, ' ', &rule->text)) {
			rule->verb = (enum verb)i;
			rule->length = strlen(rule->text);
			return true;
		}
	}
	return false;
}

/* D. E. Knuth, J. H. Morris, V. R. Pratt, 1977: words are found in whatever
 * pieces they come. */
static void prepare_word(struct rule *rule)
{
	size_t back = 0;

	rule->back[0] = 0;
	for (size_t i = 1; i < rule->length; i++) {
		while (back > 0 && rule->text[i] != rule->text[back])
			back = rule->back[back - 1];
		back += rule->text[i] == rule->text[back];
		rule->back[i] = back;
	}
}

/* What is wrong with the rule; NULL: nothing. */
static const char *understand(struct script *script, struct rule *rule)
{
	const struct tcpflow_host *host = script->host;

	if (!find_event(rule))
		return "there is no such event";
	if (!find_verb(rule))
		return "there is no such action";
	if ((verbs[rule->verb].events & 1u << rule->event) == 0)
		return "the action is not for this event";
	if (rule->verb == VERB_LOGIN && script->token == NULL)
		return "it wants a token";
	if (rule->verb == VERB_WAKE &&
	    host->parse_u64(script->run, rule->key, rule->text, 1, UINT32_MAX,
		&rule->ms) != TCPFLOW_OK)
		return "it wants a time";
	if (rule->verb == VERB_COUNT &&
	    (rule->length == 0 || rule->length > WORD_MOST))
		return "it wants a word of 1 to 64 bytes";
	if (rule->verb == VERB_COUNT) {
		prepare_word(rule);
		rule->place = script->counting++;
	}
	return NULL;
}

static int32_t script_ready(void *instance)
{
	struct script *script = instance;
	int32_t result = TCPFLOW_OK;

	for (struct rule *rule = script->rules; rule != NULL;
	     rule = rule->next) {
		const char *problem = understand(script, rule);

		if (problem == NULL)
			continue;
		script->host->log(script->run, TCPFLOW_LOG_ERROR, "%s=%s: %s",
		    rule->key, rule->value, problem);
		result = TCPFLOW_EINVAL;
	}
	return result;
}

/* Streams. */

static void show(
    struct talk *talk, uint32_t dir, const char *text, size_t length)
{
	static const char *const who[] = {"> ", "< ", "- "};
	const struct tcpflow_span spans[] = {
	    {.ptr = who[dir > TCPFLOW_S2C ? 2 : dir],
		.len = 2,
		.role = TCPFLOW_ROLE_META},
	    {.ptr = text, .len = length, .role = TCPFLOW_ROLE_BODY},
	    {.ptr = "\n", .len = 1},
	};

	talk->script->host->console->put(talk->scope, dir, spans, 3);
}

static void wrap(struct talk *talk)
{
	const struct tcpflow_host *host = talk->script->host;
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .layer = "wrap",
	};

	/* Depth has an end. */
	if (talk->child == NULL &&
	    host->child->open(talk->scope, &spec, &talk->child) != TCPFLOW_OK) {
		talk->child = NULL;
		host->count(talk->scope, "not_wrapped", 1);
	}
}

/* All rules of an event but data. */
static void run_rules(struct talk *talk, enum event event, uint32_t dir)
{
	const struct tcpflow_host *host = talk->script->host;

	for (const struct rule *rule = talk->script->rules; rule != NULL;
	     rule = rule->next) {
		if (rule->event != event)
			continue;
		if (rule->verb == VERB_PRINT)
			show(talk, dir, rule->text, rule->length);
		else if (rule->verb == VERB_WRAP)
			wrap(talk);
		else if (rule->verb == VERB_WAKE)
			host->wake_at(
			    talk->scope, talk->now_ns + rule->ms * NS_PER_MS);
	}
}

static int32_t script_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	struct script *script = worker;
	size_t bytes = sizeof(struct talk) +
	    2 * script->counting * sizeof(size_t);
	struct talk *talk;

	if (script->host->hold(scope, bytes) != TCPFLOW_OK)
		return TCPFLOW_ENOMEM;
	talk = calloc(1, bytes);
	if (talk == NULL) {
		script->host->release(scope, bytes);
		return TCPFLOW_ENOMEM;
	}
	talk->script = script;
	talk->scope = scope;
	talk->bytes = bytes;
	talk->now_ns = info->start_ns;
	*state = talk;
	run_rules(talk, EVENT_OPEN, TCPFLOW_DIR_NONE);
	return TCPFLOW_OK;
}

static void look_for_word(
    struct rule *rule, size_t *matched, const struct tcpflow_chunk *chunk)
{
	for (size_t i = 0; i < chunk->len; i++) {
		char byte = (char)chunk->bytes[i];

		while (*matched > 0 && rule->text[*matched] != byte)
			*matched = rule->back[*matched - 1];
		*matched += rule->text[*matched] == byte;
		if (*matched < rule->length)
			continue;
		*matched = 0;
		rule->total++;
	}
}

static bool is_login(const struct script *script, const struct side *side)
{
	size_t length = strlen(script->token);

	return side->length == 6 + length &&
	    memcmp(side->line, "LOGIN ", 6) == 0 &&
	    memcmp(side->line + 6, script->token, length) == 0;
}

static void take_line(struct talk *talk, uint32_t dir)
{
	const struct script *script = talk->script;
	struct side *side = &talk->side[dir];

	if (side->length > 0 && side->line[side->length - 1] == '\r')
		side->length--;
	for (const struct rule *rule = script->rules;
	     rule != NULL && !side->torn; rule = rule->next) {
		if (rule->event != EVENT_DATA)
			continue;
		if (rule->verb == VERB_PRINT && side->length >= rule->length &&
		    memcmp(side->line, rule->text, rule->length) == 0)
			show(talk, dir, side->line, side->length);
		if (rule->verb == VERB_LOGIN && is_login(script, side))
			script->host->count(talk->scope, "logins", 1);
	}
	side->length = 0;
	side->torn = false;
}

static void take_lines(struct talk *talk, const struct tcpflow_chunk *chunk)
{
	struct side *side = &talk->side[chunk->dir];

	for (size_t i = 0; i < chunk->len; i++) {
		if (chunk->bytes[i] == '\n')
			take_line(talk, chunk->dir);
		else if (side->length < LINE_MOST)
			side->line[side->length++] = (char)chunk->bytes[i];
	}
}

static int32_t script_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct talk *talk = state;
	struct script *script = talk->script;

	talk->now_ns = chunk->ts_ns;
	for (struct rule *rule = script->rules; rule != NULL;
	     rule = rule->next) {
		if (rule->verb == VERB_COUNT)
			look_for_word(rule,
			    &talk->matched[2 * rule->place + chunk->dir],
			    chunk);
	}
	take_lines(talk, chunk);
	if (talk->child != NULL)
		script->host->child->data(talk->child, chunk);
	return TCPFLOW_OK;
}

static int32_t script_gap(void *state, const struct tcpflow_gap *gap)
{
	struct talk *talk = state;
	const struct script *script = talk->script;

	talk->now_ns = gap->ts_ns;
	for (size_t i = 0; i < script->counting; i++)
		talk->matched[2 * i + gap->dir] = 0;
	talk->side[gap->dir].torn = true;
	run_rules(talk, EVENT_GAP, gap->dir);
	if (talk->child != NULL)
		script->host->child->gap(talk->child, gap);
	return TCPFLOW_OK;
}

static int32_t script_eof(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;

	talk->now_ns = end->ts_ns;
	run_rules(talk, EVENT_EOF, end->dir);
	if (talk->child != NULL)
		talk->script->host->child->eof(talk->child, end);
	return TCPFLOW_OK;
}

static int32_t script_wake(void *state, uint64_t ts_ns)
{
	struct talk *talk = state;

	talk->now_ns = ts_ns;
	run_rules(talk, EVENT_WAKE, TCPFLOW_DIR_NONE);
	return TCPFLOW_OK;
}

static void script_close(void *state, const struct tcpflow_end *end)
{
	struct talk *talk = state;
	const struct tcpflow_host *host = talk->script->host;

	run_rules(talk, EVENT_CLOSE, TCPFLOW_DIR_NONE);
	if (talk->child != NULL)
		host->child->close(talk->child, end);
	host->release(talk->scope, talk->bytes);
	free(talk);
}

/* What was counted, in the order of the rules. */
static void script_finish(void *instance, const struct tcpflow_run *run)
{
	struct script *script = instance;
	char text[WORD_MOST + 32];

	(void)run;
	for (const struct rule *rule = script->rules; rule != NULL;
	     rule = rule->next) {
		struct tcpflow_span span = {.ptr = text};

		if (rule->verb != VERB_COUNT)
			continue;
		span.len = (size_t)snprintf(text, sizeof(text),
		    "%" PRIu64 " %s\n", rule->total, rule->text);
		script->host->console->put(
		    script->run, TCPFLOW_DIR_NONE, &span, 1);
	}
}

static const struct tcpflow_param params[] = {
    {.key = "rule",
	.form = "\"on.EVENT ACTION\"",
	.help = "what is done when: one more rule",
	.flags = TCPFLOW_PARAM_REPEAT},
    {.key = "token",
	.form = "SECRET",
	.help = "what a login has to say; at least 4 bytes",
	.flags = TCPFLOW_PARAM_SECRET},
    {.key = NULL},
};

static const struct tcpflow_plugin plugin = {
    TCPFLOW_PLUGIN_HEAD(0, TCPFLOW_P_SERIAL | TCPFLOW_P_ANY_KEY),
    .name = "script",
    .version = "1.0",
    .summary = "rules of the user's own: on.EVENT=ACTION",
    .params = params,
    .create = script_create,
    .config = script_config,
    .ready = script_ready,
    .finish = script_finish,
    .destroy = script_destroy,
    .open = script_open,
    .data = script_data,
    .gap = script_gap,
    .eof = script_eof,
    .wake = script_wake,
    .close = script_close,
};

TCPFLOW_PLUGIN(plugin);
