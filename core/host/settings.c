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

/* Takes text up to an unescaped `end`, which *text then stands behind, without
 * the backslashes of `\,' and `\:'.  *equals is where the first = is. */
static void take_text(
    const char **text, char end, struct buffer *plain, size_t *equals)
{
	const char *at = *text;

	*equals = SIZE_MAX;
	for (; *at != '\0' && *at != end; at++) {
		if (*at == '\\' && (at[1] == ',' || at[1] == ':'))
			at++;
		else if (*at == '=' && *equals == SIZE_MAX)
			*equals = plain->length;
		buffer_append_byte(plain, (uint8_t)*at);
	}
	*text = at + (*at == end);
	buffer_append_byte(plain, '\0');
}

/* One "k=v"; NULL: out of memory. */
static struct setting *take_setting(const char **text)
{
	struct buffer plain = {0};
	struct setting *setting = NULL;
	size_t equals;

	take_text(text, ',', &plain, &equals);
	if (!plain.failed) {
		const char *key = (const char *)plain.bytes;

		setting = equals == SIZE_MAX
		    ? setting_new(NULL, key, strlen(key), "yes")
		    : setting_new(NULL, key, equals, key + equals + 1);
	}
	buffer_free(&plain);
	return setting;
}

enum host_result specification_parse(const struct log *log, const char *text,
    char **name, struct setting **settings)
{
	struct buffer plain = {0};
	const char *at = text;
	size_t equals;

	*settings = NULL;
	*name = NULL;
	take_text(&at, ':', &plain, &equals);
	if (!plain.failed && plain.length > 1)
		*name = strdup((const char *)plain.bytes);
	if (!plain.failed && plain.length == 1) {
		log_write(log, LOG_LEVEL_ERROR,
		    "-P %.*s: a plugin's name comes first: -P NAME[:key=value]",
		    (int)strcspn(text, "="), text);
		buffer_free(&plain);
		return HOST_USAGE;
	}
	buffer_free(&plain);
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
	if (*name != NULL)
		return HOST_OK;
	log_write(log, LOG_LEVEL_ERROR, "out of memory");
	return HOST_FAILED;
}

const struct tcpflow_param *settings_param(
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
	const struct tcpflow_param *param = settings_param(descriptor, key);
	bool secret = param != NULL && param->flags & TCPFLOW_PARAM_SECRET;
	struct plugin_call call;
	bool taken;

	plugin->ledger.complained = false;
	plugin_enter_main(&call, plugin, NULL);
	taken = descriptor->config != NULL &&
	    descriptor->config(plugin->instance, key, value) == TCPFLOW_OK;
	plugin_leave(&call);
	if (taken)
		return HOST_OK;
	if (!plugin->ledger.complained)
		log_write(plugin->host->config.log, LOG_LEVEL_ERROR,
		    "plugin %s does not take %s=%s (tcpflow -P help:%s)",
		    descriptor->name, key, secret ? "..." : value,
		    descriptor->name);
	return HOST_USAGE;
}

/* The host's own key. */
static enum host_result set_observe(struct plugin *plugin, const char *value)
{
	const char *name = plugin->descriptor->name;
	const struct log *log = plugin->host->config.log;

	if (!parse_flag(value, &plugin->observes)) {
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: observe=%s: say yes or no", name, value);
		return HOST_USAGE;
	}
	if (!plugin->observes &&
	    plugin->descriptor->flags & TCPFLOW_P_OBSERVER) {
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: observe=%s: it can do nothing else", name,
		    value);
		return HOST_USAGE;
	}
	return HOST_OK;
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
	param = settings_param(plugin->descriptor, setting->key);
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
