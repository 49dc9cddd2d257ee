/* SPDX-License-Identifier: BSD-2-Clause */
/* Several capture files as one stream, in order of time; and what is left where
 * one of them is bad or memory runs out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/capture_bench.h"
#include "tests/unit/failing_memory.h"

#define FILES 50u

/* A packet a second from `from` on, every `step` seconds. */
static void write_file(const char *name, uint32_t link_type, uint32_t from,
    uint32_t step, uint32_t count)
{
	struct capture capture = {.link_type = link_type};

	capture_begin(&capture);
	for (uint32_t i = 0; i < count; i++)
		capture_packet(&capture, from + i * step, 0, 60, 60,
		    (uint8_t)(from + i * step));
	capture_write(&capture, name);
}

static void files_are_merged_by_time(void **state)
{
	struct bench *bench = *state;

	write_file("even", 1, 10, 2, 5);
	write_file("odd", 101, 11, 2, 5);
	assert_int_equal(bench_open(bench, "odd", "even", NULL), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "2 files");
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 10);
	for (size_t i = 0; i < 10; i++) {
		const struct packet *packet = &bench->seen[i].packet;

		assert_int_equal(packet->number, i + 1);
		assert_int_equal(packet->ts_ns, (10 + i) * SECOND);
		assert_int_equal(bench->seen[i].first, 10 + i);
		assert_string_equal(packet->source, i % 2 ? "odd" : "even");
		assert_int_equal(packet->link_type, i % 2 ? 101 : 1);
	}
}

static void equal_times_come_in_order_of_naming(void **state)
{
	struct bench *bench = *state;

	write_file("a", 1, 7, 0, 3);
	write_file("b", 1, 7, 0, 3);
	assert_int_equal(bench_open(bench, "b", "a", NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(
		    bench->seen[i].packet.source, i < 3 ? "b" : "a");
}

/* What is out of order within a file stays so: its packets are not lost. */
static void a_file_out_of_order_keeps_its_own(void **state)
{
	struct bench *bench = *state;
	struct capture capture = {.link_type = 1};

	capture_begin(&capture);
	capture_packet(&capture, 30, 0, 1, 1, 1);
	capture_packet(&capture, 10, 0, 1, 1, 2);
	capture_packet(&capture, 40, 0, 1, 1, 3);
	capture_write(&capture, "a");
	write_file("b", 1, 20, 15, 2);
	assert_int_equal(bench_open(bench, "a", "b", NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 5);
	assert_int_equal(bench->seen[0].first, 20);
	assert_int_equal(bench->seen[1].first, 1);
	assert_int_equal(bench->seen[2].first, 2);
	assert_int_equal(bench->seen[3].first, 35);
	assert_int_equal(bench->seen[4].first, 3);
}

static void many_files_are_merged(void **state)
{
	struct bench *bench = *state;
	static char names[FILES][8];
	const char *pointers[FILES];
	const struct source_config config = {.names = pointers, .count = FILES};

	for (uint32_t i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "%u", i);
		pointers[i] = names[i];
		write_file(names[i], 1, 1 + i * 37 % FILES, FILES, 200);
	}
	assert_int_equal(bench_open_config(bench, &config), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 200 * FILES);
	for (size_t i = 0; i < bench->packets; i++) {
		assert_int_equal(bench->seen[i].packet.ts_ns, (1 + i) * SECOND);
		assert_int_equal(bench->seen[i].packet.number, i + 1);
	}
}

static void damage_in_one_leaves_the_others(void **state)
{
	struct bench *bench = *state;
	struct capture capture = {.link_type = 1};

	capture_begin(&capture);
	capture_packet(&capture, 11, 0, 1, 1, 1);
	capture_packet(&capture, 13, 0, 100, 100, 2);
	capture.bytes.length -= 50;
	capture_write(&capture, "cut");
	write_file("whole", 1, 10, 2, 10);
	assert_int_equal(bench_open(bench, "cut", "whole", NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
	assert_int_equal(bench->packets, 11);
	bench_expect_message(
	    bench, "cut: damaged at byte offset 107, behind packet 2: ");
}

static void one_that_cannot_be_read_ends_it(void **state)
{
	struct bench *bench = *state;

	write_file("good", 1, 1, 1, 1);
	assert_int_equal(
	    bench_open(bench, "good", "absent", NULL), SOURCE_UNREADABLE);
	bench_expect_message(bench, "cannot open absent");
	assert_int_equal(bench->packets, 0);
}

/* Each file has a link layer of its own, and so a filter of its own. */
static void filter_fits_each_link_type(void **state)
{
	static const uint8_t ethernet[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2,
	    8, 0, 0x45, 0, 0, 20, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192,
	    0, 2, 2};
	struct bench *bench = *state;
	struct capture capture = {.link_type = 1};
	struct source_counts counts;

	capture_begin(&capture);
	capture_packet(&capture, 1, 0, sizeof(ethernet), 60, 0);
	memcpy(capture.bytes.bytes + 40, ethernet, sizeof(ethernet));
	capture_packet(&capture, 2, 0, 60, 60, 0);
	capture_write(&capture, "ethernet");
	capture.link_type = 101;
	capture_begin(&capture);
	capture_packet(&capture, 1, 0, sizeof(ethernet) - 14, 60, 0);
	memcpy(capture.bytes.bytes + 40, ethernet + 14, sizeof(ethernet) - 14);
	capture_packet(&capture, 2, 0, 60, 60, 0);
	capture_write(&capture, "raw");
	assert_int_equal(
	    bench_open(bench, "ethernet", "raw", "host 192.0.2.1"), SOURCE_OK);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 4);
	assert_int_equal(counts.filtered, 2);
	assert_int_equal(bench->packets, 2);
	assert_string_equal(bench->seen[0].packet.source, "ethernet");
	assert_string_equal(bench->seen[1].packet.source, "raw");
	assert_int_equal(bench->seen[1].packet.number, 2);
}

static void stopped_at_the_packet_in_hand(void **state)
{
	struct bench *bench = *state;
	struct source_counts counts;

	write_file("a", 1, 10, 2, 5);
	write_file("b", 1, 11, 2, 5);
	bench->stop_at = 3;
	assert_int_equal(bench_open(bench, "a", "b", NULL), SOURCE_OK);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 3);
	assert_int_equal(bench->packets, 3);
}

/* Every allocation of ours fails once: either it is said, or all goes well. */
static void each_allocation_may_fail(void **state)
{
	struct bench *bench = *state;
	unsigned failures = 0;

	write_file("a", 1, 10, 2, 5);
	write_file("b", 1, 11, 2, 5);
	for (unsigned nth = 1, seen = 1; seen >= nth - 1; nth++) {
		enum source_error error;
		enum source_status status = SOURCE_END;

		assert_in_range(nth, 1, 100);
		allocation_fails_once(nth);
		error = bench_open(bench, "a", "b", NULL);
		if (error == SOURCE_OK)
			status = bench_drain(bench);
		seen = allocations_seen();
		allocations_succeed();
		if (error == SOURCE_OK && status == SOURCE_END) {
			assert_int_equal(bench->packets, 10);
			bench_expect_silence(bench);
			continue;
		}
		bench_expect_message(bench, "out of memory");
		failures++;
	}
	assert_true(failures >= 2);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(files_are_merged_by_time),
	    TEST(equal_times_come_in_order_of_naming),
	    TEST(a_file_out_of_order_keeps_its_own),
	    TEST(many_files_are_merged),
	    TEST(damage_in_one_leaves_the_others),
	    TEST(one_that_cannot_be_read_ends_it),
	    TEST(filter_fits_each_link_type),
	    TEST(stopped_at_the_packet_in_hand),
	    TEST(each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
