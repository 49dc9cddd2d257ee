/* SPDX-License-Identifier: BSD-2-Clause */
/* From a finished transaction to the eye, the records and the archive.
 *
 *	transaction -> view -> filter?  -> record	--json
 *	                                -> text		show=text, headers
 *	                                -> row		show=line
 *	                                -> archive	har=
 *
 * Messages are shown as they come where no filter has to know the answer. */
#ifndef PLUGINS_HTTP_VIEW_H
#define PLUGINS_HTTP_VIEW_H

#include "plugins/http/filter.h"
#include "plugins/http/http.h"

/* view_settings.c: keys.  False: the key is not one of these. */
bool http_view_config(
    struct http *http, const char *key, const char *value, int32_t *result);
/* What is asked for is known: OK, or what a service said. */
int32_t http_view_ready(struct http *http);
void http_view_free(struct http *http);

/* view.c: what a filter thinks of the transaction of a message that has a head:
 * OPEN where its response decides.  For who stores bodies. */
enum http_verdict http_view_judge(
    struct http_conversation *conversation, const struct http_message *message);
/* "text/html" of "text/html; charset=utf-8"; ptr NULL: there is none. */
struct tcpflow_slice http_view_type(const struct http_message *message);
/* Whether its body may be shown, by its type. */
bool http_view_shows_body(
    const struct http *http, const struct http_message *message);

/* url.c: parts of a target; ptr NULL: there is none. */
struct tcpflow_slice http_url_local(const struct http_message *request);
struct tcpflow_slice http_url_path(const struct http_message *request);
struct tcpflow_slice http_url_query(const struct http_message *request);
struct tcpflow_slice http_url_host(const struct http_message *request);
/* Whom it is for: of the target, or the header Host. */
struct tcpflow_slice http_url_authority(const struct http_message *request);
/* "a=b" of a query or form, still encoded. */
struct http_parameter {
	struct tcpflow_slice name;
	struct tcpflow_slice value; /* ptr NULL: there was no "="     */
};
/* Takes the next one that is not empty off the text.  False: no more. */
bool http_parameter_next(
    struct tcpflow_slice *text, struct http_parameter *parameter);
/* Appends it without its encoding: "%41" and "+". */
void http_parameter_decode(struct bytes *to, struct tcpflow_slice text);
/* Appends the URI of the request (RFC 9112, section 3.3).  False: there is none,
 * and nothing was appended. */
bool http_url_append(struct bytes *text, const struct http_message *request);

/* show.c: a record for the console.  In the worker's `text` and `spans`. */
void http_show_begin(struct http_conversation *conversation);
/* What is appended to the bytes from here on has this role. */
struct bytes *http_show_as(
    struct http_conversation *conversation, uint32_t role);
void http_show_put(struct http_conversation *conversation, uint32_t direction);
/* "192.0.2.1:80"; name: of an address that is none. */
void http_show_address(struct bytes *text, const struct tcpflow_addr *address,
    const struct tcpflow_slice *name);
/* "2026-11-23T11:49:12.696915Z" */
void http_show_time(struct bytes *text, uint64_t ns);

/* The same without a port or brackets; nothing of one that is none. */
void http_show_ip(struct bytes *text, const struct tcpflow_addr *address);

/* form.c: forms=yes. */
enum http_form { HTTP_FORM_NONE, HTTP_FORM_URLENCODED, HTTP_FORM_MULTIPART };
enum http_form http_form_of(const struct http_message *message);
/* Adds "fields" to the open object, if the body is a form. */
void http_form_record(struct http_worker *worker, struct tcpflow_record *record,
    const struct http_message *message);
/* A line a field.  False: it is none, nothing was appended. */
bool http_form_show(
    struct http_conversation *conversation, const struct http_message *message);

/* har.c: har=FILE.  In ready: OK, or what sink->open said. */
int32_t http_har_open(struct http *http);
void http_har_tell(
    struct http_conversation *conversation, const struct http_told *told);

/* row.c: a line. */
void http_row_tell(
    struct http_conversation *conversation, const struct http_told *told);

#endif
