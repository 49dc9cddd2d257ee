/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6: every length field that may lie, fragments, extension
 * headers, padding. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/decode_bench.h"

#define RAW 101
#define ENDS4 "c0000201 c6336402"
#define ENDS6 \
	"20010db8000000000000000000000001" \
	"20010db8000000000000000000000002"
#define TCP "03e8 0050 01020304 05060708 5018 2000 0000 0000"
#define HELLO "68656c6c6f"

struct network_case {
	const char *name;
	const char *hex;
	size_t uncaught; /* bytes on the wire behind those  */
	uint32_t length;
	uint32_t missing;
};

static const struct network_case segments[] = {
    {"no payload", "4500 0028 0001 4000 4006 0000" ENDS4 TCP, 0, 0, 0},
    {"padding is no payload",
	"4500 0028 0001 4000 4006 0000" ENDS4 TCP "000000000000", 0, 0, 0},
    {"padding behind a payload",
	"4500 0029 0001 4000 4006 0000" ENDS4 TCP "68 0000000000", 0, 1, 0},
    {"padding that was not captured", "4500 0028 0001 4000 4006 0000" ENDS4 TCP,
	6, 0, 0},
    {"one option", "4600 0031 0001 4000 4006 0000" ENDS4 "01010100" TCP HELLO,
	0, 5, 0},
    {"all options",
	"4f00 0055 0001 4000 4006 0000" ENDS4 "0000000000000000000000000000"
	"0000000000000000000000000000000000000000000000000000" TCP HELLO,
	0, 5, 0},
    {"segmentation offload: to the end",
	"4500 0000 0001 4000 4006 0000" ENDS4 TCP HELLO, 0, 5, 0},
    {"segmentation offload, cut",
	"4500 0000 0001 4000 4006 0000" ENDS4 TCP HELLO, 1000, 5, 1000},
    {"snapped", "4500 05dc 0001 4000 4006 0000" ENDS4 TCP HELLO, 1455, 5, 1455},
    {"more than the frame had", "4500 ffff 0001 4000 4006 0000" ENDS4 TCP HELLO,
	0, 5, 0},
    {"more than the frame had, cut",
	"4500 ffff 0001 4000 4006 0000" ENDS4 TCP HELLO, 100, 5, 100},
    {"may be fragmented", "4500 002d 0001 0000 4006 0000" ENDS4 TCP HELLO, 0, 5,
	0},
    {"reserved bit", "4500 002d 0001 8000 4006 0000" ENDS4 TCP HELLO, 0, 5, 0},
    {"IPv6, no payload", "60000000 0014 06 40" ENDS6 TCP, 0, 0, 0},
    {"IPv6, padding", "60000000 0015 06 40" ENDS6 TCP "68 000000", 0, 1, 0},
    {"IPv6, snapped", "60000000 05a0 06 40" ENDS6 TCP HELLO, 1415, 5, 1415},
    {"IPv6, offload", "60000000 0000 06 40" ENDS6 TCP HELLO, 0, 5, 0},
    {"IPv6, more than the frame had", "60000000 ffff 06 40" ENDS6 TCP HELLO, 0,
	5, 0},
    {"IPv6, hop by hop",
	"60000000 0021 00 40" ENDS6 "0600010400000000" TCP HELLO, 0, 5, 0},
    {"IPv6, routing",
	"60000000 0029 2b 40" ENDS6
	"06010000000000000000000000000000" TCP HELLO,
	0, 5, 0},
    {"IPv6, destination",
	"60000000 0021 3c 40" ENDS6 "0600010400000000" TCP HELLO, 0, 5, 0},
    {"IPv6, authentication",
	"60000000 0031 33 40" ENDS6
	"06040000 00000001 00000001 000102030405060708090a0b" TCP HELLO,
	0, 5, 0},
    {"IPv6, mobility", "60000000 0021 87 40" ENDS6 "0600010000000000" TCP HELLO,
	0, 5, 0},
    {"IPv6, HIP", "60000000 0021 8b 40" ENDS6 "0600010000000000" TCP HELLO, 0,
	5, 0},
    {"IPv6, shim", "60000000 0021 8c 40" ENDS6 "0600010000000000" TCP HELLO, 0,
	5, 0},
    {"IPv6, atomic fragment",
	"60000000 0021 2c 40" ENDS6 "0600000012345678" TCP HELLO, 0, 5, 0},
    {"IPv6, several headers",
	"60000000 0031 00 40" ENDS6 "3c00010400000000 2c00010400000000"
	"0600000000000001" TCP HELLO,
	0, 5, 0},
    {"IPv6, jumbogram",
	"60000000 0000 00 40" ENDS6 "0600c20400000021" TCP HELLO "0000", 0, 5,
	0},
    {"IPv6, jumbogram, cut",
	"60000000 0000 00 40" ENDS6 "0600c20400100000" TCP HELLO, 2000000, 5,
	0x100000 - 33},
    {"IPv6, jumbogram behind padding",
	"60000000 0000 00 40" ENDS6
	"0601 00 0101ff c204 00000029 01020000" TCP HELLO "0000",
	0, 5, 0},
    {"IPv6, jumbo option of a wrong length: offload",
	"60000000 0000 00 40" ENDS6 "0600c20300000000" TCP HELLO, 0, 5, 0},
    {"IPv6, option beyond its header",
	"60000000 0021 00 40" ENDS6 "060001ff00000000" TCP HELLO, 0, 5, 0},
};

static const struct {
	const char *name;
	enum decode_result result;
	const char *hex;
} refused[] = {
    {"header length 16", DECODE_MALFORMED,
	"4400 002d 0001 4000 4006 0000" ENDS4 TCP HELLO},
    {"header length 0", DECODE_MALFORMED,
	"4000 002d 0001 4000 4006 0000" ENDS4 TCP HELLO},
    {"total below the header", DECODE_MALFORMED,
	"4500 0013 0001 4000 4006 0000" ENDS4 TCP HELLO},
    {"total within the options", DECODE_MALFORMED,
	"4600 0017 0001 4000 4006 0000" ENDS4 "01010100" TCP HELLO},
    {"total within the TCP header", DECODE_MALFORMED,
	"4500 0027 0001 4000 4006 0000" ENDS4 TCP HELLO},
    {"total ends with the IP header", DECODE_MALFORMED,
	"4500 0014 0001 4000 4006 0000" ENDS4 TCP HELLO},
    {"total ends with the IP header, so does the frame", DECODE_MALFORMED,
	"4500 0014 0001 4000 4006 0000" ENDS4},
    {"first fragment", DECODE_FRAGMENT,
	"4500 002c 0001 2000 4006 0000" ENDS4 TCP HELLO},
    {"first fragment of odd length", DECODE_BAD_FRAGMENT,
	"4500 002d 0001 2000 4006 0000" ENDS4 TCP HELLO},
    {"later fragment", DECODE_FRAGMENT,
	"4500 002c 0001 2001 4006 0000" ENDS4 TCP HELLO},
    {"last fragment", DECODE_FRAGMENT,
	"4500 002d 0001 0fff 4006 0000" ENDS4 TCP HELLO},
    {"fragment beyond a datagram", DECODE_BAD_FRAGMENT,
	"4500 002d 0001 1fff 4006 0000" ENDS4 TCP HELLO},
    {"empty fragment", DECODE_BAD_FRAGMENT,
	"4500 0014 0001 2000 4006 0000" ENDS4 TCP HELLO},
    {"UDP", DECODE_NOT_TCP,
	"4500 001c 0001 4000 4011 0000" ENDS4 "00350035 00080000"},
    {"fragment of UDP", DECODE_NOT_TCP,
	"4500 001c 0001 2000 4011 0000" ENDS4 "00350035 00080000"},
    {"IPv6, UDP", DECODE_NOT_TCP,
	"60000000 0008 11 40" ENDS6 "00350035 00080000"},
    {"IPv6, no next header", DECODE_NOT_TCP, "60000000 0000 3b 40" ENDS6},
    {"IPv6, UDP behind options", DECODE_NOT_TCP,
	"60000000 0010 3c 40" ENDS6 "1100010400000000 00350035 00080000"},
    {"IPv6, first fragment", DECODE_FRAGMENT,
	"60000000 0020 2c 40" ENDS6 "0600000100000001" TCP HELLO},
    {"IPv6, last fragment", DECODE_FRAGMENT,
	"60000000 0021 2c 40" ENDS6 "0600000800000001" TCP HELLO},
    {"IPv6, fragment of odd length", DECODE_BAD_FRAGMENT,
	"60000000 0021 2c 40" ENDS6 "0600000100000001" TCP HELLO},
    {"IPv6, fragment with options inside", DECODE_FRAGMENT,
	"60000000 0020 2c 40" ENDS6 "3c00000100000001" TCP HELLO},
    {"IPv6, fragment of UDP", DECODE_NOT_TCP,
	"60000000 0010 2c 40" ENDS6 "1100000100000001 00350035 00080000"},
    {"IPv6, payload within the TCP header", DECODE_MALFORMED,
	"60000000 0013 06 40" ENDS6 TCP HELLO},
    {"IPv6, payload within an extension header", DECODE_MALFORMED,
	"60000000 0007 00 40" ENDS6 "0600010400000000" TCP HELLO},
    {"IPv6, payload ends with the extension header", DECODE_MALFORMED,
	"60000000 0008 00 40" ENDS6 "0600010400000000" TCP HELLO},
    {"IPv6, extension header beyond the frame", DECODE_CUT,
	"60000000 0021 3c 40" ENDS6 "06ff010400000000" TCP HELLO},
    {"IPv6, jumbogram within the TCP header", DECODE_MALFORMED,
	"60000000 0000 00 40" ENDS6 "0600c2040000001b" TCP HELLO},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void payload_ends_where_ip_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(segments); i++) {
		const struct network_case *c = &segments[i];
		struct frame *frame = frame_new(c->name, RAW);

		frame_hex(frame, c->hex);
		frame->uncaught = c->uncaught;
		frame_expect_segment(frame, c->length, c->missing);
	}
}

static void contradictions_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct frame *frame = frame_new(refused[i].name, RAW);

		frame_hex(frame, refused[i].hex);
		frame_expect(frame, refused[i].result);
	}
}

/* A capture may say that a packet was shorter on the wire than what it holds
 * of it. */
static void length_below_the_captured_one_is_no_harm(void **state)
{
	struct frame *frame = frame_new("length below captured", RAW);

	(void)state;
	frame_hex(frame, "4500 0000 0001 4000 4006 0000" ENDS4 TCP HELLO);
	frame->uncaught = (size_t)0 - 30;
	assert_int_equal(frame_decode(frame).segment.length, 5);
	assert_int_equal(frame_decode(frame).segment.missing, 0);
}

static void chain(unsigned headers, enum decode_result expected)
{
	struct frame *frame = frame_new("chain of extension headers", RAW);

	frame_hex(frame, "60000000 0000 3c 40" ENDS6);
	frame_repeat(frame, "3c00010400000000", headers - 1);
	frame_hex(frame, "0600010400000000" TCP HELLO);
	frame_expect(frame, expected);
}

static void extension_headers_are_bounded(void **state)
{
	(void)state;
	chain(1, DECODE_SEGMENT);
	chain(32, DECODE_SEGMENT);
	chain(33, DECODE_MALFORMED);
	chain(1000, DECODE_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payload_ends_where_ip_says),
	    cmocka_unit_test(contradictions_are_told_apart),
	    cmocka_unit_test(length_below_the_captured_one_is_no_harm),
	    cmocka_unit_test(extension_headers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
