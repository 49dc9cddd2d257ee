/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames of the decoder's tests.  One frame at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/decode_bench.h"

const char ipv4_hello[] = "4500 002d 0001 4000 4006 0000 c0000201 c6336402"
			  "03e8 0050 01020304 05060708 5018 2000 0000 0000"
			  "68656c6c6f";
const char ipv6_hello[] = "60000000 0019 06 40"
			  "20010db8000000000000000000000001"
			  "20010db8000000000000000000000002"
			  "03e8 0050 01020304 05060708 5018 2000 0000 0000"
			  "68656c6c6f";

enum decode_tunnels frame_tunnels = TUNNELS_SAFE;
enum decode_checksums frame_checksums = CHECKSUMS_AUTO;

struct frame *frame_new(const char *name, int link_type)
{
	static struct frame frame;

	frame.name = name;
	frame.link_type = link_type;
	frame.length = 0;
	frame.uncaught = 0;
	return &frame;
}

static uint8_t digit(char character)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = memchr(digits, character, 16);

	assert_non_null(at);
	return (uint8_t)(at - digits);
}

void frame_hex(struct frame *frame, const char *hex)
{
	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_true(frame->length < FRAME_ROOM);
		frame->bytes[frame->length++] =
		    (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		hex += 2;
	}
}

void frame_repeat(struct frame *frame, const char *hex, unsigned times)
{
	while (times-- > 0)
		frame_hex(frame, hex);
}

/* Nothing outside the packet, and a key as everybody relies on. */
static void check_segment(
    const struct packet *packet, const struct segment *segment)
{
	static const uint8_t zeros[12];
	struct flow_key sorted = segment->key;
	const uint8_t *end = packet->bytes + packet->captured;

	assert_true(segment->payload >= packet->bytes);
	assert_true(segment->payload <= end);
	assert_true(segment->length <= (size_t)(end - segment->payload));
	assert_true(segment->missing == 0 || packet->length > packet->captured);
	assert_true(segment->from <= 1);
	assert_true(segment->window_scale <= 14 ||
	    segment->window_scale == SEGMENT_NO_SCALE);
	assert_true(segment->key.vlan <= 4095);
	assert_true(segment->key.family == 4 || segment->key.family == 6);
	assert_int_equal(flow_key_sort(&sorted), 0);
	if (segment->key.family == 4) {
		assert_memory_equal(segment->key.ip[0] + 4, zeros, 12);
		assert_memory_equal(segment->key.ip[1] + 4, zeros, 12);
	}
}

struct decoded frame_decode_cut(const struct frame *frame, size_t captured)
{
	static const char source[] = "source";
	uint8_t *bytes = malloc(captured > 0 ? captured : 1);
	struct budget budget = {.limit = 1 << 20};
	struct counters counters = {0};
	struct decoder decoder;
	struct decoded decoded = {0};
	struct segment *segment = &decoded.segment;
	struct packet packet = {
	    /* Where a frame is empty, one byte must not be read either. */
	    .bytes = captured > 0 ? bytes : bytes + 1,
	    .captured = (uint32_t)captured,
	    .length = (uint32_t)(frame->length + frame->uncaught),
	    .ts_ns = 1234567,
	    .number = 42,
	    .link_type = frame->link_type,
	    .source = source,
	};

	assert_non_null(bytes);
	memcpy(bytes, frame->bytes, captured);
	/* What a step forgets to fill shows. */
	memset(segment, 0xa5, sizeof(*segment));
	decoder_init(
	    &decoder, frame_tunnels, frame_checksums, &budget, &counters);
	decoded.result = decode_packet(&decoder, &packet, segment);
	decoder_free(&decoder);
	if (decoded.result == DECODE_SEGMENT) {
		check_segment(&packet, segment);
		assert_int_equal(segment->ts_ns, 1234567);
		assert_int_equal(segment->packet, 42);
		assert_ptr_equal(segment->source, source);
		decoded.offset = (size_t)(segment->payload - packet.bytes);
		memcpy(decoded.payload, segment->payload,
		    segment->length < sizeof(decoded.payload)
			? segment->length
			: sizeof(decoded.payload));
	}
	segment->payload = NULL;
	free(bytes);
	return decoded;
}

struct decoded frame_decode(const struct frame *frame)
{
	return frame_decode_cut(frame, frame->length);
}

void frame_expect(const struct frame *frame, enum decode_result result)
{
	struct decoded decoded = frame_decode(frame);

	if (decoded.result != result)
		fail_msg("%s: result %d, expected %d", frame->name,
		    (int)decoded.result, (int)result);
	for (size_t cut = 0; cut < frame->length; cut++)
		frame_decode_cut(frame, cut);
}

struct decoded frame_expect_segment(
    const struct frame *frame, uint32_t length, uint32_t missing)
{
	struct decoded whole = frame_decode(frame);

	if (whole.result != DECODE_SEGMENT)
		fail_msg("%s: result %d", frame->name, (int)whole.result);
	if (whole.segment.length != length || whole.segment.missing != missing)
		fail_msg("%s: %u bytes and %u missing", frame->name,
		    whole.segment.length, whole.segment.missing);
	for (size_t cut = 0; cut < frame->length; cut++) {
		struct decoded part = frame_decode_cut(frame, cut);
		size_t left = cut >= whole.offset ? cut - whole.offset : 0;

		if (cut < whole.offset) {
			if (part.result != DECODE_CUT)
				fail_msg("%s: cut at %zu: result %d",
				    frame->name, cut, (int)part.result);
			continue;
		}
		if (left > length)
			left = length;
		if (part.result != DECODE_SEGMENT ||
		    part.segment.length != left ||
		    part.segment.missing != length + missing - left)
			fail_msg("%s: cut at %zu: result %d, %u bytes and %u "
				 "missing",
			    frame->name, cut, (int)part.result,
			    part.segment.length, part.segment.missing);
	}
	return whole;
}

void frame_expect_hello(const struct frame *frame, uint16_t vlan)
{
	static const uint8_t v4[2][4] = {{192, 0, 2, 1}, {198, 51, 100, 2}};
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	struct decoded decoded = frame_expect_segment(frame, 5, 0);
	const struct segment *segment = &decoded.segment;

	assert_memory_equal(decoded.payload, "hello", 5);
	if (segment->key.vlan != vlan)
		fail_msg("%s: VLAN %u", frame->name, segment->key.vlan);
	if (segment->key.family == 4) {
		assert_memory_equal(segment->key.ip[0], v4[0], 4);
		assert_memory_equal(segment->key.ip[1], v4[1], 4);
	} else {
		assert_memory_equal(segment->key.ip[0], v6, 16);
		assert_memory_equal(segment->key.ip[1], v6, 15);
		assert_int_equal(segment->key.ip[1][15], 2);
	}
	assert_int_equal(segment->key.port[0], 1000);
	assert_int_equal(segment->key.port[1], 80);
	assert_int_equal(segment->from, 0);
	assert_int_equal(segment->sequence, 0x01020304);
	assert_int_equal(segment->acknowledgement, 0x05060708);
	assert_int_equal(segment->flags &
		(SEGMENT_ACK | SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST),
	    SEGMENT_ACK);
	assert_int_equal(segment->window, 0x2000);
	assert_int_equal(segment->window_scale, SEGMENT_NO_SCALE);
}
