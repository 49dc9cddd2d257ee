/* SPDX-License-Identifier: BSD-2-Clause */
/* A filter expression on captured packets of any link type.  libpcap compiles
 * it, once for each link type that comes. */
#ifndef CORE_CAPTURE_FILTER_H
#define CORE_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/log.h"
#include "core/base/packet.h"

struct filter;

/* NULL: logged. */
struct filter *filter_open(const char *expression, const struct log *log);
void filter_close(struct filter **filter);

/* False: the expression is no good for this LINKTYPE_; why is logged. */
bool filter_compile(struct filter *filter, uint32_t link_type);

/* Whether the packet passes.  Where the expression means nothing for its link
 * type, or nobody knows that, none does, and that is said once. */
bool filter_passes(struct filter *filter, const struct packet *packet);

#endif
