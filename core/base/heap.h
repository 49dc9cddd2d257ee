/* SPDX-License-Identifier: BSD-2-Clause */
/* Alarms: a binary heap of things that are due at a time.  The element lives
 * in its owner and knows its place, so an alarm is moved or taken out in
 * O(log n).  Equal times come out in the order of their `order`. */
#ifndef CORE_BASE_HEAP_H
#define CORE_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_element {
	uint64_t due_ns;
	uint64_t order; /* breaks ties, e.g. a flow's id   */
	size_t place;   /* 1 + its index; 0: in no heap    */
};

struct heap {
	struct heap_element **elements;
	size_t count;
	size_t room;
};

void heap_free(struct heap *heap);

/* Puts element in, or moves it if it is in.  False: out of memory; then it is
 * not in the heap. */
bool heap_set(struct heap *heap, struct heap_element *element, uint64_t due_ns);

/* Takes element out; nothing happens if it is not in. */
void heap_remove(struct heap *heap, struct heap_element *element);

/* The element that is due first, which stays in; NULL when empty. */
struct heap_element *heap_first(const struct heap *heap);

#endif
