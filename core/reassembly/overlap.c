/* SPDX-License-Identifier: BSD-2-Clause */
/* The policies, by how the new segment lies to the stored one.  What systems do
 * is from J. Novak and S. Sturges, Target-Based TCP Stream Reassembly (2007). */
#include "core/reassembly/overlap.h"

enum position {
	SAME_START_SHORTER,
	SAME,
	SAME_START_LONGER,
	BEFORE_ENDS_BEFORE,
	BEFORE_ENDS_BEHIND, /* or at the same place */
	AFTER_ENDS_BEFORE,  /* or at the same place */
	AFTER_ENDS_BEHIND,
	POSITIONS
};

const char *const overlap_names[OVERLAP_POLICIES] = {
    "first", "last", "bsd", "linux", "windows", "solaris"};

static enum position position_of(
    struct overlap_range stored, struct overlap_range new)
{
	if (new.from == stored.from) {
		if (new.upto == stored.upto)
			return SAME;
		return new.upto < stored.upto ? SAME_START_SHORTER
					      : SAME_START_LONGER;
	}
	if (new.from < stored.from)
		return new.upto < stored.upto ? BEFORE_ENDS_BEFORE
					      : BEFORE_ENDS_BEHIND;
	return new.upto <= stored.upto ? AFTER_ENDS_BEFORE : AFTER_ENDS_BEHIND;
}

bool overlap_takes_new(enum overlap_policy policy, struct overlap_range stored,
    struct overlap_range new)
{
	static const bool takes[OVERLAP_POLICIES][POSITIONS] = {
	    [OVERLAP_LAST] = {true, true, true, true, true, true, true},
	    [OVERLAP_BSD] =
		{[BEFORE_ENDS_BEFORE] = true, [BEFORE_ENDS_BEHIND] = true},
	    [OVERLAP_LINUX] = {[SAME_START_LONGER] = true,
		[BEFORE_ENDS_BEFORE] = true,
		[BEFORE_ENDS_BEHIND] = true},
	    [OVERLAP_WINDOWS] =
		{[BEFORE_ENDS_BEFORE] = true, [BEFORE_ENDS_BEHIND] = true},
	    [OVERLAP_SOLARIS] = {[SAME] = true,
		[SAME_START_LONGER] = true,
		[BEFORE_ENDS_BEHIND] = true,
		[AFTER_ENDS_BEHIND] = true},
	};

	return takes[policy][position_of(stored, new)];
}
