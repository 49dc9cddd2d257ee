/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks: apart from each other, whatever ranks come and go; rooms are used again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/base/blocks.h"
#include "core/base/pages.h"

#define MOST 3000u

static unsigned allocations;
static bool no_memory;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	if (no_memory)
		return NULL;
	allocations++;
	return __real_aligned_alloc(alignment, size);
}

struct held {
	uint8_t *bytes;
	unsigned rank;
	uint8_t mark;
};

static void fill(struct held *held)
{
	memset(held->bytes, held->mark, BLOCK_LEAST << held->rank);
}

static void check(const struct held *held)
{
	for (size_t i = 0; i < BLOCK_LEAST << held->rank; i++)
		assert_int_equal(held->bytes[i], held->mark);
}

static void blocks_are_apart(void **state)
{
	static struct held held[MOST];
	struct blocks blocks;

	(void)state;
	srand(7);
	blocks_init(&blocks);
	for (unsigned step = 0; step < 10 * MOST; step++) {
		struct held *one = &held[(unsigned)rand() % MOST];

		if (one->bytes != NULL) {
			check(one);
			blocks_give(&blocks, one->bytes);
			one->bytes = NULL;
			continue;
		}
		one->rank = (unsigned)rand() % BLOCK_RANKS;
		one->mark = (uint8_t)rand();
		one->bytes = blocks_take(&blocks, one->rank);
		assert_non_null(one->bytes);
		assert_int_equal((uintptr_t)one->bytes % BLOCK_LEAST, 0);
		fill(one);
	}
	for (unsigned i = 0; i < MOST; i++) {
		if (held[i].bytes != NULL)
			check(&held[i]);
	}
	blocks_destroy(&blocks); /* with what was not given back */
}

/* All of one rank, then all of another: in the same memory. */
static void rooms_are_used_again(void **state)
{
	static void *held[MOST];
	struct blocks blocks;
	unsigned before = 0;
	unsigned count;

	(void)state;
	blocks_init(&blocks);
	for (unsigned rank = 0; rank < BLOCK_RANKS; rank++) {
		count = (4u << 20) / (BLOCK_LEAST << rank);
		if (count > MOST)
			count = MOST;
		for (unsigned i = 0; i < count; i++) {
			held[i] = blocks_take(&blocks, rank);
			assert_non_null(held[i]);
		}
		for (unsigned i = 0; i < count; i++)
			blocks_give(&blocks, held[i]);
		if (rank == 1)
			before = allocations;
	}
	/* A room a rank may stay behind, but none of the memory is lost. */
	assert_true(allocations <= before + 1);
	blocks_destroy(&blocks);
}

static void without_memory_there_is_none(void **state)
{
	struct blocks blocks;
	void *block;

	(void)state;
	blocks_init(&blocks);
	no_memory = true;
	assert_null(blocks_take(&blocks, 0));
	no_memory = false;
	block = blocks_take(&blocks, 0);
	assert_non_null(block);
	blocks_give(&blocks, block);
	assert_ptr_equal(blocks_take(&blocks, 0), block);
	blocks_destroy(&blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_are_apart),
	    cmocka_unit_test(rooms_are_used_again),
	    cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
