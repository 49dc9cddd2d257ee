/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up rights once everything that needs them is open, and whom files
 * belong to when root runs this for somebody. */
#ifndef CORE_ENGINE_PRIVILEGES_H
#define CORE_ENGINE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/log.h"

struct privileges {
	uid_t user; /* (uid_t)-1: nobody else          */
	gid_t group;
};

/* Who files should belong to: -U's user, else who called sudo.  False: there is
 * no such user, logged. */
bool privileges_find(
    struct privileges *privileges, const char *user, const struct log *log);

/* Becomes -U's user, for good.  False: logged. */
bool privileges_drop(const char *user, const struct log *log);

#endif
