# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of core/base.

if HAVE_CMOCKA
base_tests = \
	tests/unit/base_base64 \
	tests/unit/base_blocks \
	tests/unit/base_budget \
	tests/unit/base_buffer \
	tests/unit/base_community_id \
	tests/unit/base_counters \
	tests/unit/base_cursor \
	tests/unit/base_decimal \
	tests/unit/base_digest \
	tests/unit/base_escape \
	tests/unit/base_flow_key \
	tests/unit/base_hash \
	tests/unit/base_heap \
	tests/unit/base_json \
	tests/unit/base_log \
	tests/unit/base_parse \
	tests/unit/base_pool \
	tests/unit/base_sequence \
	tests/unit/base_timestamp \
	tests/unit/base_tree \
	tests/unit/base_wheel \
	tests/unit/base_write
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
endif

base_libraries = \
	core/libbase.a \
	$(CRYPTO_LIBS) \
	$(CMOCKA_LIBS)

# What these tests make fail.
base_wraps = \
	-Wl,--wrap=realloc

tests_unit_base_base64_SOURCES = tests/unit/base_base64.c
tests_unit_base_base64_LDADD = $(base_libraries)

tests_unit_base_budget_SOURCES = tests/unit/base_budget.c
tests_unit_base_budget_LDADD = $(base_libraries)

tests_unit_base_buffer_SOURCES = tests/unit/base_buffer.c
tests_unit_base_buffer_LDFLAGS = $(AM_LDFLAGS) $(base_wraps)
tests_unit_base_buffer_LDADD = $(base_libraries)

tests_unit_base_community_id_SOURCES = tests/unit/base_community_id.c
tests_unit_base_community_id_LDFLAGS = $(AM_LDFLAGS) $(base_wraps)
tests_unit_base_community_id_LDADD = $(base_libraries)

tests_unit_base_counters_SOURCES = tests/unit/base_counters.c
tests_unit_base_counters_LDADD = $(base_libraries)

tests_unit_base_cursor_SOURCES = tests/unit/base_cursor.c
tests_unit_base_cursor_LDADD = $(base_libraries)

tests_unit_base_decimal_SOURCES = tests/unit/base_decimal.c
tests_unit_base_decimal_LDADD = $(base_libraries)

tests_unit_base_digest_SOURCES = tests/unit/base_digest.c
tests_unit_base_digest_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc
tests_unit_base_digest_LDADD = $(base_libraries)

tests_unit_base_escape_SOURCES = tests/unit/base_escape.c
tests_unit_base_escape_LDADD = $(base_libraries)

tests_unit_base_flow_key_SOURCES = tests/unit/base_flow_key.c
tests_unit_base_flow_key_LDADD = $(base_libraries)

tests_unit_base_hash_SOURCES = tests/unit/base_hash.c
tests_unit_base_hash_LDADD = $(base_libraries)

tests_unit_base_heap_SOURCES = tests/unit/base_heap.c
tests_unit_base_heap_LDFLAGS = $(AM_LDFLAGS) $(base_wraps)
tests_unit_base_heap_LDADD = $(base_libraries)

tests_unit_base_json_SOURCES = tests/unit/base_json.c
tests_unit_base_json_LDFLAGS = $(AM_LDFLAGS) $(base_wraps)
tests_unit_base_json_LDADD = $(base_libraries)

tests_unit_base_log_SOURCES = tests/unit/base_log.c
tests_unit_base_log_LDFLAGS = $(AM_LDFLAGS) $(base_wraps)
tests_unit_base_log_LDADD = $(base_libraries)

tests_unit_base_parse_SOURCES = tests/unit/base_parse.c
tests_unit_base_parse_LDADD = $(base_libraries)

tests_unit_base_blocks_SOURCES = tests/unit/base_blocks.c
tests_unit_base_blocks_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=aligned_alloc
tests_unit_base_blocks_LDADD = $(base_libraries)

tests_unit_base_pool_SOURCES = tests/unit/base_pool.c
tests_unit_base_pool_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=aligned_alloc
tests_unit_base_pool_LDADD = $(base_libraries)

tests_unit_base_sequence_SOURCES = tests/unit/base_sequence.c
tests_unit_base_sequence_LDADD = $(base_libraries)

tests_unit_base_timestamp_SOURCES = tests/unit/base_timestamp.c
tests_unit_base_timestamp_LDADD = $(base_libraries)

tests_unit_base_tree_SOURCES = tests/unit/base_tree.c
tests_unit_base_tree_LDADD = $(base_libraries)

tests_unit_base_wheel_SOURCES = tests/unit/base_wheel.c
tests_unit_base_wheel_LDADD = $(base_libraries)

tests_unit_base_write_SOURCES = tests/unit/base_write.c
tests_unit_base_write_LDADD = $(base_libraries)
