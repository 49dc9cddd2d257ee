/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of capture files: variants of pcap, and what pcapng can hold.
 * libpcap is asked where it knows the format. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "tests/unit/capture_bench.h"

#define NS 1000000000u

/* A file that is being made, in either byte order. */
struct made {
	struct buffer bytes;
	bool big_endian;
};

static void put16(struct made *made, uint16_t value)
{
	bool big = made->big_endian;

	buffer_append_byte(&made->bytes, (uint8_t)(big ? value >> 8 : value));
	buffer_append_byte(&made->bytes, (uint8_t)(big ? value : value >> 8));
}

static void put32(struct made *made, uint32_t value)
{
	put16(made, (uint16_t)(made->big_endian ? value >> 16 : value));
	put16(made, (uint16_t)(made->big_endian ? value : value >> 16));
}

static void put64(struct made *made, uint64_t value)
{
	put32(made, (uint32_t)(made->big_endian ? value >> 32 : value));
	put32(made, (uint32_t)(made->big_endian ? value : value >> 32));
}

/* Bytes with padding to four. */
static void put_padded(struct made *made, const void *bytes, size_t length)
{
	buffer_append(&made->bytes, bytes, length);
	for (; length % 4 != 0; length++)
		buffer_append_byte(&made->bytes, 0);
}

/* A block around a body. */
static void put_block(struct made *made, uint32_t type, const struct made *body)
{
	uint32_t length = 12 + (uint32_t)body->bytes.length;

	put32(made, type);
	put32(made, length);
	buffer_append(&made->bytes, body->bytes.bytes, body->bytes.length);
	put32(made, length);
}

static void put_section(struct made *made)
{
	struct made body = {.big_endian = made->big_endian};

	put32(&body, 0x1a2b3c4d);
	put16(&body, 1);
	put16(&body, 0);
	put64(&body, UINT64_MAX);
	put_block(made, 0x0a0d0d0a, &body);
	buffer_free(&body.bytes);
}

/* resolution 0: no such option; so for the offset. */
static void put_interface(struct made *made, uint16_t link_type,
    uint32_t snaplen, uint8_t resolution, int64_t offset)
{
	struct made body = {.big_endian = made->big_endian};

	put16(&body, link_type);
	put16(&body, 0);
	put32(&body, snaplen);
	if (resolution != 0) {
		put16(&body, 9);
		put16(&body, 1);
		put_padded(&body, &resolution, 1);
	}
	if (offset != 0) {
		put16(&body, 14);
		put16(&body, 8);
		put64(&body, (uint64_t)offset);
	}
	if (resolution != 0 || offset != 0)
		put32(&body, 0);
	put_block(made, 1, &body);
	buffer_free(&body.bytes);
}

static void put_packet(struct made *made, uint32_t interface, uint64_t ticks,
    const char *bytes, uint32_t length)
{
	struct made body = {.big_endian = made->big_endian};

	put32(&body, interface);
	put32(&body, (uint32_t)(ticks >> 32));
	put32(&body, (uint32_t)ticks);
	put32(&body, (uint32_t)strlen(bytes));
	put32(&body, length);
	put_padded(&body, bytes, strlen(bytes));
	/* An option, which is passed over. */
	put16(&body, 1);
	put16(&body, 3);
	put_padded(&body, "abc", 3);
	put32(&body, 0);
	put_block(made, 6, &body);
	buffer_free(&body.bytes);
}

static void put_other(struct made *made, uint32_t type, const char *text)
{
	struct made body = {.big_endian = made->big_endian};

	put_padded(&body, text, strlen(text));
	put_block(made, type, &body);
	buffer_free(&body.bytes);
}

static void read_made(
    struct bench *bench, struct made *made, enum source_status status)
{
	file_write("made", made->bytes.bytes, made->bytes.length);
	buffer_free(&made->bytes);
	assert_int_equal(bench_open(bench, "made", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), status);
	if (status == SOURCE_END)
		bench_expect_silence(bench);
}

static void refuse_made(
    struct bench *bench, struct made *made, const char *message)
{
	file_write("made", made->bytes.bytes, made->bytes.length);
	buffer_free(&made->bytes);
	assert_int_equal(bench_open(bench, "made", NULL, NULL), SOURCE_BROKEN);
	bench_expect_message(bench, message);
}

static void expect_packet(const struct bench *bench, size_t place,
    uint64_t ts_ns, int link_type, char first)
{
	const struct seen *seen = &bench->seen[place];

	assert_true(place < bench->packets);
	assert_int_equal(seen->packet.ts_ns, ts_ns);
	assert_int_equal(seen->packet.link_type, link_type);
	assert_int_equal(seen->first, first);
	assert_int_equal(seen->packet.number, place + 1);
}

static void pcapng_in_both_byte_orders(void **state)
{
	for (int big = 0; big < 2; big++) {
		struct made made = {.big_endian = big != 0};

		put_section(&made);
		put_interface(&made, 1, 65535, 0, 0);
		put_packet(&made, 0, 1000001, "abcde", 60);
		read_made(*state, &made, SOURCE_END);
		expect_packet(*state, 0, NS + 1000, 1, 'a');
		assert_int_equal(
		    ((struct bench *)*state)->seen[0].packet.captured, 5);
		assert_int_equal(
		    ((struct bench *)*state)->seen[0].packet.length, 60);
	}
}

static void interfaces_have_clocks_and_link_types(void **state)
{
	struct made made = {0};

	put_section(&made);
	put_interface(&made, 1, 0, 9, 0);           /* ns            */
	put_interface(&made, 101, 0, 3, 0);         /* ms            */
	put_interface(&made, 113, 0, 0x80 | 10, 0); /* 1/1024 s      */
	put_interface(&made, 276, 0, 12, 0);        /* ps            */
	put_interface(&made, 1, 0, 6, 100);         /* seconds more  */
	put_interface(&made, 1, 0, 9, -1);          /* and less      */
	put_interface(&made, 1, 0, 0x80 | 40, 0);   /* 2^-40         */
	put_packet(&made, 0, 5, "a", 1);
	put_packet(&made, 1, 2001, "b", 1);
	put_packet(&made, 2, 1024 + 512, "c", 1);
	put_packet(&made, 3, UINT64_C(1000000002000), "d", 1);
	put_packet(&made, 4, 7, "e", 1);
	put_packet(&made, 5, NS + 9, "f", 1);
	put_packet(&made, 6, UINT64_C(1) << 41, "g", 1);
	put_packet(&made, 5, 3, "h", 1); /* before 1970 */
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, 5, 1, 'a');
	expect_packet(*state, 1, 2001000000, 101, 'b');
	expect_packet(*state, 2, 1500000000, 113, 'c');
	expect_packet(*state, 3, NS + 2, 276, 'd');
	expect_packet(*state, 4, UINT64_C(100) * NS + 7000, 1, 'e');
	expect_packet(*state, 5, 9, 1, 'f');
	expect_packet(*state, 6, 2 * (uint64_t)NS, 1, 'g');
	expect_packet(*state, 7, 0, 1, 'h');
}

/* Times that no clock has are the end of time, and nothing overflows. */
static void absurd_times_are_bounded(void **state)
{
	struct made made = {0};

	put_section(&made);
	put_interface(&made, 1, 0, 1, 0); /* tenths */
	put_interface(&made, 1, 0, 19, INT64_MAX);
	put_interface(&made, 1, 0, 0xff, 0); /* 2^-127: as if not told */
	put_interface(&made, 1, 0, 9, 8000000000);
	put_interface(&made, 1, 0, 20, 0); /* 10^-20: as if not told */
	put_packet(&made, 0, UINT64_MAX, "a", 1);
	put_packet(&made, 1, UINT64_MAX, "b", 1);
	put_packet(&made, 2, 1, "c", 1);
	put_packet(&made, 3, UINT64_MAX / 4, "d", 1);
	put_packet(&made, 4, 2, "e", 1);
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, INT64_MAX, 1, 'a');
	assert_int_equal(((struct bench *)*state)->packets, 5);
	expect_packet(*state, 2, 1000, 1, 'c');
	expect_packet(*state, 3, INT64_MAX, 1, 'd');
	expect_packet(*state, 4, 2000, 1, 'e');
}

static void sections_begin_anew(void **state)
{
	struct made made = {0};

	put_section(&made);
	put_interface(&made, 1, 0, 9, 0);
	put_packet(&made, 0, 1, "a", 1);
	made.big_endian = true;
	put_section(&made);
	put_interface(&made, 101, 0, 0, 0);
	put_packet(&made, 0, 2, "b", 1);
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, 1, 1, 'a');
	expect_packet(*state, 1, 2000, 101, 'b');
}

static void other_blocks_are_passed_over(void **state)
{
	struct made made = {0};
	struct made old = {0};

	put_section(&made);
	put_other(&made, 4, "names");
	put_interface(&made, 1, 4, 0, 0);
	put_other(&made, 5, "statistics");
	put_other(&made, 10, "secrets");
	put_other(&made, 0xbad, "custom");
	put_other(&made, 0x80000001, "");
	put_packet(&made, 0, 1, "a", 1);
	/* A simple one: of 9 bytes on the wire, 4 by the snap length. */
	put32(&old, 9);
	put_padded(&old, "bcde", 4);
	put_block(&made, 3, &old);
	buffer_reset(&old.bytes);
	/* An old one: interface and drops have 16 bits. */
	put16(&old, 0);
	put16(&old, 7);
	put32(&old, 0);
	put32(&old, 3);
	put32(&old, 2);
	put32(&old, 2);
	put_padded(&old, "fg", 2);
	put_block(&made, 2, &old);
	buffer_free(&old.bytes);
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, 1000, 1, 'a');
	expect_packet(*state, 1, 1000, 1, 'b'); /* the time of the last one */
	assert_int_equal(((struct bench *)*state)->seen[1].packet.captured, 4);
	assert_int_equal(((struct bench *)*state)->seen[1].packet.length, 9);
	expect_packet(*state, 2, 3000, 1, 'f');
}

static void contradictions_are_damage(void **state)
{
	for (int kind = 0; kind < 6; kind++) {
		static const char *const messages[] = {
		    "a packet of interface 1, of which there are 1",
		    "two lengths are not the same",
		    "a block of 13 bytes cannot be",
		    "a block of 4294967292 bytes cannot be",
		    "a packet is longer than its block",
		    "a section has no byte-order magic"};
		struct made made = {0};
		size_t at;

		put_section(&made);
		put_interface(&made, 1, 0, 0, 0);
		put_packet(&made, 0, 1, "a", 1);
		at = made.bytes.length;
		put_packet(&made, kind == 0, 1, "a", 1);
		if (kind == 1)
			made.bytes.bytes[made.bytes.length - 4] ^= 4;
		else if (kind == 2)
			made.bytes.bytes[at + 4] = 13;
		else if (kind == 3)
			memcpy(
			    made.bytes.bytes + at + 4, "\xfc\xff\xff\xff", 4);
		else if (kind == 4)
			made.bytes.bytes[at + 20] = 200;
		else if (kind == 5)
			memcpy(made.bytes.bytes + at, "\x0a\x0d\x0d\x0a", 4);
		read_made(*state, &made, SOURCE_DAMAGED);
		bench_expect_message(*state, messages[kind]);
		assert_int_equal(((struct bench *)*state)->packets, 1);
	}
}

/* Blocks too short for what their kind always has. */
static void blocks_that_are_too_short_are_damage(void **state)
{
	static const struct {
		uint32_t type;
		const char *body, *message;
	} blocks[] = {
	    {0x0a0d0d0a, "\x4d\x3c\x2b\x1a....", "of 20 bytes"},
	    {1, "....", "a block of 16 bytes"},
	    {2, "............", "a block of 24 bytes"},
	    {3, "", "a block of 12 bytes"},
	    {6, "................", "a block of 28 bytes"},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct made made = {0};

		put_section(&made);
		put_interface(&made, 1, 0, 0, 0);
		put_packet(&made, 0, 1, "a", 1);
		put_other(&made, blocks[i].type, blocks[i].body);
		read_made(*state, &made, SOURCE_DAMAGED);
		bench_expect_message(*state, blocks[i].message);
		assert_int_equal(((struct bench *)*state)->packets, 1);
	}
}

/* A simple packet's length on the wire may be more than its block holds. */
static void a_simple_packet_ends_with_its_block(void **state)
{
	struct made made = {0};
	struct made body = {0};

	put_section(&made);
	put_interface(&made, 1, 0, 0, 0);
	put32(&body, 1500);
	put32(&body, 0x64636261);
	put_block(&made, 3, &body);
	buffer_free(&body.bytes);
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, 0, 1, 'a');
	assert_int_equal(((struct bench *)*state)->seen[0].packet.captured, 4);
	assert_int_equal(((struct bench *)*state)->seen[0].packet.length, 1500);
}

static void interfaces_of_a_section_are_bounded(void **state)
{
	struct made made = {0};

	put_section(&made);
	for (unsigned i = 0; i < 70000; i++)
		put_interface(&made, 1, 0, 0, 0);
	read_made(*state, &made, SOURCE_DAMAGED);
	bench_expect_message(*state, "more interfaces than a section can have");
}

static void files_that_are_none_say_why(void **state)
{
	struct made made = {0};

	put_section(&made);
	refuse_made(*state, &made, "it ends before any interface");
	made = (struct made){0};
	put_section(&made);
	put_packet(&made, 0, 1, "a", 1);
	refuse_made(*state, &made, "of which there are 0");
	made = (struct made){0};
	put_section(&made);
	made.bytes.bytes[12] = 2; /* a version to come */
	refuse_made(*state, &made, "version 2 of pcapng");
	made = (struct made){0};
	put32(&made, 0xa1b2c3d4);
	put16(&made, 3);
	put16(&made, 0);
	for (int i = 0; i < 4; i++)
		put32(&made, 1);
	refuse_made(*state, &made, "version 3.0 of pcap");
}

static void put_pcap_header(
    struct made *made, uint32_t magic, uint16_t minor, uint32_t link_type)
{
	put32(made, magic);
	put16(made, 2);
	put16(made, minor);
	put32(made, 0);
	put32(made, 0);
	put32(made, 65535);
	put32(made, link_type);
}

static void put_record(
    struct made *made, uint32_t captured, uint32_t length, size_t extra)
{
	put32(made, 1);
	put32(made, 2);
	put32(made, captured);
	put32(made, length);
	for (; extra > 0; extra--)
		buffer_append_byte(&made->bytes, 0x55);
}

static void kuznetzov_has_longer_records(void **state)
{
	struct made made = {0};

	put_pcap_header(&made, 0xa1b2cd34, 4, 1);
	put_record(&made, 3, 9, 8);
	buffer_append(&made.bytes, "abc", 3);
	put_record(&made, 1, 1, 8);
	buffer_append(&made.bytes, "d", 1);
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, NS + 2000, 1, 'a');
	expect_packet(*state, 1, NS + 2000, 1, 'd');
}

static void old_files_have_their_lengths_swapped(void **state)
{
	for (uint16_t minor = 2; minor <= 4; minor++) {
		struct made made = {0};
		struct bench *bench = *state;

		put_pcap_header(&made, 0xa1b2c3d4, minor, 1);
		/* 2.2: swapped; 2.3: the smaller is what is there. */
		put_record(&made, minor < 4 ? 9 : 3, minor < 4 ? 3 : 9, 0);
		buffer_append(&made.bytes, "abc", 3);
		read_made(bench, &made, SOURCE_END);
		expect_packet(bench, 0, NS + 2000, 1, 'a');
		assert_int_equal(bench->seen[0].packet.captured, 3);
		assert_int_equal(bench->seen[0].packet.length, 9);
	}
}

/* The upper bits of the link type tell of a frame check sequence. */
static void check_sequence_is_no_link_type(void **state)
{
	struct made made = {0};

	put_pcap_header(&made, 0xa1b2c3d4, 4, 0x24000001);
	put_record(&made, 1, 1, 0);
	buffer_append(&made.bytes, "a", 1);
	read_made(*state, &made, SOURCE_END);
	expect_packet(*state, 0, NS + 2000, 1, 'a');
}

/* Packets larger than the window, and a window that ends within each part. */
static void large_packets_are_whole(void **state)
{
	struct made made = {0};
	struct bench *bench = *state;
	static uint8_t large[3u << 20];

	memset(large, 'L', sizeof(large));
	put_pcap_header(&made, 0xa1b2c3d4, 4, 1);
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t length = i % 10 == 9 ? sizeof(large) : 65500u + i * 3;

		put_record(&made, length, length, 0);
		buffer_append(&made.bytes, large, length);
	}
	read_made(bench, &made, SOURCE_END);
	assert_int_equal(bench->packets, 40);
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(bench->seen[i].first, 'L');
		assert_int_equal(bench->seen[i].last, 'L');
	}
}

/* A pipe that brings a byte at a time. */
static void slow_pipe_is_read(void **state)
{
	struct made made = {0};
	struct bench *bench = *state;
	int ends[2];
	pid_t child;

	put_section(&made);
	put_interface(&made, 1, 0, 0, 0);
	put_packet(&made, 0, 1, "abc", 3);
	put_packet(&made, 0, 2, "def", 3);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (size_t i = 0; i < made.bytes.length; i++)
			if (write(ends[1], made.bytes.bytes + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	buffer_free(&made.bytes);
	assert_int_equal(bench_open(bench, "-", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 2);
	expect_packet(bench, 1, 2000, 1, 'd');
}

/* Random changes of a good file: no crash, and libpcap has not more packets of
 * it than we have, where it reads it at all. */
static void changed_files_do_no_harm(void **state)
{
	struct bench *bench = *state;
	uint64_t random = 12345;

	for (unsigned round = 0; round < 400; round++) {
		char why[PCAP_ERRBUF_SIZE];
		struct made made = {.big_endian = round % 2 != 0};
		const uint8_t *bytes;
		struct pcap_pkthdr *header;
		size_t theirs = 0;
		pcap_t *pcap;

		if (round % 4 < 2) {
			put_pcap_header(&made, 0xa1b2c3d4, 4, 1);
			for (int i = 0; i < 5; i++) {
				put_record(&made, 6, 6, 0);
				buffer_append(&made.bytes, "abcdef", 6);
			}
		} else {
			put_section(&made);
			put_interface(&made, 1, 65535, 9, 0);
			for (uint64_t i = 0; i < 5; i++)
				put_packet(&made, 0, i, "abcdef", 6);
		}
		for (unsigned i = 0; i < 1 + round % 3; i++) {
			random = random * 6364136223846793005u +
			    1442695040888963407u;
			made.bytes.bytes[(random >> 33) % made.bytes.length] =
			    (uint8_t)(random >> 25);
		}
		file_write("changed", made.bytes.bytes, made.bytes.length);
		buffer_free(&made.bytes);
		bench->packets = 0;
		if (bench_open(bench, "changed", NULL, NULL) == SOURCE_OK)
			bench_drain(bench);
		bench_listen(bench);
		pcap = pcap_open_offline_with_tstamp_precision(
		    "changed", PCAP_TSTAMP_PRECISION_NANO, why);
		while (pcap != NULL && pcap_next_ex(pcap, &header, &bytes) == 1)
			theirs++;
		if (pcap != NULL)
			pcap_close(pcap);
		if (theirs > bench->packets)
			fail_msg("round %u: libpcap has %zu packets, we %zu",
			    round, theirs, bench->packets);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(pcapng_in_both_byte_orders),
	    TEST(interfaces_have_clocks_and_link_types),
	    TEST(absurd_times_are_bounded),
	    TEST(sections_begin_anew),
	    TEST(other_blocks_are_passed_over),
	    TEST(contradictions_are_damage),
	    TEST(blocks_that_are_too_short_are_damage),
	    TEST(a_simple_packet_ends_with_its_block),
	    TEST(interfaces_of_a_section_are_bounded),
	    TEST(files_that_are_none_say_why),
	    TEST(kuznetzov_has_longer_records),
	    TEST(old_files_have_their_lengths_swapped),
	    TEST(check_sequence_is_no_link_type),
	    TEST(large_packets_are_whole),
	    TEST(slow_pipe_is_read),
	    TEST(changed_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
