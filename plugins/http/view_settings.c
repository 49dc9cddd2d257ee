/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys that say what is seen of a transaction, and what follows from them
 * for those who put it together. */
#include "plugins/http/view.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BODY_MOST (UINT64_C(1) << 20)

static int32_t set_show(struct http *http, const char *value)
{
	static const char *const names[] = {
	    [HTTP_SHOW_TEXT] = "text",
	    [HTTP_SHOW_LINE] = "line",
	    [HTTP_SHOW_HEADERS] = "headers",
	    [HTTP_SHOW_NONE] = "none",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			http->show = (enum http_show)i;
			return TCPFLOW_OK;
		}
	}
	http->host->log(http->run, TCPFLOW_LOG_ERROR,
	    "show=%s: text, line, headers or none is wanted", value);
	return TCPFLOW_EINVAL;
}

static int32_t add(struct http *http, struct http_filter **filter,
    enum http_field field, const char *key, const char *value)
{
	const char *problem;

	if (http_filter_add(filter, field, value, &problem))
		return TCPFLOW_OK;
	if (problem == NULL)
		return TCPFLOW_ENOMEM;
	http->host->log(
	    http->run, TCPFLOW_LOG_ERROR, "%s=%s: %s", key, value, problem);
	return TCPFLOW_EINVAL;
}

/* False: the key is none of a filter. */
static bool set_filter(
    struct http *http, const char *key, const char *value, int32_t *result)
{
	static const char *const keys[HTTP_FIELD_COUNT] = {
	    [HTTP_FIELD_METHOD] = "method",
	    [HTTP_FIELD_HOST] = "host",
	    [HTTP_FIELD_PATH] = "path",
	    [HTTP_FIELD_STATUS] = "status",
	    [HTTP_FIELD_TYPE] = "type",
	};

	for (unsigned i = 0; i < HTTP_FIELD_COUNT; i++) {
		if (strcmp(key, keys[i]) == 0) {
			*result = add(http, &http->filter, (enum http_field)i,
			    key, value);
			return true;
		}
	}
	return false;
}

static int32_t set_forms(struct http *http, const char *value)
{
	int32_t flag = 0;
	int32_t result = http->host->parse_flag(
	    http->run, "forms", value, &flag);

	http->forms = flag != 0;
	return result;
}

static int32_t set_har(struct http *http, const char *value)
{
	free(http->har_name);
	http->har_name = strdup(value);
	if (*value != '\0')
		return http->har_name != NULL ? TCPFLOW_OK : TCPFLOW_ENOMEM;
	http->host->log(
	    http->run, TCPFLOW_LOG_ERROR, "har=: the name of a file is wanted");
	return TCPFLOW_EINVAL;
}

bool http_view_config(
    struct http *http, const char *key, const char *value, int32_t *result)
{
	if (strcmp(key, "show") == 0)
		*result = set_show(http, value);
	else if (strcmp(key, "max-body") == 0)
		*result = http->host->parse_u64(
		    http->run, key, value, 0, MAX_BODY_MOST, &http->max_body);
	else if (strcmp(key, "transactions") == 0)
		*result = http->host->parse_u64(
		    http->run, key, value, 1, UINT64_MAX, &http->most);
	else if (strcmp(key, "forms") == 0)
		*result = set_forms(http, value);
	else if (strcmp(key, "har") == 0)
		*result = set_har(http, value);
	else if (strcmp(key, "no-body-types") == 0)
		*result = add(
		    http, &http->bodiless, HTTP_FIELD_TYPE, key, value);
	else
		return set_filter(http, key, value, result);
	return true;
}

int32_t http_view_ready(struct http *http)
{
	uint32_t outputs = http->host->outputs(http->run);
	bool archives;
	bool forms;
	bool text;

	http->shows = (outputs & TCPFLOW_OUT_CONSOLE) != 0 &&
	    http->show != HTTP_SHOW_NONE;
	http->records = (outputs & TCPFLOW_OUT_RECORDS) != 0;
	text = http->shows && http->show == HTTP_SHOW_TEXT;
	http->columns = http->host->console->columns(http->run);
	/* A filter may want to know the answer first, and a line needs it. */
	http->waits = http->shows &&
	    (http->filter != NULL || http->most > 0 ||
		http->show == HTTP_SHOW_LINE);
	archives = http->har_name != NULL;
	http->pairs = http->records || http->waits || archives ||
	    http->most > 0;
	if (http->most > 0)
		http->told = calloc(1, sizeof(*http->told));
	if (http->most > 0 && http->told == NULL)
		return TCPFLOW_ENOMEM;
	if (archives && !(outputs & TCPFLOW_OUT_FILES)) {
		http->host->log(http->run, TCPFLOW_LOG_ERROR,
		    "har=%s: say where files go: -o DIR", http->har_name);
		return TCPFLOW_EINVAL;
	}
	forms = http->forms && http->records;
	http->keeps = archives || forms || (text && http->waits);
	http->keeps_binary = archives || http->forms;
	http->kept_most = text || archives || forms ? http->max_body : 0;
	return archives ? http_har_open(http) : TCPFLOW_OK;
}

void http_view_free(struct http *http)
{
	http_filter_free(&http->filter);
	http_filter_free(&http->bodiless);
	free(http->har_name);
	free(http->told);
}
