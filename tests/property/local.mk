# SPDX-License-Identifier: BSD-2-Clause
# Random schedules through the flow table and a reference that is slow and
# simple. SCHEDULES in the environment says how many.

check_PROGRAMS += tests/property/reassembly
TESTS += tests/property/reassembly

tests_property_reassembly_SOURCES = \
	tests/property/capture.c \
	tests/property/converse.c \
	tests/property/listener.c \
	tests/property/listener.h \
	tests/property/reassembly.c \
	tests/property/reference.c \
	tests/property/reference.h \
	tests/property/schedule.h \
	tests/property/transcript.c \
	tests/property/transcript.h
tests_property_reassembly_LDADD = \
	core/libflow.a \
	core/libreassembly.a \
	core/libdecode.a \
	core/libbase.a
dist_check_SCRIPTS += tests/property/planted

# Proves that they can fail: a bug at a time in a copy of core. It takes minutes.
check-planted:
	CC='$(CC)' abs_srcdir='$(abs_srcdir)' $(srcdir)/tests/property/planted
.PHONY: check-planted
