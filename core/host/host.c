/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of plugins on the main thread: create, settings, ready, finish,
 * destroy, in the order that tcpflow/plugin.h promises.  Workers and streams
 * are elsewhere. */
#include "core/host/host.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/private.h"

_Static_assert(
    HOST_ABI_MAJOR == TCPFLOW_ABI_MAJOR && HOST_ABI_MINOR == TCPFLOW_ABI_MINOR,
    "host.h says which ABI the headers are of");

bool host_create(struct host **handle, const struct host_config *config)
{
	struct host *host = calloc(1, sizeof(*host));

	if (host == NULL)
		return false;
	if (!lock_init(&host->serial)) {
		free(host);
		return false;
	}
	host->config = *config;
	host->table = (struct tcpflow_host){
	    .struct_size = sizeof(host->table),
	    .abi_major = TCPFLOW_ABI_MAJOR,
	    .abi_minor = TCPFLOW_ABI_MINOR,
	    .version = config->version,
	    .sink = &service_sink,
	    .console = &service_console,
	    .record = &service_record,
	    .child = &service_child,
	    .digest = &service_digest,
	};
	service_core_fill(&host->table);
	list_init(&host->workers);
	*handle = host;
	return true;
}

static struct plugin *find(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->count; i++) {
		if (strcmp(host->plugins[i]->descriptor->name, name) == 0)
			return host->plugins[i];
	}
	return NULL;
}

/* Takes the plugin over, whatever the result. */
static enum host_result adopt(struct host *host, struct plugin *plugin)
{
	const struct log *log = host->config.log;
	const char *name = plugin->descriptor->name;
	struct plugin_call call;
	struct plugin **plugins;
	int32_t result;

	if (find(host, name) != NULL) {
		log_write(log, LOG_LEVEL_ERROR,
		    "-P %s is given twice: put all its keys into one", name);
		loader_close(&plugin);
		return HOST_USAGE;
	}
	if (host->count == PLUGINS_MOST) {
		log_write(log, LOG_LEVEL_ERROR,
		    "-P %s: %u plugins are in use, and there can be no more",
		    name, PLUGINS_MOST);
		loader_close(&plugin);
		return HOST_USAGE;
	}
	plugins = realloc(
	    host->plugins, (host->count + 1) * sizeof(*host->plugins));
	if (plugins == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		loader_close(&plugin);
		return HOST_FAILED;
	}
	host->plugins = plugins;
	plugin->host = host;
	plugin->index = host->count;
	plugin->observes = (plugin->descriptor->flags & TCPFLOW_P_OBSERVER) !=
	    0;
	scope_init(&plugin->scope, SCOPE_RUN, plugin, NULL, NULL);
	plugin_enter_main(&call, plugin, NULL);
	result = plugin->descriptor->create(
	    &host->table, &plugin->scope, &plugin->instance);
	plugin_leave(&call);
	if (result != TCPFLOW_OK) {
		if (!plugin->ledger.complained)
			log_write(log, LOG_LEVEL_ERROR,
			    "plugin %s: cannot start (error %d)", name, result);
		scope_end(&plugin->scope);
		loader_close(&plugin);
		return HOST_USAGE;
	}
	host->plugins[host->count++] = plugin;
	return HOST_OK;
}

enum host_result host_add(
    struct host *host, const struct tcpflow_plugin *descriptor)
{
	struct plugin *plugin = plugin_new();

	if (plugin == NULL)
		return HOST_FAILED;
	plugin->descriptor = descriptor;
	return adopt(host, plugin);
}

enum host_result host_load(struct host *host, const char *specification)
{
	enum host_result result;
	struct setting *settings;
	struct plugin *plugin;
	char *name;

	result = specification_parse(
	    host->config.log, specification, &name, &settings);
	if (result != HOST_OK)
		return result;
	plugin = loader_open(&host->config, name);
	free(name);
	if (plugin == NULL) {
		settings_free(&settings);
		return HOST_USAGE;
	}
	plugin->settings = settings;
	return adopt(host, plugin);
}

enum host_result host_set(struct host *host, const char *text)
{
	const char *dot = strchr(text, '.');
	const char *equals = strchr(text, '=');
	struct setting *setting = NULL;
	char *name;

	/* What is behind the = may be a secret. */
	if (dot == NULL || dot == text || (equals != NULL && equals < dot) ||
	    dot[1] == '\0' || dot + 1 == equals) {
		log_write(host->config.log, LOG_LEVEL_ERROR,
		    "-S %.*s: it takes NAME.key=value, NAME being a plugin",
		    (int)strcspn(text, "="), text);
		return HOST_USAGE;
	}
	name = strndup(text, (size_t)(dot - text));
	if (name != NULL)
		setting = equals != NULL
		    ? setting_new(
			  name, dot + 1, (size_t)(equals - dot) - 1, equals + 1)
		    : setting_new(name, dot + 1, strlen(dot + 1), "yes");
	free(name);
	if (setting == NULL) {
		log_write(host->config.log, LOG_LEVEL_ERROR, "out of memory");
		return HOST_FAILED;
	}
	setting_append(&host->settings, setting);
	return HOST_OK;
}

enum host_result host_set_all(
    struct host *host, const char *key, const char *value)
{
	enum host_result result = HOST_USAGE;

	for (size_t i = 0; i < host->count; i++) {
		const struct tcpflow_plugin *descriptor =
		    host->plugins[i]->descriptor;
		struct setting *setting;

		if (settings_param(descriptor, key) == NULL)
			continue;
		setting = setting_new(
		    descriptor->name, key, strlen(key), value);
		if (setting == NULL)
			return HOST_FAILED;
		setting_append(&host->settings, setting);
		result = HOST_OK;
	}
	return result;
}

bool host_stop_asked(const struct host *host)
{
	return atomic_load(&host->stop_asked);
}

/* Gives each -S to its plugin. */
static enum host_result distribute(struct host *host)
{
	while (host->settings != NULL) {
		struct setting *setting = host->settings;
		struct plugin *plugin = find(host, setting->plugin);

		if (plugin == NULL) {
			log_write(host->config.log, LOG_LEVEL_ERROR,
			    "-S %s.%s: plugin %s is not in use (-P %s)",
			    setting->plugin, setting->key, setting->plugin,
			    setting->plugin);
			return HOST_USAGE;
		}
		host->settings = setting->next;
		setting->next = NULL;
		setting_append(&plugin->settings, setting);
	}
	return HOST_OK;
}

/* Which plugins streams are brought to, and in which part. */
static void cast(struct host *host)
{
	host->observers = 0;
	host->has_probes = false;
	host->fallback = host->count;
	for (size_t i = 0; i < host->count; i++) {
		const struct plugin *plugin = host->plugins[i];

		if (!plugin_takes_streams(plugin))
			continue;
		if (plugin->observes)
			host->observers++;
		else if (host->fallback < host->count)
			continue; /* sees what the fallback failed to open */
		else if (plugin->descriptor->probe != NULL)
			host->has_probes = true;
		else
			host->fallback = i;
	}
}

static enum host_result make_ready(struct plugin *plugin)
{
	const char *name = plugin->descriptor->name;
	enum host_result result = settings_apply(plugin);
	struct plugin_call call;
	int32_t status = TCPFLOW_OK;

	if (result != HOST_OK)
		return result;
	plugin->ledger.complained = false;
	plugin_enter_main(&call, plugin, NULL);
	if (plugin->descriptor->ready != NULL)
		status = plugin->descriptor->ready(plugin->instance);
	plugin_leave(&call);
	plugin->ready = status == TCPFLOW_OK;
	if (!plugin->ready && !plugin->ledger.complained)
		log_write(plugin->host->config.log, LOG_LEVEL_ERROR,
		    "plugin %s: its settings do not go together (error %d); "
		    "tcpflow -P help:%s tells of them",
		    name, status, name);
	return plugin->ready ? HOST_OK : HOST_USAGE;
}

enum host_result host_ready(struct host *host)
{
	enum host_result result = distribute(host);

	for (size_t i = 0; i < host->count && result == HOST_OK; i++)
		result = make_ready(host->plugins[i]);
	cast(host);
	return result;
}

static void finish(struct plugin *plugin, const struct tcpflow_run *run)
{
	struct plugin_call call;

	if (!plugin->ready || plugin->descriptor->finish == NULL ||
	    run->packets == 0)
		return;
	plugin_enter_main(&call, plugin, NULL);
	plugin->descriptor->finish(plugin->instance, run);
	plugin_leave(&call);
}

void host_finish(struct host *host, const struct tcpflow_run *run)
{
	for (size_t i = 0; i < host->count; i++) {
		struct plugin *plugin = host->plugins[i];

		finish(plugin, run);
		service_sink_end(&plugin->scope);
		service_sink_take_back(&host->lent);
	}
	host->outlets = (struct host_worker_config){0};
}

void host_abandon(struct host *host)
{
	for (size_t i = 0; i < host->count; i++)
		service_sink_drop(&host->plugins[i]->scope);
	service_sink_take_back(&host->lent);
	host->outlets = (struct host_worker_config){0};
}

static void destroy(struct plugin *plugin)
{
	struct plugin_call call;

	if (plugin->descriptor->destroy == NULL)
		return;
	plugin_enter_main(&call, plugin, NULL);
	plugin->descriptor->destroy(plugin->instance);
	plugin_leave(&call);
}

void host_destroy(struct host **handle)
{
	struct host *host = *handle;

	if (host == NULL)
		return;
	*handle = NULL;
	assert(list_empty(&host->workers));
	for (size_t i = 0; i < host->count; i++) {
		struct plugin *plugin = host->plugins[i];

		destroy(plugin);
		scope_end(&plugin->scope);
		loader_close(&plugin);
	}
	service_sink_take_back(&host->lent);
	settings_free(&host->settings);
	free(host->plugins);
	lock_destroy(&host->serial);
	free(host);
}
