# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/host, which is linked with core/sink and core/base. The
# bench is a flow table's side of the streams, and plugins under script.

if HAVE_CMOCKA
host_tests = \
	tests/unit/host_arguments \
	tests/unit/host_child \
	tests/unit/host_console \
	tests/unit/host_contract \
	tests/unit/host_dispatch \
	tests/unit/host_life \
	tests/unit/host_loader \
	tests/unit/host_memory \
	tests/unit/host_misuse \
	tests/unit/host_offer \
	tests/unit/host_probe \
	tests/unit/host_records \
	tests/unit/host_run_sink \
	tests/unit/host_serial \
	tests/unit/host_services \
	tests/unit/host_settings \
	tests/unit/host_sink \
	tests/unit/host_trust
check_PROGRAMS += $(host_tests)
TESTS += $(host_tests)
check_LTLIBRARIES += $(host_plugins)
endif

host_libraries = \
	core/libhost.a \
	core/libsink.a \
	core/libbase.a \
	$(CRYPTO_LIBS) \
	$(CMOCKA_LIBS) \
	$(DL_LIBS) \
	$(THREAD_LIBS)

host_bench = \
	tests/unit/host_bench.c \
	tests/unit/host_bench.h

# Files of its own, and copies of the plugins below.
host_folder = \
	tests/unit/host_folder.c \
	tests/unit/host_folder.h
host_folder_cppflags = $(AM_CPPFLAGS) \
	-DTEST_PLUGINS='"$(abs_builddir)/tests/unit/plugins/.libs"'

# Files and a console.
host_outputs = \
	tests/unit/host_outputs.c \
	tests/unit/host_outputs.h

tests_unit_host_arguments_SOURCES = tests/unit/host_arguments.c $(host_bench)
tests_unit_host_arguments_LDADD = $(host_libraries)

tests_unit_host_child_SOURCES = tests/unit/host_child.c $(host_bench)
tests_unit_host_child_LDADD = $(host_libraries)

tests_unit_host_console_SOURCES = tests/unit/host_console.c $(host_bench) \
	$(host_folder) \
	$(host_outputs)
tests_unit_host_console_CPPFLAGS = $(host_folder_cppflags)
tests_unit_host_console_LDADD = $(host_libraries)

tests_unit_host_contract_SOURCES = tests/unit/host_contract.c $(host_bench)
tests_unit_host_contract_LDADD = $(host_libraries)

tests_unit_host_dispatch_SOURCES = tests/unit/host_dispatch.c $(host_bench)
tests_unit_host_dispatch_LDADD = $(host_libraries)

tests_unit_host_life_SOURCES = tests/unit/host_life.c $(host_bench)
tests_unit_host_life_LDADD = $(host_libraries)

tests_unit_host_loader_SOURCES = tests/unit/host_loader.c $(host_bench) \
	$(host_folder)
tests_unit_host_loader_CPPFLAGS = $(host_folder_cppflags)
tests_unit_host_loader_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=access \
	-Wl,--wrap=dlopen
tests_unit_host_loader_LDADD = $(host_libraries)

tests_unit_host_memory_SOURCES = tests/unit/host_memory.c $(host_bench) \
	$(host_folder) \
	$(failing_memory)
tests_unit_host_memory_CPPFLAGS = $(host_folder_cppflags)
tests_unit_host_memory_LDFLAGS = $(failing_memory_ldflags)
tests_unit_host_memory_LDADD = $(host_libraries)

tests_unit_host_misuse_SOURCES = tests/unit/host_misuse.c $(host_bench)
tests_unit_host_misuse_LDADD = $(host_libraries)

tests_unit_host_offer_SOURCES = tests/unit/host_offer.c $(host_bench)
tests_unit_host_offer_LDADD = $(host_libraries)

tests_unit_host_probe_SOURCES = tests/unit/host_probe.c $(host_bench)
tests_unit_host_probe_LDADD = $(host_libraries)

tests_unit_host_records_SOURCES = tests/unit/host_records.c $(host_bench)
tests_unit_host_records_LDADD = $(host_libraries)

tests_unit_host_run_sink_SOURCES = tests/unit/host_run_sink.c $(host_bench) \
	$(host_folder) \
	$(host_outputs)
tests_unit_host_run_sink_CPPFLAGS = $(host_folder_cppflags)
tests_unit_host_run_sink_LDADD = $(host_libraries)

tests_unit_host_serial_SOURCES = tests/unit/host_serial.c
tests_unit_host_serial_LDADD = $(host_libraries)

tests_unit_host_services_SOURCES = tests/unit/host_services.c $(host_bench)
tests_unit_host_services_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=time
tests_unit_host_services_LDADD = $(host_libraries)

tests_unit_host_settings_SOURCES = tests/unit/host_settings.c $(host_bench)
tests_unit_host_settings_LDADD = $(host_libraries)

tests_unit_host_sink_SOURCES = tests/unit/host_sink.c $(host_bench) \
	$(host_folder) \
	$(host_outputs)
tests_unit_host_sink_CPPFLAGS = $(host_folder_cppflags)
tests_unit_host_sink_LDADD = $(host_libraries)

tests_unit_host_trust_SOURCES = tests/unit/host_trust.c $(host_bench) \
	$(host_folder)
tests_unit_host_trust_CPPFLAGS = $(host_folder_cppflags)
tests_unit_host_trust_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=getauxval \
	-Wl,--wrap=getpwuid \
	-Wl,--wrap=realpath
tests_unit_host_trust_LDADD = $(host_libraries)

# Plugins to load; libtool makes them shared only with an rpath.
host_plugins = \
	tests/unit/plugins/good.la \
	tests/unit/plugins/lingering.la \
	tests/unit/plugins/other-major.la \
	tests/unit/plugins/silent.la
host_plugin_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere

tests_unit_plugins_good_la_SOURCES = tests/unit/plugins/good.c
tests_unit_plugins_good_la_LDFLAGS = $(host_plugin_ldflags)

tests_unit_plugins_lingering_la_SOURCES = tests/unit/plugins/lingering.c
tests_unit_plugins_lingering_la_LDFLAGS = $(host_plugin_ldflags) \
	-Wl,-z,nodelete

tests_unit_plugins_other_major_la_SOURCES = tests/unit/plugins/other-major.c
tests_unit_plugins_other_major_la_LDFLAGS = $(host_plugin_ldflags)

tests_unit_plugins_silent_la_SOURCES = tests/unit/plugins/silent.c
tests_unit_plugins_silent_la_LDFLAGS = $(host_plugin_ldflags)
