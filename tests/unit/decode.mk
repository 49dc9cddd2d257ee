# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/decode, which is linked with core/base alone.

if HAVE_CMOCKA
decode_tests = \
	tests/unit/decode_checksum \
	tests/unit/decode_fragments \
	tests/unit/decode_link \
	tests/unit/decode_network \
	tests/unit/decode_plain \
	tests/unit/decode_random \
	tests/unit/decode_tcp \
	tests/unit/decode_tunnel \
	tests/unit/decode_wireless
check_PROGRAMS += $(decode_tests)
TESTS += $(decode_tests)
endif

decode_libraries = \
	core/libdecode.a \
	core/libbase.a \
	$(CMOCKA_LIBS)

decode_bench = \
	tests/unit/decode_bench.c \
	tests/unit/decode_bench.h

tests_unit_decode_checksum_SOURCES = \
	tests/unit/decode_checksum.c $(decode_bench)
tests_unit_decode_checksum_LDADD = $(decode_libraries)

tests_unit_decode_fragments_SOURCES = \
	tests/unit/decode_fragments.c $(decode_bench) $(failing_memory)
tests_unit_decode_fragments_LDFLAGS = $(failing_memory_ldflags)
tests_unit_decode_fragments_LDADD = $(decode_libraries)

tests_unit_decode_tunnel_SOURCES = tests/unit/decode_tunnel.c $(decode_bench)
tests_unit_decode_tunnel_LDADD = $(decode_libraries)

tests_unit_decode_wireless_SOURCES = \
	tests/unit/decode_wireless.c $(decode_bench)
tests_unit_decode_wireless_LDADD = $(decode_libraries)

tests_unit_decode_link_SOURCES = tests/unit/decode_link.c $(decode_bench)
tests_unit_decode_link_LDADD = $(decode_libraries)

tests_unit_decode_network_SOURCES = tests/unit/decode_network.c $(decode_bench)
tests_unit_decode_network_LDADD = $(decode_libraries)

tests_unit_decode_plain_SOURCES = tests/unit/decode_plain.c
tests_unit_decode_plain_LDADD = $(decode_libraries)

tests_unit_decode_random_SOURCES = tests/unit/decode_random.c $(decode_bench)
tests_unit_decode_random_LDADD = $(decode_libraries)

tests_unit_decode_tcp_SOURCES = tests/unit/decode_tcp.c $(decode_bench)
tests_unit_decode_tcp_LDADD = $(decode_libraries)
