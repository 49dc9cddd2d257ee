/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory budgets: counting only. */
#include "core/base/budget.h"

#include <assert.h>

void budget_give(struct budget *budget, size_t bytes)
{
	assert(bytes <= budget->used);
	budget->used -= bytes;
}

void memory_divide(struct memory *memory, size_t total)
{
	size_t percent = total / 100;

	*memory = (struct memory){
	    .flows = {.limit = 20 * percent},
	    .connections = {.limit = 15 * percent},
	    .reorder = {.limit = 25 * percent},
	    .files = {.limit = 10 * percent},
	    .held = {.limit = 15 * percent},
	    .probe = {.limit = 5 * percent},
	    .fragments = {.limit = 5 * percent},
	};
}
