/* SPDX-License-Identifier: BSD-2-Clause */
/* -P list and -P help:NAME, from the plugins' own descriptors. */
#include <stdio.h>

#include "core/host/private.h"

static void list_one(void *context, const char *name)
{
	const struct host_config *config = context;
	struct plugin *plugin = loader_open(config, name);

	if (plugin == NULL)
		return;
	printf("%-12s %-8s %s\n", plugin->descriptor->name,
	    plugin->descriptor->version != NULL ? plugin->descriptor->version
						: "",
	    plugin->descriptor->summary != NULL ? plugin->descriptor->summary
						: "");
	loader_close(&plugin);
}

enum host_result host_list(const struct host_config *config)
{
	search_each(config, list_one, (void *)(uintptr_t)config);
	return HOST_OK;
}

static void show_param(const struct tcpflow_param *param)
{
	printf("  %s=%s\n      %s", param->key,
	    param->form != NULL ? param->form : "VALUE",
	    param->help != NULL ? param->help : "");
	if (param->preset != NULL)
		printf(" (%s)", param->preset);
	if (param->flags & TCPFLOW_PARAM_REQUIRED)
		printf(" (required)");
	if (param->flags & TCPFLOW_PARAM_REPEAT)
		printf(" (may be repeated)");
	putchar('\n');
}

enum host_result host_help(const struct host_config *config, const char *name)
{
	struct plugin *plugin = loader_open(config, name);

	if (plugin == NULL)
		return HOST_USAGE;
	printf("%s %s - %s\n\nKeys, for -P %s:key=value or -S %s.key=value:\n",
	    plugin->descriptor->name,
	    plugin->descriptor->version != NULL ? plugin->descriptor->version
						: "",
	    plugin->descriptor->summary != NULL ? plugin->descriptor->summary
						: "",
	    plugin->descriptor->name, plugin->descriptor->name);
	for (const struct tcpflow_param *p = plugin->descriptor->params;
	     p != NULL && p->key != NULL; p++)
		show_param(p);
	printf("  observe=yes|no\n"
	       "      see every stream, beside the plugin that takes it (no)\n"
	       "\nManual: tcpflow-%s(1)\n",
	    plugin->descriptor->name);
	loader_close(&plugin);
	return HOST_OK;
}
