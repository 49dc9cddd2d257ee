/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP header: every field, options that lie about their length, and both
 * directions of a connection. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/decode_bench.h"

#define RAW 101
#define IP4 "4500 0000 0001 4000 4006 0000 c0000201 c6336402"
#define TCP "03e8 0050 01020304 05060708"

static struct frame *segment_frame(const char *name, const char *hex)
{
	struct frame *frame = frame_new(name, RAW);

	frame_hex(frame, IP4);
	frame_hex(frame, hex);
	return frame;
}

static void fields_are_those_of_the_header(void **state)
{
	const struct frame *frame = segment_frame(
	    "fields", "ffff 0001 fedcba98 ffffffff 50ff ffff 1234 5678 68 69");
	struct segment segment = frame_expect_segment(frame, 2, 0).segment;

	(void)state;
	assert_int_equal(segment.key.port[segment.from], 65535);
	assert_int_equal(segment.key.port[!segment.from], 1);
	assert_int_equal(segment.sequence, UINT32_C(0xfedcba98));
	assert_int_equal(segment.acknowledgement, UINT32_MAX);
	assert_int_equal(segment.flags, 0xff);
	assert_int_equal(segment.window, 0xffff);
}

static void flags_are_told_apart(void **state)
{
	static const struct {
		const char *hex;
		uint8_t flag;
	} flags[] = {
	    {TCP "5001 2000 0000 0000", SEGMENT_FIN},
	    {TCP "5002 2000 0000 0000", SEGMENT_SYN},
	    {TCP "5004 2000 0000 0000", SEGMENT_RST},
	    {TCP "5010 2000 0000 0000", SEGMENT_ACK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const struct frame *frame = segment_frame("flag", flags[i].hex);

		assert_int_equal(
		    frame_expect_segment(frame, 0, 0).segment.flags,
		    flags[i].flag);
	}
}

/* Urgent data stand in the stream like any other (RFC 6093). */
static void urgent_data_are_in_line(void **state)
{
	const struct frame *frame = segment_frame(
	    "urgent", TCP "5038 2000 0000 0003 68656c6c6f");
	struct decoded decoded = frame_expect_segment(frame, 5, 0);

	(void)state;
	assert_memory_equal(decoded.payload, "hello", 5);
}

static void directions_share_a_key(void **state)
{
	struct frame *frame = segment_frame("there", TCP "5010 2000 0000 0000");
	struct segment there = frame_decode(frame).segment;
	struct segment back;

	(void)state;
	frame = frame_new("back", RAW);
	frame_hex(frame,
	    "4500 0000 0001 4000 4006 0000 c6336402 c0000201"
	    "0050 03e8 05060708 01020304 5010 2000 0000 0000");
	back = frame_decode(frame).segment;
	assert_true(flow_key_equal(&there.key, &back.key));
	assert_int_equal(there.from + back.from, 1);
	assert_int_equal(back.key.port[back.from], 80);
	assert_int_equal(back.key.ip[back.from][0], 198);
}

static void ends_of_one_address_are_sorted_by_port(void **state)
{
	struct frame *frame = frame_new("to itself", RAW);
	struct segment segment;

	(void)state;
	frame_hex(frame,
	    "60000000 0000 06 40"
	    "00000000000000000000000000000001"
	    "00000000000000000000000000000001"
	    "c000 0050 00000001 00000000 5002 2000 0000 0000");
	segment = frame_decode(frame).segment;
	assert_int_equal(segment.from, 1);
	assert_int_equal(segment.key.port[0], 80);
	assert_int_equal(segment.key.port[1], 0xc000);
}

static void options_are_no_payload(void **state)
{
	const struct frame *frame = segment_frame("timestamps",
	    TCP "8018 2000 0000 0000 0101080a0000000100000002 68656c6c6f");
	struct decoded decoded = frame_expect_segment(frame, 5, 0);

	(void)state;
	assert_memory_equal(decoded.payload, "hello", 5);
	frame = segment_frame("60 bytes of header",
	    TCP "f018 2000 0000 0000"
		"0101010101010101010101010101010101010101"
		"0101010101010101010101010101010101010101 68");
	frame_expect_segment(frame, 1, 0);
}

static void contradictions_are_malformed(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
	} cases[] = {
	    {"data offset 16", TCP "4010 2000 0000 0000 6865"},
	    {"data offset 0", TCP "0010 2000 0000 0000 6865"},
	    {"options beyond the segment", TCP "6010 2000 0000 0000 0101"},
	    {"data offset 60 of 20", TCP "f010 2000 0000 0000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		frame_expect(segment_frame(cases[i].name, cases[i].hex),
		    DECODE_MALFORMED);
}

static void header_cut_by_the_snap_length_is_cut(void **state)
{
	struct frame *frame = segment_frame(
	    "snapped options", TCP "6010 2000 0000 0000 0101");

	(void)state;
	frame->uncaught = 100;
	frame_expect(frame, DECODE_CUT);
	frame = segment_frame("snapped header", TCP "6010");
	frame->uncaught = 100;
	frame_expect(frame, DECODE_CUT);
}

/* The window scale in the options of a SYN. */
static void window_scale_is_found(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		uint8_t scale;
	} cases[] = {
	    {"alone", "6002 2000 0000 0000 03030700", 7},
	    {"zero", "6002 2000 0000 0000 03030000", 0},
	    {"at most 14", "6002 2000 0000 0000 03030e00", 14},
	    {"more than 14", "6002 2000 0000 0000 0303ff00", 14},
	    {"behind others",
		"a002 2000 0000 0000 020405b4 0402 080a0000000100000000"
		"01 030308",
		8},
	    {"in the last three bytes", "6002 2000 0000 0000 01030309", 9},
	    {"of a SYN-ACK", "6012 2000 0000 0000 03030700", 7},
	    {"not in a SYN", "6010 2000 0000 0000 03030700", SEGMENT_NO_SCALE},
	    {"not there", "6002 2000 0000 0000 020405b4", SEGMENT_NO_SCALE},
	    {"behind the end", "7002 2000 0000 0000 00000000 03030700",
		SEGMENT_NO_SCALE},
	    {"without a value", "6002 2000 0000 0000 01010303",
		SEGMENT_NO_SCALE},
	    {"without a length", "6002 2000 0000 0000 01010103",
		SEGMENT_NO_SCALE},
	    {"of another length", "6002 2000 0000 0000 03040700",
		SEGMENT_NO_SCALE},
	    {"behind a length of 0", "7002 2000 0000 0000 02000000 03030700",
		SEGMENT_NO_SCALE},
	    {"behind a length of 1", "7002 2000 0000 0000 02010000 03030700",
		SEGMENT_NO_SCALE},
	    {"behind a length of 255", "7002 2000 0000 0000 02ff0000 03030700",
		SEGMENT_NO_SCALE},
	    {"in the payload", "5002 2000 0000 0000 03030700",
		SEGMENT_NO_SCALE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame *frame = segment_frame(cases[i].name, TCP);
		struct decoded decoded;

		frame_hex(frame, cases[i].hex);
		decoded = frame_decode(frame);
		assert_int_equal(decoded.result, DECODE_SEGMENT);
		if (decoded.segment.window_scale != cases[i].scale)
			fail_msg("%s: scale %u", cases[i].name,
			    decoded.segment.window_scale);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_those_of_the_header),
	    cmocka_unit_test(flags_are_told_apart),
	    cmocka_unit_test(urgent_data_are_in_line),
	    cmocka_unit_test(directions_share_a_key),
	    cmocka_unit_test(ends_of_one_address_are_sorted_by_port),
	    cmocka_unit_test(options_are_no_payload),
	    cmocka_unit_test(contradictions_are_malformed),
	    cmocka_unit_test(header_cut_by_the_snap_length_is_cut),
	    cmocka_unit_test(window_scale_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
