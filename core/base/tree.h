/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive balanced tree (AVL) of things ordered by a 64-bit key, threaded in
 * order, at most 1.44 log2(n) levels deep.  Nothing is allocated, keys are
 * unique.
 *
 *	          40                 child, parent: the tree
 *	        /    \               previous, next: all nodes in order
 *	      20      60             10 <-> 20 <-> 30 <-> 40 <-> 60
 *	     /  \
 *	   10    30
 *
 * One search finds both neighbours and the place to insert; removal needs no
 * search.  `visits` counts the nodes looked at, so a test can prove the bound. */
#ifndef CORE_BASE_TREE_H
#define CORE_BASE_TREE_H

#include <stddef.h>
#include <stdint.h>

struct tree_node {
	struct tree_node *child[2]; /* [0] lower keys, [1] higher     */
	struct tree_node *parent;
	struct tree_node *previous;
	struct tree_node *next;
	uint64_t key;
	int32_t height; /* of the subtree; a leaf has 1   */
	uint32_t zero;
};

struct tree {
	struct tree_node *first;
	struct tree_node *root;
	struct tree_node *last;
	uint64_t visits; /* nodes looked at, ever          */
};

#define tree_entry(node, type, member) \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

/* The node with the greatest key <= key, or NULL. */
struct tree_node *tree_at_or_before(struct tree *tree, uint64_t key);

/* Adds node behind its neighbour `previous` (NULL: as the first).  The key is
 * set and fits there. */
void tree_insert_after(
    struct tree *tree, struct tree_node *previous, struct tree_node *node);

/* Takes out node, which is in the tree. */
void tree_remove(struct tree *tree, struct tree_node *node);

#endif
