# SPDX-License-Identifier: BSD-2-Clause
# The fake host, which is installed for authors of plugins, too.

lib_LIBRARIES += tests/plugin/libtcpflow-plugin-test.a
faketestdir = $(includedir)/tcpflow-plugin-test
faketest_HEADERS = tests/plugin/fake_host.h
pkgconfig_DATA += contrib/tcpflow-plugin-test.pc

tests_plugin_libtcpflow_plugin_test_a_SOURCES = \
	tests/plugin/fake_base.c \
	tests/plugin/fake_call.c \
	tests/plugin/fake_child.c \
	tests/plugin/fake_digest.c \
	tests/plugin/fake_file.c \
	tests/plugin/fake_give.c \
	tests/plugin/fake_host.c \
	tests/plugin/fake_host.h \
	tests/plugin/fake_info.c \
	tests/plugin/fake_json.c \
	tests/plugin/fake_look.c \
	tests/plugin/fake_private.h \
	tests/plugin/fake_probe.c \
	tests/plugin/fake_record.c \
	tests/plugin/fake_service.c \
	tests/plugin/fake_setting.c \
	tests/plugin/fake_sink.c \
	tests/plugin/fake_sink.h \
	tests/plugin/fake_stream.c
