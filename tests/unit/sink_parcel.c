/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces come out by packet, then by flow, then as they were written, from any number of
 * parcels. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/sink/parcel.h"
#include "tests/unit/failing_memory.h"

#define PIECES 5000u
#define WORKERS 5u

static char taken[256];

static void take(
    struct outlet *outlet, const struct piece *piece, const uint8_t *bytes)
{
	size_t used = strlen(taken);

	(void)outlet;
	snprintf(taken + used, sizeof(taken) - used, "%.*s ",
	    (int)piece->length, (const char *)bytes);
}

static struct outlet outlet = {.take = take};

static bool add(
    struct parcel *parcel, uint64_t packet, uint64_t flow, const char *text)
{
	const struct piece piece = {
	    .outlet = &outlet, .packet = packet, .flow = flow};

	return parcel_add(parcel, &piece, text, strlen(text));
}

static int begin(void **state)
{
	(void)state;
	taken[0] = '\0';
	allocations_succeed();
	return 0;
}

static void one_parcel_is_sorted(void **state)
{
	struct parcel parcel = {0};
	struct parcel *parcels[] = {&parcel};

	(void)state;
	add(&parcel, 1, 9, "a");
	add(&parcel, 2, 9, "d");
	add(&parcel, 2, 3, "b");
	add(&parcel, 2, 9, "e");
	add(&parcel, 2, 3, "c");
	add(&parcel, 3, 1, "f");
	parcels_deliver(parcels, 1);
	assert_string_equal(taken, "a b c d e f ");
	parcels_deliver(parcels, 1); /* it is empty again */
	assert_string_equal(taken, "a b c d e f ");
	parcel_free(&parcel);
}

static void several_are_merged(void **state)
{
	struct parcel a = {0};
	struct parcel b = {0};
	struct parcel none = {0};
	struct parcel *parcels[] = {&a, &none, &b};

	(void)state;
	add(&a, 4, 1, "2");
	add(&a, 9, 5, "6");
	add(&a, 9, 3, "4");
	add(&b, 2, 2, "1");
	add(&b, 9, 2, "3");
	add(&b, 9, 4, "5");
	add(&b, UINT64_MAX, 2, "7");
	parcels_deliver(parcels, 3);
	assert_string_equal(taken, "1 2 3 4 5 6 7 ");
	parcel_free(&a);
	parcel_free(&b);
}

/* What many flows wrote, shared in any way, comes out as one has it. */
static uint64_t last_packet;
static uint64_t last_flow;
static uint32_t next_of[64];
static unsigned seen;

static void check(
    struct outlet *unused, const struct piece *piece, const uint8_t *bytes)
{
	uint32_t number;

	(void)unused;
	assert_true(piece->packet > last_packet ||
	    (piece->packet == last_packet && piece->flow >= last_flow));
	last_packet = piece->packet;
	last_flow = piece->flow;
	assert_int_equal(piece->length, sizeof(number));
	memcpy(&number, bytes, sizeof(number));
	assert_int_equal(number, next_of[piece->flow]++);
	seen++;
}

static void any_share_comes_to_the_same(void **state)
{
	static struct outlet checked = {.take = check};
	struct parcel parcels[WORKERS] = {0};
	struct parcel *pointers[WORKERS];
	uint32_t written[64] = {0};
	uint64_t packet = 1;

	(void)state;
	srand(3);
	for (unsigned i = 0; i < PIECES; i++) {
		uint64_t flow = (uint64_t)rand() % 64;
		const struct piece piece = {
		    .outlet = &checked,
		    .packet = packet += rand() % 8 == 0,
		    .flow = flow,
		};
		uint32_t number = written[flow]++;

		assert_true(parcel_add(
		    &parcels[flow % WORKERS], &piece, &number, sizeof(number)));
	}
	for (unsigned i = 0; i < WORKERS; i++)
		pointers[i] = &parcels[i];
	parcels_deliver(pointers, WORKERS);
	assert_int_equal(seen, PIECES);
	for (unsigned i = 0; i < WORKERS; i++)
		parcel_free(&parcels[i]);
}

static void without_memory_nothing_is_added(void **state)
{
	struct parcel parcel = {0};
	struct parcel *parcels[] = {&parcel};

	(void)state;
	for (unsigned nth = 1; nth <= 2; nth++) {
		allocations_fail_from(nth);
		assert_false(add(&parcel, 1, 1, "lost"));
		allocations_succeed();
	}
	assert_true(add(&parcel, 1, 1, "kept"));
	parcels_deliver(parcels, 1);
	assert_string_equal(taken, "kept ");
	parcel_free(&parcel);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_parcel_is_sorted),
	    TEST(several_are_merged),
	    TEST(any_share_comes_to_the_same),
	    TEST(without_memory_nothing_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
