/* SPDX-License-Identifier: BSD-2-Clause */
/* The Community ID of a flow, version 1 with seed 0, by which records of
 * several tools are brought together
 * (https://github.com/corelight/community-id-spec). */
#ifndef CORE_BASE_COMMUNITY_ID_H
#define CORE_BASE_COMMUNITY_ID_H

#include "core/base/digest.h"
#include "core/base/flow_key.h"

#define COMMUNITY_ID_ROOM 31 /* "1:", 28 digits of base64, NUL  */

/* "1:LQU9qZlK+B5F3KDmev6m5PMibrg=".  sha1 is open for DIGEST_SHA1, and
 * stays empty.  False: no digest was to be had. */
bool community_id(char text[COMMUNITY_ID_ROOM], const struct flow_key *key,
    struct digest *sha1);

#endif
