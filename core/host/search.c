/* SPDX-License-Identifier: BSD-2-Clause */
/* Where plugins are looked for, and whether a file that is found may be
 * trusted: its code will run with our rights.  It does not load anything. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/parse.h"
#include "core/host/private.h"

#ifndef TCPFLOW_PLUGINDIR
#error "TCPFLOW_PLUGINDIR is set by the build"
#endif
#define HOME_DIRECTORY ".local/lib/tcpflow/plugins/1"
#define SUFFIX ".so"

/* The folders of a search, in order, as one text with NULs between. */
static bool search_path(const struct host_config *config, struct buffer *path)
{
	/* Set-uid or file capabilities: the environment is not ours. */
	bool privileged = getauxval(AT_SECURE) != 0;
	const char *list = privileged ? NULL : getenv("TCPFLOW_PLUGIN_PATH");
	const char *home = privileged ? NULL : getenv("HOME");

	if (config->plugin_dir != NULL)
		buffer_append(
		    path, config->plugin_dir, strlen(config->plugin_dir) + 1);
	while (list != NULL && *list != '\0') {
		size_t length = strcspn(list, ":");

		if (length > 0) {
			buffer_append(path, list, length);
			buffer_append_byte(path, '\0');
		}
		list += length + (list[length] == ':');
	}
	if (home != NULL && *home == '/') {
		buffer_printf(path, "%s/" HOME_DIRECTORY, home);
		buffer_append_byte(path, '\0');
	}
	buffer_append(path, TCPFLOW_PLUGINDIR, sizeof(TCPFLOW_PLUGINDIR));
	return !path->failed;
}

/* root, us, who called sudo, or who owns the program. */
static bool owner_trusted(uid_t owner)
{
	const char *sudo = getenv("SUDO_UID");
	struct stat program;
	uint64_t id;

	if (owner == 0 || owner == geteuid())
		return true;
	if (geteuid() == 0 && sudo != NULL && parse_u64(sudo, &id) &&
	    owner == (uid_t)id)
		return true;
	return stat("/proc/self/exe", &program) == 0 && owner == program.st_uid;
}

/* root's group, or a trusted owner's own. */
static bool group_trusted(gid_t group, uid_t owner)
{
	const struct passwd *entry;

	if (group == 0)
		return true;
	entry = getpwuid(owner);
	return entry != NULL && entry->pw_gid == group;
}

/* Why nobody should trust this, or NULL. */
static const char *distrust(const struct stat *status)
{
	bool sticky = S_ISDIR(status->st_mode) && status->st_mode & S_ISVTX &&
	    status->st_uid == 0;

	if (!owner_trusted(status->st_uid))
		return "its owner is neither root nor you";
	if (status->st_mode & S_IWOTH && !sticky)
		return "everybody can write to it (chmod o-w)";
	if (status->st_mode & S_IWGRP && !sticky &&
	    !group_trusted(status->st_gid, status->st_uid))
		return "its group can write to it (chmod g-w)";
	return NULL;
}

/* The folder of the file, and every one above it. */
static bool folders_trusted(const char *path, const struct log *log)
{
	char *real = realpath(path, NULL);
	bool trusted = real != NULL;

	while (trusted && real[0] != '\0') {
		char *slash = strrchr(real, '/');
		struct stat status;
		const char *why;

		*slash = '\0';
		if (stat(slash == real ? "/" : real, &status) != 0)
			why = strerror(errno);
		else
			why = distrust(&status);
		if (why != NULL) {
			log_write(log, LOG_LEVEL_ERROR,
			    "plugin %s: found but refused, because of the "
			    "folder %s: %s",
			    path, slash == real ? "/" : real, why);
			trusted = false;
		}
	}
	free(real);
	return trusted;
}

/* Opens path if it is there; *found tells that it is. */
static int open_trusted(const char *path, const struct log *log, bool *found)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	const char *why = NULL;

	*found = file >= 0 || (errno != ENOENT && errno != ENOTDIR);
	if (!*found)
		return -1;
	if (file < 0 || fstat(file, &status) != 0)
		why = strerror(errno);
	else if (!S_ISREG(status.st_mode))
		why = "it is not a regular file";
	else
		why = distrust(&status);
	if (why != NULL)
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: found but refused, because %s", path, why);
	if (why == NULL && folders_trusted(path, log))
		return file;
	if (file >= 0)
		close(file);
	return -1;
}

static char *join(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s" SUFFIX, directory, name) < 0 ? NULL
								    : path;
}

static void report_not_found(
    const struct log *log, const char *name, const struct buffer *path)
{
	struct buffer places = {0};

	for (size_t at = 0; at < path->length;
	     at += strlen((const char *)path->bytes + at) + 1)
		buffer_printf(&places, "%s%s", at > 0 ? ", " : "",
		    (const char *)path->bytes + at);
	buffer_append_byte(&places, '\0');
	log_write(log, LOG_LEVEL_ERROR,
	    "plugin %s: not found in %s (tcpflow -P list shows what is there)",
	    name, places.failed ? "?" : (const char *)places.bytes);
	buffer_free(&places);
}

int search_open(const struct host_config *config, const char *name,
    bool report_missing, char **path)
{
	struct buffer places = {0};
	bool found = false;
	int file = -1;

	if (strchr(name, '/') != NULL) {
		*path = strdup(name);
		file = open_trusted(name, config->log, &found);
		if (!found && report_missing)
			log_write(config->log, LOG_LEVEL_ERROR,
			    "plugin %s: not found", name);
		return file;
	}
	if (!search_path(config, &places)) {
		buffer_free(&places);
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
		return -1;
	}
	for (size_t at = 0; at < places.length && !found;
	     at += strlen((const char *)places.bytes + at) + 1) {
		char *candidate = join((const char *)places.bytes + at, name);

		if (candidate == NULL)
			break;
		file = open_trusted(candidate, config->log, &found);
		if (file >= 0)
			*path = candidate;
		else
			free(candidate);
	}
	if (!found && report_missing)
		report_not_found(config->log, name, &places);
	buffer_free(&places);
	return file;
}

static void each_in(const char *directory,
    void (*visit)(void *context, const char *name), void *context)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char *name = entries[i]->d_name;
		size_t length = strlen(name);

		if (length > sizeof(SUFFIX) - 1 && name[0] != '.' &&
		    strcmp(name + length - (sizeof(SUFFIX) - 1), SUFFIX) == 0) {
			name[length - (sizeof(SUFFIX) - 1)] = '\0';
			visit(context, name);
		}
		free(entries[i]);
	}
	free(entries);
}

void search_each(const struct host_config *config,
    void (*visit)(void *context, const char *name), void *context)
{
	struct buffer places = {0};

	if (search_path(config, &places)) {
		for (size_t at = 0; at < places.length;
		     at += strlen((const char *)places.bytes + at) + 1)
			each_in(
			    (const char *)places.bytes + at, visit, context);
	}
	buffer_free(&places);
}
