# SPDX-License-Identifier: BSD-2-Clause
tcpflowincludedir = $(includedir)/tcpflow
tcpflowinclude_HEADERS = \
	include/tcpflow/host.h \
	include/tcpflow/plugin.h \
	include/tcpflow/types.h
