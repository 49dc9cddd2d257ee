/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of output files: a template of the user's is filled in with facts
 * of the flow.  Of what the network chose freely only a harmless part gets in
 * here, behind all that, and never a slash. */
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
	const char *stem;   /* instead of the template, which  */
			    /* needs a flow; or NULL           */
	const char *label;  /* "body"; or NULL                 */
	const char *hint;   /* of name_hint(); or NULL         */
	const char *suffix; /* ".html"; or NULL; of label and  */
			    /* suffix 64 bytes are used, and   */
			    /* what is not [A-Za-z0-9._+-]     */
			    /* becomes _                       */
};

/* What may stand in a file's name of one that the network proposed: its last
 * part, with [A-Za-z0-9._+-] and _ for the rest, without dots in front, of at
 * most 48 bytes.  "": nothing is left. */
#define NAME_HINT_ROOM 49
void name_hint(char text[NAME_HINT_ROOM], const void *bytes, size_t length);

/* Says whether the template may be used: known letters, relative, and no part
 * that is, or for some flow becomes, empty, "." or "..".  *problem then says
 * what is wrong, for the user. */
bool name_template_check(const char *template, const char **problem);

/* Whether flows with different ends have different names by this template, before
 * there are attempts. */
bool name_tells_flows(const char *template);

/* Writes the NUL-terminated name: template or stem, "-label", "-hint", suffix,
 * which a hint that ends with it already has; attempt 0 is the first, n > 0 the n-th
 * "cN".  A template without %c gets cN at its end.  Errors stick in out. */
void name_expand(struct buffer *out, const char *template,
    const struct name_facts *facts, uint32_t attempt);

#endif
