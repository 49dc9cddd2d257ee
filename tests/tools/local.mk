# SPDX-License-Identifier: BSD-2-Clause
# Programs that tests use.

check_PROGRAMS += \
	tests/tools/packets \
	tests/tools/peak \
	tests/tools/recapture \
	tests/tools/resegment
tests_tools_packets_SOURCES = tests/tools/packets.c
tests_tools_peak_SOURCES = tests/tools/peak.c
tests_tools_recapture_SOURCES = tests/tools/recapture.c
tests_tools_recapture_CPPFLAGS = $(AM_CPPFLAGS) $(PCAP_CFLAGS)
tests_tools_recapture_LDADD = \
	core/libbase.a \
	$(PCAP_LIBS)
tests_tools_resegment_SOURCES = tests/tools/resegment.c
tests_tools_resegment_CPPFLAGS = $(AM_CPPFLAGS) $(PCAP_CFLAGS)
tests_tools_resegment_LDADD = \
	core/libdecode.a \
	core/libbase.a \
	$(PCAP_LIBS)
check_LTLIBRARIES += tests/tools/failing.la
tests_tools_failing_la_SOURCES = tests/tools/failing.c
tests_tools_failing_la_LIBADD = $(DL_LIBS)
tests_tools_failing_la_LDFLAGS = -module -avoid-version -rpath /nowhere
EXTRA_DIST += tests/tools/follow tests/tools/validate
