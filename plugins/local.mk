# SPDX-License-Identifier: BSD-2-Clause
# Plugins: each exports one symbol and needs none of the program's.

PLUGIN_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-export-symbols-regex '^tcpflow_plugin_entry$$'
# Sanitizers leave their symbols to the program.
if !SANITIZED
PLUGIN_LDFLAGS += -Wl,-z,defs
endif

plugin_LTLIBRARIES += plugins/raw.la
plugins_raw_la_SOURCES = \
	plugins/raw/raw.c
plugins_raw_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_raw_la_LDFLAGS = $(PLUGIN_LDFLAGS)

plugin_LTLIBRARIES += plugins/null.la
plugins_null_la_SOURCES = \
	plugins/null/null.c
plugins_null_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_null_la_LDFLAGS = $(PLUGIN_LDFLAGS)

plugin_LTLIBRARIES += plugins/skeleton.la
plugins_skeleton_la_SOURCES = \
	plugins/skeleton/skeleton.c
plugins_skeleton_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_skeleton_la_LDFLAGS = $(PLUGIN_LDFLAGS)
