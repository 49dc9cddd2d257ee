/* SPDX-License-Identifier: BSD-2-Clause */
/* The program by which the kernel shares packets out, run as the kernel does: whatever
 * stands around it, what has the same two addresses comes to the same capture. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <cmocka.h>

#include "core/capture/fanout.h"

#define ETHERNET 1
#define COOKED 113
#define TCP 6
#define UDP 17
#define GRE 47
#define PAIRS 1000u
#define CAPTURES 4u

/* A packet in the kernel: where its network header begins, and what it is taken for.
 * What is sent begins with the frame, what was received behind its type. */
struct frame {
	uint8_t bytes[128];
	size_t length;
	size_t network;
	uint16_t protocol;
	bool outgoing;
};

static const uint8_t together[] = {GRE, UDP};
static const struct source_sharing sharing = {together, sizeof(together)};
static struct fanout_program program;

static bool load(
    const struct frame *frame, uint32_t at, size_t size, uint32_t *value)
{
	int64_t place = (int32_t)at;

	if (at == 0xfffff000u) {
		*value = frame->protocol;
		return true;
	}
	if (at == 0xfffff004u) {
		*value = frame->outgoing ? 4 : 0;
		return true;
	}
	if (place < -0x1000)
		place += 0x100000 + (int64_t)frame->network;
	else
		place += frame->outgoing ? 0 : 14;
	if (place < 0 || (uint64_t)place + size > frame->length)
		return false;
	*value = 0;
	for (size_t i = 0; i < size; i++)
		*value = *value << 8 | frame->bytes[(size_t)place + i];
	return true;
}

static unsigned run(const struct frame *frame)
{
	uint32_t a = 0;
	uint32_t x = 0;
	uint32_t memory[16] = {0};

	for (unsigned i = 0; i < program.count; i++) {
		const struct fanout_code *code = &program.code[i];
		bool there = true;

		switch (code->code) {
		case 0x50:
			there = load(frame, code->value + x, 1, &a);
			break;
		case 0x48:
			there = load(frame, code->value + x, 2, &a);
			break;
		case 0x40:
			there = load(frame, code->value + x, 4, &a);
			break;
		case 0x28:
			there = load(frame, code->value, 2, &a);
			break;
		case 0x60:
			a = memory[code->value];
			break;
		case 0x20:
			there = load(frame, code->value, 4, &a);
			break;
		case 0x01:
			x = code->value;
			break;
		case 0x61:
			x = memory[code->value];
			break;
		case 0x02:
			memory[code->value] = a;
			break;
		case 0x07:
			x = a;
			break;
		case 0x87:
			a = x;
			break;
		case 0x04:
			a += code->value;
			break;
		case 0x24:
			a *= code->value;
			break;
		case 0x54:
			a &= code->value;
			break;
		case 0x74:
			a >>= code->value;
			break;
		case 0xac:
			a ^= x;
			break;
		case 0x05:
			i += code->value;
			break;
		case 0x15:
			i += a == code->value ? code->jump_true
					      : code->jump_false;
			break;
		case 0x06:
			return code->value;
		case 0x16:
			return a;
		default:
			fail_msg("no instruction: %x", code->code);
		}
		if (!there) /* the kernel ends the program */
			return 0;
	}
	fail_msg("it does not return");
	return 0;
}

static void add(struct frame *frame, const void *bytes, size_t length)
{
	memcpy(frame->bytes + frame->length, bytes, length);
	frame->length += length;
}

/* An Ethernet header, with so many tags and labels in it. */
static struct frame begin(unsigned tags, unsigned labels, uint16_t protocol)
{
	static const uint8_t kinds[3][4] = {
	    {0x88, 0xa8, 0x20, 7}, {0x81, 0, 0x40, 9}, {0x91, 0, 0x60, 9}};
	const uint8_t type[2] = {(uint8_t)(labels > 0 ? 0x88 : protocol >> 8),
	    (uint8_t)(labels > 0 ? 0x47 : protocol)};
	struct frame frame = {.length = 12, .protocol = protocol};

	for (unsigned i = 0; i < tags; i++)
		add(&frame, kinds[i], 4);
	add(&frame, type, 2);
	for (unsigned i = 0; i < labels; i++) {
		const uint8_t label[4] = {
		    0, 1, (uint8_t)(i + 1 == labels ? 0x11 : 0x10), 64};

		add(&frame, label, 4);
	}
	/* As it is received: the outermost is what the kernel sees. */
	frame.protocol = (uint16_t)(frame.bytes[12] << 8 | frame.bytes[13]);
	frame.network = frame.length;
	return frame;
}

/* The same, as it is sent. */
static struct frame sent(struct frame frame)
{
	frame.outgoing = true;
	frame.protocol = 0x0806; /* of which nobody takes notice */
	return frame;
}

static struct frame ipv4(unsigned tags, unsigned labels, uint8_t protocol,
    uint32_t from, uint32_t to)
{
	struct frame frame = begin(tags, labels, 0x0800);
	uint8_t header[20] = {[0] = 0x45, [9] = protocol};

	for (unsigned i = 0; i < 4; i++) {
		header[12 + i] = (uint8_t)(from >> (24 - 8 * i));
		header[16 + i] = (uint8_t)(to >> (24 - 8 * i));
	}
	add(&frame, header, sizeof(header));
	return frame;
}

static struct frame ipv6(unsigned tags, unsigned labels, uint8_t next,
    uint8_t behind, uint8_t from, uint8_t to)
{
	struct frame frame = begin(tags, labels, 0x86dd);
	uint8_t header[48] = {[0] = 0x60,
	    [6] = next,
	    [8] = 0x20,
	    [23] = from,
	    [24] = 0x20,
	    [39] = to,
	    [40] = behind};

	add(&frame, header, sizeof(header));
	return frame;
}

static unsigned capture_of(const struct frame *frame)
{
	return run(frame) % CAPTURES;
}

static void prepare(int link_type)
{
	fanout_compile(&program, link_type, &sharing, 0x9e3779b1);
	assert_true(program.count <= FANOUT_CODE_MOST);
}

static void tags_and_labels_change_nothing(void **state)
{
	struct frame frame;
	unsigned wanted;

	(void)state;
	prepare(ETHERNET);
	for (uint32_t i = 0; i < 50; i++) {
		frame = ipv4(0, 0, TCP, 0x0a000001 + i, 0xc0000201);
		wanted = run(&frame);
		for (unsigned tags = 0; tags <= 3; tags++) {
			for (unsigned labels = 0; labels <= 4; labels++) {
				frame = ipv4(tags, labels, TCP, 0xc0000201,
				    0x0a000001 + i);
				assert_int_equal(run(&frame), wanted);
				frame = sent(frame);
				assert_int_equal(run(&frame), wanted);
			}
		}
		frame = ipv6(0, 0, TCP, 0, (uint8_t)i, 200);
		wanted = run(&frame);
		for (unsigned tags = 0; tags <= 3; tags++) {
			frame = ipv6(tags, tags, TCP, 0, 200, (uint8_t)i);
			assert_int_equal(run(&frame), wanted);
			frame = ipv6(tags, tags, 44, TCP, 200, (uint8_t)i);
			assert_int_equal(run(&frame), wanted);
			frame = sent(frame);
			assert_int_equal(run(&frame), wanted);
		}
	}
}

static void all_captures_have_about_the_same(void **state)
{
	static const int links[] = {ETHERNET, COOKED};
	unsigned shares[CAPTURES];

	(void)state;
	for (unsigned link = 0; link < 2; link++) {
		prepare(links[link]);
		memset(shares, 0, sizeof(shares));
		for (uint32_t i = 0; i < PAIRS; i++) {
			struct frame frame = ipv4(
			    0, 0, TCP, 0x0a000000 + i, 0xc0000201);

			shares[capture_of(&frame)]++;
		}
		for (unsigned i = 0; i < CAPTURES; i++) {
			assert_true(shares[i] > PAIRS / CAPTURES / 2);
			assert_true(shares[i] < PAIRS / CAPTURES * 2);
		}
	}
}

/* What is looked into may have other addresses outside in either direction. */
static void tunnels_stay_together(void **state)
{
	struct frame frame;

	(void)state;
	prepare(ETHERNET);
	for (uint8_t i = 0; i < 50; i++) {
		frame = ipv4(i % 3, i % 5, GRE, 0x0a000000 + i, 1);
		assert_int_equal(run(&frame), 0);
		frame = ipv4(0, 0, UDP, 0x0a000000 + i, 1);
		assert_int_equal(run(&frame), 0);
		frame = ipv6(0, 0, GRE, 0, i, 1);
		assert_int_equal(run(&frame), 0);
		frame = ipv6(0, 0, 44, UDP, i, 1);
		assert_int_equal(run(&frame), 0);
	}
	frame = begin(0, 0, 0x8864); /* PPPoE */
	assert_int_equal(run(&frame), 0);
	frame = ipv4(0, 5, TCP, 9, 1); /* more labels than are looked at */
	assert_int_equal(run(&frame), 0);
}

/* Of other links the kernel tells where IP is; with a tag that is in the frame it says
 * VLAN. */
static void the_kernel_knows_other_links(void **state)
{
	struct frame frame;
	unsigned wanted;

	(void)state;
	prepare(COOKED);
	for (uint8_t i = 0; i < 50; i++) {
		frame = ipv4(0, 0, TCP, i, 77);
		wanted = run(&frame);
		frame = ipv4(1, 0, TCP, 77, i);
		frame.protocol = 0x8100;
		assert_int_equal(run(&frame), wanted);
		frame.protocol = 0x88a8;
		assert_int_equal(run(&frame), wanted);
		frame = ipv6(0, 0, TCP, 0, i, 77);
		wanted = run(&frame);
		frame = ipv6(1, 0, TCP, 0, 77, i);
		frame.protocol = 0x8100;
		assert_int_equal(run(&frame), wanted);
	}
	frame = ipv4(0, 0, TCP, 5, 77);
	frame.protocol = 0x0806;
	assert_int_equal(run(&frame), 0);
}

static void short_packets_are_the_first_captures(void **state)
{
	struct frame frame = ipv6(2, 2, TCP, 0, 3, 4);
	size_t most = frame.length - 9; /* both addresses are not there */

	(void)state;
	prepare(ETHERNET);
	for (frame.length = 0; frame.length < most; frame.length++)
		assert_int_equal(run(&frame), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tags_and_labels_change_nothing),
	    cmocka_unit_test(all_captures_have_about_the_same),
	    cmocka_unit_test(tunnels_stay_together),
	    cmocka_unit_test(the_kernel_knows_other_links),
	    cmocka_unit_test(short_packets_are_the_first_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
