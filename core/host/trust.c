/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a plugin's file may be trusted: its code will run with our rights.
 * Who may own and write it and its folders is written in the manual
 * (tcpflow-plugin(3)).  It does not load anything. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "core/base/parse.h"
#include "core/host/private.h"

#define UID_NOBODY_HAS ((uid_t)-1)

bool trust_environment(void)
{
	/* uid 0 alone is no reason: root's environment is root's. */
#ifdef __linux__
	return getauxval(AT_SECURE) == 0;
#else
	return issetugid() == 0;
#endif
}

/* root, us, who called sudo, who owns the program: whose files may be code of
 * ours. */
struct trusted {
	uid_t user[4];
	size_t count;
};

static void trust_users(struct trusted *trusted)
{
	const char *sudo = getenv("SUDO_UID");
	struct stat program;
	uint64_t id;

	*trusted = (struct trusted){.user = {0, geteuid()}, .count = 2};
	/* Only sudo's word counts, and sudo runs us as root. */
	if (geteuid() == 0 && trust_environment() && sudo != NULL &&
	    parse_u64(sudo, &id) && id < UID_NOBODY_HAS)
		trusted->user[trusted->count++] = (uid_t)id;
	if (stat("/proc/self/exe", &program) == 0)
		trusted->user[trusted->count++] = program.st_uid;
}

static bool owner_trusted(const struct trusted *trusted, uid_t owner)
{
	for (size_t i = 0; i < trusted->count; i++) {
		if (trusted->user[i] == owner)
			return true;
	}
	return false;
}

/* root's group, or the primary one of somebody trusted. */
static bool group_trusted(const struct trusted *trusted, gid_t group)
{
	if (group == 0)
		return true;
	for (size_t i = 0; i < trusted->count; i++) {
		const struct passwd *entry = getpwuid(trusted->user[i]);

		if (entry != NULL && entry->pw_gid == group)
			return true;
	}
	return false;
}

/* Why nobody should trust this, or NULL. */
static const char *distrust(
    const struct trusted *trusted, const struct stat *status)
{
	/* Others can add to such a folder, and not touch what is there. */
	bool sticky = S_ISDIR(status->st_mode) && status->st_mode & S_ISVTX &&
	    status->st_uid == 0;

	if (!owner_trusted(trusted, status->st_uid))
		return "its owner is neither root nor you (chown root)";
	if (status->st_mode & S_IWOTH && !sticky)
		return "everybody can write to it (chmod o-w)";
	if (status->st_mode & S_IWGRP && !sticky &&
	    !group_trusted(trusted, status->st_gid))
		return "its group can write to it (chmod g-w)";
	return NULL;
}

static bool refuse(const struct log *log, const char *path, const char *folder,
    const char *why)
{
	if (folder == NULL)
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: found but refused, because %s", path, why);
	else
		log_write(log, LOG_LEVEL_ERROR,
		    "plugin %s: found but refused, because of the folder %s: "
		    "%s",
		    path, folder, why);
	return false;
}

/* Every folder above the file at `real`, which is cut off part by part. */
static bool folders_trusted(const struct log *log, const char *path,
    const struct trusted *trusted, char *real)
{
	while (real[0] != '\0') {
		char *slash = strrchr(real, '/');
		const char *folder;
		const char *why;
		struct stat status;

		*slash = '\0';
		folder = slash == real ? "/" : real;
		why = stat(folder, &status) == 0 ? distrust(trusted, &status)
						 : strerror(errno);
		if (why != NULL)
			return refuse(log, path, folder, why);
	}
	return true;
}

/* The open file, and the folders that lead to it. */
static bool file_trusted(const struct log *log, const char *path, int file)
{
	struct trusted trusted;
	struct stat status;
	struct stat named;
	const char *why = NULL;
	char *real;
	bool good;

	trust_users(&trusted);
	if (fstat(file, &status) != 0)
		why = strerror(errno);
	else if (!S_ISREG(status.st_mode))
		why = "it is not a regular file";
	else
		why = distrust(&trusted, &status);
	if (why != NULL)
		return refuse(log, path, NULL, why);
	/* The folders of what a link leads to.  If that is not the file that
	 * is open, somebody is changing names under our eyes. */
	real = realpath(path, NULL);
	if (real == NULL || stat(real, &named) != 0)
		good = refuse(log, path, NULL, strerror(errno));
	else if (named.st_dev != status.st_dev || named.st_ino != status.st_ino)
		good = refuse(log, path, NULL, "it was just exchanged");
	else
		good = folders_trusted(log, path, &trusted, real);
	free(real);
	return good;
}

int trust_open(const struct log *log, const char *path, bool *found)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error = errno;
	struct stat status;

	*found = file >= 0 || lstat(path, &status) == 0;
	if (file < 0 && *found)
		refuse(log, path, NULL, strerror(error));
	if (file >= 0 && !file_trusted(log, path, file)) {
		close(file);
		return -1;
	}
	return file;
}
