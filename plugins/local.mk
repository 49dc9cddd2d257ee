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

# What plugins share.
noinst_LTLIBRARIES += plugins/libcommon.la
plugins_libcommon_la_SOURCES = \
	plugins/common/bytes.c \
	plugins/common/bytes.h \
	plugins/common/charset.c \
	plugins/common/charset.h \
	plugins/common/coding.c \
	plugins/common/coding.h \
	plugins/common/coding_library.h \
	plugins/common/coding_zlib.c \
	plugins/common/coding_zstd.c \
	plugins/common/glob.c \
	plugins/common/glob.h \
	plugins/common/json_format.c \
	plugins/common/json_format.h \
	plugins/common/multipart.c \
	plugins/common/multipart.h \
	plugins/common/siphash.c \
	plugins/common/siphash.h \
	plugins/common/text.c \
	plugins/common/text.h
if HAVE_BROTLI
plugins_libcommon_la_SOURCES += plugins/common/coding_brotli.c
endif
coding_cflags = $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) $(BROTLI_CFLAGS)
coding_libs = $(ZLIB_LIBS) $(ZSTD_LIBS) $(BROTLI_LIBS)
plugins_libcommon_la_CPPFLAGS = $(AM_CPPFLAGS) $(coding_cflags)
plugins_libcommon_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_libcommon_la_LIBADD = $(coding_libs) $(ICONV_LIBS)

# llhttp from the sources of the distribution: not ours to warn about.
LLHTTP = $(LLHTTP_LIBS)
if LLHTTP_FROM_SOURCES
noinst_LTLIBRARIES += plugins/libllhttp.la
nodist_plugins_libllhttp_la_SOURCES = \
	plugins/llhttp/api.c \
	plugins/llhttp/http.c \
	plugins/llhttp/llhttp.c
plugins_libllhttp_la_CPPFLAGS = $(LLHTTP_CFLAGS)
plugins_libllhttp_la_CFLAGS = -fvisibility=hidden -w
LLHTTP += plugins/libllhttp.la
BUILT_SOURCES = $(nodist_plugins_libllhttp_la_SOURCES)
CLEANFILES += $(nodist_plugins_libllhttp_la_SOURCES)

plugins/llhttp/%.c: $(LLHTTP_SOURCES)/%.c
	@$(MKDIR_P) plugins/llhttp
	$(AM_V_GEN)cp $(LLHTTP_SOURCES)/$*.c $@ && chmod u+w $@
endif

http_sources = \
	plugins/http/anomaly.c \
	plugins/http/body.c \
	plugins/http/cookie.c \
	plugins/http/decode.c \
	plugins/http/exchange.c \
	plugins/http/extension.c \
	plugins/http/extent.c \
	plugins/http/framing.c \
	plugins/http/framing.h \
	plugins/http/form.c \
	plugins/http/har.c \
	plugins/http/head.c \
	plugins/http/head.h \
	plugins/http/filter.c \
	plugins/http/filter.h \
	plugins/http/http.c \
	plugins/http/http.h \
	plugins/http/line.c \
	plugins/http/message.c \
	plugins/http/name.c \
	plugins/http/parser.c \
	plugins/http/probe.c \
	plugins/http/record.c \
	plugins/http/redact.c \
	plugins/http/redact.h \
	plugins/http/row.c \
	plugins/http/show.c \
	plugins/http/start.c \
	plugins/http/store.c \
	plugins/http/text.c \
	plugins/http/transaction.c \
	plugins/http/tunnel.c \
	plugins/http/url.c \
	plugins/http/view.c \
	plugins/http/view.h \
	plugins/http/view_settings.c

plugin_LTLIBRARIES += plugins/http.la
plugins_http_la_SOURCES = $(http_sources)
plugins_http_la_CPPFLAGS = $(AM_CPPFLAGS) $(LLHTTP_CFLAGS)
plugins_http_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_http_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_http_la_LIBADD = plugins/libcommon.la $(LLHTTP)
