/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of output files: a template of the user's is filled in with facts
 * of the flow.  Nothing that the network chose freely ever gets in here. */
#ifndef CORE_SINK_NAME_H
#define CORE_SINK_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpflow/types.h>

#include "core/base/buffer.h"

#define NAME_TEMPLATE_CLASSIC "%A.%a-%B.%b%V%v%C%c"

struct name_facts {
	struct tcpflow_addr source; /* who sent what the file holds    */
	struct tcpflow_addr destination;
	uint32_t vlan;     /* 0: untagged                     */
	uint64_t start_ns; /* of the flow                     */
	uint64_t flow_id;
	const char *label;  /* "body"; or NULL                 */
	const char *suffix; /* ".html"; or NULL; of both only  */
			    /* 64 bytes are used, and what is  */
			    /* not [A-Za-z0-9._+-] becomes _   */
};

/* Says whether the template may be used: known letters, relative, and no part
 * that is, or for some flow becomes, empty, "." or "..".  *problem then says
 * what is wrong, for the user. */
bool name_template_check(const char *template, const char **problem);

/* Writes the NUL-terminated name; attempt 0 is the first, n > 0 the n-th
 * "cN".  A template without %c gets cN at its end.  Errors stick in out. */
void name_expand(struct buffer *out, const char *template,
    const struct name_facts *facts, uint32_t attempt);

#endif
