/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads a plugin's file and checks its descriptor.  The only user of dlopen. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/private.h"

#define KNOWN_FLAGS (TCPFLOW_P_SERIAL | TCPFLOW_P_OBSERVER | TCPFLOW_P_ANY_KEY)

static bool name_is_legal(const char *name)
{
	return name != NULL && *name != '\0' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
	    strlen(name);
}

bool loader_check(const struct tcpflow_plugin *descriptor, const char *name,
    const char **problem)
{
	*problem = NULL;
	if (descriptor == NULL)
		*problem = "its entry returns no descriptor";
	else if (descriptor->struct_size <
	    offsetof(struct tcpflow_plugin, abi_minor_min) +
		sizeof(descriptor->abi_minor_min))
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
	else if (!name_is_legal(descriptor->name))
		*problem = "its name is not of [a-z0-9-]";
	else if (name != NULL && strcmp(name, descriptor->name) != 0)
		*problem = "its name is not that of its file";
	else if (descriptor->create == NULL)
		*problem = "it has no create function";
	return *problem == NULL;
}

/* "http" of "/usr/lib/http.so". */
static char *name_of_path(const char *path)
{
	const char *base = strrchr(path, '/');
	const char *end;

	base = base != NULL ? base + 1 : path;
	end = strstr(base, ".so");
	return end != NULL ? strndup(base, (size_t)(end - base)) : strdup(base);
}

/* The file that was checked is the one that is loaded, whatever the name says
 * by now. */
static void *load(int file, const char *path)
{
	char checked[32];

	snprintf(checked, sizeof(checked), "/proc/self/fd/%d", file);
	if (access(checked, R_OK) == 0)
		return dlopen(checked, RTLD_NOW | RTLD_LOCAL);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static const struct tcpflow_plugin *call_entry(void *library)
{
	const struct tcpflow_plugin *(*entry)(void);
	void *symbol = dlsym(library, TCPFLOW_ENTRY_NAME);

	/* POSIX lets a pointer to data stand for one to a function here. */
	memcpy(&entry, &symbol, sizeof(entry));
	return symbol != NULL ? entry() : NULL;
}

struct plugin *loader_open(const struct host_config *config, const char *name)
{
	struct plugin *plugin = calloc(1, sizeof(*plugin));
	const char *problem = NULL;
	char *expected;

	if (plugin == NULL) {
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
		return NULL;
	}
	plugin->file = search_open(config, name, true, &plugin->path);
	if (plugin->file < 0) {
		loader_close(&plugin);
		return NULL;
	}
	plugin->library = load(plugin->file, plugin->path);
	if (plugin->library == NULL) {
		problem = dlerror();
	} else if (dlsym(plugin->library, TCPFLOW_ENTRY_NAME) == NULL) {
		problem = "it has no symbol " TCPFLOW_ENTRY_NAME;
	} else {
		expected = name_of_path(plugin->path);
		plugin->descriptor = call_entry(plugin->library);
		loader_check(plugin->descriptor, expected, &problem);
		free(expected);
	}
	if (problem != NULL) {
		log_write(config->log, LOG_LEVEL_ERROR,
		    "plugin %s: found but refused, because %s", plugin->path,
		    problem);
		loader_close(&plugin);
	}
	return plugin;
}

void loader_close(struct plugin **handle)
{
	struct plugin *plugin = *handle;

	*handle = NULL;
	if (plugin->library != NULL)
		dlclose(plugin->library);
	if (plugin->file > 0)
		close(plugin->file);
	for (size_t i = 0; i < plugin->counter_count; i++)
		free(plugin->counters[i].name);
	settings_free(&plugin->settings);
	free(plugin->path);
	free(plugin);
}
