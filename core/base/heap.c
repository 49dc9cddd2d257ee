/* SPDX-License-Identifier: BSD-2-Clause */
/* Binary heap of alarms.  It knows times, not what they are for. */
#include "core/base/heap.h"

#include <stdlib.h>

#define FIRST_ROOM 16u

void heap_free(struct heap *heap)
{
	free(heap->elements);
	*heap = (struct heap){0};
}

static bool before(const struct heap_element *a, const struct heap_element *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns
				      : a->order < b->order;
}

static void place(struct heap *heap, size_t index, struct heap_element *element)
{
	heap->elements[index] = element;
	element->place = index + 1;
}

static void rise(struct heap *heap, struct heap_element *element)
{
	size_t index = element->place - 1;

	while (index > 0 && before(element, heap->elements[(index - 1) / 2])) {
		place(heap, index, heap->elements[(index - 1) / 2]);
		index = (index - 1) / 2;
	}
	place(heap, index, element);
}

static void sink(struct heap *heap, struct heap_element *element)
{
	size_t index = element->place - 1;

	for (;;) {
		size_t child = 2 * index + 1;

		if (child + 1 < heap->count &&
		    before(heap->elements[child + 1], heap->elements[child]))
			child++;
		if (child >= heap->count ||
		    !before(heap->elements[child], element))
			break;
		place(heap, index, heap->elements[child]);
		index = child;
	}
	place(heap, index, element);
}

bool heap_set(struct heap *heap, struct heap_element *element, uint64_t due_ns)
{
	if (element->place == 0) {
		if (heap->count == heap->room) {
			size_t room = heap->room > 0 ? 2 * heap->room
						     : FIRST_ROOM;
			struct heap_element **elements = realloc(
			    heap->elements, room * sizeof(*elements));

			if (elements == NULL)
				return false;
			heap->elements = elements;
			heap->room = room;
		}
		place(heap, heap->count++, element);
	}
	element->due_ns = due_ns;
	rise(heap, element);
	sink(heap, element);
	return true;
}

void heap_remove(struct heap *heap, struct heap_element *element)
{
	struct heap_element *last;

	if (element->place == 0)
		return;
	last = heap->elements[--heap->count];
	if (last != element) {
		place(heap, element->place - 1, last);
		rise(heap, last);
		sink(heap, last);
	}
	element->place = 0;
}

struct heap_element *heap_first(const struct heap *heap)
{
	return heap->count > 0 ? heap->elements[0] : NULL;
}
