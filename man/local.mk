# SPDX-License-Identifier: BSD-2-Clause
# Manual pages: one for the program, one for each plugin.
dist_man_MANS += \
	man/tcpflow-http.1 \
	man/tcpflow-null.1 \
	man/tcpflow-raw.1 \
	man/tcpflow-skeleton.1 \
	man/tcpflow.1
