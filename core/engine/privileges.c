/* SPDX-License-Identifier: BSD-2-Clause */
/* User and group ids.  It opens nothing. */
#include "core/engine/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/base/parse.h"

static bool from_environment(const char *name, uint64_t *id)
{
	const char *text = getenv(name);

	return text != NULL && parse_u64(text, id) && *id < UINT32_MAX;
}

bool privileges_find(
    struct privileges *privileges, const char *user, const struct log *log)
{
	const struct passwd *entry;
	uint64_t id;
	uint64_t group;

	*privileges = (struct privileges){(uid_t)-1, (gid_t)-1};
	if (user != NULL) {
		entry = getpwnam(user);
		if (entry == NULL) {
			log_write(log, LOG_LEVEL_ERROR,
			    "-U %s: there is no such user", user);
			return false;
		}
		*privileges = (struct privileges){entry->pw_uid, entry->pw_gid};
	} else if (geteuid() == 0 && from_environment("SUDO_UID", &id) &&
	    from_environment("SUDO_GID", &group)) {
		*privileges = (struct privileges){(uid_t)id, (gid_t)group};
	}
	return true;
}

bool privileges_drop(const char *user, const struct log *log)
{
	const struct passwd *entry;

	if (user == NULL)
		return true;
	entry = getpwnam(user);
	if (entry != NULL && initgroups(user, entry->pw_gid) == 0 &&
	    setgid(entry->pw_gid) == 0 && setuid(entry->pw_uid) == 0 &&
	    (entry->pw_uid == 0 || setuid(0) != 0) &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return true;
	log_write(log, LOG_LEVEL_ERROR,
	    "-U %s: cannot become that user: %s (only root can)", user,
	    strerror(errno));
	return false;
}
