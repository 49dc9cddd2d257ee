/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames from the air, and what stands in front of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/decode_bench.h"

#define MACS "020000000001 020000000002 020000000003"
#define LLC "aaaa03 000000 0800"
#define DATA "0800 0000" MACS "0000"
#define QOS "8800 0000" MACS "0000 0000"
#define ZEROS "00000000000000000000000000000000"

struct wireless_case {
	const char *name;
	int link_type;
	const char *hex;
};

static const struct wireless_case frames[] = {
    {"data", 105, DATA LLC},
    {"data with QoS", 105, QOS LLC},
    {"data with QoS and HT control", 105,
	"8880 0000" MACS "0000 0000 00000000" LLC},
    {"four addresses", 105, "0803 0000" MACS "0000 020000000004" LLC},
    {"four addresses and QoS", 105,
	"8803 0000" MACS "0000 020000000004 0000" LLC},
    {"radiotap", 127, "0000 0800 00000000" DATA LLC},
    {"radiotap with flags", 127, "0000 0900 02000000 10" DATA LLC},
    {"radiotap, padded", 127, "0000 0900 02000000 20" QOS "0000" LLC},
    {"radiotap with a clock, padded", 127,
	"0000 1100 03000000 0102030405060708 20" QOS "0000" LLC},
    {"radiotap with two words, a clock, padded", 127,
	"0000 1900 03000080 00000000 00000000 0102030405060708 20" QOS
	"0000" LLC},
    {"Prism", 119,
	ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS DATA LLC},
    {"AVS", 163, "80211001 00000010 0000000000000000" DATA LLC},
    {"AVS that says it is Prism", 119,
	"80211001 00000010 0000000000000000" DATA LLC},
    {"PPI", 192, "0000 0800 69000000" DATA LLC},
    {"PPI with fields", 192, "0000 0e00 69000000 0200 0200 abcd" DATA LLC},
    {"PPI of Ethernet", 192,
	"0000 0800 01000000 020000000001 020000000002 0800"},
};

static const struct {
	const char *name;
	int link_type;
	enum decode_result result;
	const char *hex;
} others[] = {
    {"beacon", 105, DECODE_NOT_IP, "8000 0000" MACS "0000" LLC},
    {"null data", 105, DECODE_NOT_IP, "4800 0000" MACS "0000" LLC},
    {"encrypted", 105, DECODE_NOT_IP, "0840 0000" MACS "0000" LLC},
    {"fragment", 105, DECODE_BAD_FRAGMENT, "0804 0000" MACS "0000" LLC},
    {"last fragment", 105, DECODE_BAD_FRAGMENT, "0800 0000" MACS "0100" LLC},
    {"several in one", 105, DECODE_NOT_IP, "8800 0000" MACS "0000 8000" LLC},
    {"radiotap shorter than itself", 127, DECODE_MALFORMED,
	"0000 0700 00000000" DATA LLC},
    {"radiotap beyond the frame", 127, DECODE_CUT,
	"0000 ffff 00000000" DATA LLC},
    {"AVS beyond the frame", 163, DECODE_CUT, "80211001 ffffffff" DATA LLC},
    {"PPI shorter than itself", 192, DECODE_MALFORMED,
	"0000 0700 69000000" DATA LLC},
    {"PPI in PPI", 192, DECODE_LINK_TYPE, "0000 0800 c0000000" DATA LLC},
    {"PPI of anything", 192, DECODE_LINK_TYPE, "0000 0800 ffffffff" DATA LLC},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void data_frames_lead_to_ip(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		struct frame *frame = frame_new(
		    frames[i].name, frames[i].link_type);

		frame_hex(frame, frames[i].hex);
		frame_hex(frame, ipv4_hello);
		frame_expect_hello(frame, 0);
		frame_hex(frame, "01020304"); /* a check sequence */
		frame_expect_hello(frame, 0);
	}
}

static void what_holds_no_ip_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct frame *frame = frame_new(
		    others[i].name, others[i].link_type);

		frame_hex(frame, others[i].hex);
		frame_expect(frame, others[i].result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(data_frames_lead_to_ip),
	    cmocka_unit_test(what_holds_no_ip_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
