/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed capture files: each library packs what we unpack. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/unit/capture_bench.h"

#define PACKETS 60u

typedef size_t packer(
    uint8_t *out, size_t room, const uint8_t *in, size_t length);

static size_t pack_gzip(
    uint8_t *out, size_t room, const uint8_t *in, size_t length)
{
	z_stream stream = {0};

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)in;
	stream.avail_in = (uInt)length;
	stream.next_out = out;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	room -= stream.avail_out;
	deflateEnd(&stream);
	return room;
}

static size_t pack_zstd(
    uint8_t *out, size_t room, const uint8_t *in, size_t length)
{
	return ZSTD_compress(out, room, in, length, 3);
}

static size_t pack_lz4(
    uint8_t *out, size_t room, const uint8_t *in, size_t length)
{
	const LZ4F_preferences_t preferences = {
	    .frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled},
	};

	return LZ4F_compressFrame(out, room, in, length, &preferences);
}

static size_t pack_xz(
    uint8_t *out, size_t room, const uint8_t *in, size_t length)
{
	size_t made = 0;

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, in,
			     length, out, &made, room),
	    LZMA_OK);
	return made;
}

static size_t pack_bzip2(
    uint8_t *out, size_t room, const uint8_t *in, size_t length)
{
	unsigned made = (unsigned)room;

	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out, &made,
			     (char *)(uintptr_t)in, (unsigned)length, 9, 0, 0),
	    BZ_OK);
	return made;
}

static const struct {
	const char *name;
	packer *pack;
} kinds[] = {
    {"gzip", pack_gzip},
    {"zstd", pack_zstd},
    {"lz4", pack_lz4},
    {"xz", pack_xz},
    {"bzip2", pack_bzip2},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Packets that do not pack to nothing. */
static struct capture make_capture(unsigned packets, uint32_t length)
{
	struct capture capture = {.link_type = 1};
	uint32_t random = 1;

	capture_begin(&capture);
	for (unsigned i = 0; i < packets; i++) {
		capture_packet(&capture, i, 0, length, length, (uint8_t)i);
		for (uint32_t at = 1; at + 1 < length; at += 3) {
			random = random * 1664525 + 1013904223;
			capture.bytes.bytes[capture.bytes.length - 1 - at] =
			    (uint8_t)(random >> 24);
		}
	}
	return capture;
}

/* A member of a part of the capture, added to a file. */
static void add_member(struct buffer *file, packer *pack,
    const struct buffer *bytes, size_t from, size_t upto)
{
	size_t room = upto - from + (upto - from) / 8 + 65536;
	uint8_t *out = malloc(room);
	size_t length;

	assert_non_null(out);
	length = pack(out, room, bytes->bytes + from, upto - from);
	buffer_append(file, out, length);
	free(out);
}

static void packed_files_are_read(void **state)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct bench *bench = *state;
		struct capture capture = make_capture(PACKETS, 100);
		size_t length = capture.bytes.length;
		struct buffer file = {0};

		/* Several members; they end where they like. */
		add_member(&file, kinds[kind].pack, &capture.bytes, 0, 10);
		add_member(&file, kinds[kind].pack, &capture.bytes, 10, 777);
		add_member(
		    &file, kinds[kind].pack, &capture.bytes, 777, length);
		file_write("packed", file.bytes, file.length);
		assert_int_equal(
		    bench_open(bench, "packed", NULL, NULL), SOURCE_OK);
		assert_int_equal(bench_drain(bench), SOURCE_END);
		assert_int_equal(bench->packets, PACKETS);
		for (unsigned i = 0; i < PACKETS; i++)
			assert_int_equal(bench->seen[i].first, i);

		/* Zeros fill a tape. */
		for (unsigned i = 0; i < 512; i++)
			buffer_append_byte(&file, 0);
		file_write("packed", file.bytes, file.length);
		assert_int_equal(
		    bench_open(bench, "packed", NULL, NULL), SOURCE_OK);
		assert_int_equal(bench_drain(bench), SOURCE_END);
		assert_int_equal(bench->packets, PACKETS);
		bench_expect_silence(bench);

		/* Anything else is no capture. */
		buffer_append_text(&file, "this is behind it");
		file_write("packed", file.bytes, file.length);
		assert_int_equal(
		    bench_open(bench, "packed", NULL, NULL), SOURCE_OK);
		assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
		assert_int_equal(bench->packets, PACKETS);
		bench_expect_message(bench, kinds[kind].name);
		buffer_free(&capture.bytes);
		buffer_free(&file);
	}
}

/* More than all blocks hold at a time. */
static void large_files_are_read(void **state)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct bench *bench = *state;
		struct capture capture = make_capture(60, 60000);
		struct buffer file = {0};

		add_member(&file, kinds[kind].pack, &capture.bytes, 0,
		    capture.bytes.length);
		file_write("packed", file.bytes, file.length);
		assert_int_equal(
		    bench_open(bench, "packed", NULL, NULL), SOURCE_OK);
		assert_int_equal(bench_drain(bench), SOURCE_END);
		assert_int_equal(bench->packets, 60);
		assert_int_equal(bench->seen[59].last, 59);

		/* Who has seen enough need not wait for the rest. */
		assert_int_equal(
		    bench_open(bench, "packed", NULL, NULL), SOURCE_OK);
		bench->stop_at = 1;
		assert_int_equal(bench_drain(bench), SOURCE_END);
		bench->stop_at = 0;
		buffer_free(&capture.bytes);
		buffer_free(&file);
	}
}

/* Cut anywhere, what can be unpacked is read, and one message says where it
 * ended. */
static void cut_files_give_what_they_have(void **state)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct bench *bench = *state;
		struct capture capture = make_capture(PACKETS, 100);
		struct buffer file = {0};
		size_t most = 0;

		add_member(&file, kinds[kind].pack, &capture.bytes, 0,
		    capture.bytes.length);
		for (size_t length = 0; length < file.length; length += 41) {
			enum source_error error;

			file_write("cut", file.bytes, length);
			error = bench_open(bench, "cut", NULL, NULL);
			if (error == SOURCE_OK) {
				assert_int_equal(
				    bench_drain(bench), SOURCE_DAMAGED);
				assert_true(bench->packets >= most);
				most = bench->packets;
			} else {
				assert_int_equal(error, SOURCE_BROKEN);
			}
			bench_expect_message(bench, "byte offset");
		}
		assert_true(most < PACKETS || kind != 4);
		buffer_free(&capture.bytes);
		buffer_free(&file);
	}
}

/* A byte that is not what it was: what came before it is read, and either the
 * library or the capture shows the damage, or the byte meant nothing. */
static void changed_files_do_no_harm(void **state)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct bench *bench = *state;
		struct capture capture = make_capture(PACKETS, 100);
		struct buffer file = {0};

		add_member(&file, kinds[kind].pack, &capture.bytes, 0,
		    capture.bytes.length);
		for (size_t at = 4; at < file.length; at += 37) {
			file.bytes[at] ^= 0x5a;
			file_write("changed", file.bytes, file.length);
			file.bytes[at] ^= 0x5a;
			if (bench_open(bench, "changed", NULL, NULL) ==
			    SOURCE_OK)
				bench_drain(bench);
			bench_listen(bench);
			assert_true(bench->count <= 1);
			buffer_reset(&bench->said);
			bench->count = 0;
		}
		buffer_free(&capture.bytes);
		buffer_free(&file);
	}
}

/* Parallel packers put a frame in front that is to be skipped (RFC 8878, section
 * 3.1.2), and tapes are filled up with zeros. */
static void what_packers_put_around_is_skipped(void **state)
{
	static const uint8_t skipped[] = {
	    0x5d, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
	struct bench *bench = *state;
	struct capture capture = make_capture(3, 100);
	struct buffer file = {0};

	buffer_append(&file, skipped, sizeof(skipped));
	add_member(&file, pack_zstd, &capture.bytes, 0, capture.bytes.length);
	for (unsigned i = 0; i < 1000; i++)
		buffer_append_byte(&file, 0);
	file_write("packed", file.bytes, file.length);
	assert_int_equal(bench_open(bench, "packed", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 3);
	bench_expect_silence(bench);
	buffer_free(&capture.bytes);
	buffer_free(&file);
}

/* An xz file may say that it wants 4 GiB to be unpacked. */
static void memory_that_xz_may_want_is_bounded(void **state)
{
	struct bench *bench = *state;
	struct capture capture = make_capture(3, 100);
	lzma_options_lzma options;
	lzma_filter filters[] = {
	    {LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	uint8_t packed[4096];
	size_t made = 0;

	assert_false(lzma_lzma_preset(&options, 0));
	options.dict_size = 1u << 30;
	assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_NONE,
			     NULL, capture.bytes.bytes, capture.bytes.length,
			     packed, &made, sizeof(packed)),
	    LZMA_OK);
	file_write("packed", packed, made);
	assert_int_equal(
	    bench_open(bench, "packed", NULL, NULL), SOURCE_BROKEN);
	bench_expect_message(bench, "wants more than 256 MiB of memory");
	buffer_free(&capture.bytes);
}

/* xz of another age: a flag that nobody knows, with a good checksum. */
static void an_option_of_xz_that_is_not_known_is_named(void **state)
{
	struct bench *bench = *state;
	uint8_t packed[256] = {0xfd, '7', 'z', 'X', 'Z', 0, 1, 0};
	uint32_t sum = lzma_crc32(packed + 6, 2, 0);

	for (unsigned i = 0; i < 4; i++)
		packed[8 + i] = (uint8_t)(sum >> (8 * i));
	file_write("packed", packed, sizeof(packed));
	assert_int_equal(
	    bench_open(bench, "packed", NULL, NULL), SOURCE_BROKEN);
	bench_expect_message(bench, "an option that liblzma does not know");
}

/* In a directory, what is packed and damaged is told of; it is not passed over
 * as if it were none of ours. */
static void a_packed_file_of_a_directory_is_told_of(void **state)
{
	struct bench *bench = *state;
	struct capture capture = make_capture(3, 100);

	assert_int_equal(mkdir("folder", 0700), 0);
	capture_write(&capture, "folder/a");
	file_write("folder/b.gz", "\x1f\x8b\x08\0\0\0\0\0\0\3\1", 11);
	assert_int_equal(bench_open(bench, "folder", NULL, NULL), SOURCE_OK);
	bench_expect_message(bench,
	    "folder/b.gz: cannot be read: at byte offset 0 of what the gzip "
	    "file holds");
	assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
	assert_int_equal(bench->packets, 3);
}

/* Through a pipe that brings a few bytes at a time and is silent in between:
 * what could be unpacked does not wait for what could not. */
static void slow_pipe_is_unpacked(void **state)
{
	struct bench *bench = *state;
	struct capture capture = make_capture(3, 100);
	struct buffer file = {0};
	enum source_status status = SOURCE_MORE;
	int ends[2];

	add_member(&file, pack_gzip, &capture.bytes, 0, 24 + 2 * 116);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], file.bytes, file.length), file.length);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(bench_open(bench, "-", NULL, NULL), SOURCE_OK);
	for (unsigned i = 0; i < 50 && bench->packets < 2; i++)
		status = source_poll(bench->source);
	assert_int_equal(bench->packets, 2);
	assert_true(status == SOURCE_MORE || status == SOURCE_IDLE);
	buffer_reset(&file);
	add_member(&file, pack_gzip, &capture.bytes, 24 + 2 * 116,
	    capture.bytes.length);
	assert_int_equal(write(ends[1], file.bytes, file.length), file.length);
	close(ends[1]);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 3);
	buffer_free(&capture.bytes);
	buffer_free(&file);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(packed_files_are_read),
	    TEST(large_files_are_read),
	    TEST(cut_files_give_what_they_have),
	    TEST(changed_files_do_no_harm),
	    TEST(what_packers_put_around_is_skipped),
	    TEST(memory_that_xz_may_want_is_bounded),
	    TEST(an_option_of_xz_that_is_not_known_is_named),
	    TEST(a_packed_file_of_a_directory_is_told_of),
	    TEST(slow_pipe_is_unpacked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
