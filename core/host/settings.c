/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user wrote for a plugin: taking -P apart, and passing keys and
 * values to the plugin.  It does not know what they mean. */
#include <stdlib.h>
#include <string.h>

#include "core/base/parse.h"
#include "core/host/private.h"

struct setting *setting_new(
    const char *plugin, const char *key, size_t key_length, const char *value)
{
	struct setting *setting = calloc(1, sizeof(*setting));

	if (setting == NULL)
		return NULL;
	setting->plugin = plugin != NULL ? strdup(plugin) : NULL;
	setting->key = strndup(key, key_length);
	setting->value = strdup(value);
	if ((plugin != NULL && setting->plugin == NULL) ||
	    setting->key == NULL || setting->value == NULL)
		settings_free(&setting);
	return setting;
}

void setting_append(struct setting **list, struct setting *setting)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = setting;
}

void settings_free(struct setting **list)
{
	while (*list != NULL) {
		struct setting *setting = *list;

		*list = setting->next;
		free(setting->plugin);
		free(setting->key);
		free(setting->value);
		free(setting);
	}
}

/* One "k=v" up to a comma that is not escaped; *text moves behind it. */
static struct setting *take_setting(const char **text)
{
	struct buffer plain = {0};
	struct setting *setting = NULL;
	const char *at = *text;
	size_t key_length = SIZE_MAX;
	const char *value = "yes";

	for (; *at != '\0' && *at != ','; at++) {
		if (*at == '\\' && (at[1] == ',' || at[1] == ':'))
			at++;
		else if (*at == '=' && key_length == SIZE_MAX)
			key_length = plain.length;
		buffer_append_byte(&plain, (uint8_t)*at);
	}
	*text = at + (*at == ',');
	buffer_append_byte(&plain, '\0');
	if (!plain.failed) {
		const char *key = (const char *)plain.bytes;

		if (key_length == SIZE_MAX)
			key_length = strlen(key);
		else
			value = key + key_length + 1;
		setting = setting_new(NULL, key, key_length, value);
	}
	buffer_free(&plain);
	return setting;
}

bool specification_parse(const struct log *log, const char *text, char **name,
    struct setting **settings)
{
	size_t length = strcspn(text, ":");
	const char *at = text + length + (text[length] == ':');

	*settings = NULL;
	if (length == 0) {
		log_write(log, LOG_LEVEL_ERROR,
		    "-P %s: a plugin's name comes first: -P NAME[:key=value]",
		    text);
		return false;
	}
	*name = strndup(text, length);
	while (*name != NULL && *at != '\0') {
		struct setting *setting = take_setting(&at);

		if (setting == NULL) {
			free(*name);
			*name = NULL;
			settings_free(settings);
		} else {
			setting_append(settings, setting);
		}
	}
	if (*name == NULL)
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
	return *name != NULL;
}

static const struct tcpflow_param *find_param(
    const struct tcpflow_plugin *descriptor, const char *key)
{
	const struct tcpflow_param *param = descriptor->params;

	while (param != NULL && param->key != NULL) {
		if (strcmp(param->key, key) == 0)
			return param;
		param++;
	}
	return NULL;
}

static enum host_result refuse_key(const struct plugin *plugin, const char *key)
{
	struct buffer known = {0};

	for (const struct tcpflow_param *p = plugin->descriptor->params;
	     p != NULL && p->key != NULL; p++)
		buffer_printf(&known, " %s", p->key);
	buffer_append_text(&known, " observe");
	buffer_append_byte(&known, '\0');
	log_write(plugin->host->config.log, LOG_LEVEL_ERROR,
	    "plugin %s has no key '%s'; it has:%s", plugin->descriptor->name,
	    key, known.failed ? "" : (const char *)known.bytes);
	buffer_free(&known);
	return HOST_USAGE;
}

static enum host_result pass(
    struct plugin *plugin, const char *key, const char *value)
{
	const struct tcpflow_plugin *descriptor = plugin->descriptor;
	const struct tcpflow_param *param = find_param(descriptor, key);
	bool secret = param != NULL && param->flags & TCPFLOW_PARAM_SECRET;

	if (descriptor->config != NULL &&
	    descriptor->config(plugin->instance, key, value) == TCPFLOW_OK)
		return HOST_OK;
	log_write(plugin->host->config.log, LOG_LEVEL_ERROR,
	    "plugin %s does not take %s=%s (tcpflow -P help:%s)",
	    descriptor->name, key, secret ? "..." : value, descriptor->name);
	return HOST_USAGE;
}

/* The host's own key. */
static enum host_result set_observe(struct plugin *plugin, const char *value)
{
	if (parse_flag(value, &plugin->observes))
		return HOST_OK;
	log_write(plugin->host->config.log, LOG_LEVEL_ERROR,
	    "plugin %s: observe=%s: say yes or no", plugin->descriptor->name,
	    value);
	return HOST_USAGE;
}

static bool is_given(const struct setting *settings, const char *key)
{
	for (; settings != NULL; settings = settings->next) {
		if (strcmp(settings->key, key) == 0)
			return true;
	}
	return false;
}

static enum host_result apply_one(
    struct plugin *plugin, const struct setting *setting)
{
	const struct tcpflow_param *param;

	if (strcmp(setting->key, "observe") == 0)
		return set_observe(plugin, setting->value);
	param = find_param(plugin->descriptor, setting->key);
	if (param == NULL && !(plugin->descriptor->flags & TCPFLOW_P_ANY_KEY))
		return refuse_key(plugin, setting->key);
	/* Of a key that does not repeat, the last value counts. */
	if ((param == NULL || !(param->flags & TCPFLOW_PARAM_REPEAT)) &&
	    is_given(setting->next, setting->key))
		return HOST_OK;
	return pass(plugin, setting->key, setting->value);
}

enum host_result settings_apply(struct plugin *plugin)
{
	enum host_result result = HOST_OK;

	for (const struct tcpflow_param *p = plugin->descriptor->params;
	     p != NULL && p->key != NULL && result == HOST_OK; p++) {
		if (is_given(plugin->settings, p->key))
			continue;
		if (p->flags & TCPFLOW_PARAM_REQUIRED) {
			log_write(plugin->host->config.log, LOG_LEVEL_ERROR,
			    "plugin %s needs the key %s: -P %s:%s=%s",
			    plugin->descriptor->name, p->key,
			    plugin->descriptor->name, p->key,
			    p->form != NULL ? p->form : "VALUE");
			result = HOST_USAGE;
		} else if (p->preset != NULL) {
			result = pass(plugin, p->key, p->preset);
		}
	}
	for (const struct setting *s = plugin->settings;
	     s != NULL && result == HOST_OK; s = s->next)
		result = apply_one(plugin, s);
	return result;
}
