/* SPDX-License-Identifier: BSD-2-Clause */
/* Many capture files: more than are open at a time, directories of them, and
 * those that grow. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/capture/input.h"
#include "tests/unit/capture_bench.h"

#define FILES 50u

/* A file of `count` packets from the second `first` on, `step` apart. */
static void write_file(
    const char *name, uint32_t first, uint32_t step, unsigned count)
{
	struct capture capture = {.link_type = 1};

	capture_begin(&capture);
	for (unsigned i = 0; i < count; i++)
		capture_packet(
		    &capture, first + i * step, 0, 4, 4, (uint8_t)first);
	capture_write(&capture, name);
}

/* Another packet, at the end of a file. */
static void append_packet(const char *name, uint32_t second, uint8_t fill)
{
	struct capture capture = {0};
	int descriptor = open(name, O_WRONLY | O_APPEND);

	assert_true(descriptor >= 0);
	capture_packet(&capture, second, 0, 4, 4, fill);
	assert_int_equal(
	    write(descriptor, capture.bytes.bytes, capture.bytes.length),
	    capture.bytes.length);
	close(descriptor);
	buffer_free(&capture.bytes);
}

static void expect_in_order(const struct bench *bench, size_t count)
{
	assert_int_equal(bench->packets, count);
	for (size_t i = 1; i < count; i++) {
		assert_true(bench->seen[i - 1].packet.ts_ns <=
		    bench->seen[i].packet.ts_ns);
		assert_int_equal(bench->seen[i].packet.number, i + 1);
	}
}

static enum source_error open_directory(
    struct bench *bench, const char *name, bool follow)
{
	const struct source_config config = {
	    .names = &name,
	    .count = 1,
	    .follow = follow,
	};

	return bench_open_config(bench, &config);
}

static void many_files_are_merged(void **state)
{
	struct bench *bench = *state;
	char names[FILES][16];
	const char *pointers[FILES];
	const struct source_config config = {.names = pointers, .count = FILES};

	/* They interleave, and are named in another order than their time's. */
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "file%u", i);
		pointers[i] = names[i];
		write_file(names[i], (i * 7) % FILES, 20, 9);
	}
	assert_int_equal(bench_open_config(bench, &config), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	expect_in_order(bench, FILES * 9);
	bench_expect_silence(bench);
}

static void directory_is_its_files(void **state)
{
	struct bench *bench = *state;
	char name[32];

	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkdir("folder/below", 0700), 0);
	write_file("folder/below/not", 1, 1, 1);
	write_file("folder/.hidden", 1, 1, 1);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "folder/%02u.pcap", i);
		write_file(name, FILES - i, 0, 2);
	}
	assert_int_equal(open_directory(bench, "folder", false), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "50 files");
	assert_int_equal(bench_drain(bench), SOURCE_END);
	expect_in_order(bench, FILES * 2);
	bench_expect_silence(bench);

	file_write("folder/README", "no capture", 10);
	assert_int_equal(open_directory(bench, "folder/", false), SOURCE_OK);
	bench_expect_message(bench,
	    "folder/: passed over 1 file without a capture's header (README)");
	assert_int_equal(bench_drain(bench), SOURCE_END);
	expect_in_order(bench, FILES * 2);
}

/* One that is damaged costs what is behind the damage, of that file alone, and
 * an empty one nothing. */
static void damaged_file_among_many(void **state)
{
	struct bench *bench = *state;
	char name[32];

	assert_int_equal(mkdir("folder", 0700), 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "folder/%02u.pcap", i);
		write_file(name, i, 1, i == 20 ? 0 : 3);
	}
	assert_int_equal(truncate("folder/30.pcap", 24 + 20 + 5), 0);
	assert_int_equal(open_directory(bench, "folder", false), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
	expect_in_order(bench, (FILES - 2) * 3 + 1);
	bench_expect_message(
	    bench, "folder/30.pcap: damaged at byte offset 49");
}

static void soft_limit_of_descriptors_is_raised(void **state)
{
	struct bench *bench = *state;
	struct rlimit before;
	struct rlimit few;
	char name[32];

	assert_int_equal(mkdir("folder", 0700), 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "folder/%02u.pcap", i);
		write_file(name, i, 1, 1);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 30;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(open_directory(bench, "folder", false), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	expect_in_order(bench, FILES);
	setrlimit(RLIMIT_NOFILE, &before);
}

static enum source_status poll_some(struct bench *bench, size_t packets)
{
	enum source_status status = SOURCE_MORE;

	for (unsigned i = 0; i < 40 && bench->packets < packets; i++)
		status = source_poll(bench->source);
	return status;
}

static void growing_file_is_followed(void **state)
{
	struct bench *bench = *state;

	write_file("grows", 1, 1, 2);
	assert_int_equal(open_directory(bench, "grows", true), SOURCE_OK);
	poll_some(bench, 2);
	expect_in_order(bench, 2);
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	append_packet("grows", 10, 'a');
	poll_some(bench, 3);
	expect_in_order(bench, 3);
	/* Half a packet is none yet. */
	append_packet("grows", 11, 'b');
	assert_int_equal(truncate("grows", 24 + 4 * 20 - 3), 0);
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	expect_in_order(bench, 3);
	source_stop(bench->source);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	bench_expect_silence(bench);
}

/* What is written into it afterwards does not follow what was read. */
static void growing_file_that_is_cut_off_is_damaged(void **state)
{
	struct bench *bench = *state;

	write_file("grows", 1, 1, 9);
	assert_int_equal(open_directory(bench, "grows", true), SOURCE_OK);
	poll_some(bench, 9);
	write_file("grows", 20, 1, 3);
	assert_int_equal(poll_some(bench, 10), SOURCE_DAMAGED);
	expect_in_order(bench, 9);
	bench_expect_message(bench,
	    "grows: damaged at byte offset 204, behind "
	    "packet 9: it was cut off while it grew");
}

static void growing_directory_is_followed(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(open_directory(bench, "folder", true), SOURCE_OK);
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	write_file("folder/1", 1, 1, 2);
	poll_some(bench, 2);
	expect_in_order(bench, 2);
	append_packet("folder/1", 4, 'a');
	poll_some(bench, 3);
	expect_in_order(bench, 3);
	/* The next one is there, but has no header yet, also when it is looked
	 * for the next time. */
	file_write("folder/2", "\xd4\xc3", 2);
	for (unsigned i = 0; i < 13; i++)
		assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	append_packet("folder/1", 5, 'a');
	poll_some(bench, 4);
	expect_in_order(bench, 4);
	write_file("folder/2", 6, 1, 3);
	poll_some(bench, 7);
	expect_in_order(bench, 7);
	/* The first one ended where it was. */
	append_packet("folder/1", 9, 'a');
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	expect_in_order(bench, 7);
	bench_expect_silence(bench);
}

/* What was there before the last one is complete, and costs a descriptor. */
static void many_files_of_a_directory_that_is_followed(void **state)
{
	struct bench *bench = *state;
	char name[32];
	unsigned asleep = 0;

	assert_int_equal(mkdir("folder", 0700), 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "folder/%02u.pcap", i);
		write_file(name, i, 1, 3);
	}
	assert_int_equal(open_directory(bench, "folder", true), SOURCE_OK);
	for (size_t i = 0; i < bench->source->count; i++)
		asleep += bench->source->inputs[i]->asleep;
	assert_in_range(asleep, FILES - 20, FILES - 1);
	poll_some(bench, FILES * 3);
	expect_in_order(bench, FILES * 3);
	append_packet("folder/03.pcap", 99, 'a');
	snprintf(name, sizeof(name), "folder/%02u.pcap", FILES - 1);
	append_packet(name, 100, 'b');
	poll_some(bench, FILES * 3 + 1);
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	expect_in_order(bench, FILES * 3 + 1);
	assert_int_equal(bench->seen[FILES * 3].first, 'b');
	bench_expect_silence(bench);
}

/* Many link types cost one program each, and one message where there is none. */
static void many_link_types_are_filtered(void **state)
{
	struct bench *bench = *state;
	struct capture capture;
	char names[FILES][16];
	const char *pointers[FILES];
	const struct source_config config = {
	    .names = pointers, .count = FILES, .filter = "greater 1"};

	for (unsigned i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "file%u", i);
		pointers[i] = names[i];
		capture = (struct capture){.link_type = i == 0 ? 1 : 60000 + i};
		capture_begin(&capture);
		for (uint32_t j = 1; j <= 3; j++)
			capture_packet(&capture, j, 0, 4, 4, 'a');
		capture_write(&capture, names[i]);
	}
	assert_int_equal(bench_open_config(bench, &config), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 3);
	bench_listen(bench);
	assert_int_equal(bench->count, FILES - 1);
}

/* It is there, but nobody can open it: the others are read. */
static void unreadable_file_of_a_directory_is_told_of(void **state)
{
	struct bench *bench = *state;

	if (geteuid() == 0)
		skip();
	assert_int_equal(mkdir("folder", 0700), 0);
	write_file("folder/1", 1, 1, 2);
	write_file("folder/2", 3, 1, 2);
	assert_int_equal(chmod("folder/1", 0), 0);
	assert_int_equal(open_directory(bench, "folder", false), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
	assert_int_equal(bench->packets, 2);
	bench_expect_message(bench, "cannot open folder/1: Permission denied");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(many_files_are_merged),
	    TEST(directory_is_its_files),
	    TEST(damaged_file_among_many),
	    TEST(soft_limit_of_descriptors_is_raised),
	    TEST(growing_file_is_followed),
	    TEST(growing_file_that_is_cut_off_is_damaged),
	    TEST(growing_directory_is_followed),
	    TEST(many_files_of_a_directory_that_is_followed),
	    TEST(many_link_types_are_filtered),
	    TEST(unreadable_file_of_a_directory_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
