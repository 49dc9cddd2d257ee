/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's life: a plugin from its entry to destroy.  It does not know
 * what the services do, nor how streams are fed. */
#include "tests/plugin/fake_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void fake_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("fake host: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	abort();
}

void *fake_allocate(size_t size)
{
	void *memory = calloc(1, size > 0 ? size : 1);

	if (memory == NULL)
		fake_fail("out of memory");
	return memory;
}

void *fake_lend(const void *bytes, size_t size)
{
	void *lent = fake_allocate(size);

	if (size > 0)
		memcpy(lent, bytes, size);
	return lent;
}

void fake_take_back(void *lent, size_t size)
{
	memset(lent, 0xdb, size);
	free(lent);
}

void fake_text_append(struct fake_text *text, const void *bytes, size_t length)
{
	size_t room = text->room > 0 ? text->room : 1024;

	while (room - text->length <= length)
		room *= 2;
	if (room != text->room) {
		text->data = realloc(text->data, room);
		if (text->data == NULL)
			fake_fail("out of memory");
		text->room = room;
	}
	if (length > 0)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void fake_text_printf(struct fake_text *text, const char *format, ...)
{
	char line[1024];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(line))
		length = (int)strlen(line);
	fake_text_append(text, line, (size_t)length);
}

void fake_enter(struct fake_host *host, const char *callback)
{
	if (host->callback != NULL)
		fake_fail("%s is called within %s", callback, host->callback);
	host->callback = callback;
}

void fake_leave(struct fake_host *host)
{
	fake_records_check(host, host->callback);
	fake_paths_take_back(host);
	host->callback = NULL;
}

void fake_check_result(
    const struct fake_host *host, const char *callback, int32_t result)
{
	if (result > 0 || result < TCPFLOW_ENOSYS)
		fake_fail(
		    "%s: %s returned %d", host->plugin->name, callback, result);
}

static bool name_is_valid(const char *name, const char *others)
{
	if (name == NULL || *name == '\0')
		return false;
	for (; *name != '\0'; name++) {
		bool letter = *name >= 'a' && *name <= 'z';
		bool digit = *name >= '0' && *name <= '9';

		if (!letter && !digit && strchr(others, *name) == NULL)
			return false;
	}
	return true;
}

static void check_descriptor(const struct tcpflow_plugin *plugin)
{
	const uint32_t known = TCPFLOW_P_SERIAL | TCPFLOW_P_OBSERVER |
	    TCPFLOW_P_ANY_KEY;

	if (plugin == NULL)
		fake_fail("the entry returned NULL");
	if (plugin->struct_size != sizeof(*plugin) ||
	    plugin->abi_major != TCPFLOW_ABI_MAJOR ||
	    plugin->abi_minor_min > TCPFLOW_ABI_MINOR || plugin->zero != 0 ||
	    plugin->flags & ~known)
		fake_fail("the descriptor does not begin with "
			  "TCPFLOW_PLUGIN_HEAD");
	if (!name_is_valid(plugin->name, "-"))
		fake_fail("the plugin's name is not [a-z0-9-]+");
	if (plugin->version == NULL || plugin->summary == NULL ||
	    plugin->create == NULL)
		fake_fail("%s: version, summary and create are required",
		    plugin->name);
	for (const struct tcpflow_param *param = plugin->params;
	     param != NULL && param->key != NULL; param++) {
		if (param->help == NULL || param->zero != 0)
			fake_fail(
			    "%s: key %s has no help", plugin->name, param->key);
		if (plugin->config == NULL)
			fake_fail("%s: keys, but no config", plugin->name);
	}
}

struct fake_host *fake_host_new(const struct tcpflow_plugin *(*entry)(void))
{
	struct fake_host *host = fake_allocate(sizeof(*host));

	host->plugin = entry();
	check_descriptor(host->plugin);
	host->now_ns = FAKE_START_NS;
	host->outputs = TCPFLOW_OUT_FILES | TCPFLOW_OUT_CONSOLE;
	host->hold_most = 4u << 20;
	fake_text_append(&host->console, "", 0);
	fake_text_append(&host->log, "", 0);
	fake_service_fill(host);
	return host;
}

static const struct tcpflow_param *find_param(
    const struct tcpflow_plugin *plugin, const char *key, size_t length)
{
	for (const struct tcpflow_param *param = plugin->params;
	     param != NULL && param->key != NULL; param++) {
		if (strlen(param->key) == length &&
		    memcmp(param->key, key, length) == 0)
			return param;
	}
	return NULL;
}

/* How many of the settings from here on are of this key. */
static size_t settings_of(
    const char *const *settings, const char *key, size_t length)
{
	size_t count = 0;

	for (; settings != NULL && *settings != NULL; settings++) {
		if (strncmp(*settings, key, length) == 0 &&
		    ((*settings)[length] == '=' || (*settings)[length] == '\0'))
			count++;
	}
	return count;
}

static int32_t configure(
    struct fake_host *host, const char *key, const char *value)
{
	int32_t result;

	fake_enter(host, "config");
	result = host->plugin->config(host->instance, key, value);
	fake_leave(host);
	fake_check_result(host, "config", result);
	return result;
}

/* Keys that the user does not set: their presets. */
static int32_t configure_presets(
    struct fake_host *host, const char *const *settings)
{
	for (const struct tcpflow_param *param = host->plugin->params;
	     param != NULL && param->key != NULL; param++) {
		int32_t result = TCPFLOW_OK;

		if (settings_of(settings, param->key, strlen(param->key)) > 0)
			continue;
		if (param->flags & TCPFLOW_PARAM_REQUIRED)
			result = TCPFLOW_EINVAL;
		else if (param->preset != NULL)
			result = configure(host, param->key, param->preset);
		if (result != TCPFLOW_OK)
			return result;
	}
	return TCPFLOW_OK;
}

/* The last setting of a key counts, or each where it may be repeated. */
static int32_t configure_setting(
    struct fake_host *host, const char *const *settings)
{
	const char *equals = strchr(*settings, '=');
	size_t length = equals != NULL ? (size_t)(equals - *settings)
				       : strlen(*settings);
	const struct tcpflow_param *param = find_param(
	    host->plugin, *settings, length);
	char *key;
	int32_t result;

	if (param == NULL && !(host->plugin->flags & TCPFLOW_P_ANY_KEY))
		return TCPFLOW_EINVAL;
	if (param != NULL && !(param->flags & TCPFLOW_PARAM_REPEAT) &&
	    settings_of(settings + 1, *settings, length) > 0)
		return TCPFLOW_OK;
	key = fake_allocate(length + 1);
	memcpy(key, *settings, length);
	result = configure(host, key, equals != NULL ? equals + 1 : "yes");
	free(key);
	return result;
}

static int32_t create(struct fake_host *host)
{
	int32_t result;

	fake_scope_open(&host->run, host, FAKE_RUN, NULL);
	fake_enter(host, "create");
	result = host->plugin->create(
	    &host->table, &host->run, &host->instance);
	fake_leave(host);
	fake_check_result(host, "create", result);
	host->created = result == TCPFLOW_OK;
	return result;
}

static int32_t make_ready(struct fake_host *host)
{
	int32_t result;

	if (host->plugin->ready == NULL)
		return TCPFLOW_OK;
	fake_enter(host, "ready");
	result = host->plugin->ready(host->instance);
	fake_leave(host);
	fake_check_result(host, "ready", result);
	return result;
}

static int32_t open_worker(struct fake_host *host)
{
	int32_t result;

	fake_scope_open(&host->worker_scope, host, FAKE_WORKER, NULL);
	if (host->plugin->worker_open == NULL) {
		host->worker = host->instance;
		return TCPFLOW_OK;
	}
	fake_enter(host, "worker_open");
	result = host->plugin->worker_open(
	    host->instance, &host->worker_scope, 0, &host->worker);
	fake_leave(host);
	fake_check_result(host, "worker_open", result);
	host->worker_opened = result == TCPFLOW_OK;
	return result;
}

int32_t fake_host_start(struct fake_host *host, const char *const *settings)
{
	int32_t result = create(host);

	if (result == TCPFLOW_OK)
		result = configure_presets(host, settings);
	for (const char *const *setting = settings;
	     setting != NULL && *setting != NULL && result == TCPFLOW_OK;
	     setting++)
		result = configure_setting(host, setting);
	if (result == TCPFLOW_OK)
		result = make_ready(host);
	if (result == TCPFLOW_OK)
		result = open_worker(host);
	host->started = result == TCPFLOW_OK;
	return result;
}

static void close_worker(struct fake_host *host)
{
	if (host->worker_opened && host->plugin->worker_close != NULL) {
		fake_enter(host, "worker_close");
		host->plugin->worker_close(host->instance, host->worker);
		fake_leave(host);
	}
	host->worker_opened = false;
	if (host->worker_scope.live)
		fake_scope_close(&host->worker_scope);
}

void fake_host_finish(struct fake_host *host, const struct tcpflow_run *run)
{
	if (!host->started)
		fake_fail("finish without a successful start");
	if (host->streams != NULL)
		fake_fail("finish while a stream is open");
	close_worker(host);
	host->started = false;
	if (host->plugin->finish != NULL) {
		fake_enter(host, "finish");
		host->plugin->finish(host->instance, run);
		fake_leave(host);
	}
	fake_sinks_close(&host->run);
}

static struct tcpflow_run whole_run(const struct fake_host *host)
{
	return (struct tcpflow_run){
	    .struct_size = sizeof(struct tcpflow_run),
	    .reason = TCPFLOW_RUN_INPUT_END,
	    .first_ns = FAKE_START_NS,
	    .last_ns = host->now_ns,
	    .packets = host->packet,
	    .flows = host->flows,
	};
}

void fake_host_free(struct fake_host **handle)
{
	struct fake_host *host = *handle;
	struct tcpflow_run run = whole_run(host);

	*handle = NULL;
	if (host->started && host->packet > 0)
		fake_host_finish(host, &run);
	close_worker(host);
	if (host->created && host->plugin->destroy != NULL) {
		fake_enter(host, "destroy");
		host->plugin->destroy(host->instance);
		fake_leave(host);
	}
	if (host->run.live)
		fake_scope_close(&host->run);
	fake_sinks_free(host);
	free(host->console.data);
	free(host->log.data);
	free(host->lines.data);
	free(host->child_story.data);
	if (host->digests_open > 0)
		fake_fail(
		    "%" PRIu64 " digests are still open", host->digests_open);
	free(host);
}

const struct tcpflow_plugin *fake_host_plugin(const struct fake_host *host)
{
	return host->plugin;
}

void fake_host_set_outputs(struct fake_host *host, uint32_t outputs)
{
	host->outputs = outputs;
}

void fake_host_set_hold_most(struct fake_host *host, size_t bytes)
{
	host->hold_most = bytes;
}

void fake_host_refuse_hold(struct fake_host *host, uint64_t n)
{
	host->refuse_hold = n;
}

uint64_t fake_host_holds_refused(const struct fake_host *host)
{
	return host->holds_refused;
}

const char *fake_host_console(const struct fake_host *host)
{
	return host->console.data;
}

size_t fake_host_console_length(const struct fake_host *host)
{
	return host->console.length;
}

uint64_t fake_host_console_records(const struct fake_host *host)
{
	return host->console_records;
}

void fake_host_console_clear(struct fake_host *host)
{
	host->console.length = 0;
	host->console.data[0] = '\0';
	host->console_records = 0;
}

void fake_host_show_roles(struct fake_host *host, bool show)
{
	host->show_roles = show;
}

const char *fake_host_log(const struct fake_host *host)
{
	return host->log.data;
}

uint64_t fake_host_counter(const struct fake_host *host, const char *name)
{
	for (size_t i = 0; i < host->counter_count; i++) {
		if (strcmp(host->counters[i].name, name) == 0)
			return host->counters[i].value;
	}
	return 0;
}

size_t fake_host_held(const struct fake_host *host)
{
	return host->held;
}

size_t fake_host_held_most(const struct fake_host *host)
{
	return host->held_most;
}

const char *fake_host_records(const struct fake_host *host)
{
	return host->lines.data != NULL ? host->lines.data : "";
}

void fake_host_want_digests(struct fake_host *host)
{
	host->wants_digests = true;
}

void fake_host_want_children(struct fake_host *host)
{
	host->wants_children = true;
}

const char *fake_host_children(const struct fake_host *host)
{
	return host->child_story.data != NULL ? host->child_story.data : "";
}

uint64_t fake_host_records_begun(const struct fake_host *host)
{
	return host->records;
}

uint64_t fake_host_digests_opened(const struct fake_host *host)
{
	return host->digests;
}

uint64_t fake_host_children_opened(const struct fake_host *host)
{
	return host->children;
}

void fake_host_set_max_bytes(struct fake_host *host, uint64_t bytes)
{
	host->max_bytes = bytes;
}

void fake_host_fail_sinks(struct fake_host *host, int32_t result)
{
	host->sink_result = result;
}
