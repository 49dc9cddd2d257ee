/* SPDX-License-Identifier: BSD-2-Clause */
/* AVL tree with parent links and a thread through all nodes in order.  It knows
 * keys and nothing of what they stand for. */
#include "core/base/tree.h"

#include <assert.h>

static int32_t height_of(const struct tree_node *node)
{
	return node != NULL ? node->height : 0;
}

static void height_update(struct tree_node *node)
{
	int32_t low = height_of(node->child[0]);
	int32_t high = height_of(node->child[1]);

	node->height = 1 + (low > high ? low : high);
}

/* Puts `node` (or nothing) where `old` hangs. */
static void replace_child(struct tree *tree, struct tree_node *parent,
    const struct tree_node *old, struct tree_node *node)
{
	if (parent == NULL)
		tree->root = node;
	else
		parent->child[parent->child[1] == old] = node;
	if (node != NULL)
		node->parent = parent;
}

/* The child on the other side of `side` comes up; node goes down. */
static struct tree_node *rotate(
    struct tree *tree, struct tree_node *node, int side)
{
	struct tree_node *up = node->child[!side];

	replace_child(tree, node->parent, node, up);
	node->child[!side] = up->child[side];
	if (node->child[!side] != NULL)
		node->child[!side]->parent = node;
	up->child[side] = node;
	node->parent = up;
	height_update(node);
	height_update(up);
	return up;
}

/* Walks from node to the root until the heights are right again. */
static void rebalance(struct tree *tree, struct tree_node *node)
{
	while (node != NULL) {
		int32_t before = node->height;
		int32_t lean = height_of(node->child[1]) -
		    height_of(node->child[0]);

		tree->visits++;
		if (lean > 1 || lean < -1) {
			int heavy = lean > 1;
			struct tree_node *child = node->child[heavy];

			if (height_of(child->child[!heavy]) >
			    height_of(child->child[heavy]))
				rotate(tree, child, heavy);
			node = rotate(tree, node, !heavy);
		} else {
			height_update(node);
		}
		if (node->height == before)
			return;
		node = node->parent;
	}
}

struct tree_node *tree_at_or_before(struct tree *tree, uint64_t key)
{
	struct tree_node *found = NULL;
	struct tree_node *node = tree->root;

	/* Segments mostly arrive in order, behind all that are there. */
	if (tree->last != NULL && tree->last->key <= key) {
		tree->visits++;
		return tree->last;
	}
	while (node != NULL) {
		tree->visits++;
		if (node->key <= key)
			found = node;
		node = node->child[node->key <= key];
	}
	return found;
}

void tree_insert_after(
    struct tree *tree, struct tree_node *previous, struct tree_node *node)
{
	struct tree_node *next = previous != NULL ? previous->next
						  : tree->first;
	struct tree_node *parent;

	assert(previous == NULL || previous->key < node->key);
	assert(next == NULL || node->key < next->key);
	*node = (struct tree_node){
	    .previous = previous, .next = next, .key = node->key, .height = 1};
	if (previous != NULL)
		previous->next = node;
	else
		tree->first = node;
	if (next != NULL)
		next->previous = node;
	else
		tree->last = node;

	/* Of two neighbours in order, one has a free child that faces the
	 * other. */
	if (previous != NULL && previous->child[1] == NULL) {
		parent = previous;
		parent->child[1] = node;
	} else if (next != NULL) {
		parent = next;
		assert(parent->child[0] == NULL);
		parent->child[0] = node;
	} else {
		parent = NULL;
		tree->root = node;
	}
	node->parent = parent;
	rebalance(tree, parent);
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *start;

	if (node->previous != NULL)
		node->previous->next = node->next;
	else
		tree->first = node->next;
	if (node->next != NULL)
		node->next->previous = node->previous;
	else
		tree->last = node->previous;

	if (node->child[0] != NULL && node->child[1] != NULL) {
		/* The next in order has no lower child: it takes the place. */
		struct tree_node *heir = node->next;

		start = heir->parent == node ? heir : heir->parent;
		if (heir->parent != node) {
			replace_child(tree, heir->parent, heir, heir->child[1]);
			heir->child[1] = node->child[1];
			heir->child[1]->parent = heir;
		}
		heir->child[0] = node->child[0];
		heir->child[0]->parent = heir;
		heir->height = node->height;
		replace_child(tree, node->parent, node, heir);
	} else {
		start = node->parent;
		replace_child(tree, node->parent, node,
		    node->child[node->child[0] == NULL]);
	}
	rebalance(tree, start);
}
