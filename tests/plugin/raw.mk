# SPDX-License-Identifier: BSD-2-Clause
# Tests of plugins/raw, null and skeleton under a fake host, and of that.

if HAVE_CMOCKA
small_tests = \
	tests/plugin/fake \
	tests/plugin/fake_built \
	tests/plugin/fake_strict \
	tests/plugin/raw \
	tests/plugin/null \
	tests/plugin/skeleton
check_PROGRAMS += $(small_tests)
TESTS += $(small_tests)
endif

small_libraries = \
	tests/plugin/libtcpflow-plugin-test.a \
	$(CMOCKA_LIBS)

# The script's plugin, making mistakes.
mistakes = \
	tests/plugin/mistake.c \
	tests/plugin/mistake.h \
	tests/plugin/script.c \
	tests/plugin/script.h

tests_plugin_fake_SOURCES = \
	tests/plugin/fake.c \
	tests/plugin/script.c \
	tests/plugin/script.h
tests_plugin_fake_LDADD = $(small_libraries)
tests_plugin_fake_built_SOURCES = \
	tests/plugin/fake_built.c \
	$(mistakes)
tests_plugin_fake_built_LDADD = $(small_libraries)
tests_plugin_fake_strict_SOURCES = \
	tests/plugin/fake_strict.c \
	$(mistakes)
tests_plugin_fake_strict_LDADD = $(small_libraries)
tests_plugin_raw_SOURCES = \
	plugins/raw/raw.c \
	tests/plugin/raw.c
tests_plugin_raw_CPPFLAGS = $(AM_CPPFLAGS)
tests_plugin_raw_LDADD = $(small_libraries)
tests_plugin_null_SOURCES = \
	plugins/null/null.c \
	tests/plugin/small.c
tests_plugin_null_CPPFLAGS = $(AM_CPPFLAGS) -DNULL_PLUGIN
tests_plugin_null_LDADD = $(small_libraries)
tests_plugin_skeleton_SOURCES = \
	plugins/skeleton/skeleton.c \
	tests/plugin/small.c
tests_plugin_skeleton_CPPFLAGS = $(AM_CPPFLAGS)
tests_plugin_skeleton_LDADD = $(small_libraries)
