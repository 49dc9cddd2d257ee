/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fake host reads of a plugin before it is made: its descriptor, and
 * the keys that settings go to. */
#include "tests/plugin/fake_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_FLAGS (TCPFLOW_P_SERIAL | TCPFLOW_P_OBSERVER | TCPFLOW_P_ANY_KEY)
#define KNOWN_KEY_FLAGS \
	(TCPFLOW_PARAM_REQUIRED | TCPFLOW_PARAM_REPEAT | TCPFLOW_PARAM_SECRET)

static const struct tcpflow_param *find_key(
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

static void check_keys(const struct tcpflow_plugin *plugin)
{
	const struct tcpflow_param *param = plugin->params;

	for (; param != NULL && param->key != NULL; param++) {
		if (*param->key == '\0' || strchr(param->key, '=') != NULL)
			fake_fail(
			    "%s: \"%s\" is no key", plugin->name, param->key);
		if (find_key(plugin, param->key, strlen(param->key)) != param)
			fake_fail("%s: key %s is there twice", plugin->name,
			    param->key);
		if (param->help == NULL || param->zero != 0)
			fake_fail(
			    "%s: key %s has no help", plugin->name, param->key);
		if (param->flags & ~KNOWN_KEY_FLAGS)
			fake_fail("%s: key %s has unknown flags", plugin->name,
			    param->key);
		if (plugin->config == NULL)
			fake_fail("%s: keys, but no config", plugin->name);
	}
}

void fake_descriptor_check(const struct tcpflow_plugin *plugin)
{
	if (plugin == NULL)
		fake_fail("the entry returned NULL");
	if (plugin->struct_size != sizeof(*plugin) ||
	    plugin->abi_major != TCPFLOW_ABI_MAJOR ||
	    plugin->abi_minor_min > TCPFLOW_ABI_MINOR || plugin->zero != 0)
		fake_fail("the descriptor does not begin with "
			  "TCPFLOW_PLUGIN_HEAD");
	if (plugin->flags & ~KNOWN_FLAGS)
		fake_fail("the descriptor has unknown flags");
	if (!fake_name_is_valid(plugin->name, "-"))
		fake_fail("the plugin's name is not [a-z0-9-]+");
	if (plugin->version == NULL || plugin->summary == NULL ||
	    plugin->create == NULL)
		fake_fail("%s: version, summary and create are required",
		    plugin->name);
	check_keys(plugin);
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

/* Both texts are the plugin's for the call only. */
static int32_t configure(
    struct fake_host *host, const char *key, size_t length, const char *value)
{
	struct fake_call call = {.name = "config"};
	size_t size = strlen(value) + 1;
	char *lent_value = fake_lend(value, size);
	char *lent_key = fake_allocate(length + 1);
	int32_t result;

	memcpy(lent_key, key, length);
	fake_enter(host, &call);
	result = host->plugin->config(host->instance, lent_key, lent_value);
	fake_leave(host);
	fake_take_back(lent_key, length + 1);
	fake_take_back(lent_value, size);
	fake_check_result(host, "config", result);
	return result;
}

/* Keys that the user does not set: their presets. */
static int32_t apply_presets(
    struct fake_host *host, const char *const *settings)
{
	const struct tcpflow_param *param = host->plugin->params;

	for (; param != NULL && param->key != NULL; param++) {
		size_t length = strlen(param->key);
		int32_t result = TCPFLOW_OK;

		if (settings_of(settings, param->key, length) > 0)
			continue;
		if (param->flags & TCPFLOW_PARAM_REQUIRED)
			result = TCPFLOW_EINVAL;
		else if (param->preset != NULL)
			result = configure(
			    host, param->key, length, param->preset);
		if (result != TCPFLOW_OK)
			return result;
	}
	return TCPFLOW_OK;
}

/* The last setting of a key counts, or each where it may be repeated. */
static int32_t apply(struct fake_host *host, const char *const *settings)
{
	const char *equals = strchr(*settings, '=');
	size_t length = equals != NULL ? (size_t)(equals - *settings)
				       : strlen(*settings);
	const struct tcpflow_param *param = find_key(
	    host->plugin, *settings, length);

	if (param == NULL &&
	    (!(host->plugin->flags & TCPFLOW_P_ANY_KEY) ||
		host->plugin->config == NULL))
		return TCPFLOW_EINVAL;
	if (param != NULL && !(param->flags & TCPFLOW_PARAM_REPEAT) &&
	    settings_of(settings + 1, *settings, length) > 0)
		return TCPFLOW_OK;
	return configure(
	    host, *settings, length, equals != NULL ? equals + 1 : "yes");
}

int32_t fake_settings_apply(struct fake_host *host, const char *const *settings)
{
	int32_t result = apply_presets(host, settings);

	for (; settings != NULL && *settings != NULL && result == TCPFLOW_OK;
	     settings++)
		result = apply(host, settings);
	return result;
}
