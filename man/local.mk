# SPDX-License-Identifier: BSD-2-Clause
# Manual pages: one for the program, one for each plugin, one for authors.
dist_man_MANS += \
	man/tcpflow-http.1 \
	man/tcpflow-null.1 \
	man/tcpflow-plugin.3 \
	man/tcpflow-raw.1 \
	man/tcpflow-records.5 \
	man/tcpflow-skeleton.1 \
	man/tcpflow.1

# What a record looks like, for programs.
schemadir = $(pkgdatadir)
dist_schema_DATA = man/tcpflow-records.schema.json
