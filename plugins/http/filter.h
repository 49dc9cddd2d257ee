/* SPDX-License-Identifier: BSD-2-Clause */
/* Which transactions are wanted: a predicate that is compiled once, over facts.
 * It knows no messages, so that another language may be compiled into it.
 *
 *	method=, host=, ...  ->  tests  ->  judge(facts): NO, YES, or OPEN
 *
 * Of one field: any of the tests that are not negated (or there is none), and
 * none of those that are.  Of several fields: all of them. */
#ifndef PLUGINS_HTTP_FILTER_H
#define PLUGINS_HTTP_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpflow/types.h>

struct http_filter;

enum http_field {
	HTTP_FIELD_METHOD,
	HTTP_FIELD_HOST,
	HTTP_FIELD_PATH,
	HTTP_FIELD_STATUS,
	HTTP_FIELD_TYPE,
	HTTP_FIELD_COUNT
};

/* What is known of a transaction; ptr NULL or status 0: it has none. */
struct http_facts {
	struct tcpflow_slice text[HTTP_FIELD_COUNT]; /* but STATUS        */
	uint16_t status;
	bool open; /* the response may come: status and type are not known */
};

enum http_verdict { HTTP_NO, HTTP_YES, HTTP_OPEN };

/* Adds what a key says: a list "a*,!b".  *filter may be NULL, and is made.
 * False: the field is STATUS and this no status, or a piece is empty (*problem
 * says what is wanted), or no memory (*problem is NULL). */
bool http_filter_add(struct http_filter **filter, enum http_field field,
    const char *list, const char **problem);

/* NULL filter: YES.  HOST is compared with its port and without. */
enum http_verdict http_filter_judge(
    const struct http_filter *filter, const struct http_facts *facts);

/* Takes the address of your pointer and clears it; NULL in it is fine. */
void http_filter_free(struct http_filter **filter);

#endif
