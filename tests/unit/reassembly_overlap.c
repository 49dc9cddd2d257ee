/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies that differ, behind a hole: whose bytes count under each policy, and
 * what is counted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/reassembly/half.h"
#include "tests/unit/failing_memory.h"

static char story[1000];
static struct counters counters;
static struct budget budget;

static void on_data(void *context, const struct tcpflow_chunk *chunk)
{
	(void)context;
	strncat(story, (const char *)chunk->bytes, chunk->len);
}

static void on_gap(void *context, const struct tcpflow_gap *gap)
{
	(void)context;
	snprintf(story + strlen(story), sizeof(story) - strlen(story), "[%u]",
	    (unsigned)gap->len);
}

static void on_eof(void *context, const struct half *half)
{
	(void)context;
	(void)half;
	strcat(story, "$");
}

static struct half_environment environment = {
    .limits = {.budget = &budget, .counters = &counters},
    .data = on_data,
    .gap = on_gap,
    .eof = on_eof,
};

static struct half half;

static void begin_with(enum overlap_policy policy)
{
	story[0] = '\0';
	allocations_succeed();
	counters = (struct counters){{0}};
	budget = (struct budget){.limit = 1 << 24};
	environment.limits.bytes = 1 << 20;
	environment.limits.pieces = 4096;
	environment.limits.overlap = policy;
	half_init(&half, &environment, NULL, TCPFLOW_C2S);
	half_start(&half, 1000);
}

static int begin(void **state)
{
	(void)state;
	begin_with(OVERLAP_FIRST);
	return 0;
}

static int end(void **state)
{
	(void)state;
	allocations_succeed();
	half_clear(&half);
	return budget.used == 0 ? 0 : -1;
}

static void receive_cut(
    int64_t offset, const char *text, uint32_t missing, uint64_t awaits)
{
	const struct half_segment segment = {
	    .offset = offset,
	    .bytes = (const uint8_t *)text,
	    .length = (uint32_t)strlen(text),
	    .missing = missing,
	    .awaits = awaits,
	};

	half_receive(&half, &segment, 0);
}

static void receive(int64_t offset, const char *text)
{
	receive_cut(offset, text, 0, 0);
}

/* The stored segment is OOOO at 4, the new one N's; what counts between. */
struct row {
	const char *name;
	int64_t from;
	const char *new;
	const char *common[OVERLAP_POLICIES]; /* from 4 to 8 */
};

static const struct row rows[] = {
    {"same start, new is shorter", 4, "NN",
	{"OOOO", "NNOO", "OOOO", "OOOO", "OOOO", "OOOO"}},
    {"same start, same end", 4, "NNNN",
	{"OOOO", "NNNN", "OOOO", "OOOO", "OOOO", "NNNN"}},
    {"same start, new is longer", 4, "NNNNN",
	{"OOOO", "NNNN", "OOOO", "NNNN", "OOOO", "NNNN"}},
    {"new starts before, ends before", 3, "NNN",
	{"OOOO", "NNOO", "NNOO", "NNOO", "NNOO", "OOOO"}},
    {"new starts before, ends there", 3, "NNNNN",
	{"OOOO", "NNNN", "NNNN", "NNNN", "NNNN", "NNNN"}},
    {"new starts before, ends behind", 3, "NNNNNN",
	{"OOOO", "NNNN", "NNNN", "NNNN", "NNNN", "NNNN"}},
    {"new starts after, ends before", 5, "NN",
	{"OOOO", "ONNO", "OOOO", "OOOO", "OOOO", "OOOO"}},
    {"new starts after, ends there", 5, "NNN",
	{"OOOO", "ONNN", "OOOO", "OOOO", "OOOO", "OOOO"}},
    {"new starts after, ends behind", 5, "NNNN",
	{"OOOO", "ONNN", "OOOO", "OOOO", "OOOO", "ONNN"}},
};

static void each_row_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned policy = 0; policy < OVERLAP_POLICIES; policy++) {
			char got[5] = "";

			half_clear(&half);
			begin_with((enum overlap_policy)policy);
			receive(4, "OOOO");
			receive(rows[i].from, rows[i].new);
			receive(0, rows[i].from < 4 ? "aaa" : "aaaa");
			memcpy(got, story + 4, 4);
			if (strcmp(got, rows[i].common[policy]) != 0)
				print_error("%s, %s\n", overlap_names[policy],
				    rows[i].name);
			assert_string_equal(got, rows[i].common[policy]);
			assert_int_equal(
			    counters.value[COUNTER_OVERLAP_CONFLICTS], 1);
		}
	}
}

/* A segment that fills the hole is one segment, though its beginning goes up
 * at once. */
static void what_fills_the_hole_starts_before(void **state)
{
	(void)state;
	begin_with(OVERLAP_BSD);
	receive(4, "OOOO");
	receive(0, "NNNNNN");
	assert_string_equal(story, "NNNNNNOO");
}

static void what_was_delivered_stays(void **state)
{
	(void)state;
	begin_with(OVERLAP_LAST);
	receive(0, "OOOO");
	receive(0, "NNNNN");
	assert_string_equal(story, "OOOON");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 0);
}

static void each_policy_counts_a_difference_once(void **state)
{
	(void)state;
	begin_with(OVERLAP_LAST);
	receive(4, "OOOO");
	receive(4, "OOOO");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 0);
	receive(4, "NNNN");
	receive(4, "NNNN");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 1);
	assert_int_equal(counters.value[COUNTER_BYTES_DUPLICATE], 12);
}

/* RFC 9293, section 3.8.4: its one byte means nothing. */
static void a_keep_alive_probe_is_no_conflict(void **state)
{
	(void)state;
	begin_with(OVERLAP_LAST);
	receive(4, "OOOO");
	receive(7, "?");
	receive(0, "aaaa");
	assert_string_equal(story, "aaaaOOOO");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 0);
}

/* Even where only one byte of a segment is not delivered yet. */
static void the_last_byte_of_a_longer_segment_is_no_probe(void **state)
{
	(void)state;
	receive(3, "?");
	receive(0, "abcd");
	assert_string_equal(story, "abc?");
	assert_int_equal(counters.value[COUNTER_OVERLAP_CONFLICTS], 1);
}

static void bytes_count_before_what_was_cut(void **state)
{
	(void)state;
	receive_cut(4, "ab", 6, 0);
	receive(8, "ef");
	receive(0, "0123");
	assert_string_equal(story, "0123ab[2]ef[2]");
}

/* Once it waited for what its first captured copy acknowledged. */
static void a_copy_that_awaits_less_lets_its_bytes_go(void **state)
{
	(void)state;
	receive_cut(0, "abcdef", 0, 9);
	assert_string_equal(story, "");
	receive_cut(0, "abc", 0, 5);
	assert_true(half_drain(&half, 5));
	assert_string_equal(story, "abc");
	receive_cut(4, "e", 0, 0);
	assert_false(half_drain(&half, 8));
	assert_true(half_drain(&half, 9));
	assert_string_equal(story, "abcdef");
}

static void new_bytes_wait_for_what_they_acknowledge(void **state)
{
	(void)state;
	begin_with(OVERLAP_LAST);
	receive_cut(2, "OOOO", 0, 1);
	receive_cut(3, "NN", 0, 5);
	receive(0, "aa");
	assert_true(half_drain(&half, 4));
	assert_string_equal(story, "aaO");
	assert_true(half_drain(&half, 5));
	assert_string_equal(story, "aaONNO");
}

/* BAD_INPUT 47: the right bytes, with no memory to split a piece. */
static void without_memory_the_policy_still_holds(void **state)
{
	(void)state;
	begin_with(OVERLAP_LAST);
	receive(2, "OOOO");
	allocations_fail_from(1);
	receive_cut(3, "NN", 0, 5);
	receive_cut(2, "ONNO", 0, 0);
	receive(0, "aa");
	half_drain(&half, 5);
	assert_string_equal(story, "aaONNO");
}

/* BAD_INPUT 47: a cut piece that cannot be split stays a gap. */
static void without_memory_what_was_cut_stays_a_gap(void **state)
{
	(void)state;
	receive_cut(2, "", 6, 0);
	allocations_fail_from(1);
	receive(4, "xx");
	receive(0, "aa");
	assert_string_equal(story, "aa[6]");
	assert_int_equal(counters.value[COUNTER_BYTES_SHED], 2);
	assert_int_equal(counters.value[COUNTER_BYTES_DUPLICATE], 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
	    TEST(each_row_of_the_table),
	    TEST(what_fills_the_hole_starts_before),
	    TEST(what_was_delivered_stays),
	    TEST(each_policy_counts_a_difference_once),
	    TEST(a_keep_alive_probe_is_no_conflict),
	    TEST(the_last_byte_of_a_longer_segment_is_no_probe),
	    TEST(bytes_count_before_what_was_cut),
	    TEST(a_copy_that_awaits_less_lets_its_bytes_go),
	    TEST(new_bytes_wait_for_what_they_acknowledge),
	    TEST(without_memory_the_policy_still_holds),
	    TEST(without_memory_what_was_cut_stays_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
