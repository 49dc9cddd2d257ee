/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of plugins: create, settings, ready, workers, finish, destroy, in
 * the order that tcpflow/plugin.h promises.  Streams are elsewhere. */
#include "core/host/host.h"

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
	struct plugin **plugins;
	int32_t result;

	if (find(host, name) != NULL) {
		log_write(log, LOG_LEVEL_ERROR,
		    "-P %s is given twice: put all its keys into one", name);
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
	result = plugin->descriptor->create(
	    &host->table, &plugin->scope, &plugin->instance);
	if (result != TCPFLOW_OK) {
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: cannot start (error %d)", name, result);
		loader_close(&plugin);
		return HOST_USAGE;
	}
	plugin->created = true;
	host->plugins[host->count++] = plugin;
	return HOST_OK;
}

enum host_result host_add(
    struct host *host, const struct tcpflow_plugin *descriptor)
{
	struct plugin *plugin = calloc(1, sizeof(*plugin));

	if (plugin == NULL)
		return HOST_FAILED;
	plugin->descriptor = descriptor;
	return adopt(host, plugin);
}

enum host_result host_load(struct host *host, const char *specification)
{
	struct setting *settings;
	struct plugin *plugin;
	char *name;

	if (!specification_parse(
		host->config.log, specification, &name, &settings))
		return HOST_USAGE;
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

	if (dot == NULL || dot == text || (equals != NULL && equals < dot) ||
	    dot[1] == '\0' || dot + 1 == equals) {
		log_write(host->config.log, LOG_LEVEL_ERROR,
		    "-S %s: it takes NAME.key=value, NAME being a plugin",
		    text);
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

enum host_result host_ready(struct host *host)
{
	enum host_result result = distribute(host);

	for (size_t i = 0; i < host->count && result == HOST_OK; i++) {
		struct plugin *plugin = host->plugins[i];

		result = settings_apply(plugin);
		if (result != HOST_OK)
			break;
		if (plugin->descriptor->ready != NULL &&
		    plugin->descriptor->ready(plugin->instance) != TCPFLOW_OK) {
			log_write(host->config.log, LOG_LEVEL_ERROR,
			    "plugin %s: its settings do not go together "
			    "(tcpflow -P help:%s)",
			    plugin->descriptor->name, plugin->descriptor->name);
			return HOST_USAGE;
		}
		plugin->ready = true;
		host->observers += plugin->observes;
		host->has_probes |= plugin->descriptor->probe != NULL;
	}
	return result;
}

static bool open_plugin(struct host_worker *worker, struct plugin *plugin)
{
	struct worker_plugin *mine = &worker->plugins[plugin->index];
	int32_t result = TCPFLOW_OK;

	scope_init(&mine->scope, SCOPE_WORKER, plugin, worker, NULL);
	if (plugin->descriptor->worker_open != NULL)
		result = plugin->descriptor->worker_open(plugin->instance,
		    &mine->scope, worker->config.index, &mine->state);
	else
		mine->state = plugin->instance;
	mine->open = result == TCPFLOW_OK;
	if (!mine->open)
		log_write(worker->host->config.log, LOG_LEVEL_ERROR,
		    "plugin %s: cannot start its worker (error %d)",
		    plugin->descriptor->name, result);
	return mine->open;
}

enum host_result host_worker_open(struct host_worker **handle,
    struct host *host, const struct host_worker_config *config)
{
	struct host_worker *worker = calloc(
	    1, sizeof(*worker) + host->count * sizeof(worker->plugins[0]));

	if (worker == NULL) {
		log_write(host->config.log, LOG_LEVEL_ERROR, "out of memory");
		return HOST_FAILED;
	}
	worker->host = host;
	worker->config = *config;
	for (size_t i = 0; i < host->count; i++) {
		if (!open_plugin(worker, host->plugins[i])) {
			host_worker_close(&worker);
			return HOST_FAILED;
		}
	}
	*handle = worker;
	return HOST_OK;
}

void host_worker_close(struct host_worker **handle)
{
	struct host_worker *worker = *handle;

	if (worker == NULL)
		return;
	*handle = NULL;
	assert(worker->streams == 0);
	for (size_t i = 0; i < worker->host->count; i++) {
		struct plugin *plugin = worker->host->plugins[i];
		struct worker_plugin *mine = &worker->plugins[i];

		free(mine->last_path);
		if (!mine->open)
			continue;
		if (plugin->descriptor->worker_open != NULL &&
		    plugin->descriptor->worker_close != NULL)
			plugin->descriptor->worker_close(
			    plugin->instance, mine->state);
		scope_end(&mine->scope);
	}
	heap_free(&worker->alarms);
	free(worker);
}

void host_finish(struct host *host, const struct tcpflow_run *run)
{
	for (size_t i = 0; i < host->count; i++) {
		struct plugin *plugin = host->plugins[i];

		if (plugin->ready && plugin->descriptor->finish != NULL)
			plugin->descriptor->finish(plugin->instance, run);
	}
}

void host_destroy(struct host **handle)
{
	struct host *host = *handle;

	if (host == NULL)
		return;
	*handle = NULL;
	for (size_t i = 0; i < host->count; i++) {
		struct plugin *plugin = host->plugins[i];

		if (plugin->descriptor->destroy != NULL)
			plugin->descriptor->destroy(plugin->instance);
		scope_end(&plugin->scope);
		loader_close(&plugin);
	}
	settings_free(&host->settings);
	free(host->plugins);
	free(host);
}
