/* SPDX-License-Identifier: BSD-2-Clause */
/* A shared object that is no plugin: it lacks the symbol.  For tests of the
 * loader. */
#include <tcpflow/plugin.h>

TCPFLOW_EXPORT int32_t silent_symbol(void);

TCPFLOW_EXPORT int32_t silent_symbol(void)
{
	return TCPFLOW_OK;
}
