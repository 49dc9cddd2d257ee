/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in packets.  The outer IP headers say that they go to the end of the
 * frame, as segmentation offload leaves them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/decode_bench.h"

#define MAC "020000000001 020000000002"
#define OUTER4(protocol) \
	"4500 0000 0001 4000 40" protocol "0000 0a000001 0a000002"
#define OUTER6(protocol) \
	"60000000 0000" protocol "40" \
	"fd000000000000000000000000000001" \
	"fd000000000000000000000000000002"
#define UDP(port) "c000" port "0000 0000"

struct tunnel_case {
	const char *name;
	enum decode_tunnels least; /* mode that looks into it         */
	const char *hex;
	uint16_t vlan;
};

static const struct tunnel_case tunnels[] = {
    {"IP in IP", TUNNELS_SAFE, OUTER4("04"), 0},
    {"IP in IPv6", TUNNELS_SAFE, OUTER6("04"), 0},
    {"IP in IP in IP", TUNNELS_SAFE, OUTER4("04") OUTER4("04"), 0},
    {"behind a routing header", TUNNELS_SAFE,
	OUTER6("2b") "0402040100000000 fd000000000000000000000000000003",
	0},
    {"GRE", TUNNELS_SAFE, OUTER4("2f") "0000 0800", 0},
    {"GRE, all options", TUNNELS_SAFE,
	OUTER4("2f") "b000 0800 00000000 00000001 00000002", 0},
    {"GRE in IPv6", TUNNELS_SAFE, OUTER6("2f") "0000 0800", 0},
    {"GRE and Ethernet", TUNNELS_SAFE,
	OUTER4("2f") "0000 6558" MAC "8100 0005 0800", 5},
    {"GRE and MPLS", TUNNELS_SAFE, OUTER4("2f") "0000 8847 00010140", 0},
    {"PPTP", TUNNELS_SAFE,
	OUTER4("2f") "3081 880b 00310001 00000001 00000002 ff03 0021", 0},
    {"ERSPAN I", TUNNELS_SAFE, OUTER4("2f") "0000 88be" MAC "0800", 0},
    {"ERSPAN II", TUNNELS_SAFE,
	OUTER4("2f") "1000 88be 00000001 1001000100000000" MAC "0800", 0},
    {"ERSPAN III", TUNNELS_SAFE,
	OUTER4("2f") "1000 22eb 00000001 200100010000000000000000" MAC "0800",
	0},
    {"ERSPAN III with a subheader", TUNNELS_SAFE,
	OUTER4("2f") "1000 22eb 00000001 200100010000000000000001"
		     "0000000000000000" MAC "0800",
	0},
    {"VXLAN", TUNNELS_ALL,
	OUTER4("11") UDP("12b5") "08000000 00007b00" MAC "0800", 0},
    {"VXLAN of Linux", TUNNELS_ALL,
	OUTER4("11") UDP("2118") "08000000 00007b00" MAC "0800", 0},
    {"VXLAN, generic", TUNNELS_ALL,
	OUTER4("11") UDP("12b6") "0c000001 00007b00", 0},
    {"VXLAN, generic, Ethernet", TUNNELS_ALL,
	OUTER4("11") UDP("12b6") "0c000003 00007b00" MAC "0800", 0},
    {"GENEVE", TUNNELS_ALL,
	OUTER4("11") UDP("17c1") "0000 6558 00007b00" MAC "0800", 0},
    {"GENEVE with options", TUNNELS_ALL,
	OUTER4("11") UDP("17c1") "0200 0800 00007b00 0102800100000000", 0},
    {"GTP-U", TUNNELS_ALL, OUTER4("11") UDP("0868") "30ff 0000 00000001", 0},
    {"GTP-U with a sequence number", TUNNELS_ALL,
	OUTER4("11") UDP("0868") "32ff 0000 00000001 0001 00 00", 0},
    {"GTP-U with extensions", TUNNELS_ALL,
	OUTER4("11") UDP("0868") "34ff 0000 00000001 0001 00 85"
				 "01 0000 c0 01 0000 00",
	0},
    {"from the port of GTP-U", TUNNELS_ALL,
	OUTER4("11") "0868 c000 0000 0000 30ff 0000 00000001", 0},
    {"EtherIP", TUNNELS_ALL, OUTER4("61") "3000" MAC "0800", 0},
    {"MPLS in IP", TUNNELS_ALL, OUTER4("89") "00010140", 0},
    {"VXLAN in GRE in IP in IP", TUNNELS_ALL,
	OUTER4("04") OUTER4("2f") "0000 0800" OUTER4("11")
	    UDP("12b5") "08000000 00007b00" MAC "0800",
	0},
};

static const struct tunnel_case tunnels_v6[] = {
    {"6in4", TUNNELS_SAFE, OUTER4("29"), 0},
    {"IPv6 in IPv6", TUNNELS_SAFE, OUTER6("29"), 0},
    {"GRE", TUNNELS_SAFE, OUTER4("2f") "0000 86dd", 0},
    {"Teredo", TUNNELS_ALL, OUTER4("11") UDP("0dd8"), 0},
    {"Teredo with origin", TUNNELS_ALL,
	OUTER4("11") UDP("0dd8") "0000 1234 01020304", 0},
    {"Teredo with authentication and origin", TUNNELS_ALL,
	OUTER4("11") UDP("0dd8") "0001 0000 0102030405060708 00"
				 "0000 1234 01020304",
	0},
};

static const struct {
	const char *name;
	enum decode_result result;
	const char *hex;
} others[] = {
    {"GRE of version 2", DECODE_NOT_IP, OUTER4("2f") "0002 0800"},
    {"GRE with routing", DECODE_NOT_IP, OUTER4("2f") "4000 0800"},
    {"GRE of something", DECODE_NOT_IP, OUTER4("2f") "0000 0806"},
    {"PPTP that acknowledges", DECODE_NOT_IP,
	OUTER4("2f") "2081 880b 00000001 00000002"},
    {"VXLAN without a network", DECODE_NOT_TCP,
	OUTER4("11") UDP("12b5") "00000000 00007b00" MAC "0800"},
    {"VXLAN, generic, of something", DECODE_NOT_IP,
	OUTER4("11") UDP("12b6") "0c000009 00007b00"},
    {"GENEVE of version 1", DECODE_NOT_TCP,
	OUTER4("11") UDP("17c1") "4000 6558 00007b00"},
    {"GENEVE, control", DECODE_NOT_TCP,
	OUTER4("11") UDP("17c1") "0080 6558 00007b00"},
    {"GTP-U, echo", DECODE_NOT_TCP,
	OUTER4("11") UDP("0868") "3001 0000 00000000"},
    {"GTP of version 2", DECODE_NOT_TCP,
	OUTER4("11") UDP("0868") "50ff 0000 00000000"},
    {"GTP-U, empty extension", DECODE_MALFORMED,
	OUTER4("11") UDP("0868") "34ff 0000 00000001 0001 00 85 00"},
    {"Teredo, a bubble of nothing", DECODE_NOT_TCP,
	OUTER4("11") UDP("0dd8") "4000 0000"},
    {"DNS", DECODE_NOT_TCP, OUTER4("11") UDP("0035") "0000 0000"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void look_into(
    const struct tunnel_case *cases, size_t count, const char *hello)
{
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = frame_new(cases[i].name, 101);

		frame_hex(frame, cases[i].hex);
		frame_hex(frame, hello);
		frame_tunnels = cases[i].least;
		frame_expect_hello(frame, cases[i].vlan);
		assert_int_not_equal(frame_decode(frame).segment.key.tunnel, 0);
		frame_tunnels = cases[i].least - 1;
		frame_expect(frame, DECODE_NOT_TCP);
	}
	frame_tunnels = TUNNELS_ALL;
}

static void tunnels_are_looked_into_where_wanted(void **state)
{
	(void)state;
	look_into(tunnels, COUNT(tunnels), ipv4_hello);
	look_into(tunnels_v6, COUNT(tunnels_v6), ipv6_hello);
}

static void what_is_none_is_told_apart(void **state)
{
	(void)state;
	frame_tunnels = TUNNELS_ALL;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct frame *frame = frame_new(others[i].name, 101);

		frame_hex(frame, others[i].hex);
		frame_expect(frame, others[i].result);
	}
}

/* Eight in a row, and no more. */
static void nesting_is_bounded(void **state)
{
	struct frame *frame = frame_new("IP in IP...", 101);

	(void)state;
	frame_tunnels = TUNNELS_ALL;
	frame_repeat(frame, OUTER4("04"), 8);
	frame_hex(frame, ipv4_hello);
	assert_int_equal(frame_decode(frame).result, DECODE_SEGMENT);
	frame = frame_new("IP in IP...", 101);
	frame_repeat(frame, OUTER4("04"), 9);
	frame_hex(frame, ipv4_hello);
	assert_int_equal(frame_decode(frame).result, DECODE_MALFORMED);
	frame = frame_new("endless", 101);
	frame_repeat(frame, OUTER4("04"), 1000);
	assert_int_equal(frame_decode(frame).result, DECODE_MALFORMED);
}

static uint8_t tunnel_of(const char *hex)
{
	struct frame *frame = frame_new("tunnel", 101);

	frame_hex(frame, hex);
	frame_hex(frame, ipv4_hello);
	return frame_decode(frame).segment.key.tunnel;
}

/* The same addresses in two tunnels, or in none, are not the same flow; both
 * directions of one tunnel are. */
static void tunnels_are_told_apart(void **state)
{
	uint8_t one = 0;

	(void)state;
	frame_tunnels = TUNNELS_ALL;
	one = tunnel_of(
	    OUTER4("11") UDP("12b5") "08000000 00007b00" MAC "0800");
	assert_int_equal(tunnel_of(""), 0);
	assert_int_not_equal(one,
	    tunnel_of(OUTER4("11") UDP("12b5") "08000000 0000a200" MAC "0800"));
	assert_int_not_equal(one,
	    tunnel_of(OUTER4("04") OUTER4("11")
		    UDP("12b5") "08000000 00007b00" MAC "0800"));
	assert_int_equal(one,
	    tunnel_of(OUTER4("11") "12b5 c000 0000 0000"
				   "08000000 00007b00" MAC "0800"));
	assert_int_equal(
	    tunnel_of(OUTER4("11") UDP("0868") "30ff 0000 00000001"),
	    tunnel_of(OUTER4("11") UDP("0868") "30ff 0000 00000002"));
}

/* What lies behind the outer packet is padding, not the inner one's. */
static void outer_length_counts(void **state)
{
	struct frame *frame = frame_new("padded", 101);
	struct decoded decoded;

	(void)state;
	frame_hex(frame,
	    "4500 0041 0001 4000 4004 0000 0a000001 0a000002"
	    "4500 0000 0001 4000 4006 0000 c0000201 c6336402"
	    "03e8 0050 01020304 05060708 5018 2000 0000 0000"
	    "68656c6c6f aaaaaaaa");
	decoded = frame_decode(frame);
	assert_int_equal(decoded.result, DECODE_SEGMENT);
	assert_int_equal(decoded.segment.length, 5);
	assert_int_equal(decoded.segment.missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tunnels_are_looked_into_where_wanted),
	    cmocka_unit_test(what_is_none_is_told_apart),
	    cmocka_unit_test(nesting_is_bounded),
	    cmocka_unit_test(tunnels_are_told_apart),
	    cmocka_unit_test(outer_length_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
