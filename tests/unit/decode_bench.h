/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames written as hexadecimal text, decoded from memory that ends where they
 * end, so that a sanitizer sees every read beyond them. */
#ifndef TESTS_UNIT_DECODE_BENCH_H
#define TESTS_UNIT_DECODE_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/decode/decoder.h"

#define FRAME_ROOM 70000u

struct frame {
	const char *name; /* shown where a test fails        */
	int link_type;
	size_t length;   /* bytes that were captured        */
	size_t uncaught; /* bytes more were on the wire     */
	uint8_t bytes[FRAME_ROOM];
};

struct decoded {
	enum decode_result result;
	struct segment segment;
	size_t offset; /* of the payload in the frame     */
	char payload[64];
};

/* 192.0.2.1:1000 to 198.51.100.2:80 (or 2001:db8::1 to ::2), sequence number
 * 01020304, acknowledgement 05060708, PSH and ACK, window 2000, "hello". */
extern const char ipv4_hello[];
extern const char ipv6_hello[];

/* As every frame is decoded: TUNNELS_SAFE, CHECKSUMS_AUTO at first. */
extern enum decode_tunnels frame_tunnels;
extern enum decode_checksums frame_checksums;

/* Empty, of this link type. */
struct frame *frame_new(const char *name, int link_type);

/* Appends bytes that are written as hexadecimal digits and spaces. */
void frame_hex(struct frame *frame, const char *hex);
void frame_repeat(struct frame *frame, const char *hex, unsigned times);

/* Decodes the first `captured` bytes. */
struct decoded frame_decode_cut(const struct frame *frame, size_t captured);
struct decoded frame_decode(const struct frame *frame);

void frame_expect(const struct frame *frame, enum decode_result result);

/* It is a segment of so many bytes, of which so many are missing; cut anywhere,
 * it is either cut within its headers or has lost so much of its payload. */
struct decoded frame_expect_segment(
    const struct frame *frame, uint32_t length, uint32_t missing);

/* It is the segment described above, in the VLAN, cut anywhere too. */
void frame_expect_hello(const struct frame *frame, uint16_t vlan);

#endif
