/* SPDX-License-Identifier: BSD-2-Clause */
/* What nobody may see of a message: http.redact. */
#ifndef PLUGINS_HTTP_REDACT_H
#define PLUGINS_HTTP_REDACT_H

#include "plugins/http/http.h"

#define HTTP_REDACT_COOKIE 0x1u
#define HTTP_REDACT_SET_COOKIE 0x2u
#define HTTP_REDACT_AUTHORIZATION 0x4u
#define HTTP_REDACT_ALL 0x7u
#define HTTP_REDACT_URL 0x8u    /* its query and user, if asked for */
#define HTTP_REDACT_WHOLE 0x10u /* header:NAME                      */

/* What a pseudonym begins with; 12 digits of hex follow.  It may stand in a URL. */
#define HTTP_PSEUDONYM "redacted-"

/* Of a list "cookie,query:token": *redaction, which was NULL or is replaced
 * (by NULL for "none").
 * EINVAL: it is no such list; ENOMEM; EIO: the system gave no key. */
int32_t http_redaction_parse(
    const char *list, struct http_redaction **redaction);
/* Takes the address of your pointer and clears it; NULL in it is fine. */
void http_redaction_free(struct http_redaction **redaction);

/* The message is over, and nobody has seen it: target and fields of forms. */
void http_redact_message(
    struct http_conversation *conversation, struct http_message *message);

#endif
