/* SPDX-License-Identifier: BSD-2-Clause */
/* One capture file: every form of it, damage at every byte, what is no capture
 * at all, and filters. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/capture_bench.h"

#define HEADER 24u
#define RECORD 16u

/* Three packets of 10, 20 and 30 bytes, one a second. */
static struct capture three_packets(void)
{
	struct capture capture = {.link_type = 1};

	capture_begin(&capture);
	for (uint8_t i = 1; i <= 3; i++)
		capture_packet(&capture, 1000u + i, i, 10u * i, 100, i);
	return capture;
}

static void expect_form(struct bench *bench, bool big, bool nanoseconds)
{
	struct capture capture = {
	    .big_endian = big, .nanoseconds = nanoseconds, .link_type = 113};
	const struct packet *packet = &bench->seen[1].packet;

	capture_begin(&capture);
	capture_packet(&capture, 1, 2, 1, 1, 0xaa);
	capture_packet(&capture, 4000000000u, 999999, 50, 1500, 0xbb);
	capture_write(&capture, "form.pcap");
	assert_int_equal(bench_open(bench, "form.pcap", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 2);
	assert_int_equal(
	    bench->seen[0].packet.ts_ns, SECOND + (nanoseconds ? 2 : 2000));
	assert_int_equal(bench->seen[0].packet.number, 1);
	assert_int_equal(packet->ts_ns,
	    4000000000u * SECOND + (nanoseconds ? 999999 : 999999000));
	assert_int_equal(packet->number, 2);
	assert_int_equal(packet->captured, 50);
	assert_int_equal(packet->length, 1500);
	assert_int_equal(packet->link_type, 113);
	assert_string_equal(packet->source, "form.pcap");
	assert_int_equal(bench->seen[1].first, 0xbb);
	assert_int_equal(bench->seen[1].last, 0xbb);
	bench_expect_silence(bench);
}

static void both_byte_orders_and_resolutions(void **state)
{
	expect_form(*state, false, false);
	expect_form(*state, false, true);
	expect_form(*state, true, false);
	expect_form(*state, true, true);
}

/* How many packets are whole in the first `length` bytes. */
static size_t whole_packets(size_t length)
{
	size_t packets = 0;
	size_t end = HEADER;

	while (packets < 3 && end + RECORD + 10 * (packets + 1) <= length)
		end += RECORD + 10 * ++packets;
	return packets;
}

static bool at_a_boundary(size_t length)
{
	size_t packets = whole_packets(length);

	return length ==
	    HEADER + packets * RECORD + 10 * packets * (packets + 1) / 2;
}

/* BAD_INPUT 45: what stands before the damage is kept, and one message says
 * where it is. */
static void truncated_at_every_byte(void **state)
{
	struct bench *bench = *state;
	struct capture capture = three_packets();
	char offset[64];

	for (size_t cut = 0; cut < capture.bytes.length; cut++) {
		snprintf(offset, sizeof(offset), "byte offset %zu", cut);
		file_write("cut.pcap", capture.bytes.bytes, cut);
		if (cut < HEADER) {
			assert_int_equal(
			    bench_open(bench, "cut.pcap", NULL, NULL),
			    SOURCE_BROKEN);
			bench_expect_message(bench, "cut.pcap");
			continue;
		}
		assert_int_equal(
		    bench_open(bench, "cut.pcap", NULL, NULL), SOURCE_OK);
		if (at_a_boundary(cut)) {
			assert_int_equal(bench_drain(bench), SOURCE_END);
			bench_expect_silence(bench);
		} else {
			assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
			bench_expect_message(bench, offset);
		}
		assert_int_equal(bench->packets, whole_packets(cut));
	}
	buffer_free(&capture.bytes);
}

static void record_of_an_impossible_length(void **state)
{
	struct bench *bench = *state;
	struct capture capture = three_packets();
	size_t damage = capture.bytes.length;

	capture_packet(&capture, 1004, 0, 1, 1, 0);
	memset(capture.bytes.bytes + damage + 8, 0xff, 4);
	capture_write(&capture, "long.pcap");
	assert_int_equal(bench_open(bench, "long.pcap", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
	assert_int_equal(bench->packets, 3);
	bench_expect_message(bench, "behind packet 3");
}

static void expect_unreadable(
    struct bench *bench, const void *bytes, size_t length, const char *message)
{
	file_write("bad", bytes, length);
	assert_int_equal(bench_open(bench, "bad", NULL, NULL), SOURCE_BROKEN);
	assert_null(bench->source);
	bench_expect_message(bench, message);
}

static void what_is_no_capture_is_named(void **state)
{
	struct bench *bench = *state;

	expect_unreadable(bench, "", 0, "byte offset 0, the file is empty");
	expect_unreadable(
	    bench, "ab", 2, "byte offset 2, it ends within the magic number");
	expect_unreadable(bench, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27,
	    "byte offset 0, magic number 47455420: neither pcap nor pcapng");
	expect_unreadable(bench,
	    "\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 25,
	    "gzip, byte offset");
	expect_unreadable(bench, "\x28\xb5\x2f\xfd zstandard, or so it says",
	    29, "zstd, byte offset");
}

static void other_formats_are_named_and_who_converts_them(void **state)
{
	static const struct {
		const char *begins;
		size_t length;
		const char *says;
	} formats[] = {
	    {"PK\3\4", 4, "zip: unpack it first (unzip"},
	    {"7z\xbc\xaf", 4, "7z: unpack it first (7z "},
	    {"Rar!\x1a\7", 6, "rar: unpack it first (unrar"},
	    {"\x1f\x9d", 2, "compress: unpack it first (zcat"},
	    {"\x02\x21\x4c\x18", 4, "unpack it first (lz4cat"},
	    {"snoop\0\0\0", 8, "snoop: convert it first (editcap"},
	    {"btsnoop\0", 8, "btsnoop: convert it first (editcap"},
	    {"TRSNIFF data    \x1a", 17, "Sniffer: convert it first"},
	    {"iptrace 2.0", 11, "iptrace: convert it first"},
	    {"XCP\0", 4, "NetXray: convert it first"},
	    {"GMBU", 4, "Network Monitor: convert it first"},
	    {"RTSS", 4, "Network Monitor 1: convert it first"},
	    {"\177ver", 4, "OmniPeek: convert it first"},
	};
	uint8_t file[64] = {0};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		memcpy(file, formats[i].begins, formats[i].length);
		expect_unreadable(*state, file, sizeof(file), formats[i].says);
	}
}

static void what_cannot_be_opened_is_named(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(
	    bench_open(bench, "absent.pcap", NULL, NULL), SOURCE_UNREADABLE);
	bench_expect_message(
	    bench, "cannot open absent.pcap: No such file or directory");
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(
	    bench_open(bench, "folder", NULL, NULL), SOURCE_UNREADABLE);
	bench_expect_message(
	    bench, "folder: no capture file is in this directory");
}

/* Its own memory at 0 is what a process cannot read. */
static void what_cannot_be_read_is_named(void **state)
{
	struct bench *bench = *state;

	if (access("/proc/self/mem", R_OK) != 0)
		skip();
	assert_int_equal(
	    bench_open(bench, "/proc/self/mem", NULL, NULL), SOURCE_BROKEN);
	bench_expect_message(bench,
	    "/proc/self/mem: cannot be read: at byte offset 0, Input/output "
	    "error");
}

static void link_type_is_passed_on(void **state)
{
	struct bench *bench = *state;
	struct capture capture = {.link_type = 147};

	capture_begin(&capture);
	capture_packet(&capture, 1, 0, 1, 1, 0);
	capture_write(&capture, "user0.pcap");
	assert_int_equal(
	    bench_open(bench, "user0.pcap", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->seen[0].packet.link_type, 147);
}

/* BAD_INPUT 51 */
static void a_name_is_a_name(void **state)
{
	static const char name[] = "a;touch b|$(touch c)`touch d`&'\"\n.pcap";
	struct bench *bench = *state;
	struct capture capture = three_packets();
	struct stat status;

	capture_write(&capture, name);
	assert_int_equal(bench_open(bench, name, NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 3);
	assert_string_equal(bench->seen[0].packet.source, name);
	assert_int_not_equal(stat("b", &status), 0);
	assert_int_not_equal(stat("c", &status), 0);
	assert_int_not_equal(stat("d", &status), 0);
}

static void packets_are_numbered_before_the_filter(void **state)
{
	struct bench *bench = *state;
	struct capture capture = three_packets();
	struct source_counts counts;

	capture_write(&capture, "three.pcap");
	assert_int_equal(
	    bench_open(bench, "three.pcap", NULL, "ether[0] = 2"), SOURCE_OK);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 3);
	assert_int_equal(counts.filtered, 2);
	assert_int_equal(counts.lost_kernel, 0);
	assert_int_equal(bench->packets, 1);
	assert_int_equal(bench->seen[0].packet.number, 2);
}

static void bad_filter_is_the_users_error(void **state)
{
	struct bench *bench = *state;
	struct capture capture = three_packets();

	capture_write(&capture, "three.pcap");
	assert_int_equal(
	    bench_open(bench, "three.pcap", NULL, "port port"), SOURCE_USAGE);
	bench_expect_message(bench, "filter 'port port': ");
}

static void a_link_type_nobody_knows_is_no_mistake(void **state)
{
	struct bench *bench = *state;
	struct capture capture = {.snaplen = 100, .link_type = 56134};
	struct source_counts counts;

	capture_begin(&capture);
	capture_packet(&capture, 1, 0, 60, 60, 1);
	capture_write(&capture, "strange.pcap");
	assert_int_equal(
	    bench_open(bench, "strange.pcap", NULL, "tcp"), SOURCE_OK);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 1);
	assert_int_equal(counts.filtered, 1);
	bench_expect_message(
	    bench, "filter 'tcp' passes nothing of link type 56134");
}

static void stopped_at_the_packet_in_hand(void **state)
{
	struct bench *bench = *state;
	struct capture capture = three_packets();
	struct source_counts counts;

	capture_write(&capture, "three.pcap");
	bench->stop_at = 2;
	assert_int_equal(
	    bench_open(bench, "three.pcap", NULL, NULL), SOURCE_OK);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	assert_int_equal(source_poll(bench->source), SOURCE_END);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 2);
	assert_int_equal(bench->packets, 2);
}

static void more_packets_than_a_batch(void **state)
{
	struct bench *bench = *state;
	struct capture capture = {.link_type = 1};

	capture_begin(&capture);
	for (uint32_t i = 0; i < 10000; i++)
		capture_packet(&capture, i, 0, 1, 1, (uint8_t)i);
	capture_write(&capture, "many.pcap");
	assert_int_equal(bench_open(bench, "many.pcap", NULL, NULL), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "many.pcap");
	assert_false(source_is_live(bench->source));
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 10000);
	for (size_t i = 0; i < 10000; i++) {
		assert_int_equal(bench->seen[i].packet.number, i + 1);
		assert_int_equal(bench->seen[i].first, (uint8_t)i);
	}
}

/* Section header, one Ethernet interface in nanoseconds, two packets. */
static size_t make_pcapng(uint8_t *bytes)
{
	static const uint32_t words[] = {/* section header */
	    0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28,
	    /* interface: Ethernet, snap length, if_tsresol 9 */
	    1, 32, 1, 65535, 0x00010009, 9, 0, 32,
	    /* packets: interface, time, captured, length */
	    6, 36, 0, 0, 1000000007, 4, 60, 0x11111111, 36, 6, 36, 0, 0,
	    2000000008, 4, 60, 0x22222222, 36};

	memcpy(bytes, words, sizeof(words));
	return sizeof(words);
}

static void pcapng_is_read(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[256];
	size_t length = make_pcapng(bytes);

	file_write("two.pcapng", bytes, length);
	assert_int_equal(
	    bench_open(bench, "two.pcapng", NULL, NULL), SOURCE_OK);
	assert_int_equal(bench_drain(bench), SOURCE_END);
	assert_int_equal(bench->packets, 2);
	assert_int_equal(bench->seen[0].packet.ts_ns, SECOND + 7);
	assert_int_equal(bench->seen[1].packet.ts_ns, 2 * SECOND + 8);
	assert_int_equal(bench->seen[1].packet.captured, 4);
	assert_int_equal(bench->seen[1].packet.length, 60);
	assert_int_equal(bench->seen[1].first, 0x22);
}

static void pcapng_truncated_at_every_byte(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[256];
	size_t length = make_pcapng(bytes);
	const size_t first = 28 + 32; /* where the packets begin */
	char offset[64];

	for (size_t cut = 0; cut < length; cut++) {
		enum source_error error;

		file_write("cut.pcapng", bytes, cut);
		error = bench_open(bench, "cut.pcapng", NULL, NULL);
		if (cut < first) {
			assert_int_equal(error, SOURCE_BROKEN);
			bench_expect_message(bench, "cut.pcapng");
			continue;
		}
		assert_int_equal(error, SOURCE_OK);
		if ((cut - first) % 36 == 0) {
			assert_int_equal(bench_drain(bench), SOURCE_END);
			bench_expect_silence(bench);
		} else {
			snprintf(
			    offset, sizeof(offset), "byte offset %zu", cut);
			assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
			bench_expect_message(bench, offset);
		}
		assert_int_equal(bench->packets, (cut - first) / 36);
	}
}

/* From a pipe, which cannot be read twice and has no offset. */
static void standard_input_is_read(void **state)
{
	struct bench *bench = *state;
	struct capture capture = three_packets();
	size_t length = capture.bytes.length - 1;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], capture.bytes.bytes, length), length);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	buffer_free(&capture.bytes);
	assert_int_equal(bench_open(bench, "-", NULL, NULL), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "standard input");
	assert_int_equal(bench_drain(bench), SOURCE_DAMAGED);
	assert_int_equal(bench->packets, 2);
	bench_expect_message(bench, "behind packet 2");
	assert_int_equal(bench_open(bench, "-", NULL, NULL), SOURCE_BROKEN);
	bench_expect_message(bench, "standard input: ");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(both_byte_orders_and_resolutions),
	    TEST(truncated_at_every_byte),
	    TEST(record_of_an_impossible_length),
	    TEST(what_is_no_capture_is_named),
	    TEST(other_formats_are_named_and_who_converts_them),
	    TEST(what_cannot_be_opened_is_named),
	    TEST(what_cannot_be_read_is_named),
	    TEST(link_type_is_passed_on),
	    TEST(a_name_is_a_name),
	    TEST(packets_are_numbered_before_the_filter),
	    TEST(bad_filter_is_the_users_error),
	    TEST(a_link_type_nobody_knows_is_no_mistake),
	    TEST(stopped_at_the_packet_in_hand),
	    TEST(more_packets_than_a_batch),
	    TEST(pcapng_is_read),
	    TEST(pcapng_truncated_at_every_byte),
	    TEST(standard_input_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
