/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads a plugin's file and checks its descriptor.  The only user of dlopen. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/private.h"

#define DESCRIPTOR_ROOM 32 /* "/proc/self/fd/" and a number */
#define KNOWN_PARAM_FLAGS \
	(TCPFLOW_PARAM_REQUIRED | TCPFLOW_PARAM_REPEAT | TCPFLOW_PARAM_SECRET)
#define KNOWN_FLAGS (TCPFLOW_P_SERIAL | TCPFLOW_P_OBSERVER | TCPFLOW_P_ANY_KEY)

static bool name_is_legal(const char *name)
{
	return name != NULL && *name != '\0' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
	    strlen(name);
}

/* Whether `path` ends in "NAME.so", NAME being all of its last part. */
static bool file_is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	size_t length = strlen(name);

	return strncmp(base, name, length) == 0 &&
	    strcmp(base + length, ".so") == 0;
}

static bool params_are_known(const struct tcpflow_param *param)
{
	for (; param != NULL && param->key != NULL; param++) {
		if (param->flags & ~KNOWN_PARAM_FLAGS)
			return false;
	}
	return true;
}

bool loader_check(const struct tcpflow_plugin *descriptor, const char *path,
    const char **problem)
{
	*problem = NULL;
	if (descriptor == NULL)
		*problem = "its entry returns no descriptor";
	else if (!TCPFLOW_HAS(descriptor, struct tcpflow_plugin, abi_minor_min))
		*problem = "its descriptor is too small to be one";
	else if (descriptor->abi_major != TCPFLOW_ABI_MAJOR)
		*problem = "it was built for another major version of the "
			   "plugin ABI (build it again with our headers)";
	else if (descriptor->abi_minor_min > TCPFLOW_ABI_MINOR)
		*problem = "it needs a later version of tcpflow";
	else if (!TCPFLOW_HAS(descriptor, struct tcpflow_plugin, close))
		*problem = "its descriptor lacks members of ABI 1.0";
	else if (descriptor->flags & ~KNOWN_FLAGS)
		*problem = "it sets flags that this tcpflow does not know";
	else if (!params_are_known(descriptor->params))
		*problem = "a key of it has flags that this tcpflow does not "
			   "know";
	else if (!name_is_legal(descriptor->name))
		*problem = "its name is not of [a-z0-9-]";
	else if (path != NULL && !file_is_named(path, descriptor->name))
		*problem = "its name is not that of its file";
	else if (descriptor->create == NULL)
		*problem = "it has no create function";
	return *problem == NULL;
}

/* The name by which dlopen gets at an open file. */
static void name_descriptor(char name[DESCRIPTOR_ROOM], int file)
{
	snprintf(name, DESCRIPTOR_ROOM, "/proc/self/fd/%d", file);
}

/* The file that was checked is the one that is loaded, whatever the path leads
 * to by now.  Without /proc the path has to do. */
static void *load(const struct plugin *plugin, const char **problem)
{
	char name[DESCRIPTOR_ROOM];
	size_t length;
	void *library;

	name_descriptor(name, plugin->file);
	if (access(name, F_OK) != 0)
		snprintf(name, sizeof(name), "%s", "");
	library = dlopen(
	    *name != '\0' ? name : plugin->path, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		return library;
	*problem = dlerror();
	length = strlen(name);
	if (length > 0 && strncmp(*problem, name, length) == 0 &&
	    strncmp(*problem + length, ": ", 2) == 0)
		*problem += length + 2;
	return NULL;
}

static const struct tcpflow_plugin *call_entry(
    void *library, const char **problem)
{
	const struct tcpflow_plugin *(*entry)(void);
	void *symbol = dlsym(library, TCPFLOW_ENTRY_NAME);

	if (symbol == NULL) {
		*problem = "it has no symbol " TCPFLOW_ENTRY_NAME;
		return NULL;
	}
	/* POSIX lets a pointer to data stand for one to a function here. */
	memcpy(&entry, &symbol, sizeof(entry));
	return entry();
}

struct plugin *plugin_new(void)
{
	struct plugin *plugin = calloc(1, sizeof(*plugin));

	if (plugin != NULL)
		plugin->file = -1;
	return plugin;
}

struct plugin *loader_open(const struct host_config *config, const char *name)
{
	struct plugin *plugin = plugin_new();
	const char *problem = NULL;

	if (plugin == NULL) {
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
		return NULL;
	}
	plugin->file = search_open(config, name, &plugin->path);
	if (plugin->file < 0) {
		loader_close(&plugin);
		return NULL;
	}
	plugin->library = load(plugin, &problem);
	if (plugin->library != NULL)
		plugin->descriptor = call_entry(plugin->library, &problem);
	if (problem != NULL ||
	    !loader_check(plugin->descriptor, plugin->path, &problem)) {
		log_write(config->log, LOG_LEVEL_ERROR,
		    "plugin %s: found but refused, because %s", plugin->path,
		    problem);
		loader_close(&plugin);
	}
	return plugin;
}

/* A library that stays (nodelete, unique symbols) keeps its descriptor: the
 * number is its name, and the next file of that number would be taken for it. */
static bool library_stays(int file)
{
	char name[DESCRIPTOR_ROOM];
	void *library;

	name_descriptor(name, file);
	library = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
	if (library != NULL)
		dlclose(library);
	return library != NULL;
}

void loader_close(struct plugin **handle)
{
	struct plugin *plugin = *handle;
	bool stays = false;

	*handle = NULL;
	if (plugin->library != NULL) {
		dlclose(plugin->library);
		stays = library_stays(plugin->file);
	}
	if (plugin->file >= 0 && !stays)
		close(plugin->file);
	for (size_t i = 0; i < plugin->ledger.counter_count; i++)
		free(plugin->ledger.counters[i].name);
	settings_free(&plugin->settings);
	free(plugin->path);
	free(plugin);
}
