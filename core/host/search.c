/* SPDX-License-Identifier: BSD-2-Clause */
/* Where plugins are looked for.  Whether a file that is found may be loaded is
 * not decided here (trust.c). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/host/private.h"

#ifndef TCPFLOW_PLUGINDIR
#error "TCPFLOW_PLUGINDIR is set by the build"
#endif
#define HOME_DIRECTORY ".local/lib/tcpflow/plugins/1"
#define PATH_VARIABLE "TCPFLOW_PLUGIN_PATH"
#define SUFFIX ".so"

static void append_place(struct buffer *places, const char *text, size_t length)
{
	if (length == 0)
		return;
	buffer_append(places, text, length);
	buffer_append_byte(places, '\0');
}

/* The folders of a search, in order, as one text with a NUL behind each. */
static bool search_places(
    const struct host_config *config, struct buffer *places)
{
	bool mine = trust_environment();
	const char *list = mine ? getenv(PATH_VARIABLE) : NULL;
	const char *home = mine ? getenv("HOME") : NULL;

	if (config->plugin_dir != NULL)
		append_place(
		    places, config->plugin_dir, strlen(config->plugin_dir));
	while (list != NULL && *list != '\0') {
		size_t length = strcspn(list, ":");

		append_place(places, list, length);
		list += length + (list[length] == ':');
	}
	if (home != NULL && *home == '/') {
		buffer_printf(places, "%s/" HOME_DIRECTORY, home);
		buffer_append_byte(places, '\0');
	}
	append_place(places, TCPFLOW_PLUGINDIR, strlen(TCPFLOW_PLUGINDIR));
	if (places->failed)
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
	return !places->failed;
}

static const char *place_at(const struct buffer *places, size_t at)
{
	return at < places->length ? (const char *)places->bytes + at : NULL;
}

/* The caller's; NULL: out of memory. */
static char *join(const char *directory, const char *name)
{
	struct buffer path = {0};

	buffer_printf(&path, "%s/%s" SUFFIX, directory, name);
	buffer_append_byte(&path, '\0');
	if (path.failed)
		buffer_free(&path);
	return (char *)path.bytes;
}

static void report_not_found(
    const struct log *log, const char *name, const struct buffer *places)
{
	struct buffer text = {0};
	const char *place;

	for (size_t at = 0; (place = place_at(places, at)) != NULL;
	     at += strlen(place) + 1)
		buffer_printf(&text, "%s%s", at > 0 ? ", " : "", place);
	buffer_append_byte(&text, '\0');
	log_write(log, LOG_LEVEL_ERROR,
	    "plugin %s: not found in %s (tcpflow -P list shows what is there)",
	    name, text.failed ? "the search path" : (const char *)text.bytes);
	buffer_free(&text);
}

/* A file that the user names himself. */
static int open_named(const struct log *log, const char *name, char **path)
{
	bool found;
	int file;

	*path = strdup(name);
	if (*path == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return -1;
	}
	file = trust_open(log, name, &found);
	if (!found)
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: not found: there is no such file", name);
	return file;
}

int search_open(const struct host_config *config, const char *name, char **path)
{
	struct buffer places = {0};
	const char *place;
	bool found = false;
	int file = -1;

	*path = NULL;
	if (strchr(name, '/') != NULL)
		return open_named(config->log, name, path);
	if (!search_places(config, &places)) {
		buffer_free(&places);
		return -1;
	}
	/* What is found first counts: a file that is refused hides others of
	 * its name. */
	for (size_t at = 0; !found && (place = place_at(&places, at)) != NULL;
	     at += strlen(place) + 1) {
		free(*path);
		*path = join(place, name);
		if (*path == NULL) {
			log_write(
			    config->log, LOG_LEVEL_ERROR, "out of memory");
			break;
		}
		file = trust_open(config->log, *path, &found);
	}
	if (!found && *path != NULL)
		report_not_found(config->log, name, &places);
	buffer_free(&places);
	return file;
}

/* Whether a place before the one at `end` has a file of that name. */
static bool is_hidden(const struct buffer *places, size_t end, const char *name)
{
	bool hidden = false;

	for (size_t at = 0; at < end && !hidden;
	     at += strlen(place_at(places, at)) + 1) {
		char *path = join(place_at(places, at), name);
		struct stat status;

		hidden = path != NULL && lstat(path, &status) == 0;
		free(path);
	}
	return hidden;
}

/* Cuts ".so" off; false: there is none. */
static bool cut_suffix(char *name)
{
	size_t length = strlen(name);

	if (length <= strlen(SUFFIX) ||
	    strcmp(name + length - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	name[length - strlen(SUFFIX)] = '\0';
	return true;
}

static void each_in(const struct buffer *places, size_t at,
    void (*visit)(void *context, const char *name), void *context)
{
	struct dirent **entries = NULL;
	int count = scandir(place_at(places, at), &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char *name = entries[i]->d_name;

		if (name[0] != '.' && cut_suffix(name) &&
		    !is_hidden(places, at, name))
			visit(context, name);
		free(entries[i]);
	}
	free(entries);
}

void search_each(const struct host_config *config,
    void (*visit)(void *context, const char *name), void *context)
{
	struct buffer places = {0};
	const char *place;

	if (search_places(config, &places)) {
		for (size_t at = 0; (place = place_at(&places, at)) != NULL;
		     at += strlen(place) + 1)
			each_in(&places, at, visit, context);
	}
	buffer_free(&places);
}
