/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree against a sorted array, its shape and the bound on visits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/base/tree.h"

#define NODES 4096

static struct tree_node nodes[NODES];

static uint64_t random_state = 1;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1;
	return (random_state >> 33) % limit;
}

/* Heights, order, parents; returns the number of nodes below. */
static size_t check_shape(const struct tree_node *node,
    const struct tree_node *parent, uint64_t low, uint64_t high)
{
	int32_t heights[2] = {0, 0};
	size_t count = 1;

	if (node == NULL)
		return 0;
	assert_ptr_equal(node->parent, parent);
	assert_true(node->key >= low && node->key <= high);
	if (node->child[0] != NULL) {
		count += check_shape(node->child[0], node, low, node->key - 1);
		heights[0] = node->child[0]->height;
	}
	if (node->child[1] != NULL) {
		count += check_shape(node->child[1], node, node->key + 1, high);
		heights[1] = node->child[1]->height;
	}
	assert_in_range(heights[0] - heights[1] + 1, 0, 2);
	assert_int_equal(node->height,
	    1 + (heights[0] > heights[1] ? heights[0] : heights[1]));
	return count;
}

static void check_tree(const struct tree *tree, size_t expected)
{
	const struct tree_node *previous = NULL;
	size_t count = 0;

	assert_int_equal(
	    check_shape(tree->root, NULL, 0, UINT64_MAX), expected);
	for (struct tree_node *n = tree->first; n != NULL; n = n->next) {
		assert_ptr_equal(n->previous, previous);
		assert_true(previous == NULL || previous->key < n->key);
		previous = n;
		count++;
	}
	assert_ptr_equal(tree->last, previous);
	assert_int_equal(count, expected);
}

static void insert(struct tree *tree, struct tree_node *node, uint64_t key)
{
	node->key = key;
	tree_insert_after(tree, tree_at_or_before(tree, key), node);
}

static void empty_tree_has_no_neighbour(void **state)
{
	struct tree tree = {0};

	(void)state;
	assert_null(tree_at_or_before(&tree, 5));
}

static void finds_the_node_at_or_before_a_key(void **state)
{
	struct tree tree = {0};

	(void)state;
	for (size_t i = 0; i < 100; i++)
		insert(&tree, &nodes[i], 10 * (i * 37 % 100));
	assert_int_equal(tree_at_or_before(&tree, 0)->key, 0);
	assert_int_equal(tree_at_or_before(&tree, 9)->key, 0);
	assert_int_equal(tree_at_or_before(&tree, 10)->key, 10);
	assert_int_equal(tree_at_or_before(&tree, 5000)->key, 990);
}

static void random_inserts_and_removals_keep_it_balanced(void **state)
{
	struct tree tree = {0};
	unsigned char in[NODES] = {0};
	size_t count = 0;

	(void)state;
	for (unsigned round = 0; round < 40000; round++) {
		size_t i = (size_t)random_below(NODES);

		if (in[i])
			tree_remove(&tree, &nodes[i]);
		else
			insert(&tree, &nodes[i], i);
		in[i] = !in[i];
		count = in[i] ? count + 1 : count - 1;
		if (round % 997 == 0)
			check_tree(&tree, count);
	}
	check_tree(&tree, count);
	for (size_t i = 0; i < NODES; i++) {
		if (in[i])
			tree_remove(&tree, &nodes[i]);
	}
	check_tree(&tree, 0);
}

/* BAD_INPUT 37: a segment costs at most 20 visits, whatever the order. */
static void visits_stay_within_the_bound(void **state)
{
	static const size_t strides[] = {1, 4095, 2049, 37, 1365};

	(void)state;
	for (size_t s = 0; s < sizeof(strides) / sizeof(strides[0]); s++) {
		struct tree tree = {0};
		uint64_t most = 0;

		for (size_t i = 0; i < NODES; i++) {
			uint64_t before = tree.visits;

			insert(&tree, &nodes[i], 2 * (i * strides[s] % NODES));
			if (tree.visits - before > most)
				most = tree.visits - before;
		}
		check_tree(&tree, NODES);
		assert_true(tree.visits <= 20 * NODES);
		assert_true(most <= 2 * 18);
		while (tree.first != NULL)
			tree_remove(&tree, tree.first);
		assert_true(tree.visits <= 20 * NODES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_tree_has_no_neighbour),
	    cmocka_unit_test(finds_the_node_at_or_before_a_key),
	    cmocka_unit_test(random_inserts_and_removals_keep_it_balanced),
	    cmocka_unit_test(visits_stay_within_the_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
