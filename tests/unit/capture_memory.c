/* SPDX-License-Identifier: BSD-2-Clause */
/* Each allocation fails once while captures of all forms are read (BAD_INPUT
 * 47): either it is said, or every packet came. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "tests/unit/capture_bench.h"
#include "tests/unit/failing_memory.h"

#define FILES 20u /* so many that some sleep         */
#define FOLLOWED 4u
#define PACKETS 5u
#define LARGE (1u << 20)

static struct capture make_capture(uint32_t first)
{
	struct capture capture = {.link_type = 1};

	capture_begin(&capture);
	for (uint32_t i = 0; i < PACKETS; i++)
		capture_packet(
		    &capture, first + i * FILES, 0, 60, 60, (uint8_t)i);
	return capture;
}

static void write_file(const char *name, uint32_t first)
{
	struct capture capture = make_capture(first);

	capture_write(&capture, name);
}

static void write_packed(const char *name, uint32_t first)
{
	struct capture capture = make_capture(first);
	char packed[4096];
	size_t length = ZSTD_compress(packed, sizeof(packed),
	    capture.bytes.bytes, capture.bytes.length, 3);

	assert_false(ZSTD_isError(length));
	file_write(name, packed, length);
	buffer_free(&capture.bytes);
}

/* Every second file is packed. */
static void write_directory(const char *directory, uint32_t files)
{
	char name[64];

	assert_int_equal(mkdir(directory, 0700), 0);
	for (uint32_t i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "%s/%02u", directory, i);
		if (i % 2 == 0)
			write_file(name, i);
		else
			write_packed(name, i);
	}
}

/* The wire's bytes, each block of its own length. */
static void write_sections(const char *name)
{
	static const uint8_t section[] = {0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0,
	    0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 28, 0, 0, 0};
	static const uint8_t interface[] = {
	    1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0};
	static const uint8_t keys[] = {10, 0, 0, 0, 24, 0, 0, 0, 'K', 'S', 'L',
	    'T', 3, 0, 0, 0, 'k', 'e', 'y', 0, 24, 0, 0, 0};
	static const uint8_t packet[] = {6, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 'd', 'a', 't', 'a', 36,
	    0, 0, 0};
	struct buffer bytes = {0};

	for (unsigned i = 0; i < 2; i++) {
		buffer_append(&bytes, section, sizeof(section));
		buffer_append(&bytes, interface, sizeof(interface));
		buffer_append(&bytes, interface, sizeof(interface));
		buffer_append(&bytes, keys, sizeof(keys));
		buffer_append(&bytes, packet, sizeof(packet));
	}
	file_write(name, bytes.bytes, bytes.length);
	buffer_free(&bytes);
}

/* All there is, or to where it fails.  A source that follows never ends. */
static enum source_status drain(struct bench *bench, size_t packets)
{
	enum source_status status = SOURCE_MORE;
	unsigned idle = 0;

	while (bench->packets < packets && idle < 3 &&
	    (status == SOURCE_MORE || status == SOURCE_IDLE)) {
		status = source_poll(bench->source);
		idle = status == SOURCE_IDLE ? idle + 1 : 0;
	}
	if (bench->packets == packets &&
	    (status == SOURCE_MORE || status == SOURCE_IDLE))
		status = SOURCE_END;
	source_close(&bench->source);
	return status;
}

static void expect_all_or_a_message(
    struct bench *bench, const struct source_config *config, size_t packets)
{
	unsigned failures = 0;

	for (unsigned nth = 1, seen = 1; seen >= nth - 1; nth++) {
		enum source_error error;
		enum source_status status = SOURCE_END;

		assert_in_range(nth, 1, 1000);
		allocation_fails_once(nth);
		error = bench_open_config(bench, config);
		if (error == SOURCE_OK)
			status = drain(bench, packets);
		seen = allocations_seen();
		allocations_succeed();
		if (error == SOURCE_OK && status == SOURCE_END) {
			assert_int_equal(bench->packets, packets);
			bench_expect_silence(bench);
			continue;
		}
		bench_expect_message(bench, "memory");
		failures++;
	}
	assert_true(failures >= 2);
}

static void reading_sections(void **state)
{
	struct bench *bench = *state;
	const char *name = "sections";
	const struct source_config config = {.names = &name, .count = 1};

	write_sections(name);
	expect_all_or_a_message(bench, &config, 2);
}

static void reading_packed_files(void **state)
{
	struct bench *bench = *state;
	const char *const names[] = {"a", "b"};
	const struct source_config config = {.names = names, .count = 2};

	write_packed("a", 0);
	write_packed("b", 1);
	expect_all_or_a_message(bench, &config, 2 * PACKETS);
}

/* One that the window has no room for yet. */
static void reading_a_large_packet(void **state)
{
	struct bench *bench = *state;
	const char *name = "large";
	const struct source_config config = {.names = &name, .count = 1};
	struct capture capture = make_capture(0);

	capture_packet(&capture, PACKETS * FILES, 0, LARGE, LARGE, 'x');
	capture_write(&capture, name);
	expect_all_or_a_message(bench, &config, PACKETS + 1);
}

static void filtering(void **state)
{
	struct bench *bench = *state;
	const char *name = "a";
	const struct source_config config = {
	    .names = &name,
	    .count = 1,
	    .filter = "greater 1",
	};

	write_file("a", 0);
	expect_all_or_a_message(bench, &config, PACKETS);
}

static void reading_a_directory(void **state)
{
	struct bench *bench = *state;
	const char *name = "folder";
	const struct source_config config = {.names = &name, .count = 1};

	write_directory(name, FILES);
	expect_all_or_a_message(bench, &config, FILES * PACKETS);
}

static void following_a_directory(void **state)
{
	struct bench *bench = *state;
	const char *name = "folder";
	const struct source_config config = {
	    .names = &name,
	    .count = 1,
	    .follow = true,
	};

	write_directory(name, FOLLOWED);
	expect_all_or_a_message(bench, &config, FOLLOWED * PACKETS);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(reading_sections),
	    TEST(reading_packed_files),
	    TEST(reading_a_large_packet),
	    TEST(filtering),
	    TEST(reading_a_directory),
	    TEST(following_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
