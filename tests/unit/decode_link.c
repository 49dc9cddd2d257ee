/* SPDX-License-Identifier: BSD-2-Clause */
/* Every link layer, and what stands between it and IP: whole, cut at every
 * byte, nested too deep, and with something else than IP in it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/decode_bench.h"

#define MAC "020000000001 020000000002"
#define SLL "0000 0001 0006 0200000000010000"
#define SLL2 "0000 00000002 0001 00 06 0200000000010000"

struct link_case {
	const char *name;
	int link_type;
	const char *hex; /* what stands before IP           */
	uint16_t vlan;
};

static const struct link_case links[] = {
    {"Ethernet", 1, MAC "0800", 0},
    {"VLAN", 1, MAC "8100 2064 0800", 100},
    {"VLAN 4095 and priority", 1, MAC "8100 ffff 0800", 4095},
    {"priority tag", 1, MAC "8100 6000 0800", 0},
    {"QinQ", 1, MAC "88a8 0001 8100 0002 0800", 2},
    {"QinQ, old type", 1, MAC "9100 0001 8100 0003 0800", 3},
    {"three tags", 1, MAC "8100 0001 8100 0002 8100 0004 0800", 4},
    {"MPLS", 1, MAC "8847 00010140", 0},
    {"MPLS multicast", 1, MAC "8848 00010140", 0},
    {"three MPLS labels", 1, MAC "8847 00010040 00020040 00030140", 0},
    {"MPLS in a VLAN", 1, MAC "8100 0007 8847 00010140", 7},
    {"Ethernet over MPLS", 1, MAC "8847 00010140 00000000" MAC "0800", 0},
    {"VLAN over MPLS", 1,
	MAC "8100 0007 8847 00010140 00000000" MAC "8100 0008 0800", 8},
    {"PPPoE", 1, MAC "8864 1100 0001 002f 0021", 0},
    {"PPPoE, short protocol", 1, MAC "8864 1100 0001 002e 21", 0},
    {"PPPoE in a VLAN", 1, MAC "8100 0005 8864 1100 0001 002f 0021", 5},
    {"MPLS in PPPoE", 1, MAC "8864 1100 0001 0033 0281 00010140", 0},
    {"SNAP", 1, MAC "0035 aaaa03 000000 0800", 0},
    {"VLAN in SNAP", 1, MAC "0039 aaaa03 000000 8100 0006 0800", 6},
    {"Linux cooked", 113, SLL "0800", 0},
    {"Linux cooked VLAN", 113, SLL "8100 0009 0800", 9},
    {"Linux cooked v2", 276, "0800" SLL2, 0},
    {"Linux cooked v2 VLAN", 276, "8100" SLL2 "000a 0800", 10},
    {"raw, BSD", 12, "", 0},
    {"raw, OpenBSD", 14, "", 0},
    {"raw", 101, "", 0},
    {"PPP", 9, "ff03 0021", 0},
    {"PPP without HDLC", 9, "0021", 0},
    {"PPP, short protocol", 9, "ff03 21", 0},
    {"PPP and MPLS", 9, "ff03 0281 00010140", 0},
    {"PPP in HDLC", 50, "ff03 0021", 0},
    {"PPP in HDLC, bare", 50, "0021", 0},
    {"Cisco HDLC as PPP", 50, "0f00 0800", 0},
    {"Cisco HDLC", 104, "8f00 0800", 0},
    {"PPPoE as link layer", 51, "1100 0001 002f 0021", 0},
    {"loopback, little-endian", 0, "02000000", 0},
    {"loopback, big-endian", 0, "00000002", 0},
    {"loopback, OpenBSD", 108, "00000002", 0},
    {"IPv4 alone", 228, "", 0},
    {"FDDI", 10, "50" MAC "aaaa03 000000 0800", 0},
    {"token ring", 6, "1040" MAC "aaaa03 000000 0800", 0},
    {"token ring, routed", 6,
	"1040 020000000001 820000000002 0630 00010002 aaaa03 000000 0800", 0},
    {"ATM", 100, "aaaa03 000000 0800", 0},
    {"netfilter log", 239,
	"0200 0000 0800 0100 aabbccdd 0500 0a00 78 000000 3100 0900", 0},
};

/* The same as IPv6, where the layer tells them apart. */
static const struct link_case links_v6[] = {
    {"Ethernet", 1, MAC "86dd", 0},
    {"VLAN", 1, MAC "8100 0064 86dd", 100},
    {"MPLS", 1, MAC "8847 00010140", 0},
    {"PPPoE", 1, MAC "8864 1100 0001 0043 0057", 0},
    {"SNAP", 1, MAC "0049 aaaa03 000000 86dd", 0},
    {"Linux cooked", 113, SLL "86dd", 0},
    {"Linux cooked v2", 276, "86dd" SLL2, 0},
    {"raw", 101, "", 0},
    {"PPP", 9, "ff03 0057", 0},
    {"PPP, short protocol", 9, "57", 0},
    {"loopback, Linux", 0, "0a000000", 0},
    {"loopback, NetBSD", 0, "18000000", 0},
    {"loopback, FreeBSD", 0, "1c000000", 0},
    {"loopback, macOS", 0, "1e000000", 0},
    {"loopback, big-endian FreeBSD", 0, "0000001c", 0},
    {"loopback, OpenBSD", 108, "00000018", 0},
    {"IPv6 alone", 229, "", 0},
};

/* Where there is no TCP over IP to be found. */
static const struct {
	const char *name;
	int link_type;
	enum decode_result result;
	const char *hex;
} others[] = {
    {"ARP", 1, DECODE_NOT_IP, MAC "0806 0001 0800 0604 0001"},
    {"LLDP in a VLAN", 1, DECODE_NOT_IP, MAC "8100 0001 88cc 0000"},
    {"spanning tree", 1, DECODE_NOT_IP, MAC "0026 424203 0000000000"},
    {"SNAP without a type", 1, DECODE_NOT_IP, MAC "0035 aaaa03 000000 0004"},
    {"SNAP, other control", 1, DECODE_NOT_IP, MAC "0035 aaaa13 000000 0800"},
    {"PPPoE discovery", 1, DECODE_NOT_IP, MAC "8863 1109 0000 0004 0101"},
    {"PPPoE, other code", 1, DECODE_NOT_IP, MAC "8864 11a7 0001 0000 0021"},
    {"PPPoE, other version", 1, DECODE_NOT_IP, MAC "8864 2100 0001 0000 0021"},
    {"PPP control", 9, DECODE_NOT_IP, "ff03 c021 0101 0004"},
    {"MPLS with what is not IP", 1, DECODE_NOT_IP,
	MAC "8847 00010140 10000000"},
    {"ARP over MPLS", 1, DECODE_NOT_IP,
	MAC "8847 00010140 00000000" MAC "0806 0001"},
    {"Cisco keep-alive", 104, DECODE_NOT_IP, "8f00 8035 00000002 00000000"},
    {"loopback, other family", 0, DECODE_NOT_IP, "11000000 4500"},
    {"IP version 5", 101, DECODE_NOT_IP, "5500002d"},
    {"Bluetooth", 187, DECODE_LINK_TYPE, "0000 0800"},
    {"FDDI, management", 10, DECODE_NOT_IP, "41" MAC "aaaa03 000000 0800"},
    {"token ring, management", 6, DECODE_NOT_IP,
	"1000" MAC "aaaa03 000000 0800"},
    {"netfilter log without a packet", 239, DECODE_CUT,
	"0200 0000 0800 0100 aabbccdd"},
    {"netfilter log, bad attribute", 239, DECODE_MALFORMED,
	"0200 0000 0300 0100 aabbccdd"},
    {"unknown link type", 9999, DECODE_LINK_TYPE, "00"},
    {"negative link type", -1, DECODE_LINK_TYPE, "00"},
    {"nothing", 1, DECODE_CUT, ""},
    {"nothing, raw", 101, DECODE_CUT, ""},
    {"nothing, PPP", 9, DECODE_CUT, ""},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void every_link_layer_leads_to_ipv4(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		struct frame *frame = frame_new(
		    links[i].name, links[i].link_type);

		frame_hex(frame, links[i].hex);
		frame_hex(frame, ipv4_hello);
		frame_expect_hello(frame, links[i].vlan);
		frame_hex(frame, "000000000000"); /* padding, or a trailer */
		frame_expect_hello(frame, links[i].vlan);
	}
}

static void every_link_layer_leads_to_ipv6(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links_v6); i++) {
		struct frame *frame = frame_new(
		    links_v6[i].name, links_v6[i].link_type);

		frame_hex(frame, links_v6[i].hex);
		frame_hex(frame, ipv6_hello);
		frame_expect_hello(frame, links_v6[i].vlan);
	}
}

static void what_is_not_ip_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct frame *frame = frame_new(
		    others[i].name, others[i].link_type);

		frame_hex(frame, others[i].hex);
		frame_expect(frame, others[i].result);
	}
}

/* 16 headers are read, in whatever mixture; the 17th is not. */
static void nesting_is_bounded(void **state)
{
	struct frame *frame = frame_new("16 tags", 1);

	(void)state;
	frame_hex(frame, MAC "8100");
	frame_repeat(frame, "0001 8100", 15);
	frame_hex(frame, "0001 0800");
	frame_hex(frame, ipv4_hello);
	frame_expect_hello(frame, 1);

	frame = frame_new("17 tags", 1);
	frame_hex(frame, MAC "8100");
	frame_repeat(frame, "0001 8100", 16);
	frame_hex(frame, "0001 0800");
	frame_hex(frame, ipv4_hello);
	frame_expect(frame, DECODE_MALFORMED);
}

static void label_stacks_are_bounded(void **state)
{
	struct frame *frame = frame_new("16 labels", 1);

	(void)state;
	frame_hex(frame, MAC "8847");
	frame_repeat(frame, "00010040", 15);
	frame_hex(frame, "00010140");
	frame_hex(frame, ipv4_hello);
	frame_expect_hello(frame, 0);

	frame = frame_new("17 labels", 1);
	frame_hex(frame, MAC "8847");
	frame_repeat(frame, "00010040", 16);
	frame_hex(frame, "00010140");
	frame_hex(frame, ipv4_hello);
	frame_expect(frame, DECODE_MALFORMED);
}

/* Layers that lead back to themselves, as far as a frame goes: no stack is
 * used up. */
static void endless_nesting_ends(void **state)
{
	struct frame *frame = frame_new("PPPoE, MPLS, Ethernet, PPPoE...", 1);

	(void)state;
	frame_hex(frame, MAC "8864");
	frame_repeat(
	    frame, "1100 0001 0000 0281 00010140 00000000" MAC "8864", 2000);
	assert_int_equal(frame_decode(frame).result, DECODE_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_link_layer_leads_to_ipv4),
	    cmocka_unit_test(every_link_layer_leads_to_ipv6),
	    cmocka_unit_test(what_is_not_ip_is_told_apart),
	    cmocka_unit_test(nesting_is_bounded),
	    cmocka_unit_test(label_stacks_are_bounded),
	    cmocka_unit_test(endless_nesting_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
