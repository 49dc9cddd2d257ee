/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames with bytes changed at random: whatever comes, nothing is read outside
 * them and what comes out is well formed (the bench checks both). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/decode_bench.h"

#define ROUNDS 20000u

static uint64_t seed = 5;

static uint32_t random_below(uint32_t limit)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(seed >> 33) % limit;
}

/* Up to six bytes become others, then the frame is cut somewhere. */
static enum decode_result decode_changed(struct frame *frame)
{
	static const uint8_t likely[] = {0, 0xff, 0x45, 0x60, 6, 0x81, 0x80, 1};
	uint8_t old[6];
	uint32_t places[6];
	uint32_t changes = random_below(7);
	enum decode_result result;

	for (uint32_t i = 0; i < changes; i++) {
		places[i] = random_below((uint32_t)frame->length);
		old[i] = frame->bytes[places[i]];
		frame->bytes[places[i]] = random_below(2)
		    ? likely[random_below(sizeof(likely))]
		    : (uint8_t)random_below(256);
	}
	frame->uncaught = random_below(3) * 1000;
	result = frame_decode_cut(
	    frame, frame->length - random_below(4) * random_below(30) / 3)
		     .result;
	while (changes-- > 0)
		frame->bytes[places[changes]] = old[changes];
	return result;
}

static void changed(int link_type, const char *before, const char *ip)
{
	struct frame *frame = frame_new("changed", link_type);
	unsigned results[DECODE_MALFORMED + 1] = {0};

	frame_hex(frame, before);
	frame_hex(frame, ip);
	frame_repeat(frame, "00", 40);
	for (unsigned i = 0; i < ROUNDS; i++) {
		enum decode_result result = decode_changed(frame);

		assert_in_range(result, DECODE_SEGMENT, DECODE_MALFORMED);
		results[result]++;
	}
	/* The changes were neither too few nor too many to mean much. */
	assert_true(results[DECODE_SEGMENT] > ROUNDS / 10);
	assert_true(results[DECODE_NOT_IP] > 0);
	assert_true(results[DECODE_NOT_TCP] > 0);
	assert_true(results[DECODE_MALFORMED] > 0);
}

static void changed_ethernet(void **state)
{
	(void)state;
	changed(1, "020000000001 020000000002 8100 0001 0800", ipv4_hello);
}

static void changed_mpls_and_pppoe(void **state)
{
	(void)state;
	changed(1,
	    "020000000001 020000000002 8847 00010140 00000000"
	    "020000000001 020000000002 8864 1100 0001 0000 0021",
	    ipv4_hello);
}

static void changed_extension_headers(void **state)
{
	(void)state;
	changed(113, "0000 0001 0006 0200000000010000 86dd",
	    "60000000 0069 00 40"
	    "20010db8000000000000000000000001"
	    "20010db8000000000000000000000002"
	    "3c01 c20400000000 0102000001020000 2c00010400000000"
	    "3300000000000000 0604000000000000 0000000000000000 00000000"
	    "00000000 03e8 0050 01020304 05060708 a002 2000 0000 0000"
	    "020405b4 0402 080a0000000100000000 01 030308");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(changed_ethernet),
	    cmocka_unit_test(changed_mpls_and_pppoe),
	    cmocka_unit_test(changed_extension_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
